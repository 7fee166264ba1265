// SPDX-License-Identifier: Apache-2.0
// The attacks that work on any sealed file, on the sealed files of other makers
// (../corpus_test.cpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "common/time_text.h"
#include "tests/verify/attacks/any_file.h"
#include "tests/verify/corpus.h"
#include "verify/document_verifier.h"

namespace yinxin::tests {
namespace {

using verify::Integrity;

TEST(Corpus, NoAttackOnAFileOfAnotherMakerIsCalledIntact) {
    const verify::TrustStore nobody({});
    const auto check = [&](ByteView file) {
        return verify_document(file, nobody, {}, *parse_rfc3339("2026-06-30T00:00:00Z")).integrity;
    };
    std::size_t files = 0, made = 0, as_expected = 0;
    for (const CorpusRow& row : corpus_index()) {
        const Bytes file = corpus_file(row.file);
        if (row.integrity != "intact") {
            continue;
        }
        ASSERT_EQ(check(file), Integrity::Intact) << row.file;
        ++files;
        for (const AnyFileAttack& attack : any_file_attacks()) {
            const auto attacked = attack.make(file);
            if (!attacked || *attacked == file) {
                continue;
            }
            ++made;
            const Integrity integrity = check(*attacked);
            const auto& verdicts = attack.verdicts;
            const bool expected =
                std::find(verdicts.begin(), verdicts.end(), integrity) != verdicts.end();
            as_expected += expected ? 1 : 0;
            EXPECT_TRUE(expected || integrity != Integrity::Intact)
                << row.file << ": " << attack.name;
            if (!expected) {
                std::cout << row.file << ": row " << attack.row << ", " << attack.name << ": "
                          << to_text(integrity) << "\n";
            }
        }
    }
    EXPECT_GE(files, 1U);
    std::cout << made << " attacks on " << files << " files, " << as_expected
              << " with the verdict of the table\n";
}

}  // namespace
}  // namespace yinxin::tests
