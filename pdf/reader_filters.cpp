// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader_filters.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "pdf/reader_lexer.h"

namespace yinxin::pdf::reader {

namespace {

class Inflater {
  public:
    explicit Inflater(ByteView data) {
        stream_.next_in = const_cast<Bytef*>(data.data());  // zlib does not write there
        stream_.avail_in = static_cast<uInt>(data.size());
        if (inflateInit(&stream_) != Z_OK) {
            throw Error(ErrorCode::Internal, "zlib does not start");
        }
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Bytes written into `out`; sets done() at the end of the data.
    std::size_t step(std::span<std::uint8_t> out, std::size_t offset) {
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(out.size());
        const int result = ::inflate(&stream_, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END) {
            malformed(offset, "the compressed data is damaged or cut off");
        }
        done_ = result == Z_STREAM_END;
        return out.size() - stream_.avail_out;
    }
    bool done() const { return done_; }
    std::size_t unread() const { return stream_.avail_in; }

  private:
    z_stream stream_{};
    bool done_ = false;
};

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
    Inflater inflater(data);
    Bytes out;
    std::array<std::uint8_t, 16384> piece{};
    while (!inflater.done()) {
        const std::size_t got = inflater.step(piece, offset);
        if (got > budget.left ||
            (out.size() + got > limits::pdf_inflate_ratio_from_bytes &&
             (out.size() + got) / limits::pdf_inflate_ratio_max > data.size())) {
            throw Error(
                ErrorCode::TooLarge,
                "byte " + std::to_string(offset) + ": the data inflates to more than is allowed");
        }
        budget.left -= got;
        out.insert(out.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
    }
    const auto rest = data.last(inflater.unread());
    if (!std::all_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return is_space(byte); })) {
        malformed(offset, "something stands behind the compressed data");
    }
    return out;
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
