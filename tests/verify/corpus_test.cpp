// SPDX-License-Identifier: Apache-2.0
// Files of other makers (corpus.h) are judged as their index says.
#include "tests/verify/corpus.h"

#include <gtest/gtest.h>

#include <iostream>

#include "common/time_text.h"
#include "verify/document_verifier.h"

namespace yinxin::verify {
namespace {

/// How many of the index's rows agree; only ever raised.
constexpr std::size_t kAgreeingMin = 90;

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
    const auto rows = tests::corpus_index();
    ASSERT_GE(rows.size(), kAgreeingMin)
        << tests::corpus_folder()
        << "/INDEX.tsv is missing or not whole: this many files are expected";
    const TrustStore nobody({});
    std::size_t agreeing = 0;
    for (const tests::CorpusRow& row : rows) {
        const Bytes file = tests::corpus_file(row.file);
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
