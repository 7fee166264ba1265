// SPDX-License-Identifier: Apache-2.0
// The zlib stream of a symbol's image mask (QrSymbol::packed), written without a compressor: a
// module is one of two bytes, and of the eight equal rows of a module all but the first are one
// repetition.
#pragma once

#include "common/bytes.h"
#include "pdf/barcode.h"

namespace yinxin::pdf {

/// A little smaller than a compressor makes it, in a thirtieth of the time.
Bytes zlib_of_packed(const QrSymbol& symbol);

}  // namespace yinxin::pdf
