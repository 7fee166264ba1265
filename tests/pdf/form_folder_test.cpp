// SPDX-License-Identifier: Apache-2.0
// A type made from forms/README.md alone, and what lint says of folders with mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <array>
#include <sstream>

#include "pdf/form.h"
#include "tests/pdf/form_samples.h"

namespace yinxin::pdf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReadmeExample, LintsIssuesAndDiscloses) {
    ASSERT_EQ(files_in_readme().size(), 5u);
    const TemporaryFolder root;
    const std::filesystem::path folder = write_example(root);
    for (const FormFault& fault : lint_form(folder)) {
        ADD_FAILURE() << fault.file << " " << fault.pointer << ": " << fault.detail;
    }
    const std::shared_ptr<const Form> form = Form::load(folder);
    Values values = form->evaluate(form->example(), issuer, now);
    const Json& derived = values.values->at("derived");
    EXPECT_EQ(derived.at("total"), "¥13,200.00");
    EXPECT_EQ(derived.at("total_words"), "壹万叁仟贰佰元整");
    EXPECT_EQ(derived.at("paid_on"), "2026年01月15日");
    EXPECT_EQ(derived.at("houses"), "2");
    EXPECT_EQ(values.values->at("houses")[1].at("derived").at("rate"), "4%（出租住房）");
    EXPECT_EQ(form->number(values, issuer, 5), "FC202699000100000005");
    EXPECT_EQ(values.series, "property-tax-receipt/2026/990001");
    const Disclosure disclosure = form->disclose(values, 1);
    EXPECT_EQ(disclosure.asked.at(0).expected, "240035");
    EXPECT_EQ(disclosure.asked.at(1).expected, "13200.00");
    EXPECT_EQ(disclosure.token.total_fen, 1320000);
}

TEST(ReadmeExample, EnforcesItsRules) {
    const TemporaryFolder root;
    const std::shared_ptr<const Form> form = Form::load(write_example(root));
    const Json good = form->example();
    Json data = good;
    data["owner"]["id_number"] = "990000198510240036";
    EXPECT_THAT(refusals(*form, data), ElementsAre("/owner/id_number resident_id"));
    data = good;
    data["paid_on"] = "2026-02-11";
    EXPECT_THAT(refusals(*form, data), ElementsAre("/paid_on not_after"));
    data = good;
    data["houses"][1]["rate"] = "0.05";
    data["houses"][1]["tax"] = "1500.00";
    EXPECT_THAT(refusals(*form, data), ElementsAre("/houses/1/rate in_table", "/total sum"));
    data = good;
    data["houses"][0]["tax"] = "12000.01";
    EXPECT_THAT(refusals(*form, data), ElementsAre("/houses/0/tax product", "/total sum"));
    data = good;
    data["houses"][0]["value"] = "0.00";
    EXPECT_THAT(refusals(*form, data),
                ElementsAre("/houses/0/value limits", "/houses/0/tax product"));
    data = good;
    data["paid_on"] = "2008-02-29";
    EXPECT_THAT(refusals(*form, data), ElementsAre("/houses/1/rate in_table"));
}

TEST(ShippedTypes, LintClean) {
    for (const char* type :
         {"tax-payment-record", "tax-paid-certificate", "invoice", "verification-report"}) {
        for (const FormFault& fault : lint_form(std::filesystem::path(YINXIN_FORMS) / type / "1")) {
            ADD_FAILURE() << type << " " << fault.file << " " << fault.pointer << ": "
                          << fault.detail;
        }
    }
}

TEST(ReadmeExample, NamesEveryPathTheShippedTypesHave) {
    const std::string readme = tests::read_text(std::string(YINXIN_FORMS) + "/README.md");
    for (const char* type :
         {"tax-payment-record", "tax-paid-certificate", "invoice", "verification-report"}) {
        for (const std::string& path : shipped(type)->value_paths()) {
            const bool helper =
                path == "derived.taxed_lines" || path.starts_with("derived.remark_");
            const bool group = path.find('.') == std::string::npos;
            EXPECT_TRUE(helper || group || readme.find("`" + path + "`") != std::string::npos)
                << type << " " << path;
        }
    }
}

/// One replacement in one file of the example, and what lint must say about it.
struct Mistake {
    const char* file;
    const char* from;
    const char* to;
    const char* pointer;
    const char* words;
};

