// SPDX-License-Identifier: Apache-2.0
#include "server/domain/verification_code.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "tests/support/data.h"

namespace yinxin::server {
namespace {

std::string unprinted(std::string code) {
    std::erase(code, '-');
    return code;
}

std::string hint_for(const std::string& typed) {
    try {
        read_verification_code(typed);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Malformed);
        return error.fields().empty() ? "no field" : error.fields().front().detail;
    }
    return "accepted";
}

TEST(VerificationCode, AcceptsTheVectors) {
    const auto vectors = tests::domain_vectors("verify_code");
    EXPECT_EQ(vectors.at("alphabet"), code_alphabet);
    ASSERT_FALSE(vectors.at("valid").empty());
    for (const std::string code : vectors.at("valid")) {
        EXPECT_EQ(read_verification_code(code), unprinted(code));
        EXPECT_EQ(print_verification_code(unprinted(code)), code);
    }
}

TEST(VerificationCode, IgnoresCaseSpacesAndHyphens) {
    for (const char* typed : {"7K3M-9Q2T-5W8X-4Y6Y",
                              "7k3m9q2t5w8x4y6y",
                              " 7K3M 9q2t 5W8X 4Y6Y ",
                              "7-K-3M9Q2T5W8X4Y6Y"}) {
        EXPECT_EQ(read_verification_code(typed), "7K3M9Q2T5W8X4Y6Y") << typed;
    }
}

TEST(VerificationCode, RefusesWhatIsATypingErrorWithAHint) {
    for (const char* typed : {"0K3M-9Q2T-5W8X-4Y6Y",
                              "OK3M-9Q2T-5W8X-4Y6Y",
                              "1K3M-9Q2T-5W8X-4Y6Y",
                              "iK3M-9Q2T-5W8X-4Y6Y"}) {
        EXPECT_NE(hint_for(typed).find("never used"), std::string::npos) << typed;
    }
    EXPECT_NE(hint_for("7K3M-9Q2T-5W8X-4Y6").find("15 of 16"), std::string::npos);
    EXPECT_NE(hint_for("").find("0 of 16"), std::string::npos);
    EXPECT_NE(hint_for("7K3M-9Q2T-5W8X-4Y6Y2").find("more than 16"), std::string::npos);
    EXPECT_NE(hint_for("7K3M-9Q2T-5W8X-4Y6\xe5").find("only digits"), std::string::npos);
    EXPECT_NE(hint_for("7K3M_9Q2T_5W8X_4Y6Y").find("only digits"), std::string::npos);
    EXPECT_NE(hint_for("7K3M-9Q2T-5W8X-4Y62").find("a symbol is wrong"), std::string::npos);
}

TEST(VerificationCode, FindsEverySingleWrongSymbolAndEverySwapButTwoAndZ) {
    const std::string code = "H4T7M2P9R3X6C8DJ";
    for (std::size_t at = 0; at < code.size(); ++at) {
        for (const char c : code_alphabet) {
            std::string wrong = code;
            wrong[at] = c;
            EXPECT_EQ(hint_for(wrong) == "accepted", wrong == code) << wrong;
        }
        if (at + 1 < code.size()) {
            std::string swapped = code;
            std::swap(swapped[at], swapped[at + 1]);
            EXPECT_NE(hint_for(swapped), "accepted") << swapped;
        }
    }
}

// Entropy is looked for on the output: a fixed bit anywhere would show.
TEST(VerificationCode, HasSeventyFiveEvenBits) {
    keys::OpenSslRandom random;
    constexpr int count = 200'000;
    std::array<std::array<int, 5>, 15> ones{};
    std::set<std::string> seen;
    for (int i = 0; i < count; ++i) {
        const std::string code = new_verification_code(random);
        ASSERT_EQ(read_verification_code(code), code);
        seen.insert(code);
        for (std::size_t at = 0; at < 15; ++at) {
            const std::size_t value = code_alphabet.find(code[at]);
            for (std::size_t bit = 0; bit < 5; ++bit) {
                ones[at][bit] += static_cast<int>(value >> bit & 1);
            }
        }
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
    const double limit = 6 * std::sqrt(count) / 2;  // six standard deviations
    for (const auto& symbol : ones) {
        for (const int bit : symbol) {
            EXPECT_NEAR(bit, count / 2, limit);
        }
    }
}

}  // namespace
}  // namespace yinxin::server
