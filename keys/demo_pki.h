// SPDX-License-Identifier: Apache-2.0
// The PKI of a demo instance: families of authorities with a root, an intermediate, a time-stamping
// authority and an OCSP responder; seal makers; and certificates for seal and token keys. Every
// certificate carries demo_policy_oid, so that whatever they seal is a SPECIMEN (pki/certificate.h,
// is_demo_chain).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keys/certificate_writer.h"
#include "keys/key_store.h"
#include "keys/pki/seal_record.h"

namespace yinxin::keys {

/// Authorities that certify keys of one kind. Their ids are those of keys in DIR/pki, and names in
/// addresses: /crl/ID.crl, /ca/ID.cer.
struct DemoFamily {
    std::string_view name;  ///< in addresses: /ocsp/NAME, /tsa/NAME
    std::string_view root, ca, ocsp;
    std::string_view tsa;  ///< "" when the family has none
    KeyAlgorithm root_algorithm, ca_algorithm, ocsp_algorithm, tsa_algorithm;
    std::string_view mark;  ///< in the names of certificates
};
std::span<const DemoFamily> demo_families();

struct DemoPkiPlace {
    std::filesystem::path keys_folder;  ///< DIR/keys: the instance's own keys
    std::filesystem::path pki_folder;   ///< DIR/pki: the authorities' keys, as encrypted as the
                                        ///< others, and demo-root.pem
    std::string organ = "示例市税务局";
    std::string url{};  ///< where the PKI answers (no slash at the end); certificates name it.
                        ///< Empty: they name no place
};

struct SealInfoSignature {
    Bytes maker_certificate;  ///< DER
    Bytes signature;
};

/// One thread at a time; `random` outlives it.
class DemoPki {
  public:
    DemoPki(DemoPkiPlace place, const Secret& passphrase, Random& random);

    /// The families and the seal makers. Throws Error{Conflict} when there is a root already.
    void create(Time now, std::span<const DemoFamily> families = demo_families());
    /// DER of the first family's root; it is also in DIR/pki/demo-root.pem.
    Bytes root();

    /// Makes a key in DIR/keys and installs its chain, which is given back (leaf, intermediate of
    /// the family of its kind).
    std::vector<Bytes> add_seal_key(const std::string& id, KeyAlgorithm algorithm, Time now);
    std::vector<Bytes> add_token_key(const std::string& id, Time now);

    /// The seals "business" and "tax" (round) and "invoice" (oval) of the organ, usable by these
    /// certificates (DER) for three years; signed by the seal maker.
    std::vector<StoredSealRecord> make_seal_records(const std::vector<Bytes>& seal_certificates,
                                                    Time now);

    /// Of a seal of GB/T 38540 (SES_SealInfo, signer/ses_seal.h), by the seal maker of the SM2
    /// family.
    SealInfoSignature sign_seal_info(const std::string& id, ByteView seal_info);

  private:
    void create_authority(std::string_view id,
                          KeyAlgorithm algorithm,
                          std::string_view issuer,
                          const CertificateOrder& order);
    std::vector<Bytes> add_key(const std::string& id,
                               KeyAlgorithm algorithm,
                               const CertificateOrder& order);
    /// A certificate and the issuers above it, without the root.
    std::vector<Bytes> certify(const SoftwareKey& key,
                               std::string_view issuer,
                               CertificateOrder order);
    /// Opened once: each time costs what trying a passphrase costs.
    SoftwareKey& authority(std::string_view id);

    DemoPkiPlace place_;
    KeyStore keys_;
    KeyStore authorities_;
    std::map<std::string, std::unique_ptr<SoftwareKey>, std::less<>> opened_;
    Random& random_;
};

}  // namespace yinxin::keys
