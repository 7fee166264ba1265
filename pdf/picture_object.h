// SPDX-License-Identifier: Apache-2.0
// A seal's picture as objects of a PDF.
#pragma once

#include "pdf/object_sink.h"
#include "pdf/seal_picture.h"

namespace yinxin::pdf {

/// Puts a form XObject with the picture, and its image where it has one. `rotate`: that of the
/// page, for an annotation's appearance, which stands upright then (12.5.5); 0 for page content.
reader::Reference put_picture(ObjectSink& objects, const Picture& picture, int rotate);

/// For Picture::streams: compressing costs more than all else of a seal's revision.
std::shared_ptr<const PictureStreams> compressed(const Picture& picture);

/// At most three decimals.
std::string number_text(double value);

}  // namespace yinxin::pdf
