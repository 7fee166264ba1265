// SPDX-License-Identifier: Apache-2.0
#include "server/config.h"

#include <toml++/toml.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>
#include <variant>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

using Strings = std::vector<std::string>;
using Value = std::variant<std::string, std::int64_t, bool, Strings>;
enum class Kind { Text, Number, Switch, List };

/// Where a value stands: "yinxin.toml:12:8", "YINXIN__LIMITS__BODY_SECONDS" or "--set".
struct Place {
    std::string text;
};

/// One key that yinxin.toml may have.
struct Key {
    std::string section, name;
    Kind kind;
    std::function<void(Config&, const Value&)> set;  ///< throws BadValue

    std::string dotted() const { return section + "." + name; }
    std::string pointer() const { return "/" + section + "/" + name; }
};

[[noreturn]] void fail(const Place& place,
                       const std::string& pointer,
                       const std::string& rule,
                       const std::string& detail) {
    throw Error(ErrorCode::Invalid, place.text + ": " + detail, {{pointer, rule, detail}});
}

bool all_digits(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Why "ADDRESS:PORT" is not one; empty when it is.
std::string fault_of_listen(const std::string& listen) {
    const auto colon = listen.rfind(':');
    if (colon == std::string::npos || colon == 0) {
        return "should be ADDRESS:PORT, for example 127.0.0.1:8080 or [::1]:8080";
    }
    const std::string host = listen.substr(0, colon);
    const std::string port = listen.substr(colon + 1);
    if (host.find(':') != std::string::npos && (host.front() != '[' || host.back() != ']')) {
        return "an IPv6 address stands in brackets: [::1]:8080";
    }
    if (port.empty() || port.size() > 5 || !all_digits(port) || std::stoi(port) > 65535) {
        return "the port should be 0 to 65535";
    }
    return {};
}

std::string fault_of_public_url(const std::string& url) {
    const auto scheme_end = url.find("://");
    const std::string scheme = url.substr(0, scheme_end == std::string::npos ? 0 : scheme_end);
    if (scheme != "http" && scheme != "https") {
        return "should start with https:// (http:// in a demo)";
    }
    const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
        return c > ' ' && c < 0x7f &&
               std::string_view("?#\"<>\\^`{|}").find(c) == std::string_view::npos;
    });
    if (!plain || url.size() == scheme_end + 3) {
        return "should be scheme and host, without query or fragment; a host outside ASCII in its "
               "xn-- form";
    }
    if (url.size() > 80) {
        return "is longer than 80 characters: it has to fit into every QR with the code and the "
               "token";
    }
    return {};
}

using Text = std::string Config::*;
using Path = fs::path Config::*;
using IssuerText = std::string pdf::IssuerNames::*;
using Limit = int LimitConfig::*;

/// Refuses by throwing the sentence; apply() adds where it stands.
struct BadValue {
    std::string detail;
};

std::function<void(Config&, const Value&)> into(Text member,
                                                std::string (*fault)(const std::string&)) {
    return [member, fault](Config& config, const Value& value) {
        const auto& text = std::get<std::string>(value);
        if (const std::string detail = fault(text); !detail.empty()) {
            throw BadValue{detail};
        }
        config.*member = text;
    };
}

std::string fault_of_name(const std::string& text) {
    return text.empty() ? "is empty" : std::string();
}

std::function<void(Config&, const Value&)> into_issuer(IssuerText member, std::size_t digits) {
    return [member, digits](Config& config, const Value& value) {
        const auto& text = std::get<std::string>(value);
        if (text.empty()) {
            throw BadValue{"is empty"};
        }
        if (digits > 0 && (text.size() != digits || !all_digits(text))) {
            throw BadValue{"should be " + std::to_string(digits) + " digit" +
                           (digits > 1 ? "s" : "")};
        }
        config.issuer.*member = text;
    };
}

std::function<void(Config&, const Value&)> into_limit(Limit member, int most) {
    return [member, most](Config& config, const Value& value) {
        const auto number = std::get<std::int64_t>(value);
        if (number < 1 || number > most) {
            throw BadValue{"should be 1 to " + std::to_string(most)};
        }
        config.limits.*member = static_cast<int>(number);
    };
}

std::vector<fs::path> as_paths(const Strings& texts) {
    return {texts.begin(), texts.end()};
}

