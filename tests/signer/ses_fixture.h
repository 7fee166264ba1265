// SPDX-License-Identifier: Apache-2.0
// An SM2 authority in memory, a seal maker and a seal below it. Link yinxin_keys and yinxin_signer.
#pragma once

#include <memory>
#include <string>

#include "common/time_text.h"
#include "signer/ses_seal.h"
#include "tests/keys/test_pki.h"

namespace yinxin::tests {

/// Two by two dots, red and clear.
inline Bytes small_png() {
    return from_hex(
        "89504e470d0a1a0a0000000d494844520000000200000002010300000048789f6700000006504c5445ffffffdc"
        "0000d1511f2a0000000174524e530040e6d8660000000c49444154789c637060680000014400c13a7a1c560000"
        "000049454e44ae426082");
}

struct SesFixture {
    Time now = *parse_rfc3339("2026-01-31T01:00:00Z");
    TestPki pki{now, keys::KeyAlgorithm::Sm2};
    std::unique_ptr<keys::SoftwareKey> maker =
        pki.key(keys::CertificateUse::SealMaker, keys::KeyAlgorithm::Sm2);
    std::unique_ptr<keys::SoftwareKey> key =
        pki.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::Sm2);

    signer::SesSeal content(bool by_digest = false) const {
        signer::SesSeal seal;
        seal.id = "99000000000001";
        seal.name = "示例市税务局";
        seal.certificates = {key->chain().front()};
        seal.by_digest = by_digest;
        seal.created = seal.valid_from = now - std::chrono::hours(1);
        seal.valid_to = now + std::chrono::hours(24 * 300);
        seal.picture = small_png();
        seal.width_mm = 42;
        seal.height_mm = 40;
        return seal;
    }
    Bytes seal(bool by_digest = false) const {
        return signer::make_ses_seal(content(by_digest), *maker);
    }
};

}  // namespace yinxin::tests
