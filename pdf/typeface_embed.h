// SPDX-License-Identifier: Apache-2.0
// The glyphs one document (or one blank form) uses of one face, as a Type0 font with Identity-H
// (ISO 32000-1, 9.7).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pdf/object_writer.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {

/// A code stands for a glyph *and* a character, so that two characters drawn alike still copy as
/// themselves.
class UsedGlyphs {
  public:
    void use(char32_t character, std::uint16_t glyph) {
        codes_.try_emplace({character, glyph}, std::uint16_t{0});
    }
    /// Numbers the codes 1, 2, ... by character; no more use() after it.
    void number();
    std::uint16_t code(char32_t character, std::uint16_t glyph) const {
        return codes_.at({character, glyph});
    }
    bool empty() const { return codes_.empty(); }
    /// Writes font, descendant, descriptor, program and ToUnicode; returns the font's object
    /// number.
    int embed(ObjectWriter& writer, const Face& face, Squeeze squeeze) const;

  private:
    using Key = std::pair<char32_t, std::uint16_t>;
    std::map<Key, std::uint16_t> codes_;
};

}  // namespace yinxin::pdf
