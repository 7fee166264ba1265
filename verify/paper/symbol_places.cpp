// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/symbol_places.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::verify::paper {
namespace {

constexpr std::size_t kFindersMax = 24;    ///< combined by threes
constexpr std::size_t kFindersKept = 400;  ///< while a picture is gone through
constexpr std::size_t kPlacesMax = 4;
constexpr int kFinder = 7;  ///< modules of a finder pattern
constexpr double kMiddle = kFinder / 2.0;
constexpr double kModulePixelsMin = 1.5;
constexpr int kDark = 128;

/// A pattern of dark, light, dark, light, dark as 1:1:3:1:1, seen across and down.
struct Finder {
    Spot middle;
    double module = 0;  ///< its size in pixels, where rows and columns cross it
    int rows = 1;       ///< that showed it
};

double distance(const Spot& a, const Spot& b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

using Runs = std::array<int, 5>;

std::optional<double> module_of(const Runs& runs) {
    constexpr std::array<int, 5> kWidths{1, 1, 3, 1, 1};
    int total = 0;
    for (const int run : runs) {
        total += run;
    }
    const double module = static_cast<double>(total) / kFinder;
    if (module < kModulePixelsMin) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const double slack = kWidths[i] == 3 ? 1.2 : 0.7;
        if (std::abs(runs[i] - kWidths[i] * module) > slack * module) {
            return std::nullopt;
        }
    }
    return module;
}

class FinderSearch {
  public:
    explicit FinderSearch(const GreyPicture& even) : even_(even) {
        for (int y = 0; y < even.height() && finders_.size() < kFindersKept; ++y) {
            read_row(y);
        }
    }

    /// Those that most rows have shown.
    std::vector<Finder> best() {
        std::sort(finders_.begin(), finders_.end(), [](const Finder& a, const Finder& b) {
            return a.rows > b.rows;
        });
        finders_.resize(std::min(finders_.size(), kFindersMax));
        return std::move(finders_);
    }

  private:
    bool dark(int x, int y) const { return even_.row(y)[x] < kDark; }

    void read_row(int y) {
        Runs runs{};
        bool now = false;
        int length = 0;
        for (int x = 0; x <= even_.width(); ++x) {
            const bool next = x < even_.width() && dark(x, y);
            if (x < even_.width() && next == now) {
                ++length;
                continue;
            }
            std::rotate(runs.begin(), runs.begin() + 1, runs.end());
            runs.back() = length;
            if (now) {
                look(x, y, runs);
            }
            now = next;
            length = 1;
        }
    }

    /// Runs that end before x.
    void look(int x, int y, const Runs& runs) {
        const auto across = module_of(runs);
        if (!across) {
            return;
        }
        const double middle = x - runs[4] - runs[3] - runs[2] / 2.0;
        const auto down = column(static_cast<int>(middle), y, *across);
        if (down) {
            keep({{middle, down->first}, (*across + down->second) / 2});
        }
    }

    /// Middle and module of the same pattern in a column; y is inside its middle.
    std::optional<std::pair<double, double>> column(int x, int y, double across) const {
        const int reach = static_cast<int>(across * 5) + 1;
        Runs runs{};
        const auto walk = [&](int step, std::array<std::size_t, 3> parts) {
            int at = y;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const bool wanted = i != 1;
                while (at >= 0 && at < even_.height() && dark(x, at) == wanted &&
                       std::abs(at - y) <= reach) {
                    ++runs[parts[i]];
                    at += step;
                }
            }
            return at;
        };
        walk(-1, {2, 1, 0});
        const int end = walk(1, {2, 3, 4});
        --runs[2];  // y itself was counted twice
        const auto module = module_of(runs);
        if (!module || *module > 1.6 * across || across > 1.6 * *module) {
            return std::nullopt;
        }
        return std::pair(end - runs[4] - runs[3] - runs[2] / 2.0, *module);
    }

    void keep(const Finder& found) {
        for (Finder& known : finders_) {
            if (distance(known.middle, found.middle) < 2 * known.module) {
                const double part = 1.0 / ++known.rows;
                known.middle.x += (found.middle.x - known.middle.x) * part;
                known.middle.y += (found.middle.y - known.middle.y) * part;
                known.module += (found.module - known.module) * part;
                return;
            }
        }
        finders_.push_back(found);
    }

    const GreyPicture& even_;
    std::vector<Finder> finders_;
};

/// Three finder patterns as they stand in a symbol.
struct Triple {
    Finder corner, right, below;
    int modules = 0;   ///< of the symbol
    double score = 0;  ///< how clearly its patterns say so
};

std::optional<Triple> triple_of(Finder a, Finder b, Finder c) {
    // the corner is opposite the longest side
    if (distance(a.middle, c.middle) > distance(b.middle, c.middle)) {
        std::swap(a, b);
    }
    if (distance(a.middle, b.middle) > distance(b.middle, c.middle)) {
        std::swap(a, c);
    }
    const Spot u{b.middle.x - a.middle.x, b.middle.y - a.middle.y};
    const Spot v{c.middle.x - a.middle.x, c.middle.y - a.middle.y};
    const double first = std::hypot(u.x, u.y), second = std::hypot(v.x, v.y);
    const double module = (a.module + b.module + c.module) / 3;
    const auto apart = [](double x, double y) { return std::max(x, y) / std::min(x, y) - 1; };
    if (std::min(first, second) < 8 * module ||
        std::max(first, second) > (limits::qr_modules_max + 4) * module) {
        return std::nullopt;
    }
    const double sizes =
        apart(std::max({a.module, b.module, c.module}), std::min({a.module, b.module, c.module}));
    const double slant = std::abs(u.x * v.x + u.y * v.y) / (first * second);
    const double sides = apart(first, second);
    if (sizes > 0.6 || slant > 0.4 || sides > 0.5) {
        return std::nullopt;
    }
    if (u.x * v.y - u.y * v.x < 0) {
        std::swap(b, c);
    }
    return Triple{a, b, c};
}

