// SPDX-License-Identifier: Apache-2.0
#include "keys/demo_pki.h"

#include <algorithm>
#include <array>
#include <set>

#include "common/error.h"
#include "keys/certificate_writer.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"

namespace yinxin::keys {
namespace {

constexpr const char* kSealMaker = "demo-seal-maker";
constexpr const char* kSm2SealMaker = "demo-sm2-seal-maker";
constexpr const char* kUnit = "DEMO";

constexpr std::chrono::hours kDay{24};
constexpr auto kYear = 365 * kDay;
constexpr auto kSealLife = 3 * kYear;

// One root for the families that everybody's validators know, so that one file is all they need.
// RSA of 3072 bits: shorter keys run out of time in the policies of ETSI.
constexpr std::array kFamilies{
    DemoFamily{.name = "p256",
               .root = "demo-root",
               .ca = "demo-ca",
               .ocsp = "demo-ocsp",
               .tsa = "demo-tsa",
               .root_algorithm = KeyAlgorithm::EcdsaP256,
               .ca_algorithm = KeyAlgorithm::EcdsaP256,
               .ocsp_algorithm = KeyAlgorithm::EcdsaP256,
               .tsa_algorithm = KeyAlgorithm::EcdsaP256,
               .mark = ""},
    DemoFamily{.name = "rsa",
               .root = "demo-root",
               .ca = "demo-rsa-ca",
               .ocsp = "demo-rsa-ocsp",
               .tsa = "demo-rsa-tsa",
               .root_algorithm = KeyAlgorithm::EcdsaP256,
               .ca_algorithm = KeyAlgorithm::Rsa3072,
               .ocsp_algorithm = KeyAlgorithm::Rsa3072,
               .tsa_algorithm = KeyAlgorithm::Rsa3072,
               .mark = "RSA "},
    // Its responder is of a kind that OpenSSL's readers know; a TSA of SM2 nobody has asked for.
    DemoFamily{.name = "sm2",
               .root = "demo-sm2-root",
               .ca = "demo-sm2-ca",
               .ocsp = "demo-sm2-ocsp",
               .tsa = "",
               .root_algorithm = KeyAlgorithm::Sm2,
               .ca_algorithm = KeyAlgorithm::Sm2,
               .ocsp_algorithm = KeyAlgorithm::EcdsaP256,
               .tsa_algorithm = KeyAlgorithm::EcdsaP256,
               .mark = "SM2 "},
};

/// The one whose authority certifies keys of this kind.
const DemoFamily& family_of(KeyAlgorithm algorithm) {
    const std::string_view name = algorithm == KeyAlgorithm::EcdsaP256 ? "p256"
                                  : algorithm == KeyAlgorithm::Sm2     ? "sm2"
                                                                       : "rsa";
    const auto found = std::find_if(kFamilies.begin(), kFamilies.end(), [name](const auto& family) {
        return family.name == name;
    });
    YINXIN_ASSERT(found != kFamilies.end());
    return *found;
}

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

std::string record_id(int serial) {
    const std::string digits = std::to_string(serial);
    return "990000" + std::string(8 - std::min<std::size_t>(8, digits.size()), '0') + digits;
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

std::span<const DemoFamily> demo_families() {
    return kFamilies;
}

DemoPki::DemoPki(DemoPkiPlace place, const Secret& passphrase, Random& random)
    : place_(std::move(place)),
      keys_(place_.keys_folder, passphrase.clone()),
      authorities_(place_.pki_folder, passphrase.clone()),
      random_(random) {}

SoftwareKey& DemoPki::authority(std::string_view id) {
    auto found = opened_.find(id);
    if (found == opened_.end()) {
        found = opened_.emplace(id, authorities_.open(std::string(id))).first;
    }
    return *found->second;
}

std::vector<Bytes> DemoPki::certify(const SoftwareKey& key,
                                    std::string_view issuer,
                                    CertificateOrder order) {
    const auto family = std::find_if(
        kFamilies.begin(), kFamilies.end(), [issuer](const auto& one) { return one.ca == issuer; });
    const bool by_root = family == kFamilies.end();
    const bool asked_about = order.use != CertificateUse::OcspResponder;
    if (!place_.url.empty() && order.use != CertificateUse::Root) {
        const std::string id(issuer);
        order.issuer_url = place_.url + "/ca/" + id + ".cer";
        order.revocation_url = asked_about ? place_.url + "/crl/" + id + ".crl" : "";
        order.ocsp_url =
            asked_about && !by_root ? place_.url + "/ocsp/" + std::string(family->name) : "";
    }
    order.spki = key.spki();
    const SoftwareKey& above = authority(issuer);
    std::vector<Bytes> chain{write_certificate(order, above, random_)};
    if (!by_root) {  // roots stay out of chains: whoever checks has them already
        chain.push_back(above.chain().front());
    }
    return chain;
}

void DemoPki::create_authority(std::string_view id,
                               KeyAlgorithm algorithm,
                               std::string_view issuer,
                               const CertificateOrder& order) {
    SoftwareKey& key =
        *opened_.emplace(id, authorities_.generate(std::string(id), algorithm)).first->second;
    authorities_.install_chain(key, certify(key, issuer, order));
}

void DemoPki::create(Time now, std::span<const DemoFamily> families) {
    const auto order = [now](CertificateUse use,
                             const DemoFamily& family,
                             const std::string& chinese,
                             const std::string& english,
                             int years) {
        return order_of(
            use,
            named("印信演示 Yinxin Demo",
                  "印信演示" + chinese + " Yinxin Demo " + std::string(family.mark) + english),
            now,
            years * kYear);
    };
    std::set<std::string_view> roots;
    for (const DemoFamily& family : families) {
        if (roots.insert(family.root).second) {
            create_authority(family.root,
                             family.root_algorithm,
                             family.root,
                             order(CertificateUse::Root, family, "根证书", "Root", 20));
        }
        create_authority(family.ca,
                         family.ca_algorithm,
                         family.root,
                         order(CertificateUse::Intermediate, family, "签发", "CA", 10));
        create_authority(family.ocsp,
                         family.ocsp_algorithm,
                         family.ca,
                         order(CertificateUse::OcspResponder, family, "证书状态", "OCSP", 5));
        if (!family.tsa.empty()) {
            create_authority(family.tsa,
                             family.tsa_algorithm,
                             family.ca,
                             order(CertificateUse::TimeStamping, family, "时间戳", "TSA", 5));
        }
        if (family.root_algorithm == KeyAlgorithm::Sm2) {
            create_authority(kSm2SealMaker,
                             KeyAlgorithm::Sm2,
                             family.ca,
                             order(CertificateUse::SealMaker, family, "制章", "Seal Maker", 10));
        }
    }
    create_authority(kSealMaker,
                     kFamilies.front().ca_algorithm,
                     kFamilies.front().root,
                     order(CertificateUse::SealMaker, kFamilies.front(), "制章", "Seal Maker", 10));
}

Bytes DemoPki::root() {
    return authority(kFamilies.front().root).chain().front();
}

std::vector<Bytes> DemoPki::add_key(const std::string& id,
                                    KeyAlgorithm algorithm,
                                    const CertificateOrder& order) {
    const DemoFamily& family = family_of(algorithm);
    const auto key = keys_.generate(id, algorithm);
    keys_.install_chain(*key, certify(*key, family.ca, order));
    return key->chain();
}

std::vector<Bytes> DemoPki::add_seal_key(const std::string& id, KeyAlgorithm algorithm, Time now) {
    return add_key(
        id,
        algorithm,
        order_of(CertificateUse::Seal, named(place_.organ, place_.organ), now, kSealLife));
}

std::vector<Bytes> DemoPki::add_token_key(const std::string& id, Time now) {
    return add_key(
        id,
        KeyAlgorithm::EcdsaP256,
        order_of(CertificateUse::Token, named(place_.organ, place_.organ + " QR"), now, kSealLife));
}

std::vector<StoredSealRecord> DemoPki::make_seal_records(
    const std::vector<Bytes>& seal_certificates, Time now) {
    SealRecord business = base_record(place_, seal_certificates, now);
    business.id = record_id(1);
    business.use = "business";
    business.middle_text = "业务专用章";

    SealRecord tax = base_record(place_, seal_certificates, now);
    tax.id = record_id(2);
    tax.use = "tax";
    tax.middle_text = "征税专用章";
    tax.width_mm = tax.height_mm = 38;

    SealRecord invoice = base_record(place_, seal_certificates, now);
    invoice.id = record_id(3);
    invoice.use = "invoice";
    invoice.shape = SealShape::Oval;
    invoice.middle_text = "发票专用章";
    invoice.tax_id = "11990000000000019A";
    invoice.width_mm = 40;
    invoice.height_mm = 30;

    SoftwareKey& maker = authority(kSealMaker);
    return {sign_record(business, maker), sign_record(tax, maker), sign_record(invoice, maker)};
}

SealInfoSignature DemoPki::sign_seal_info(const std::string& id, ByteView seal_info) {
    SoftwareKey& maker = authority(kSm2SealMaker);
    return {maker.chain().front(),
            maker.sign({KeyPurpose::SealRecord, id, sha256(seal_info), seal_info})};
}

}  // namespace yinxin::keys
