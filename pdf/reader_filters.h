// SPDX-License-Identifier: Apache-2.0
// Stream filters (ISO 32000-1, 7.4) that structure needs: Flate with predictors, ASCIIHex, ASCII85.
// Inflating is bounded per file, not per stream.
#pragma once

#include <string_view>

#include "common/bytes.h"
#include "common/limits.h"

namespace yinxin::pdf::reader {

/// What one file may still inflate to.
struct InflateBudget {
    std::size_t left = limits::pdf_inflated_bytes_max;
};

struct PredictorParameters {
    int predictor = 1;
    int colors = 1;
    int bits_per_component = 8;
    int columns = 1;
};

/// `offset` is where the data stands in the file, for errors. All throw Error{Malformed}, inflate
/// also Error{TooLarge}.
Bytes inflate(ByteView data, InflateBudget& budget, std::size_t offset);
Bytes undo_predictor(Bytes data, const PredictorParameters& parameters, std::size_t offset);
Bytes decode_ascii_hex(ByteView data, std::size_t offset);
Bytes decode_ascii85(ByteView data, std::size_t offset);

}  // namespace yinxin::pdf::reader
