// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "common/limits.h"
#include "common/utf8.h"
#include "pdf/barcode.h"
#include "pdf/grey_raster.h"
#include "pdf/overprint.h"
#include "pdf/printed_page.h"
#include "pdf/qr_layout.h"
#include "pdf/qr_plate.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {
namespace {

constexpr double kDotsPerInch = 200;
constexpr int kQuietModules = 4;                      // ISO/IEC 18004, 6.3.8
constexpr double kSlackPoints = 0.3 * points_per_mm;  // a text's body is wider than its ink
constexpr double kRoundingPoints = 0.02;              // contents have two decimals
// What a scanner surely takes for dark, and for paper. Between them nothing is taken for granted:
// such a QR is not seen, and such an area below it is black.
constexpr std::uint8_t kDarkMost = 102, kPaleLeast = 204;

bool meet(const Rect& a, const Rect& b) {
    return a.left < b.right - kSlackPoints && b.left < a.right - kSlackPoints &&
           a.bottom < b.top - kSlackPoints && b.bottom < a.top - kSlackPoints;
}

/// The verification QR of one page as it will be seen: where it stands, what could cover it, and
/// whether it reads.
class QrCheck {
  public:
    /// `at`: which of the marks of all contents, one after the other, `mark` is.
    QrCheck(const PrintedPage& page,
            std::size_t at,
            const Mark& mark,
            const Matrix& matrix,
            const Stencil& stencil)
        : page_(page),
          at_(at),
          mark_(mark),
          matrix_(matrix),
          stencil_(stencil),
          modules_(stencil.side / kQrDots) {}

    void placed() {
        const Matrix& m = matrix_;
        if (stencil_.side % kQrDots != 0 || modules_ < 21 || modules_ > limits::qr_modules_max) {
            not_as_planned("the QR has an impossible number of modules");
        }
        if (m[0] <= 0 || m[1] != 0 || m[2] != 0 || std::abs(m[3] - m[0]) > kRoundingPoints) {
            not_as_planned("the QR is not upright and square");
        }
        if (m[0] / modules_ / points_per_mm < limits::qr_module_mm_min - 0.001) {
            not_as_planned("the QR's modules are too small");
        }
        const double quiet = m[0] / modules_ * kQuietModules;
        square_ = {m[4] - quiet, m[5] - quiet, m[4] + m[0] + quiet, m[5] + m[3] + quiet};
        if (square_.left < page_.media.left - kRoundingPoints ||
            square_.bottom < page_.media.bottom - kRoundingPoints ||
            square_.right > page_.media.right + kRoundingPoints ||
            square_.top > page_.media.top + kRoundingPoints) {
            not_as_planned("the QR does not lie on the page");
        }
    }

    void clear_of(const Rect& box, const std::string& what) const {
        if (meet(box, square_)) {
            not_as_planned(what + " stands on the QR or its quiet zone");
        }
    }

    /// Lines and areas may lie below, where the picture tells whether they do harm.
    void uncovered() const {
        page_.for_each_mark([this](const Mark& mark, const PrintedContent&, std::size_t i) {
            if (mark.kind == Mark::Kind::Text) {
                clear_of(mark.box, "a text");
            } else if (mark.kind == Mark::Kind::Image && i != at_) {
                clear_of(mark.box, "another image");
            } else if (i > at_) {
                clear_of(mark.box, "a line or an area");
            }
        });
    }

    bool on_dark() const {
        bool dark = false;
        page_.for_each_mark([&](const Mark& mark, const PrintedContent&, std::size_t i) {
            dark = dark || (lies_below(mark, i) && mark.grey < kPaleLeast);
        });
        return dark;
    }

    /// Throws unless it is, module by module, what says `text`: by how it is drawn, and by what it
    /// says when it is read without that.
    void compare(const std::string& text) const {
        const QrSymbol expected = make_verification_qr(text);
        if (mark_.grey > kDarkMost || expected.modules != modules_ || !shows(expected) ||
            qr_text(expected) != text) {
            not_as_planned("the QR is not this document's address");
        }
    }

    std::optional<std::string> read() const {
        GreyRaster picture(square_, kDotsPerInch);
        page_.for_each_mark([&](const Mark& mark, const PrintedContent& of, std::size_t i) {
            if (lies_below(mark, i)) {
                picture.fill(outline(of, mark), mark.grey < kPaleLeast ? 0 : 255);
            }
        });
        picture.stencil(mark_.box, mark_.grey > kDarkMost ? 255 : 0, [this](double x, double y) {
            return stencil_.painted(static_cast<int>(x * stencil_.side),
                                    static_cast<int>(y * stencil_.side));
        });
        return read_qr(picture.pixels(), picture.width(), picture.height());
    }

