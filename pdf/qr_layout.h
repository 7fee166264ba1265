// SPDX-License-Identifier: Apache-2.0
// How a QR symbol of error correction M is built (ISO/IEC 18004), and what a symbol says by that
// alone: the text, read module by module, without correcting anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pdf/barcode.h"

namespace yinxin::pdf {

inline constexpr int qr_version_max = 11;  ///< the largest of a verification QR

struct QrLayout {
    std::size_t codewords = 0, correction = 0, blocks = 0;  ///< table 9; `correction` of each block
    std::size_t header_bits = 0;                            ///< of a text in bytes: mode and length
    std::vector<std::uint16_t> places;  ///< the module of each bit of the codewords (7.7.3)
};
/// Of versions 1 to qr_version_max. Any thread.
const QrLayout& qr_layout(int version);

/// Bits 14 to 10 of the format information: they name level and mask.
int qr_format(const QrSymbol& symbol);

/// nullopt: it is no symbol of level M that holds one text in bytes and whose codewords are all
/// data as they stand.
std::optional<std::string> qr_text(const QrSymbol& symbol);

}  // namespace yinxin::pdf
