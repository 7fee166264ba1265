// SPDX-License-Identifier: Apache-2.0
// Seals and signatures with them taken apart over the original bytes: GM/T 0031-2014 (V1), GB/T
// 38540-2020 (V4), GM/T 0031-2025 (V5). Views only; nothing is encoded again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/ports.h"
#include "verify/tlv.h"

namespace yinxin::verify {

struct SesSeal {
    int version = 0;                     ///< header.version: 4, 5, or what a V1 seal says
    bool flat = true;                    ///< V4 and V5; V1 keeps its signature in a SEQUENCE
    std::string id, name, vendor;        ///< as they stand: bytes
    std::vector<ByteView> certificates;  ///< DER of those who may seal (V1; certListType 1)
    std::vector<ByteView> digests;       ///< SM3 of them (certListType 2)
    std::optional<Time> created, valid_from, valid_to;  ///< nullopt: unreadable
    std::string picture_type;
    ByteView picture;
    bool critical_extension = false;  ///< one that is marked critical; none is known here
    Bytes signed_bytes;               ///< what the maker signed
    ByteView maker_certificate;
    std::string algorithm;
    ByteView signature;
    std::optional<ByteView> time_stamp;  ///< V5: a token over the signature
};

struct SesSignature {
    SesSeal seal;
    int version = 0;             ///< of TBS_Sign
    ByteView to_sign;            ///< what the signer signed
    std::optional<Time> time;    ///< as stated; nullopt: unreadable, or a token (V1)
    bool time_is_token = false;  ///< V1 may have a time stamp there; of what is not said
    ByteView data_hash;
    std::string property_info;
    bool critical_extension = false;
    ByteView certificate;
    std::string algorithm;
    ByteView signature;
    std::optional<ByteView> time_stamp;  ///< a token over the signature
};

/// Views into the bytes. Throws Error{Malformed}.
SesSeal read_ses_seal(ByteView der);
/// By its ASN.1: SEQUENCE { SEQUENCE, ...}, where CMS begins with an OBJECT IDENTIFIER.
bool has_ses_shape(const Tlv& value);
/// Views into the value's bytes. Throws Error{Malformed}.
SesSignature read_ses_signature(const Tlv& value);

}  // namespace yinxin::verify
