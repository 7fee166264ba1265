// SPDX-License-Identifier: Apache-2.0
// The blank form: libharu draws it once, libqpdf reads the drawing, and what comes out is the
// constant beginning of every document of this form: header, output intent, page contents, label
// fonts, as finished PDF objects.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "pdf/fingerprint.h"
#include "pdf/layout.h"
#include "pdf/object_writer.h"
#include "pdf/typesetter.h"

namespace yinxin::pdf {

/// What stands on one page of the blank form; lengths in millimetres from the top left but for
/// placed texts.
struct BlankPage {
    std::vector<RectElement> rects;
    std::vector<LineElement> lines;
    std::vector<PlacedText> texts;
};

struct BlankForm {
    double width_mm = 0, height_mm = 0;
    bool specimen = false;
    std::vector<BlankPage> pages;
    /// What values are mostly made of: in the fonts, though not on the pages.
    Glyphs stock;
};

/// A font of the blank form, named /L<face> in its contents. Values use it, too, for the characters
/// it has: a document then carries only what is its own.
struct BlankFont {
    FaceId face = FaceId::Serif;
    int number = 0;                                          ///< of the object
    std::vector<std::pair<char32_t, std::uint16_t>> glyphs;  ///< sorted; code i + 1 shows glyphs[i]
    /// 0: not in this font.
    unsigned code(char32_t character, std::uint16_t glyph) const;
};

struct CompiledForm {
    WrittenObjects objects;
    std::vector<int> contents;  ///< content stream of each blank page
    std::vector<BlankFont> fonts;
    int icc_profile = 0;
    ContentStart start;  ///< of the objects' bytes; not kept in the cache
};

CompiledForm compile_form(const BlankForm& form, const FaceSet& faces);

/// Keeps compiled forms as files; a damaged or foreign file counts as absent.
class FormCache {
  public:
    /// An empty folder: keeps nothing.
    explicit FormCache(std::filesystem::path folder) : folder_(std::move(folder)) {}
    bool load(const std::string& key, CompiledForm& out) const;
    /// Failing to write is no fault: the form is compiled again next time.
    void store(const std::string& key, const CompiledForm& form) const;

  private:
    std::filesystem::path folder_;
};

}  // namespace yinxin::pdf
