// SPDX-License-Identifier: Apache-2.0
// QR symbols (ISO/IEC 18004), written and read by ZXing-cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"

namespace yinxin::pdf {

/// Dark modules of a symbol without its quiet zone.
struct QrSymbol {
    int modules = 0;         ///< on each side
    std::vector<bool> dark;  ///< row by row from the top left
    bool at(int x, int y) const {
        return dark.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(modules) +
                       static_cast<std::size_t>(x));
    }
    /// Rows padded to bytes, dark = 1, as a PDF image mask with /Decode [1 0].
    Bytes packed() const;
};

/// Error correction M. Throws Error{Invalid} when no symbol holds the text.
QrSymbol make_qr(std::string_view text);

/// The QR in a grey picture (one byte a pixel, 0 black); nullopt when none is found.
std::optional<std::string> read_qr(ByteView grey, int width, int height);

}  // namespace yinxin::pdf
