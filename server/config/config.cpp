// SPDX-License-Identifier: Apache-2.0
#include "server/config/config.h"

#include <sstream>
#include <variant>

#include "common/error.h"
#include "server/config/keys.h"
#include "server/config/sources.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

void require_all(const Config& config, const fs::path& file) {
    for (const ConfigKey& key : config_keys()) {
        if (key.required && key.get(config) == ConfigValue(std::string())) {
            refuse_config(file.string(), key.pointer(), "required", key.dotted() + " is missing");
        }
    }
}

fs::path in_instance(const Config& config, const fs::path& path) {
    const bool elsewhere = path.is_absolute() || path.string().starts_with("credential:");
    return elsewhere ? path : config.dir / path;
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

struct AsToml {
    std::string operator()(const std::string& text) const { return quoted(text); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const ConfigTexts& texts) const {
        std::string out;
        for (const std::string& text : texts) {
            out += (out.empty() ? "" : ", ") + quoted(text);
        }
        return "[" + out + "]";
    }
};

void write_comment(std::ostream& out, const std::string& about) {
    std::istringstream lines(about);
    for (std::string line; std::getline(lines, line);) {
        out << "# " << line << "\n";
    }
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
    read_config_file(config, file);
    read_config_environment(config);
    read_config_overrides(config, overrides);
    require_all(config, file);
    config.passphrase_file = in_instance(config, config.passphrase_file);
    for (fs::path& folder : config.form_folders) {
        folder = in_instance(config, folder);
    }
    settle_public_url(config);
    if (!listen.empty()) {
        set_listen(config, listen);
    }
    return config;
}

void set_listen(Config& config, const std::string& listen) {
    const std::string where = "--listen " + listen;
    set_config(config, find_config_key("server", "listen", where), listen, where);
    if (config.demo) {
        config.public_url = "http://" + listen;
        settle_public_url(config);
    }
}

std::vector<std::string> raised_limits(const LimitConfig& limits) {
    const Config defaults;
    Config given;
    given.limits = limits;
    std::vector<std::string> raised;
    for (const ConfigKey& key : config_keys()) {
        // what waits its turn is bounded by the keys' own caps and limits no caller
        const bool of_callers = key.section == "limits" && !key.name.starts_with("issue_");
        if (of_callers && key.get(given) > key.get(defaults)) {
            raised.push_back(key.dotted() + " = " + std::visit(AsToml(), key.get(given)) + " (" +
                             std::visit(AsToml(), key.get(defaults)) + ")");
        }
    }
    return raised;
}

std::string initial_config(const InitialConfig& initial) {
    Config config;
    config.demo = initial.demo;
    config.public_url = initial.demo ? "http://" + initial.listen : "https://verify.example.org";
    config.listen = initial.listen;
    config.issuer = initial.issuer;
    config.seal_key = initial.seal_key;
    config.token_key = initial.token_key;
    config.ses_key = initial.ses_key;
    config.passphrase_file = "keys/passphrase";
    config.demo_pki_listen = initial.demo_pki_listen;
    if (initial.demo) {
        config.tsa = {config.demo_pki_url() + "/tsa/p256", config.demo_pki_url() + "/tsa/rsa"};
        config.timestamp_policy = "deferred";
    }

    std::ostringstream out;
    out << "# Yinxin: one issuing authority. Every key can be overridden for one run by an "
           "environment variable\n"
           "# (YINXIN__SERVER__LISTEN=...) or by --set server.listen=... ; an unknown key is "
           "refused.\n"
           "# `yinxin doctor --dir .` checks what stands here and says what to do.\n";
    std::string section;
    for (const ConfigKey& key : config_keys()) {
        if (key.section == "demo_pki" && !initial.demo) {
            continue;
        }
        if (key.section != section) {
            section = key.section;
            out << "\n[" << section << "]\n";
        }
        write_comment(out, key.about);
        out << key.name << " = " << std::visit(AsToml(), key.get(config)) << "\n";
    }
    return out.str();
}

}  // namespace yinxin::server
