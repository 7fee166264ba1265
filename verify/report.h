// SPDX-License-Identifier: Apache-2.0
// What a check of a file found out. Values, never exceptions; all findings, not only the first.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::verify {

/// Of one signature (the words inside); integrity_of() maps them outward.
enum class Verdict { Intact, Modified, Broken, Malformed, Undecided };
/// Of the document: intact, altered, invalid, unsigned, unreadable, not_checked.
enum class Integrity { Intact, Altered, Invalid, Unsigned, Unreadable, NotChecked };
enum class Trust { Yes, No, Unknown };

std::string to_text(Verdict verdict);
std::string to_text(Integrity integrity);
std::string to_text(Trust trust);

/// One observation. `code` is a stable short name ("byte_range_gap",
/// "later_revision_overrides_object" ...).
struct Finding {
    enum class Weight { Note, Warning, Fault } weight = Weight::Note;
    std::string code;
    std::string detail;
};

/// Whose state nobody has answered for, both DER.
struct RevocationWanted {
    Bytes certificate, issuer;
};

struct SignerReport {
    std::string name;  ///< subject, RFC 4514
    Bytes certificate_sha256;
    Trust trusted = Trust::Unknown;
    bool valid_at_sealing = false;  ///< certificate in its validity at the claimed or proven time
};

struct SignatureReport {
    std::string field;
    std::string sub_filter;
    Verdict verdict = Verdict::Undecided;
    std::string indication, sub_indication;  ///< ETSI EN 319 102-1: TOTAL_PASSED, TOTAL_FAILED,
                                             ///< INDETERMINATE / HASH_FAILURE ...
    std::string level;                       ///< B-B, B-T, B-LT, B-LTA or ""
    bool certifies = false;                  ///< DocMDP
    std::optional<int> doc_mdp;
    std::optional<Time> claimed_time;        ///< /M: proves nothing
    std::optional<SignerReport> signer;      ///< a mere claim, never trusted, unless holds()
    std::size_t signed_bytes = 0;            ///< end of the revision it covers
    std::size_t gap_begin = 0, gap_end = 0;  ///< its /Contents, all that is not signed before there
    std::vector<Finding> findings;

    /// The seal is whole, whatever came later.
    bool holds() const { return verdict == Verdict::Intact || verdict == Verdict::Modified; }
};

struct DocumentReport {
    Integrity integrity = Integrity::NotChecked;
    std::vector<SignatureReport> signatures;
    std::vector<Finding> findings;
    std::vector<std::size_t>
        revision_ends;  ///< lengths of the complete revisions, for prefix comparison
    int pages = 0;
    std::vector<RevocationWanted> revocation_wanted;  ///< by RevocationPolicy::List
};

/// The order of badness: invalid, altered, not_checked, intact.
Integrity integrity_of(const std::vector<SignatureReport>& signatures);

/// The machine form: {"integrity","issuer",signatures[],"findings"[],"revision_ends"[],"pages",
/// "revocation_wanted"?}.
/// "issuer" only when the seal it is taken from holds. Also how the inspector answers.
nlohmann::json to_json(const DocumentReport& report);
/// Reads what to_json wrote; throws Error{Malformed}.
DocumentReport report_from_json(const nlohmann::json& json);

}  // namespace yinxin::verify
