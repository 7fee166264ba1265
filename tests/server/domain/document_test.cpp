// SPDX-License-Identifier: Apache-2.0
#include "server/domain/document.h"

#include <gtest/gtest.h>

#include <array>

#include "common/error.h"
#include "keys/crypto/random.h"

namespace yinxin::server {
namespace {

constexpr std::array states{DocumentState::Reserved,
                            DocumentState::Issued,
                            DocumentState::Superseded,
                            DocumentState::Revoked,
                            DocumentState::Void};

TEST(DocumentState, HasFourChangesAndNoOther) {
    int changes = 0;
    for (const auto from : states) {
        for (const auto to : states) {
            changes += may_follow(from, to) ? 1 : 0;
        }
    }
    EXPECT_EQ(changes, 4);
    EXPECT_TRUE(may_follow(DocumentState::Reserved, DocumentState::Issued));
    EXPECT_TRUE(may_follow(DocumentState::Reserved, DocumentState::Void));
    EXPECT_TRUE(may_follow(DocumentState::Issued, DocumentState::Superseded));
    EXPECT_TRUE(may_follow(DocumentState::Issued, DocumentState::Revoked));
}

TEST(DocumentState, IsReadAsItWasWritten) {
    for (const auto state : states) {
        EXPECT_EQ(document_state_from_text(to_text(state)), state);
    }
    EXPECT_THROW(document_state_from_text("issued"), Error);
}

TEST(DocumentState, ShowsNothingOfReservedAndVoid) {
    EXPECT_EQ(status_word(DocumentState::Reserved), "unknown");
    EXPECT_EQ(status_word(DocumentState::Void), "unknown");
    EXPECT_FALSE(visible(DocumentState::Reserved));
    EXPECT_FALSE(visible(DocumentState::Void));
    EXPECT_EQ(status_word(DocumentState::Issued), "valid");
}

TEST(DocumentId, IsRandomAndHasItsShape) {
    keys::OpenSslRandom random;
    const std::string id = new_document_id(random);
    EXPECT_TRUE(is_document_id(id));
    EXPECT_NE(id, new_document_id(random));
    for (const char* bad : {"",
                            "1",
                            "0123456789abcdef0123456789abcdeF",
                            "0123456789abcdef0123456789abcde",
                            "0123456789abcdef0123456789abcdef0",
                            "../../../../etc/passwd0123456789"}) {
        EXPECT_FALSE(is_document_id(bad)) << bad;
    }
}

TEST(RevocationWord, IsOneOfFiveWhateverWasWritten) {
    for (const char* word :
         {"issued_in_error", "data_corrected", "replaced", "key_compromise", "other"}) {
        EXPECT_EQ(revocation_word(word), word);
    }
    for (const char* text : {"", "issued in error", "Issued_in_error", "张小明 asked for it"}) {
        EXPECT_EQ(revocation_word(text), "other");
    }
}

}  // namespace
}  // namespace yinxin::server
