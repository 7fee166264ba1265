// SPDX-License-Identifier: Apache-2.0
// The vectors of tests/data/domain-vectors.json.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace yinxin::pdf::rules {

inline nlohmann::json domain_vectors(const std::string& key) {
    std::ifstream file(std::string(YINXIN_TEST_DATA) + "/domain-vectors.json");
    return nlohmann::json::parse(file).at(key);
}

}  // namespace yinxin::pdf::rules
