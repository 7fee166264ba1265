// SPDX-License-Identifier: Apache-2.0
#include "keys/crypto/openssl.h"

#include <openssl/err.h>

#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

TEST(OpensslHandle, HasTheSizeOfAPointer) {
    EXPECT_EQ(sizeof(EvpPkeyPtr), sizeof(void*));
}

TEST(OpensslError, NamesTheReasonAndEmptiesTheQueue) {
    ERR_raise(ERR_LIB_ASN1, ERR_R_MALLOC_FAILURE);
    const Error error = openssl_error(ErrorCode::Internal, "reading");
    EXPECT_THAT(error.what(), testing::StartsWith("reading: "));
    EXPECT_THAT(error.what(), testing::HasSubstr("malloc failure"));
    EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(FromDer, TakesTheWholeValueOrNothing) {
    const Bytes five{0x02, 0x01, 0x05};
    const auto number = from_der<Asn1IntegerPtr, d2i_ASN1_INTEGER>(five, "number");
    EXPECT_EQ(ASN1_INTEGER_get(number.get()), 5);
    EXPECT_EQ(to_der<i2d_ASN1_INTEGER>(number.get()), five);

    const Bytes longer{0x02, 0x01, 0x05, 0x00};
    EXPECT_ERROR(
        (from_der<Asn1IntegerPtr, d2i_ASN1_INTEGER>(longer, "number")), Malformed, "bytes after");
    const Bytes cut{0x02, 0x02, 0x05};
    EXPECT_ERROR((from_der<Asn1IntegerPtr, d2i_ASN1_INTEGER>(cut, "number")), Malformed, "number");
    EXPECT_ERROR((from_der<Asn1IntegerPtr, d2i_ASN1_INTEGER>({}, "number")), Malformed, "number");
}

}  // namespace
}  // namespace yinxin::keys
