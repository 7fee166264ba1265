// SPDX-License-Identifier: Apache-2.0
// Which certificates a demo's authorities have revoked: a file of JSON lines that only grows. The
// command line writes it, the demo PKI reads it at every question.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::keys {

/// CRLReason (RFC 5280, 5.3.1), but the two that can be taken back.
inline constexpr std::array<std::string_view, 8> revocation_reasons{"unspecified",
                                                                    "keyCompromise",
                                                                    "cACompromise",
                                                                    "affiliationChanged",
                                                                    "superseded",
                                                                    "cessationOfOperation",
                                                                    "privilegeWithdrawn",
                                                                    "aACompromise"};

/// Its name in DIR/pki.
inline constexpr const char* revocation_journal_name = "revoked.jsonl";

struct Revocation {
    std::string key;      ///< id of the certified key, for people
    Bytes issuer_name;    ///< DER of the issuer's Name
    Bytes serial_number;  ///< DER INTEGER, with its tag
    Time revoked_at{};
    std::string reason;  ///< one of revocation_reasons
};

/// In the order they were recorded; empty when there is no file. A last line without its end (a
/// crash while writing) was never acknowledged and is passed over; any other fault is
/// Error{Malformed} naming the line.
std::vector<Revocation> read_revocations(const std::filesystem::path& file);

/// Durable when it returns; any process, one after the other. Throws Error{Conflict} when the
/// certificate is revoked already.
void record_revocation(const std::filesystem::path& file, const Revocation& revocation);

}  // namespace yinxin::keys
