// SPDX-License-Identifier: Apache-2.0
#include "keys/order_check.h"

#include "keys/crypto/digest.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

const Bytes kDigest = sha256(as_bytes("the bytes of a document"));

// DER by hand: content-type id-data, message-digest.
const std::string kContentType = "301806092a864886f70d010903310b06092a864886f70d010701";
std::string message_digest(const Bytes& digest) {
    return "302f06092a864886f70d010904312204" + std::string("20") + to_hex(digest);
}
// signing-time, sorts between the two
const std::string kSigningTime = "301c06092a864886f70d010905310f170d3236303130313030303030305a";

std::string hex_byte(std::size_t value) {
    return to_hex(Bytes{static_cast<std::uint8_t>(value)});
}
Bytes set_of(const std::string& content) {
    return from_hex("31" + hex_byte(content.size() / 2) + content);
}
Bytes good() {
    return set_of(kContentType + message_digest(kDigest));
}

void check(KeyPurpose purpose, ByteView digest, ByteView message) {
    check_order({purpose, "subject", digest, message});
}

TEST(CheckOrder, ADocumentsAttributesCarryItsDigest) {
    EXPECT_NO_THROW(check(KeyPurpose::Document, kDigest, good()));
    EXPECT_NO_THROW(check(KeyPurpose::ExternalSeal, kDigest, good()));
    EXPECT_NO_THROW(check(KeyPurpose::Document,
                          kDigest,
                          set_of(kContentType + kSigningTime + message_digest(kDigest))));
}

TEST(CheckOrder, ADocumentsAttributesWithAnotherDigestAreRefused) {
    const Bytes other = sha256(as_bytes("another document"));
    EXPECT_ERROR(check(KeyPurpose::Document, other, good()), Refused, "message-digest");
    EXPECT_ERROR(check(KeyPurpose::Document, {}, good()), Refused, "message-digest");
    EXPECT_ERROR(check(KeyPurpose::Document,
                       kDigest,
                       set_of(kContentType + message_digest(kDigest) + message_digest(other))),
                 Refused,
                 "order: ");
    EXPECT_ERROR(check(KeyPurpose::Document,
                       kDigest,
                       set_of(kContentType + message_digest(kDigest) + message_digest(kDigest))),
                 Refused,
                 "message-digest");
    EXPECT_ERROR(
        check(KeyPurpose::Document, kDigest, set_of(kContentType)), Refused, "message-digest");
    // two values in one attribute
    const std::string two = "305106092a864886f70d010904314404" + std::string("20") +
                            to_hex(kDigest) + "0420" + to_hex(kDigest);
    EXPECT_ERROR(check(KeyPurpose::Document, kDigest, set_of(kContentType + two)),
                 Refused,
                 "message-digest");
}

TEST(CheckOrder, AttributesOfOtherContentAreRefused) {
    EXPECT_ERROR(check(KeyPurpose::Document, kDigest, set_of(message_digest(kDigest))),
                 Refused,
                 "content-type");
    // id-ct-TSTInfo: such a signature would be a time stamp
    const std::string tst = "301a06092a864886f70d010903310d060b2a864886f70d0109100104";
    EXPECT_ERROR(check(KeyPurpose::Document, kDigest, set_of(tst + message_digest(kDigest))),
                 Refused,
                 "content-type");
}

TEST(CheckOrder, WhatIsNotASortedDerSetIsRefused) {
    const std::vector<Bytes> messages = {
        {},
        kDigest,
        to_bytes(as_bytes("any text")),
        set_of(message_digest(kDigest) + kContentType),        // not sorted
        from_hex("3181" + to_hex(good()).substr(2)),           // length not in its shortest form
        from_hex("3180" + to_hex(good()).substr(4) + "0000"),  // indefinite length
        from_hex(to_hex(good()) + "00"),                       // a byte behind
        from_hex("a0" + to_hex(good()).substr(2)),             // the tag it has inside SignerInfo
        set_of("0101ff" + kContentType + message_digest(kDigest)),  // a BOOLEAN among them
        from_hex(to_hex(good()).substr(0, 2 * good().size() - 2)),
    };
    for (const Bytes& message : messages) {
        EXPECT_ERROR(check(KeyPurpose::Document, kDigest, message), Refused, "order: ");
    }
}

TEST(CheckOrder, AProbeSignsTheProbeMessageOnly) {
    const Bytes digest = sha256(probe_message());
    EXPECT_NO_THROW(check(KeyPurpose::Probe, digest, probe_message()));
    EXPECT_NO_THROW(
        check(KeyPurpose::Probe, digest, set_of(kContentType + message_digest(digest))));
    EXPECT_ERROR(check(KeyPurpose::Probe, kDigest, good()), Refused, "probe message only");
    EXPECT_ERROR(check(KeyPurpose::Probe, digest, good()), Refused, "message-digest");
    EXPECT_ERROR(check(KeyPurpose::Probe, digest, as_bytes("x")), Refused, "order: ");
}

TEST(CheckOrder, ATokenIsASigStructureWithItsDigest) {
    const Bytes token = to_bytes(as_bytes("\x84jSignature1..."));
    EXPECT_NO_THROW(check(KeyPurpose::Token, sha256(token), token));
    EXPECT_ERROR(check(KeyPurpose::Token, kDigest, token), Refused, "SHA-256 of the message");
    EXPECT_ERROR(check(KeyPurpose::Token, sha256(good()), good()), Refused, "Sig_structure");
}

TEST(CheckOrder, OtherPurposesCannotPassForADocumentOrAToken) {
    for (const KeyPurpose purpose :
         {KeyPurpose::SealRecord, KeyPurpose::Report, KeyPurpose::LogHead}) {
        const Bytes text = to_bytes(as_bytes("1 is a text whose first byte is that of a SET"));
        EXPECT_NO_THROW(check(purpose, sha256(text), text));
        EXPECT_ERROR(check(purpose, kDigest, text), Refused, "SHA-256 of the message");
        EXPECT_ERROR(check(purpose, sha256(good()), good()), Refused, "another purpose");
        const Bytes token = to_bytes(as_bytes("\x84jSignature1..."));
        EXPECT_ERROR(check(purpose, sha256(token), token), Refused, "another purpose");
    }
}

}  // namespace
}  // namespace yinxin::keys
