// SPDX-License-Identifier: Apache-2.0
#include "keys/seal_shape.h"

#include "keys/crypto/digest.h"
#include "keys/order_check.h"
#include "tests/support/der.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

using namespace yinxin::tests;

Bytes header(std::uint8_t version = 4, std::string_view id = "ES") {
    return der(kSequence, {der_text(kIa5, id), der_number(version), der_text(kIa5, "yinxin")});
}
Bytes property() {
    return der(kSequence,
               {der_number(1),
                der_text(kUtf8, "示例市税务局"),
                der_number(1),
                der(kSequence, {der_text(kOctets, "a certificate")}),
                der_text(kTime, "20260101000000Z"),
                der_text(kTime, "20260101000000Z"),
                der_text(kTime, "20290101000000Z")});
}
Bytes picture() {
    return der(
        kSequence,
        {der_text(kIa5, "PNG"), der_text(kOctets, "pixels"), der_number(42), der_number(42)});
}
Bytes seal_info(const Bytes& head = header()) {
    return der(kSequence, {head, der_text(kIa5, "99000000000001"), property(), picture()});
}
Bytes seal(const Bytes& info = seal_info()) {
    return der(kSequence,
               {info,
                der_text(kOctets, "the maker's certificate"),
                der_sm2_with_sm3(),
                der_bits({1, 2, 3})});
}
const Bytes kDigest = sm3(as_bytes("the bytes of a document"));
Bytes tbs(const Bytes& stated = der_bits(kDigest),
          const Bytes& with = seal(),
          const Bytes& version = der_number(4)) {
    return der(kSequence,
               {version,
                with,
                der_text(kTime, "20260131010000Z"),
                stated,
                der_text(kIa5, "0,100,300,400")});
}
void check(KeyPurpose purpose, ByteView digest, ByteView message) {
    check_order({purpose, "subject", digest, message});
}

TEST(SealShape, KnowsASealInfoAndATbsSign) {
    EXPECT_TRUE(is_seal_info(seal_info()));
    EXPECT_FALSE(is_seal_info(tbs()));
    EXPECT_FALSE(is_seal_info(seal()));
    EXPECT_EQ(signed_data_hash(tbs()), kDigest);
    EXPECT_EQ(signed_data_hash(seal_info()), std::nullopt);
}

TEST(SealShape, ASealOfOthersMayHaveMoreInIt) {
    // extensions with an explicit BOOLEAN FALSE, as real seals have
    const Bytes extension =
        der(kSequence, {der_sm2_with_sm3(), from_hex("010100"), der_text(kOctets, "x")});
    const Bytes info = der(kSequence,
                           {header(),
                            der_text(kIa5, "33020000000001"),
                            property(),
                            picture(),
                            der(kSequence, {extension})});
    EXPECT_FALSE(is_seal_info(info)) << "not made here";
    EXPECT_EQ(signed_data_hash(tbs(der_bits(kDigest), seal(info))), kDigest);
}

TEST(SealShape, OtherStructuresAreNeither) {
    const std::vector<Bytes> none = {
        {},
        to_bytes(as_bytes("{\"format\":1}")),
        seal_info(header(5)),
        seal_info(header(4, "EX")),
        der(kSequence, {header(), der_text(kIa5, "1"), picture(), property()}),
        der(kSequence, {header(), der_text(kIa5, "1"), property(), picture(), der(kSequence, {})}),
        der(0x31, {header(), der_text(kIa5, "1"), property(), picture()}),
        tbs(der_bits(kDigest), seal(), der_number(5)),
        tbs(der_bits(kDigest), seal_info()),
        tbs(der_bits(kDigest), seal(seal_info(header(1)))),
        tbs(der_text(kOctets, as_text(kDigest))),
        tbs(der(0x03, {{1}, kDigest})),  // an unused bit
        joined({tbs(), {0}}),
        joined({seal_info(), {0}}),
        from_hex("30820005" + to_hex(Bytes(5))),
    };
    for (const Bytes& bytes : none) {
        EXPECT_FALSE(is_seal_info(bytes)) << to_hex(bytes);
        EXPECT_EQ(signed_data_hash(bytes), std::nullopt) << to_hex(bytes);
    }
}

