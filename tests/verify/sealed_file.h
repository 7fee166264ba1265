// SPDX-License-Identifier: Apache-2.0
// Files sealed by the project's own signer with a PKI in memory, and tools to tamper with them.
#pragma once

#include <string>

#include "common/time_text.h"
#include "keys/pki/certificate.h"
#include "signer/pades_signer.h"
#include "tests/keys/test_pki.h"
#include "tests/pdf/small_pdf.h"
#include "verify/document_verifier.h"

namespace yinxin::tests {

class SealedFiles {
  public:
    explicit SealedFiles(keys::KeyAlgorithm algorithm = keys::KeyAlgorithm::EcdsaP256)
        : key_(pki_.key(keys::CertificateUse::Seal, algorithm)), signer_(*key_) {}

    Bytes seal(ByteView pdf, bool certify) const {
        signer::SealOrder order;
        order.subject = "test";
        order.signing_time = now_;
        order.certify = certify;
        return signer_.seal(pdf, order);
    }
    Bytes certified() const { return seal(as_bytes(test::one_page_pdf()), true); }
    Bytes approved() const { return seal(as_bytes(test::one_page_pdf()), false); }

    keys::SoftwareKey& key() { return *key_; }
    Time now() const { return now_; }
    const Bytes& root() const { return pki_.root(); }
    const verify::TrustStore& trust() const { return trust_; }
    verify::Policy own() const {
        return {{keys::Certificate::from_der(key_->chain().front()).sha256}, {}};
    }
    verify::DocumentReport check(ByteView pdf) const {
        return verify_document(pdf, trust_, {}, now_);
    }
    verify::DocumentReport check_as_own(ByteView pdf) const {
        return verify_document(pdf, trust_, own(), now_);
    }

  private:
    Time now_ = *parse_rfc3339("2026-01-31T01:00:00Z");
    TestPki pki_{now_};
    std::unique_ptr<keys::SoftwareKey> key_;
    signer::PadesSigner signer_;
    verify::TrustStore trust_{{pki_.root()}};
};

inline bool has_finding(const verify::DocumentReport& report, const std::string& code) {
    for (const auto& signature : report.signatures) {
        for (const auto& finding : signature.findings) {
            if (finding.code == code) {
                return true;
            }
        }
    }
    for (const auto& finding : report.findings) {
        if (finding.code == code) {
            return true;
        }
    }
    return false;
}

/// The hexadecimal digits of the last /Contents.
struct Digits {
    std::size_t begin = 0, end = 0;
};
inline Digits contents_digits(ByteView pdf) {
    const auto text = as_text(pdf);
    const std::size_t begin = text.find('<', text.rfind("/Contents")) + 1;
    return {begin, text.find('>', begin)};
}

}  // namespace yinxin::tests
