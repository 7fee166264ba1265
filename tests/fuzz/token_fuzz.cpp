// SPDX-License-Identifier: Apache-2.0
// The text of a QR or its token; the same bytes as the claims of a token that is signed here; and
// as a verification code somebody types.
#include <optional>
#include <tuple>

#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "server/domain/verification_code.h"
#include "server/offline/token_answer.h"
#include "tests/fuzz/fuzz.h"
#include "verify/token_check.h"

using namespace yinxin;

namespace {

using Facts = std::tuple<std::string,
                         Time,
                         std::string,
                         std::string,
                         std::string,
                         std::string,
                         std::optional<std::int64_t>,
                         int,
                         std::string,
                         std::string>;

std::optional<Facts> facts_of(const std::string& token, const std::vector<verify::TokenKey>& keys) {
    const auto found = verify::check_token(token, keys);
    if (!found) {
        return std::nullopt;
    }
    return Facts{found->code,
                 found->issued_at,
                 found->type,
                 found->issuer_code,
                 found->period_from,
                 found->period_to,
                 found->total_fen,
                 found->pages,
                 found->masked_name,
                 found->masked_id};
}

/// Signs any claims, so that reading them is reached.
class Signer {
  public:
    Signer() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")) {
        const Bytes spki = keys::to_der<i2d_PUBKEY>(key_.get());
        published_ = {{keys::short_key_id(spki), spki}};
    }
    const std::vector<verify::TokenKey>& published() const { return published_; }

    std::string token(ByteView claims) const {
        Bytes header{0xA2, 0x01, 0x26, 0x04, 0x48};
        append(header, published_[0].key_id);
        Bytes message{0x84, 0x6A};
        append(message, as_bytes("Signature1"));
        append(message, byte_string(header));
        append(message, byte_string({}));
        append(message, byte_string(claims));
        Bytes token{0x84};
        append(token, byte_string(header));
        token.push_back(0xA0);
        append(token, byte_string(claims));
        append(token, byte_string(signature(message)));
        return to_base64url(token);
    }

  private:
    static void append(Bytes& out, ByteView more) {
        out.insert(out.end(), more.begin(), more.end());
    }
    static Bytes byte_string(ByteView value) {
        Bytes out{static_cast<std::uint8_t>(0x40 | std::min<std::size_t>(value.size(), 24))};
        if (value.size() >= 24) {
            out.push_back(static_cast<std::uint8_t>(value.size()));
        }
        append(out, value);
        return out;
    }
    Bytes signature(ByteView message) const {
        const keys::EvpMdCtxPtr context(EVP_MD_CTX_new());
        Bytes der(128);
        std::size_t size = der.size();
        keys::openssl_check(
            EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
                EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) ==
                    1,
            "signing");
        return keys::p256_signature_from_der(ByteView(der).first(size));
    }

    keys::EvpPkeyPtr key_;
    std::vector<verify::TokenKey> published_;
};

void expect_code(const std::string& typed) {
    fuzz::accepts([&] {
        const std::string code = server::read_verification_code(typed);
        fuzz::holds(code.size() == server::code_symbols &&
                        code.find_first_not_of(server::code_alphabet) == std::string::npos,
                    "a code is made of its symbols");
        fuzz::holds(server::read_verification_code(server::print_verification_code(code)) == code,
                    "a printed code reads as it was");
        for (std::size_t at = 0; at < code.size(); ++at) {
            std::string mistyped = code;
            mistyped[at] = mistyped[at] == '7' ? '8' : '7';
            fuzz::holds(!fuzz::accepts([&] { server::read_verification_code(mistyped); }),
                        "one wrong symbol is found");
        }
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Bytes certificate = fuzz::context("token.der");
    static const Bytes spki = keys::Certificate::from_der(certificate).spki;
    static const std::vector<verify::TokenKey> published{{keys::short_key_id(spki), spki}};
    static const fuzz::Signed<Facts> known("token", [](const Bytes& seed, std::set<Facts>& out) {
        if (const auto facts = facts_of(std::string(as_text(seed)), published)) {
            out.insert(*facts);
        }
    });
    const ByteView input(data, size);
    const std::string text(as_text(input));
    if (const auto facts = facts_of(text, published)) {
        known.expect(*facts, "these facts were never signed");
    }
    fuzz::accepts([&] {
        const auto answer = server::answer_offline(
            text, {{published.front(), {certificate}}}, {certificate}, fuzz::now());
        if (answer.at("token") == "genuine") {
            known.expect(facts_of(text.substr(text.find('#') + 1), published).value(),
                         "these facts were never signed");
        }
    });
    fuzz::accepts(
        [&] { fuzz::holds(to_base64url(from_base64url(text)) == text, "one text for one token"); });
    constexpr std::size_t kClaimsMax = 255;
    if (size <= kClaimsMax) {
        static const Signer signer;
        if (const auto facts = facts_of(signer.token(input), signer.published())) {
            fuzz::holds(std::get<7>(*facts) >= 1, "a document has a page");
        }
    }
    expect_code(text);
    return 0;
}
