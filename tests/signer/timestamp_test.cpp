// SPDX-License-Identifier: Apache-2.0
#include "signer/timestamp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keys/crypto/digest.h"
#include "tests/signer/fake_tsa.h"
#include "tests/support/expect_error.h"

namespace yinxin::signer {
namespace {

const Bytes kImprint = keys::sha256(as_bytes("what is stamped"));
const Bytes kNonce{0x7F, 2, 3, 4, 5, 6, 7, 8};

tests::FakeTsa& tsa() {
    static tests::FakeTsa made(SystemClock().now());
    return made;
}

TEST(Timestamp, RequestsWhatOpensslReads) {
    const Bytes request = timestamp_request(kImprint, kNonce);
    const auto read =
        keys::from_der<keys::Handle<TS_REQ, TS_REQ_free>, d2i_TS_REQ>(request, "request");
    EXPECT_EQ(TS_REQ_get_version(read.get()), 1);
    EXPECT_EQ(TS_REQ_get_cert_req(read.get()), 1);
    TS_MSG_IMPRINT* const imprint = TS_REQ_get_msg_imprint(read.get());
    ASN1_OCTET_STRING* const digest = TS_MSG_IMPRINT_get_msg(imprint);
    EXPECT_EQ(to_bytes({ASN1_STRING_get0_data(digest),
                        static_cast<std::size_t>(ASN1_STRING_length(digest))}),
              kImprint);
    const ASN1_INTEGER* const nonce = TS_REQ_get_nonce(read.get());
    EXPECT_EQ(ASN1_STRING_length(nonce), 8);
    EXPECT_EQ(ASN1_STRING_type(nonce), V_ASN1_INTEGER);  // not negative
}

TEST(Timestamp, GivesTheTokenAsItStandsInTheAnswer) {
    const Bytes answer = tsa().answer(timestamp_request(kImprint, kNonce));
    const Bytes token = timestamp_token(answer);
    EXPECT_TRUE(std::equal(
        token.begin(), token.end(), answer.end() - static_cast<std::ptrdiff_t>(token.size())));
}

TEST(Timestamp, TellsWhyATsaRefuses) {
    const Bytes answer = tsa().answer(as_bytes("\x30\x03\x02\x01\x01"));  // no request at all
    EXPECT_ERROR(timestamp_token(answer), Refused, "status 2: ");
}

TEST(Timestamp, RefusesWhatIsNoAnswer) {
    const Bytes answer = tsa().answer(timestamp_request(kImprint, kNonce));
    Bytes longer = answer;
    longer.push_back(0);
    EXPECT_ERROR(timestamp_token(longer), Malformed, "bytes follow");
    EXPECT_ERROR(timestamp_token(as_bytes("<html>")), Malformed, "not DER");
    for (std::size_t cut = 0; cut < answer.size(); ++cut) {
        EXPECT_THROW(timestamp_token(ByteView(answer).first(cut)), Error) << cut;
    }
}

}  // namespace
}  // namespace yinxin::signer
