// SPDX-License-Identifier: Apache-2.0
#include "server/service/first_seal.h"

#include "common/error.h"

namespace yinxin::server {

FirstSeal::FirstSeal(const ServiceParts& parts)
    : key_(parts.ses->key),
      seals_(parts.ses->seals),
      clock_(parts.clock),
      path_(key_.id(), key_.chain(), parts.trust_anchors) {}

void FirstSeal::check(const keys::SealRecord& record, Time at) {
    path_.check(record, at);
    path_.check(clock_.now());  // of a number that waited: it is sealed now
    signer_of(record.id);
}

Bytes FirstSeal::seal(ByteView pdf,
                      const keys::SealRecord& record,
                      const signer::SealOrder& order,
                      const Recorder& record_uses,
                      std::vector<KeyUse>& done) {
    const signer::SesSigner& signer = signer_of(record.id);
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
    const signer::SesSigner& signer = signer_of(record.id);
    return signer.complete(signer.prepare(pdf, order), signature);
}

/// Made at the first seal: it asks the key for a probe.
const signer::SesSigner& FirstSeal::signer_of(const std::string& id) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = signers_.find(id); known != signers_.end()) {
            return *known->second;
        }
    }
    const auto seal = seals_.find(id);
    if (seal == seals_.end()) {
        throw Error(ErrorCode::Unavailable,
                    "there is no seal of GB/T 38540 for the seal record " + id +
                        ": put its SESeal (DER) into seals/" + id + ".esl");
    }
    std::unique_ptr<signer::SesSigner> made;
    try {
        made = std::make_unique<signer::SesSigner>(key_, seal->second);  // may take its time
    } catch (const Error& error) {
        throw Error(ErrorCode::Unavailable, "the seal " + id + ": " + error.what());
    }
    const std::lock_guard lock(mutex_);
    return *signers_.emplace(id, std::move(made)).first->second;
}

}  // namespace yinxin::server
