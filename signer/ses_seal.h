// SPDX-License-Identifier: Apache-2.0
// Electronic seals of GB/T 38540-2020 (version 4): the picture, its owner, who may use it and for
// how long, signed by a seal maker with SM2 and SM3. Byte-exact DER; holds no key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "keys/private_key.h"

namespace yinxin::signer {

struct SesSeal {
    std::string vendor = "yinxin";    ///< header.vid, ASCII
    std::string id;                   ///< esID, ASCII: 14 digits of a registered seal
    std::uint32_t type = 1;           ///< of the seal; readers take it as it is
    std::string name;                 ///< UTF-8
    std::vector<Bytes> certificates;  ///< DER of those who may seal with it
    /// certListType 2: the seal holds only SM3 of each of them; else 1: the certificates.
    bool by_digest = false;
    Time created{}, valid_from{}, valid_to{};
    Bytes picture;  ///< PNG; it stands in every document, so keep it small: a palette at 300 dpi
    std::uint32_t width_mm = 0, height_mm = 0;
};

/// DER of SES_SealInfo: what the seal maker signs (KeyPurpose::SealRecord, its SHA-256 as the
/// order's digest). Throws Error{Invalid} naming the field.
Bytes ses_seal_info(const SesSeal& seal);

/// DER of SESeal around the signed bytes as they stand.
Bytes ses_seal(ByteView seal_info, ByteView maker_certificate, ByteView signature);

/// Whether a SESeal (DER) lists this certificate (DER): as it is, or its digest.
bool ses_seal_lists(ByteView seal, const Bytes& certificate);

/// Both, with the maker's signature between. Throws Error{Invalid} when the maker's key is not SM2
/// or has no certificate.
Bytes make_ses_seal(const SesSeal& seal, keys::PrivateKey& maker);

}  // namespace yinxin::signer
