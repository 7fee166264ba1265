// SPDX-License-Identifier: Apache-2.0
// The shipped types accept every sample and compute from it what was added up by hand.
#include "pdf/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/pdf/form_samples.h"

namespace yinxin::pdf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string derived(const Values& values, const std::string& name) {
    return values.values->at("derived").value(name, "(absent)");
}

struct Total {
    const char* sample;
    const char* total;
    const char* text;
    const char* words;
};

/// A seal's red over a value makes both hard to read; rules may pass under it.
TEST(Invoice, ItsSealCoversNoValue) {
    const std::shared_ptr<const Form> form = shipped("invoice");
    struct Place {
        double left, top, right, bottom;
    };
    const auto place = [](const Json& box) {
        return Place{box[0],
                     box[1],
                     box[0].get<double>() + box[2].get<double>(),
                     box[1].get<double>() + box[3].get<double>()};
    };
    const Json& elements = form->layout().at("elements");
    const auto seal = std::find_if(elements.begin(), elements.end(), [](const Json& element) {
        return element.contains("seal");
    });
    ASSERT_NE(seal, elements.end());
    const Place red = place(seal->at("seal"));
    for (const Json& element : elements) {
        if (!element.contains("box") || element.value("on", "") == "not_last") {
            continue;  // the seal is on the last page
        }
        const Place value = place(element.at("box"));
        EXPECT_TRUE(value.right <= red.left || value.left >= red.right || value.bottom <= red.top ||
                    value.top >= red.bottom)
            << element;
    }
}

TEST(TaxPaymentRecord, AddsUpEverySample) {
    const std::shared_ptr<const Form> form = shipped("tax-payment-record");
    const std::vector<Total> samples = {
        {"one-year", "6050.58", "6,050.58", "陆仟零伍拾元伍角捌分"},
        {"five-years", "65803.90", "65,803.90", "陆万伍仟捌佰零叁元玖角整"},
        {"foreigner", "15362.64", "15,362.64", "壹万伍仟叁佰陆拾贰元陆角肆分"},
        {"no-rows", "0.00", "0.00", "零元整"},
        {"rare-characters", "88.02", "88.02", "捌拾捌元零贰分"}};
    for (const Total& entry : samples) {
        const Values values =
            form->evaluate(sample(std::string("tax-payment-record.") + entry.sample), issuer, now);
        EXPECT_EQ(derived(values, "total"), entry.total) << entry.sample;
        EXPECT_EQ(derived(values, "total_text"), entry.text) << entry.sample;
        EXPECT_EQ(derived(values, "total_words"), entry.words) << entry.sample;
        EXPECT_EQ(values.series, "tax-payment-record/2026/990001");
        EXPECT_EQ(form->number(values, issuer, 42), "202699000100000042");
    }
}

TEST(TaxPaymentRecord, AcceptsABatch) {
    const std::shared_ptr<const Form> form = shipped("tax-payment-record");
    std::istringstream file(
        tests::read_text(std::string(YINXIN_TEST_DATA) + "/tax-payment-record.batch-20.ndjson"));
    int count = 0;
    for (std::string line; std::getline(file, line); ++count) {
        EXPECT_THAT(refusals(*form, Json::parse(line).at("data")), ElementsAre());
    }
    EXPECT_EQ(count, 20);
}

TEST(TaxPaymentRecord, SortsRowsAndRemembersWhereTheyStood) {
    Json data = sample("tax-payment-record.one-year");
    std::reverse(data["rows"].begin(), data["rows"].end());
    Json range = data["rows"][0];
    range["period"] = "2025-01 至 2025-11";
    range["filing_date"] = "2025-01-05";
    data["rows"].push_back(range);
    const Values values = shipped("tax-payment-record")->evaluate(data, issuer, now);
    const Json& rows = values.values->at("rows");
    EXPECT_EQ(rows[0]["@pointer"], "/rows/12");  // same first month, filed earlier
    EXPECT_EQ(rows[1]["@pointer"], "/rows/11");
    EXPECT_EQ(rows[12]["@pointer"], "/rows/0");
    EXPECT_EQ(values.input->dump(), data.dump()) << "the register keeps the rows as they came";
}

