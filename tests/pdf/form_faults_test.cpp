// SPDX-License-Identifier: Apache-2.0
// Data that breaks a rule: each fault is named by its pointer and its rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pdf/form.h"
#include "tests/pdf/form_samples.h"

namespace yinxin::pdf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Change {
    const char* place;  ///< JSON Pointer that gets the value; "-/x" removes /x
    Json value;
    std::vector<std::string> refusals;
};

void check_changes(const std::string& type,
                   const std::string& name,
                   const std::vector<Change>& changes) {
    const std::shared_ptr<const Form> form = shipped(type);
    const Json good = sample(name);
    EXPECT_THAT(refusals(*form, good), ElementsAre());
    for (const Change& change : changes) {
        Json data = good;
        const std::string place = change.place;
        if (place.starts_with("-")) {
            const Json::json_pointer pointer(place.substr(1));
            data[pointer.parent_pointer()].erase(pointer.back());
        } else {
            data[Json::json_pointer(place)] = change.value;
        }
        EXPECT_EQ(refusals(*form, data), change.refusals) << place << " = " << change.value;
    }
}

std::string repeated(const std::string& text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) {
        result += text;
    }
    return result;
}

TEST(TaxPaymentRecord, NamesWhatIsWrong) {
    check_changes(
        "tax-payment-record",
        "tax-payment-record.one-year",
        {{"/nickname", "x", {"/nickname unknown_field"}},
         {"/taxpayer/nationality", "CN", {"/taxpayer/nationality unknown_field"}},
         {"/rows/3/bonus", "1.00", {"/rows/3/bonus unknown_field"}},
         {"-/period", {}, {"/period required"}},
         {"-/rows/0/amount", {}, {"/rows/0/amount required"}},
         {"/rows", Json::object(), {"/rows type"}},
         {"/rows/0", nullptr, {"/rows/0 type"}},
         {"/taxpayer/name", "", {"/taxpayer/name min_length"}},
         {"/taxpayer/name", repeated("张", 400), {"/taxpayer/name max_length"}},
         {"/taxpayer/name", "张\u202E明", {"/taxpayer/name text"}},
         {"/taxpayer/name", 5, {"/taxpayer/name type"}},
         {"/taxpayer/id_type", "学生证", {"/taxpayer/id_type enum"}},
         {"/taxpayer/id_number", "990000198510240036", {"/taxpayer/id_number id_document"}},
         {"/taxpayer/id_number", "990000198510240053", {"/taxpayer/id_number id_document"}},
         {"/taxpayer/id_number", "11010519491231002Ⅹ", {"/taxpayer/id_number format"}},
         {"/taxpayer/id_number", "G12345678", {"/taxpayer/id_number id_document"}},
         {"/rows/2/amount", 300, {"/rows/2/amount type"}},
         {"/rows/2/amount", "300", {"/rows/2/amount format"}},
         {"/rows/2/amount", "1,300.00", {"/rows/2/amount format"}},
         {"/rows/2/amount", "0.00", {"/rows/2/treasury_date absent"}},
         {"/rows/2/filing_date", "2025-02-30", {"/rows/2/filing_date format"}},
         {"/rows/2/filing_date", "2026-02-01", {"/rows/2/filing_date not_after"}},
         {"/rows/2/treasury_date", "2026-02-01", {"/rows/2/treasury_date not_after"}},
         {"/rows/2/period", "2024-12", {"/rows/2/period within_period"}},
         {"/rows/2/period", "2026-01", {"/rows/2/period within_period"}},
         {"/rows/2/period", "2025-06 至 2026-01", {"/rows/2/period within_period"}},
         {"/data_as_of", "2026-02-12T09:00:00+08:00", {"/data_as_of not_after"}},
         {"/data_as_of", "2026-01-31", {"/data_as_of format"}},
         {"/period", Json{{"from", "2025-01"}, {"to", "2026-03"}}, {"/period/to month_range"}},
         {"/period", Json{{"from", "2021-01"}, {"to", "2026-01"}}, {"/period/to month_range"}},
         {"/period",
          Json{{"from", "2018-12"}, {"to", "2025-12"}},
          {"/period/to month_range", "/period/from not_before"}}});
}

TEST(TaxPaymentRecord, AcceptsTheEdgesOfItsRules) {
    check_changes("tax-payment-record",
                  "tax-payment-record.one-year",
                  {{"/rows/2/period", "2024-06 至 2025-03", {}},
                   {"/rows/2/filing_date", "2026-01-31", {}},
                   {"/rows/2/treasury_date", nullptr, {}},
                   {"-/rows/2/remark", {}, {}},
                   {"/data_as_of", "2026-02-10T23:59:59+08:00", {}},
                   {"/period", Json{{"from", "2021-01"}, {"to", "2025-12"}}, {}},
                   {"/period", Json{{"from", "2025-01"}, {"to", "2026-02"}}, {}},
                   {"/taxpayer/name", repeated("张", 60), {}}});
}

TEST(TaxPaymentRecord, CountsDaysInChina) {
    Json data = sample("tax-payment-record.one-year");
    data["data_as_of"] = "2026-01-30T16:30:00Z";  // the 31st in China
    data["rows"][2]["filing_date"] = "2026-01-31";
    EXPECT_THAT(refusals(*shipped("tax-payment-record"), data), ElementsAre());
    data["data_as_of"] = "2026-01-30T15:30:00Z";
    EXPECT_THAT(refusals(*shipped("tax-payment-record"), data),
                ElementsAre("/rows/2/filing_date not_after"));
}

