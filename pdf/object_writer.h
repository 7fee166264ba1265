// SPDX-License-Identifier: Apache-2.0
// Writes PDF objects one after another and the classic cross-reference table after them (ISO
// 32000-1, 7.5). The bytes depend on the calls only: no clock, no chance.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"

namespace yinxin::pdf {

/// zlib format; level 1 (fast) to 12 (small).
Bytes deflate(std::string_view data, int level);

/// 16 bytes that name a content. Not cryptographic: for /ID, subset tags and cache keys.
std::array<std::uint8_t, 16> fingerprint(ByteView data);

/// At most three decimals, no exponent, no trailing zeros (7.3.3).
void append_number(std::string& out, double value);
/// <FEFF...> UTF-16BE from UTF-8 (7.9.2.2).
std::string text_string(std::string_view utf8);
/// Code point as UTF-16BE hexadecimal, two or four bytes.
void append_utf16_hex(std::string& out, char32_t character);

class ObjectWriter {
  public:
    /// Starts with the header; the comment's four bytes are above 127 (ISO 19005-3, 6.1.2).
    ObjectWriter();
    /// Goes on after objects 1 ... offsets.size() written before.
    ObjectWriter(ByteView written, const std::vector<std::uint32_t>& offsets);

    /// A number to refer to before the object is written.
    int reserve();
    void put(int number, std::string_view body);
    int add(std::string_view body);
    /// `entries` without /Length and /Filter; compressed when level > 0.
    void put_stream(int number, std::string_view entries, std::string_view data, int level);
    int add_stream(std::string_view entries, std::string_view data, int level);

    const Bytes& bytes() const { return out_; }
    const std::vector<std::uint32_t>& offsets() const { return offsets_; }

    /// Table, trailer and end. Every reserved number must be written by now.
    Bytes finish(int root, int info) &&;

  private:
    void append(std::string_view text) { out_.insert(out_.end(), text.begin(), text.end()); }
    void begin(int number);

    Bytes out_;
    std::vector<std::uint32_t> offsets_;  ///< of object i + 1; 0: reserved
};

}  // namespace yinxin::pdf
