// SPDX-License-Identifier: Apache-2.0
// How a QR symbol of error correction M is built (ISO/IEC 18004), and what a symbol says by that
// alone: the text, read module by module, without correcting anything.
#pragma once

#include <array>
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
    /// 7.8.2: the bits of the codewords that each mask turns over.
    std::array<std::vector<std::uint8_t>, 8> masks;

    std::size_t data() const { return codewords - blocks * correction; }  ///< of all blocks
    /// Codewords of data in a block; the longer ones come last.
    std::size_t data_of(std::size_t block) const {
        return data() / blocks + (block >= blocks - data() % blocks ? 1 : 0);
    }
    /// 7.6: where among all codewords the i-th one of a block's data stands: first those of all
    /// blocks, then the second ones, what only the longer blocks have at the end.
    std::size_t place_of(std::size_t block, std::size_t i) const {
        const std::size_t shorter = data() / blocks;
        return i < shorter ? i * blocks + block
                           : shorter * blocks + block - (blocks - data() % blocks);
    }
};
/// Of versions 1 to qr_version_max. Any thread.
const QrLayout& qr_layout(int version);

/// Bits 14 to 10 of the format information: they name level and mask.
int qr_format(const QrSymbol& symbol);

/// nullopt: it is no symbol of level M that holds one text in bytes and whose codewords are all
/// data as they stand.
std::optional<std::string> qr_text(const QrSymbol& symbol);

}  // namespace yinxin::pdf
