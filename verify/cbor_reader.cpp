// SPDX-License-Identifier: Apache-2.0
#include "verify/cbor_reader.h"

#include <limits>

#include "common/error.h"

namespace yinxin::verify {

namespace {

constexpr int kUnsigned = 0, kNegative = 1, kBytes = 2, kText = 3, kArray = 4, kMap = 5;
constexpr std::uint8_t kNull = 0xF6;

[[noreturn]] void malformed(std::size_t offset, const std::string& what) {
    throw Error(ErrorCode::Malformed, "CBOR byte " + std::to_string(offset) + ": " + what);
}

}  // namespace

CborReader::Head CborReader::head() {
    const std::size_t begin = position_;
    const std::uint8_t first = take(1)[0];
    Head head{first >> 5, static_cast<std::uint64_t>(first & 0x1F)};
    if (head.argument < 24) {
        return head;
    }
    if (head.argument > 27) {
        malformed(begin, "an indefinite or reserved length");
    }
    const std::size_t count = std::size_t{1} << (head.argument - 24);
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(count)) {
        value = value << 8 | byte;
    }
    const bool shortest = count == 1 ? value >= 24 : value >> (4 * count) != 0;
    if (!shortest) {
        malformed(begin, "a number not in its shortest form");
    }
    head.argument = value;
    return head;
}

std::uint64_t CborReader::expect(int major, const char* what) {
    const std::size_t begin = position_;
    const Head found = head();
    if (found.major != major) {
        malformed(begin, std::string(what) + " expected");
    }
    return found.argument;
}

ByteView CborReader::take(std::uint64_t count) {
    if (count > bytes_.size() - position_) {
        malformed(position_, "cut off");
    }
    const ByteView taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += taken.size();
    return taken;
}

std::uint64_t CborReader::unsigned_integer() {
    return expect(kUnsigned, "a whole number");
}

std::int64_t CborReader::integer() {
    const std::size_t begin = position_;
    const Head found = head();
    if (found.major > kNegative ||
        found.argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        malformed(begin, "an integer expected");
    }
    const auto value = static_cast<std::int64_t>(found.argument);
    return found.major == kUnsigned ? value : -1 - value;
}

ByteView CborReader::byte_string() {
    return take(expect(kBytes, "a byte string"));
}

std::string CborReader::text_string() {
    const std::size_t begin = position_;
    const std::string text(as_text(take(expect(kText, "a text"))));
    if (!is_utf8(text)) {
        malformed(begin, "a text that is not UTF-8");
    }
    return text;
}

std::uint64_t CborReader::array() {
    return expect(kArray, "an array");
}
std::uint64_t CborReader::map() {
    return expect(kMap, "a map");
}

bool CborReader::accept_null() {
    if (position_ < bytes_.size() && bytes_[position_] == kNull) {
        ++position_;
        return true;
    }
    return false;
}

void CborReader::finish() const {
    if (position_ != bytes_.size()) {
        malformed(position_, "something stands behind the value");
    }
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[i]);
        const std::size_t length = lead < 0x80    ? 1
                                   : lead >= 0xF0 ? 4
                                   : lead >= 0xE0 ? 3
                                   : lead >= 0xC2 ? 2
                                                  : 0;
        if (length == 0 || lead > 0xF4 || length > text.size() - i) {
            return false;
        }
        std::uint32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<std::uint8_t>(text[i + k]);
            if ((next & 0xC0) != 0x80) {
                return false;
            }
            c = c << 6 | (next & 0x3FU);
        }
        const bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
        if (overlong || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
            return false;
        }
        i += length;
    }
    return true;
}

}  // namespace yinxin::verify
