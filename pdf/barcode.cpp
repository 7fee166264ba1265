// SPDX-License-Identifier: Apache-2.0
#include "pdf/barcode.h"

#define ZX_USE_UTF8 1
#include <ZXing/BarcodeFormat.h>
#include <ZXing/BitMatrix.h>
#include <ZXing/CharacterSet.h>
#include <ZXing/MultiFormatWriter.h>
#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <exception>

#include "common/error.h"

namespace yinxin::pdf {
namespace {

constexpr int kLevelM = 4;  // ZXing's scale 0 to 8

#if __has_include(<ZXing/ReaderOptions.h>)  // the name since 2.2
using ReaderOptions = ZXing::ReaderOptions;
#else
using ReaderOptions = ZXing::DecodeHints;
#endif

ReaderOptions qr_options() {
    ReaderOptions options;
    options.setFormats(ZXing::BarcodeFormat::QRCode).setTryHarder(true);
#if __has_include(<ZXing/ReaderOptions.h>)
    options.setTryInvert(false);  // nobody prints them light on dark
#endif
    return options;
}

bool is_picture(ByteView grey, int width, int height) {
    return width > 0 && height > 0 &&
           grey.size() >= static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

std::optional<std::string> read_one(ByteView grey,
                                    int width,
                                    int height,
                                    const ReaderOptions& options) {
    if (!is_picture(grey, width, height)) {
        return std::nullopt;
    }
    try {
        const ZXing::ImageView image(grey.data(), width, height, ZXing::ImageFormat::Lum);
        const auto result = ZXing::ReadBarcode(image, options);
        if (!result.isValid()) {
            return std::nullopt;
        }
        return result.text();
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace

Bytes QrSymbol::packed() const {
    static_assert(kQrDots == 8, "a module is one byte wide");
    const auto side = static_cast<std::ptrdiff_t>(modules);
    Bytes out, bytes(dark.size());
    std::transform(dark.begin(), dark.end(), bytes.begin(), [](std::uint8_t module) {
        return static_cast<std::uint8_t>(-module);
    });
    out.reserve(bytes.size() * kQrDots);
    for (auto row = bytes.begin(); row != bytes.end(); row += side) {
        for (int copy = 0; copy < kQrDots; ++copy) {
            out.insert(out.end(), row, row + side);
        }
    }
    return out;
}

QrSymbol make_qr(std::string_view text) {
    try {
        ZXing::MultiFormatWriter writer(ZXing::BarcodeFormat::QRCode);
        writer.setMargin(0).setEccLevel(kLevelM);
        if (std::any_of(text.begin(), text.end(), [](char c) {
                return static_cast<unsigned char>(c) >= 0x80;
            })) {
            writer.setEncoding(ZXing::CharacterSet::UTF8);  // costs an ECI designator
        }
        const ZXing::BitMatrix matrix = writer.encode(std::string(text), 0, 0);
        QrSymbol out;
        out.modules = matrix.width();
        YINXIN_ASSERT(matrix.width() == matrix.height());
        out.dark.reserve(static_cast<std::size_t>(out.modules) *
                         static_cast<std::size_t>(out.modules));
        for (int y = 0; y < out.modules; ++y) {
            for (int x = 0; x < out.modules; ++x) {
                out.dark.push_back(matrix.get(x, y) ? 1 : 0);
            }
        }
        return out;
    } catch (const std::exception& e) {
        throw Error(ErrorCode::Invalid, std::string("No QR symbol holds this text: ") + e.what());
    }
}

std::optional<std::string> read_qr(ByteView grey, int width, int height) {
    return read_one(grey, width, height, qr_options());
}

std::optional<std::string> read_drawn_qr(ByteView grey, int width, int height) {
    ReaderOptions options = qr_options();
    options.setIsPure(true).setBinarizer(ZXing::Binarizer::FixedThreshold);
    return read_one(grey, width, height, options);
}

std::vector<std::string> read_all_qr(ByteView grey, int width, int height, QrThreshold threshold) {
    std::vector<std::string> texts;
    if (!is_picture(grey, width, height)) {
        return texts;
    }
    try {
        ReaderOptions options = qr_options();
        options.setBinarizer(threshold == QrThreshold::Local ? ZXing::Binarizer::LocalAverage
                                                             : ZXing::Binarizer::FixedThreshold);
        const ZXing::ImageView image(grey.data(), width, height, ZXing::ImageFormat::Lum);
        for (const auto& result : ZXing::ReadBarcodes(image, options)) {
            texts.emplace_back(result.bytes().begin(), result.bytes().end());
        }
    } catch (const std::exception&) {  // what was read before stays
    }
    return texts;
}

}  // namespace yinxin::pdf
