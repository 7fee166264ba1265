// SPDX-License-Identifier: Apache-2.0
// Files of other makers. YINXIN_CORPUS names a folder with INDEX.tsv: file, ..., integrity,
// outcome, ... by its head line.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "common/time_text.h"
#include "verify/document_verifier.h"

namespace yinxin::verify {
namespace {

/// How many of the index's rows agree; only ever raised.
constexpr std::size_t kAgreeingMin = 90;

struct Row {
    std::string file, integrity, outcome;
};

std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> all;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '\t');) {
        all.push_back(cell);
    }
    return all;
}

std::vector<Row> read_index(const std::filesystem::path& folder) {
    std::ifstream in(folder / "INDEX.tsv");
    std::string line;
    std::getline(in, line);
    std::map<std::string, std::size_t> column;
    for (const std::string& name : cells(line)) {
        column.emplace(name, column.size());
    }
    std::vector<Row> rows;
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

Bytes read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

/// The outcome a file not in the register has.
std::string outcome_of(Integrity integrity) {
    switch (integrity) {
        case Integrity::Intact:
            return "sealed_elsewhere";
        case Integrity::Altered:
        case Integrity::Invalid:
            return "altered";
        default:
            return "not_verified";
    }
}

TEST(Corpus, FilesOfOtherMakersAreJudgedAsTheIndexSays) {
    const char* folder = std::getenv("YINXIN_CORPUS");
    ASSERT_NE(folder, nullptr) << "the folder with the sample files is not set: export "
                                  "YINXIN_CORPUS=FOLDER (it holds INDEX.tsv)";
    const auto rows = read_index(folder);
    ASSERT_GE(rows.size(), kAgreeingMin)
        << folder << "/INDEX.tsv is missing or not whole: this many files are expected";
    const TrustStore nobody({});
    std::size_t agreeing = 0;
    for (const Row& row : rows) {
        const Bytes file = read_file(std::filesystem::path(folder) / row.file);
        ASSERT_FALSE(file.empty()) << row.file;
        const auto report =
            verify_document(file, nobody, {}, *parse_rfc3339("2026-06-30T00:00:00Z"));
        const bool same = to_text(report.integrity) == row.integrity &&
                          outcome_of(report.integrity) == row.outcome;
        agreeing += same ? 1 : 0;
        if (!same) {
            std::cout << row.file << ": " << to_text(report.integrity) << ", the index says "
                      << row.integrity << "\n";
        }
        if (row.integrity != "intact") {
            EXPECT_NE(report.integrity, Integrity::Intact) << row.file;
        }
    }
    EXPECT_GE(agreeing, kAgreeingMin) << "of " << rows.size();
    std::cout << agreeing << " of " << rows.size() << " files as the index says\n";
}

}  // namespace
}  // namespace yinxin::verify
