// SPDX-License-Identifier: Apache-2.0
#include "keys/demo_pki.h"

#include "keys/certificate_writer.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"

namespace yinxin::keys {
namespace {

constexpr const char* kRoot = "demo-root";
constexpr const char* kIntermediate = "demo-ca";
constexpr const char* kSealMaker = "demo-seal-maker";
constexpr const char* kUnit = "DEMO";

constexpr std::chrono::hours kDay{24};
constexpr auto kYear = 365 * kDay;
constexpr auto kSealLife = 3 * kYear;

SubjectName named(const std::string& organization, const std::string& common_name) {
    return {.organization = organization, .organizational_unit = kUnit, .common_name = common_name};
}

CertificateOrder order_of(CertificateUse use,
                          SubjectName subject,
                          Time now,
                          std::chrono::hours life) {
    CertificateOrder order;
    order.use = use;
    order.subject = std::move(subject);
    order.not_before = now - std::chrono::hours{1};  // clocks of those who check may be behind ours
    order.not_after = now + life;
    order.policy_oid = demo_policy_oid;
    return order;
}

SealRecord base_record(const DemoPkiPlace& place,
                       const std::vector<Bytes>& certificates,
                       Time now) {
    SealRecord record;
    record.owner = place.organ;
    for (const Bytes& certificate : certificates) {
        record.certificate_sha256.push_back(sha256(certificate));
    }
    record.valid_from = now;
    record.valid_to = now + kSealLife;
    return record;
}

StoredSealRecord sign_record(const SealRecord& record, PrivateKey& maker) {
    StoredSealRecord stored;
    stored.body = encode_seal_record(record);
    const Bytes digest = sha256(stored.body);
    stored.signature = maker.sign({KeyPurpose::SealRecord, record.id, digest, stored.body});
    stored.maker_certificate = maker.chain().front();
    return stored;
}

}  // namespace

DemoPki::DemoPki(DemoPkiPlace place, const Secret& passphrase, Random& random)
    : place_(std::move(place)),
      keys_(place_.keys_folder, passphrase.clone()),
      authorities_(place_.pki_folder, passphrase.clone()),
      random_(random) {}

std::vector<Bytes> DemoPki::certify(KeyStore& store,
                                    const std::string& id,
                                    const std::string& issuer_id,
                                    CertificateOrder order) {
    const auto key = store.open(id);
    const auto issuer = authorities_.open(issuer_id);
    order.spki = key->spki();
    std::vector<Bytes> chain{write_certificate(order, *issuer, random_)};
    // The root stays out of chains: whoever checks must have it already.
    if (issuer_id == kIntermediate) {
        chain.push_back(issuer->chain().front());
    }
    store.install_chain(id, chain);
    return chain;
}

void DemoPki::create(Time now) {
    for (const char* id : {kRoot, kIntermediate, kSealMaker}) {
        authorities_.generate(id, KeyAlgorithm::EcdsaP256);
    }
    const std::string company = "印信演示 Yinxin Demo";
    certify(authorities_,
            kRoot,
            kRoot,
            order_of(CertificateUse::Root,
                     named(company, "印信演示根证书 Yinxin Demo Root"),
                     now,
                     20 * kYear));
    certify(authorities_,
            kIntermediate,
            kRoot,
            order_of(CertificateUse::Intermediate,
                     named(company, "印信演示签发 Yinxin Demo CA"),
                     now,
                     10 * kYear));
    certify(authorities_,
            kSealMaker,
            kRoot,
            order_of(CertificateUse::SealMaker,
                     named(company, "印信演示制章 Yinxin Demo Seal Maker"),
                     now,
                     10 * kYear));
}

Bytes DemoPki::root() const {
    return authorities_.open(kRoot)->chain().front();
}

std::vector<Bytes> DemoPki::add_seal_key(const std::string& id, KeyAlgorithm algorithm, Time now) {
    keys_.generate(id, algorithm);
    return certify(
        keys_,
        id,
        kIntermediate,
        order_of(CertificateUse::Seal, named(place_.organ, place_.organ), now, kSealLife));
}

std::vector<Bytes> DemoPki::add_token_key(const std::string& id, Time now) {
    keys_.generate(id, KeyAlgorithm::EcdsaP256);
    return certify(
        keys_,
        id,
        kIntermediate,
        order_of(CertificateUse::Token, named(place_.organ, place_.organ + " QR"), now, kSealLife));
}

std::vector<StoredSealRecord> DemoPki::make_seal_records(
    const std::vector<Bytes>& seal_certificates, Time now) const {
    SealRecord business = base_record(place_, seal_certificates, now);
    business.id = "99000000000001";
    business.use = "business";
    business.middle_text = "业务专用章";

    SealRecord tax = base_record(place_, seal_certificates, now);
    tax.id = "99000000000002";
    tax.use = "tax";
    tax.middle_text = "征税专用章";
    tax.width_mm = tax.height_mm = 38;

    SealRecord invoice = base_record(place_, seal_certificates, now);
    invoice.id = "99000000000003";
    invoice.use = "invoice";
    invoice.shape = SealShape::Oval;
    invoice.middle_text = "发票专用章";
    invoice.tax_id = "11990000000000019A";
    invoice.width_mm = 40;
    invoice.height_mm = 30;

    const auto maker = authorities_.open(kSealMaker);
    return {sign_record(business, *maker), sign_record(tax, *maker), sign_record(invoice, *maker)};
}

}  // namespace yinxin::keys
