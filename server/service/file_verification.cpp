// SPDX-License-Identifier: Apache-2.0
#include "server/service/file_verification.h"

#include <algorithm>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "server/service/answers.h"

namespace yinxin::server {
namespace {

// Each is one digest over the file. What is ours was there first, so it is among the first.
constexpr std::size_t prefixes_max = 8, seals_max = 8;

/// The signatures by what they cover, the shortest first: whoever adds one covers more.
std::vector<const verify::SignatureReport*> oldest_first(const verify::DocumentReport& report) {
    std::vector<const verify::SignatureReport*> all;
    for (const verify::SignatureReport& each : report.signatures) {
        all.push_back(&each);
    }
    std::stable_sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
        return a->signed_bytes < b->signed_bytes;
    });
    return all;
}

/// SHA-256. Those of earlier keys the register tells, but it names the last seal of a document
/// only.
std::vector<Bytes> own_certificate_sha256(const ServiceParts& parts) {
    std::vector<Bytes> own = own_certificates(parts.seal_keys());
    if (parts.ses != nullptr) {
        for (const Bytes& certificate : parts.ses->earlier_certificates) {
            own.push_back(keys::sha256(certificate));
        }
    }
    return own;
}

bool uses_sm2(const SealKeys& keys) {
    return std::any_of(keys.begin(), keys.end(), [](const keys::PrivateKey* key) {
        return key->algorithm() == keys::KeyAlgorithm::Sm2;
    });
}

/// Over all but its /Contents. The seal is inside().
template <typename Digest>
Bytes digest_of_seal(const verify::SignatureReport& seal, ByteView file) {
    return Digest()
        .update(file.first(seal.gap_begin))
        .update(file.subspan(seal.gap_end, seal.signed_bytes - seal.gap_end))
        .finish();
}

/// The offsets come from a process that read a stranger's file.
bool inside(const verify::SignatureReport& seal, ByteView file) {
    return seal.gap_begin < seal.gap_end && seal.gap_end <= seal.signed_bytes &&
           seal.signed_bytes <= file.size();
}

}  // namespace

FileVerification::FileVerification(const ServiceParts& parts)
    : parts_(parts),
      own_certificate_sha256_(own_certificate_sha256(parts)),
      sealed_with_sm2_(uses_sm2(parts.seal_keys())) {}

Json FileVerification::answer(ByteView file, const std::string& caller) {
    if (const auto revision = parts_.store.revision_by_sha256(keys::sha256(file))) {
        return registered(*revision);
    }
    verify::DocumentReport report = inspect(file, false, caller);
    if (report.integrity == verify::Integrity::Altered && sealed_by_us(report) &&
        !unknown_seal_of_ours(file, report)) {
        // What we have sealed for others, others may sign after us.
        report = inspect(file, true, caller);
    }
    const auto prefix = registered_prefix(file, report);
    const auto sealed = registered_seal(file, report);
    const auto& known = prefix ? prefix : sealed;
    const auto document =
        known ? parts_.store.document(known->document_id, std::nullopt) : std::nullopt;
    VerificationAnswer answer(parts_.clock.now());
    answer.outcome(outcome(file, report, known, sealed, document));
    if (const std::size_t signed_bytes = sealed_before_a_change(report, prefix);
        signed_bytes != 0) {
        answer.changed(parts_.inspector.changed_pages(file, signed_bytes, caller));
    }
    if (known) {
        YINXIN_ASSERT(document && visible(document->state));
        answer
            .names(*document, facts_from_text(document->facts), parts_.store.reversed(document->id))
            .revision(known->n);
    }
    return answer.checked(report).marks(parts_.compromised_certificates).json();
}

/// Once, or again with what the authorities of its signers answer.
verify::DocumentReport FileVerification::inspect(ByteView file,
                                                 bool elsewhere,
                                                 const std::string& caller) {
    using Asking = verify::RevocationPolicy::Asking;
    Inspection how{.elsewhere = elsewhere};
    how.revocation.asking = parts_.revocations != nullptr ? Asking::List : Asking::Never;
    verify::DocumentReport report = parts_.inspector.inspect(file, how, caller);
    if (parts_.revocations == nullptr || report.revocation_wanted.empty()) {
        return report;
    }
    how.revocation = parts_.revocations->ask_about(report.revocation_wanted);
    return how.revocation.asking == Asking::Asked ? parts_.inspector.inspect(file, how, caller)
                                                  : report;
}

/// Byte for byte what was released. Tier 0 and the number, by which he who holds the file finds it
/// again: all else he has read.
Json FileVerification::registered(const RevisionInfo& revision) {
    const auto document = parts_.store.document(revision.document_id, std::nullopt);
    YINXIN_ASSERT(document && visible(document->state));
    return VerificationAnswer(parts_.clock.now())
        .outcome(outcome_word(document->state, "genuine"))
        .integrity(verify::to_text(verify::Integrity::Intact))
        .names(*document, facts_from_text(document->facts), parts_.store.reversed(document->id))
        .revision(revision.n)
        .number(*document)
        .marks(parts_.compromised_certificates)
        .json();
}

