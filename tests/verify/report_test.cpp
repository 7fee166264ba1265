// SPDX-License-Identifier: Apache-2.0
#include "verify/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::verify {
namespace {

SignatureReport with(Verdict verdict) {
    SignatureReport report;
    report.verdict = verdict;
    return report;
}

TEST(Report, TheWorstSignatureDecides) {
    using V = Verdict;
    const std::vector<std::pair<std::vector<V>, Integrity>> table = {
        {{}, Integrity::Unsigned},
        {{V::Intact}, Integrity::Intact},
        {{V::Intact, V::Undecided}, Integrity::NotChecked},
        {{V::Undecided, V::Modified}, Integrity::Altered},
        {{V::Modified, V::Broken}, Integrity::Invalid},
        {{V::Malformed, V::Intact}, Integrity::Invalid},
    };
    for (const auto& [verdicts, integrity] : table) {
        std::vector<SignatureReport> signatures;
        for (const Verdict verdict : verdicts) {
            signatures.push_back(with(verdict));
        }
        EXPECT_EQ(integrity_of(signatures), integrity) << to_text(integrity);
    }
}

TEST(Report, SurvivesTheWayThroughJson) {
    const tests::SealedFiles files;
    for (const Bytes& file : {files.certified(), files.seal(files.approved(), false), Bytes{}}) {
        const auto json = to_json(files.check(file));
        EXPECT_EQ(to_json(report_from_json(json)), json);
    }
    EXPECT_EQ(to_json(files.check(files.certified())).at("issuer").at("trusted"), "yes");
}

TEST(Report, BytesThatAreNoTextDoNotBreakTheJson) {
    DocumentReport report;
    report.signatures.push_back(with(Verdict::Broken));
    report.signatures[0].field = "\xFE\xFF\x53\x70";
    EXPECT_NO_THROW(to_json(report).dump());
}

TEST(Report, RefusesWordsItDoesNotKnow) {
    auto json = to_json(DocumentReport{});
    json["integrity"] = "fine";
    EXPECT_THROW(report_from_json(json), Error);
    EXPECT_THROW(report_from_json(nlohmann::json::object()), Error);
}

}  // namespace
}  // namespace yinxin::verify
