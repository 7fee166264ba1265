// SPDX-License-Identifier: Apache-2.0
#include "pdf/qr_layout.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/error.h"

namespace yinxin::pdf {
namespace {

struct Structure {
    std::size_t codewords, correction, blocks;
};
/// Level M, versions 1 to 11 (ISO/IEC 18004, table 9).
constexpr std::array<Structure, qr_version_max> kStructures{{{26, 10, 1},
                                                             {44, 16, 1},
                                                             {70, 26, 1},
                                                             {100, 18, 2},
                                                             {134, 24, 2},
                                                             {172, 16, 4},
                                                             {196, 18, 4},
                                                             {242, 22, 4},
                                                             {292, 22, 5},
                                                             {346, 26, 5},
                                                             {404, 30, 5}}};

/// 7.7.3: where no finder, timing, alignment, format or version information stands.
class Field {
  public:
    explicit Field(int version)
        : modules_(17 + 4 * version),
          taken_(static_cast<std::size_t>(modules_) * static_cast<std::size_t>(modules_)) {
        take(0, 0, 9, 9), take(modules_ - 8, 0, 8, 9), take(0, modules_ - 8, 9, 8);
        take(0, 6, modules_, 1), take(6, 0, 1, modules_);
        const std::vector<int> centres = alignment(version);
        for (const int x : centres) {
            for (const int y : centres) {
                const bool finder =
                    (x == 6 && (y == 6 || y == centres.back())) || (x == centres.back() && y == 6);
                if (!finder) {
                    take(x - 2, y - 2, 5, 5);
                }
            }
        }
        if (version >= 7) {
            take(modules_ - 11, 0, 3, 6), take(0, modules_ - 11, 6, 3);
        }
    }

    /// Bit after bit: columns of two from the right, upwards and downwards in turn.
    std::vector<std::uint16_t> order() const {
        std::vector<std::uint16_t> out;
        bool up = true;
        for (int right = modules_ - 1; right > 0; right -= 2, up = !up) {
            right -= right == 6 ? 1 : 0;
            for (int step = 0; step < modules_; ++step) {
                const int y = up ? modules_ - 1 - step : step;
                for (const int x : {right, right - 1}) {
                    if (!taken_[at(x, y)]) {
                        out.push_back(static_cast<std::uint16_t>(at(x, y)));
                    }
                }
            }
        }
        return out;
    }

  private:
    std::size_t at(int x, int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(modules_) +
               static_cast<std::size_t>(x);
    }
    void take(int left, int top, int width, int height) {
        for (int y = top; y < top + height; ++y) {
            for (int x = left; x < left + width; ++x) {
                taken_[at(x, y)] = true;
            }
        }
    }
    /// Annex E, up to version 11.
    std::vector<int> alignment(int version) const {
        if (version == 1) {
            return {};
        }
        const int last = modules_ - 7;
        return version < 7 ? std::vector<int>{6, last}
                           : std::vector<int>{6, 6 + (last - 6) / 2, last};
    }

