// SPDX-License-Identifier: Apache-2.0
// A Form for tests of the press: the shipped layouts with values computed here, so that nothing but
// paper is tested.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/money.h"
#include "pdf/form.h"
#include "tests/support/data.h"

namespace yinxin::pdf::test {

class SampleForm final : public Form {
  public:
    SampleForm(std::string type, Json layout)
        : type_(std::move(type)), layout_(std::move(layout)), content_(layout_.dump()) {}

    /// With the layout that ships.
    static std::shared_ptr<const Form> shipped(const std::string& type) {
        return std::make_shared<SampleForm>(
            type, tests::json_file(std::string(YINXIN_FORMS) + "/" + type + "/1/layout.json"));
    }

    const std::string& type() const override { return type_; }
    const std::string& version() const override { return version_; }
    const std::string& title_zh() const override { return title_; }
    const std::string& title_en() const override { return title_; }
    bool riding_seal() const override { return false; }
    const std::string& seal_use() const override { return title_; }
    const Json& layout() const override { return layout_; }
    const Json& example() const override { return example_; }
    const std::string& sha256_input() const override { return content_; }
    Values evaluate(Json data, const IssuerNames&, Time) const override { return values_of(data); }
    const std::string& number_pattern() const override { return title_; }
    std::string number(const Values&, const IssuerNames&, std::uint64_t) const override {
        return "2026990001000000001";
    }
    void complete(Values&, const IssuerNames&, const Issuance&) const override {}
    Disclosure disclose(const Values&, int) const override { return {}; }

    static Values values_of(const Json& data) {
        Values out;
        out.input = std::make_shared<const Json>(data);
        out.values = std::make_shared<Json>(data);
        return out;
    }

  private:
    std::string type_, version_ = "1", title_ = "样张";
    Json layout_, example_ = Json::object();
    std::string content_;
};

/// Gives each element its pointer and its amount as printed.
inline Money finish_rows(Json& values, const std::string& name, const std::string& amount) {
    Money total;
    for (std::size_t i = 0; i < values[name].size(); ++i) {
        Json& row = values[name][i];
        row["@pointer"] = "/" + name + "/" + std::to_string(i);
        const Money money = Money::parse(row[amount].get<std::string>()).value();
        total += money;
        row["derived"]["amount"] = money.grouped();
    }
    return total;
}

inline Values record_values(const Json& data) {
    Values out = SampleForm::values_of(data);
    Json& v = *out.values;
    const Money total = finish_rows(v, "rows", "amount");
    for (Json& row : v["rows"]) {
        row["derived"]["treasury_date"] =
            row["treasury_date"].is_null() ? "—" : row["treasury_date"].get<std::string>();
    }
    v["derived"] = {
        {"taxpayer_id", v["taxpayer"]["id_number"]},
        {"period",
         v["period"]["from"].get<std::string>() + " 至 " + v["period"]["to"].get<std::string>()},
        {"data_as_of", "2026-01-31 09:00"},
        {"total_text", total.grouped()},
        {"total_words", "陆仟零伍拾元伍角陆分"}};
    if (v["rows"].empty()) {
        v["derived"]["no_rows"] = "本期间无申报记录";
    }
    return out;
}

inline Values certificate_values(const Json& data) {
    Values out = SampleForm::values_of(data);
    Json& v = *out.values;
    const Money total = finish_rows(v, "lines", "amount");
    for (Json& row : v["lines"]) {
        row["derived"]["period"] =
            row["period_from"].get<std::string>() + " 至 " + row["period_to"].get<std::string>();
    }
    v["derived"] = {{"issue_date", "2026年01月21日"},
                    {"total_text", "¥" + total.grouped()},
                    {"total_words", "壹拾柒万陆仟陆佰零伍元玖角捌分"}};
    return out;
}

inline Values invoice_values(const Json& data) {
    Values out = SampleForm::values_of(data);
    Json& v = *out.values;
    Money net, tax;
    for (std::size_t i = 0; i < v["lines"].size(); ++i) {
        Json& row = v["lines"][i];
        row["@pointer"] = "/lines/" + std::to_string(i);
        const bool exempt = row["tax_rate"] == "exempt";
        net += Money::parse(row["amount"].get<std::string>()).value();
        tax += Money::parse(row["tax"].get<std::string>()).value();
        const std::string rate = row["tax_rate"].get<std::string>();
        row["derived"] = {
            {"rate", exempt ? "免税" : std::to_string(std::lround(std::stod(rate) * 100)) + "%"},
            {"tax", exempt ? "***" : row["tax"].get<std::string>()},
            {"amount", row["amount"]}};
    }
    v["derived"] = {
        {"title", v["kind"] == "special" ? "电子发票（增值税专用发票）" : "电子发票（普通发票）"},
        {"issue_date", "2026年01月06日"},
        {"amount_total_text", "¥" + net.text()},
        {"tax_total_text", "¥" + tax.text()},
        {"total_text", "¥" + (net + tax).text()},
        {"total_words", "陆仟柒佰壹拾圆整"},
        {"remark", v["remark"]},
        {"invoice_qr", "01,31,,26999000000000000002,6710.00,20260106,,731C"}};
    if (v.contains("on_behalf")) {
        v["derived"]["mark"] = "代开";
        v["derived"]["remark"] = "代开机关：" + v["on_behalf"]["organ"].get<std::string>() +
                                 " 税收完税凭证号：" +
                                 v["on_behalf"]["payment_voucher"].get<std::string>();
    }
    if (v.contains("red")) {
        v["derived"]["remark"] =
            "被红冲蓝字数电票号码：" + v["red"]["original_number"].get<std::string>() +
            " 红字发票信息确认单编号：" + v["red"]["confirmation_number"].get<std::string>();
    }
    return out;
}

inline Values values_for(const std::string& type, const Json& data) {
    return type == "invoice"                ? invoice_values(data)
           : type == "tax-paid-certificate" ? certificate_values(data)
                                            : record_values(data);
}

inline IssuerNames sample_issuer() {
    return {"示例市税务局", "示", "990001", "99", "2", "127.0.0.1:8080"};
}

inline Issuance sample_issuance() {
    Issuance out;
    out.number = "202699000100000001";
    out.code = "7K3M9Q2T5W8X4Y6Y";
    out.qr_text = "http://127.0.0.1:8080/v/7K3M9Q2T5W8X4Y6Y#";
    for (std::size_t i = out.qr_text.size(); i < 251; ++i) {
        out.qr_text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            [(i * i * 7 + i * 13) % 64];
    }
    out.issued_at = std::chrono::sys_days{std::chrono::year{2026} / 2 / 1} + std::chrono::hours(1);
    out.channel = "自助打印";
    return out;
}

}  // namespace yinxin::pdf::test
