// SPDX-License-Identifier: Apache-2.0
// Certificates, CMS and signed PDFs of makers that are not the project's signer, right or wrong as
// a test wants them. Shares nothing with signer/ but the DER encoder.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"

struct evp_pkey_st;

namespace yinxin::tests {

struct CertificateWish {
    std::string organization = "Elsewhere", name = "Somebody";
    /// By OpenSSL's names: {"keyUsage", "critical,digitalSignature"}.
    std::vector<std::pair<std::string, std::string>> extensions;
    Time from{}, to{};
};

/// A key with a certificate. "RSA:1024", "RSA:2048", "EC".
class Person {
  public:
    /// Without an issuer it signs itself.
    Person(const std::string& key, const CertificateWish& wish, const Person* issuer = nullptr);
    /// The same key, another certificate.
    Person(const Person& same_key, const CertificateWish& wish, const Person& issuer);

    const Bytes& certificate() const { return certificate_; }
    /// This person's certificate and those above it without the root.
    std::vector<Bytes> chain() const;
    Bytes sign(const std::string& digest, ByteView message) const;
    bool rsa() const { return rsa_; }

  private:
    void certify(const CertificateWish& wish, const Person& issuer);

    std::shared_ptr<evp_pkey_st> key_;
    bool rsa_ = false;
    const Person* issuer_ = nullptr;
    Bytes certificate_;
};

struct CmsWish {
    std::string digest = "SHA256";               ///< "MD5", "SHA1", "SHA256", "SHA384"
    std::optional<std::string> digest_oid{};     ///< another than what the digest has
    std::optional<std::string> signature_oid{};  ///< another than what key and digest have
    bool attributes = true;
    bool sorted = true;
    bool signing_certificate = true;
    std::optional<Bytes> other_certificate{};  ///< stands there in place of the signer's
    std::optional<Bytes> content{};            ///< carried inside, and what the digest is of
    std::optional<Bytes> token{};              ///< time stamp, an unsigned attribute
};

/// DER ContentInfo over `covered`.
Bytes make_cms(const Person& signer, ByteView covered, const CmsWish& wish = {});

/// A signature dictionary whose numbers and Contents are still to be filled in. `more`: further
/// members.
std::string signature_dictionary(const std::string& sub_filter,
                                 const std::string& more = "",
                                 std::size_t room = 4000);

/// Fills in the last signature dictionary of a file: ByteRange, then what `make` makes of the
/// covered bytes.
Bytes filled(std::string pdf, const std::function<Bytes(ByteView covered)>& make);

}  // namespace yinxin::tests
