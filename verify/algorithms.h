// SPDX-License-Identifier: Apache-2.0
// Which algorithms a seal may use, and until when. The one table of it: verify/README.md shows it
// to people.
#pragma once

#include <string>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::verify {

struct DigestAlgorithm {
    const char* oid;
    const char* name;  ///< for EVP_get_digestbyname
    int last_year;     ///< sound until the end of this year; 0: no longer
};

enum class KeyKind { Rsa, RsaPss, Ec, Sm2 };

struct SignatureAlgorithm {
    const char* oid;
    KeyKind key;
    const char* digest_oid;  ///< fixed by the algorithm; nullptr: the one of digestAlgorithm
};

/// nullptr: unknown.
const DigestAlgorithm* digest_algorithm(const std::string& oid);
const SignatureAlgorithm* signature_algorithm(const std::string& oid);

bool sound_at(const DigestAlgorithm& algorithm, Time time);
Bytes digest_of(const DigestAlgorithm& algorithm, std::initializer_list<ByteView> parts);
/// The same of what a signature covers; a process that sees many files which begin alike hashes
/// their beginning once.
Bytes digest_of_covered(const DigestAlgorithm& algorithm, ByteView first, ByteView second);

inline constexpr int kRsaBitsMin = 1024;   ///< below: not decided
inline constexpr int kRsaBitsFair = 2048;  ///< below: a warning, and never a trusted issuer
inline constexpr int kEcBitsMin = 224;

}  // namespace yinxin::verify
