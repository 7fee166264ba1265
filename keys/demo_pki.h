// SPDX-License-Identifier: Apache-2.0
// The PKI of a demo instance: a root, an intermediate, a seal maker, and certificates for seal and
// token keys. Every certificate carries demo_policy_oid, so that whatever they seal is a SPECIMEN
// (pki/certificate.h, is_demo_chain).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "keys/certificate_writer.h"
#include "keys/key_store.h"
#include "keys/pki/seal_record.h"

namespace yinxin::keys {

struct DemoPkiPlace {
    std::filesystem::path keys_folder;  ///< DIR/keys: the instance's own keys
    std::filesystem::path pki_folder;   ///< DIR/pki: the authorities' keys, as encrypted as the
                                        ///< others, and demo-root.pem
    std::string organ = "示例市税务局";
};

/// One thread at a time; `random` outlives it.
class DemoPki {
  public:
    DemoPki(DemoPkiPlace place, const Secret& passphrase, Random& random);

    /// Root, intermediate and seal maker. Throws Error{Conflict} when there is a root already.
    void create(Time now);
    /// DER of the root; it is also in DIR/pki/demo-root.pem.
    Bytes root() const;

    /// Makes a key in DIR/keys and installs its chain, which is given back (leaf, intermediate).
    std::vector<Bytes> add_seal_key(const std::string& id, KeyAlgorithm algorithm, Time now);
    std::vector<Bytes> add_token_key(const std::string& id, Time now);

    /// The seals "business" and "tax" (round) and "invoice" (oval) of the organ, usable by these
    /// certificates (DER) for three years; signed by the seal maker.
    std::vector<StoredSealRecord> make_seal_records(const std::vector<Bytes>& seal_certificates,
                                                    Time now) const;

  private:
    std::vector<Bytes> certify(KeyStore& store,
                               const std::string& id,
                               const std::string& issuer_id,
                               CertificateOrder order);

    DemoPkiPlace place_;
    KeyStore keys_;
    KeyStore authorities_;
    Random& random_;
};

}  // namespace yinxin::keys
