// SPDX-License-Identifier: Apache-2.0
#include "keys/private_key.h"

#include <array>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "keys/crypto/sm2.h"

namespace yinxin::keys {
namespace {

constexpr std::array kAlgorithms{
    std::pair{KeyAlgorithm::EcdsaP256, std::string_view("p256")},
    std::pair{KeyAlgorithm::Rsa2048, std::string_view("rsa2048")},
    std::pair{KeyAlgorithm::Rsa3072, std::string_view("rsa3072")},
    std::pair{KeyAlgorithm::Sm2, std::string_view("sm2")},
};

constexpr std::array kPurposes{
    std::pair{KeyPurpose::Document, std::string_view("document")},
    std::pair{KeyPurpose::Token, std::string_view("token")},
    std::pair{KeyPurpose::ExternalSeal, std::string_view("external_seal")},
    std::pair{KeyPurpose::SealRecord, std::string_view("seal_record")},
    std::pair{KeyPurpose::Report, std::string_view("report")},
    std::pair{KeyPurpose::Probe, std::string_view("probe")},
    std::pair{KeyPurpose::LogHead, std::string_view("log_head")},
};

template <typename Table, typename Value>
std::string word_of(const Table& table, Value value) {
    for (const auto& [entry, word] : table) {
        if (entry == value) {
            return std::string(word);
        }
    }
    throw Error(ErrorCode::Internal, "a value outside its enumeration");
}

template <typename Table>
auto value_of(const Table& table, const std::string& word, const char* what) {
    std::string known;
    for (const auto& [value, name] : table) {
        if (name == word) {
            return value;
        }
        known += known.empty() ? "" : ", ";
        known += name;
    }
    throw Error(ErrorCode::Invalid,
                std::string("unknown ") + what + " \"" + word + "\": use one of " + known);
}

}  // namespace

std::string to_text(KeyAlgorithm algorithm) {
    return word_of(kAlgorithms, algorithm);
}
KeyAlgorithm key_algorithm_from_text(const std::string& text) {
    return value_of(kAlgorithms, text, "key algorithm");
}

KeyAlgorithm key_algorithm_of(ByteView spki) {
    const EvpPkeyPtr key = public_key_from_spki(spki);
    if (EVP_PKEY_is_a(key.get(), "RSA") == 1 && EVP_PKEY_get_bits(key.get()) == 2048) {
        return KeyAlgorithm::Rsa2048;
    }
    if (EVP_PKEY_is_a(key.get(), "RSA") == 1 && EVP_PKEY_get_bits(key.get()) == 3072) {
        return KeyAlgorithm::Rsa3072;
    }
    if (is_sm2(key.get())) {
        return KeyAlgorithm::Sm2;
    }
    char group[32] = {};
    if (EVP_PKEY_is_a(key.get(), "EC") == 1 &&
        EVP_PKEY_get_group_name(key.get(), group, sizeof group, nullptr) == 1 &&
        std::string_view(group) == SN_X9_62_prime256v1) {
        return KeyAlgorithm::EcdsaP256;
    }
    throw Error(ErrorCode::Invalid, "a key that is none of p256, rsa2048, rsa3072, sm2");
}

std::string to_text(KeyPurpose purpose) {
    return word_of(kPurposes, purpose);
}
KeyPurpose key_purpose_from_text(const std::string& text) {
    return value_of(kPurposes, text, "key purpose");
}

ByteView probe_message() {
    return as_bytes("yinxin probe: this signature seals nothing\n");
}

}  // namespace yinxin::keys
