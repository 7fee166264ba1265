// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader_filters.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>

#include "common/deflate_code.h"
#include "common/idle_pool.h"
#include "pdf/reader_lexer.h"

namespace yinxin::pdf::reader {

namespace {

/// A stream of RFC 1950 or 1951, whose data stays where it is.
class Inflater {
  public:
    static constexpr int kZlib = MAX_WBITS, kBare = -MAX_WBITS;

    explicit Inflater(int format) {
        if (inflateInit2(&stream_, format) != Z_OK) {
            throw Error(ErrorCode::Internal, "zlib does not start");
        }
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    void begin(ByteView data) {
        inflateReset(&stream_);
        stream_.next_in = const_cast<Bytef*>(data.data());  // zlib does not write there
        stream_.avail_in = static_cast<uInt>(data.size());
    }
    /// What zlib says to `flush`; the bytes are written into `out`.
    int step(std::span<std::uint8_t> out, int flush) {
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(out.size());
        const int result = ::inflate(&stream_, flush);
        written_ = out.size() - stream_.avail_out;
        return result;
    }
    std::size_t written() const { return written_; }
    std::size_t unread() const { return stream_.avail_in; }

  private:
    z_stream stream_{};
    std::size_t written_ = 0;
};

struct Inflated {
    Bytes bytes;
    std::size_t unread = 0;
};

/// Most streams are whole and small: these take no window, no second copy and no sum byte by byte.
/// Of all others nothing is said.
class SmallInflater {
  public:
    static constexpr std::size_t room_bytes = 65536;

    std::optional<Inflated> inflate(ByteView data) {
        if (data.size() < kHead + kSum || data.size() > room_.size() || !is_zlib(data)) {
            return std::nullopt;
        }
        inflater_.begin(data.subspan(kHead));
        if (inflater_.step(room_, Z_FINISH) != Z_STREAM_END || inflater_.unread() < kSum) {
            return std::nullopt;
        }
        const auto plain = std::span(room_).first(inflater_.written());
        std::uint32_t sum = 0;
        for (const std::uint8_t byte : data.last(inflater_.unread()).first(kSum)) {
            sum = sum << 8 | byte;
        }
        if (sum != deflate::sum_of(plain)) {
            return std::nullopt;
        }
        return Inflated{to_bytes(plain), inflater_.unread() - kSum};
    }

  private:
    static constexpr std::size_t kHead = 2, kSum = 4;

    /// RFC 1950, 2.2: deflate, a window of at most 32 KiB, no dictionary.
    static bool is_zlib(ByteView data) {
        return (data[0] << 8 | data[1]) % 31 == 0 && (data[0] & 0x0F) == 8 && data[0] >> 4 <= 7 &&
               (data[1] & 0x20) == 0;
    }

