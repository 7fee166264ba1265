// SPDX-License-Identifier: Apache-2.0
#include "server/service/first_seal.h"

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "verify/ses_check.h"

namespace yinxin::server {
namespace {

constexpr std::chrono::seconds kLookAgain{60};

}  // namespace

FirstSeal::FirstSeal(const ServiceParts& parts, const verify::TrustStore& trust)
    : key_(parts.ses->key),
      clock_(parts.clock),
      trust_(trust),
      path_(key_.id(), key_.chain(), parts.trust_anchors) {}

void FirstSeal::check(const keys::SealRecord& record, Time at) {
    path_.check(record, at, clock_.now());
    if (record.ses_seal.empty()) {
        throw Error(
            ErrorCode::Unavailable,
            "there is no seal of GB/T 38540 for the seal record " + record.id +
                ": yinxin seals replace has one made with a new record; one made elsewhere: "
                "put its SESeal (DER) into seals/" +
                record.id + ".esl");
    }
    if (const auto fault = fault_of(record.ses_seal, at)) {
        throw Error(ErrorCode::Unavailable,
                    "nobody would believe the seal of GB/T 38540 of the seal record " + record.id +
                        ": " + *fault + "; have another one made for it");
    }
}

/// As a stranger would see it: a number spent on a seal that is not believed is lost.
std::optional<std::string> FirstSeal::fault_of(const Bytes& ses_seal, Time at) {
    const Bytes name = keys::sha256(ses_seal);
    {
        const std::lock_guard lock(mutex_);
        const auto known = looked_.find(name);
        if (known != looked_.end() && at >= known->second.at &&
            at - known->second.at < kLookAgain) {
            return known->second.fault;
        }
    }
    verify::Assessment assessment;
    const verify::PathAnswer answer = verify::check_ses_seal(ses_seal, at, trust_, assessment);
    std::optional<std::string> fault;
    if (assessment.verdict() != verify::Verdict::Intact || answer.trust != verify::Trust::Yes) {
        fault = "its maker is not trusted";
        for (const verify::Finding& finding : assessment.findings()) {
            *fault += "; " + finding.detail;
        }
    }
    const std::lock_guard lock(mutex_);
    looked_[name] = {at, fault};
    return fault;
}

void FirstSeal::make_signer(const keys::SealRecord& record) {
    signer_of(record);
}

Bytes FirstSeal::seal(ByteView pdf,
                      const keys::SealRecord& record,
                      const signer::SealOrder& order,
                      const Recorder& record_uses,
                      std::vector<KeyUse>& done) {
    const signer::SesSigner& signer = signer_of(record);
    signer::PreparedSignature prepared = signer.prepare(pdf, order);
    KeyUse use{KeyUse::Phase::Begin,
               order.purpose,
               key_.id(),
               order.subject,
               prepared.digest,
               clock_.now()};
    record_uses({use});
    const Bytes signature =
        key_.sign({order.purpose, order.subject, prepared.digest, prepared.signed_attrs});
    use.phase = KeyUse::Phase::End;
    use.at = clock_.now();
    done.push_back(std::move(use));
    return signer.complete(std::move(prepared), signature);
}

Bytes FirstSeal::specimen(ByteView pdf,
                          const keys::SealRecord& record,
                          const signer::SealOrder& order,
                          ByteView signature) {
    const signer::SesSigner& signer = signer_of(record);
    return signer.complete(signer.prepare(pdf, order), signature);
}

/// Made at the first seal: it asks the key for a probe.
const signer::SesSigner& FirstSeal::signer_of(const keys::SealRecord& record) {
    const Bytes name = keys::sha256(record.ses_seal);  // one in seals/ may have been renewed
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = signers_.find(name); known != signers_.end()) {
            return *known->second;
        }
    }
    std::unique_ptr<signer::SesSigner> made;
    try {
        made = std::make_unique<signer::SesSigner>(key_, record.ses_seal);  // may take its time
    } catch (const Error& error) {
        throw Error(ErrorCode::Unavailable, "the seal " + record.id + ": " + error.what());
    }
    const std::lock_guard lock(mutex_);
    return *signers_.emplace(name, std::move(made)).first->second;
}

}  // namespace yinxin::server
