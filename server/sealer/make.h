// SPDX-License-Identifier: Apache-2.0
// Makes keys and has them certified: the other half of yinxin-sealer, one order and its answer.
#pragma once

#include <nlohmann/json.hpp>

namespace yinxin::server {

/// Every order names {"keys_dir", "passphrase_file"} but the first.
///   instance  (also without a verb) the keys of a new instance, in a demo with its PKI
///   generate  {id, algorithm, organ}: a key and its certificate request; in a demo (with {"demo":
///             true, pki_dir, pki_url, use}) certified at once: {request}, {certified: true}
///   csr       {id, organ}: {request: PEM}
///   import    {id, file, [source_passphrase_file]}: a chain in PEM for a key that is here, or key
///             and chain from a PKCS#12 file: {certificates: n}
///   token     {id, uri}: a key in a PKCS#11 token (RFC 7512)
///   seals     {dir, seal_infos: {id: SES_SealInfo}}: those of GB/T 38540 of a new demo, signed by
///             its seal maker: {maker, signatures: {id: base64url}}
///   pin_retry {id}: PINs that the key's token has refused may be offered again
/// Gives up the powers it does not need first (powers.h), for the rest of the process. Throws
/// Error, or nlohmann::json::exception for an order that is not as agreed.
nlohmann::json make(const nlohmann::json& order);

/// One seal, by the keys of its makers: {pki, passphrase_file, operations, id, orders: [{key,
/// counted_as, message}]} gives {signed: [{signature, certificate}]}, all or none. Each is counted
/// in the file `operations` as of the key it says. Throws as make().
nlohmann::json make_record(const nlohmann::json& order);

}  // namespace yinxin::server
