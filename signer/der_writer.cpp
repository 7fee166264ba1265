// SPDX-License-Identifier: Apache-2.0
#include "signer/der_writer.h"

#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "common/time_text.h"

namespace yinxin::signer::der {
namespace {

void append(Bytes& target, ByteView more) {
    target.insert(target.end(), more.begin(), more.end());
}

/// Big-endian without leading zeros; 0 is one byte.
Bytes big_endian(std::uint64_t number) {
    Bytes bytes;
    do {
        bytes.insert(bytes.begin(), static_cast<std::uint8_t>(number));
        number >>= 8;
    } while (number > 0);
    return bytes;
}

std::vector<std::uint64_t> arcs(std::string_view dotted) {
    std::vector<std::uint64_t> result;
    const char* at = dotted.data();
    const char* const end = at + dotted.size();
    for (;;) {
        std::uint64_t arc = 0;
        const auto [next, error] = std::from_chars(at, end, arc);
        YINXIN_ASSERT(error == std::errc());
        result.push_back(arc);
        if (next == end) {
            return result;
        }
        YINXIN_ASSERT(*next == '.');
        at = next + 1;
    }
}

/// X.690, 8.19.2: seven bits a byte, all but the last marked.
void append_base128(Bytes& target, std::uint64_t number) {
    Bytes bytes{static_cast<std::uint8_t>(number & 0x7F)};
    for (number >>= 7; number > 0; number >>= 7) {
        bytes.insert(bytes.begin(), static_cast<std::uint8_t>(0x80 | (number & 0x7F)));
    }
    append(target, bytes);
}

}  // namespace

Bytes value(std::uint8_t tag, ByteView content) {
    Bytes result;
    result.reserve(content.size() + 6);
    result.push_back(tag);
    const Bytes length = big_endian(content.size());
    if (content.size() >= 0x80) {
        result.push_back(static_cast<std::uint8_t>(0x80 | length.size()));
    }
    append(result, length);
    append(result, content);
    return result;
}

Bytes sequence(std::initializer_list<ByteView> members, std::uint8_t tag) {
    std::size_t size = 0;
    for (const ByteView member : members) {
        size += member.size();
    }
    Bytes content;
    content.reserve(size);
    for (const ByteView member : members) {
        append(content, member);
    }
    return value(tag, content);
}

Bytes sequence_of(const std::vector<Bytes>& members) {
    Bytes content;
    for (const Bytes& member : members) {
        append(content, member);
    }
    return value(kSequence, content);
}

Bytes set_of(std::vector<Bytes> members, std::uint8_t tag) {
    std::sort(members.begin(), members.end());
    Bytes content;
    for (const Bytes& member : members) {
        append(content, member);
    }
    return value(tag, content);
}

Bytes object_identifier(std::string_view dotted) {
    const auto numbers = arcs(dotted);
    YINXIN_ASSERT(numbers.size() >= 2 && numbers[0] <= 2 && (numbers[0] == 2 || numbers[1] < 40));
    Bytes content;
    append_base128(content, numbers[0] * 40 + numbers[1]);
    for (std::size_t i = 2; i < numbers.size(); ++i) {
        append_base128(content, numbers[i]);
    }
    return value(kObjectIdentifier, content);
}

Bytes octet_string(ByteView content) {
    return value(kOctetString, content);
}

Bytes bit_string(ByteView content) {
    Bytes bits{0};  // unused bits in the last octet
    append(bits, content);
    return value(kBitString, bits);
}

Bytes text(std::uint8_t tag, std::string_view content) {
    return value(tag, as_bytes(content));
}

Bytes generalized_time(Time time) {
    std::string digits = to_rfc3339(time);  // 2026-01-31T01:00:00Z
    std::erase_if(digits, [](char c) { return c == '-' || c == 'T' || c == ':'; });
    return text(kGeneralizedTime, digits);
}

Bytes integer(std::uint32_t number) {
    Bytes content = big_endian(number);
    if (content.front() >= 0x80) {
        content.insert(content.begin(), 0);  // a set top bit would make it negative
    }
    return value(kInteger, content);
}

Bytes null() {
    return value(kNull, {});
}

}  // namespace yinxin::signer::der
