// SPDX-License-Identifier: Apache-2.0
// From a layout to a prepared form (what is blank, what is printed), and from values to planned
// pages.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/error.h"
#include "pdf/form_compiler.h"
#include "pdf/layout.h"
#include "pdf/overprint.h"
#include "pdf/overprint_values.h"
#include "pdf/typesetter.h"

namespace yinxin::pdf {

/// A form as an instance prints it. Immutable.
struct PreparedForm {
    std::shared_ptr<const Form> form;  ///< kept alive: its address is the key
    Layout layout;  ///< notes are taken apart: their gaps are fields behind the notes' place
    std::vector<std::vector<PlacedText>>
        blank_texts;  ///< by element; fixed words of texts, notes and table heads
    Glyphs stock;  ///< digits and what stands between them, of each face values have; and what the
                   ///< rows of the example say
    std::string cache_key;  ///< content of the form, names of the instance, program

    /// Page kinds: 1 (the only page), 2 (first, last), 3 (first, middle, last).
    BlankForm blank(int kinds, bool specimen) const;
};

/// Throws Error{Unavailable} with every fault of the layout, also words of its own that have no
/// glyph or do not fit.
std::shared_ptr<const PreparedForm> prepare(std::shared_ptr<const Form> form,
                                            const IssuerNames& issuer,
                                            const FaceSet& faces);

struct OrderedText {
    std::size_t element = 0;  ///< reading order
    PlacedText text;
};

struct PlannedPage {
    std::vector<OrderedText> texts;
    std::vector<LineElement> lines;
    std::vector<std::size_t> late;  ///< elements that wait for the number
    std::map<std::string, std::string> sums;
};

class PlanImpl final : public Plan {
  public:
    int pages() const override { return static_cast<int>(sheets.size()); }
    SealPlace seal() const override;
    std::shared_ptr<const PreparedForm> form;
    std::vector<PlannedPage> sheets;
};

/// In points from the bottom left.
Rect to_points(const Box& box, double page_height_mm);

std::unique_ptr<PlanImpl> make_plan(std::shared_ptr<const PreparedForm> form,
                                    const Values& values,
                                    const IssuerNames& issuer,
                                    const FaceSet& faces);

/// Sets one field of a page; returns false when a value is still absent and `late` is allowed.
/// Faults are added, not thrown.
bool set_field(const FieldElement& field,
               const Scope& scope,
               bool late_allowed,
               const Typesetter& typesetter,
               double page_height_mm,
               std::vector<PlacedText>& out,
               std::vector<FieldError>& faults);

/// Rows of the heights `heights` on pages: as many on each as `full` holds, the rest within `last`,
/// which is never without a row. Empty when a row is higher than a page.
std::vector<std::size_t> paginate(const std::vector<double>& heights, double full, double last);

}  // namespace yinxin::pdf