  private:
    bool lies_below(const Mark& mark, std::size_t i) const {
        return i < at_ && mark.kind == Mark::Kind::Path && mark.box.left < square_.right &&
               mark.box.right > square_.left && mark.box.bottom < square_.top &&
               mark.box.top > square_.bottom;
    }

    static std::vector<Polygon> outline(const PrintedContent& of, const Mark& mark) {
        std::vector<Polygon> all;
        for (std::size_t i = 0; i < mark.count; ++i) {
            const auto polygon = of.outlines.at(mark.first + i);
            all.emplace_back(polygon.begin(), polygon.end());
        }
        return all;
    }

    /// Each module of `symbol`, which has as many, and nothing else.
    bool shows(const QrSymbol& symbol) const {
        static_assert(kQrDots == 8, "a module of a row is one byte");
        std::string row(static_cast<std::size_t>(modules_), '\0');
        std::string_view rest = as_text(stencil_.bits);
        for (auto dark = symbol.dark.begin(); !rest.empty();) {
            for (char& module : row) {
                module = *dark++ ? '\xFF' : '\0';
            }
            for (int dot = 0; dot < kQrDots; ++dot, rest.remove_prefix(row.size())) {
                if (!rest.starts_with(row)) {
                    return false;
                }
            }
        }
        return true;
    }

    const PrintedPage& page_;
    const std::size_t at_;
    const Mark& mark_;
    const Matrix& matrix_;
    const Stencil& stencil_;
    const int modules_;
    Rect square_;  ///< with the quiet zone
};

/// The field that was printed along, where it was to be; nothing else lies over a page.
void check_field(const PrintedPage& page, const Rendered& rendered, std::size_t number) {
    const bool sealed_here =
        rendered.has_field() && static_cast<std::size_t>(rendered.seal.page) == number;
    if (page.signatures.size() != (sealed_here ? 1 : 0)) {
        not_as_planned("a page has another number of signature fields");
    }
    for (const Rect& at : page.signatures) {
        const Rect& want = rendered.seal.rect;
        for (const double off : {at.left - want.left,
                                 at.bottom - want.bottom,
                                 at.right - want.right,
                                 at.top - want.top}) {
            if (std::abs(off) > kRoundingPoints) {
                not_as_planned("the seal is not where it was to be");
            }
        }
    }
}

std::string grouped(const std::string& code) {
    std::string out;
    for (std::size_t i = 0; i < code.size(); ++i) {
        out += i > 0 && i % 4 == 0 ? "-" : "";
        out += code[i];
    }
    return out;
}

}  // namespace

void check_print(ByteView pdf, const Rendered& rendered, const Issuance& issuance, QrLook look) {
    PrintedDocument document(pdf);
    if (document.pages() != static_cast<std::size_t>(rendered.pages)) {
        not_as_planned("it has " + std::to_string(document.pages()) + " pages, not " +
                       std::to_string(rendered.pages));
    }
    const std::u32string code = code_points(grouped(issuance.code)),
                         number = code_points(issuance.number);
    bool has_code = false, has_number = false;
    int symbols = 0;
    for (std::size_t p = 0; p < document.pages(); ++p) {
        const PrintedPage page = document.read(p);
        check_field(page, rendered, p);
        for (auto content = page.contents.rbegin(); content != page.contents.rend(); ++content) {
            const std::u32string& text = (*content)->text;  // both are values, which come last
            has_code = has_code || text.find(code) != std::u32string::npos;
            has_number = has_number || text.find(number) != std::u32string::npos;
        }
        page.for_each_mark([&](const Mark& mark, const PrintedContent& of, std::size_t i) {
            if (mark.kind != Mark::Kind::Image ||
                of.images[mark.first].name != kVerificationQrName) {
                return;
            }
            ++symbols;
            const Stencil stencil = document.stencil(p, kVerificationQrName);
            QrCheck qr(page, i, mark, of.images[mark.first].matrix, stencil);
            qr.placed();
            qr.uncovered();
            if (static_cast<std::size_t>(rendered.seal.page) == p) {
                qr.clear_of(rendered.seal.rect, "the seal");
            }
            if (look == QrLook::Modules && !qr.on_dark()) {
                qr.compare(issuance.qr_text);
            } else if (qr.read() != issuance.qr_text) {
                not_as_planned("the QR does not read as this document's address");
            }
        });
    }
    if (symbols == 0) {
        not_as_planned("it has no verification QR");
    }
    if (!has_code) {
        not_as_planned("its code is not in the text");
    }
    if (!has_number) {
        not_as_planned("its number is not in the text");
    }
}

}  // namespace yinxin::pdf
