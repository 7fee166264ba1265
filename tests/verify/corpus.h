// SPDX-License-Identifier: Apache-2.0
// Files of other makers. YINXIN_CORPUS names a folder with INDEX.tsv: file, ..., integrity,
// outcome, ... by its head line.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/bytes.h"

namespace yinxin::tests {

struct CorpusRow {
    std::string file, integrity, outcome;
};

inline std::filesystem::path corpus_folder() {
    const char* folder = std::getenv("YINXIN_CORPUS");
    if (folder == nullptr) {
        throw std::runtime_error(
            "the folder with the sample files is not set: export YINXIN_CORPUS=FOLDER (it holds "
            "INDEX.tsv)");
    }
    return folder;
}

inline std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> all;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '\t');) {
        all.push_back(cell);
    }
    return all;
}

inline std::vector<CorpusRow> corpus_index() {
    std::ifstream in(corpus_folder() / "INDEX.tsv");
    std::string line;
    std::getline(in, line);
    std::map<std::string, std::size_t> column;
    for (const std::string& name : cells(line)) {
        column.emplace(name, column.size());
    }
    std::vector<CorpusRow> rows;
    while (std::getline(in, line)) {
        const auto row = cells(line);
        if (!row.empty()) {
            rows.push_back({row.at(column.at("file")),
                            row.at(column.at("integrity")),
                            row.at(column.at("outcome"))});
        }
    }
    return rows;
}

inline Bytes corpus_file(const std::string& name) {
    std::ifstream in(corpus_folder() / name, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

}  // namespace yinxin::tests
