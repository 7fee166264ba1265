// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <string>

#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"

namespace yinxin::server::cli {
namespace {

struct Options {
    std::string dir, name, role = "issuer";
    bool json = false;
};

KeySession session_of(const Options& options) {
    return open_key_session(load_config(options.dir, {}), [](const std::string& owner) {
        print_progress("waiting for another yinxin (process " + owner + ") on this instance ...");
    });
}

int add(const Options& options) {
    const std::string key =
        session_of(options).use.add(options.name, role_from_text(options.role).value());
    if (options.json) {
        std::cout << Json{{"name", options.name}, {"role", options.role}, {"key", key}}.dump()
                  << std::endl;
    } else {
        std::cout << "API key of " << options.name << ", " << options.role
                  << ". It is shown this once, the register keeps its digest only:\n  " << key
                  << "\n";
    }
    return Exit::Done;
}

int list(const Options& options) {
    const Json keys = session_of(options).use.list();
    if (options.json) {
        std::cout << Json{{"keys", keys}}.dump() << std::endl;
        return Exit::Done;
    }
    for (const Json& key : keys) {
        std::cout << key.at("name").get<std::string>() << "  " << key.at("role").get<std::string>()
                  << "  since " << key.at("created_at").get<std::string>();
        if (key.contains("revoked_at")) {
            std::cout << ", revoked " << key.at("revoked_at").get<std::string>();
        }
        std::cout << "\n";
    }
    return Exit::Done;
}

bool admin_left(const Json& keys) {
    return std::any_of(keys.begin(), keys.end(), [](const Json& key) {
        return key.at("role") == "admin" && !key.contains("revoked_at");
    });
}

int revoke(const Options& options) {
    const KeySession session = session_of(options);
    session.use.revoke(options.name);
    if (options.json) {
        std::cout << Json{{"name", options.name}, {"revoked", true}}.dump() << std::endl;
    } else {
        std::cout << "Revoked the API key of " << options.name << ".\n";
        if (!admin_left(session.use.list())) {
            std::cout << "No admin is left. For another: yinxin apikey add NAME --role admin --dir "
                      << options.dir << "\n";
        }
    }
    return Exit::Done;
}

}  // namespace

void add_apikey(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand("apikey", "API keys of callers: add, list, revoke");
    verb->require_subcommand(1);
    const auto under = [&](const char* name, const char* about, int (*work)(const Options&)) {
        CLI::App* part = verb->add_subcommand(name, about);
        part->add_option("--dir", options->dir, "The instance")->required();
        part->add_flag("--json", options->json);
        part->callback([options, work, &chosen] {
            chosen.json = options->json;
            chosen.run = [options, work] { return work(*options); };
        });
        return part;
    };
    CLI::App* adding = under("add", "Make a key and show it, this once", add);
    adding->add_option("NAME", options->name, "Who gets it; documents will belong to this name")
        ->required();
    adding
        ->add_option("--role",
                     options->role,
                     "issuer: issues, and reads, replaces and revokes its own; verifier: checks, "
                     "with the quota of a key; admin: all. Default: issuer")
        ->check(CLI::IsMember({"issuer", "verifier", "admin"}));
    under("list", "Every key ever made, without the keys themselves", list);
    under("revoke", "Refuse a key from now on", revoke)
        ->add_option("NAME", options->name)
        ->required();
}

}  // namespace yinxin::server::cli