    const int modules_;
    std::vector<bool> taken_;
};

/// 7.8.2: whether this mask turns the module over.
constexpr bool masked(int mask, int x, int y) {
    switch (mask) {
        case 0:
            return (x + y) % 2 == 0;
        case 1:
            return y % 2 == 0;
        case 2:
            return x % 3 == 0;
        case 3:
            return (x + y) % 3 == 0;
        case 4:
            return (y / 2 + x / 3) % 2 == 0;
        case 5:
            return x * y % 2 + x * y % 3 == 0;
        case 6:
            return (x * y % 2 + x * y % 3) % 2 == 0;
        default:
            return ((x + y) % 2 + x * y % 3) % 2 == 0;
    }
}

std::vector<std::uint8_t> masked_bits(int mask,
                                      const std::vector<std::uint16_t>& places,
                                      int modules,
                                      std::size_t codewords) {
    std::vector<std::uint8_t> out(codewords);
    for (std::size_t bit = 0; bit < 8 * codewords; ++bit) {
        if (masked(mask, places[bit] % modules, places[bit] / modules)) {
            out[bit / 8] |= static_cast<std::uint8_t>(0x80u >> bit % 8);
        }
    }
    return out;
}

std::vector<std::uint8_t> data_of(const QrLayout& layout,
                                  const std::vector<std::uint8_t>& codewords) {
    std::vector<std::uint8_t> out;
    for (std::size_t block = 0; block < layout.blocks; ++block) {
        for (std::size_t i = 0; i < layout.data_of(block); ++i) {
            out.push_back(codewords[layout.place_of(block, i)]);
        }
    }
    return out;
}

}  // namespace

const QrLayout& qr_layout(int version) {
    static const auto all = [] {
        std::vector<QrLayout> layouts;
        for (int each = 1; each <= qr_version_max; ++each) {
            const Structure& structure = kStructures.at(static_cast<std::size_t>(each) - 1);
            QrLayout layout{structure.codewords,
                            structure.correction,
                            structure.blocks,
                            each < 10 ? std::size_t{12} : std::size_t{20},
                            Field(each).order(),
                            {}};
            for (int mask = 0; mask < 8; ++mask) {
                layout.masks.at(static_cast<std::size_t>(mask)) =
                    masked_bits(mask, layout.places, 17 + 4 * each, layout.codewords);
            }
            layouts.push_back(std::move(layout));
        }
        return layouts;
    }();
    return all.at(static_cast<std::size_t>(version) - 1);
}

/// Beside the upper left finder.
int qr_format(const QrSymbol& symbol) {
    int format = 0;
    for (const int x : {0, 1, 2, 3, 4}) {
        format = format * 2 + (symbol.at(x, 8) ? 1 : 0);
    }
    return format;
}

std::optional<std::string> qr_text(const QrSymbol& symbol) {
    constexpr int kFormatMask = 0x15;  // of 7.9.1, its upper five bits
    constexpr int kLevelM = 0, kBytes = 4;
    const int version = (symbol.modules - 17) / 4;
    if (version < 1 || version > qr_version_max || symbol.modules != 17 + 4 * version ||
        symbol.dark.size() != static_cast<std::size_t>(symbol.modules * symbol.modules)) {
        return std::nullopt;
    }
    const int format = qr_format(symbol) ^ kFormatMask;
    if (format >> 3 != kLevelM) {
        return std::nullopt;
    }
    const QrLayout& layout = qr_layout(version);
    const std::vector<std::uint8_t>& mask = layout.masks.at(static_cast<std::size_t>(format & 7));
    std::vector<std::uint8_t> codewords(layout.codewords);
    const std::uint8_t* const dark = symbol.dark.data();
    const std::uint16_t* place = layout.places.data();
    for (std::size_t i = 0; i < codewords.size(); ++i) {
        unsigned value = 0;
        for (int bit = 0; bit < 8; ++bit) {
            value = value << 1 | (dark[*place++] & 1U);
        }
        codewords[i] = static_cast<std::uint8_t>(value ^ mask[i]);
    }
    const std::vector<std::uint8_t> data = data_of(layout, codewords);
    std::size_t at = 0;  // in bits
    const auto bits = [&](std::size_t count) {
        unsigned value = 0;
        for (; count > 0; --count, ++at) {
            value = value << 1 | (data.at(at / 8) >> (7 - at % 8) & 1U);
        }
        return value;
    };
    const unsigned mode = bits(4);
    const std::size_t length = bits(layout.header_bits - 4);
    if (mode != kBytes || layout.header_bits + 8 * length > 8 * data.size()) {
        return std::nullopt;
    }
    std::string text(length, '\0');
    const std::size_t first = at / 8, shift = at % 8;  // each letter lies in two codewords
    for (std::size_t i = 0; i < length; ++i) {
        text[i] = static_cast<char>(data[first + i] << shift | data[first + i + 1] >> (8 - shift));
    }
    return text;
}

}  // namespace yinxin::pdf
