// SPDX-License-Identifier: Apache-2.0
#include "pdf/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace yinxin::pdf::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// {"pointer rule", ...} of what a schema of one field "f" says about a value.
std::vector<std::string> verdicts(const std::string& field, const Json& data) {
    Faults faults;
    const Schema schema({{"type", "object"},
                         {"additionalProperties", false},
                         {"properties", {{"f", Json::parse(field)}}}},
                        faults);
    EXPECT_TRUE(faults.empty()) << faults.list().front().detail;
    Json copy = data;
    schema.validate(copy, faults);
    std::vector<std::string> result;
    for (const FieldError& fault : faults.list()) {
        result.push_back(fault.pointer + " " + fault.rule);
        EXPECT_FALSE(fault.detail.empty());
    }
    return result;
}

struct Case {
    const char* schema;
    std::vector<const char*> good;
    std::vector<std::pair<const char*, const char*>> bad;  ///< value, rule
};

TEST(Schema, ChecksValues) {
    const std::vector<Case> cases = {
        {R"({"type": "string", "maxLength": 3, "minLength": 1})",
         {R"("abc")", R"("王𠮷好")"},
         {{R"("")", "min_length"},
          {R"("abcd")", "max_length"},
          {"5", "type"},
          {"null", "type"},
          {R"("a\n")", "text"}}},
        {R"({"type": ["string", "null"], "format": "amount"})",
         {"null", R"("0.10")"},
         {{R"("1")", "format"}, {R"("")", "format"}, {"1.5", "type"}}},
        {R"({"type": "string", "format": "decimal"})",
         {R"("1.125")"},
         {{R"("1e3")", "format"}, {R"("NaN")", "format"}}},
        {R"({"type": "string", "format": "date"})",
         {R"("2024-02-29")"},
         {{R"("2025-02-29")", "format"},
          {R"("2025-2-1")", "format"},
          {R"("1899-12-31")", "format"}}},
        {R"({"type": "string", "format": "month"})",
         {R"("2025-12")"},
         {{R"("2025-13")", "format"}, {R"("2025")", "format"}}},
        {R"({"type": "string", "format": "month-range"})",
         {R"("2025-12")", R"("2025-01 至 2025-12")"},
         {{R"("2025-12 至 2025-01")", "format"}, {R"("2025-01至2025-12")", "format"}}},
        {R"({"type": "string", "format": "date-time"})",
         {R"("2026-01-31T09:00:00+08:00")"},
         {{R"("2026-01-31 09:00")", "format"}, {R"("2026-01-31T09:00:00")", "format"}}},
        {R"({"type": "string", "format": "identifier", "maxLength": 18})",
         {R"("11010519491231002x")", R"(" １２Ｘ ")"},
         {{R"("12-3")", "format"}, {R"("11010519491231002Ⅹ")", "format"}}},
        {R"({"type": "string", "enum": ["a", "b"]})", {R"("a")"}, {{R"("c")", "enum"}}},
        {R"({"type": "string", "const": "a"})", {R"("a")"}, {{R"("b")", "enum"}}},
        {R"({"type": "string", "pattern": "^[a-z]+$", "maxLength": 9})",
         {R"("abc")"},
         {{R"("aBc")", "pattern"}}},
        {R"({"type": "integer", "minimum": 1, "maximum": 5})",
         {"1", "5"},
         {{"0", "minimum"},
          {"6", "maximum"},
          {"18446744073709551615", "maximum"},
          {"1.0", "type"},
          {"true", "type"}}},
        {R"({"type": "boolean"})", {"true"}, {{"0", "type"}}},
        {R"({"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2})",
         {"[true]"},
         {{"[]", "min_items"}, {"[true, true, true]", "max_items"}}},
    };
    for (const Case& entry : cases) {
        for (const char* value : entry.good) {
            EXPECT_THAT(verdicts(entry.schema, {{"f", Json::parse(value)}}), IsEmpty())
                << entry.schema << value;
        }
        for (const auto& [value, rule] : entry.bad) {
            EXPECT_THAT(verdicts(entry.schema, {{"f", Json::parse(value)}}),
                        ElementsAre(std::string("/f ") + rule))
                << entry.schema << value;
        }
    }
}

TEST(Schema, NamesEveryFaultByItsPointer) {
    const char* field =
        R"({"type": "array", "maxItems": 5, "items": {"type": "object", "additionalProperties": false,
        "required": ["a", "b"], "properties": {"a": {"type": "string", "format": "amount"}, "b": {"type": "boolean"}}}})";
    EXPECT_THAT(
        verdicts(
            field,
            Json::parse(R"({"f": [{"a": "1.00", "b": true}, {"a": "x"}, {"b": 1, "c/d": 2}, 7]})")),
        ElementsAre("/f/1/b required",
                    "/f/1/a format",
                    "/f/2/a required",
                    "/f/2/b type",
                    "/f/2/c~1d unknown_field",
                    "/f/3 type"));
}

