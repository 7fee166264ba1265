// SPDX-License-Identifier: Apache-2.0
// A small DER encoder (ITU-T X.690): values out of values, definite lengths, sorted sets.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::signer::der {

enum Tag : std::uint8_t {
    kInteger = 0x02,
    kBitString = 0x03,
    kOctetString = 0x04,
    kNull = 0x05,
    kObjectIdentifier = 0x06,
    kUtf8String = 0x0C,
    kPrintableString = 0x13,
    kIa5String = 0x16,
    kGeneralizedTime = 0x18,
    kSequence = 0x30,
    kSet = 0x31,
    kContext0 = 0xA0,  ///< [0], constructed
    kContext1 = 0xA1,  ///< [1], constructed
    kContext4 = 0xA4,  ///< [4], constructed
};

/// Tag, length in its shortest form, content.
Bytes value(std::uint8_t tag, ByteView content);
/// A constructed value of its members in this order.
Bytes sequence(std::initializer_list<ByteView> members, std::uint8_t tag = kSequence);
Bytes sequence_of(const std::vector<Bytes>& members);
/// SET OF: the members sorted by their encoding (X.690, 11.6).
Bytes set_of(std::vector<Bytes> members, std::uint8_t tag = kSet);
/// From dots: "1.2.840.113549.1.7.1". Throws Error{Internal} when it is none.
Bytes object_identifier(std::string_view dotted);
Bytes octet_string(ByteView content);
/// Whole octets.
Bytes bit_string(ByteView content);
/// A string type of this tag; whether the text is one of it is the caller's to know.
Bytes text(std::uint8_t tag, std::string_view content);
/// UTC, whole seconds (X.690, 11.7).
Bytes generalized_time(Time time);
/// Not negative.
Bytes integer(std::uint32_t number);
Bytes null();

}  // namespace yinxin::signer::der
