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
#include "common/open_streams.h"
#include "pdf/fingerprint.h"
#include "pdf/object_sink.h"

namespace yinxin::pdf {

/// How a stream is written.
enum class Squeeze {
    Not,
    Steady,  ///< by steady_deflate: of one document, which is kept with it open
    Small,   ///< by small_deflate: of what many documents share
};

/// At most three decimals, no exponent, no trailing zeros (7.3.3).
void append_number(std::string& out, double value);
void append_thousandths(std::string& out, long long value);

/// Objects written so far; what a compiled form is made of.
struct WrittenObjects {
    Bytes bytes;  ///< header and streams
    /// Of object i + 1 in `bytes`; 0: it is no stream.
    std::vector<std::uint32_t> offsets;
    std::vector<std::pair<int, std::string>> packed;  ///< number and body of what is no stream
};

class ObjectWriter final : public ObjectSink {
  public:
    /// Starts with the header; the comment's four bytes are above 127 (ISO 19005-3, 6.1.2).
    ObjectWriter();
    /// Goes on after `written`, whose bytes `begun` knows.
    ObjectWriter(const WrittenObjects& written, const ContentStart& begun);

    /// A number to refer to before the object is written.
    int reserve();
    void put(int number, std::string body);
    int add(std::string body);
    /// `entries` without /Length and /Filter.
    void put_stream(int number, std::string_view entries, std::string_view data, Squeeze squeeze);
    int add_stream(std::string_view entries, std::string_view data, Squeeze squeeze);
    /// As it stands and in its place: what may not, or need not, lie in the object stream.
    reader::Reference new_object() override;
    void put(reader::Reference id, std::string body) override;
    /// `zlib` is compressed already.
    int add_compressed(std::string_view entries, ByteView zlib);

    const WrittenObjects& written() const { return written_; }

    struct File {
        Bytes bytes;
        std::vector<OpenStream> streams;  ///< the steady ones
    };
    /// Object stream, cross-reference stream and end, both steady. Every reserved number must be
    /// written by now.
    File finish(int root, int info) &&;

  private:
    void append(std::string_view text) {
        written_.bytes.insert(written_.bytes.end(), text.begin(), text.end());
    }
    void begin(int number);
    /// Returns where `data` begins.
    std::size_t put_bytes(int number, std::string_view entries, ByteView data, bool compressed);
    int pack();
    std::string cross_reference(int object_stream, std::size_t own_offset) const;

    WrittenObjects written_;
    ContentStart begun_;
    std::vector<OpenStream> streams_;
};

}  // namespace yinxin::pdf
