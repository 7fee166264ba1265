// SPDX-License-Identifier: Apache-2.0
// Invoice arithmetic, the rules of invoice lines, and the payload of the national QR.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/money.h"
#include "pdf/rules/faults.h"
#include "pdf/rules/tables.h"

namespace yinxin::pdf::rules {

/// amount × rate, rounded half away from zero.
Money line_tax(Money amount, const Decimal& rate);

/// A tax-inclusive total: net = total / (1 + rate), rounded, and the tax that is left.
struct TaxSplit {
    Money net, tax;
};
TaxSplit split_tax_inclusive(Money total, const Decimal& rate);

/// CRC-16/UMTS: polynomial 0x8005, initial 0, not reflected, no final XOR.
std::uint16_t crc16(std::string_view text);

struct InvoiceQr {
    std::string kind;  ///< 01, 31, 32 ...
    std::string code;  ///< 发票代码, empty on 31 and 32
    std::string number;
    std::string amount;  ///< two decimals
    std::string day;     ///< YYYYMMDD
    std::string check;   ///< 校验码, empty on 01, 31 and 32
};
/// Eight fields; the CRC runs over the first seven with the comma behind them.
std::string invoice_qr_payload(const InvoiceQr& invoice);
/// Whether the CRC of somebody's payload fits, with or without that comma, in either case. A wrong
/// one is a warning, no proof.
bool invoice_qr_crc_fits(std::string_view payload);

struct InvoiceLines {
    const nlohmann::json* lines = nullptr;  ///< array of objects
    std::string pointer;                    ///< of the array
    const Table& rates;
    std::string day;   ///< of issue
    bool red = false;  ///< a credit note
};
/// Signs, quantity × price, rates by day (a red invoice may repeat an old rate), tax by rule 1 or
/// 2, discount lines, total.
void check_invoice_lines(const InvoiceLines& invoice, Faults& faults);

}  // namespace yinxin::pdf::rules