TEST(SealShape, EveryCutIsNeither) {
    for (const Bytes& whole : {tbs(), seal_info()}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto cut = ByteView(whole).first(size);
            EXPECT_FALSE(is_seal_info(cut)) << size;
            EXPECT_EQ(signed_data_hash(cut), std::nullopt) << size;
            EXPECT_FALSE(is_one_structure(cut)) << size;
        }
    }
}

TEST(SealShape, AStructureIsOneFromTheFirstByteToTheLast) {
    EXPECT_TRUE(is_one_structure(tbs()));
    EXPECT_TRUE(is_one_structure(der(0x31, {})));
    EXPECT_TRUE(is_one_structure(from_hex("30800000"))) << "of indefinite length";
    EXPECT_FALSE(is_one_structure(joined({tbs(), {0}})));
    EXPECT_FALSE(is_one_structure(as_bytes("1 is a text")));
    EXPECT_FALSE(is_one_structure(as_bytes("{\"a\":1}")));
    EXPECT_FALSE(is_one_structure({}));
}

TEST(CheckOrder, ATbsSignCarriesTheDigestOfItsDocument) {
    for (const KeyPurpose purpose : {KeyPurpose::Document, KeyPurpose::ExternalSeal}) {
        EXPECT_NO_THROW(check(purpose, kDigest, tbs()));
        EXPECT_ERROR(check(purpose, sm3({}), tbs()), Refused, "dataHash");
        EXPECT_ERROR(check(purpose, {}, tbs()), Refused, "dataHash");
        EXPECT_ERROR(check(purpose, Bytes{1}, tbs(der_bits({1}))), Refused, "dataHash");
        // what the seal maker signs is no document
        EXPECT_ERROR(check(purpose, sha256(seal_info()), seal_info()), Refused, "TBS_Sign");
        EXPECT_ERROR(check(purpose, kDigest, seal()), Refused, "TBS_Sign");
    }
}

TEST(CheckOrder, AProbeMayMeasureASealAndSealsNothing) {
    const Bytes digest = sha256(probe_message());
    EXPECT_NO_THROW(check(KeyPurpose::Probe, digest, tbs(der_bits(digest))));
    EXPECT_ERROR(check(KeyPurpose::Probe, kDigest, tbs()), Refused, "probe message only");
    EXPECT_ERROR(check(KeyPurpose::Probe, digest, tbs()), Refused, "dataHash");
    EXPECT_ERROR(check(KeyPurpose::Probe, digest, seal_info()), Refused, "TBS_Sign");
}

TEST(CheckOrder, ASealRecordMayBeASealInfo) {
    EXPECT_NO_THROW(check(KeyPurpose::SealRecord, sha256(seal_info()), seal_info()));
    EXPECT_ERROR(check(KeyPurpose::SealRecord, kDigest, seal_info()), Refused, "SHA-256");
    // nothing else that is ASN.1: a signature with a seal, a certificate to be, a sequence
    for (const Bytes& other : {tbs(), seal(), der(kSequence, {der_number(2)}), der(0x31, {})}) {
        EXPECT_ERROR(
            check(KeyPurpose::SealRecord, sha256(other), other), Refused, "another purpose");
    }
}

TEST(CheckOrder, ReportsAndLogHeadsAreNoSeals) {
    for (const KeyPurpose purpose : {KeyPurpose::Report, KeyPurpose::LogHead}) {
        for (const Bytes& other : {tbs(), seal_info(), seal(), der(kSequence, {der_number(2)})}) {
            EXPECT_ERROR(check(purpose, sha256(other), other), Refused, "another purpose");
        }
    }
    EXPECT_ERROR(check(KeyPurpose::Token, sha256(tbs()), tbs()), Refused, "Sig_structure");
}

}  // namespace
}  // namespace yinxin::keys
