// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/invoice.h"

#include <gtest/gtest.h>

#include "tests/support/data.h"

namespace yinxin::pdf::rules {
namespace {

using Json = nlohmann::json;

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == ',') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

TEST(InvoiceQr, HasTheCrcOfTheCatalogue) {
    EXPECT_EQ(
        crc16("123456789"),
        std::stoul(tests::domain_vectors("crc_check_123456789").get<std::string>(), nullptr, 16));
}

TEST(InvoiceQr, AgreesWithEveryVector) {
    for (const auto& vector : tests::domain_vectors("invoice_qr")) {
        const std::string payload = vector.at("payload");
        const std::vector<std::string> field = split(payload);
        EXPECT_EQ(
            invoice_qr_payload(
                {field.at(1), field.at(2), field.at(3), field.at(4), field.at(5), field.at(6)}),
            payload);
        EXPECT_TRUE(invoice_qr_crc_fits(payload));
        const std::string other = vector.at("prefix").get<std::string>() +
                                  vector.at("variant_crc_without_last_comma").get<std::string>();
        EXPECT_TRUE(invoice_qr_crc_fits(other)) << other;
    }
}

TEST(InvoiceQr, ReadsOtherWritersForms) {
    for (const std::string payload : tests::domain_vectors("invoice_qr_public")) {
        EXPECT_TRUE(invoice_qr_crc_fits(payload));
        EXPECT_TRUE(invoice_qr_crc_fits(payload + ","));
    }
    EXPECT_TRUE(invoice_qr_crc_fits("01,32,,26999000000000000001,113.00,20260101,,7ade"));
    for (const char* bad : {"",
                            "01",
                            "01,32,,26999000000000000001,113.01,20260101,,7ADE",
                            "01,32,,26999000000000000001,113.00,20260101,,7ADF"}) {
        EXPECT_FALSE(invoice_qr_crc_fits(bad)) << bad;
    }
}

TEST(LineTax, AgreesWithEveryVector) {
    for (const auto& vector : tests::domain_vectors("line_tax")) {
        EXPECT_EQ(line_tax(*Money::parse(vector.at("amount").get<std::string>()),
                           *Decimal::parse(vector.at("rate").get<std::string>()))
                      .text(),
                  vector.at("tax").get<std::string>())
            << vector;
    }
}

TEST(LineTax, IsSplitOutOfATotal) {
    for (const auto& vector : tests::domain_vectors("tax_inclusive_split")) {
        const Decimal rate = *Decimal::parse(vector.at("rate").get<std::string>());
        const TaxSplit split =
            split_tax_inclusive(*Money::parse(vector.at("total").get<std::string>()), rate);
        EXPECT_EQ(split.net.text(), vector.at("net").get<std::string>()) << vector;
        EXPECT_EQ(split.tax.text(), vector.at("tax").get<std::string>()) << vector;
        EXPECT_EQ(line_tax(split.net, rate).text(), vector.at("recomputed_tax").get<std::string>())
            << vector;
    }
}

Json line() {
    return Json::parse(
        R"({"kind": "normal", "name": "*设计服务*图", "quantity": "2", "unit_price": "50",
                           "amount": "100.00", "tax_rate": "0.13", "tax": "13.00"})");
}

Json discount() {
    Json entry = line();
    entry["kind"] = "discount";
    entry["quantity"] = entry["unit_price"] = nullptr;
    entry["amount"] = "-10.00";
    entry["tax"] = "-1.30";
    return entry;
}

std::vector<FieldError> faults_of(const Json& lines,
                                  bool red = false,
                                  const std::string& day = "2026-01-06") {
    static const Table rates(Json::parse(R"([{"value": "0.13", "text": "13%", "from": "2019-04-01"},
        {"value": "0.05", "text": "5%"}, {"value": "exempt", "text": "免税"},
        {"value": "0.17", "text": "17%", "to": "2018-04-30"}])"));
    Faults faults;
    check_invoice_lines({&lines, "/lines", rates, day, red}, faults);
    return faults.list();
}

TEST(InvoiceLines, AcceptLinesAndTheirDiscounts) {
    EXPECT_TRUE(faults_of(Json::array({line(), discount(), line()})).empty());
}

