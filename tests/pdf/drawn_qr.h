// SPDX-License-Identifier: Apache-2.0
// A QR symbol as ZXing reads it from a clean picture.
#pragma once

#include <optional>
#include <string>

#include "pdf/barcode.h"

namespace yinxin::test {

/// The symbol on white with a quiet zone of 4, `dots` pixels a module.
inline std::optional<std::string> read_back(const pdf::QrSymbol& qr, int dots) {
    const int side = (qr.modules + 8) * dots;
    Bytes grey(static_cast<std::size_t>(side * side), 255);
    for (int y = 0; y < qr.modules * dots; ++y) {
        for (int x = 0; x < qr.modules * dots; ++x) {
            if (qr.at(x / dots, y / dots)) {
                grey.at(static_cast<std::size_t>((y + 4 * dots) * side + x + 4 * dots)) = 0;
            }
        }
    }
    return pdf::read_qr(grey, side, side);
}

}  // namespace yinxin::test
