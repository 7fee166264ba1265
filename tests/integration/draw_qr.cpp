// SPDX-License-Identifier: Apache-2.0
// Writes a QR symbol of its argument to standard output, as a binary PGM of eight pixels a module.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "pdf/barcode.h"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: draw_qr TEXT > PICTURE.pgm\n";
        return 2;
    }
    constexpr int kDots = 8;
    const auto symbol = yinxin::pdf::make_qr(argv[1]);
    const int side = symbol.modules * kDots;
    std::cout << "P5\n" << side << ' ' << side << "\n255\n";
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            std::cout << (symbol.at(x / kDots, y / kDots) ? '\0' : '\xFF');
        }
    }
    return 0;
}
