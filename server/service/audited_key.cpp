// SPDX-License-Identifier: Apache-2.0
#include "server/service/audited_key.h"

#include "common/error.h"

namespace yinxin::server {

Bytes AuditedKey::sign(const keys::SignOrder& order) {
    if (order.purpose != keys::KeyPurpose::Probe) {
        return key_.sign(order);
    }
    // A sealer does not open what may not sign: nothing is begun that nobody will answer.
    if (state_of(store_.key_register().key_changes(), key_.id()) != KeyState::Active) {
        throw Error(ErrorCode::Unavailable,
                    "the key " + key_.id() +
                        " signs nothing any more; put another in its place: yinxin keys rotate");
    }
    KeyUse use{.phase = KeyUse::Phase::Begin,
               .purpose = order.purpose,
               .key_id = key_.id(),
               .subject = order.subject,
               .digest = to_bytes(order.digest),
               .at = clock_.now()};
    store_.record_key_uses({use});
    Bytes signature = key_.sign(order);
    use.phase = KeyUse::Phase::End;
    use.at = clock_.now();
    store_.record_key_uses({use});
    return signature;
}

}  // namespace yinxin::server
