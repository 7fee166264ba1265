// SPDX-License-Identifier: Apache-2.0
#include "signer/fact_token.h"

#include <charconv>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "signer/cbor_writer.h"
#include "signer/token_fields.h"

namespace yinxin::signer {
namespace {

// RFC 9052, 3.1; RFC 9053, 2.1
constexpr int kHeaderAlgorithm = 1;
constexpr int kHeaderKeyId = 4;
constexpr int kEs256 = -7;
// RFC 8392, 3.1; -1 is ours
constexpr int kIssuedAt = 6;
constexpr int kCwtId = 7;
constexpr int kFacts = -1;

constexpr std::size_t kIssuerDigits = 6;
// A signature has one length, so that the length of a token is known before it is signed.
constexpr std::size_t kSignatureBytes = 64;

Bytes protected_header(const keys::PrivateKey& key) {
    if (key.algorithm() != keys::KeyAlgorithm::EcdsaP256 || key.chain().empty()) {
        throw Error(ErrorCode::Invalid,
                    "token key " + key.id() + ": a p256 key with its certificate is needed");
    }
    const auto certificate = keys::Certificate::from_der(key.chain().front());
    return CborWriter()
        .map(2)
        .integer(kHeaderAlgorithm)
        .integer(kEs256)
        .integer(kHeaderKeyId)
        .byte_string(keys::short_key_id(certificate.spki))
        .bytes();
}

std::int64_t issuer_number(const std::string& code) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
    if (code.size() != kIssuerDigits || error != std::errc() || end != code.data() + code.size() ||
        number < 0) {
        throw Error(ErrorCode::Internal, "QR token: an organ code has six digits");
    }
    return number;
}

void write_period(CborWriter& cbor, const std::string& from, const std::string& to) {
    if (from.empty()) {
        if (!to.empty()) {
            throw Error(ErrorCode::Internal, "QR token: a period without a beginning");
        }
        cbor.null().null();
        return;
    }
    const std::int64_t begin = pack_period(from);
    cbor.integer(begin);
    if (to.empty()) {
        cbor.null();
        return;
    }
    const std::int64_t end = pack_period(to);
    const std::int64_t length = begin < 0 ? begin - end : end - begin;
    if ((begin < 0) != (end < 0) || length < 0) {
        throw Error(ErrorCode::Internal, "QR token: the period " + from + " to " + to + " is none");
    }
    cbor.integer(length);
}

Bytes claims_set(const TokenClaims& claims) {
    const auto issued_at = std::chrono::floor<std::chrono::seconds>(claims.issued_at);
    CborWriter cbor;
    // RFC 8949, 4.2.1: keys in the order of their encodings, 06, 07, 20.
    cbor.map(3)
        .integer(kIssuedAt)
        .integer(issued_at.time_since_epoch().count())
        .integer(kCwtId)
        .byte_string(pack_code(claims.code))
        .integer(kFacts)
        .array(8)
        .byte_string(pack_type(claims.type))
        .integer(issuer_number(claims.issuer_code));
    write_period(cbor, claims.period_from, claims.period_to);
    if (claims.has_total) {
        cbor.integer(claims.total_fen);
    } else {
        cbor.null();
    }
    if (claims.pages < 1) {
        throw Error(ErrorCode::Internal, "QR token: a document without pages");
    }
    return cbor.integer(claims.pages)
        .text(pack_stars(claims.masked_name))
        .text(pack_stars(claims.masked_id))
        .bytes();
}

Bytes sign1(ByteView header, ByteView payload, ByteView signature) {
    return CborWriter()
        .array(4)
        .byte_string(header)
        .map(0)
        .byte_string(payload)
        .byte_string(signature)
        .bytes();
}

/// Characters of base64url without padding.
std::size_t text_bytes(ByteView header, ByteView payload) {
    const std::size_t bytes = sign1(header, payload, Bytes(kSignatureBytes)).size();
    return (bytes * 4 + 2) / 3;
}

/// The claims, cut step by step until they fit.
Bytes fitting_claims_set(TokenClaims claims, ByteView header, std::size_t text_bytes_max) {
    const TokenClaims whole = claims;
    for (int step = 0;; ++step) {
        Bytes payload = claims_set(claims);
        if (text_bytes(header, payload) <= text_bytes_max) {
            return payload;
        }
        switch (step) {
            case 0:
                claims.masked_name = keep_first_and_last(whole.masked_name);
                break;
            case 1:
                claims.masked_id = keep_first_and_last(whole.masked_id);
                break;
            case 2:
                claims.masked_name = keep_first(whole.masked_name);
                break;
            default:
                throw Error(ErrorCode::Internal,
                            "QR token: its facts do not fit into " +
                                std::to_string(text_bytes_max) +
                                " characters; a shorter public_url or document type makes room");
        }
    }
}

/// RFC 9052, 4.4
Bytes sig_structure(ByteView header, ByteView payload) {
    return CborWriter()
        .array(4)
        .text("Signature1")
        .byte_string(header)
        .byte_string({})
        .byte_string(payload)
        .bytes();
}

}  // namespace

std::string make_fact_token(const TokenClaims& claims,
                            keys::PrivateKey& key,
                            const std::string& subject,
                            std::size_t text_bytes_max) {
    const Bytes header = protected_header(key);
    const Bytes payload = fitting_claims_set(claims, header, text_bytes_max);
    const Bytes message = sig_structure(header, payload);
    const Bytes digest = keys::sha256(message);
    const Bytes signature = key.sign({keys::KeyPurpose::Token, subject, digest, message});
    return to_base64url(sign1(header, payload, keys::p256_signature_from_der(signature)));
}

}  // namespace yinxin::signer
