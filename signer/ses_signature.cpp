// SPDX-License-Identifier: Apache-2.0
#include "signer/ses_signature.h"

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "signer/der_writer.h"

namespace yinxin::signer {

Bytes ses_tbs_sign(ByteView seal, Time time, ByteView data_hash, std::string_view property_info) {
    YINXIN_ASSERT(data_hash.size() == keys::sm3_bytes);
    return der::sequence({der::integer(ses_version),
                          seal,
                          der::generalized_time(time),
                          der::bit_string(data_hash),
                          der::text(der::kIa5String, property_info)});
}

Bytes ses_signature(ByteView tbs_sign,
                    ByteView certificate,
                    ByteView signature,
                    std::optional<ByteView> time_stamp) {
    const Bytes stamp =
        time_stamp ? der::value(der::kContext0, der::bit_string(*time_stamp)) : Bytes{};
    return der::sequence({tbs_sign,
                          der::octet_string(certificate),
                          der::object_identifier(sm2_with_sm3),
                          der::bit_string(signature),
                          stamp});
}

}  // namespace yinxin::signer
