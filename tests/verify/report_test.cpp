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

TEST(Report, ATextThatWasCutIsNotCutAgain) {
    DocumentReport report;
    report.findings.push_back({Finding::Weight::Note, "note", std::string(396, 'x') + "印印印"});
    const auto json = to_json(report);
    EXPECT_EQ(to_json(report_from_json(json)), json);
}

TEST(Report, BytesThatAreNoTextDoNotBreakTheJson) {
    DocumentReport report;
    report.signatures.push_back(with(Verdict::Broken));
    report.signatures[0].field = "\xFE\xFF\x53\x70";
    EXPECT_NO_THROW(to_json(report).dump());
}

TEST(Report, IsNotLongerBecauseAFileHasMoreFaults) {
    DocumentReport report;
    report.findings.assign(5'000, {Finding::Weight::Note, "note", std::string(100'000, 'x')});
    report.findings.push_back(
        {Finding::Weight::Fault, "last", "印" + std::string(398, 'x') + "印"});
    const auto json = to_json(report);
    EXPECT_LT(json.dump().size(), 100'000U);
    const auto& findings = json.at("findings");
    ASSERT_EQ(findings.size(), 101U);
    EXPECT_EQ(findings.front().at("code"), "last");
    EXPECT_EQ(findings.front().at("detail"), "印" + std::string(394, 'x') + "...");
    EXPECT_EQ(findings.back().at("code"), "more_findings");
    EXPECT_EQ(findings.back().at("detail"), "4901 more findings are left out");
    EXPECT_EQ(to_json(report_from_json(json)), json);
}

TEST(Report, RefusesWordsItDoesNotKnow) {
    auto json = to_json(DocumentReport{});
    json["integrity"] = "fine";
    EXPECT_THROW(report_from_json(json), Error);
    EXPECT_THROW(report_from_json(nlohmann::json::object()), Error);
}

}  // namespace
}  // namespace yinxin::verify
