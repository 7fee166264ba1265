// SPDX-License-Identifier: Apache-2.0
#include "pdf/object_writer.h"

#include <libdeflate.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>

#include "common/error.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {
namespace {

struct CompressorFree {
    void operator()(libdeflate_compressor* c) const noexcept { libdeflate_free_compressor(c); }
};

libdeflate_compressor& compressor(int level) {
    thread_local std::array<std::unique_ptr<libdeflate_compressor, CompressorFree>, 13> kept;
    auto& slot = kept.at(static_cast<std::size_t>(level));
    if (!slot) {
        slot.reset(libdeflate_alloc_compressor(level));
        YINXIN_ASSERT(slot != nullptr);
    }
    return *slot;
}

}  // namespace

Bytes deflate(std::string_view data, int level) {
    libdeflate_compressor& c = compressor(level);
    Bytes out(libdeflate_zlib_compress_bound(&c, data.size()));
    out.resize(libdeflate_zlib_compress(&c, data.data(), data.size(), out.data(), out.size()));
    YINXIN_ASSERT(!out.empty());
    return out;
}

std::array<std::uint8_t, 16> fingerprint(ByteView data) {
    // Two FNV-1a sums with different starts, finished by a mixing step each.
    std::uint64_t a = 0xcbf29ce484222325u, b = 0x6c62272e07bb0142u;
    for (const std::uint8_t byte : data) {
        a = (a ^ byte) * 0x100000001b3u;
        b = (b ^ (byte + 0x9eu)) * 0x100000001b3u;
    }
    const auto mix = [](std::uint64_t v) {
        v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9u;
        v = (v ^ (v >> 27)) * 0x94d049bb133111ebu;
        return v ^ (v >> 31);
    };
    a = mix(a), b = mix(b ^ a);
    std::array<std::uint8_t, 16> out{};
    for (std::size_t i = 0; i < 8; ++i) {
        out.at(i) = static_cast<std::uint8_t>(a >> (8 * i));
        out.at(8 + i) = static_cast<std::uint8_t>(b >> (8 * i));
    }
    return out;
}

void append_number(std::string& out, double value) {
    long long thousandths = std::llround(value * 1000);
    if (thousandths < 0) {
        out += '-';
        thousandths = -thousandths;
    }
    char digits[24];
    const auto whole = std::to_chars(digits, digits + sizeof digits, thousandths / 1000);
    out.append(digits, whole.ptr);
    if (const long long rest = thousandths % 1000; rest != 0) {
        const char text[3] = {static_cast<char>('0' + rest / 100),
                              static_cast<char>('0' + rest / 10 % 10),
                              static_cast<char>('0' + rest % 10)};
        std::size_t length = 3;
        while (text[length - 1] == '0') {
            --length;
        }
        out += '.';
        out.append(text, length);
    }
}

void append_utf16_hex(std::string& out, char32_t character) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    const auto unit = [&out](unsigned u) {
        for (int shift = 12; shift >= 0; shift -= 4) {
            out += kHex[(u >> shift) & 15u];
        }
    };
    if (character > 0xFFFF) {
        unit(0xD800u + ((character - 0x10000u) >> 10));
        unit(0xDC00u + ((character - 0x10000u) & 0x3FFu));
    } else {
        unit(static_cast<unsigned>(character));
    }
}

std::string text_string(std::string_view utf8) {
    std::string out = "<FEFF";
    for (const char32_t c : to_code_points(utf8)) {
        append_utf16_hex(out, c);
    }
    return out + ">";
}

ObjectWriter::ObjectWriter() {
    append("%PDF-1.7\n%");
    append("\xE5\x8D\xB0\xE4\n");
}

ObjectWriter::ObjectWriter(ByteView written, const std::vector<std::uint32_t>& offsets)
    : out_(written.begin(), written.end()), offsets_(offsets) {}

int ObjectWriter::reserve() {
    offsets_.push_back(0);
    return static_cast<int>(offsets_.size());
}

void ObjectWriter::begin(int number) {
    std::uint32_t& offset = offsets_.at(static_cast<std::size_t>(number) - 1);
    YINXIN_ASSERT(offset == 0);
    offset = static_cast<std::uint32_t>(out_.size());
    append(std::to_string(number));
    append(" 0 obj\n");
}

void ObjectWriter::put(int number, std::string_view body) {
    begin(number);
    append(body);
    append("\nendobj\n");
}

int ObjectWriter::add(std::string_view body) {
    const int number = reserve();
    put(number, body);
    return number;
}

void ObjectWriter::put_stream(int number,
                              std::string_view entries,
                              std::string_view data,
                              int level) {
    begin(number);
    const Bytes packed = level > 0 ? deflate(data, level) : to_bytes(as_bytes(data));
    append("<<");
    append(entries);
    append(level > 0 ? "/Filter/FlateDecode/Length " : "/Length ");
    append(std::to_string(packed.size()));
    append(">>\nstream\n");
    out_.insert(out_.end(), packed.begin(), packed.end());
    append("\nendstream\nendobj\n");
}

int ObjectWriter::add_stream(std::string_view entries, std::string_view data, int level) {
    const int number = reserve();
    put_stream(number, entries, data, level);
    return number;
}

Bytes ObjectWriter::finish(int root, int info) && {
    const std::string id = to_hex(fingerprint(out_));
    const std::size_t start = out_.size();
    append("xref\n0 " + std::to_string(offsets_.size() + 1) + "\n0000000000 65535 f \n");
    for (const std::uint32_t offset : offsets_) {
        YINXIN_ASSERT(offset != 0);
        char line[32];
        std::snprintf(line, sizeof line, "%010u 00000 n \n", offset);
        append(line);
    }
    append("trailer\n<</Size " + std::to_string(offsets_.size() + 1) + "/Root " +
           std::to_string(root) + " 0 R/Info " + std::to_string(info) + " 0 R/ID[<" + id + "><" +
           id + ">]>>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n");
    return std::move(out_);
}

}  // namespace yinxin::pdf
