// SPDX-License-Identifier: Apache-2.0
#include "server/service/canonical_json.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

namespace yinxin::server {
namespace {

using nlohmann::json;

/// By the first byte of a character its size in bytes, where it stands in JSON as it is; 0 when it
/// is to be escaped, is not UTF-8, or is so rare that dump() may decide.
constexpr std::array<std::uint8_t, 256> plain_sizes = [] {
    std::array<std::uint8_t, 256> sizes{};
    for (std::size_t lead = 0x20; lead < sizes.size(); ++lead) {
        if (lead < 0x80) {
            sizes[lead] = lead == '"' || lead == '\\' ? 0 : 1;
        } else if (lead >= 0xc2 && lead <= 0xdf) {
            sizes[lead] = 2;
        } else if (lead >= 0xe1 && lead <= 0xef && lead != 0xed) {
            sizes[lead] = 3;
        }
    }
    return sizes;
}();

bool is_plain(std::string_view text) {
    int to_come = 0;  // bytes of the character begun
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (to_come > 0) {
            if ((byte & 0xc0) != 0x80) {
                return false;
            }
            --to_come;
        } else if (plain_sizes[byte] == 0) {
            return false;
        } else {
            to_come = plain_sizes[byte] - 1;
        }
    }
    return to_come == 0;
}

void append_text(std::string& out, const std::string& text) {
    if (is_plain(text)) {
        out += '"';
        out += text;
        out += '"';
    } else {
        out += json(text).dump();
    }
}

template <typename Integer>
void append_integer(std::string& out, Integer value) {
    std::array<char, 24> digits{};
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append(std::string& out, const json& value) {
    switch (value.type()) {
        case json::value_t::object:
            out += '{';
            for (const auto& [name, member] : value.get_ref<const json::object_t&>()) {
                if (out.back() != '{') {
                    out += ',';
                }
                append_text(out, name);
                out += ':';
                append(out, member);
            }
            out += '}';
            break;
        case json::value_t::array:
            out += '[';
            for (const json& element : value) {
                if (out.back() != '[') {
                    out += ',';
                }
                append(out, element);
            }
            out += ']';
            break;
        case json::value_t::string:
            append_text(out, value.get_ref<const std::string&>());
            break;
        case json::value_t::number_integer:
            append_integer(out, value.get<std::int64_t>());
            break;
        case json::value_t::number_unsigned:
            append_integer(out, value.get<std::uint64_t>());
            break;
        case json::value_t::boolean:
            out += value.get<bool>() ? "true" : "false";
            break;
        default:
            out += value.dump();
    }
}

}  // namespace

std::string canonical_json(const json& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace yinxin::server
