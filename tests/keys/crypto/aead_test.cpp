// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/aead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "keys/crypto/random.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

struct Zeros : Random {
    Bytes bytes(std::size_t count) override { return Bytes(count, 0); }
};

// McGrew and Viega, The Galois/Counter Mode of Operation, test case 14
TEST(AeadKey, AgreesWithThePublishedVector) {
    Zeros zeros;
    const AeadKey key(Bytes(32, 0));
    const Bytes sealed = key.seal({}, Bytes(16, 0), zeros);
    EXPECT_EQ(
        to_hex(sealed),
        std::string(24, '0') + "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    EXPECT_EQ(key.open({}, sealed), Bytes(16, 0));
}

TEST(AeadKey, RefusesWhatWasChangedAndOpensTheNextAllTheSame) {
    OpenSslRandom random;
    const AeadKey key(random.bytes(32)), other(random.bytes(32));
    const Bytes sealed = key.seal(as_bytes("facts/1"), as_bytes("text"), random);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        Bytes changed = sealed;
        changed[i] ^= 1;
        EXPECT_ERROR(key.open(as_bytes("facts/1"), changed), Malformed, "changed");
    }
    EXPECT_ERROR(key.open(as_bytes("facts/2"), sealed), Malformed, "changed");
    EXPECT_ERROR(other.open(as_bytes("facts/1"), sealed), Malformed, "another key");
    EXPECT_ERROR(key.open(as_bytes("facts/1"), Bytes(27, 0)), Malformed, "too short");
    EXPECT_EQ(as_text(key.open(as_bytes("facts/1"), sealed)), "text");
    EXPECT_NE(key.seal(as_bytes("facts/1"), as_bytes("text"), random), sealed);
}

TEST(AeadKey, ServesManyThreadsAtOnce) {
    const AeadKey key(Bytes(32, 5));
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 12; ++t) {
            threads.emplace_back([&, t] {
                OpenSslRandom random;
                for (int i = 0; i < 200; ++i) {
                    const std::string text = std::to_string(t) + "/" + std::to_string(i);
                    const Bytes sealed = key.seal(as_bytes(text), as_bytes(text), random);
                    wrong += as_text(key.open(as_bytes(text), sealed)) == text ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace yinxin::keys
