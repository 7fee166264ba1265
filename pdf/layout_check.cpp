// SPDX-License-Identifier: Apache-2.0
#include "pdf/layout_check.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "common/limits.h"

namespace yinxin::pdf {
namespace {

constexpr double kSlackMm = 0.01;
constexpr double kEndNoteMm = 6;
constexpr double kSealWidthMm = 40, kSealHeightMm = 30;  // the smallest there is
// Of a QR and of what lies below it, 0 black to 1 white: scanners tell modules apart at less.
constexpr double kDarkMost = 0.4, kPaleLeast = 0.8;

std::string mm(double value) {
    std::string text = std::to_string(std::round(value * 100) / 100);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
        text.pop_back();
    }
    return text;
}

bool meet(const Box& a, const Box& b) {
    return a.x < b.right() - kSlackMm && b.x < a.right() - kSlackMm &&
           a.y < b.bottom() - kSlackMm && b.y < a.bottom() - kSlackMm;
}

bool holds(const Box& outer, const Box& inner) {
    return outer.x <= inner.x && outer.y <= inner.y && outer.right() >= inner.right() &&
           outer.bottom() >= inner.bottom();
}

/// ITU-R BT.709
double lightness(const Color& c) {
    return (0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]) / 255;
}

/// Whether some document has both on one page.
bool share_a_page(Pages a, Pages b) {
    for (int count = 1; count <= 3; ++count) {
        for (int page = 0; page < count; ++page) {
            if (stands_on(a, page, count) && stands_on(b, page, count)) {
                return true;
            }
        }
    }
    return false;
}

Box line_box(const LineElement& line) {
    const double x = std::min(line.x1, line.x2), y = std::min(line.y1, line.y2);
    return {x - line.width / 2,
            y - line.width / 2,
            std::abs(line.x2 - line.x1) + line.width,
            std::abs(line.y2 - line.y1) + line.width};
}

/// Down to where rows, and on the last page the total and the words below it, may reach.
Box table_box(const TableElement& t, bool last) {
    const double bottom = last ? std::max(t.until_last + (t.total.empty() ? 0 : t.total_height) +
                                              (t.end ? kEndNoteMm : 0),
                                          t.fill_to_last)
                               : std::max(t.until, t.fill_to);
    return {t.x, t.y, t.width, bottom - t.y};
}

class Rules {
  public:
    Rules(const Layout& layout, std::vector<FormFault>& faults)
        : layout_(layout), faults_(faults), unreadable_(faults) {}

    void check() {
        count();
        for (const Element& e : layout_.elements) {
            if (readable(e)) {
                std::visit([&](const auto& kind) { alone(kind, e); }, e.kind);
            }
        }
        for (const Element& e : layout_.elements) {
            const auto* qr = std::get_if<QrElement>(&e.kind);
            if (qr != nullptr && qr->verification && readable(e)) {
                keep_clear(qr_square(qr->box), e);
            }
        }
    }

  private:
    void fault(const std::string& pointer, const std::string& detail) {
        faults_.push_back({"layout.json", pointer, detail});
    }

    bool readable(const Element& e) const {
        return std::none_of(unreadable_.begin(), unreadable_.end(), [&](const FormFault& f) {
            return f.file == "layout.json" &&
                   (f.pointer == e.pointer || f.pointer.starts_with(e.pointer + "/"));
        });
    }

    void count() {
        int seals = 0, tables = 0, codes = 0;
        for (const Element& e : layout_.elements) {
            seals += std::holds_alternative<SealElement>(e.kind) ? 1 : 0;
            tables += std::holds_alternative<TableElement>(e.kind) ? 1 : 0;
            const auto* q = std::get_if<QrElement>(&e.kind);
            codes += q != nullptr && q->verification ? 1 : 0;
        }
        if (seals != 1) {
            fault("/elements", "must have exactly one seal, with \"on\": \"first\" or \"last\"");
        }
        if (tables > 1) {
            fault("/elements", "has two tables; pages can follow the rows of one only");
        }
        if (codes != 1) {
            fault("/elements", "must have exactly one {\"qr\": \"verification\"}");
        }
    }

    /// False when it is not.
    bool on_page(const std::string& pointer, const Box& box) {
        if (box.width <= 0 || box.height <= 0) {
            fault(pointer, "must be [x, y, width, height] with a width and a height above 0");
            return false;
        }
        if (box.x < 0 || box.y < 0 || box.right() > layout_.width + kSlackMm ||
            box.bottom() > layout_.height + kSlackMm) {
            fault(pointer, "reaches beyond the page; move it or make it smaller");
            return false;
        }
        return true;
    }

    void alone(const LineElement& line, const Element& e) {
        on_page(e.pointer + "/line", line_box(line));
    }
    void alone(const RectElement& rect, const Element& e) {
        on_page(e.pointer + "/rect", rect.box);
    }
    template <typename Words>  // text, field, notes
    void alone(const Words& words, const Element& e) {
        on_page(e.pointer + "/box", words.box);
    }

