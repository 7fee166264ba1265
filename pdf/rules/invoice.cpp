// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/invoice.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace yinxin::pdf::rules {
namespace {

using Json = nlohmann::json;

/// One line as far as it could be read.
struct Line {
    std::string pointer, name, kind, rate;
    std::optional<Decimal> quantity, price;
    std::optional<Money> amount, tax;
    bool has_quantity = false, has_price = false;
    bool discount() const { return kind == "discount"; }
};

std::string text_of(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Line read_line(const Json& entry, const std::string& pointer) {
    Line line;
    line.pointer = pointer;
    line.name = text_of(entry, "name");
    line.kind = text_of(entry, "kind");
    line.rate = text_of(entry, "tax_rate");
    line.quantity = Decimal::parse(text_of(entry, "quantity"));
    line.price = Decimal::parse(text_of(entry, "unit_price"));
    line.amount = Money::parse(text_of(entry, "amount"));
    line.tax = Money::parse(text_of(entry, "tax"));
    line.has_quantity = entry.contains("quantity") && !entry["quantity"].is_null();
    line.has_price = entry.contains("unit_price") && !entry["unit_price"].is_null();
    return line;
}

void check_quantity(const Line& line, Faults& faults) {
    if (line.has_quantity != line.has_price) {
        faults.add(
            line.pointer + (line.has_quantity ? "/unit_price" : "/quantity"),
            "line_quantity",
            "Quantity and unit price are given both or neither. Add it, or send null for both.");
        return;
    }
    if (line.discount() && line.has_quantity) {
        faults.add(line.pointer + "/quantity",
                   "line_discount",
                   "A discount line has no quantity and unit price. Send null for both.");
        return;
    }
    if (!line.quantity || !line.price || !line.amount) {
        return;
    }
    // Domain rule 5: within 0.01.
    const Decimal product = line.quantity->times(*line.price);
    const Decimal difference = product.plus(Decimal(*line.amount).negated());
    const Decimal allowed(1, 2);
    if (difference.compare(allowed) > 0 || difference.negated().compare(allowed) > 0) {
        faults.add(line.pointer + "/amount",
                   "line_amount",
                   "Quantity times unit price is " + product.to_money().text() +
                       "; the amount may differ from it by 0.01. Correct one of the three.");
    }
}

void check_signs(const Line& line, bool red, Faults& faults) {
    if (line.price && line.price->sign() <= 0) {
        faults.add(
            line.pointer + "/unit_price", "line_sign", "A unit price is positive. Correct it.");
    }
    if (red) {
        if (line.amount && line.amount->fen() >= 0) {
            faults.add(line.pointer + "/amount",
                       "line_sign",
                       "On a red invoice every amount is negative. Put a minus before it.");
        }
        if (line.quantity && line.quantity->sign() >= 0) {
            faults.add(line.pointer + "/quantity",
                       "line_sign",
                       "On a red invoice every quantity is negative. Put a minus before it.");
        }
        return;
    }
    if (line.amount && line.discount() && line.amount->fen() >= 0) {
        faults.add(line.pointer + "/amount",
                   "line_sign",
                   "The amount of a discount line is negative. Put a minus before it.");
    }
    if (line.amount && !line.discount() && line.amount->fen() <= 0) {
        faults.add(line.pointer + "/amount",
                   "line_sign",
                   "The amount is positive. To credit something, issue a red invoice (\"red\").");
    }
    if (line.quantity && line.quantity->sign() <= 0) {
        faults.add(
            line.pointer + "/quantity", "line_sign", "The quantity is positive. Correct it.");
    }
}

void check_rate_and_tax(const Line& line, const InvoiceLines& invoice, Faults& faults) {
    if (line.rate.empty()) {
        return;
    }
    // A credit note repeats the rate of the invoice it reverses, which may be an old one.
    const std::string day = invoice.red ? "" : invoice.day;
    if (invoice.rates.find(line.rate, day) == nullptr) {
        faults.add(line.pointer + "/tax_rate",
                   "line_rate",
                   "This rate is not valid" + (day.empty() ? "" : " on " + day) +
                       ". Use one of: " + invoice.rates.values(day) + ".");
        return;
    }
    if (!line.amount || !line.tax) {
        return;
    }
    const std::optional<Decimal> rate = Decimal::parse(line.rate);
    if (!rate) {
        if (line.tax->fen() != 0) {
            faults.add(line.pointer + "/tax",
                       "line_tax",
                       "A line without tax has the tax 0.00. Send that.");
        }
        return;
    }
    const Money expected = line_tax(*line.amount, *rate);
    if (*line.tax != expected &&
        split_tax_inclusive(*line.amount + *line.tax, *rate).net != *line.amount) {
        faults.add(
            line.pointer + "/tax",
            "line_tax",
            "The tax of this line is " + expected.text() +
                " (amount times rate, rounded half up). Correct the tax, the amount or the rate.");
    }
}

/// A discount follows its line at once, one for each, with its name and rate.
void check_discount(const Line& line, const Line* before, bool red, Faults& faults) {
    if (!line.discount()) {
        return;
    }
    if (red) {
        faults.add(
            line.pointer + "/kind",
            "line_discount",
            "A red invoice has no discount lines. Send each line with its discount taken off.");
        return;
    }
    if (before == nullptr || before->discount()) {
        faults.add(
            line.pointer + "/kind",
            "line_discount",
            "A discount line follows the line it discounts at once, one for each. Move it there.");
        return;
    }
    if (line.name != before->name) {
        faults.add(line.pointer + "/name",
                   "line_discount",
                   "A discount line has the name of the line before it. Copy it.");
    }
    if (line.rate != before->rate) {
        faults.add(line.pointer + "/tax_rate",
                   "line_discount",
                   "A discount line has the rate of the line before it. Copy it.");
    }
    if (line.amount && before->amount && (*line.amount + *before->amount).fen() < 0) {
        faults.add(line.pointer + "/amount",
                   "line_discount",
                   "The discount is more than the line before it. Correct one of them.");
    }
}

void check_total(const InvoiceLines& invoice, const std::vector<Line>& lines, Faults& faults) {
    Money total;
    for (const Line& line : lines) {
        if (!line.amount || !line.tax) {
            return;
        }
        total = total + *line.amount + *line.tax;
    }
    if (!invoice.red && !lines.empty() && total.fen() <= 0) {
        faults.add(invoice.pointer,
                   "invoice_total",
                   "The invoice comes to " + total.text() +
                       "; it must be more than 0.00. To credit something, issue a red invoice.");
    }
}

}  // namespace

Money line_tax(Money amount, const Decimal& rate) {
    return Decimal(amount).times(rate).to_money();
}

TaxSplit split_tax_inclusive(Money total, const Decimal& rate) {
    const Money net = Decimal(total).divided_to_money(rate.plus(Decimal(1, 0)));
    return {net, total - net};
}

std::uint16_t crc16(std::string_view text) {
    std::uint32_t crc = 0;
    for (const char c : text) {
        crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 8;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x8000u) != 0 ? (crc << 1) ^ 0x8005u : crc << 1;
        }
        crc &= 0xFFFFu;
    }
    return static_cast<std::uint16_t>(crc);
}

