// SPDX-License-Identifier: Apache-2.0
// Prints the text of every QR code that ZXing finds in a binary PGM picture, one a line.
#define ZX_USE_UTF8 1  // texts as std::string in ZXing 1 too
#include <ZXing/ReadBarcode.h>
#include <ZXing/ZXVersion.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    std::ifstream file(argc == 2 ? argv[1] : "", std::ios::binary);
    std::string magic;
    int width = 0, height = 0, depth = 0;
    if (!(file >> magic >> width >> height >> depth) || magic != "P5" || depth != 255 ||
        width < 1 || height < 1) {
        std::cerr << "usage: read_qr PICTURE.pgm (binary, 8 bits)\n";
        return 2;
    }
    file.get();
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) *
                                     static_cast<std::size_t>(height));
    file.read(reinterpret_cast<char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
    const ZXing::ImageView picture(pixels.data(), width, height, ZXing::ImageFormat::Lum);
#if ZXING_VERSION_MAJOR >= 2
    ZXing::ReaderOptions hints;
    hints.setFormats(ZXing::BarcodeFormat::QRCode);
#else
    ZXing::DecodeHints hints;
    hints.setFormats(ZXing::BarcodeFormat::QRCode);
    hints.setTryHarder(true);
#endif
    for (const auto& found : ZXing::ReadBarcodes(picture, hints)) {
        std::cout << found.text() << '\n';
    }
    return 0;
}
