// SPDX-License-Identifier: Apache-2.0
#include "server/config/keys.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

// ---- what a value may be; "" when it is right

std::string not_empty(const std::string& text) {
    return text.empty() ? "is empty" : std::string();
}

std::string anything(const std::string&) {
    return {};
}

bool all_digits(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <std::size_t count>
std::string digits(const std::string& text) {
    return text.size() == count && all_digits(text)
               ? std::string()
               : "should be " + std::to_string(count) + " digit" + (count > 1 ? "s" : "");
}

std::string address_and_port(const std::string& listen) {
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

bool is_loopback(const std::string& host) {
    return host == "[::1]" ||
           (host.starts_with("127.") && std::all_of(host.begin(), host.end(), [](char c) {
                return c == '.' || (c >= '0' && c <= '9');
            }));
}

/// Nobody outside this machine talks to throw-away keys; the port is in every certificate.
std::string loopback_and_port(const std::string& listen) {
    if (std::string fault = address_and_port(listen); !fault.empty()) {
        return fault;
    }
    const auto colon = listen.rfind(':');
    if (!is_loopback(listen.substr(0, colon))) {
        return "should be a loopback address, for example 127.0.0.1:8081";
    }
    return std::stoi(listen.substr(colon + 1)) == 0
               ? "needs a port: the demo's certificates name it; init --pki-port 0 picks one"
               : "";
}

/// Nobody outside this machine reads what it counts; a proxy may.
std::string admin_address(const std::string& listen) {
    if (listen.empty()) {
        return {};
    }
    if (std::string fault = address_and_port(listen); !fault.empty()) {
        return fault;
    }
    return is_loopback(listen.substr(0, listen.rfind(':')))
               ? std::string()
               : "should be a loopback address, for example 127.0.0.1:9090, or empty";
}

std::string public_url(const std::string& url) {
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

std::string level_word(const std::string& word) {
    return word == "B-B" || word == "B-T" || word == "B-LT" || word == "B-LTA"
               ? std::string()
               : "should be B-B, B-T, B-LT or B-LTA";
}

std::string policy_word(const std::string& word) {
    return word == "off" || word == "deferred" || word == "required"
               ? std::string()
               : "should be off, deferred or required";
}

// ---- kinds of keys; Place says where in the configuration the value lives

template <typename T>
using Place = std::function<T&(Config&)>;

template <typename T>
Place<T> at(T Config::*member) {
    return [member](Config& config) -> T& { return config.*member; };
}

Place<std::string> at(std::string pdf::IssuerNames::*member) {
    return [member](Config& config) -> std::string& { return config.issuer.*member; };
}

template <typename T>
T read(const Place<T>& place, const Config& config) {
    Config copy = config;
    return place(copy);
}

ConfigKey text(const char* section,
               const char* name,
               const Place<std::string>& place,
               std::string (*fault)(const std::string&),
               const char* about = "") {
    return {section,
            name,
            ConfigKind::Text,
            fault("") != "",
            about,
            [place](const Config& config) { return ConfigValue(read(place, config)); },
            [place, fault](Config& config, const ConfigValue& value) {
                place(config) = std::get<std::string>(value);
                return fault(place(config));
            }};
}

ConfigKey path(const char* section,
               const char* name,
               const Place<fs::path>& place,
               const char* about) {
    return {section,
            name,
            ConfigKind::Text,
            true,
            about,
            [place](const Config& config) { return ConfigValue(read(place, config).string()); },
            [place](Config& config, const ConfigValue& value) {
                place(config) = std::get<std::string>(value);
                return not_empty(place(config).string());
            }};
}

ConfigKey number(const char* section,
                 const char* name,
                 const Place<int>& place,
                 int least,
                 int most,
                 const char* about) {
    return {
        section,
        name,
        ConfigKind::Number,
        false,
        about,
        [place](const Config& config) { return ConfigValue(std::int64_t{read(place, config)}); },
        [place, least, most](Config& config, const ConfigValue& value) {
            const auto given = std::get<std::int64_t>(value);
            if (given < least || given > most) {
                return "should be " + std::to_string(least) + " to " + std::to_string(most);
            }
            place(config) = static_cast<int>(given);
            return std::string();
        }};
}

ConfigKey limit(const char* name, int LimitConfig::*member, int most, const char* about = "") {
    const auto place = [member](Config& config) -> int& { return config.limits.*member; };
    return number("limits", name, place, 1, most, about);
}

ConfigKey flag(const char* section, const char* name, const Place<bool>& place, const char* about) {
    return {section,
            name,
            ConfigKind::Switch,
            false,
            about,
            [place](const Config& config) { return ConfigValue(read(place, config)); },
            [place](Config& config, const ConfigValue& value) {
                place(config) = std::get<bool>(value);
                return std::string();
            }};
}

template <typename T>
ConfigKey list(const char* section,
               const char* name,
               const Place<std::vector<T>>& place,
               const char* about) {
    return {section,
            name,
            ConfigKind::List,
            false,
            about,
            [place](const Config& config) {
                const auto items = read(place, config);
                return ConfigValue(ConfigTexts(items.begin(), items.end()));
            },
            [place](Config& config, const ConfigValue& value) {
                const auto& given = std::get<ConfigTexts>(value);
                place(config) = {given.begin(), given.end()};
                return std::string();
            }};
}

// ---- the table

constexpr int any = std::numeric_limits<int>::max();

std::vector<ConfigKey> make_keys() {
    return {
        flag("instance",
             "demo",
             at(&Config::demo),
             "true: throw-away keys and a SPECIMEN mark on every document. Never turn a demo into "
             "production:\nmake a new instance."),
        text("instance",
             "public_url",
             at(&Config::public_url),
             public_url,
             "What a QR starts with, and where the public reaches this server. It is printed on "
             "paper: it has to stay\nreachable for as long as the documents live. In a demo "
             "`serve --listen` replaces it."),

        text("server",
             "listen",
             at(&Config::listen),
             address_and_port,
             "Plain HTTP; put the TLS of nginx in front of it on the open internet."),
        text("server",
             "admin_listen",
             at(&Config::admin_listen),
             admin_address,
             "/metrics, on loopback only; port 0: a free one, written to run/admin-listen; empty: "
             "nowhere."),
        number("server",
               "threads",
               at(&Config::threads),
               0,
               issue_workers_max,
               "Documents that are rendered and sealed at once; 0: one more than CPUs."),
        number(
            "server",
            "clock_step_seconds_max",
            at(&Config::clock_step_seconds_max),
            1,
            3600,
            "Nothing is issued while the clock was set by more than this, or the last document is "
            "that far\nin the future."),
        list<std::string>(
            "server",
            "trusted_proxies",
            at(&Config::trusted_proxies),
            "Addresses of proxies whose X-Forwarded-For counts, for example [\"127.0.0.1\"]."),

        text("issuer",
             "organ",
             at(&pdf::IssuerNames::organ),
             not_empty,
             "The organ as printed, and its short form used in numbers."),
        text("issuer", "organ_short", at(&pdf::IssuerNames::organ_short), not_empty),
        text("issuer",
             "organ_code",
             at(&pdf::IssuerNames::organ_code),
             digits<6>,
             "Six digits: part of numbers and of the seal's id."),
        text("issuer",
             "province",
             at(&pdf::IssuerNames::province),
             digits<2>,
             "GB/T 2260, two digits (99 in a demo), and the channel digit of invoice numbers."),
        text("issuer", "channel_digit", at(&pdf::IssuerNames::channel_digit), digits<1>),

        text("keys",
             "seal",
             at(&Config::seal_key),
             not_empty,
             "Ids of the keys in keys/: one seals documents, one signs the QR tokens (always "
             "P-256)."),
        text("keys", "token", at(&Config::token_key), not_empty),
        text(
            "keys",
            "ses",
            at(&Config::ses_key),
            anything,
            "An SM2 key that seals every document first, by GB/T 38540; keys.seal then puts a "
            "second seal behind it.\nSeals made before it was named here: yinxin seals replace ID. "
            "Empty: documents have one seal."),
        path("keys",
             "passphrase_file",
             at(&Config::passphrase_file),
             "The file that opens them, mode 0600, or credential:NAME for systemd's "
             "LoadCredential=NAME. Never the passphrase\nitself."),

        list<fs::path>("forms",
                       "folders",
                       at(&Config::form_folders),
                       "Folders of document types, beside the shipped ones and forms/ of this "
                       "instance."),

        text("seal",
             "level",
             at(&Config::seal_level),
             level_word,
             "The PAdES level of documents whose request names none: B-B, B-T, B-LT or B-LTA."),
        list<std::string>(
            "timestamps",
            "tsa",
            at(&Config::tsa),
            "Addresses of TSAs (RFC 3161 over HTTP); the first that answers is used."),
        text("timestamps",
             "policy",
             at(&Config::timestamp_policy),
             policy_word,
             "off: no time stamps. deferred: a document goes out at once and gets its level later, "
             "also when a TSA is\ndown. required: nothing goes out below its level."),
        number("timestamps",
               "deadline_ms",
               at(&Config::timestamp_deadline_ms),
               100,
               60'000,
               "Of one request to a TSA or a responder."),
        list<std::string>("outbound",
                          "allow",
                          at(&Config::outbound_allow),
                          "Servers that may be asked (OCSP, CRL), as HOST or HOST:PORT; one on "
                          "this machine or in a private\nnetwork needs its port."),
        text("demo_pki",
             "listen",
             at(&Config::demo_pki_listen),
             loopback_and_port,
             "Where the demo's TSA, OCSP and CRL answer, on loopback only; its certificates name "
             "this port."),

        limit("requests_per_minute",
              &LimitConfig::requests_per_minute,
              any,
              "Per caller (IPv4 address, IPv6 /64) on the public pages, and per API key. `serve` "
              "refuses looser limits than\nthese unless the instance is a demo or it is told "
              "--insecure-limits."),
        limit("requests_burst", &LimitConfig::requests_burst, any),
        limit("api_requests_per_minute", &LimitConfig::api_requests_per_minute, any),
        limit("api_requests_burst", &LimitConfig::api_requests_burst, any),
        limit("failed_facts_per_10_minutes",
              &LimitConfig::failed_facts_per_10_minutes,
              any,
              "Wrong facts for one document, then it answers to the right ones no more for a "
              "while."),
        limit("failed_facts_per_day", &LimitConfig::failed_facts_per_day, any),
        limit("connections_per_address",
              &LimitConfig::connections_per_address,
              any,
              "Open at once, from one caller. Those of a trusted proxy are not counted."),
        limit("header_seconds", &LimitConfig::header_seconds, 3600),
        limit("body_seconds", &LimitConfig::body_seconds, 3600),
        limit("json_bytes_max",
              &LimitConfig::json_bytes_max,
              static_cast<int>(limits::json_bytes_max)),
        limit("upload_bytes_max",
              &LimitConfig::upload_bytes_max,
              static_cast<int>(limits::upload_bytes_max)),
        limit("issue_queue_max",
              &LimitConfig::issue_queue_max,
              issue_queue_cap,
              "Requests to issue that wait for their turn, beside two for each of server.threads, "
              "and how long;\nbeyond that the answer is 503 with Retry-After."),
        limit("issue_wait_seconds", &LimitConfig::issue_wait_seconds, 3600),
    };
}

std::string names_in(const std::string& section) {
    std::string names;
    for (const ConfigKey& key : config_keys()) {
        if (key.section == section) {
            names += (names.empty() ? "" : ", ") + key.name;
        }
    }
    return names;
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
    static const std::vector<ConfigKey> keys = make_keys();
    return keys;
}

const ConfigKey& find_config_key(const std::string& section,
                                 const std::string& name,
                                 const std::string& where) {
    for (const ConfigKey& key : config_keys()) {
        if (key.section == section && key.name == name) {
            return key;
        }
    }
    const std::string names = names_in(section), pointer = "/" + section + "/" + name;
    if (name.find("pass") != std::string::npos || name.find("secret") != std::string::npos) {
        refuse_config(where,
                      pointer,
                      "secret",
                      section + "." + name +
                          " is not a key: a secret stands in a file of mode 0600 that "
                          "keys.passphrase_file names");
    }
    refuse_config(where,
                  pointer,
                  "unknown",
                  names.empty()
                      ? "there is no section [" + section + "]"
                      : section + "." + name + " is not a key; [" + section + "] has " + names);
}

void set_config(Config& config,
                const ConfigKey& key,
                const ConfigValue& value,
                const std::string& where) {
    if (const std::string refusal = key.set(config, value); !refusal.empty()) {
        refuse_config(where, key.pointer(), "value", key.dotted() + " " + refusal);
    }
}

void refuse_config(const std::string& where,
                   const std::string& pointer,
                   const std::string& rule,
                   const std::string& detail) {
    throw Error(ErrorCode::Invalid, where + ": " + detail, {{pointer, rule, detail}});
}

void refuse_config_kind(const std::string& where, const ConfigKey& key) {
    constexpr const char* words[] = {
        "text in quotes", "a whole number", "true or false", "a list of texts"};
    refuse_config(where,
                  key.pointer(),
                  "type",
                  key.dotted() + " should be " + words[static_cast<std::size_t>(key.kind)]);
}

}  // namespace yinxin::server
