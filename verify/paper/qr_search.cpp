// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/qr_search.h"

#include <algorithm>
#include <ctime>

#include "common/limits.h"
#include "verify/paper/module_grid.h"
#include "verify/paper/reading.h"
#include "verify/paper/symbol_places.h"

namespace yinxin::verify::paper {
namespace {

using pdf::QrThreshold;
using std::chrono::milliseconds;

/// A picture this small is looked at in twice its size, too.
constexpr std::int64_t kSmallPixels = 6'000'000;
constexpr std::int64_t kTinyPixels = 300'000;
/// Around an upright view.
constexpr int kMargin = 8 * module_dots;
/// Pixels on each side: more than a finder pattern, less than most shadows.
constexpr int kLightReach = 24;

milliseconds time_used() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                    std::chrono::nanoseconds(now.tv_nsec));
}

std::int64_t pixels_of(const GreyPicture& picture) {
    return static_cast<std::int64_t>(picture.width()) * picture.height();
}

}  // namespace

QrSearch::QrSearch(std::string_view wanted) : wanted_(wanted), begin_(time_used()) {}

bool QrSearch::over() const {
    return time_used() - begin_ >= milliseconds(limits::paper_cpu_ms);
}

bool QrSearch::look_at(const GreyPicture& picture) {
    try_whole(picture, QrThreshold::Local);
    if (!done()) {
        const bool small = pixels_of(picture) <= kSmallPixels;
        const GreyPicture sharp =
            small ? sharpened(doubled(picture), 4, 2.0) : sharpened(picture, 2, 2.0);
        try_whole(sharp, QrThreshold::Local);
        if (!done()) {
            const GreyPicture even = flattened(sharp, small ? 2 * kLightReach : kLightReach);
            look_closer(picture, even, small ? 2 : 1);
            if (!done()) {
                try_whole(even, QrThreshold::Middle);
            }
        }
    }
    if (!done() && pixels_of(picture) >= kTinyPixels) {
        const GreyPicture half = halved(picture);
        try_whole(half, QrThreshold::Local);
        if (!done()) {
            const GreyPicture even = flattened(half, kLightReach);
            try_whole(even, QrThreshold::Middle);
            if (!done()) {
                look_closer(picture, even, 0.5);
            }
        }
    }
    return !over();
}

void QrSearch::try_whole(const GreyPicture& picture, QrThreshold threshold) {
    for (const std::string& text :
         pdf::read_all_qr(picture.pixels(), picture.width(), picture.height(), threshold)) {
        keep(text);
    }
}

void QrSearch::look_closer(const GreyPicture& picture, const GreyPicture& even, double scale) {
    for (const SymbolPlace& place : symbol_places(even)) {
        Corners corners;
        for (std::size_t i = 0; i < corners.size(); ++i) {
            corners[i] = {place.corners[i].x / scale, place.corners[i].y / scale};
        }
        const GreyPicture view = upright(picture, corners, place.modules * module_dots, kMargin);
        try_whole(sharpened(view, 2, 1.5), QrThreshold::Local);
        if (done()) {
            return;
        }
        const ModuleGrid grid(flattened(view, kLightReach), place.modules, kMargin);
        for (const double strength : {0.8, 1.6, 0.0}) {
            const GreyPicture clean = grid.drawn(strength);
            const auto text = pdf::read_drawn_qr(clean.pixels(), clean.width(), clean.height());
            if (text) {
                keep(*text);
            }
            if (done()) {
                return;
            }
        }
    }
}

void QrSearch::keep(const std::string& text) {
    if (!is_plain(text) || texts_.size() >= limits::paper_texts_max) {
        if (others_.size() < limits::paper_texts_max) {
            others_.insert(text);
        }
        return;
    }
    if (std::find(texts_.begin(), texts_.end(), text) == texts_.end()) {
        texts_.push_back(text);
    }
    found_ = found_ || text.starts_with(wanted_);
}

}  // namespace yinxin::verify::paper