std::string FileVerification::outcome(ByteView file,
                                      const verify::DocumentReport& report,
                                      const std::optional<RevisionInfo>& known,
                                      const std::optional<RevisionInfo>& sealed,
                                      const std::optional<Document>& document) {
    const bool intact = report.integrity == verify::Integrity::Intact;
    if (known) {
        if (report.integrity == verify::Integrity::NotChecked && own_seal_may_hold(report)) {
            return "not_verified";  // what somebody added to it could not be decided
        }
        // Its seal must be among those that hold: one taken away leaves others intact, or none.
        const bool kept = intact && sealed && sealed->document_id == known->document_id;
        return kept ? outcome_word(document->state, "sealed_elsewhere") : "altered";
    }
    if (intact) {
        // Everything this instance seals is in its register. A seal of its key that is not was made
        // by somebody else who has the key, or the register was lost.
        return unknown_seal_of_ours(file, report) ? "not_verified" : "sealed_elsewhere";
    }
    const bool altered = report.integrity == verify::Integrity::Altered ||
                         report.integrity == verify::Integrity::Invalid;
    return altered ? "altered" : "not_verified";
}

/// The newest registered revision this file begins with.
std::optional<RevisionInfo> FileVerification::registered_prefix(
    ByteView file, const verify::DocumentReport& report) {
    std::optional<RevisionInfo> found;
    const std::size_t count = std::min(report.revision_ends.size(), prefixes_max);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t end = report.revision_ends[i];
        if (end < file.size()) {
            if (auto revision = parts_.store.revision_by_sha256(keys::sha256(file.first(end)))) {
                found = std::move(revision);
            }
        }
    }
    return found;
}

/// The revision that one of the file's seals was made for.
std::optional<RevisionInfo> FileVerification::registered_seal(
    ByteView file, const verify::DocumentReport& report) {
    const auto seals = oldest_first(report);
    const std::size_t count = std::min(seals.size(), seals_max);
    for (std::size_t i = 0; i < count; ++i) {
        const verify::SignatureReport& seal = *seals[i];
        if (!inside(seal, file)) {
            continue;
        }
        auto revision = parts_.store.revision_by_seal(digest_of_seal<keys::Sha256>(seal, file),
                                                      seal.signed_bytes);
        if (!revision && sealed_with_sm2_) {
            revision = parts_.store.revision_by_seal(digest_of_seal<keys::Sm3>(seal, file),
                                                     seal.signed_bytes);
        }
        if (revision) {
            return revision;
        }
    }
    return std::nullopt;
}

/// Of what a stranger has signed nothing is shown as what was sealed: he may have signed his
/// change.
std::size_t FileVerification::sealed_before_a_change(const verify::DocumentReport& report,
                                                     const std::optional<RevisionInfo>& prefix) {
    std::size_t end = 0;
    bool changed = false;
    for (const verify::SignatureReport& each : report.signatures) {
        const bool modified = each.verdict == verify::Verdict::Modified;
        changed = changed || modified;
        if (modified && each.signer &&
            (is_ours(each) || each.signer->trusted == verify::Trust::Yes)) {
            end = std::max(end, each.signed_bytes);
        }
    }
    return changed && prefix ? prefix->size_bytes : end;
}

bool FileVerification::is_ours(const verify::SignatureReport& seal) {
    if (!seal.signer) {
        return false;
    }
    const Bytes& certificate = seal.signer->certificate_sha256;
    return std::find(own_certificate_sha256_.begin(), own_certificate_sha256_.end(), certificate) !=
               own_certificate_sha256_.end() ||
           parts_.compromised_certificates.contains(to_hex(certificate)) ||
           parts_.store.sealed_with(certificate);
}

bool FileVerification::made_for_others(ByteView file, const verify::SignatureReport& seal) {
    return parts_.store.sealed_externally(digest_of_seal<keys::Sha256>(seal, file)) ||
           (sealed_with_sm2_ &&
            parts_.store.sealed_externally(digest_of_seal<keys::Sm3>(seal, file)));
}

bool FileVerification::unknown_seal_of_ours(ByteView file, const verify::DocumentReport& report) {
    std::size_t looked_at = 0;
    for (const verify::SignatureReport* each : oldest_first(report)) {
        if (is_ours(*each) &&
            (++looked_at > seals_max || !inside(*each, file) || !made_for_others(file, *each))) {
            return true;
        }
    }
    return false;
}

/// One of our own signatures holds, or nothing speaks against it.
bool FileVerification::own_seal_may_hold(const verify::DocumentReport& report) {
    return std::any_of(
        report.signatures.begin(), report.signatures.end(), [this](const auto& each) {
            return is_ours(each) && (each.verdict == verify::Verdict::Intact ||
                                     each.verdict == verify::Verdict::Undecided);
        });
}

bool FileVerification::sealed_by_us(const verify::DocumentReport& report) {
    return std::any_of(report.signatures.begin(),
                       report.signatures.end(),
                       [this](const auto& each) { return is_ours(each); });
}

}  // namespace yinxin::server
