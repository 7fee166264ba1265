// SPDX-License-Identifier: Apache-2.0
#include "keys/pkcs11_uri.h"

#include <algorithm>

#include "common/error.h"

namespace yinxin::keys {
namespace {

constexpr std::string_view kScheme = "pkcs11:";

[[noreturn]] void refuse(const std::string& detail) {
    throw Error(ErrorCode::Invalid, "PKCS#11 URI: " + detail);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            refuse("a % that two hexadecimal digits must follow");
        }
        result += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return result;
}

void set(Pkcs11Uri& uri, const std::string& name, const std::string& value) {
    if (name == "token") {
        uri.token = value;
    } else if (name == "serial") {
        uri.serial = value;
    } else if (name == "object") {
        uri.object = value;
    } else if (name == "id") {
        uri.id = to_bytes(as_bytes(value));
    } else if (name == "type" && value == "private") {
        return;
    } else if (name == "module-path") {
        uri.module_path = value;
    } else if (name == "pin-source") {
        uri.pin_source = value;
    } else if (name == "x-environment" && value.find('=') != std::string::npos) {
        const auto equals = value.find('=');
        uri.environment[value.substr(0, equals)] = value.substr(equals + 1);
    } else if (name == "x-network" && (value == "yes" || value == "no")) {
        uri.network = value == "yes";
    } else if (name == "pin-value") {
        refuse("no PIN in it; name a file with pin-source");
    } else {
        refuse("the attribute \"" + name + "\" is not understood");
    }
}

/// name=value, separated by `separator`.
void read_part(Pkcs11Uri& uri, std::string_view part, char separator) {
    while (!part.empty()) {
        const std::string_view pair = part.substr(0, part.find(separator));
        part.remove_prefix(std::min(part.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos) {
            refuse("\"" + std::string(pair) + "\" has no value");
        }
        set(uri, std::string(pair.substr(0, equals)), decoded(pair.substr(equals + 1)));
    }
}

}  // namespace

Pkcs11Uri read_pkcs11_uri(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    if (!text.starts_with(kScheme)) {
        refuse("it begins with pkcs11:");
    }
    text.remove_prefix(kScheme.size());
    Pkcs11Uri uri;
    const auto query = text.find('?');
    read_part(uri, text.substr(0, query), ';');
    if (query != std::string_view::npos) {
        read_part(uri, text.substr(query + 1), '&');
    }
    if (uri.token.empty() && uri.serial.empty()) {
        refuse("name the token (token= or serial=)");
    }
    if (uri.object.empty() && uri.id.empty()) {
        refuse("name the key (object= or id=)");
    }
    if (!uri.module_path.is_absolute()) {
        refuse("module-path is the absolute path of the library");
    }
    if (!uri.pin_source.starts_with("file:/") && !uri.pin_source.starts_with("credential:")) {
        refuse("pin-source is file:/PATH or credential:NAME");
    }
    return uri;
}

}  // namespace yinxin::keys