namespace {

std::string crc_text(std::string_view text) {
    std::array<char, 5> hex{};
    std::snprintf(hex.data(), hex.size(), "%04X", static_cast<unsigned>(crc16(text)));
    return hex.data();
}

}  // namespace

std::string invoice_qr_payload(const InvoiceQr& invoice) {
    const std::string text = "01," + invoice.kind + "," + invoice.code + "," + invoice.number +
                             "," + invoice.amount + "," + invoice.day + "," + invoice.check + ",";
    return text + crc_text(text);
}

bool invoice_qr_crc_fits(std::string_view payload) {
    if (payload.ends_with(',')) {
        payload.remove_suffix(1);  // some writers end with an empty ninth field
    }
    const std::size_t comma = payload.rfind(',');
    if (comma == std::string_view::npos) {
        return false;
    }
    std::string crc(payload.substr(comma + 1));
    for (char& c : crc) {
        c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return crc == crc_text(payload.substr(0, comma + 1)) ||
           crc == crc_text(payload.substr(0, comma));
}

void check_invoice_lines(const InvoiceLines& invoice, Faults& faults) {
    if (invoice.lines == nullptr || !invoice.lines->is_array()) {
        return;
    }
    std::vector<Line> lines;
    for (std::size_t i = 0; i < invoice.lines->size() && !faults.full(); ++i) {
        const Json& entry = (*invoice.lines)[i];
        if (!entry.is_object()) {
            return;
        }
        lines.push_back(read_line(entry, invoice.pointer + "/" + std::to_string(i)));
        const Line& line = lines.back();
        check_signs(line, invoice.red, faults);
        check_discount(line, i == 0 ? nullptr : &lines[i - 1], invoice.red, faults);
        try {
            check_quantity(line, faults);
            check_rate_and_tax(line, invoice, faults);
        } catch (const Error& error) {
            faults.add(line.pointer + "/amount", "range", error.what());
        }
    }
    check_total(invoice, lines, faults);
}

}  // namespace yinxin::pdf::rules
