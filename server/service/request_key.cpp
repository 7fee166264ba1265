// SPDX-License-Identifier: Apache-2.0
#include "server/service/request_key.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "server/json_input.h"
#include "server/service/canonical_json.h"

namespace yinxin::server {
namespace {

constexpr std::size_t key_bytes_max = 200;
constexpr std::size_t reason_characters_max = 200;

const std::map<std::string, std::string>& channels() {
    static const std::map<std::string, std::string> words{
        {"self", "自助打印"}, {"counter", "办税服务厅"}, {"kiosk", "自助终端"}, {"postal", "邮寄"}};
    return words;
}

bool is_level(const nlohmann::json& value) {
    return value == "B-B" || value == "B-T" || value == "B-LT" || value == "B-LTA";
}

}  // namespace

RequestKey request_key(const std::string& owner,
                       const std::string& key,
                       const std::string& verb,
                       const nlohmann::json& content) {
    const bool visible_ascii =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.empty() || key.size() > key_bytes_max || !visible_ascii) {
        throw Error(
            ErrorCode::Invalid,
            "Idempotency-Key must have 1 to 200 visible ASCII characters, for example a UUID",
            {{"",
              "idempotency_key",
              "Send an Idempotency-Key of 1 to 200 visible ASCII characters."}});
    }
    return {owner, key, verb, keys::sha256(as_bytes(verb + "\n" + canonical_json(content)))};
}

nlohmann::json complete_options(const nlohmann::json& given) {
    nlohmann::json options{{"channel", "self"}};
    std::vector<FieldError> faults;
    if (!given.is_object()) {
        faults.push_back({"/options", "type", "Must be an object."});
    } else {
        for (const auto& [name, value] : given.items()) {
            if (name != "channel" && name != "level") {
                faults.push_back({"/options/" + pointer_segment(name),
                                  "unknown",
                                  "There is no such option; known are channel and level."});
            } else {
                options[name] = value;
            }
        }
        if (!options["channel"].is_string() ||
            !channels().contains(options["channel"].get<std::string>())) {
            faults.push_back(
                {"/options/channel", "enum", "Must be self, counter, kiosk or postal."});
        }
        if (options.contains("level") && !is_level(options["level"])) {
            faults.push_back({"/options/level", "enum", "Must be B-B, B-T, B-LT or B-LTA."});
        }
    }
    if (!faults.empty()) {
        throw Error(ErrorCode::Invalid, "the options are not right", std::move(faults));
    }
    return options;
}

const std::string& channel_as_printed(const std::string& channel) {
    return channels().at(channel);
}

void check_reason(const std::string& reason) {
    // Bytes that continue a UTF-8 character do not count.
    const auto characters = std::count_if(
        reason.begin(), reason.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; });
    const bool control = std::any_of(
        reason.begin(), reason.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
    if (reason.find_first_not_of(' ') == std::string::npos || control ||
        static_cast<std::size_t>(characters) > reason_characters_max) {
        throw Error(ErrorCode::Invalid,
                    "a reason is needed",
                    {{"/reason", "reason", "Give a reason of 1 to 200 characters on one line."}});
    }
}

}  // namespace yinxin::server
