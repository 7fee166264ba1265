// SPDX-License-Identifier: Apache-2.0
// The faces behind Typefaces: which glyph draws a character, how wide it is, and its outline.
// HarfBuzz reads the files.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pdf/face.h"
#include "pdf/overprint.h"

namespace yinxin::pdf {

/// Every glyph we embed is drawn on a grid of this many units per em. At 9 pt a unit is 0.02 mm,
/// finer than a printer's dot, and half the bytes of the original's grid.
inline constexpr int kUnitsPerEm = 160;

/// A path in ems, y up. Move: p[0]. Line: p[0]. Curve: p[0], p[1] control, p[2] end.
struct PathStep {
    enum class Kind { Move, Line, Curve };
    struct Point {
        double x = 0, y = 0;
    };
    Kind kind = Kind::Move;
    Point p[3];
};
using Path = std::vector<PathStep>;

/// What a font descriptor says, in 1/1000 em.
struct FaceMetrics {
    int ascent = 880, descent = -120, cap_height = 733, stem_v = 80;
    int bbox[4] = {0, -200, 1000, 1000};
    bool fixed_pitch = false, serif = false;
};

struct GlyphRef {
    std::uint16_t id = 0;
    std::uint16_t advance = 0;  ///< in units of kUnitsPerEm, as embedded
};

/// One glyph as a Type 2 charstring (Adobe TN 5177) without its width, on the grid of kUnitsPerEm.
struct GlyphProgram {
    std::uint16_t advance = 0;
    std::string charstring;
};

/// One face of one file. Any thread.
class Face {
  public:
    struct Source {
        std::string file;    ///< name of the file
        unsigned index = 0;  ///< in a collection
        std::string name;    ///< PostScript name
        std::string package;
        bool tabular_digits = false;  ///< give all digits one width
        bool brush = false;           ///< Kai: outlines may be simplified further
        FaceMetrics metrics;
    };
    Face(Source source, const std::string& path);
    ~Face();

    const Source& source() const;
    std::optional<GlyphRef> glyph(char32_t character) const;
    Path outline(std::uint16_t glyph) const;
    /// Kept after the first use.
    const GlyphProgram& program(std::uint16_t glyph) const;
    /// A TrueType font called `name` that maps U+E000 + i to glyphs[i], as libharu can digest it.
    Bytes truetype_for(const std::vector<std::uint16_t>& glyphs, const std::string& name) const;
    bool truetype() const;
    std::size_t file_bytes() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

class FaceSet final : public Typefaces {
  public:
    explicit FaceSet(std::vector<std::unique_ptr<Face>> faces);

    struct Found {
        FaceId face;
        GlyphRef glyph;
    };
    /// The first face of the chain that has the character.
    std::optional<Found> find(FaceId wanted, char32_t character) const {
        const std::uint64_t known = place_of(wanted, character).load(std::memory_order_relaxed);
        if (known >> 40 != character || known == 0) {
            return look_up(wanted, character);
        }
        return Found{static_cast<FaceId>(known >> 32 & 0xFF),
                     {static_cast<std::uint16_t>(known >> 16), static_cast<std::uint16_t>(known)}};
    }
    /// Changes when a font file does.
    std::string identity() const;
    const Face& face(FaceId id) const { return *faces_.at(static_cast<std::size_t>(id)); }

  private:
    /// Of each face wanted, what was found last in each place: character, face, glyph, advance.
    using Place = std::atomic<std::uint64_t>;
    Place& place_of(FaceId wanted, char32_t character) const {
        auto& places = found_[static_cast<std::size_t>(wanted)];
        return places[character % places.size()];
    }
    /// Notes it there.
    std::optional<Found> look_up(FaceId wanted, char32_t character) const;

    std::vector<std::unique_ptr<Face>> faces_;
    mutable std::array<std::array<Place, 4096>, kFaceCount> found_{};
};

/// The only implementation of Typefaces, from the interface.
const FaceSet& face_set(const Typefaces& typefaces);

}  // namespace yinxin::pdf
