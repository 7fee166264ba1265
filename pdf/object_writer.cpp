// SPDX-License-Identifier: Apache-2.0
#include "pdf/object_writer.h"

#include <charconv>
#include <cmath>

#include "common/deflate.h"
#include "common/error.h"
#include "pdf/fingerprint.h"

namespace yinxin::pdf {
namespace {

constexpr std::size_t kRoom = 16 * 1024;  // for what most documents add

}  // namespace

void append_number(std::string& out, double value) {
    append_thousandths(out, std::llround(value * 1000));
}

void append_thousandths(std::string& out, long long value) {
    char text[28];
    char* end = text;
    if (value < 0) {
        *end++ = '-';
        value = -value;
    }
    end = std::to_chars(end, text + sizeof text, value / 1000).ptr;
    if (const long long rest = value % 1000; rest != 0) {
        *end++ = '.';
        *end++ = static_cast<char>('0' + rest / 100);
        *end++ = static_cast<char>('0' + rest / 10 % 10);
        *end++ = static_cast<char>('0' + rest % 10);
        while (end[-1] == '0') {
            --end;
        }
    }
    out.append(text, end);
}

ObjectWriter::ObjectWriter(const WrittenObjects& written, const ContentStart& begun)
    : begun_(begun) {
    YINXIN_ASSERT(begun.bytes <= written.bytes.size());
    written_.bytes.reserve(written.bytes.size() + kRoom);
    written_.bytes.insert(written_.bytes.end(), written.bytes.begin(), written.bytes.end());
    written_.offsets = written.offsets;
    written_.packed = written.packed;
}

ObjectWriter::ObjectWriter() {
    append("%PDF-1.7\n%\xE5\x8D\xB0\xE4\n");
}

int ObjectWriter::reserve() {
    written_.offsets.push_back(0);
    return static_cast<int>(written_.offsets.size());
}

void ObjectWriter::put(int number, std::string body) {
    written_.packed.emplace_back(number, std::move(body));
}

int ObjectWriter::add(std::string body) {
    const int number = reserve();
    put(number, std::move(body));
    return number;
}

reader::Reference ObjectWriter::new_object() {
    return {static_cast<std::uint32_t>(reserve()), 0};
}

void ObjectWriter::put(reader::Reference id, std::string body) {
    begin(static_cast<int>(id.number));
    append(body);
    append("\nendobj\n");
}

void ObjectWriter::begin(int number) {
    std::uint32_t& offset = written_.offsets.at(static_cast<std::size_t>(number) - 1);
    YINXIN_ASSERT(offset == 0);
    offset = static_cast<std::uint32_t>(written_.bytes.size());
    append(std::to_string(number) + " 0 obj\n");
}

std::size_t ObjectWriter::put_bytes(int number,
                                    std::string_view entries,
                                    ByteView data,
                                    bool compressed) {
    begin(number);
    append("<<");
    append(entries);
    append(compressed ? "/Filter/FlateDecode/Length " : "/Length ");
    append(std::to_string(data.size()));
    append(">>\nstream\n");
    const std::size_t at = written_.bytes.size();
    append(as_text(data));
    append("\nendstream\nendobj\n");
    return at;
}

void ObjectWriter::put_stream(int number,
                              std::string_view entries,
                              std::string_view data,
                              Squeeze squeeze) {
    if (squeeze == Squeeze::Steady) {
        const Bytes zlib = steady_deflate(as_bytes(data));
        const std::size_t at = put_bytes(number, entries, zlib, true);
        streams_.push_back({at, zlib.size(), to_bytes(as_bytes(data))});
    } else if (squeeze == Squeeze::Small) {
        put_bytes(number, entries, small_deflate(as_bytes(data)), true);
    } else {
        put_bytes(number, entries, as_bytes(data), false);
    }
}

int ObjectWriter::add_stream(std::string_view entries, std::string_view data, Squeeze squeeze) {
    const int number = reserve();
    put_stream(number, entries, data, squeeze);
    return number;
}

int ObjectWriter::add_compressed(std::string_view entries, ByteView zlib) {
    const int number = reserve();
    put_bytes(number, entries, zlib, true);
    return number;
}

/// 7.5.7: number and offset of each object, then the objects.
int ObjectWriter::pack() {
    std::string head, bodies;
    for (const auto& [number, body] : written_.packed) {
        head += std::to_string(number);
        head += ' ';
        head += std::to_string(bodies.size());
        head += ' ';
        bodies += body;
        bodies += '\n';
    }
    return add_stream("/Type/ObjStm/N " + std::to_string(written_.packed.size()) + "/First " +
                          std::to_string(head.size()),
                      head + bodies,
                      Squeeze::Steady);
}

/// 7.5.8.3: one row for each object, that of the cross-reference stream itself last.
std::string ObjectWriter::cross_reference(int object_stream, std::size_t own_offset) const {
    std::string rows;
    const auto row = [&rows](int kind, std::size_t where, std::size_t index) {
        rows += static_cast<char>(kind);
        for (int shift = 24; shift >= 0; shift -= 8) {
            rows += static_cast<char>(where >> shift & 0xFFu);
        }
        rows += static_cast<char>(index >> 8 & 0xFFu);
        rows += static_cast<char>(index & 0xFFu);
    };
    std::vector<std::size_t> index(written_.offsets.size(), SIZE_MAX);
    for (std::size_t i = 0; i < written_.packed.size(); ++i) {
        std::size_t& at = index.at(static_cast<std::size_t>(written_.packed[i].first) - 1);
        YINXIN_ASSERT(at == SIZE_MAX);
        at = i;
    }
    row(0, 0, 0xFFFF);
    for (std::size_t i = 0; i < written_.offsets.size(); ++i) {
        YINXIN_ASSERT((written_.offsets[i] != 0) != (index[i] != SIZE_MAX));
        if (written_.offsets[i] != 0) {
            row(1, written_.offsets[i], 0);
        } else {
            row(2, static_cast<std::size_t>(object_stream), index[i]);
        }
    }
    row(1, own_offset, 0);
    return rows;
}

ObjectWriter::File ObjectWriter::finish(int root, int info) && {
    YINXIN_ASSERT(written_.packed.size() < 0xFFFF);
    const int object_stream = pack();
    const std::string id = to_hex(fingerprint(begun_, written_.bytes));
    const std::size_t start = written_.bytes.size();
    const std::string rows = cross_reference(object_stream, start);
    const int own = reserve();
    put_stream(own,
               "/Type/XRef/W[1 4 2]/Size " + std::to_string(own + 1) + "/Root " +
                   std::to_string(root) + " 0 R/Info " + std::to_string(info) + " 0 R/ID[<" + id +
                   "><" + id + ">]",
               rows,
               Squeeze::Steady);
    append("startxref\n" + std::to_string(start) + "\n%%EOF\n");
    return {std::move(written_.bytes), std::move(streams_)};
}

}  // namespace yinxin::pdf
