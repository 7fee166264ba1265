// SPDX-License-Identifier: Apache-2.0
// Where values of the configuration come from. Each source overrides those read before it; each
// error says where in its source the fault is.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/config/config.h"

namespace yinxin::server {

void read_config_file(Config& config, const std::filesystem::path& file);
/// YINXIN__SECTION__KEY=value
void read_config_environment(Config& config);
/// "section.key=value", from --set.
void read_config_overrides(Config& config, const std::vector<std::string>& overrides);

}  // namespace yinxin::server
