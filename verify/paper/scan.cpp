// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/scan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/limits.h"
#include "pdf/page_marks.h"
#include "pdf/page_view.h"
#include "pdf/reader.h"
#include "verify/paper/jpeg_picture.h"
#include "verify/paper/picture_file.h"

namespace yinxin::verify::paper {
namespace {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Object;

constexpr std::size_t kPagesMax = 20;
constexpr std::size_t kImagesOfPageMax = 50;
constexpr std::int64_t kSideMin = 60;  ///< fewer pixels hold no symbol

/// How the samples of an image are meant (ISO 32000-1, 8.6, 8.9.5), as far as scanners use it.
struct Samples {
    int components = 0;
    bool inks = false;  ///< more is darker
    Bytes palette;      ///< grey by index; empty: there is none
};

int grey_of(int red, int green, int blue) {
    return (299 * red + 587 * green + 114 * blue + 500) / 1000;
}

class Image {
  public:
    Image(const Document& document, const Indirect& object)
        : document_(document), object_(object), dict_(*object.value.dict()) {}

    /// nullopt: in a format that is not read.
    std::optional<GreyPicture> picture() const {
        const std::int64_t width = integer("Width"), height = integer("Height");
        check_pixels(width, height);
        pdf::reader::Unfiltered data = document_.unfilter(object_, document_.newest());
        if (data.left == "DCTDecode") {
            return to_working_size(read_jpeg(data.data));
        }
        const auto samples = data.left.empty() ? samples_of() : std::nullopt;
        if (!samples) {
            return std::nullopt;
        }
        return to_working_size(
            unpacked(data.data, static_cast<int>(width), static_cast<int>(height), *samples));
    }

    /// Enough pixels to hold a symbol.
    bool is_large() const { return integer("Width") >= kSideMin && integer("Height") >= kSideMin; }

  private:
    const Object& value(const char* key) const {
        return document_.value(dict_, key, document_.newest());
    }
    std::int64_t integer(const char* key) const {
        const auto* number = value(key).integer();
        return number != nullptr ? *number : 0;
    }
    bool is_mask() const {
        const bool* mask = value("ImageMask").boolean();
        return mask != nullptr && *mask;
    }
    int bits() const { return is_mask() ? 1 : static_cast<int>(integer("BitsPerComponent")); }

    std::optional<Samples> samples_of() const {
        if (is_mask()) {
            return Samples{1, false, {}};
        }
        const Object& space = value("ColorSpace");
        const Array* parts = space.array();
        const bool indexed =
            parts != nullptr && parts->size() == 4 && resolve((*parts)[0]).is_name("Indexed");
        return indexed ? indexed_samples(*parts) : plain_samples(space);
    }

    const Object& resolve(const Object& object) const {
        return document_.resolve(object, document_.newest());
    }

    std::optional<Samples> plain_samples(const Object& space) const {
        const Array* parts = space.array();
        const Object& family =
            parts != nullptr && !parts->empty() ? resolve(parts->front()) : space;
        std::int64_t components = 0;
        if (family.is_name("DeviceGray") || family.is_name("CalGray")) {
            components = 1;
        } else if (family.is_name("DeviceRGB") || family.is_name("CalRGB")) {
            components = 3;
        } else if (family.is_name("DeviceCMYK")) {
            components = 4;
        } else if (family.is_name("ICCBased") && parts != nullptr && parts->size() == 2) {
            const Dict* profile = resolve((*parts)[1]).dict();
            const auto* n = profile != nullptr
                                ? document_.value(*profile, "N", document_.newest()).integer()
                                : nullptr;
            components = n != nullptr ? *n : 0;
        }
        if (components != 1 && components != 3 && components != 4) {
            return std::nullopt;
        }
        return Samples{static_cast<int>(components), components == 4, {}};
    }

    std::optional<Samples> indexed_samples(const Array& parts) const {
        const auto base = plain_samples(resolve(parts[1]));
        if (!base) {
            return std::nullopt;
        }
        Bytes table;
        if (const auto* text = resolve(parts[3]).string()) {
            table = to_bytes(as_bytes(text->bytes));
        } else if (parts[3].reference() != nullptr) {
            const Indirect* stream = document_.load(*parts[3].reference(), document_.newest());
            if (stream != nullptr && stream->is_stream) {
                table = document_.decode(*stream, document_.newest());
            }
        }
        const auto step = static_cast<std::size_t>(base->components);
        Samples samples{1, false, {}};
        for (std::size_t at = 0; at + step <= table.size() && samples.palette.size() < 256;
             at += step) {
            samples.palette.push_back(grey(*base, table.data() + at));
        }
        return samples.palette.empty() ? std::nullopt : std::optional(samples);
    }

    static std::uint8_t grey(const Samples& samples, const std::uint8_t* of) {
        if (samples.components == 1) {
            return *of;
        }
        const int three = grey_of(of[0], of[1], of[2]);
        const int shade = samples.inks ? std::max(255 - three - of[3], 0) : three;
        return static_cast<std::uint8_t>(shade);
    }