/// A symbol's own coordinates, in modules, in the picture.
class Frame {
  public:
    /// The middle of the fourth pattern's place is `fourth`.
    Frame(const Triple& triple, int modules, const Spot& fourth)
        : modules_(modules),
          projection_({triple.corner.middle, triple.right.middle, fourth, triple.below.middle}) {}

    Spot at(double x, double y) const {
        const double side = modules_ - kFinder;
        return projection_.of((x - kMiddle) / side, (y - kMiddle) / side);
    }
    Corners corners() const {
        const double side = modules_;
        return {at(0, 0), at(side, 0), at(side, side), at(0, side)};
    }

  private:
    int modules_;
    Projection projection_;
};

/// How dark (negative) or pale it is there; nothing outside.
int shade(const GreyPicture& even, const Spot& spot) {
    if (!(spot.x >= 0 && spot.y >= 0 && spot.x < even.width() && spot.y < even.height())) {
        return 0;
    }
    return even.row(static_cast<int>(spot.y))[static_cast<int>(spot.x)] - kDark;
}

/// How well what every symbol of this size has is there: finder patterns, and the timing patterns
/// between them, which alternate, dark first. By chance the mean of more modules is nearer to
/// nothing, so it counts more.
double pattern_score(const GreyPicture& even, const Frame& frame, int modules) {
    double score = 0;
    for (int i = kFinder + 1; i < modules - kFinder - 1; ++i) {
        const int sign = i % 2 == 0 ? -1 : 1;
        score += sign * (shade(even, frame.at(i + 0.5, 6.5)) + shade(even, frame.at(6.5, i + 0.5)));
    }
    const int far = modules - kFinder;
    for (const auto& [left, top] : {std::pair(0, 0), {far, 0}, {0, far}}) {
        for (int y = 0; y < kFinder; ++y) {
            for (int x = 0; x < kFinder; ++x) {
                const int ring = std::max(std::abs(x - 3), std::abs(y - 3));
                score +=
                    (ring == 2 ? 1 : -1) * shade(even, frame.at(left + x + 0.5, top + y + 0.5));
            }
        }
    }
    return score / std::sqrt(2.0 * (modules - 2 * kFinder - 2) + 3 * kFinder * kFinder);
}

/// The alignment pattern nearest to the fourth corner: dark in the middle, a light ring, a dark
/// one.
double alignment_score(const GreyPicture& even, const Frame& frame, int modules) {
    double score = 0;
    for (int y = -2; y <= 2; ++y) {
        for (int x = -2; x <= 2; ++x) {
            const int ring = std::max(std::abs(x), std::abs(y));
            score +=
                (ring == 1 ? 1 : -1) * shade(even, frame.at(modules - 6.5 + x, modules - 6.5 + y));
        }
    }
    return score;
}

/// Where the fourth pattern would stand if the picture were not slanted.
Spot fourth_of(const Triple& triple) {
    const Spot &a = triple.corner.middle, &b = triple.right.middle, &c = triple.below.middle;
    return {b.x + c.x - a.x, b.y + c.y - a.y};
}

/// The size that the patterns speak for, and how loud.
void measure(const GreyPicture& even, Triple& triple) {
    const Spot fourth = fourth_of(triple);
    for (int modules = 25; modules <= limits::qr_modules_max; modules += 4) {
        const double score = pattern_score(even, Frame(triple, modules, fourth), modules);
        if (score > triple.score) {
            triple.score = score;
            triple.modules = modules;
        }
    }
}

SymbolPlace place_of(const GreyPicture& even, const Triple& triple) {
    const Spot fourth = fourth_of(triple);
    SymbolPlace place{{}, triple.modules};
    const double module =
        distance(triple.corner.middle, triple.right.middle) / (place.modules - kFinder);
    double highest = 0;
    for (double y = -3; y <= 3; y += 0.5) {
        for (double x = -3; x <= 3; x += 0.5) {
            const Frame frame(
                triple, place.modules, {fourth.x + x * module, fourth.y + y * module});
            const double score =
                alignment_score(even, frame, place.modules) - 20 * std::hypot(x, y);
            if ((x == -3 && y == -3) || score > highest) {
                highest = score;
                place.corners = frame.corners();
            }
        }
    }
    return place;
}

}  // namespace

std::vector<SymbolPlace> symbol_places(const GreyPicture& even) {
    const std::vector<Finder> finders = FinderSearch(even).best();
    std::vector<Triple> triples;
    for (std::size_t i = 0; i < finders.size(); ++i) {
        for (std::size_t j = i + 1; j < finders.size(); ++j) {
            for (std::size_t k = j + 1; k < finders.size(); ++k) {
                if (auto triple = triple_of(finders[i], finders[j], finders[k])) {
                    measure(even, *triple);
                    triples.push_back(*triple);
                }
            }
        }
    }
    std::sort(triples.begin(), triples.end(), [](const Triple& a, const Triple& b) {
        return a.score > b.score;
    });
    std::vector<SymbolPlace> places;
    for (const Triple& triple : triples) {
        if (places.size() == kPlacesMax || triple.modules == 0) {
            break;
        }
        places.push_back(place_of(even, triple));
    }
    return places;
}

}  // namespace yinxin::verify::paper
