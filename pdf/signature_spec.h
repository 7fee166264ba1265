// SPDX-License-Identifier: Apache-2.0
// What a signature field is to hold, and a file that waits for its signature.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/bytes.h"
#include "pdf/geometry.h"
#include "pdf/seal_picture.h"

namespace yinxin::pdf {

/// A visible seal: `picture` scaled into `rect` of `page`.
struct VisibleSeal {
    int page = 0;  ///< 0-based
    Rect rect;
    Picture picture;
};

/// One signature field with its value (ISO 32000-1, 12.7.4.5 and 12.8.1).
struct SignatureSpec {
    /// What certifies with P = 1 lets time stamps follow, but no further seal (ISO 32000-2,
    /// 12.8.2.2.2).
    enum class Kind { Seal, DocTimeStamp } kind = Kind::Seal;
    std::string field_name;  ///< no dot; a free name is made from it when it is taken
    std::string filter = "Adobe.PPKLite";
    std::string sub_filter = "ETSI.CAdES.detached";
    std::string signing_time;            ///< /M, a PDF date; empty: left out
    std::string name, reason, location;  ///< UTF-8, empty: left out
    bool certify = false;                ///< DocMDP, P = 1
    std::size_t contents_bytes = 0;      ///< bytes of DER to reserve
    std::optional<VisibleSeal> seal;
    /// A riding seal: a strip of it on each page. Refused (Error{Invalid}) where the file has a
    /// signature already, or a single page.
    std::optional<Picture> riding;
};

/// A file with an empty /Contents. ByteRange is [0 a b c]; bytes [a, b) are the Contents token with
/// its angle brackets.
struct PreparedRevision {
    Bytes pdf;
    std::array<std::uint64_t, 4> byte_range{};
    bool certifies = false;  ///< false also when it was wanted but the file already had a
                             ///< signature: only the first certifies
    ByteView first_part() const { return ByteView(pdf).subspan(0, byte_range[1]); }
    ByteView second_part() const { return ByteView(pdf).subspan(byte_range[2], byte_range[3]); }
};

/// Writes DER into the placeholder, zero-padded. Throws Error{TooLarge} when it does not fit;
/// nothing is ever cut.
void fill_contents(PreparedRevision& prepared, ByteView der);

}  // namespace yinxin::pdf
