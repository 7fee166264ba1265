// SPDX-License-Identifier: Apache-2.0
#include "server/levels/revocations.h"

#include <algorithm>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"

namespace yinxin::server {
namespace {

using keys::RevocationStatus;

constexpr std::size_t kOcspBytesMax = 64u << 10;
constexpr std::size_t kCrlBytesMax = 20u << 20;
constexpr std::size_t kKeptMax = 64;
constexpr std::chrono::seconds kSilence{30};
/// To a reader in the sandbox.
constexpr std::size_t kHandedInBytesMax = 2u << 20;

void add_once(std::vector<Bytes>& to, const Bytes& der) {
    if (std::find(to.begin(), to.end(), der) == to.end()) {
        to.push_back(der);
    }
}

std::string name_of(const Bytes& certificate) {
    return keys::Certificate::from_der(certificate).subject;
}

}  // namespace

void Revocations::collect(const std::vector<Bytes>& path, pdf::Evidence& evidence) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        add_once(evidence.certificates, path[i]);
        if (i + 1 == path.size()) {
            break;  // nobody revokes an anchor
        }
        const Answer answer = [&] {
            try {
                return answer_for(path[i], path[i + 1]);
            } catch (const Error& error) {
                throw Error(ErrorCode::Unavailable, error.what());
            }
        }();
        if (answer.status.kind == RevocationStatus::Kind::Revoked) {
            throw Error(
                ErrorCode::Refused,
                "the certificate " + name_of(path[i]) + " is revoked" +
                    (answer.status.reason.empty() ? "" : " (" + answer.status.reason + ")"));
        }
        add_once(answer.ocsp ? evidence.ocsp_responses : evidence.crls, answer.der);
        for (const Bytes& certificate : answer.status.certificates) {
            add_once(evidence.certificates, certificate);
        }
    }
}

verify::RevocationPolicy Revocations::ask_about(
    const std::vector<verify::RevocationWanted>& wanted) {
    using Asking = verify::RevocationPolicy::Asking;
    verify::RevocationPolicy policy;
    std::size_t bytes = 0;
    for (const verify::RevocationWanted& each : wanted) {
        const Bytes key = keys::sha256(each.certificate);
        try {
            if (!was_silent(key)) {
                Answer answer = answer_for(each.certificate, each.issuer);
                bytes += answer.der.size();
                if (bytes <= kHandedInBytesMax) {
                    add_once(answer.ocsp ? policy.ocsp_responses : policy.crls, answer.der);
                }
            }
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Forbidden) {
                continue;
            }
            const std::lock_guard lock(mutex_);
            if (silent_.size() >= kKeptMax) {
                silent_.clear();
            }
            silent_[key] = clock_.gone_by();
        }
        policy.asking = Asking::Asked;
    }
    return policy;
}

bool Revocations::was_silent(const Bytes& key) {
    const std::lock_guard lock(mutex_);
    const auto found = silent_.find(key);
    return found != silent_.end() && clock_.gone_by() - found->second < kSilence;
}

Revocations::Answer Revocations::answer_for(const Bytes& certificate, const Bytes& issuer) {
    const Bytes key = keys::sha256(certificate);
    const Time now = clock_.now();
    const std::chrono::milliseconds asked = clock_.gone_by();
    {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(key);
        if (found != kept_.end() && found->second.status.covers(now) &&
            asked - found->second.asked <= age_max) {
            return found->second;
        }
    }
    Answer fresh = ask(certificate, issuer);
    fresh.asked = asked;
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= kKeptMax) {
        kept_.clear();
    }
    return kept_.insert_or_assign(key, std::move(fresh)).first->second;
}

Bytes Revocations::fetch(HttpRequest request, const char* type) {
    request.deadline = deadline_;
    HttpAnswer answer = http_.send(request);
    if (answer.status != 200 || (type != nullptr && answer.content_type != type)) {
        throw Error(
            ErrorCode::Unavailable,
            "answers " + std::to_string(answer.status) + " " + answer.content_type.substr(0, 60));
    }
    return std::move(answer.body);
}

/// OCSP first, a CRL where that fails.
Revocations::Answer Revocations::ask(const Bytes& certificate, const Bytes& issuer) {
    const keys::RevocationPlaces places = keys::revocation_places(certificate);
    std::string what;
    bool may_ask = false;
    const auto attempt = [&](const std::string& url, bool ocsp) -> std::optional<Answer> {
        try {
            HttpRequest request;
            request.url = url;
            request.answer_bytes_max = ocsp ? kOcspBytesMax : kCrlBytesMax;
            if (ocsp) {
                request.content_type = "application/ocsp-request";
                request.body = keys::ocsp_request(certificate, issuer);
            }
            Answer answer;
            answer.ocsp = ocsp;
            answer.der = fetch(request, ocsp ? "application/ocsp-response" : nullptr);
            answer.status = ocsp ? keys::read_ocsp(answer.der, certificate, issuer)
                                 : keys::read_crl(answer.der, certificate, issuer);
            if (answer.status.kind == RevocationStatus::Kind::Unknown ||
                !answer.status.covers(clock_.now())) {  // it may be younger than the question
                throw Error(ErrorCode::Unavailable,
                            "does not know it, or its answer is out of date");
            }
            return answer;
        } catch (const Error& error) {
            what += "; " + url + ": " + error.what();
            may_ask = may_ask || error.code() != ErrorCode::Forbidden;
            return std::nullopt;
        }
    };
    for (const std::string& url : places.ocsp) {
        if (auto answer = attempt(url, true)) {
            return *std::move(answer);
        }
    }
    for (const std::string& url : places.crl) {
        if (auto answer = attempt(url, false)) {
            return *std::move(answer);
        }
    }
    throw Error(may_ask ? ErrorCode::Unavailable : ErrorCode::Forbidden,
                "whether " + name_of(certificate) + " is revoked cannot be learned" +
                    (what.empty() ? "; it names no place to ask" : what));
}

}  // namespace yinxin::server
