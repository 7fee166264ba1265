// SPDX-License-Identifier: Apache-2.0
#include "pdf/page_view.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace yinxin::pdf {

using reader::Array;
using reader::Document;
using reader::Object;

namespace {

constexpr Rect kA4{0, 0, 595.276, 841.89};
constexpr double kSideMax = 1e6;  // beyond it nothing is a page

std::optional<Rect> rect_of(const Document& document, const Object& object, std::size_t revision) {
    const Array* list = document.resolve(object, revision).array();
    if (list == nullptr || list->size() != 4) {
        return std::nullopt;
    }
    std::array<double, 4> at{};
    for (std::size_t i = 0; i < 4; ++i) {
        const Object& number = document.resolve((*list)[i], revision);
        if (!number.is_number() || std::abs(number.number()) > kSideMax) {
            return std::nullopt;
        }
        at[i] = number.number();
    }
    const Rect rect{std::min(at[0], at[2]),
                    std::min(at[1], at[3]),
                    std::max(at[0], at[2]),
                    std::max(at[1], at[3])};
    return rect.width() > 0 && rect.height() > 0 ? std::optional(rect) : std::nullopt;
}

/// Both corners through the matrix, sorted again.
Rect mapped(const std::array<double, 6>& m, const Rect& rect) {
    const auto x = [&m](double u, double v) { return m[0] * u + m[2] * v + m[4]; };
    const auto y = [&m](double u, double v) { return m[1] * u + m[3] * v + m[5]; };
    const double x0 = x(rect.left, rect.bottom), x1 = x(rect.right, rect.top);
    const double y0 = y(rect.left, rect.bottom), y1 = y(rect.right, rect.top);
    return {std::min(x0, x1), std::min(y0, y1), std::max(x0, x1), std::max(y0, y1)};
}

}  // namespace

PageView::PageView(const Document& document, const reader::Page& page, std::size_t revision)
    : box_(rect_of(document, page.media_box, revision).value_or(kA4)),
      rotate_(page.rotate % 90 == 0 ? page.rotate : 0) {
    if (const auto crop = rect_of(document, page.crop_box, revision)) {
        const Rect seen{std::max(box_.left, crop->left),
                        std::max(box_.bottom, crop->bottom),
                        std::min(box_.right, crop->right),
                        std::min(box_.top, crop->top)};
        if (seen.width() > 0 && seen.height() > 0) {
            box_ = seen;
        }
    }
    const double unit = document.value(*page.object->value.dict(), "UserUnit", revision).number();
    unit_ = unit > 0 && unit <= kSideMax ? unit : 1;
}

double PageView::width() const {
    return (rotate_ % 180 == 0 ? box_.width() : box_.height()) * unit_;
}

double PageView::height() const {
    return (rotate_ % 180 == 0 ? box_.height() : box_.width()) * unit_;
}

std::array<double, 6> PageView::matrix() const {
    const double s = 1 / unit_;
    switch (rotate_) {
        case 90:
            return {0, s, -s, 0, box_.right, box_.bottom};
        case 180:
            return {-s, 0, 0, -s, box_.right, box_.top};
        case 270:
            return {0, -s, s, 0, box_.left, box_.top};
        default:
            return {s, 0, 0, s, box_.left, box_.bottom};
    }
}

Rect PageView::to_page(const Rect& shown) const {
    return mapped(matrix(), shown);
}

/// The matrix turns by right angles and scales evenly, so its inverse is its transpose over s².
Rect PageView::to_shown(const Rect& on_page) const {
    const std::array<double, 6> m = matrix();
    const double q = unit_ * unit_;
    const std::array<double, 6> back{m[0] * q,
                                     m[2] * q,
                                     m[1] * q,
                                     m[3] * q,
                                     -(m[0] * m[4] + m[1] * m[5]) * q,
                                     -(m[2] * m[4] + m[3] * m[5]) * q};
    return mapped(back, on_page);
}

}  // namespace yinxin::pdf