/// The limits an operator may set, with the cap that no configuration lifts.
struct LimitKey {
    const char* name;
    Limit member;
    int most;
};
constexpr int kAny = std::numeric_limits<int>::max();
constexpr std::array kLimits{
    LimitKey{"requests_per_minute", &LimitConfig::requests_per_minute, kAny},
    LimitKey{"requests_burst", &LimitConfig::requests_burst, kAny},
    LimitKey{"api_requests_per_minute", &LimitConfig::api_requests_per_minute, kAny},
    LimitKey{"api_requests_burst", &LimitConfig::api_requests_burst, kAny},
    LimitKey{"failed_facts_per_10_minutes", &LimitConfig::failed_facts_per_10_minutes, kAny},
    LimitKey{"failed_facts_per_day", &LimitConfig::failed_facts_per_day, kAny},
    LimitKey{"connections_per_address", &LimitConfig::connections_per_address, kAny},
    LimitKey{"header_seconds", &LimitConfig::header_seconds, 3600},
    LimitKey{"body_seconds", &LimitConfig::body_seconds, 3600},
    LimitKey{
        "json_bytes_max", &LimitConfig::json_bytes_max, static_cast<int>(limits::json_bytes_max)},
    LimitKey{"upload_bytes_max",
             &LimitConfig::upload_bytes_max,
             static_cast<int>(limits::upload_bytes_max)},
    LimitKey{"issue_queue_max", &LimitConfig::issue_queue_max, 100'000},
};

std::vector<Key> make_keys() {
    std::vector<Key> keys{
        {"instance",
         "demo",
         Kind::Switch,
         [](Config& config, const Value& value) { config.demo = std::get<bool>(value); }},
        {"instance", "public_url", Kind::Text, into(&Config::public_url, fault_of_public_url)},
        {"server", "listen", Kind::Text, into(&Config::listen, fault_of_listen)},
        {"server",
         "threads",
         Kind::Number,
         [](Config& config, const Value& value) {
             const auto number = std::get<std::int64_t>(value);
             if (number < 0 || number > 1024) {
                 throw BadValue{"should be 0 (one per CPU) to 1024"};
             }
             config.threads = static_cast<int>(number);
         }},
        {"server",
         "clock_step_seconds_max",
         Kind::Number,
         [](Config& config, const Value& value) {
             const auto number = std::get<std::int64_t>(value);
             if (number < 1 || number > 3600) {
                 throw BadValue{"should be 1 to 3600"};
             }
             config.clock_step_seconds_max = static_cast<int>(number);
         }},
        {"server",
         "trusted_proxies",
         Kind::List,
         [](Config& config, const Value& value) {
             config.trusted_proxies = std::get<Strings>(value);
         }},
        {"issuer", "organ", Kind::Text, into_issuer(&pdf::IssuerNames::organ, 0)},
        {"issuer", "organ_short", Kind::Text, into_issuer(&pdf::IssuerNames::organ_short, 0)},
        {"issuer", "organ_code", Kind::Text, into_issuer(&pdf::IssuerNames::organ_code, 6)},
        {"issuer", "province", Kind::Text, into_issuer(&pdf::IssuerNames::province, 2)},
        {"issuer", "channel_digit", Kind::Text, into_issuer(&pdf::IssuerNames::channel_digit, 1)},
        {"keys", "seal", Kind::Text, into(&Config::seal_key, fault_of_name)},
        {"keys", "token", Kind::Text, into(&Config::token_key, fault_of_name)},
        {"keys",
         "passphrase_file",
         Kind::Text,
         [](Config& config, const Value& value) {
             if (std::get<std::string>(value).empty()) {
                 throw BadValue{"is empty"};
             }
             config.passphrase_file = std::get<std::string>(value);
         }},
        {"forms",
         "folders",
         Kind::List,
         [](Config& config, const Value& value) {
             config.form_folders = as_paths(std::get<Strings>(value));
         }},
    };
    for (const LimitKey& limit : kLimits) {
        keys.push_back({"limits", limit.name, Kind::Number, into_limit(limit.member, limit.most)});
    }
    return keys;
}

const std::vector<Key>& all_keys() {
    static const std::vector<Key> keys = make_keys();
    return keys;
}

std::string words_for(Kind kind) {
    switch (kind) {
        case Kind::Text:
            return "text in quotes";
        case Kind::Number:
            return "a whole number";
        case Kind::Switch:
            return "true or false";
        case Kind::List:
            return "a list of texts";
    }
    return {};
}

void apply(const Key& key, Config& config, const Value& value, const Place& place) {
    try {
        key.set(config, value);
    } catch (const BadValue& bad) {
        fail(place, key.pointer(), "value", key.dotted() + " " + bad.detail);
    }
}

std::string known_names(const std::string& section) {
    std::string names;
    for (const Key& key : all_keys()) {
        if (key.section == section) {
            names += (names.empty() ? "" : ", ") + key.name;
        }
    }
    return names;
}

const Key& find_key(const std::string& section, const std::string& name, const Place& place) {
    for (const Key& key : all_keys()) {
        if (key.section == section && key.name == name) {
            return key;
        }
    }
    const std::string names = known_names(section);
    const std::string pointer = "/" + section + "/" + name;
    if (name.find("pass") != std::string::npos || name.find("secret") != std::string::npos) {
        fail(place,
             pointer,
             "secret",
             section + "." + name +
                 " is not a key: a secret stands in a file of mode 0600 that keys.passphrase_file "
                 "names");
    }
    fail(place,
         pointer,
         "unknown",
         names.empty() ? "there is no section [" + section + "]"
                       : section + "." + name + " is not a key; [" + section + "] has " + names);
}

// ---- the file

std::string place_in(const std::string& file, const toml::source_region& region) {
    return file + ":" + std::to_string(region.begin.line) + ":" +
           std::to_string(region.begin.column);
}

std::optional<Value> value_of(const toml::node& node, Kind kind) {
    switch (kind) {
        case Kind::Text:
            if (const auto* text = node.as_string()) {
                return Value(text->get());
            }
            break;
        case Kind::Number:
            if (const auto* number = node.as_integer()) {
                return Value(number->get());
            }
            break;
        case Kind::Switch:
            if (const auto* flag = node.as_boolean()) {
                return Value(flag->get());
            }
            break;
        case Kind::List:
            if (const auto* array = node.as_array()) {
                Strings texts;
                for (const toml::node& element : *array) {
                    if (!element.is_string()) {
                        return std::nullopt;
                    }
                    texts.push_back(element.as_string()->get());
                }
                return Value(texts);
            }
            break;
    }
    return std::nullopt;
}

void read_file(Config& config, const fs::path& path) {
    toml::table root;
    try {
        root = toml::parse_file(path.string());
    } catch (const toml::parse_error& error) {
        const std::string detail(error.description());
        fail({place_in(path.string(), error.source())}, "", "syntax", detail);
    }
    for (const auto& [section, node] : root) {
        const std::string section_name(section.str());
        const Place section_place{place_in(path.string(), node.source())};
        if (known_names(section_name).empty()) {
            fail(section_place,
                 "/" + section_name,
                 "unknown",
                 "there is no section [" + section_name + "]");
        }
        const toml::table* table = node.as_table();
        if (table == nullptr) {
            fail(section_place,
                 "/" + section_name,
                 "type",
                 "[" + section_name + "] is a section, not a value");
        }
        for (const auto& [name, member] : *table) {
            const Place place{place_in(path.string(), member.source())};
            const Key& key = find_key(section_name, std::string(name.str()), place);
            const auto value = value_of(member, key.kind);
            if (!value) {
                fail(place,
                     key.pointer(),
                     "type",
                     key.dotted() + " should be " + words_for(key.kind));
            }
            apply(key, config, *value, place);
        }
    }
}

// ---- overrides

Value value_from_text(const Key& key, const std::string& text, const Place& place) {
    switch (key.kind) {
        case Kind::Text:
            return text;
        case Kind::Number: {
            std::int64_t number = 0;
            const auto [end, fault] =
                std::from_chars(text.data(), text.data() + text.size(), number);
            if (fault == std::errc() && end == text.data() + text.size()) {
                return number;
            }
            break;
        }
        case Kind::Switch:
            if (text == "true" || text == "false") {
                return text == "true";
            }
            break;
        case Kind::List: {
            Strings texts;
            std::istringstream stream(text);
            for (std::string item; std::getline(stream, item, ',');) {
                texts.push_back(item);
            }
            return texts;
        }
    }
    fail(place, key.pointer(), "type", key.dotted() + " should be " + words_for(key.kind));
}

void apply_environment(Config& config) {
    constexpr std::string_view prefix = "YINXIN__";
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (!text.starts_with(prefix)) {
            continue;
        }
        const auto equals = text.find('=');
        const std::string name(text.substr(0, equals));
        const Place place{name};
        std::string rest = name.substr(prefix.size());
        std::transform(rest.begin(), rest.end(), rest.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        const auto split = rest.find("__");
        if (split == std::string::npos || equals == std::string_view::npos) {
            fail(place, "", "unknown", "should be YINXIN__SECTION__KEY=value");
        }
        const Key& key = find_key(rest.substr(0, split), rest.substr(split + 2), place);
        apply(
            key, config, value_from_text(key, std::string(text.substr(equals + 1)), place), place);
    }
}

void apply_overrides(Config& config, const std::vector<std::string>& overrides) {
    for (const std::string& text : overrides) {
        const auto equals = text.find('=');
        const auto dot = text.find('.');
        const Place place{"--set " + text.substr(0, equals)};
        if (equals == std::string::npos || dot > equals) {
            fail(place, "", "unknown", "should be --set section.key=value");
        }
        const Key& key =
            find_key(text.substr(0, dot), text.substr(dot + 1, equals - dot - 1), place);
        apply(key, config, value_from_text(key, text.substr(equals + 1), place), place);
    }
}

void require_all(const Config& config, const fs::path& file) {
    const auto need = [&file](bool present, const std::string& key) {
        if (!present) {
            const auto dot = key.find('.');
            fail({file.string()},
                 "/" + key.substr(0, dot) + "/" + key.substr(dot + 1),
                 "required",
                 key + " is missing");
        }
    };
    need(!config.public_url.empty(), "instance.public_url");
    need(!config.issuer.organ.empty(), "issuer.organ");
    need(!config.issuer.organ_short.empty(), "issuer.organ_short");
    need(!config.issuer.organ_code.empty(), "issuer.organ_code");
    need(!config.issuer.province.empty(), "issuer.province");
    need(!config.issuer.channel_digit.empty(), "issuer.channel_digit");
    need(!config.seal_key.empty(), "keys.seal");
    need(!config.token_key.empty(), "keys.token");
    need(!config.passphrase_file.empty(), "keys.passphrase_file");
}

std::string host_of(const std::string& url) {
    const auto start = url.find("://") + 3;
    return url.substr(start, url.find('/', start) - start);
}

void settle_public_url(Config& config) {
    while (config.public_url.ends_with('/')) {
        config.public_url.pop_back();
    }
    config.issuer.verify_host = host_of(config.public_url);
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "\"";
}

}  // namespace

