// SPDX-License-Identifier: Apache-2.0
// Draws a seal as vectors from what a verified seal record says (the server copies it over: pdf
// knows no records).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/bytes.h"
#include "pdf/geometry.h"

namespace yinxin::pdf {

class Typefaces;

struct SealDesign {
    bool oval = false;
    std::string owner;        ///< on the arc
    std::string middle_text;  ///< below the star or number
    std::string tax_id;       ///< oval: centre
    double width_mm = 42, height_mm = 42;
};

/// Rows from the top, without padding.
struct PictureImage {
    int width = 0, height = 0;  ///< pixels
    Bytes rgb, alpha;
};

/// What is compressed of a picture, as zlib streams.
struct PictureStreams {
    Bytes content, rgb, alpha;  ///< the latter two of its image
};

/// A form XObject in the making: BBox is [0 0 width height] in points.
struct Picture {
    double width = 0, height = 0;  ///< points
    Bytes content;  ///< operators, not compressed; text is outlines, so that nothing of it is
                    ///< extracted
    std::string resources;              ///< a PDF dictionary, "<< ... >>"
    std::optional<PictureImage> image;  ///< in place of both, over the whole box
    /// Of just this picture (picture_object.h, compressed), for one that is used again and again;
    /// else null.
    std::shared_ptr<const PictureStreams> streams = nullptr;
};

/// Throws Error{Invalid} when the name is longer than 28 characters or a character has no glyph.
Picture draw_seal(const SealDesign& design, const Typefaces& typefaces);

}  // namespace yinxin::pdf
