// SPDX-License-Identifier: Apache-2.0
#include "pdf/qr_plate.h"

#include <algorithm>
#include <memory>
#include <mutex>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::pdf {
namespace {

constexpr int kChecks = 4;  // texts of which each bit is as good as drawn by lot
constexpr std::uint64_t kDrawsMax = 400;

/// GF(256) of the symbol: x^8 + x^4 + x^3 + x^2 + 1.
std::uint8_t times(unsigned a, unsigned b) {
    unsigned product = 0;
    for (; b != 0; b >>= 1) {
        product ^= (b & 1) != 0 ? a : 0;
        a = a << 1 ^ ((a & 0x80) != 0 ? 0x11D : 0);
    }
    return static_cast<std::uint8_t>(product);
}

/// (x - 1)(x - 2)(x - 4)...: without its leading 1, the highest power first.
std::vector<std::uint8_t> generator(std::size_t degree) {
    std::vector<std::uint8_t> g{1};
    unsigned root = 1;
    for (std::size_t i = 0; i < degree; ++i, root = times(root, 2)) {
        g.push_back(0);
        for (std::size_t k = g.size() - 1; k > 0; --k) {
            g[k] ^= times(g[k - 1], root);
        }
    }
    return {g.begin() + 1, g.end()};
}

/// Letters as they stand in a token; the same for one length and `number`.
std::string some_text(std::size_t length, std::uint64_t number) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    std::uint64_t state = number * 0x9E3779B97F4A7C15u + length + 1;
    std::string out;
    for (std::size_t i = 0; i < length; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        out += kLetters[static_cast<std::size_t>(state >> 58)];
    }
    out.front() = 'a';  // what has only capitals and digits is not written as bytes
    return out;
}

}  // namespace

QrPlate::QrPlate(std::size_t length) {
    if (length == 0 || length > limits::qr_text_bytes_max) {
        throw Error(ErrorCode::Internal, "no verification QR has a text of that length");
    }
    sample_text_ = some_text(length, 0);
    sample_ = make_qr(sample_text_);
    layout_ = &qr_layout((sample_.modules - 17) / 4);
    const std::vector<std::uint8_t> coefficients = generator(layout_->correction);
    YINXIN_ASSERT(coefficients.size() < kCorrectionMax);
    for (unsigned byte = 0; byte < generator_.size(); ++byte) {
        for (std::size_t k = 0; k < coefficients.size(); ++k) {
            generator_[byte][k] = times(coefficients[k], byte);
        }
    }
    YINXIN_ASSERT(layout_->places.size() >= layout_->codewords * 8);
    check();
}

/// ZXing chooses a mask for each text; only those in the sample's can be compared.
void QrPlate::check() const {
    int same = 0;
    for (std::uint64_t number = 1; same < kChecks && number < kDrawsMax; ++number) {
        const std::string text = some_text(sample_text_.size(), number);
        const QrSymbol drawn = make_qr(text);
        if (qr_format(drawn) != qr_format(sample_)) {
            continue;
        }
        if (symbol(text).dark != drawn.dark) {
            throw Error(ErrorCode::Internal, "ZXing draws a QR in another way than ISO/IEC 18004");
        }
        ++same;
    }
    if (same < kChecks) {
        throw Error(ErrorCode::Internal, "ZXing never draws a QR in the mask of another");
    }
}

std::vector<std::uint8_t> QrPlate::codewords(const std::vector<std::uint8_t>& difference) const {
    const std::size_t correction = layout_->correction;
    std::vector<std::uint8_t> out(layout_->codewords);
    std::size_t at = 0;
    for (std::size_t block = 0; block < layout_->blocks; ++block) {
        std::array<std::uint8_t, kCorrectionMax + 1> rest{};
        for (std::size_t i = 0; i < layout_->data_of(block); ++i) {
            const std::uint8_t byte = difference[at++];
            out[layout_->place_of(block, i)] = byte;
            const Products& products = generator_[byte ^ rest[0]];
            for (std::size_t k = 0; k < kCorrectionMax; ++k) {
                rest[k] = rest[k + 1] ^ products[k];
            }
        }
        for (std::size_t k = 0; k < correction; ++k) {
            out[layout_->data() + k * layout_->blocks + block] = rest[k];
        }
    }
    return out;
}

QrSymbol QrPlate::symbol(std::string_view text) const {
    YINXIN_ASSERT(text.size() == sample_text_.size());
    std::vector<std::uint8_t> difference(layout_->data());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(text[i] ^ sample_text_[i]);
        const std::size_t bit = layout_->header_bits + 8 * i;  // in the middle of a codeword
        difference[bit / 8] |= static_cast<std::uint8_t>(byte >> 4);
        difference[bit / 8 + 1] |= static_cast<std::uint8_t>(byte << 4);
    }
    QrSymbol out = sample_;
    const std::vector<std::uint8_t> bits = codewords(difference);
    std::uint8_t* const dark = out.dark.data();
    const std::uint16_t* place = layout_->places.data();
    for (const std::uint8_t codeword : bits) {
        for (int shift = 7; shift >= 0; --shift) {
            dark[*place++] ^= codeword >> shift & 1;
        }
    }
    return out;
}

QrSymbol make_verification_qr(std::string_view text) {
    const bool bytes =
        std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; }) &&
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!bytes || text.size() > limits::qr_text_bytes_max) {
        return make_qr(text);
    }
    struct Slot {
        std::once_flag made;
        std::unique_ptr<const QrPlate> plate;
    };
    static std::array<Slot, limits::qr_text_bytes_max + 1> plates;
    Slot& slot = plates.at(text.size());
    std::call_once(slot.made, [&] { slot.plate = std::make_unique<const QrPlate>(text.size()); });
    return slot.plate->symbol(text);
}

}  // namespace yinxin::pdf
