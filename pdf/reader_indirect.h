// SPDX-License-Identifier: Apache-2.0
// An indirect object with its place (ISO 32000-1, 7.3.10) and stream data of exactly the length it
// states (7.3.8).
#pragma once

#include <functional>

#include "common/bytes.h"
#include "pdf/reader_filters.h"
#include "pdf/reader_lexer.h"
#include "pdf/reader_object.h"

namespace yinxin::pdf::reader {

struct Indirect {
    Reference id;
    Object value;
    ByteView
        source;  ///< what the extents inside `value` count in: the file or a decoded object stream
    bool compressed = false;  ///< lies in an object stream
    Extent extent;  ///< from the number to behind "endobj", in the file; of the object itself when
                    ///< compressed
    bool is_stream = false;
    Extent data;  ///< raw stream data, in the file
    bool length_is_indirect = false;

    /// The bytes of a value inside this object as they stand.
    ByteView raw(const Object& part) const {
        return source.subspan(part.extent().begin, part.extent().size());
    }
};

/// Follows a reference (never called with anything that is not the value of a key).
using Resolve = std::function<const Object&(const Object&)>;

/// The value of an indirect object. A reference is none (7.3): it would stand in one object and
/// lead to the bytes of another.
Object direct_value(Lexer& lexer);

/// Reads "N G obj ... endobj" whose first digit stands at `offset`. Throws Error{Malformed},
/// Error{TooLarge}.
Indirect read_indirect(ByteView file,
                       std::size_t offset,
                       ValueBudget& budget,
                       const Resolve& resolve);

/// Data whose filters were undone, up to the first that is not read (LZW, images, Crypt).
struct Unfiltered {
    Bytes data;
    std::string left;  ///< that filter's name, "?" when it has none; "": all were undone
};
Unfiltered unfilter_stream(ByteView file,
                           const Indirect& stream,
                           InflateBudget& budget,
                           const Resolve& resolve);

/// Undoes all filters. Throws Error{Malformed} for one that is not read.
Bytes decode_stream(ByteView file,
                    const Indirect& stream,
                    InflateBudget& budget,
                    const Resolve& resolve);

}  // namespace yinxin::pdf::reader
