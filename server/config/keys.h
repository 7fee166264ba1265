// SPDX-License-Identifier: Apache-2.0
// The keys of yinxin.toml: one table of what each means, what it may hold and where it goes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "server/config/config.h"

namespace yinxin::server {

using ConfigTexts = std::vector<std::string>;
using ConfigValue = std::variant<std::string, std::int64_t, bool, ConfigTexts>;
/// In the order of ConfigValue.
enum class ConfigKind { Text, Number, Switch, List };

struct ConfigKey {
    std::string section, name;
    ConfigKind kind;
    bool required;      ///< has to be there and not empty
    std::string about;  ///< the comment in a new file, line by line; "" for none
    std::function<ConfigValue(const Config&)> get;
    /// Puts a value of this kind in place; returns why it does not, "" when it does.
    std::function<std::string(Config&, const ConfigValue&)> set;

    std::string dotted() const { return section + "." + name; }
    std::string pointer() const { return "/" + section + "/" + name; }
};

/// In the order of a new file, section by section.
const std::vector<ConfigKey>& config_keys();

// `where` is what a person can look at: "yinxin.toml:12:8", "YINXIN__LIMITS__BODY_SECONDS" or
// "--set limits.body_seconds". All throw Error{Invalid} with it.

/// Refuses an unknown key with the names of its section.
const ConfigKey& find_config_key(const std::string& section,
                                 const std::string& name,
                                 const std::string& where);
void set_config(Config& config,
                const ConfigKey& key,
                const ConfigValue& value,
                const std::string& where);
[[noreturn]] void refuse_config(const std::string& where,
                                const std::string& pointer,
                                const std::string& rule,
                                const std::string& detail);
/// "limits.body_seconds should be a whole number".
[[noreturn]] void refuse_config_kind(const std::string& where, const ConfigKey& key);

}  // namespace yinxin::server
