// SPDX-License-Identifier: Apache-2.0
#include "server/version.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "server/cli/commands.h"

namespace yinxin::server::cli {

void add_version(CLI::App& program, Chosen& chosen) {
    auto json = std::make_shared<bool>(false);
    CLI::App* verb = program.add_subcommand("version", "Print the version");
    verb->add_flag("--json", *json);
    verb->callback([json, &chosen] {
        chosen.run = [json] {
            if (*json) {
                std::cout << nlohmann::json{{"version", version}}.dump() << std::endl;
            } else {
                std::cout << "yinxin " << version << std::endl;
            }
            return Exit::Done;
        };
    });
}

}  // namespace yinxin::server::cli
