// SPDX-License-Identifier: Apache-2.0
// From outlines to a small embedded font: Type 2 charstrings (Adobe TN 5177) and a CID-keyed CFF
// (TN 5176). hb-subset would do, but preprocessing Noto Serif CJK for it costs 479 MB and 1.3 s,
// and without that 4 ms a document.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {

/// Replaces runs of smooth curves by fewer ones that stay within `tolerance` ems of them.
Path simplify(const Path& path, double tolerance);

/// The operators of one glyph, ending with endchar; `shift` moves it to the right, in ems.
std::string charstring_of(const Path& path, double shift);

/// A CFF whose glyph i + 1 (CID i + 1) is glyphs[i]; glyph 0 is an empty .notdef.
Bytes compact_font(std::string_view name,
                   const std::vector<const GlyphProgram*>& glyphs,
                   const int (&bbox)[4]);

}  // namespace yinxin::pdf