TEST(TaxPaymentRecord, WritesWhatThePaperShows) {
    const Values values = shipped("tax-payment-record")
                              ->evaluate(sample("tax-payment-record.five-years"), issuer, now);
    EXPECT_EQ(derived(values, "period"), "2021-01 至 2025-12");
    EXPECT_EQ(derived(values, "data_as_of"), "2026-01-31 09:00");
    EXPECT_EQ(derived(values, "row_count"), "94");
    EXPECT_EQ(derived(values, "no_rows"), "(absent)");
    int dashes = 0;
    for (const Json& row : values.values->at("rows")) {
        dashes += row.at("derived").at("treasury_date") == "—" ? 1 : 0;
        if (row.at("amount") == "-1251.50") {
            EXPECT_EQ(row.at("derived").at("amount"), "-1,251.50");
        }
    }
    EXPECT_EQ(dashes, 10);
}

TEST(TaxPaymentRecord, SaysThatThereAreNoRows) {
    const std::shared_ptr<const Form> form = shipped("tax-payment-record");
    const Values values = form->evaluate(sample("tax-payment-record.no-rows"), issuer, now);
    EXPECT_EQ(derived(values, "no_rows"), "本期间无申报记录");
    const Disclosure disclosure = form->disclose(values, 1);
    ASSERT_EQ(disclosure.asked.size(), 1u) << "0.00 is no fact";
    EXPECT_EQ(disclosure.asked[0].name, "id_last6");
    EXPECT_EQ(disclosure.asked[0].expected, "080129");
}

TEST(TaxPaymentRecord, NormalisesTheIdNumber) {
    Json data = sample("tax-payment-record.one-year");
    data["taxpayer"]["id_number"] = " １１０１０５19491231002x ";
    const Values values = shipped("tax-payment-record")->evaluate(data, issuer, now);
    EXPECT_EQ(values.values->at("taxpayer").at("id_number"), "11010519491231002X");
    EXPECT_EQ(values.input->at("taxpayer").at("id_number"), "11010519491231002X");
}

TEST(TaxPaymentRecord, DisclosesMaskedFacts) {
    const std::shared_ptr<const Form> form = shipped("tax-payment-record");
    const Disclosure disclosure =
        form->disclose(form->evaluate(sample("tax-payment-record.one-year"), issuer, now), 2);
    std::vector<std::string> shown;
    for (const ShownFact& fact : disclosure.shown) {
        shown.push_back(fact.name + "=" + fact.value +
                        (fact.closer_after.empty() ? "" : "|" + fact.closer_value));
    }
    EXPECT_THAT(shown,
                ElementsAre("taxpayer_name=张*明",
                            "id_number=9****************5|990***********0035",
                            "period=2025-01 至 2025-12",
                            "total=6,050.58",
                            "total_words=陆仟零伍拾元伍角捌分",
                            "rows=12",
                            "pages=2",
                            "data_as_of=2026-01-31 09:00"));
    ASSERT_EQ(disclosure.asked.size(), 2u);
    EXPECT_EQ(disclosure.asked[0].expected, "240035");
    EXPECT_EQ(disclosure.asked[1].expected, "6050.58");
    EXPECT_EQ(disclosure.token.total_fen, 605058);
    EXPECT_EQ(disclosure.token.masked_name, "张*明");
    EXPECT_EQ(disclosure.token.masked_id, "9****************5");
    EXPECT_EQ(disclosure.token.period_from, "2025-01");
    EXPECT_EQ(disclosure.token.pages, 2);
}

TEST(TaxPaidCertificate, AddsUpItsSample) {
    const std::shared_ptr<const Form> form = shipped("tax-paid-certificate");
    Values values = form->evaluate(sample("tax-paid-certificate.company"), issuer, now);
    EXPECT_EQ(derived(values, "total"), "176605.98");
    EXPECT_EQ(derived(values, "total_text"), "¥176,605.98");
    EXPECT_EQ(derived(values, "total_words"), "壹拾柒万陆仟陆佰零伍元玖角捌分");
    EXPECT_EQ(derived(values, "period"), "2024-01-01 至 2025-12-31");
    EXPECT_EQ(derived(values, "issue_date"), "2026年01月21日");
    EXPECT_EQ(values.values->at("lines")[3].at("derived").at("amount"), "-2,210.05");
    EXPECT_EQ(form->number(values, issuer, 1), "（2026）示税证 00000001");
    EXPECT_EQ(values.series, "tax-paid-certificate/2026/示");
    const Disclosure disclosure = form->disclose(values, 1);
    EXPECT_EQ(disclosure.asked.at(0).expected, "176605.98");
    EXPECT_EQ(disclosure.asked.at(1).expected, "M0011K");
    EXPECT_EQ(disclosure.token.masked_name, "示例软件有限公司");
    EXPECT_EQ(disclosure.token.masked_id, "91990000MADEM0011K");
}

