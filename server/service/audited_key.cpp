// SPDX-License-Identifier: Apache-2.0
#include "server/service/audited_key.h"

namespace yinxin::server {

Bytes AuditedKey::sign(const keys::SignOrder& order) {
    if (order.purpose != keys::KeyPurpose::Probe) {
        return key_.sign(order);
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
