// SPDX-License-Identifier: Apache-2.0
#include "server/config/sources.h"

#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

#include "server/config/keys.h"

namespace yinxin::server {
namespace {

std::string place_in(const std::filesystem::path& file, const toml::source_region& region) {
    return file.string() + ":" + std::to_string(region.begin.line) + ":" +
           std::to_string(region.begin.column);
}

std::optional<ConfigTexts> texts_of(const toml::array& array) {
    ConfigTexts texts;
    for (const toml::node& element : array) {
        if (!element.is_string()) {
            return std::nullopt;
        }
        texts.push_back(element.as_string()->get());
    }
    return texts;
}

std::optional<ConfigValue> value_of(const toml::node& node, ConfigKind kind) {
    if (const auto* text = node.as_string(); text != nullptr && kind == ConfigKind::Text) {
        return text->get();
    }
    if (const auto* number = node.as_integer(); number != nullptr && kind == ConfigKind::Number) {
        return number->get();
    }
    if (const auto* flag = node.as_boolean(); flag != nullptr && kind == ConfigKind::Switch) {
        return flag->get();
    }
    if (const auto* array = node.as_array(); array != nullptr && kind == ConfigKind::List) {
        return texts_of(*array);
    }
    return std::nullopt;
}

void read_section(Config& config,
                  const std::filesystem::path& file,
                  const std::string& section,
                  const toml::node& node) {
    const auto& keys = config_keys();
    const std::string where = place_in(file, node.source());
    if (std::none_of(keys.begin(), keys.end(), [&](const ConfigKey& key) {
            return key.section == section;
        })) {
        refuse_config(where, "/" + section, "unknown", "there is no section [" + section + "]");
    }
    const toml::table* table = node.as_table();
    if (table == nullptr) {
        refuse_config(where, "/" + section, "type", "[" + section + "] is a section, not a value");
    }
    for (const auto& [name, member] : *table) {
        const std::string at = place_in(file, member.source());
        const ConfigKey& key = find_config_key(section, std::string(name.str()), at);
        const auto value = value_of(member, key.kind);
        if (!value) {
            refuse_config_kind(at, key);
        }
        set_config(config, key, *value, at);
    }
}

std::optional<ConfigValue> value_from_text(const std::string& text, ConfigKind kind) {
    switch (kind) {
        case ConfigKind::Text:
            return text;
        case ConfigKind::Number: {
            std::int64_t number = 0;
            const char* end = text.data() + text.size();
            const auto parsed = std::from_chars(text.data(), end, number);
            if (parsed.ec == std::errc() && parsed.ptr == end) {
                return number;
            }
            return std::nullopt;
        }
        case ConfigKind::Switch:
            if (text == "true" || text == "false") {
                return text == "true";
            }
            return std::nullopt;
        case ConfigKind::List: {
            ConfigTexts texts;
            std::istringstream stream(text);
            for (std::string item; std::getline(stream, item, ',');) {
                texts.push_back(item);
            }
            return texts;
        }
    }
    return std::nullopt;
}

void set_from_text(Config& config,
                   const ConfigKey& key,
                   const std::string& text,
                   const std::string& where) {
    const auto value = value_from_text(text, key.kind);
    if (!value) {
        refuse_config_kind(where, key);
    }
    set_config(config, key, *value, where);
}

}  // namespace

void read_config_file(Config& config, const std::filesystem::path& file) {
    toml::table root;
    try {
        root = toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
        refuse_config(
            place_in(file, error.source()), "", "syntax", std::string(error.description()));
    }
    for (const auto& [section, node] : root) {
        read_section(config, file, std::string(section.str()), node);
    }
}

void read_config_environment(Config& config) {
    constexpr std::string_view prefix = "YINXIN__";
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (!text.starts_with(prefix)) {
            continue;
        }
        const auto equals = text.find('=');
        const std::string where(text.substr(0, equals));
        std::string name = where.substr(prefix.size());
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        const auto split = name.find("__");
        if (split == std::string::npos || equals == std::string_view::npos) {
            refuse_config(where, "", "unknown", "should be YINXIN__SECTION__KEY=value");
        }
        set_from_text(config,
                      find_config_key(name.substr(0, split), name.substr(split + 2), where),
                      std::string(text.substr(equals + 1)),
                      where);
    }
}

void read_config_overrides(Config& config, const std::vector<std::string>& overrides) {
    for (const std::string& text : overrides) {
        const auto equals = text.find('=');
        const auto dot = text.find('.');
        const std::string where = "--set " + text.substr(0, equals);
        if (equals == std::string::npos || dot > equals) {
            refuse_config(where, "", "unknown", "should be --set section.key=value");
        }
        set_from_text(
            config,
            find_config_key(text.substr(0, dot), text.substr(dot + 1, equals - dot - 1), where),
            text.substr(equals + 1),
            where);
    }
}

}  // namespace yinxin::server
