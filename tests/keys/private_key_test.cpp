// SPDX-License-Identifier: Apache-2.0
#include "keys/private_key.h"

#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

TEST(KeyAlgorithmText, ReadsWhatItWrites) {
    for (const char* word : {"p256", "rsa2048", "rsa3072", "sm2"}) {
        EXPECT_EQ(to_text(key_algorithm_from_text(word)), word);
    }
    EXPECT_EQ(key_algorithm_from_text("p256"), KeyAlgorithm::EcdsaP256);
    EXPECT_ERROR(
        key_algorithm_from_text("P256"), Invalid, "use one of p256, rsa2048, rsa3072, sm2");
    EXPECT_ERROR(key_algorithm_from_text(""), Invalid, "unknown key algorithm");
}

TEST(KeyPurposeText, ReadsWhatItWrites) {
    for (const char* word :
         {"document", "token", "external_seal", "seal_record", "report", "probe", "log_head"}) {
        EXPECT_EQ(to_text(key_purpose_from_text(word)), word);
    }
    EXPECT_ERROR(key_purpose_from_text("anything"), Invalid, "unknown key purpose");
}

}  // namespace
}  // namespace yinxin::keys