    void alone(const QrElement& qr, const Element& e) {
        if (!on_page(e.pointer + "/box", qr.box) || !qr.verification) {
            return;
        }
        const double module = qr_square(qr.box).width / (limits::qr_modules_max + 8);
        if (module < limits::qr_module_mm_min) {
            fault(e.pointer + "/box",
                  "makes a module " + mm(module) +
                      " mm wide at 61 modules; it must be 0.5: make the box at least 34.5 mm");
        }
        if (lightness(qr.color) > kDarkMost) {
            fault(e.pointer + "/color", "is too pale for a scanner; make it darker");
        }
    }

    void alone(const SealElement& seal, const Element& e) {
        if (e.pages != Pages::First && e.pages != Pages::Last) {
            fault(e.pointer + "/on", "must be first or last: a document has one seal");
        }
        if (on_page(e.pointer + "/seal", seal.box) &&
            (seal.box.width < kSealWidthMm || seal.box.height < kSealHeightMm)) {
            fault(e.pointer + "/seal", "is smaller than any seal; make it at least 40 by 30 mm");
        }
    }

    void alone(const TableElement& t, const Element& e) {
        const std::string at = e.pointer + "/table";
        const double first = t.y + t.head_height + t.row_height;
        if (first > t.until + kSlackMm || first > t.until_last + kSlackMm) {
            fault(at + "/until", "leaves no room for one row below the head");
        }
        if (t.x < 0 || t.y < 0) {
            fault(at + "/at", "reaches beyond the page; move it");
        }
        if (t.x + t.width > layout_.width + kSlackMm) {
            fault(at + "/columns", "are wider together than the page");
        }
        if (table_box(t, true).bottom() > layout_.height + kSlackMm) {
            fault(at + "/until_last", "leaves no room on the page for the total and the end");
        }
        double sum = 0;
        for (const TableCell& cell : t.total) {
            sum += cell.width;
        }
        if (!t.total.empty() && std::abs(sum - t.width) > kSlackMm) {
            fault(at + "/total",
                  "has cells of " + mm(sum) + " mm together; the columns have " + mm(t.width));
        }
    }

    /// Nothing may stand where the QR and its quiet zone do, but plain paper or a pale area.
    void keep_clear(const Box& square, const Element& qr) {
        for (const Element& e : layout_.elements) {
            if (&e == &qr || !readable(e)) {
                continue;
            }
            const auto* table = std::get_if<TableElement>(&e.kind);
            if (table != nullptr ? !rows_meet(*table, square, qr.pages)
                                 : !share_a_page(e.pages, qr.pages)) {
                continue;
            }
            const char* member =
                std::visit([&](const auto& kind) { return in_the_way(kind, square); }, e.kind);
            if (member != nullptr) {
                fault(e.pointer + member,
                      "can cover the verification QR or its quiet zone (" + qr.pointer +
                          "/box); move one of them");
            }
        }
    }

    /// Rows stand on every page.
    static bool rows_meet(const TableElement& t, const Box& square, Pages qr_pages) {
        return (share_a_page(Pages::Last, qr_pages) && meet(table_box(t, true), square)) ||
               (share_a_page(Pages::NotLast, qr_pages) && meet(table_box(t, false), square));
    }

    static const char* in_the_way(const LineElement& line, const Box& square) {
        return meet(line_box(line), square) ? "/line" : nullptr;
    }
    static const char* in_the_way(const RectElement& rect, const Box& square) {
        if (!meet(rect.box, square)) {
            return nullptr;
        }
        if (rect.fill && lightness(*rect.fill) < kPaleLeast) {
            return "/fill";
        }
        const double half = rect.width / 2;
        const Box inner{rect.box.x + half,
                        rect.box.y + half,
                        rect.box.width - rect.width,
                        rect.box.height - rect.width};
        return rect.stroke && !holds(inner, square) ? "/rect" : nullptr;
    }
    static const char* in_the_way(const QrElement& other, const Box& square) {
        return meet(qr_square(other.box), square) ? "/box" : nullptr;
    }
    static const char* in_the_way(const SealElement& seal, const Box& square) {
        return meet(seal.box, square) ? "/seal" : nullptr;
    }
    static const char* in_the_way(const TableElement&, const Box&) { return "/table"; }
    template <typename Words>  // text, field, notes
    static const char* in_the_way(const Words& words, const Box& square) {
        return meet(words.box, square) ? "/box" : nullptr;
    }

    const Layout& layout_;
    std::vector<FormFault>& faults_;
    const std::vector<FormFault> unreadable_;
};

}  // namespace

void check_layout_rules(const Layout& layout, std::vector<FormFault>& faults) {
    Rules(layout, faults).check();
}

Box qr_square(const Box& box) {
    const double side = std::min(box.width, box.height);
    return {box.x + (box.width - side) / 2, box.y + (box.height - side) / 2, side, side};
}

}  // namespace yinxin::pdf
