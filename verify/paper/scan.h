// SPDX-License-Identifier: Apache-2.0
// The pictures of which the pages of a scan consist, taken out of the PDF by our own reader.
#pragma once

#include <functional>

#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper {

struct ScanPictures {
    int read = 0;
    int not_read = 0;  ///< in a format (CCITT, JBIG2, JPEG 2000) or colours that are not read
    bool any() const { return read + not_read > 0; }
};

/// A page is a scan when images cover at least half of it: the QR on a page that was written is
/// none. Hands over one picture after the other, the first page's and the last's first, until
/// `goes_on` says no. A page that cannot be read is passed over. Throws Error{Malformed},
/// Error{TooLarge} for a file that cannot be read at all.
ScanPictures for_each_picture(ByteView pdf, const std::function<bool(const GreyPicture&)>& goes_on);

}  // namespace yinxin::verify::paper
