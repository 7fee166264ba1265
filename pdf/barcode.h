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

/// Pixels on each side of a module in the image: so fine that a renderer at screen resolution
/// averages instead of picking, and edges stay where they are. Costs 0.4 KB more than one pixel.
inline constexpr int kQrDots = 8;

/// Dark modules of a symbol without its quiet zone.
struct QrSymbol {
    int modules = 0;                 ///< on each side
    std::vector<std::uint8_t> dark;  ///< row by row from the top left: 1 where it is, else 0
    bool at(int x, int y) const {
        return dark.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(modules) +
                       static_cast<std::size_t>(x)) != 0;
    }
    /// As a PDF image mask with /Decode [1 0], kQrDots pixels a module.
    Bytes packed() const;
};

/// Error correction M. Throws Error{Invalid} when no symbol holds the text.
QrSymbol make_qr(std::string_view text);

/// The QR in a grey picture (one byte a pixel, 0 black); nullopt when none is found.
std::optional<std::string> read_qr(ByteView grey, int width, int height);

/// The same of a picture that holds nothing but an upright symbol of whole pixels and its margin,
/// some of its modules wrong.
std::optional<std::string> read_drawn_qr(ByteView grey, int width, int height);

/// What counts as dark: less than what is around it, or less than the middle of all greys.
enum class QrThreshold { Local, Middle };

/// The texts of all QR symbols that can be read in a grey picture, as bytes.
std::vector<std::string> read_all_qr(ByteView grey, int width, int height, QrThreshold threshold);

}  // namespace yinxin::pdf
