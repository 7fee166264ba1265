// SPDX-License-Identifier: Apache-2.0
// Written from the text of signer/README.md alone.
#include "verify/token_check.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/public_key.h"
#include "verify/cbor_reader.h"

namespace yinxin::verify {

namespace {

constexpr std::string_view kCodeAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view kTypeAlphabet = " abcdefghijklmnopqrstuvwxyz0123456789-_.";
constexpr std::size_t kTokenTextMax = 512;
constexpr std::int64_t kMonthsMax = 12 * 200, kDaysMax = 366 * 200;
constexpr std::uint64_t kSecondsMax = 4'102'444'800;  // 2100-01-01

[[noreturn]] void malformed(const char* what) {
    throw Error(ErrorCode::Malformed, std::string("QR token: ") + what);
}

struct Envelope {
    Bytes key_id;
    ByteView protected_header, payload, signature;
};

/// COSE_Sign1 (RFC 9052, 4.2) in the one form there is.
Envelope open_envelope(ByteView bytes) {
    constexpr std::array<std::uint8_t, 5> kHeader{
        0xA2, 0x01, 0x26, 0x04, 0x48};  // {1: -7, 4: bstr of 8}
    CborReader cbor(bytes);
    if (cbor.array() != 4) {
        malformed("no COSE_Sign1");
    }
    Envelope envelope;
    envelope.protected_header = cbor.byte_string();
    constexpr std::size_t kFixed = 5, kKeyId = 8;
    if (envelope.protected_header.size() != kFixed + kKeyId ||
        !std::equal(kHeader.begin(), kHeader.end(), envelope.protected_header.begin())) {
        malformed("another protected header");
    }
    envelope.key_id = to_bytes(envelope.protected_header.last(kKeyId));
    if (cbor.map() != 0) {
        malformed("the unprotected header is not empty");
    }
    envelope.payload = cbor.byte_string();
    envelope.signature = cbor.byte_string();
    cbor.finish();
    if (envelope.signature.size() != 64) {
        malformed("the signature has not 64 bytes");
    }
    return envelope;
}

void append_byte_string(Bytes& out, ByteView value) {
    if (value.size() < 24) {
        out.push_back(static_cast<std::uint8_t>(0x40 | value.size()));
    } else if (value.size() < 256) {
        out.push_back(0x58);
        out.push_back(static_cast<std::uint8_t>(value.size()));
    } else {
        out.push_back(0x59);
        out.push_back(static_cast<std::uint8_t>(value.size() >> 8));
        out.push_back(static_cast<std::uint8_t>(value.size()));
    }
    out.insert(out.end(), value.begin(), value.end());
}

/// Sig_structure (RFC 9052, 4.4): ["Signature1", protected, h'', payload].
Bytes signed_bytes(const Envelope& envelope) {
    Bytes out{0x84, 0x6A};
    const ByteView context = as_bytes("Signature1");
    out.insert(out.end(), context.begin(), context.end());
    append_byte_string(out, envelope.protected_header);
    append_byte_string(out, {});
    append_byte_string(out, envelope.payload);
    return out;
}

bool signature_holds(const Envelope& envelope, const TokenKey& key) {
    if (!keys::p256_point(key.public_key_spki)) {
        return false;
    }
    const auto number = [&](std::size_t from) {
        return keys::openssl_required(
            keys::BignumPtr(BN_bin2bn(envelope.signature.data() + from, 32, nullptr)), "number");
    };
    const keys::EcdsaSigPtr pair(keys::openssl_required(ECDSA_SIG_new(), "ECDSA signature"));
    auto r = number(0), s = number(32);
    keys::openssl_check(ECDSA_SIG_set0(pair.get(), r.get(), s.get()) == 1, "ECDSA signature");
    r.release();
    s.release();
    const Bytes der = keys::to_der<i2d_ECDSA_SIG>(pair.get());
    return keys::verify_sha256(key.public_key_spki, signed_bytes(envelope), der);
}

std::string read_code(ByteView bytes) {
    if (bytes.size() != 10) {
        malformed("the code has not 10 bytes");
    }
    std::string code;
    for (std::size_t bit = 0; bit < 80; bit += 5) {
        const unsigned pair = static_cast<unsigned>(bytes[bit / 8]) << 8 |
                              (bit / 8 + 1 < bytes.size() ? bytes[bit / 8 + 1] : 0U);
        code += kCodeAlphabet[pair >> (11 - bit % 8) & 0x1F];
    }
    return code;
}

std::string read_type(ByteView bytes) {
    if (bytes.empty() || bytes.size() % 2 != 0) {
        malformed("the document type is no base 40");
    }
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        const unsigned group = static_cast<unsigned>(bytes[i]) << 8 | bytes[i + 1];
        if (group > 63'999) {
            malformed("the document type is no base 40");
        }
        for (const unsigned symbol : {group / 1600, group / 40 % 40, group % 40}) {
            text += kTypeAlphabet[symbol];
        }
    }
    const std::size_t length = text.find(' ');
    if (length == 0 ||
        (length != std::string::npos &&
         (length + 3 <= text.size() || text.find_first_not_of(' ', length) != std::string::npos))) {
        malformed("the document type is filled up wrongly");
    }
    return text.substr(0, length);
}

std::string day_text(std::int64_t days) {
    return to_text(std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{days}}});
}

