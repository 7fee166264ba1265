// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "keys/crypto/random.h"

namespace yinxin::keys {
namespace {

// FIPS 180-4 examples
TEST(Sha256, AgreesWithFips180) {
    EXPECT_EQ(to_hex(sha256({})),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, OfPartsIsThatOfTheWhole) {
    Sha256 digest;
    digest.update(as_bytes("a")).update({}).update(as_bytes("bc"));
    EXPECT_EQ(digest.finish(), sha256(as_bytes("abc")));
    EXPECT_EQ(digest.finish(), sha256({})) << "starts anew after finish";
}

// RFC 4231, test cases 1, 2 and 6
TEST(HmacSha256, AgreesWithRfc4231) {
    EXPECT_EQ(to_hex(hmac_sha256(Bytes(20, 0x0b), as_bytes("Hi There"))),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(
        to_hex(hmac_sha256(Bytes(131, 0xaa),
                           as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, TakesAnEmptyKey) {
    EXPECT_EQ(to_hex(hmac_sha256({}, {})),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(OpenSslRandom, GivesAsManyBytesAsAskedAndOthersEachTime) {
    OpenSslRandom random;
    EXPECT_EQ(random.bytes(0).size(), 0u);
    EXPECT_EQ(random.bytes(33).size(), 33u);
    EXPECT_NE(random.bytes(16), random.bytes(16));
}

}  // namespace
}  // namespace yinxin::keys
