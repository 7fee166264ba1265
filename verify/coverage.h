// SPDX-License-Identifier: Apache-2.0
// Which bytes a signature covers: /ByteRange and /Contents by their offsets in the file, never by
// sums of lengths.
#pragma once

#include <optional>
#include <vector>

#include "common/bytes.h"
#include "pdf/reader.h"
#include "verify/assessment.h"
#include "verify/signature_fields.h"
#include "verify/tlv.h"

namespace yinxin::verify {

struct Coverage {
    Coverage() = default;
    Coverage(Coverage&&) = default;  // not copied: `value` looks into `contents`
    Coverage& operator=(Coverage&&) = default;

    std::size_t gap_begin = 0, gap_end = 0;  ///< the Contents token with its angle brackets
    std::size_t end = 0;                     ///< of the signed bytes
    std::size_t revision = 0;                ///< the revision they end with
    Bytes contents;                          ///< decoded, with its padding
    Tlv value;                               ///< the one value in it; views into `contents`

    ByteView first(ByteView file) const { return file.first(gap_begin); }
    ByteView second(ByteView file) const { return file.subspan(gap_end, end - gap_end); }
};

/// nullopt: malformed, with the finding.
std::optional<Coverage> check_coverage(const pdf::reader::Document& document,
                                       const FoundSignature& signature,
                                       Assessment& assessment);

/// Ranges of several signatures nest: each later one contains each earlier one. Adds the fault to
/// both.
struct Covering {
    const Coverage* coverage;
    Assessment* assessment;
};
void check_nesting(std::vector<Covering> all);

}  // namespace yinxin::verify
