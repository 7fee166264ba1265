// SPDX-License-Identifier: Apache-2.0
// ASN.1 values written by hand, right or wrong as a test wants them.
#pragma once

#include <initializer_list>
#include <string_view>

#include "common/bytes.h"

namespace yinxin::tests {

inline Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

/// Definite length in its shortest form.
inline Bytes der(std::uint8_t tag, std::initializer_list<Bytes> members) {
    const Bytes content = joined(members);
    Bytes out{tag};
    if (content.size() < 0x80) {
        out.push_back(static_cast<std::uint8_t>(content.size()));
    } else {
        std::size_t count = 1;
        while (content.size() >> (8 * count) != 0) {
            ++count;
        }
        out.push_back(static_cast<std::uint8_t>(0x80 | count));
        for (std::size_t i = count; i-- > 0;) {
            out.push_back(static_cast<std::uint8_t>(content.size() >> (8 * i)));
        }
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}
inline Bytes der_text(std::uint8_t tag, std::string_view text) {
    return der(tag, {to_bytes(as_bytes(text))});
}
inline Bytes der_number(std::uint8_t number) {
    return der(0x02, {{number}});
}
/// Without unused bits.
inline Bytes der_bits(const Bytes& bytes) {
    return der(0x03, {{0}, bytes});
}

inline constexpr std::uint8_t kIa5 = 0x16, kUtf8 = 0x0C, kPrintable = 0x13, kUtcTime = 0x17,
                              kTime = 0x18, kSequence = 0x30, kOctets = 0x04;
/// OBJECT IDENTIFIER 1.2.156.10197.1.501, SM2 with SM3.
inline Bytes der_sm2_with_sm3() {
    return from_hex("06082a811ccf55018375");
}

}  // namespace yinxin::tests
