// SPDX-License-Identifier: Apache-2.0
// A TSA in memory (OpenSSL's TS functions): answers requests with tokens of its own self-signed
// certificate.
#pragma once

#include <openssl/ts.h>

#include "common/ports.h"
#include "keys/crypto/openssl.h"

namespace yinxin::tests {

class FakeTsa {
  public:
    explicit FakeTsa(Time now) : now_(now) {
        key_.reset(EVP_EC_gen("P-256"));
        certificate_.reset(X509_new());
        X509* const c = certificate_.get();
        const auto seconds = static_cast<time_t>(
            std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
        X509_set_version(c, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(c), 7);
        ASN1_TIME_set(X509_getm_notBefore(c), seconds - 3600);
        ASN1_TIME_set(X509_getm_notAfter(c), seconds + 86400 * 365);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(c),
                                   "CN",
                                   MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>("Test TSA"),
                                   -1,
                                   -1,
                                   0);
        X509_set_issuer_name(c, X509_get_subject_name(c));
        X509_set_pubkey(c, key_.get());
        for (const auto& [nid, value] : {std::pair{NID_key_usage, "critical,digitalSignature"},
                                         std::pair{NID_ext_key_usage, "critical,timeStamping"}}) {
            const keys::X509ExtensionPtr extension(
                X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
            X509_add_ext(c, extension.get(), -1);
        }
        keys::openssl_check(X509_sign(c, key_.get(), EVP_sha256()) > 0, "the TSA's certificate");
    }

    void set_time(Time now) { now_ = now; }
    Bytes certificate() const { return keys::to_der<i2d_X509>(certificate_.get()); }

    /// A TimeStampResp.
    Bytes answer(ByteView request) const {
        const keys::Handle<TS_RESP_CTX, TS_RESP_CTX_free> context(TS_RESP_CTX_new());
        TS_RESP_CTX* const t = context.get();
        const keys::Asn1ObjectPtr policy(OBJ_txt2obj("1.2.3.4.1", 1));
        TS_RESP_CTX_set_serial_cb(
            t,
            [](TS_RESP_CTX*, void*) {
                ASN1_INTEGER* const serial = ASN1_INTEGER_new();
                ASN1_INTEGER_set(serial, 4711);
                return serial;
            },
            nullptr);
        keys::openssl_check(TS_RESP_CTX_set_signer_cert(t, certificate_.get()) == 1 &&
                                TS_RESP_CTX_set_signer_key(t, key_.get()) == 1 &&
                                TS_RESP_CTX_set_signer_digest(t, EVP_sha256()) == 1 &&
                                TS_RESP_CTX_set_ess_cert_id_digest(t, EVP_sha256()) == 1 &&
                                TS_RESP_CTX_set_def_policy(t, policy.get()) == 1 &&
                                TS_RESP_CTX_add_md(t, EVP_sha256()) == 1,
                            "setting up the TSA");
        TS_RESP_CTX_set_time_cb(
            t,
            [](TS_RESP_CTX*, void* self, long* seconds, long* microseconds) {
                *seconds = static_cast<long>(std::chrono::floor<std::chrono::seconds>(
                                                 static_cast<const FakeTsa*>(self)->now_)
                                                 .time_since_epoch()
                                                 .count());
                *microseconds = 0;
                return 1;
            },
            const_cast<FakeTsa*>(this));
        const keys::BioPtr source = keys::reading_bio(request);
        const keys::Handle<TS_RESP, TS_RESP_free> response(
            TS_RESP_create_response(t, source.get()));
        return keys::to_der<i2d_TS_RESP>(response.get());
    }

  private:
    Time now_;
    keys::EvpPkeyPtr key_;
    keys::X509Ptr certificate_;
};

}  // namespace yinxin::tests