    Inflater inflater_{Inflater::kBare};
    std::array<std::uint8_t, room_bytes> room_;
};

std::optional<Inflated> inflate_small(ByteView data) {
    static IdlePool<std::unique_ptr<SmallInflater>> pool;
    return pool.take([] { return std::make_unique<SmallInflater>(); }).get()->inflate(data);
}

/// Whether `got` more bytes, with which there are `all`, are too many.
bool exceeds(std::size_t got, std::size_t all, ByteView data, const InflateBudget& budget) {
    return got > budget.left || (all > limits::pdf_inflate_ratio_from_bytes &&
                                 all / limits::pdf_inflate_ratio_max > data.size());
}

/// Piece by piece: nothing is inflated much further than is allowed.
Inflated inflate_bounded(ByteView data, InflateBudget& budget, std::size_t offset) {
    Inflater inflater(Inflater::kZlib);
    inflater.begin(data);
    Inflated out;
    std::array<std::uint8_t, 16384> piece;
    for (int result = Z_OK; result != Z_STREAM_END;) {
        result = inflater.step(piece, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END) {
            malformed(offset, "the compressed data is damaged or cut off");
        }
        const std::size_t got = inflater.written();
        if (exceeds(got, out.bytes.size() + got, data, budget)) {
            throw Error(
                ErrorCode::TooLarge,
                "byte " + std::to_string(offset) + ": the data inflates to more than is allowed");
        }
        budget.left -= got;
        out.bytes.insert(
            out.bytes.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
    }
    out.unread = inflater.unread();
    return out;
}

int paeth(int left, int up, int corner) {
    const int guess = left + up - corner;
    const int by_left = std::abs(guess - left), by_up = std::abs(guess - up),
              by_corner = std::abs(guess - corner);
    if (by_left <= by_up && by_left <= by_corner) {
        return left;
    }
    return by_up <= by_corner ? up : corner;
}

/// ISO/IEC 15948 (PNG) 9.2, one row in place; `above` is empty for the first one.
void undo_png_row(int type,
                  std::span<std::uint8_t> row,
                  std::span<const std::uint8_t> above,
                  std::size_t pixel,
                  std::size_t offset) {
    if (type > 4) {
        malformed(offset, "unknown PNG row filter");
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
        const int left = i >= pixel ? row[i - pixel] : 0;
        const int up = above.empty() ? 0 : above[i];
        const int corner = above.empty() || i < pixel ? 0 : above[i - pixel];
        const std::array<int, 5> add{0, left, up, (left + up) / 2, paeth(left, up, corner)};
        row[i] = static_cast<std::uint8_t>(row[i] + add.at(static_cast<std::size_t>(type)));
    }
}

Bytes undo_png(ByteView data, std::size_t row_bytes, std::size_t pixel, std::size_t offset) {
    if (data.size() % (row_bytes + 1) != 0) {
        malformed(offset, "the data is no whole number of predictor rows");
    }
    Bytes out;
    out.reserve(data.size());
    for (std::size_t begin = 0; begin < data.size(); begin += row_bytes + 1) {
        const auto source = data.subspan(begin + 1, row_bytes);
        const std::size_t row_begin = out.size();
        out.insert(out.end(), source.begin(), source.end());
        const auto all = std::span(out);
        const auto above = row_begin == 0 ? std::span<std::uint8_t>{}
                                          : all.subspan(row_begin - row_bytes, row_bytes);
        undo_png_row(data[begin], all.subspan(row_begin, row_bytes), above, pixel, offset);
    }
    return out;
}

}  // namespace

Bytes inflate(ByteView data, InflateBudget& budget, std::size_t offset) {
    std::optional<Inflated> out;
    if (budget.left >= SmallInflater::room_bytes) {
        out = inflate_small(data);
    }
    if (out && !exceeds(out->bytes.size(), out->bytes.size(), data, budget)) {
        budget.left -= out->bytes.size();
    } else {
        out = inflate_bounded(data, budget, offset);
    }
    const auto rest = data.last(out->unread);
    if (!std::all_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return is_space(byte); })) {
        malformed(offset, "something stands behind the compressed data");
    }
    return std::move(out->bytes);
}

Bytes undo_predictor(Bytes data, const PredictorParameters& p, std::size_t offset) {
    if (p.predictor == 1) {
        return data;
    }
    if (p.colors < 1 || p.colors > 32 || p.columns < 1 || p.columns > 1'000'000 ||
        (p.bits_per_component != 1 && p.bits_per_component != 2 && p.bits_per_component != 4 &&
         p.bits_per_component != 8 && p.bits_per_component != 16)) {
        malformed(offset, "predictor parameters out of range");
    }
    const auto bits = static_cast<std::size_t>(p.colors * p.bits_per_component);
    const std::size_t pixel = std::max<std::size_t>(1, bits / 8);
    const std::size_t row_bytes = (bits * static_cast<std::size_t>(p.columns) + 7) / 8;
    if (p.predictor >= 10 && p.predictor <= 15) {
        return undo_png(data, row_bytes, pixel, offset);
    }
    if (p.predictor != 2 || p.bits_per_component != 8 || data.size() % row_bytes != 0) {
        malformed(offset, "this predictor is not read");
    }
    for (std::size_t i = 0; i < data.size(); ++i) {  // TIFF 6.0, section 14
        if (i % row_bytes >= pixel) {
            data[i] = static_cast<std::uint8_t>(data[i] + data[i - pixel]);
        }
    }
    return data;
}

Bytes decode_ascii_hex(ByteView data, std::size_t offset) {
    std::string digits;
    for (const std::uint8_t byte : data) {
        if (byte == '>') {
            break;
        }
        if (!is_space(byte)) {
            digits += static_cast<char>(byte);
        }
    }
    if (digits.size() % 2 != 0) {
        digits += '0';
    }
    try {
        return from_hex(digits);
    } catch (const Error&) {
        malformed(offset, "not hexadecimal data");
    }
}

Bytes decode_ascii85(ByteView data, std::size_t offset) {
    Bytes out;
    std::uint64_t group = 0;
    int count = 0;
    const auto flush = [&](int bytes) {
        if (group > 0xFFFFFFFF) {
            malformed(offset, "an ASCII85 group is too large");
        }
        for (int i = 0; i < bytes; ++i) {
            out.push_back(static_cast<std::uint8_t>(group >> (24 - 8 * i)));
        }
        group = 0;
        count = 0;
    };
    for (const std::uint8_t byte : data) {
        if (byte == '~') {
            break;
        }
        if (is_space(byte)) {
            continue;
        }
        if (byte == 'z' && count == 0) {
            out.insert(out.end(), 4, 0);
            continue;
        }
        if (byte < '!' || byte > 'u') {
            malformed(offset, "not ASCII85 data");
        }
        group = group * 85 + (byte - '!');
        if (++count == 5) {
            flush(4);
        }
    }
    if (count == 1) {
        malformed(offset, "an ASCII85 group is cut off");
    }
    if (count > 1) {
        const int bytes = count - 1;
        for (; count < 5; ++count) {
            group = group * 85 + 84;
        }
        flush(bytes);
    }
    return out;
}

}  // namespace yinxin::pdf::reader
