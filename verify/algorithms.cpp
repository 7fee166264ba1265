// SPDX-License-Identifier: Apache-2.0
#include "verify/algorithms.h"

#include <algorithm>
#include <array>

#include "keys/crypto/openssl.h"
#include "keys/crypto/prefix_digest.h"

namespace yinxin::verify {

namespace {

// End dates: SOG-IS Agreed Cryptographic Mechanisms 1.3 for what is agreed; SHA-1 and MD5 never
// count over content. SM2 and SM3 (GM/T 0006 has the OIDs) are not in it and are given the same
// end.
constexpr std::array kDigests{
    DigestAlgorithm{"2.16.840.1.101.3.4.2.1", "SHA256", 2035},
    DigestAlgorithm{"2.16.840.1.101.3.4.2.2", "SHA384", 2035},
    DigestAlgorithm{"2.16.840.1.101.3.4.2.3", "SHA512", 2035},
    DigestAlgorithm{"2.16.840.1.101.3.4.2.8", "SHA3-256", 2035},
    DigestAlgorithm{"2.16.840.1.101.3.4.2.9", "SHA3-384", 2035},
    DigestAlgorithm{"2.16.840.1.101.3.4.2.10", "SHA3-512", 2035},
    DigestAlgorithm{"1.2.156.10197.1.401", "SM3", 2035},
    DigestAlgorithm{"1.2.156.10197.1.401.1", "SM3", 2035},
    DigestAlgorithm{"2.16.840.1.101.3.4.2.4", "SHA224", 2025},
    DigestAlgorithm{"1.3.14.3.2.26", "SHA1", 0},
    DigestAlgorithm{"1.2.840.113549.2.5", "MD5", 0},
};

constexpr std::array kSignatures{
    SignatureAlgorithm{"1.2.840.113549.1.1.1", KeyKind::Rsa, nullptr},
    SignatureAlgorithm{"1.2.840.113549.1.1.5", KeyKind::Rsa, "1.3.14.3.2.26"},
    SignatureAlgorithm{"1.2.840.113549.1.1.4", KeyKind::Rsa, "1.2.840.113549.2.5"},
    SignatureAlgorithm{"1.2.840.113549.1.1.14", KeyKind::Rsa, "2.16.840.1.101.3.4.2.4"},
    SignatureAlgorithm{"1.2.840.113549.1.1.11", KeyKind::Rsa, "2.16.840.1.101.3.4.2.1"},
    SignatureAlgorithm{"1.2.840.113549.1.1.12", KeyKind::Rsa, "2.16.840.1.101.3.4.2.2"},
    SignatureAlgorithm{"1.2.840.113549.1.1.13", KeyKind::Rsa, "2.16.840.1.101.3.4.2.3"},
    SignatureAlgorithm{"1.2.840.113549.1.1.10", KeyKind::RsaPss, nullptr},
    SignatureAlgorithm{"1.2.840.10045.2.1", KeyKind::Ec, nullptr},
    SignatureAlgorithm{"1.2.840.10045.4.1", KeyKind::Ec, "1.3.14.3.2.26"},
    SignatureAlgorithm{"1.2.840.10045.4.3.1", KeyKind::Ec, "2.16.840.1.101.3.4.2.4"},
    SignatureAlgorithm{"1.2.840.10045.4.3.2", KeyKind::Ec, "2.16.840.1.101.3.4.2.1"},
    SignatureAlgorithm{"1.2.840.10045.4.3.3", KeyKind::Ec, "2.16.840.1.101.3.4.2.2"},
    SignatureAlgorithm{"1.2.840.10045.4.3.4", KeyKind::Ec, "2.16.840.1.101.3.4.2.3"},
    SignatureAlgorithm{"2.16.840.1.101.3.4.3.10", KeyKind::Ec, "2.16.840.1.101.3.4.2.8"},
    SignatureAlgorithm{"2.16.840.1.101.3.4.3.11", KeyKind::Ec, "2.16.840.1.101.3.4.2.9"},
    SignatureAlgorithm{"2.16.840.1.101.3.4.3.12", KeyKind::Ec, "2.16.840.1.101.3.4.2.10"},
    SignatureAlgorithm{"2.16.840.1.101.3.4.3.14", KeyKind::Rsa, "2.16.840.1.101.3.4.2.8"},
    SignatureAlgorithm{"2.16.840.1.101.3.4.3.15", KeyKind::Rsa, "2.16.840.1.101.3.4.2.9"},
    SignatureAlgorithm{"2.16.840.1.101.3.4.3.16", KeyKind::Rsa, "2.16.840.1.101.3.4.2.10"},
    SignatureAlgorithm{"1.2.156.10197.1.501", KeyKind::Sm2, "1.2.156.10197.1.401"},
    SignatureAlgorithm{"1.2.156.10197.1.301.1", KeyKind::Sm2, "1.2.156.10197.1.401"},
};

template <typename Table>
auto find(const Table& table, const std::string& oid) -> decltype(table.data()) {
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const auto& each) { return oid == each.oid; });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace

const DigestAlgorithm* digest_algorithm(const std::string& oid) {
    return find(kDigests, oid);
}
const SignatureAlgorithm* signature_algorithm(const std::string& oid) {
    return find(kSignatures, oid);
}

bool sound_at(const DigestAlgorithm& algorithm, Time time) {
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
    return static_cast<int>(day.year()) <= algorithm.last_year;
}

Bytes digest_of(const DigestAlgorithm& algorithm, std::initializer_list<ByteView> parts) {
    const keys::EvpMdCtxPtr context(keys::openssl_required(EVP_MD_CTX_new(), "digest context"));
    const EVP_MD* digest = EVP_get_digestbyname(algorithm.name);
    keys::openssl_check(digest != nullptr && EVP_DigestInit_ex(context.get(), digest, nullptr) == 1,
                        algorithm.name);
    for (const ByteView part : parts) {
        keys::openssl_check(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1,
                            "digest");
    }
    Bytes out(static_cast<std::size_t>(EVP_MD_get_size(digest)));
    keys::openssl_check(EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1, "digest");
    return out;
}

Bytes digest_of_covered(const DigestAlgorithm& algorithm, ByteView first, ByteView second) {
    // To the end, when threads may still ask.
    static auto& sha256 = *new keys::PrefixDigest(keys::Digest::Kind::Sha256);
    static auto& sm3 = *new keys::PrefixDigest(keys::Digest::Kind::Sm3);
    const std::string_view name = algorithm.name;
    return name == "SHA256" ? sha256.of(first, second)
           : name == "SM3"  ? sm3.of(first, second)
                            : digest_of(algorithm, {first, second});
}

}  // namespace yinxin::verify
