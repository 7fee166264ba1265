// SPDX-License-Identifier: Apache-2.0
// TSAs and OCSP responders in memory, as servers by their addresses; each can be away or lie.
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "common/error.h"
#include "keys/revocation_answers.h"
#include "keys/timestamp_authority.h"
#include "signer/timestamp.h"
#include "tests/keys/test_pki.h"

namespace yinxin::tests {

class Authorities : public HttpClient {
  public:
    inline static const std::string url = "http://pki.example";
    inline static const std::string first = url + "/tsa/1", second = url + "/tsa/2";

    Authorities(TestPki& pki, const Clock& clock)
        : clock_(clock),
          tsa_key_(pki.key(keys::CertificateUse::TimeStamping, keys::KeyAlgorithm::EcdsaP256)),
          tsa_(*tsa_key_, pki.issuer(), random_),
          root_responder_key_(pki.responder(pki.root_key())),
          ca_responder_key_(pki.responder(pki.issuer())),
          root_responder_(pki.root(), *root_responder_key_),
          ca_responder_(pki.issuer().chain().front(), *ca_responder_key_) {}

    HttpAnswer send(const HttpRequest& request) override {
        {
            const std::lock_guard lock(mutex_);
            ++asked[request.url];
        }
        const bool tsa = request.url == first || request.url == second;
        if (tsa && !tsa_away && !(request.url == first && first_away)) {
            return {200,
                    signer::timestamp_reply_type,
                    tsa_.answer(request.body, clock_.now(), tsa_fault)};
        }
        if (request.url.starts_with(url + "/ocsp/") && !ocsp_away) {
            const Time signed_at = clock_.now() - ocsp_lag;
            const keys::OcspResponder& responder =
                request.url.ends_with("/root") ? root_responder_ : ca_responder_;
            return {200,
                    "application/ocsp-response",
                    responder.answer(request.body, {}, signed_at, ocsp_fault)};
        }
        throw Error(ErrorCode::Unavailable, "no answer in time");
    }

    const Bytes& tsa_certificate() const { return tsa_key_->chain().front(); }
    int count(const std::string& address) {
        const std::lock_guard lock(mutex_);
        return asked[address];
    }

    std::atomic<bool> tsa_away{false}, first_away{false}, ocsp_away{false};
    std::chrono::hours ocsp_lag{0};  ///< how old an answer is when it is given
    std::atomic<keys::TsaFault> tsa_fault{keys::TsaFault::None};
    std::atomic<keys::OcspFault> ocsp_fault{keys::OcspFault::None};

  private:
    std::mutex mutex_;
    std::map<std::string, int> asked;
    const Clock& clock_;
    keys::OpenSslRandom random_;
    std::unique_ptr<keys::SoftwareKey> tsa_key_;
    keys::TimestampAuthority tsa_;
    std::unique_ptr<keys::SoftwareKey> root_responder_key_, ca_responder_key_;
    keys::OcspResponder root_responder_, ca_responder_;
};

}  // namespace yinxin::tests