TEST(InvoiceLines, AcceptTaxByEitherRule) {
    Json inclusive = line();
    inclusive["quantity"] = inclusive["unit_price"] = nullptr;
    inclusive["amount"] = "88.50";
    inclusive["tax"] = "11.50";  // rule 2; rule 1 says 11.51
    EXPECT_TRUE(faults_of(Json::array({inclusive})).empty());
    inclusive["tax"] = "11.51";
    EXPECT_TRUE(faults_of(Json::array({inclusive})).empty());
    for (const char* tax : {"11.49", "11.52", "0.00", "-11.50"}) {
        inclusive["tax"] = tax;
        const auto faults = faults_of(Json::array({inclusive}));
        ASSERT_EQ(faults.size(), 1u) << tax;
        EXPECT_EQ(faults[0].pointer, "/lines/0/tax");
        EXPECT_EQ(faults[0].rule, "line_tax");
    }
}

struct BadLine {
    const char* member;
    Json value;
    const char* pointer;
    const char* rule;
};

TEST(InvoiceLines, RefuseOneLineThatIsWrong) {
    const std::vector<BadLine> bad = {
        {"quantity", nullptr, "/lines/0/quantity", "line_quantity"},
        {"unit_price", nullptr, "/lines/0/unit_price", "line_quantity"},
        {"unit_price", "-50", "/lines/0/unit_price", "line_sign"},
        {"quantity", "-2", "/lines/0/quantity", "line_sign"},
        {"amount", "100.02", "/lines/0/amount", "line_amount"},
        {"amount", "0.00", "/lines/0/amount", "line_sign"},
        {"tax_rate", "0.12", "/lines/0/tax_rate", "line_rate"},
        {"tax_rate", "0.17", "/lines/0/tax_rate", "line_rate"},
        {"tax_rate", "exempt", "/lines/0/tax", "line_tax"},
        {"tax", "13.01", "/lines/0/tax", "line_tax"},
        {"kind", "discount", "/lines/0/kind", "line_discount"},
    };
    for (const BadLine& entry : bad) {
        Json wrong = line();
        wrong[entry.member] = entry.value;
        bool found = false;
        for (const FieldError& fault : faults_of(Json::array({wrong}))) {
            found = found || (fault.pointer == entry.pointer && fault.rule == entry.rule);
        }
        EXPECT_TRUE(found) << entry.member << " " << entry.value;
    }
}

TEST(InvoiceLines, RefuseDiscountsInTheWrongPlace) {
    EXPECT_EQ(faults_of(Json::array({line(), discount(), discount()})).at(0).pointer,
              "/lines/2/kind");
    Json renamed = discount();
    renamed["name"] = "*设计服务*别的";
    EXPECT_EQ(faults_of(Json::array({line(), renamed})).at(0).pointer, "/lines/1/name");
    Json rated = discount();
    rated["tax_rate"] = "0.05";
    rated["tax"] = "-0.50";
    EXPECT_EQ(faults_of(Json::array({line(), rated})).at(0).pointer, "/lines/1/tax_rate");
    Json larger = discount();
    larger["amount"] = "-100.01";
    larger["tax"] = "-13.00";
    EXPECT_EQ(faults_of(Json::array({line(), larger, line()})).at(0).pointer, "/lines/1/amount");
    Json all = discount();
    all["amount"] = "-100.00";
    all["tax"] = "-13.00";
    EXPECT_EQ(faults_of(Json::array({line(), all})).at(0).rule, "invoice_total");
}

TEST(InvoiceLines, AreNegativeOnARedInvoice) {
    Json red = line();
    red["quantity"] = "-2";
    red["amount"] = "-100.00";
    red["tax"] = "-13.00";
    EXPECT_TRUE(faults_of(Json::array({red}), true).empty());
    EXPECT_EQ(faults_of(Json::array({line()}), true).size(), 2u);  // amount and quantity
    EXPECT_EQ(faults_of(Json::array({red, discount()}), true).at(0).pointer, "/lines/1/kind");
    red["tax_rate"] = "0.17";
    red["tax"] = "-17.00";
    EXPECT_TRUE(faults_of(Json::array({red}), true).empty())
        << "a red invoice repeats the old rate";
}

TEST(InvoiceLines, SayWhenNumbersAreTooLong) {
    Json wide = line();
    wide["quantity"] = "9999999999999999.9999999999999";
    wide["unit_price"] = "9999999999999999.9999999999999";
    const auto faults = faults_of(Json::array({wide}));
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].pointer, "/lines/0/amount");
}

}  // namespace
}  // namespace yinxin::pdf::rules
