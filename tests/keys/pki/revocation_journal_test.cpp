// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/revocation_journal.h"

#include <fstream>

#include "common/time_text.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::keys {
namespace {

class RevocationJournal : public testing::Test {
  protected:
    static Revocation revocation(std::uint8_t serial, const std::string& reason = "superseded") {
        return {.key = "seal",
                .issuer_name = {0x30, 0x00},
                .serial_number = {0x02, 0x01, serial},
                .revoked_at = *parse_rfc3339("2026-01-31T01:00:00Z"),
                .reason = reason};
    }
    void append(const std::string& text) const { std::ofstream(file_, std::ios::app) << text; }

    tests::TemporaryFolder folder_;
    std::filesystem::path file_ = folder_.path() / "revoked.jsonl";
};

TEST_F(RevocationJournal, GivesBackWhatWasRecorded) {
    EXPECT_TRUE(read_revocations(file_).empty());
    record_revocation(file_, revocation(7, "keyCompromise"));
    record_revocation(file_, revocation(8));
    const auto found = read_revocations(file_);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].key, "seal");
    EXPECT_EQ(found[0].issuer_name, (Bytes{0x30, 0x00}));
    EXPECT_EQ(found[0].serial_number, (Bytes{0x02, 0x01, 7}));
    EXPECT_EQ(to_rfc3339(found[0].revoked_at), "2026-01-31T01:00:00Z");
    EXPECT_EQ(found[0].reason, "keyCompromise");
    EXPECT_EQ(found[1].serial_number, (Bytes{0x02, 0x01, 8}));
}

TEST_F(RevocationJournal, RefusesARevocationThatIsThereOrHasNoReason) {
    record_revocation(file_, revocation(7));
    EXPECT_ERROR(record_revocation(file_, revocation(7, "keyCompromise")),
                 Conflict,
                 "seal is revoked already, from 2026-01-31T01:00:00Z (superseded)");
    EXPECT_ERROR(record_revocation(file_, revocation(8, "certificateHold")), Invalid, "no reason");
    EXPECT_EQ(read_revocations(file_).size(), 1u);
}

TEST_F(RevocationJournal, PassesOverALineThatWasNeverFinished) {
    record_revocation(file_, revocation(7));
    append("{\"key\": \"sea");
    EXPECT_EQ(read_revocations(file_).size(), 1u);
    record_revocation(file_, revocation(8));
    EXPECT_EQ(read_revocations(file_).size(), 2u);
}

TEST_F(RevocationJournal, NamesTheLineThatIsNone) {
    record_revocation(file_, revocation(7));
    append("nonsense\n");
    EXPECT_ERROR(read_revocations(file_), Malformed, "revoked.jsonl:2:");
    EXPECT_ERROR(record_revocation(file_, revocation(8)), Malformed, "revoked.jsonl:2:");
}

}  // namespace
}  // namespace yinxin::keys
