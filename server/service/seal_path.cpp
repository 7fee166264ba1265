// SPDX-License-Identifier: Apache-2.0
#include "server/service/seal_path.h"

#include <algorithm>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"
#include "verify/path_check.h"

namespace yinxin::server {
namespace {

[[noreturn]] void refuse(const std::string& detail) {
    throw Error(ErrorCode::Unavailable, detail, {{"", "certificate", detail}});
}

/// "" when it is valid. Its last second is left out, as OpenSSL does in the own verifier's check.
std::string out_of_time(const keys::Certificate& certificate, Time at) {
    if (certificate.not_before <= at && at < certificate.not_after) {
        return "";
    }
    return "the certificate \"" + certificate.subject + "\"" +
           (at < certificate.not_before ? " begins " + to_rfc3339(certificate.not_before)
                                        : " ended " + to_rfc3339(certificate.not_after));
}

}  // namespace

SealPath::SealPath(std::string key, std::vector<Bytes> chain, std::vector<Bytes> anchors)
    : key_(std::move(key)), chain_(std::move(chain)), anchors_(std::move(anchors)) {}

void SealPath::check(Time at) {
    const std::lock_guard lock(mutex_);
    if (at < from_ || at >= to_) {
        find(at);
    }
}

void SealPath::check(const keys::SealRecord& seal, Time at) {
    if (!seal.valid_at(at)) {
        throw Error(ErrorCode::Unavailable,
                    "the seal " + seal.id + " is not valid now; renew its record");
    }
    check(at);
    if (!seal.lists(keys::sha256(chain_.front()))) {
        throw Error(ErrorCode::Unavailable,
                    "the seal " + seal.id + " does not list the certificate of " + key_ +
                        "; make one that does in its place: yinxin seals replace " + seal.id +
                        " --reason REASON");
    }
}

void SealPath::check(const keys::SealRecord& seal, Time at, Time now) {
    check(seal, at);
    check(now);
}

void SealPath::find(Time at) {
    if (chain_.empty()) {
        refuse("the key " + key_ + " has no certificate yet");
    }
    for (const Bytes& der : chain_) {
        if (const std::string fault = out_of_time(keys::Certificate::from_der(der), at);
            !fault.empty()) {
            refuse(fault + ": install a new one for the key " + key_);
        }
    }
    std::vector<keys::Certificate> path;
    try {
        path = keys::build_path(chain_, anchors_, at);
    } catch (const Error& error) {
        std::string roots;
        for (const Bytes& der : anchors_) {
            const std::string fault = out_of_time(keys::Certificate::from_der(der), at);
            roots += fault.empty() ? "" : "; " + fault;
        }
        refuse("the key " + key_ + " cannot seal: " + error.what() + roots);
    }
    if (const std::string fault = verify::usage_fault(path.front().der); !fault.empty()) {
        refuse("the key " + key_ + " cannot seal: its certificate's " + fault);
    }
    from_ = Time::min();
    to_ = Time::max();
    for (const keys::Certificate& certificate : path) {
        from_ = std::max(from_, certificate.not_before);
        to_ = std::min(to_, certificate.not_after);
    }
}

}  // namespace yinxin::server
