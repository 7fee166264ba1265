// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/paint.h"

#include <png.h>
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page-renderer.h>
#include <poppler-page.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

namespace yinxin::server {
namespace {

constexpr int kPagesMax = 20;      // of a file that are compared
constexpr double kSearchDpi = 50;  // to see where pages differ
constexpr double kShownDpi = 80;   // to see what
constexpr double kSidePixelsMax = 1100;
constexpr int kDifference = 24;  // of 255: less is how edges fall on pixels
constexpr int kMargin = 10;      // pixels around what differs
constexpr int kFrame = 3;

using DocumentPtr = std::unique_ptr<poppler::document>;

struct Picture {
    int width = 0, height = 0;
    Bytes rgb;  ///< row by row

    std::uint8_t* at(int x, int y) {
        return rgb.data() + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                                 static_cast<std::size_t>(x));
    }
    const std::uint8_t* at(int x, int y) const { return const_cast<Picture*>(this)->at(x, y); }
};

/// In shares of the page.
struct Box {
    double left = 1, top = 1, right = 0, bottom = 0;
};

DocumentPtr open(ByteView file) {
    DocumentPtr document(poppler::document::load_from_raw_data(
        reinterpret_cast<const char*>(file.data()), static_cast<int>(file.size())));
    return document != nullptr && !document->is_locked() ? std::move(document) : nullptr;
}

std::optional<Picture> painted(const poppler::document& document, int page, double dpi) {
    const std::unique_ptr<poppler::page> found(document.create_page(page));
    if (found == nullptr) {
        return std::nullopt;
    }
    const poppler::rectf sides = found->page_rect();
    const double longest = std::max(sides.width(), sides.height());
    if (longest <= 0) {
        return std::nullopt;
    }
    dpi = std::min(dpi, kSidePixelsMax / longest * 72);
    poppler::page_renderer renderer;
    renderer.set_render_hint(poppler::page_renderer::antialiasing);
    renderer.set_render_hint(poppler::page_renderer::text_antialiasing);
    renderer.set_image_format(poppler::image::format_rgb24);
    const poppler::image image = renderer.render_page(found.get(), dpi, dpi);
    if (!image.is_valid() || image.format() != poppler::image::format_rgb24) {
        return std::nullopt;
    }
    Picture picture{image.width(), image.height(), {}};
    const std::size_t row_bytes = 3 * static_cast<std::size_t>(picture.width);
    for (int y = 0; y < picture.height; ++y) {
        const auto* row = reinterpret_cast<const std::uint8_t*>(
            image.const_data() + static_cast<std::ptrdiff_t>(y) * image.bytes_per_row());
        picture.rgb.insert(picture.rgb.end(), row, row + row_bytes);
    }
    return picture;
}

/// nullopt: they look the same.
std::optional<Box> difference(const Picture& before, const Picture& after) {
    if (before.width != after.width || before.height != after.height) {
        return Box{0, 0, 1, 1};
    }
    int left = before.width, top = before.height, right = -1, bottom = -1;
    for (int y = 0; y < before.height; ++y) {
        for (int x = 0; x < before.width; ++x) {
            const std::uint8_t *a = before.at(x, y), *b = after.at(x, y);
            if (std::abs(a[0] - b[0]) > kDifference || std::abs(a[1] - b[1]) > kDifference ||
                std::abs(a[2] - b[2]) > kDifference) {
                left = std::min(left, x);
                right = std::max(right, x);
                top = std::min(top, y);
                bottom = y;
            }
        }
    }
    if (right < 0) {
        return std::nullopt;
    }
    const double width = before.width, height = before.height;
    return Box{left / width, top / height, (right + 1) / width, (bottom + 1) / height};
}

void frame(Picture& picture, const Box& box) {
    const auto place = [](double share, int side, int margin) {
        return std::clamp(static_cast<int>(share * side) + margin, 0, side - 1);
    };
    const int left = place(box.left, picture.width, -kMargin),
              right = place(box.right, picture.width, kMargin),
              top = place(box.top, picture.height, -kMargin),
              bottom = place(box.bottom, picture.height, kMargin);
    constexpr std::array<std::uint8_t, 3> kRed{0xD0, 0x10, 0x20};
    for (int y = top; y <= bottom; ++y) {
        for (int x = left; x <= right; ++x) {
            if (y - top < kFrame || bottom - y < kFrame || x - left < kFrame ||
                right - x < kFrame) {
                std::copy(kRed.begin(), kRed.end(), picture.at(x, y));
            }
        }
    }
}

Bytes png_of(const Picture& picture) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.width);
    image.height = static_cast<png_uint_32>(picture.height);
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    Bytes png(size);
    if (png_image_write_to_memory(&image, png.data(), &size, 0, picture.rgb.data(), 0, nullptr) ==
        0) {
        return {};
    }
    png.resize(size);
    return png;
}

/// As large as it may be; empty where there is no such page, or it does not get small enough.
Bytes shown(const poppler::document& document, int page, const Box& box) {
    for (const double dpi : {kShownDpi, kShownDpi / 2}) {
        auto picture = painted(document, page, dpi);
        if (!picture) {
            return {};
        }
        frame(*picture, box);
        if (Bytes png = png_of(*picture); png.size() <= changed_picture_bytes_max) {
            return png;
        }
    }
    return {};
}

std::optional<Box> difference_of(const poppler::document& before,
                                 const poppler::document& after,
                                 int page) {
    const auto was = painted(before, page, kSearchDpi), is = painted(after, page, kSearchDpi);
    return was && is ? difference(*was, *is) : Box{0, 0, 1, 1};
}

}  // namespace

void warm_up_painter() {
    poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
    static constexpr std::string_view kPage =
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font"
        "<</F 5 0 R>>>>>>endobj\n"
        "4 0 obj<</Length 24>>stream\nBT/F 9 Tf 9 9 Td(a)Tj ET\nendstream endobj\n"
        "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
        "trailer<</Root 1 0 R>>\n%%EOF\n";
    if (const DocumentPtr page = open(as_bytes(kPage))) {
        painted(*page, 0, kSearchDpi);
    }
}

std::vector<ChangedPage> paint_changes(ByteView file, std::size_t signed_bytes) {
    std::vector<ChangedPage> changed;
    if (signed_bytes >= file.size()) {
        return changed;
    }
    const DocumentPtr before = open(file.first(signed_bytes)), after = open(file);
    if (before == nullptr || after == nullptr) {
        return changed;
    }
    const int count = std::min(std::max(before->pages(), after->pages()), kPagesMax);
    for (int page = 0; page < count && changed.size() < changed_pages_max; ++page) {
        const auto box = difference_of(*before, *after, page);
        if (!box) {
            continue;
        }
        ChangedPage shows{page + 1, shown(*before, page, *box), shown(*after, page, *box)};
        if (!shows.before.empty() || !shows.after.empty()) {
            changed.push_back(std::move(shows));
        }
    }
    return changed;
}

}  // namespace yinxin::server
