// SPDX-License-Identifier: Apache-2.0
// What others signed (tests/data/ses): ofdrw's seals in all versions, SM2 CMS by Bouncy Castle.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "tests/verify/sealed_file.h"
#include "verify/ses_check.h"

namespace yinxin::verify {
namespace {

Bytes datum(const std::string& name) {
    std::ifstream file(YINXIN_TEST_DATA "/ses/" + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

const TrustStore& trust() {
    static const TrustStore store({datum("root.cer")}, {datum("ca.cer")});
    return store;
}
/// After all of it was made, before the certificates end.
Time now() {
    return *parse_rfc3339("2026-12-31T00:00:00Z");
}

struct Checked {
    Assessment assessment;
    SesAnswer answer;
};
Checked check(const std::string& name) {
    Checked checked;
    const Bytes bytes = datum(name);
    checked.answer = check_ses(TlvReader(bytes).next(),
                               {keys::sm3(datum("content.bin")), {}, now()},
                               trust(),
                               checked.assessment);
    return checked;
}

TEST(SesOfOthers, OfEveryVersionHolds) {
    for (const char* name :
         {"v1", "v4", "v4-digest-list", "v4-raw-signature", "v4-time-stamp", "v5"}) {
        const Checked checked = check(std::string(name) + ".der");
        EXPECT_EQ(checked.assessment.verdict(), Verdict::Intact) << name;
        for (const Finding& finding : checked.assessment.findings()) {
            EXPECT_EQ(finding.code == "seal" ? "" : finding.code, "")
                << name << ": " << finding.detail;
        }
        EXPECT_EQ(checked.answer.seal.trust, Trust::Yes) << name;
        EXPECT_EQ(checked.answer.certificate, datum("signer.cer")) << name;
        EXPECT_TRUE(checked.answer.claimed) << name;
        EXPECT_EQ(checked.answer.proven.has_value(), std::string_view(name) == "v4-time-stamp")
            << name;
    }
}

TEST(SesOfOthers, WithTheEmptyIdentifierIsBroken) {
    EXPECT_EQ(check("v4-empty-id.der").assessment.verdict(), Verdict::Broken);
}

TEST(SesOfOthers, NoChangedBitHolds) {
    for (const char* name : {"v1.der", "v4-digest-list.der", "v5.der"}) {
        const Bytes good = datum(name);
        const Bytes hash = keys::sm3(datum("content.bin"));
        Bytes bytes = good;
        for (std::size_t at = 4; at < good.size(); at += 3) {
            bytes[at] = static_cast<std::uint8_t>(good[at] ^ (1 << at % 8));
            Assessment assessment;
            check_ses(TlvReader(bytes).next(), {hash, {}, now()}, trust(), assessment);
            EXPECT_NE(assessment.verdict(), Verdict::Intact) << name << " " << at;
            bytes[at] = good[at];
        }
    }
}

TEST(SesOfOthers, InAPdfIsIntactAndItsIssuerTrusted) {
    for (const char* name : {"v1.pdf", "v4.pdf", "v5.pdf", "cms.pdf", "cms-gbt35275.pdf"}) {
        const auto report = verify_document(datum(name), trust(), {}, now());
        EXPECT_EQ(report.integrity, Integrity::Intact) << name;
        ASSERT_EQ(report.signatures.size(), 1U);
        EXPECT_EQ(report.signatures[0].signer.value().trusted, Trust::Yes) << name;
        EXPECT_FALSE(tests::has_finding(report, "sm2_empty_id")) << name;
        for (const Finding& finding : report.signatures[0].findings) {
            EXPECT_NE(finding.weight, Finding::Weight::Fault) << name << ": " << finding.detail;
        }
    }
}

}  // namespace
}  // namespace yinxin::verify
