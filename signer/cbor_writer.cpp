// SPDX-License-Identifier: Apache-2.0
#include "signer/cbor_writer.h"

namespace yinxin::signer {
namespace {

// RFC 8949, 3.1
constexpr std::uint8_t kUnsigned = 0;
constexpr std::uint8_t kNegative = 1;
constexpr std::uint8_t kByteString = 2;
constexpr std::uint8_t kText = 3;
constexpr std::uint8_t kArray = 4;
constexpr std::uint8_t kMap = 5;
constexpr std::uint8_t kNull = 0xF6;

struct Width {
    std::uint8_t information;
    int bytes;
};

Width width_of(std::uint64_t argument) {
    if (argument <= 0xFF) {
        return {24, 1};
    }
    if (argument <= 0xFFFF) {
        return {25, 2};
    }
    if (argument <= 0xFFFFFFFF) {
        return {26, 4};
    }
    return {27, 8};
}

}  // namespace

void CborWriter::head(std::uint8_t major_type, std::uint64_t argument) {
    const auto type = static_cast<std::uint8_t>(major_type << 5);
    if (argument < 24) {
        bytes_.push_back(static_cast<std::uint8_t>(type | argument));
        return;
    }
    const Width width = width_of(argument);
    bytes_.push_back(static_cast<std::uint8_t>(type | width.information));
    for (int shift = (width.bytes - 1) * 8; shift >= 0; shift -= 8) {
        bytes_.push_back(static_cast<std::uint8_t>(argument >> shift));
    }
}

CborWriter& CborWriter::integer(std::int64_t number) {
    if (number >= 0) {
        head(kUnsigned, static_cast<std::uint64_t>(number));
    } else {
        head(kNegative, ~static_cast<std::uint64_t>(number));  // -1 - number
    }
    return *this;
}

CborWriter& CborWriter::byte_string(ByteView bytes) {
    head(kByteString, bytes.size());
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
}

CborWriter& CborWriter::text(std::string_view utf8) {
    head(kText, utf8.size());
    const ByteView bytes = as_bytes(utf8);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
}

CborWriter& CborWriter::array(std::size_t count) {
    head(kArray, count);
    return *this;
}

CborWriter& CborWriter::map(std::size_t count) {
    head(kMap, count);
    return *this;
}

CborWriter& CborWriter::null() {
    bytes_.push_back(kNull);
    return *this;
}

}  // namespace yinxin::signer
