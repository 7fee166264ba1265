// SPDX-License-Identifier: Apache-2.0
// Every bit of a sealed file, one after the other: what the signature alone can prove.
#include <gtest/gtest.h>

#include <cctype>

#include "tests/verify/sealed_file.h"

namespace yinxin::verify {
namespace {

struct Count {
    std::size_t flips = 0, same_value = 0, letters = 0;
    std::vector<std::size_t> wrongly_intact;
};

bool is_letter(std::uint8_t byte) {
    return std::isalpha(byte) != 0;
}

struct Range {
    std::size_t begin = 0, end = 0;
};

Count flip_all(
    const Bytes& original, Range range, const TrustStore& trust, const Policy& policy, Time now) {
    const auto digits = tests::contents_digits(original);
    Bytes file = original;
    Count count;
    for (std::size_t at = range.begin; at < range.end; ++at) {
        const bool in_contents = at >= digits.begin && at < digits.end;
        count.letters += in_contents && is_letter(original[at]) ? 1 : 0;
        for (int bit = 0; bit < 8; ++bit) {
            file[at] = static_cast<std::uint8_t>(original[at] ^ (1 << bit));
            ++count.flips;
            if (verify_document(file, trust, policy, now).integrity == Integrity::Intact) {
                const bool same = in_contents && is_letter(original[at]) && (1 << bit) == 0x20;
                same ? static_cast<void>(++count.same_value)
                     : count.wrongly_intact.push_back(at * 8 + static_cast<std::size_t>(bit));
            }
        }
        file[at] = original[at];
    }
    return count;
}

TEST(Flips, NoFlippedBitOfACertifiedFileIsIntact) {
    const tests::SealedFiles files;
    const Bytes original = files.certified();
    ASSERT_EQ(files.check(original).integrity, Integrity::Intact);
    const Count count = flip_all(original, {0, original.size()}, files.trust(), {}, files.now());
    EXPECT_EQ(count.flips, original.size() * 8);
    EXPECT_TRUE(count.wrongly_intact.empty())
        << count.wrongly_intact.size() << " flips, the first at bit "
        << count.wrongly_intact.front();
    // the case of a hexadecimal letter changes no value: exactly those flips leave the seal as it
    // was
    EXPECT_EQ(count.same_value, count.letters);
    std::cout << count.flips << " flips of " << original.size() << " bytes, " << count.same_value
              << " of them only change the case of a digit\n";
}

TEST(Flips, NoFlippedBitOfAnRsaSignatureIsIntact) {
    const tests::SealedFiles files(keys::KeyAlgorithm::Rsa2048);
    const Bytes original = files.certified();
    const auto digits = tests::contents_digits(original);
    ASSERT_EQ(files.check_as_own(original).integrity, Integrity::Intact);
    const Count count =
        flip_all(original, {digits.begin, digits.end}, files.trust(), files.own(), files.now());
    EXPECT_TRUE(count.wrongly_intact.empty())
        << count.wrongly_intact.size() << " flips, the first at bit "
        << count.wrongly_intact.front();
    EXPECT_EQ(count.same_value, count.letters);
}

TEST(Flips, NoTruncationIsIntact) {
    const tests::SealedFiles files;
    const Bytes original = files.certified();
    for (std::size_t length = 0; length < original.size(); ++length) {
        EXPECT_NE(files.check(ByteView(original).first(length)).integrity, Integrity::Intact)
            << length;
    }
}

TEST(Flips, NoAddedByteIsIntact) {
    const tests::SealedFiles files;
    Bytes file = files.certified();
    file.push_back(0);
    for (int value = 0; value < 256; ++value) {
        file.back() = static_cast<std::uint8_t>(value);
        EXPECT_NE(files.check(file).integrity, Integrity::Intact) << value;
    }
}

}  // namespace
}  // namespace yinxin::verify