TEST(TaxPaymentRecord, CollectsAllFaultsAtOnce) {
    Json data = sample("tax-payment-record.one-year");
    data["taxpayer"]["id_number"] = "990000198510240036";
    data["rows"][0]["amount"] = "x";
    data["rows"][5]["filing_date"] = "2026-09-01";
    data["extra"] = 1;
    try {
        shipped("tax-payment-record")->evaluate(data, issuer, now);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Invalid);
        EXPECT_EQ(error.fields().size(), 4u);
        EXPECT_THAT(error.what(), HasSubstr("4 faults"));
        EXPECT_THAT(error.what(), HasSubstr("tax-payment-record"));
    }
}

TEST(TaxPaymentRecord, NeverRepeatsPersonalData) {
    Json data = sample("tax-payment-record.one-year");
    data["taxpayer"]["id_number"] = "990000198510240036";
    data["taxpayer"]["name"] = repeated("霹", 61);
    try {
        shipped("tax-payment-record")->evaluate(data, issuer, now);
        FAIL();
    } catch (const Error& error) {
        for (const FieldError& field : error.fields()) {
            EXPECT_EQ(field.detail.find("990000198510240036"), std::string::npos);
            EXPECT_EQ(field.detail.find("霹"), std::string::npos);
        }
    }
}

TEST(TaxPaymentRecord, RefusesATotalOutOfRange) {
    Json data = sample("tax-payment-record.one-year");
    data["rows"][0]["amount"] = data["rows"][1]["amount"] = "9999999999999999.99";
    EXPECT_THAT(refusals(*shipped("tax-payment-record"), data), ElementsAre(" range"));
}

TEST(TaxPaidCertificate, NamesWhatIsWrong) {
    check_changes("tax-paid-certificate",
                  "tax-paid-certificate.company",
                  {{"/payer/tax_id", "91990000MADEM0011J", {"/payer/tax_id taxpayer_number"}},
                   {"/lines", Json::array(), {"/lines min_items"}},
                   {"/lines/1/period_to", "2025-11-30", {"/lines/1/period_to order"}},
                   {"/lines/1/treasury_date", "2026-01-22", {"/lines/1/treasury_date not_after"}},
                   {"/issue_date", "2026-02-11", {"/issue_date not_after"}},
                   {"/lines/1/amount", "1.005", {"/lines/1/amount format"}},
                   {"-/handler", {}, {"/handler required"}}});
}

TEST(Invoice, NamesWhatIsWrong) {
    check_changes(
        "invoice",
        "invoice.special",
        {{"/kind", "paper", {"/kind enum"}},
         {"/seller/tax_id", "91990000MADEM0O11K", {"/seller/tax_id taxpayer_number"}},
         {"/buyer/tax_id", nullptr, {"/buyer/tax_id required"}},
         {"/issue_date", "2026-02-11", {"/issue_date not_after"}},
         {"/lines", Json::array(), {"/lines min_items"}},
         {"/lines/0/name", "固态硬盘", {"/lines/0/name pattern", "/lines/1/name line_discount"}},
         {"/lines/0/tax", "690.28", {"/lines/0/tax line_tax"}},
         {"/lines/0/amount", "5309.75", {"/lines/0/amount line_amount", "/lines/0/tax line_tax"}},
         {"/lines/0/tax_rate",
          "0.17",
          {"/lines/0/tax_rate line_rate", "/lines/1/tax_rate line_discount"}},
         {"/lines/0/quantity", nullptr, {"/lines/0/quantity line_quantity"}},
         {"/lines/1/quantity", "1", {"/lines/1/unit_price line_quantity"}},
         {"/lines/1/amount", "309.73", {"/lines/1/amount line_sign", "/lines/1/tax line_tax"}},
         {"/lines/0/tax_code", "1", {"/lines/0/tax_code unknown_field"}},
         {"/red",
          Json{{"original_number", "123"},
               {"confirmation_number", repeated("1", 20)},
               {"reason", "销货退回"}},
          {"/red/original_number min_length",
           "/red/original_number pattern",
           "/lines/0/amount line_sign",
           "/lines/0/quantity line_sign",
           "/lines/1/kind line_discount",
           "/lines/2/amount line_sign",
           "/lines/2/quantity line_sign"}},
         {"/remark", repeated("备", 1001), {"/remark max_length"}}});
}

TEST(Invoice, AsksACompanyForItsNumber) {
    check_changes("invoice",
                  "invoice.ordinary",
                  {{"/buyer/name", "示例采购股份有限公司", {"/buyer/tax_id required"}},
                   {"/buyer/name", "个人", {}},
                   {"-/buyer/tax_id", {}, {}}});
}

TEST(Invoice, KeepsRatesToTheirTime) {
    Json data = sample("invoice.ordinary");
    data["lines"][0]["tax_rate"] = "0.16";
    data["lines"][0]["tax"] = "150.94";
    EXPECT_THAT(refusals(*shipped("invoice"), data), ElementsAre("/lines/0/tax_rate line_rate"));
    data["issue_date"] = "2018-12-31";
    EXPECT_THAT(refusals(*shipped("invoice"), data), ElementsAre());
}

TEST(Form, RefusesDataThatIsNoObject) {
    for (const char* text : {"null", "[]", "5", "\"x\""}) {
        EXPECT_THAT(refusals(*shipped("invoice"), Json::parse(text)), ElementsAre(" type")) << text;
    }
}

}  // namespace
}  // namespace yinxin::pdf
