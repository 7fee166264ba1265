// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/seal_record.h"

#include <nlohmann/json.hpp>

#include "keys/certificate_writer.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "tests/support/expect_error.h"

namespace yinxin::keys {
namespace {

using std::chrono::hours;

class SealRecordTest : public testing::Test {
  protected:
    SealRecordTest() {
        maker_->set_chain({write(CertificateUse::Root, *maker_)});
        record_.id = "99000000000003";
        record_.use = "invoice";
        record_.shape = SealShape::Oval;
        record_.owner = "示例市税务局";
        record_.middle_text = "发票专用章";
        record_.tax_id = "11990000000000019A";
        record_.width_mm = 40;
        record_.height_mm = 30.5;
        record_.certificate_sha256 = {sha256(as_bytes("a certificate"))};
        record_.valid_from = now_ - hours(1);
        record_.valid_to = now_ + hours(1);
    }
    Bytes write(CertificateUse use, const SoftwareKey& key) {
        return write_certificate(
            {use, {.organization = "maker"}, key.spki(), now_ - hours(48), now_ + hours(48), ""},
            *maker_,
            random_);
    }
    StoredSealRecord sign(const Bytes& body) {
        const Bytes digest = sha256(body);
        return {body,
                maker_->sign({KeyPurpose::SealRecord, "s", digest, body}),
                maker_->chain().front()};
    }
    StoredSealRecord sign(const nlohmann::json& body) {
        return sign(to_bytes(as_bytes(body.dump())));
    }
    SealRecord open(const StoredSealRecord& stored) {
        return open_seal_record(stored, {maker_->chain().front()}, now_);
    }
    nlohmann::json body() { return nlohmann::json::parse(as_text(encode_seal_record(record_))); }

