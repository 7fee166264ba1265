// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/parsed_certificate.h"

#include <gtest/gtest.h>

#include "keys/certificate_writer.h"
#include "tests/keys/test_pki.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

TEST(ParsedCertificate, IsSharedAsLongAsItIsKept) {
    const tests::TestPki pki(std::chrono::floor<std::chrono::milliseconds>(SystemClock().now()));
    const X509Ptr first = parsed_certificate(pki.root());
    const X509Ptr again = parsed_certificate(pki.root());
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first.get(), again.get());
    EXPECT_EQ(to_der<i2d_X509>(first.get()), pki.root());
}

TEST(ParsedCertificate, IsAllOfTheBytesOrNone) {
    const tests::TestPki pki(std::chrono::floor<std::chrono::milliseconds>(SystemClock().now()));
    Bytes more = pki.root();
    more.push_back(0);
    EXPECT_EQ(parsed_certificate(more), nullptr);
    EXPECT_EQ(parsed_certificate({}), nullptr);
    EXPECT_ERROR(required_certificate(more, "the anchor"), Malformed, "the anchor: bytes after");
}

}  // namespace
}  // namespace yinxin::keys