Config load_config(const fs::path& dir,
                   const std::vector<std::string>& overrides,
                   const std::string& listen) {
    const fs::path file = dir / "yinxin.toml";
    if (!fs::exists(file)) {
        throw Error(ErrorCode::NotFound,
                    dir.string() +
                        " is not an instance: it has no yinxin.toml. Make one with: yinxin init " +
                        dir.string());
    }
    Config config;
    config.dir = fs::absolute(dir).lexically_normal();
    read_file(config, file);
    apply_environment(config);
    apply_overrides(config, overrides);
    require_all(config, file);
    if (config.passphrase_file.is_relative()) {
        config.passphrase_file = config.dir / config.passphrase_file;
    }
    for (fs::path& folder : config.form_folders) {
        if (folder.is_relative()) {
            folder = config.dir / folder;
        }
    }
    settle_public_url(config);
    if (!listen.empty()) {
        set_listen(config, listen);
    }
    return config;
}

void set_listen(Config& config, const std::string& listen) {
    if (const std::string fault = fault_of_listen(listen); !fault.empty()) {
        fail({"--listen " + listen}, "/server/listen", "value", fault);
    }
    config.listen = listen;
    if (config.demo) {
        config.public_url = "http://" + listen;
        settle_public_url(config);
    }
}

std::vector<std::string> raised_limits(const LimitConfig& limits) {
    const LimitConfig defaults;
    std::vector<std::string> raised;
    for (const LimitKey& key : kLimits) {
        if (limits.*key.member > defaults.*key.member) {
            raised.push_back("limits." + std::string(key.name) + " = " +
                             std::to_string(limits.*key.member) + " (" +
                             std::to_string(defaults.*key.member) + ")");
        }
    }
    return raised;
}