    Time now_{std::chrono::floor<std::chrono::seconds>(SystemClock().now())};
    OpenSslRandom random_;
    std::unique_ptr<SoftwareKey> maker_ = SoftwareKey::generate("maker", KeyAlgorithm::EcdsaP256);
    SealRecord record_;
};

TEST_F(SealRecordTest, APictureIsTheOneThatWasSigned) {
    record_.picture = to_bytes(as_bytes("a PNG"));
    StoredSealRecord stored = sign(encode_seal_record(record_));
    stored.picture = record_.picture;
    EXPECT_EQ(open(stored).picture, record_.picture);
    stored.picture.back() ^= 1;
    EXPECT_EQ(tests::code_of([&] { open(stored); }), ErrorCode::Invalid);
    stored.picture.clear();
    EXPECT_EQ(tests::code_of([&] { open(stored); }), ErrorCode::Invalid);
    record_.picture.clear();  // nor may one be put to a record without
    StoredSealRecord drawn = sign(encode_seal_record(record_));
    drawn.picture = to_bytes(as_bytes("a PNG"));
    EXPECT_EQ(tests::code_of([&] { open(drawn); }), ErrorCode::Invalid);
}

TEST_F(SealRecordTest, ASesealGoesWithIt) {
    StoredSealRecord stored = sign(encode_seal_record(record_));
    EXPECT_EQ(open(stored).ses_seal, Bytes());
    stored.ses_seal = Bytes{1, 2};
    EXPECT_EQ(open(stored).ses_seal, (Bytes{1, 2}));
}

TEST_F(SealRecordTest, OpensWhatItsMakerSigned) {
    const SealRecord opened = open(sign(encode_seal_record(record_)));
    EXPECT_EQ(opened.id, record_.id);
    EXPECT_EQ(opened.use, record_.use);
    EXPECT_EQ(opened.shape, SealShape::Oval);
    EXPECT_EQ(opened.owner, record_.owner);
    EXPECT_EQ(opened.middle_text, record_.middle_text);
    EXPECT_EQ(opened.tax_id, record_.tax_id);
    EXPECT_EQ(opened.width_mm, 40);
    EXPECT_EQ(opened.height_mm, 30.5);
    EXPECT_EQ(opened.certificate_sha256, record_.certificate_sha256);
    EXPECT_EQ(opened.valid_from, record_.valid_from);
    EXPECT_EQ(opened.valid_to, record_.valid_to);
}

TEST_F(SealRecordTest, AnyChangedBitOfBodyOrSignatureIsRefused) {
    const StoredSealRecord good = sign(encode_seal_record(record_));
    for (const auto part : {&StoredSealRecord::body, &StoredSealRecord::signature}) {
        for (std::size_t i = 0; i < (good.*part).size(); ++i) {
            StoredSealRecord changed = good;
            (changed.*part)[i] = static_cast<std::uint8_t>((changed.*part)[i] ^ 1);
            EXPECT_ERROR(open(changed), Invalid, "the maker's signature does not hold");
        }
    }
}

TEST_F(SealRecordTest, AFieldChangedAfterwardsIsRefused) {
    const StoredSealRecord good = sign(encode_seal_record(record_));
    const nlohmann::json changes = {{"id", "99000000000004"},
                                    {"use", "business"},
                                    {"shape", "round"},
                                    {"owner", "另一市税务局"},
                                    {"middle_text", ""},
                                    {"tax_id", ""},
                                    {"width_mm", 41},
                                    {"height_mm", 31},
                                    {"certificate_sha256", {std::string(64, '0')}},
                                    {"valid_from", "2000-01-01T00:00:00Z"},
                                    {"valid_to", "2099-01-01T00:00:00Z"}};
    for (const auto& [name, value] : changes.items()) {
        nlohmann::json changed = body();
        ASSERT_TRUE(changed.contains(name));
        changed[name] = value;
        EXPECT_ERROR(
            open({to_bytes(as_bytes(changed.dump())), good.signature, good.maker_certificate}),
            Invalid,
            "the maker's signature does not hold");
    }
    EXPECT_EQ(changes.size() + 1, body().size()) << "every member but format has a case";
}

TEST_F(SealRecordTest, AMakerNobodyTrustsIsRefused) {
    const StoredSealRecord good = sign(encode_seal_record(record_));
    EXPECT_ERROR(open_seal_record(good, {}, now_), Invalid, "the maker's certificate");
    StoredSealRecord other = good;
    const auto stranger = SoftwareKey::generate("stranger", KeyAlgorithm::EcdsaP256);
    other.maker_certificate = write_certificate({CertificateUse::Root,
                                                 {.organization = "maker"},
                                                 stranger->spki(),
                                                 now_ - hours(1),
                                                 now_ + hours(1),
                                                 ""},
                                                *stranger,
                                                random_);
    const Bytes digest = sha256(other.body);
    other.signature = stranger->sign({KeyPurpose::SealRecord, "s", digest, other.body});
    EXPECT_ERROR(open(other), Invalid, "the maker's certificate");
    other.maker_certificate.clear();
    EXPECT_ERROR(open(other), Invalid, "the maker's certificate");
}

TEST_F(SealRecordTest, IsGoodWithinItsWindowOnly) {
    const StoredSealRecord good = sign(encode_seal_record(record_));
    const std::vector<Bytes> anchors{maker_->chain().front()};
    EXPECT_NO_THROW(open_seal_record(good, anchors, record_.valid_from));
    EXPECT_NO_THROW(open_seal_record(good, anchors, record_.valid_to));
    EXPECT_ERROR(
        open_seal_record(good, anchors, record_.valid_from - hours(1)), Invalid, "is valid from");
    EXPECT_ERROR(
        open_seal_record(good, anchors, record_.valid_to + hours(1)), Invalid, "is valid from");
    EXPECT_ERROR(open_seal_record(good, anchors, now_ + hours(49)), Invalid, "expired");
}

TEST_F(SealRecordTest, TheMakerMayNotUseItsOwnSeals) {
    record_.certificate_sha256.push_back(sha256(maker_->chain().front()));
    EXPECT_ERROR(open(sign(encode_seal_record(record_))), Invalid, "may not use the seals");
}

TEST_F(SealRecordTest, ABodyIsReadStrictly) {
    EXPECT_NO_THROW(open(sign(body())));
    const auto with = [this](const char* name, const nlohmann::json& value) {
        nlohmann::json changed = body();
        changed[name] = value;
        return sign(changed);
    };
    EXPECT_ERROR(open(with("more", 1)), Invalid, "exactly twelve members");
    EXPECT_ERROR(open(with("format", "yinxin-seal-record-2")), Invalid, "thirteen members");
    EXPECT_ERROR(open(with("format", "yinxin-seal-record-3")), Invalid, "/format");
    EXPECT_ERROR(open(with("id", "9900000000000")), Invalid, "14 digits");
    EXPECT_ERROR(open(with("id", "9900000000000x")), Invalid, "14 digits");
    EXPECT_ERROR(open(with("shape", "square")), Invalid, "/shape");
    EXPECT_ERROR(open(with("owner", nullptr)), Invalid, "/owner");
    EXPECT_ERROR(open(with("owner", std::string(201, 'x'))), Invalid, "/owner");
    EXPECT_ERROR(open(with("width_mm", "40")), Invalid, "/width_mm");
    EXPECT_ERROR(open(with("width_mm", 0)), Invalid, "/width_mm");
    EXPECT_ERROR(open(with("height_mm", 61)), Invalid, "/height_mm");
    EXPECT_ERROR(
        open(with("certificate_sha256", nlohmann::json::array())), Invalid, "nobody may use");
    EXPECT_ERROR(open(with("certificate_sha256", {"00"})), Invalid, "64 lower-case");
    EXPECT_ERROR(
        open(with("certificate_sha256", {std::string(64, 'G')})), Invalid, "64 lower-case");
    EXPECT_ERROR(open(with("certificate_sha256", {1})), Invalid, "64 lower-case");
    EXPECT_ERROR(open(with("valid_to", "tomorrow")), Invalid, "/valid_to");
    nlohmann::json less = body();
    less.erase("use");
    EXPECT_ERROR(open(sign(less)), Invalid, "exactly twelve members");
    less["used"] = "";
    EXPECT_ERROR(open(sign(less)), Invalid, "/use");
    for (const char* text : {"", "[]", "1", "{", "{}x"}) {
        EXPECT_ERROR(open(sign(to_bytes(as_bytes(text)))), Invalid, "seal record: ");
    }
    std::string twice = body().dump();
    twice.insert(1, "\"owner\":\"somebody\",");
    EXPECT_ERROR(open(sign(to_bytes(as_bytes(twice)))), Invalid, "owner twice");
}

}  // namespace
}  // namespace yinxin::keys