    /// One component with the first value of /Decode above the second.
    bool is_inverted() const {
        const Array* decode = value("Decode").array();
        return decode != nullptr && decode->size() >= 2 &&
               resolve((*decode)[0]).number() > resolve((*decode)[1]).number();
    }

    GreyPicture unpacked(ByteView data, int width, int height, const Samples& samples) const {
        const int depth = bits();
        if (depth != 1 && depth != 2 && depth != 4 && depth != 8 && depth != 16) {
            throw Error(ErrorCode::Malformed, "an image with an impossible depth");
        }
        const auto row_bytes = (static_cast<std::size_t>(width) *
                                    static_cast<std::size_t>(samples.components * depth) +
                                7) /
                               8;
        if (data.size() / row_bytes < static_cast<std::size_t>(height)) {
            throw Error(ErrorCode::Malformed, "an image that is shorter than its sides say");
        }
        const int top = samples.palette.empty() ? (1 << std::min(depth, 8)) - 1 : 255;
        const bool inverted = is_inverted();
        GreyPicture picture(width, height);
        std::array<std::uint8_t, 4> one{};
        for (int y = 0; y < height; ++y) {
            const ByteView row = data.subspan(static_cast<std::size_t>(y) * row_bytes, row_bytes);
            std::uint8_t* to = picture.row(y);
            for (int x = 0; x < width; ++x) {
                for (int c = 0; c < samples.components; ++c) {
                    const int read = sample(row, x * samples.components + c, depth);
                    one.at(static_cast<std::size_t>(c)) =
                        static_cast<std::uint8_t>(read * 255 / top);
                }
                to[x] =
                    samples.palette.empty() ? grey(samples, one.data()) : shade(samples, one[0]);
                to[x] = inverted ? static_cast<std::uint8_t>(255 - to[x]) : to[x];
            }
        }
        return picture;
    }

    static std::uint8_t shade(const Samples& samples, std::uint8_t number) {
        return number < samples.palette.size() ? samples.palette[number] : std::uint8_t{255};
    }

    /// Of the n-th component in a row; of sixteen bits the upper eight.
    static int sample(ByteView row, int n, int depth) {
        const auto at = static_cast<std::size_t>(n) * static_cast<std::size_t>(depth);
        const int byte = row[at / 8];
        return depth >= 8 ? byte
                          : (byte >> (8 - depth - static_cast<int>(at % 8))) & ((1 << depth) - 1);
    }

    const Document& document_;
    const Indirect& object_;
    const Dict& dict_;
};

double area_on(const pdf::PageView& view, const pdf::Rect& box) {
    const pdf::Rect shown = view.to_shown(box);
    const double width = std::min(shown.right, view.width()) - std::max(shown.left, 0.0);
    const double height = std::min(shown.top, view.height()) - std::max(shown.bottom, 0.0);
    return std::max(width, 0.0) * std::max(height, 0.0);
}

/// Each once; none where they do not cover half of the page.
std::vector<const Indirect*> scanned_images(const Document& document,
                                            const pdf::reader::Page& page) {
    const pdf::PageView view(document, page, document.newest());
    std::vector<const Indirect*> images;
    double area = 0;
    for (const pdf::PlacedImage& placed : pdf::images_on(document, page, document.newest())) {
        const bool again = std::find(images.begin(), images.end(), placed.image) != images.end();
        if (!again && images.size() < kImagesOfPageMax &&
            Image(document, *placed.image).is_large()) {
            images.push_back(placed.image);
            area += area_on(view, placed.box);
        }
    }
    if (area < view.width() * view.height() / 2) {
        images.clear();
    }
    return images;
}

/// First, last, and then what lies between.
std::vector<std::size_t> in_order(std::size_t count) {
    std::vector<std::size_t> order{0};
    if (count > 1) {
        order.push_back(count - 1);
    }
    for (std::size_t i = 1; i + 1 < count; ++i) {
        order.push_back(i);
    }
    order.resize(std::min(order.size(), kPagesMax));
    return order;
}

}  // namespace

ScanPictures for_each_picture(ByteView pdf,
                              const std::function<bool(const GreyPicture&)>& goes_on) {
    const Document document = Document::open(pdf);
    ScanPictures pictures;
    if (document.encrypted()) {
        return pictures;
    }
    const std::vector<pdf::reader::Page> pages = document.pages(document.newest());
    if (pages.empty()) {
        return pictures;
    }
    for (const std::size_t number : in_order(pages.size())) {
        std::vector<const Indirect*> images;
        try {
            images = scanned_images(document, pages[number]);
        } catch (const Error&) {  // nothing is said of this page
        }
        for (const Indirect* each : images) {
            try {
                const auto picture = Image(document, *each).picture();
                (picture ? pictures.read : pictures.not_read) += 1;
                if (picture && !goes_on(*picture)) {
                    return pictures;
                }
            } catch (const Error&) {
                ++pictures.not_read;
            }
        }
    }
    return pictures;
}

}  // namespace yinxin::verify::paper
