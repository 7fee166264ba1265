// SPDX-License-Identifier: Apache-2.0
// Writes PDF objects: streams one after another, everything else together in an object stream, then
// the cross-reference stream (ISO 32000-1, 7.5.7 and 7.5.8). The bytes depend on the calls only: no
// clock, no chance.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bytes.h"

namespace yinxin::pdf {

/// zlib format; level 1 (fast) to 12 (small).
Bytes deflate(std::string_view data, int level);

/// At most three decimals, no exponent, no trailing zeros (7.3.3).
void append_number(std::string& out, double value);

/// Objects written so far; what a compiled form is made of.
struct WrittenObjects {
    Bytes bytes;  ///< header and streams
    /// Of object i + 1 in `bytes`; 0: it is no stream.
    std::vector<std::uint32_t> offsets;
    std::vector<std::pair<int, std::string>> packed;  ///< number and body of what is no stream
};

class ObjectWriter {
  public:
    /// Starts with the header; the comment's four bytes are above 127 (ISO 19005-3, 6.1.2).
    ObjectWriter();
    /// Goes on after `written`.
    explicit ObjectWriter(WrittenObjects written) : written_(std::move(written)) {}

    /// A number to refer to before the object is written.
    int reserve();
    void put(int number, std::string body);
    int add(std::string body);
    /// `entries` without /Length and /Filter; compressed when level > 0.
    void put_stream(int number, std::string_view entries, std::string_view data, int level);
    int add_stream(std::string_view entries, std::string_view data, int level);
    /// `zlib` is compressed already.
    int add_compressed(std::string_view entries, ByteView zlib);

    const WrittenObjects& written() const { return written_; }

    /// Object stream, cross-reference stream and end. Every reserved number must be written by now.
    Bytes finish(int root, int info, int level) &&;

  private:
    void append(std::string_view text) {
        written_.bytes.insert(written_.bytes.end(), text.begin(), text.end());
    }
    void put_bytes(int number, std::string_view entries, ByteView data, bool compressed);
    int pack(int level);
    std::string cross_reference(int object_stream, std::size_t own_offset) const;

    WrittenObjects written_;
};

}  // namespace yinxin::pdf