struct InvoiceTotals {
    const char* sample;
    const char* net;
    const char* tax;
    const char* total;
    const char* words;
};

TEST(Invoice, AddsUpEverySample) {
    const std::shared_ptr<const Form> form = shipped("invoice");
    const std::vector<InvoiceTotals> samples = {
        {"ordinary", "¥943.40", "¥56.60", "¥1000.00", "壹仟圆整"},
        {"special", "¥6000.00", "¥710.00", "¥6710.00", "陆仟柒佰壹拾圆整"},
        {"red", "-¥530.97", "-¥69.03", "-¥600.00", "（负数）陆佰圆整"},
        {"exempt", "¥438.50", "***", "¥438.50", "肆佰叁拾捌圆伍角整"},
        {"on-behalf", "¥4950.50", "¥49.51", "¥5000.01", "伍仟圆零壹分"},
        {"two-hundred-lines", "¥2182.02", "¥283.84", "¥2465.86", "贰仟肆佰陆拾伍圆捌角陆分"}};
    for (const InvoiceTotals& entry : samples) {
        const Values values =
            form->evaluate(sample(std::string("invoice.") + entry.sample), issuer, now);
        EXPECT_EQ(derived(values, "amount_total_text"), entry.net) << entry.sample;
        EXPECT_EQ(derived(values, "tax_total_text"), entry.tax) << entry.sample;
        EXPECT_EQ(derived(values, "total_text"), entry.total) << entry.sample;
        EXPECT_EQ(derived(values, "total_words"), entry.words) << entry.sample;
        EXPECT_EQ(values.series, "invoice/26/99/9");
        EXPECT_EQ(form->number(values, issuer, 7), "26999000000000000007");
    }
}

TEST(Invoice, TakesItsNumbersYearFromItsDate) {
    Json data = sample("invoice.ordinary");
    data["issue_date"] = "2025-12-31";
    const std::shared_ptr<const Form> form = shipped("invoice");
    const Values values = form->evaluate(data, issuer, now);
    EXPECT_EQ(values.series, "invoice/25/99/9");
    EXPECT_EQ(form->number(values, issuer, 1), "25999000000000000001");
}

TEST(Invoice, ComposesTitleMarkAndRemark) {
    const std::shared_ptr<const Form> form = shipped("invoice");
    const Values red = form->evaluate(sample("invoice.red"), issuer, now);
    EXPECT_EQ(derived(red, "title"), "电子发票（增值税专用发票）");
    EXPECT_EQ(derived(red, "mark"), "红字");
    EXPECT_EQ(
        derived(red, "remark"),
        "被红冲蓝字数电票号码：25999000000000000001 红字发票信息确认单编号：99002601061234567890");
    const Values agent = form->evaluate(sample("invoice.on-behalf"), issuer, now);
    EXPECT_EQ(derived(agent, "title"), "电子发票（普通发票）");
    EXPECT_EQ(derived(agent, "mark"), "代开");
    EXPECT_EQ(derived(agent, "remark"), "代开机关：示例市税务局 完税凭证号：99990126010000000001");
    const Values special = form->evaluate(sample("invoice.special"), issuer, now);
    EXPECT_EQ(derived(special, "mark"), "(absent)");
    EXPECT_EQ(derived(special, "remark"), "合同号：SL-2025-118；送货地址：示例市高新区创新路99号");
}

TEST(Invoice, HidesTheTaxOfExemptLines) {
    Json data = sample("invoice.exempt");
    const std::shared_ptr<const Form> form = shipped("invoice");
    const Values exempt = form->evaluate(data, issuer, now);
    EXPECT_EQ(exempt.values->at("lines")[0].at("derived").at("rate"), "免税");
    EXPECT_EQ(exempt.values->at("lines")[0].at("derived").at("tax"), "***");
    data["lines"].push_back(sample("invoice.ordinary")["lines"][0]);
    const Values mixed = form->evaluate(data, issuer, now);
    EXPECT_EQ(mixed.values->at("lines")[2].at("derived").at("rate"), "6%");
    EXPECT_EQ(mixed.values->at("lines")[2].at("derived").at("tax"), "56.60");
    EXPECT_EQ(derived(mixed, "tax_total_text"), "¥56.60");
}

