// SPDX-License-Identifier: Apache-2.0
#include "pdf/seal_place.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/error.h"
#include "pdf/page_marks.h"
#include "pdf/page_view.h"

namespace yinxin::pdf {
namespace {

constexpr double kMargin = 10 * points_per_mm;
constexpr double kMarginPart = 0.05;  ///< of a page too small for that
constexpr double kLittle = 0.5;       ///< points; boxes may touch

[[noreturn]] void no_such_place(const std::string& detail) {
    throw Error(ErrorCode::Invalid, detail, {{"/place", "place", detail}});
}

/// Area of what lies under `rect`; where boxes lie over each other it counts twice.
double covered(const std::vector<Rect>& marks, const Rect& rect) {
    double area = 0;
    for (const Rect& mark : marks) {
        const double width = std::min(mark.right, rect.right) - std::max(mark.left, rect.left);
        const double height = std::min(mark.top, rect.top) - std::max(mark.bottom, rect.bottom);
        if (width > -kLittle && height > -kLittle) {  // a line has no area and is there
            area += std::max(width, kLittle) * std::max(height, kLittle);
        }
    }
    return area;
}

PlacedSeal in_corner(const reader::Document& document,
                     const reader::Page& page,
                     const PageView& view,
                     double width,
                     double height) {
    const double x = std::min(kMargin, view.width() * kMarginPart);
    const double y = std::min(kMargin, view.height() * kMarginPart);
    const double scale =
        std::min({1.0, (view.width() - 2 * x) / width, (view.height() - 2 * y) / height});
    const double w = width * scale, h = height * scale;
    std::vector<Rect> marks;
    for (const Rect& mark : marks_on(document, page, document.newest())) {
        marks.push_back(view.to_shown(mark));
    }
    PlacedSeal best{0, {}, false};
    double least = 0;
    for (const double bottom : {y, view.height() - y - h}) {
        for (const double left : {view.width() - x - w, x}) {
            const Rect rect{left, bottom, left + w, bottom + h};
            const double area = covered(marks, rect);
            if (best.rect.width() == 0 || area < least) {
                best.rect = rect;
                least = area;
            }
            if (area == 0) {
                best.free = true;
                return best;
            }
        }
    }
    return best;
}

}  // namespace

std::optional<PlacedSeal> place_seal(const reader::Document& document,
                                     const WantedPlace& wanted,
                                     double width,
                                     double height) {
    if (wanted.kind == WantedPlace::Kind::Invisible) {
        return std::nullopt;
    }
    const std::vector<reader::Page> pages = document.pages(document.newest());
    const int count = static_cast<int>(pages.size());
    const int number = wanted.page == 0 ? count : wanted.page;
    if (number < 1 || number > count) {
        no_such_place("there is no page " + std::to_string(number) + "; the file has " +
                      std::to_string(count));
    }
    const reader::Page& page = pages[static_cast<std::size_t>(number) - 1];
    const PageView view(document, page, document.newest());
    PlacedSeal placed;
    if (wanted.kind == WantedPlace::Kind::Corner) {
        placed = in_corner(document, page, view, width, height);
    } else {
        const double left = wanted.x_mm * points_per_mm;
        const double top = view.height() - wanted.y_mm * points_per_mm;
        placed.rect = {left, top - height, left + width, top};
        if (left < 0 || top > view.height() || placed.rect.right > view.width() + kLittle ||
            placed.rect.bottom < -kLittle) {
            no_such_place("the seal would not stand on the page: it needs " +
                          std::to_string(static_cast<int>(width / points_per_mm + 0.5)) + " x " +
                          std::to_string(static_cast<int>(height / points_per_mm + 0.5)) +
                          " mm, the page has " +
                          std::to_string(static_cast<int>(view.width() / points_per_mm)) + " x " +
                          std::to_string(static_cast<int>(view.height() / points_per_mm)));
        }
    }
    placed.page = number - 1;
    placed.rect = view.to_page(placed.rect);
    return placed;
}

}  // namespace yinxin::pdf