std::string month_text(std::int64_t months) {
    std::array<char, 32> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "%04d-%02d",
                  static_cast<int>(1970 + months / 12),
                  static_cast<int>(months % 12 + 1));
    return text.data();
}

void read_period(CborReader& cbor, TokenFacts& facts) {
    if (cbor.accept_null()) {
        if (!cbor.accept_null()) {
            malformed("a period that ends but does not begin");
        }
        return;
    }
    const std::int64_t from = cbor.integer();
    const bool by_month = from < 0;
    const std::int64_t first = by_month ? -1 - from : from;
    const std::int64_t most = by_month ? kMonthsMax : kDaysMax;
    const auto text = [&](std::int64_t value) {
        return by_month ? month_text(value) : day_text(value);
    };
    if (first > most) {
        malformed("a period out of range");
    }
    facts.period_from = text(first);
    if (cbor.accept_null()) {
        return;
    }
    const std::uint64_t length = cbor.unsigned_integer();
    if (length > static_cast<std::uint64_t>(most - first)) {
        malformed("a period out of range");
    }
    facts.period_to = text(first + static_cast<std::int64_t>(length));
}

/// Runs of 2 to 31 asterisks as one control character; the form is unique, so what was unpacked
/// must pack to the same.
std::string pack_stars(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '*') {
            out += text[i++];
            continue;
        }
        const std::size_t end = std::min(text.find_first_not_of('*', i), text.size());
        const std::size_t run = std::min<std::size_t>(end - i, 31);
        out += run == 1 ? '*' : static_cast<char>(run);
        i += run;
    }
    return out;
}

std::string read_masked(CborReader& cbor) {
    const std::string packed = cbor.text_string();
    std::string text;
    for (const char c : packed) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 2 || byte == 0x7F) {
            malformed("a control character in a masked text");
        }
        byte < 0x20 ? text.append(byte, '*') : text.append(1, c);
    }
    if (pack_stars(text) != packed) {
        malformed("asterisks are packed in another way");
    }
    return text;
}

TokenFacts read_claims(ByteView payload) {
    CborReader cbor(payload);
    TokenFacts facts;
    if (cbor.map() != 3 || cbor.integer() != 6) {
        malformed("other claims than there must be");
    }
    const std::uint64_t seconds = cbor.unsigned_integer();
    if (seconds > kSecondsMax) {
        malformed("the time of issue is out of range");
    }
    facts.issued_at = Time{std::chrono::seconds{seconds}};
    if (cbor.integer() != 7) {
        malformed("other claims than there must be");
    }
    facts.code = read_code(cbor.byte_string());
    if (cbor.integer() != -1 || cbor.array() != 8) {
        malformed("other claims than there must be");
    }
    facts.type = read_type(cbor.byte_string());
    const std::uint64_t issuer = cbor.unsigned_integer();
    if (issuer > 999'999) {
        malformed("the issuer's code is out of range");
    }
    const std::string digits = std::to_string(issuer);
    facts.issuer_code = std::string(6 - digits.size(), '0') + digits;
    read_period(cbor, facts);
    if (!cbor.accept_null()) {
        facts.total_fen = cbor.integer();
    }
    const std::uint64_t pages = cbor.unsigned_integer();
    if (pages < 1 || pages > 100'000) {
        malformed("the number of pages is out of range");
    }
    facts.pages = static_cast<int>(pages);
    facts.masked_name = read_masked(cbor);
    facts.masked_id = read_masked(cbor);
    cbor.finish();
    return facts;
}

}  // namespace

std::optional<TokenFacts> check_token(const std::string& token, const std::vector<TokenKey>& keys) {
    if (token.empty() || token.size() > kTokenTextMax) {
        return std::nullopt;
    }
    try {
        const Bytes bytes = from_base64url(token);
        const Envelope envelope = open_envelope(bytes);
        const bool signed_by_one = std::any_of(keys.begin(), keys.end(), [&](const TokenKey& key) {
            return key.key_id == envelope.key_id && signature_holds(envelope, key);
        });
        if (!signed_by_one) {
            return std::nullopt;
        }
        TokenFacts facts = read_claims(envelope.payload);
        facts.key_id = envelope.key_id;
        return facts;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Internal) {
            throw;
        }
        return std::nullopt;
    }
}

}  // namespace yinxin::verify