TEST(Invoice, WritesTheNationalQrOnceItHasANumber) {
    const std::shared_ptr<const Form> form = shipped("invoice");
    Values values = form->evaluate(sample("invoice.special"), issuer, now);
    EXPECT_EQ(derived(values, "invoice_qr"), "(absent)");
    Issuance issuance;
    issuance.number = "26999000000000000002";
    issuance.code = "ABCDEFGHJKLMNPQ5";
    issuance.channel = "自助打印";
    issuance.issued_at = *parse_rfc3339("2026-01-31T16:30:05Z");
    form->complete(values, issuer, issuance);
    EXPECT_THAT(derived(values, "invoice_qr"),
                HasSubstr("01,31,,26999000000000000002,6710.00,20260106,,"));
    const Json& given = values.values->at("issuance");
    EXPECT_EQ(given.at("code_grouped"), "ABCD-EFGH-JKLM-NPQ5");
    EXPECT_EQ(given.at("issued_day_cn"), "2026年02月01日");
    EXPECT_EQ(given.at("issued_time"), "2026-02-01 00:30:05");
    EXPECT_EQ(given.at("issued_at"), "2026-01-31T16:30:05Z");
}

TEST(Invoice, MasksPersonsAndNotCompanies) {
    const std::shared_ptr<const Form> form = shipped("invoice");
    const auto shown = [&](const char* name, const char* fact) {
        for (const ShownFact& entry :
             form->disclose(form->evaluate(sample(name), issuer, now), 1).shown) {
            if (entry.name == fact) {
                return entry.value;
            }
        }
        return std::string("(absent)");
    };
    EXPECT_EQ(shown("invoice.on-behalf", "seller_name"), "韩*梅");
    EXPECT_EQ(shown("invoice.on-behalf", "seller_tax_id"), "9****************4");
    EXPECT_EQ(shown("invoice.on-behalf", "buyer_name"), "示例采购股份有限公司");
    EXPECT_EQ(shown("invoice.ordinary", "buyer_name"), "李*（个人）");
    EXPECT_EQ(shown("invoice.ordinary", "buyer_tax_id"), "(absent)");
    const Disclosure disclosure =
        form->disclose(form->evaluate(sample("invoice.special"), issuer, now), 1);
    ASSERT_EQ(disclosure.asked.size(), 1u);
    EXPECT_EQ(disclosure.asked[0].expected, "6710.00");
    EXPECT_EQ(disclosure.token.masked_name, "示*8*司");
}

TEST(Invoice, TakesTwoThousandLinesAndNoMore) {
    const std::shared_ptr<const Form> form = shipped("invoice");
    Json data = sample("invoice.ordinary");
    const Json line = data["lines"][0];
    data["lines"] = Json::array();
    for (int i = 0; i < 2000; ++i) {
        data["lines"].push_back(line);
    }
    EXPECT_EQ(derived(form->evaluate(data, issuer, now), "total_text"), "¥2000000.00");
    data["lines"].push_back(line);
    EXPECT_THAT(refusals(*form, data), ElementsAre("/lines max_items"));
}

TEST(Form, SaysWhenItsNumbersAreUsedUp) {
    const std::shared_ptr<const Form> form = shipped("tax-payment-record");
    const Values values = form->evaluate(sample("tax-payment-record.one-year"), issuer, now);
    EXPECT_EQ(form->number(values, issuer, 99999999), "202699000199999999");
    EXPECT_THROW(form->number(values, issuer, 100000000), Error);
}

TEST(Form, EvaluatesTheSameDataToTheSameValues) {
    const std::shared_ptr<const Form> form = shipped("invoice");
    const Values once = form->evaluate(sample("invoice.special"), issuer, now);
    const Values again = form->evaluate(*once.input, issuer, now);
    EXPECT_EQ(*once.values, *again.values);
}

}  // namespace
}  // namespace yinxin::pdf