std::string initial_config(const InitialConfig& initial) {
    const LimitConfig limits;
    const pdf::IssuerNames& issuer = initial.issuer;
    std::ostringstream out;
    out << "# Yinxin: one issuing authority. Every key can be overridden for one run by an "
           "environment variable\n"
           "# (YINXIN__SERVER__LISTEN=...) or by --set server.listen=... ; an unknown key is "
           "refused.\n"
           "# `yinxin doctor --dir .` checks what stands here and says what to do.\n\n"
           "[instance]\n"
        << (initial.demo ? "# Throw-away keys and a SPECIMEN mark on every document. Never turn a "
                           "demo into production:\n"
                           "# make a new instance.\n"
                         : "# false: documents count.\n")
        << "demo = " << (initial.demo ? "true" : "false") << "\n"
        << "# What a QR starts with, and where the public reaches this server. It is printed on "
           "paper: it has to stay\n"
           "# reachable for as long as the documents live."
        << (initial.demo ? " In a demo `serve --listen` replaces it." : "") << "\n"
        << "public_url = "
        << quoted((initial.demo ? "http://" : "https://") +
                  (initial.demo ? initial.listen : std::string("verify.example.org")))
        << "\n\n[server]\n"
           "# Plain HTTP; put the TLS of nginx in front of it on the open internet.\n"
           "listen = "
        << quoted(initial.listen)
        << "\n# Threads that render and seal; 0: one per CPU.\n"
           "threads = 0\n"
           "# Nothing is issued while the clock was set by more than this, or the last document is "
           "that far in the future.\n"
           "clock_step_seconds_max = "
        << Config{}.clock_step_seconds_max
        << "\n"
           "# Addresses of proxies whose X-Forwarded-For counts, for example [\"127.0.0.1\"].\n"
           "trusted_proxies = []\n\n"
           "[issuer]\n"
           "# The organ as printed, and its short form used in numbers.\n"
           "organ = "
        << quoted(issuer.organ) << "\norgan_short = " << quoted(issuer.organ_short)
        << "\n# Six digits: part of numbers and of the seal's id.\n"
           "organ_code = "
        << quoted(issuer.organ_code)
        << "\n# GB/T 2260, two digits (99 in a demo), and the channel digit of invoice numbers.\n"
           "province = "
        << quoted(issuer.province) << "\nchannel_digit = " << quoted(issuer.channel_digit)
        << "\n\n[keys]\n"
           "# Ids of the keys in keys/: one seals documents, one signs the QR tokens (always "
           "P-256).\n"
           "seal = "
        << quoted(initial.seal_key) << "\ntoken = " << quoted(initial.token_key)
        << "\n# The file that opens them; mode 0600, or a path below /run/credentials. Never the "
           "passphrase itself.\n"
           "passphrase_file = \"keys/passphrase\"\n\n"
           "[forms]\n"
           "# Folders of document types, beside the shipped ones and forms/ of this instance.\n"
           "folders = []\n\n"
           "[limits]\n"
           "# Per caller (IPv4 address, IPv6 /64) on the public pages, and per API key. `serve` "
           "refuses looser limits than\n"
           "# these unless the instance is a demo or it is told --insecure-limits.\n"
           "requests_per_minute = "
        << limits.requests_per_minute << "\nrequests_burst = " << limits.requests_burst
        << "\napi_requests_per_minute = " << limits.api_requests_per_minute
        << "\napi_requests_burst = " << limits.api_requests_burst
        << "\n# Wrong facts for one document, then it answers to the right ones no more for a "
           "while.\n"
           "failed_facts_per_10_minutes = "
        << limits.failed_facts_per_10_minutes
        << "\nfailed_facts_per_day = " << limits.failed_facts_per_day
        << "\nconnections_per_address = " << limits.connections_per_address
        << "\nheader_seconds = " << limits.header_seconds
        << "\nbody_seconds = " << limits.body_seconds
        << "\njson_bytes_max = " << limits.json_bytes_max
        << "\nupload_bytes_max = " << limits.upload_bytes_max
        << "\n# Documents waiting to be made; beyond that the answer is 503 with Retry-After.\n"
           "issue_queue_max = "
        << limits.issue_queue_max << "\n";
    return out.str();
}

}  // namespace yinxin::server