TEST(Schema, RefusesDataThatIsNoObject) {
    for (const char* data : {"[]", "5", "null", R"("x")"}) {
        EXPECT_THAT(verdicts(R"({"type": "boolean"})", Json::parse(data)), ElementsAre(" type"));
    }
}

TEST(Schema, StopsAtFiftyFaults) {
    Json data = Json::object();
    for (int i = 0; i < 500; ++i) {
        data["x" + std::to_string(i)] = i;
    }
    EXPECT_EQ(verdicts(R"({"type": "boolean"})", data).size(), 50u);
}

TEST(Schema, NormalisesIdentifiers) {
    Faults faults;
    const Schema schema(
        Json::parse(R"({"type": "object", "additionalProperties": false, "properties":
        {"id": {"type": "string", "format": "identifier", "maxLength": 18}}})"),
        faults);
    Json data = {{"id", " １１０１０５19491231002x "}};
    schema.validate(data, faults);
    EXPECT_TRUE(faults.empty());
    EXPECT_EQ(data["id"], "11010519491231002X");
}

TEST(Schema, FollowsReferences) {
    Faults faults;
    const Schema schema(
        Json::parse(R"({"type": "object", "additionalProperties": false, "properties":
        {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "integer", "maximum": 3}}})"),
        faults);
    ASSERT_TRUE(faults.empty());
    Json data = {{"a", 4}};
    schema.validate(data, faults);
    ASSERT_EQ(faults.list().size(), 1u);
    EXPECT_EQ(faults.list()[0].pointer, "/a");
}

TEST(Schema, ListsItsPaths) {
    Faults faults;
    const Schema schema(
        Json::parse(R"({"type": "object", "additionalProperties": false, "properties": {
        "who": {"type": "object", "additionalProperties": false, "properties": {"name": {"type": "string", "maxLength": 9}}},
        "rows": {"type": "array", "maxItems": 9, "items": {"type": "object", "additionalProperties": false,
            "properties": {"amount": {"type": "string", "format": "amount"}}}}}})"),
        faults);
    Catalog catalog;
    schema.list_paths(catalog);
    EXPECT_EQ(catalog.kind("who.name"), Kind::Text);
    EXPECT_EQ(catalog.kind("rows"), Kind::Array);
    EXPECT_EQ(catalog.kind("rows[].amount"), Kind::Amount);
    EXPECT_THAT(catalog.suggestion("rows[].amont"), HasSubstr("rows[].amount"));
}

TEST(Schema, RefusesToBeWrittenLoosely) {
    const std::vector<std::pair<const char*, const char*>> bad = {
        {R"({"type": "string"})", "maxLength"},
        {R"({"type": "number"})", "amount"},
        {R"({"type": "text", "maxLength": 3})", "must be object"},
        {R"({"maxLength": 3})", "\"type\" is missing"},
        {R"({"type": "string", "maxLength": 3, "oneOf": []})", "not supported"},
        {R"({"type": "string", "format": "email", "maxLength": 3})", "is not one of"},
        {R"({"type": "string", "pattern": "abc", "maxLength": 3})", "put ^"},
        {R"({"type": "string", "pattern": "^abc$"})", "maxLength"},
        {R"({"type": "object", "properties": {}})", "additionalProperties"},
        {R"({"type": "object", "additionalProperties": true, "properties": {}})", "must be false"},
        {R"({"type": "object", "additionalProperties": false, "required": ["x"]})", "not among"},
        {R"({"type": "array", "items": {"type": "boolean"}})", "maxItems"},
        {R"({"type": "array", "maxItems": 3})", "items"},
        {R"({"$ref": "#/$defs/missing"})", "$defs"},
        {R"({"$ref": "other.json"})", "$defs"},
        {R"("string")", "a schema is an object"},
    };
    for (const auto& [field, words] : bad) {
        Faults faults;
        const Schema schema({{"type", "object"},
                             {"additionalProperties", false},
                             {"properties", {{"f", Json::parse(field)}}}},
                            faults);
        ASSERT_FALSE(faults.empty()) << field;
        EXPECT_THAT(faults.list()[0].pointer, HasSubstr("/properties/f")) << field;
        std::string all;
        for (const FieldError& fault : faults.list()) {
            all += fault.detail;
        }
        EXPECT_THAT(all, HasSubstr(words)) << field;
    }
    Faults faults;
    const Schema loop(
        Json::parse(
            R"({"type": "object", "additionalProperties": false, "properties": {"a": {"$ref": "#/$defs/n"}},
        "$defs": {"n": {"type": "object", "additionalProperties": false, "properties": {"n": {"$ref": "#/$defs/n"}}}}})"),
        faults);
    ASSERT_FALSE(faults.empty());
    EXPECT_THAT(faults.list()[0].detail, HasSubstr("recursive"));
}

}  // namespace
}  // namespace yinxin::pdf::rules