TEST(Lint, SaysWhereAndWhat) {
    const std::vector<Mistake> mistakes = {
        {"form.json",
         "\"of\": \"houses[].tax\"",
         "\"of\": \"houses[].taxx\"",
         "/rules/5/of",
         "did you mean \"houses[].tax\"?"},
        {"form.json",
         "\"at\": \"paid_on\"",
         "\"at\": \"owner.name\"",
         "/rules/1/at",
         "kind text; needed here: date"},
        {"form.json",
         "resident_id\", \"at\"",
         "resident_idd\", \"at\"",
         "/rules/0/rule",
         "there are: required"},
        {"form.json",
         "\"limit\": \"today\"",
         "\"limits\": \"today\"",
         "/rules/1/limits",
         "unknown member; known here: at, limit"},
        {"form.json",
         "\"at\": \"owner.id_number\"",
         "\"of\": \"owner.id_number\"",
         "/rules/0",
         "\"at\" is missing"},
        {"form.json",
         "\"table\": \"rates\", \"day\"",
         "\"table\": \"rate\", \"day\"",
         "/rules/3/table",
         "no table \"rate\""},
        {"form.json",
         "\"from\": \"2008-03-01\"",
         "\"from\": \"2008\"",
         "/tables/rates/1/from",
         "YYYY-MM-DD"},
        {"form.json", "{serial:8}", "{serial}", "/number/pattern", "{serial:N}"},
        {"form.json", "{organ_code}", "{organcode}", "/number/pattern", "{organ_code}"},
        {"form.json",
         "\"seal\": \"tax\"",
         "\"seal\": \"round\"",
         "/seal",
         "business, tax, invoice"},
        {"form.json", "\"version\": \"1\"", "\"version\": \"2\"", "/version", "name of the folder"},
        {"form.json",
         "\"type\": \"property-tax-receipt\"",
         "\"type\": \"property\"",
         "/type",
         "property-tax-receipt"},
        {"form.json", "\"derived.houses\"", "\"houses_count\"", "/derive/3/set", "derived.NAME"},
        {"form.json",
         "\"houses[].derived.tax\"",
         "\"derived.tax\"",
         "/derive/5/set",
         "houses[].derived.NAME"},
        {"form.json",
         "\"function\": \"words\"",
         "\"function\": \"word\"",
         "/derive/2/function",
         "there are: text"},
        {"form.json", "\"title_en\"", "\"title_fr\"", "/title_fr", "unknown member"},
        {"form.json", "\"tables\": {", "\"seal\": \"tax\", \"tables\": {", "", "stands twice"},
        {"form.json", "\"rules\": [", "\"rules\": [,", "", "is not JSON"},
        {"input.schema.json",
         "\"format\": \"date\"",
         "\"format\": \"day\"",
         "/properties/paid_on/format",
         "date"},
        {"input.schema.json", ", \"maxItems\": 200", "", "/properties/houses", "maxItems"},
        {"input.schema.json",
         "\"maxLength\": 18",
         "\"max\": 18",
         "/properties/owner/properties/id_number/max",
         "not supported"},
        {"disclosure.json",
         "\"of\": \"owner.name\"",
         "\"of\": \"owner.nmae\"",
         "/shown/0/of",
         "owner.name"},
        {"disclosure.json",
         "\"kind\": \"amount\"",
         "\"kind\": \"money\"",
         "/asked/1/kind",
         "id_tail, amount"},
        {"disclosure.json",
         "\"closer_after\": \"id_last6\"",
         "\"closer_after\": \"id\"",
         "/shown/1/closer_after",
         "asked"},
        {"disclosure.json",
         "\"mask\": \"name\"",
         "\"mask\": \"stars\"",
         "/shown/0/mask",
         "party_name"},
        {"disclosure.json", "\"token\"", "\"tokens\"", "/tokens", "unknown member"},
        {"layout.json",
         "{derived.rate}",
         "{derived.rat}",
         "/elements/13/table/columns/2/value",
         "no value \"derived.rat\""},
        {"layout.json", "{owner.name}", "{owner.nam}", "/elements/8/field", "owner.name"},
        {"layout.json",
         "\"box\": [27, 14, 60, 5]",
         "\"box\": [27, 14, 260, 5]",
         "/elements/1/box",
         "beyond the page"},
        {"layout.json",
         "[36, 58, 70, 6]",
         "[136, 18, 70, 6]",
         "/elements/8/box",
         "cover the verification QR"},
        {"layout.json",
         "\"rows\": \"houses\"",
         "\"rows\": \"owner\"",
         "/elements/13/table/rows",
         "no array"},
        {"layout.json",
         "{derived.tax}",
         "{issuer.organ}",
         "/elements/13/table/columns/3/value",
         "no value"},
        {"layout.json",
         "{derived.total}\"",
         "{tax}\"",
         "/elements/13/table/total/1/value",
         "no value"},
        {"layout.json", "{owner.id_number}", "{owner}", "/elements/10/field", "no text"},
        {"layout.json",
         "\"field\": \"{derived.paid_on}\"",
         "\"when\": \"paid\", \"field\": \"{derived.paid_on}\"",
         "/elements/12/when",
         "no value \"paid\""},
        {"layout.json", "{page.number}", "{page.sum.address}", "/elements/17/field", "no amount"},
        {"layout.json", "{page.count}", "{page.counts}", "/elements/17/field", "page.count"},
        {"layout.json", "\"seal\": [138", "\"sael\": [138", "/elements/16", "is no element"},
        {"layout.json", "{issuance.number}", "{issuance.number", "/elements/1/field", "\"}\""},
        {"example.json",
         "\"12000.00\"",
         "\"12000.01\"",
         "/houses/0/tax",
         "The product is 12000.00"},
        {"example.json",
         "\"total\": \"13200.00\"",
         "\"total\": \"13200.01\"",
         "/total",
         "sum of houses[].tax is 13200.00"},
    };
    const std::map<std::string, std::string> files = files_in_readme();
    for (const Mistake& mistake : mistakes) {
        std::string text = files.at(mistake.file);
        const std::size_t at = text.find(mistake.from);
        ASSERT_NE(at, std::string::npos) << mistake.from;
        text.replace(at, std::string(mistake.from).size(), mistake.to);
        const TemporaryFolder root;
        const std::vector<FormFault> faults =
            lint_form(write_example(root, {{mistake.file, text}}));
        bool found = false;
        std::string said;
        for (const FormFault& fault : faults) {
            said += "\n  " + fault.file + " " + fault.pointer + ": " + fault.detail;
            found = found || (fault.file == mistake.file && fault.pointer == mistake.pointer &&
                              fault.detail.find(mistake.words) != std::string::npos);
        }
        EXPECT_TRUE(found) << mistake.to << said;
    }
}

