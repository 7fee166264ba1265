// SPDX-License-Identifier: Apache-2.0
#include "common/bytes.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/error.h"

namespace yinxin {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::array<std::array<char, 2>, 256> kHexPairs = [] {
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte) {
        pairs[byte] = {kHexDigits[byte >> 4], kHexDigits[byte & 15]};
    }
    return pairs;
}();
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNone = 0xFF;

std::uint8_t hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<std::uint8_t>(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return static_cast<std::uint8_t>(c - 'a' + 10);
    }
    if (c >= 'A' && c <= 'F') {
        return static_cast<std::uint8_t>(c - 'A' + 10);
    }
    return kNone;
}

constexpr std::array<std::uint8_t, 256> kBase64UrlValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNone);
    for (std::size_t i = 0; i < kBase64Url.size(); ++i) {
        values[static_cast<std::uint8_t>(kBase64Url[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

[[noreturn]] void fail(const char* form, std::size_t offset, const char* what) {
    throw Error(ErrorCode::Malformed,
                std::string(form) + ": " + what + " at offset " + std::to_string(offset));
}

}  // namespace

std::string to_hex(ByteView bytes) {
    std::string text(bytes.size() * 2, '0');
    char* to = text.data();
    for (const std::uint8_t byte : bytes) {
        std::memcpy(to, kHexPairs[byte].data(), 2);
        to += 2;
    }
    return text;
}

Bytes from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        fail("hexadecimal", text.size(), "odd length");
    }
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::uint8_t high = hex_value(text[i]);
        const std::uint8_t low = hex_value(text[i + 1]);
        if (high == kNone || low == kNone) {
            fail("hexadecimal", high == kNone ? i : i + 1, "not a digit");
        }
        bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return bytes;
}

std::string to_base64(ByteView bytes) {
    std::string text = to_base64url(bytes);
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::string to_base64url(ByteView bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = bits << 8 | byte;
        count += 8;
        while (count >= 6) {
            count -= 6;
            text.push_back(kBase64Url[bits >> count & 63]);
        }
    }
    if (count > 0) {
        text.push_back(kBase64Url[bits << (6 - count) & 63]);
    }
    return text;
}

Bytes from_base64url(std::string_view text) {
    if (text.size() % 4 == 1) {
        fail("base64url", text.size(), "impossible length");
    }
    Bytes bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::uint8_t value = kBase64UrlValues[static_cast<std::uint8_t>(text[i])];
        if (value == kNone) {
            fail("base64url", i, "character outside the alphabet");
        }
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> count));
        }
    }
    // RFC 4648, 3.5: pad bits that are not zero would give one byte string several texts.
    if ((bits & ((1u << count) - 1)) != 0) {
        fail("base64url", text.size() - 1, "non-zero trailing bits");
    }
    return bytes;
}

bool equal_constant_time(ByteView a, ByteView b) {
    if (a.size() != b.size()) {
        return false;
    }
    // volatile: the compiler may not leave the loop at the first difference.
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    }
    return difference == 0;
}

}  // namespace yinxin
