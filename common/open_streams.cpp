// SPDX-License-Identifier: Apache-2.0
#include "common/open_streams.h"

#include <algorithm>
#include <cstdint>

#include "common/deflate.h"
#include "common/error.h"

namespace yinxin {
namespace {

constexpr std::size_t kNumberBytes = 4;

void append_number(Bytes& out, std::size_t value) {
    YINXIN_ASSERT(value <= UINT32_MAX);
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

void append(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Takes from the front.
class Parts {
  public:
    explicit Parts(ByteView bytes) : rest_(bytes) {}
    ByteView take(std::size_t size) {
        if (size > rest_.size()) {
            throw Error(ErrorCode::Malformed, "a file with open streams ends early");
        }
        const ByteView taken = rest_.subspan(0, size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    std::size_t number() {
        std::size_t value = 0;
        for (const std::uint8_t byte : take(kNumberBytes)) {
            value = value << 8 | byte;
        }
        return value;
    }
    ByteView rest() const { return rest_; }

  private:
    ByteView rest_;
};

}  // namespace

// The count of streams; for each the bytes of the file before it and its plain size; then the file.
Bytes with_streams_open(ByteView file, std::span<const OpenStream> streams) {
    Bytes out;
    std::size_t size = file.size() + kNumberBytes * (1 + 2 * streams.size());
    for (const OpenStream& stream : streams) {
        size += stream.plain.size();
    }
    out.reserve(size);
    append_number(out, streams.size());
    std::size_t done = 0;
    for (const OpenStream& stream : streams) {
        YINXIN_ASSERT(stream.at >= done && stream.at + stream.size <= file.size());
        append_number(out, stream.at - done);
        append_number(out, stream.plain.size());
        done = stream.at + stream.size;
    }
    done = 0;
    for (const OpenStream& stream : streams) {
        append(out, file.subspan(done, stream.at - done));
        append(out, stream.plain);
        done = stream.at + stream.size;
    }
    append(out, file.subspan(done));
    return out;
}

Bytes with_streams_closed(ByteView opened, std::size_t size_max) {
    Parts head(opened);
    const std::size_t count = head.number();
    Parts numbers(head.take(std::min(count, opened.size()) * 2 * kNumberBytes));
    Parts body(head.rest());
    Bytes out;
    out.reserve(std::min(size_max, opened.size()));
    const auto add = [&](ByteView bytes) {
        append(out, bytes);
        if (out.size() > size_max) {
            throw Error(ErrorCode::TooLarge, "a file with open streams is larger than registered");
        }
    };
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t before = numbers.number(), plain = numbers.number();
        add(body.take(before));
        add(steady_deflate(body.take(plain)));
    }
    add(body.rest());
    return out;
}

}  // namespace yinxin
