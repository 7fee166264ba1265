// SPDX-License-Identifier: Apache-2.0
#include "verify/clear_place.h"

#include <algorithm>
#include <array>
#include <optional>

#include "common/error.h"
#include "pdf/page_marks.h"

namespace yinxin::verify {

using pdf::Rect;
using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Object;
using pdf::reader::Page;
using pdf::reader::Reference;

namespace {

std::optional<Rect> rect_of(const Document& document, const Dict& widget, std::size_t revision) {
    const Array* list = document.value(widget, "Rect", revision).array();
    if (list == nullptr || list->size() != 4) {
        return std::nullopt;
    }
    std::array<double, 4> at{};
    for (std::size_t i = 0; i < 4; ++i) {
        const Object& number = document.resolve((*list)[i], revision);
        if (!number.is_number()) {
            return std::nullopt;
        }
        at.at(i) = number.number();
    }
    return Rect{std::min(at[0], at[2]),
                std::min(at[1], at[3]),
                std::max(at[0], at[2]),
                std::max(at[1], at[3])};
}

/// Marks are an estimate, made from the sizes of letters: text may reach further along its line.
Rect with_margin(const Rect& mark) {
    constexpr double kPoints = 3, kFurther = 0.6;
    Rect wide{mark.left - kPoints, mark.bottom - kPoints, mark.right + kPoints, mark.top + kPoints};
    if (mark.height() > mark.width()) {
        wide.bottom -= kFurther * mark.height();
        wide.top += kFurther * mark.height();
    } else {
        wide.right += kFurther * mark.width();
    }
    return wide;
}

bool apart(const Rect& a, const Rect& b) {
    return a.right <= b.left || b.right <= a.left || a.top <= b.bottom || b.top <= a.bottom;
}

bool shown_on(const Document& document, const Page& page, Reference widget, std::size_t revision) {
    const Array* list = document.value(*page.object->value.dict(), "Annots", revision).array();
    return list != nullptr && std::any_of(list->begin(), list->end(), [&](const Object& each) {
               return each.reference() != nullptr && *each.reference() == widget;
           });
}

}  // namespace

bool stands_clear(const Document& document,
                  Reference widget,
                  const Dict& dict,
                  std::size_t before,
                  std::size_t after) {
    constexpr std::int64_t kNoZoom = 8,
                           kNoRotate = 16;  // ISO 32000-1, table 165: not where /Rect is
    const auto* flags = document.value(dict, "F", after).integer();
    const auto rect = rect_of(document, dict, after);
    if (!rect || (flags != nullptr && (*flags & (kNoZoom | kNoRotate)) != 0)) {
        return false;
    }
    try {
        const auto now = document.pages(after), then = document.pages(before);
        for (std::size_t i = 0; i < now.size(); ++i) {
            if (!shown_on(document, now[i], widget, after)) {
                continue;
            }
            if (i >= then.size()) {
                return false;
            }
            const auto marks = pdf::marks_on(document, then[i], before);
            if (!std::all_of(marks.begin(), marks.end(), [&](const Rect& mark) {
                    const bool nothing = mark.width() == 0 && mark.height() == 0;
                    return nothing || apart(with_margin(mark), *rect);
                })) {
                return false;
            }
        }
        return true;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Internal) {
            throw;
        }
        return false;
    }
}

}  // namespace yinxin::verify
