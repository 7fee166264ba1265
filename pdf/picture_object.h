// SPDX-License-Identifier: Apache-2.0
// A seal's picture as objects of a PDF.
#pragma once

#include "pdf/revision_writer.h"
#include "pdf/seal_picture.h"

namespace yinxin::pdf {

/// Puts a form XObject with the picture, and its image where it has one. `rotate`: that of the
/// page, for an annotation's appearance, which stands upright then (12.5.5); 0 for page content.
reader::Reference put_picture(RevisionWriter& writer, const Picture& picture, int rotate);

/// "<< members /Filter /FlateDecode /Length n >> stream ... endstream", compressed.
std::string compressed_stream(const std::string& members, ByteView data);

/// At most three decimals.
std::string number_text(double value);

}  // namespace yinxin::pdf
