// SPDX-License-Identifier: Apache-2.0
#include "signer/token_fields.h"

#include <algorithm>
#include <vector>

#include "common/error.h"
#include "common/time_text.h"

namespace yinxin::signer {
namespace {

constexpr std::string_view kCodeAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::size_t kCodeSymbols = 16;
constexpr std::string_view kTypeAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
constexpr std::size_t kTypeSymbolsMax = 40;
constexpr std::size_t kStarsPerCharacter = 31;

/// Characters (not bytes) of UTF-8.
std::vector<std::string_view> characters(std::string_view text) {
    std::vector<std::string_view> result;
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= text.size(); ++i) {
        const bool continues =
            i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
        if (!continues) {
            result.push_back(text.substr(begin, i - begin));
            begin = i;
        }
    }
    return result;
}

/// One packed character at most, so that a cut text has a bounded length.
std::string stars(std::size_t count) {
    return std::string(std::min(count, kStarsPerCharacter), '*');
}

[[noreturn]] void fail(const std::string& detail) {
    throw Error(ErrorCode::Internal, "QR token: " + detail);
}

}  // namespace

Bytes pack_code(std::string_view code) {
    if (code.size() != kCodeSymbols) {
        fail("a verification code has 16 symbols");
    }
    Bytes bytes;
    unsigned bits = 0;
    unsigned count = 0;
    for (const char symbol : code) {
        const std::size_t index = kCodeAlphabet.find(symbol);
        if (index == std::string_view::npos) {
            fail("a symbol that no verification code has");
        }
        bits = bits << 5 | static_cast<unsigned>(index);
        count += 5;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> count));
        }
    }
    return bytes;
}

Bytes pack_type(std::string_view type) {
    if (type.empty() || type.size() > kTypeSymbolsMax) {
        fail("a document type has 1 to 40 characters");
    }
    Bytes bytes;
    for (std::size_t i = 0; i < type.size(); i += 3) {
        std::size_t group = 0;
        for (std::size_t j = i; j < i + 3; ++j) {
            const std::size_t index = j < type.size() ? kTypeAlphabet.find(type[j]) + 1 : 0;
            if (j < type.size() && index == 0) {  // npos + 1
                fail("document type " + std::string(type) + ": use a-z, 0-9, -, _ and .");
            }
            group = group * 40 + index;
        }
        bytes.push_back(static_cast<std::uint8_t>(group >> 8));
        bytes.push_back(static_cast<std::uint8_t>(group));
    }
    return bytes;
}

std::string pack_stars(std::string_view masked) {
    std::string packed;
    for (std::size_t i = 0; i < masked.size();) {
        const std::size_t end = std::min(masked.find_first_not_of('*', i), masked.size());
        std::size_t run = end - i;
        if (run == 0) {
            packed += masked[i++];
            continue;
        }
        i = end;
        for (; run > 1; run -= std::min(run, kStarsPerCharacter)) {
            packed += static_cast<char>(std::min(run, kStarsPerCharacter));
        }
        packed.append(run, '*');
    }
    return packed;
}

std::int64_t pack_period(std::string_view text) {
    const bool month = text.size() == 7;
    const auto day = parse_day(std::string(text) + (month ? "-01" : ""));
    if (!day || day->year() < std::chrono::year{1970}) {
        fail("a period is YYYY-MM or YYYY-MM-DD from 1970 on, not \"" + std::string(text) + "\"");
    }
    if (!month) {
        return std::chrono::sys_days{*day}.time_since_epoch().count();
    }
    const int months = (static_cast<int>(day->year()) - 1970) * 12 +
                       static_cast<int>(static_cast<unsigned>(day->month())) - 1;
    return -1 - months;
}

std::string keep_first_and_last(const std::string& text) {
    const auto parts = characters(text);
    if (parts.size() < 3) {
        return text;
    }
    return std::string(parts.front()) + stars(parts.size() - 2) + std::string(parts.back());
}

std::string keep_first(const std::string& text) {
    const auto parts = characters(text);
    return parts.empty() ? text : std::string(parts.front()) + stars(parts.size() - 1);
}

}  // namespace yinxin::signer
