// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/prefix_digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace yinxin::keys {
namespace {

Bytes noise(std::size_t size, std::uint32_t seed) {
    Bytes out(size);
    for (std::uint8_t& byte : out) {
        seed = seed * 1664525u + 1013904223u;
        byte = static_cast<std::uint8_t>(seed >> 24);
    }
    return out;
}

Bytes joined(ByteView a, ByteView b) {
    Bytes out = to_bytes(a);
    out.insert(out.end(), b.begin(), b.end());
    return out;
}

class PrefixDigestOf : public testing::TestWithParam<Digest::Kind> {
  protected:
    Bytes expected(ByteView first, ByteView second = {}) const {
        return Digest(GetParam()).update(first).update(second).finish();
    }
    PrefixDigest digest_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Kinds,
                         PrefixDigestOf,
                         testing::Values(Digest::Kind::Sha256, Digest::Kind::Sm3),
                         [](const auto& given) {
                             return given.param == Digest::Kind::Sm3 ? "Sm3" : "Sha256";
                         });

TEST_P(PrefixDigestOf, IsThatOfAllBytesWhateverWasMetBefore) {
    std::vector<Bytes> forms;
    for (std::uint32_t form = 0; form < 12; ++form) {  // more than are kept
        forms.push_back(joined(noise(5000, 7), noise(1000 * form, form + 100)));
    }
    for (std::uint32_t round = 0; round < 200; ++round) {
        const Bytes& form = forms[round * 7 % forms.size()];
        const Bytes document = joined(form, noise(round * 31 % 3000, round + 1000));
        const Bytes behind = noise(round % 5 * 900, round);
        ASSERT_EQ(digest_.of(document, behind), expected(document, behind)) << round;
    }
}

TEST_P(PrefixDigestOf, WhatDocumentsOfAFormShareIsKeptOnceHoweverTheyAreAskedFor) {
    const Bytes form = noise(14 * 1024, 5);
    for (std::uint32_t i = 0; i < 40; ++i) {
        const Bytes document = joined(form, noise(17'000, i + 1));
        for (int again = 0; again < 2; ++again) {
            ASSERT_EQ(digest_.of(document), expected(document));
        }
    }
    EXPECT_EQ(digest_.known(), std::vector<std::size_t>{14 * 1024});
}

TEST_P(PrefixDigestOf, ALongerBeginningIsLearntBesideOneThatAllFormsShare) {
    const Bytes all = noise(6 * 1024, 5), form = joined(all, noise(20 * 1024, 6));
    for (std::uint32_t i = 0; i < 2; ++i) {
        digest_.of(joined(all, noise(30'000, i + 50)));
    }
    EXPECT_EQ(digest_.known(), std::vector<std::size_t>{6 * 1024});
    for (std::uint32_t i = 0; i < 3; ++i) {
        digest_.of(joined(form, noise(9'000, i + 1)));
    }
    EXPECT_EQ(digest_.known(), (std::vector<std::size_t>{26 * 1024, 6 * 1024}));
}

TEST_P(PrefixDigestOf, ABeginningInUseStaysWhereOthersComeAndGo) {
    const auto form = [](std::uint32_t n) { return noise(10 * 1024 + n * 1024, n + 200); };
    const auto ask = [&](std::uint32_t n, std::uint32_t document) {
        digest_.of(joined(form(n), noise(5'000, document)));
    };
    for (std::uint32_t n = 0; n < 3 * PrefixDigest::beginnings_max; ++n) {
        ask(n, 1), ask(n, 2);
        ask(0, n);
    }
    const auto known = digest_.known();
    EXPECT_EQ(known.size(), PrefixDigest::beginnings_max);
    EXPECT_EQ(known.front(), 10 * 1024u);
}

TEST_P(PrefixDigestOf, NoMoreIsKeptThanTheBound) {
    const Bytes form = noise(300'000, 5);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const Bytes document = joined(form, noise(5'000, i + 1));
        EXPECT_EQ(digest_.of(document), expected(document));
    }
    EXPECT_EQ(digest_.known(), std::vector<std::size_t>{PrefixDigest::beginning_bytes_max});
}

TEST_P(PrefixDigestOf, AByteThatDiffersAnywhereIsSeen) {
    Bytes document = noise(20'000, 1);
    for (int i = 0; i < 3; ++i) {
        digest_.of(document);
    }
    for (std::size_t at = 0; at < document.size(); at += 311) {
        document[at] ^= 1;
        ASSERT_EQ(digest_.of(document), expected(document)) << at;
        document[at] ^= 1;
        ASSERT_EQ(digest_.of(document), expected(document)) << at;
    }
}

TEST_P(PrefixDigestOf, ShorterThanWhatIsKnownAndNothingAtAll) {
    const Bytes document = noise(100'000, 3);  // longer than a beginning that is kept
    for (int i = 0; i < 3; ++i) {
        digest_.of(document);
    }
    for (const std::size_t size : {0, 1, 63, 64, 1023, 1024, 4096, 65'535, 65'536, 65'537}) {
        const ByteView start = ByteView(document).first(size);
        EXPECT_EQ(digest_.of(start), expected(start)) << size;
        EXPECT_EQ(digest_.of({}, start), expected(start)) << size;
    }
}

TEST_P(PrefixDigestOf, InSeveralThreads) {
    const Bytes form = noise(30'000, 9);
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            for (std::uint32_t i = 0; i < 100; ++i) {
                const Bytes document = joined(ByteView(form).first(8000 * (i % 4)), noise(500, i));
                wrong[t] += digest_.of(document) == expected(document) ? 0 : 1;
            }
        });
    }
    for (std::thread& each : threads) {
        each.join();
    }
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace yinxin::keys
