// SPDX-License-Identifier: Apache-2.0
#include "pdf/typeface_embed.h"

#include "common/error.h"
#include "common/utf8.h"
#include "pdf/fingerprint.h"
#include "pdf/glyph_program.h"

namespace yinxin::pdf {
namespace {

std::string reference(int number) {
    return std::to_string(number) + " 0 R";
}

void append_code_hex(std::string& out, unsigned code) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (int shift = 12; shift >= 0; shift -= 4) {
        out += kHex[(code >> shift) & 15u];
    }
}

/// 9.10.3: at most 100 entries a block; characters above U+FFFF as surrogate pairs.
std::string to_unicode(const std::vector<char32_t>& characters) {
    std::string out =
        "/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement "
        "0>>def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n";
    for (std::size_t from = 0; from < characters.size(); from += 100) {
        const std::size_t to = std::min(characters.size(), from + 100);
        out += std::to_string(to - from) + " beginbfchar\n";
        for (std::size_t i = from; i < to; ++i) {
            out += '<';
            append_code_hex(out, static_cast<unsigned>(i + 1));
            out += "><";
            std::string utf16;
            append_utf16(utf16, characters[i]);
            out += to_hex(as_bytes(utf16));
            out += ">\n";
        }
        out += "endbfchar\n";
    }
    return out + "endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n";
}

/// 9.7.4.3: runs of widths that differ from the em.
std::string widths(const std::vector<const GlyphProgram*>& glyphs) {
    std::string out = "[";
    bool open = false;
    for (std::size_t i = 0; i < glyphs.size(); ++i) {
        if (glyphs[i]->advance == kUnitsPerEm) {
            out += open ? "]" : "";
            open = false;
            continue;
        }
        if (open) {
            out += ' ';
        } else {
            out += std::to_string(i + 1) + "[";
            open = true;
        }
        append_number(out, glyphs[i]->advance * 1000.0 / kUnitsPerEm);
    }
    return out + (open ? "]]" : "]");
}

std::string subset_tag(ByteView program) {
    const auto print = fingerprint(program);
    std::string tag;
    for (std::size_t i = 0; i < 6; ++i) {
        tag += static_cast<char>('A' + print.at(i) % 26);
    }
    return tag + "+";
}

}  // namespace

void UsedGlyphs::number() {
    std::uint16_t next = 1;
    for (auto& [key, code] : codes_) {
        code = next++;
    }
}

int UsedGlyphs::embed(ObjectWriter& writer, const Face& face, Squeeze squeeze) const {
    std::vector<const GlyphProgram*> glyphs;
    std::vector<char32_t> characters;
    for (const auto& [key, code] : codes_) {
        YINXIN_ASSERT(code == glyphs.size() + 1);
        characters.push_back(key.first);
        glyphs.push_back(&face.program(key.second));
    }
    const FaceMetrics& m = face.source().metrics;
    const Bytes program = compact_font(face.source().name, glyphs, m.bbox);
    const std::string name = subset_tag(program) + face.source().name;
    const int file = writer.add_stream("/Subtype/CIDFontType0C", as_text(program), squeeze);
    std::string descriptor = "<</Type/FontDescriptor/FontName/" + name + "/Flags " +
                             std::to_string((m.fixed_pitch ? 1 : 0) + (m.serif ? 2 : 0) + 4) +
                             "/FontBBox[";
    for (const int b : m.bbox) {
        descriptor += std::to_string(b) + " ";
    }
    descriptor.back() = ']';
    descriptor += "/ItalicAngle 0/Ascent " + std::to_string(m.ascent) + "/Descent " +
                  std::to_string(m.descent) + "/CapHeight " + std::to_string(m.cap_height) +
                  "/StemV " + std::to_string(m.stem_v) + "/FontFile3 " + reference(file) + ">>";
    const int descriptor_number = writer.add(descriptor);
    const int unicode = writer.add_stream("", to_unicode(characters), squeeze);
    const int descendant = writer.add(
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/" + name +
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor " +
        reference(descriptor_number) + "/W" + widths(glyphs) + ">>");
    return writer.add("<</Type/Font/Subtype/Type0/BaseFont/" + name +
                      "-Identity-H/Encoding/Identity-H/DescendantFonts[" + reference(descendant) +
                      "]/ToUnicode " + reference(unicode) + ">>");
}

}  // namespace yinxin::pdf
