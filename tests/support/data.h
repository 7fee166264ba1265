// SPDX-License-Identifier: Apache-2.0
// The files tests read: shipped samples, test data, and what a test itself wrote.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace yinxin::tests {

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Makes the folders above it.
inline void write_text(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

inline nlohmann::json json_file(const std::filesystem::path& path) {
    return nlohmann::json::parse(read_text(path));
}

/// A shipped sample by its file's name, TYPE.WHICH.json.
inline nlohmann::json sample(const std::string& file) {
    return json_file(std::filesystem::path(YINXIN_SAMPLES) / file);
}

/// The files of all shipped samples.
inline std::vector<std::string> sample_files() {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(YINXIN_SAMPLES)) {
        files.push_back(entry.path().filename().string());
    }
    return files;
}

/// One part of tests/data/domain-vectors.json.
inline nlohmann::json domain_vectors(const std::string& part) {
    return json_file(std::filesystem::path(YINXIN_TEST_DATA) / "domain-vectors.json").at(part);
}

}  // namespace yinxin::tests