TEST(Lint, NamesMissingFiles) {
    const TemporaryFolder root;
    const std::filesystem::path folder = write_example(root);
    std::filesystem::remove(folder / "layout.json");
    const std::vector<FormFault> faults = lint_form(folder);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].file, "layout.json");
    try {
        Form::load(folder);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Invalid);
        EXPECT_THAT(error.what(), HasSubstr("layout.json"));
    }
}

std::string nested(int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) {
        text += "{\"a\":";
    }
    return text + "1" + std::string(static_cast<std::size_t>(depth), '}');
}

/// Each would exhaust stack, memory or patience if it were read in full.
TEST(Lint, BoundsWhatItReads) {
    std::string references =
        R"({"type": "object", "additionalProperties": false, "properties": {"x": {"$ref": "#/$defs/d0"}},
        "$defs": {)";
    for (int i = 0; i < 6; ++i) {
        const std::string next = R"({"$ref": "#/$defs/d)" + std::to_string(i + 1) + "\"}";
        references += "\"d" + std::to_string(i) +
                      R"(": {"type": "object", "additionalProperties": false, "properties": {)";
        for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) {
            references += std::string(*name == 'a' ? "" : ", ") + "\"" + name + "\": " + next;
        }
        references += "}}, ";
    }
    references += R"("d6": {"type": "boolean"}}})";
    const std::vector<std::array<std::string, 3>> cases = {
        {"layout.json", nested(100'000), "32"},
        {"input.schema.json", nested(100'000), "32"},
        {"example.json", nested(100'000), "32"},
        {"input.schema.json", references, "10000"},
        {"layout.json", std::string(2u << 20, ' ') + "{}", "1 MiB"}};
    for (const auto& [file, text, words] : cases) {
        const TemporaryFolder root;
        const std::vector<FormFault> faults = lint_form(write_example(root, {{file, text}}));
        ASSERT_FALSE(faults.empty()) << file;
        EXPECT_EQ(faults[0].file, file);
        EXPECT_THAT(faults[0].detail, HasSubstr(words));
    }
    const TemporaryFolder root;
    const std::filesystem::path folder = write_example(root);
    std::filesystem::remove(folder / "layout.json");
    ASSERT_EQ(::mkfifo((folder / "layout.json").c_str(), 0600), 0);  // nobody ever writes into it
    ASSERT_EQ(lint_form(folder).size(), 1u);
    EXPECT_EQ(lint_form(folder)[0].file, "layout.json");
}

TEST(Lint, ReportsEveryMistakeOfAFolder) {
    const TemporaryFolder root;
    std::map<std::string, std::string> files = files_in_readme();
    std::string& form = files["form.json"];
    form.replace(form.find("resident_id"), 11, "resident");
    form.replace(form.find("\"words\""), 7, "\"word\"");
    std::string& disclosure = files["disclosure.json"];
    disclosure.replace(disclosure.find("owner.name"), 10, "owner.nome");
    EXPECT_GE(lint_form(write_example(root, files)).size(), 3u);
}

}  // namespace
}  // namespace yinxin::pdf
