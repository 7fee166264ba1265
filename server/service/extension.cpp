// SPDX-License-Identifier: Apache-2.0
#include "server/service/extension.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/error.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {
namespace {

constexpr std::size_t kDebtsAtOnce = 64;
constexpr std::chrono::seconds kOutagePause{5};
constexpr std::chrono::minutes kPauseMax{30};

}  // namespace

Extension::Extension(const ServiceParts& parts, IssueCounts& counts)
    : parts_(parts), trust_(parts.trust_anchors), counts_(counts) {}

/// What was made is looked at as a stranger would before it is kept.
RevisionInfo Extension::add(const Document& document, const RevisionInfo& last, Level wanted) {
    NewRevision next;
    next.document_id = document.id;
    next.n = last.n + 1;
    next.level = to_text(wanted);
    next.pdf = parts_.levels->raiser.raise(
        parts_.store.revision_bytes(last), level_from_text(last.level), wanted);
    next.at = parts_.clock.now();
    for (const Level level : {Level::BT, Level::BLT, Level::BLTA}) {
        if (level <= wanted) {
            next.reaches.push_back(to_text(level));
        }
    }
    const auto report = verify::verify_document(
        next.pdf, trust_, verify::Policy{{document.signer_sha256}, {}}, next.at);
    const auto seal = std::find_if(
        report.signatures.begin(), report.signatures.end(), [&document](const auto& signature) {
            return signature.signer &&
                   signature.signer->certificate_sha256 == document.signer_sha256;
        });
    if (report.integrity != verify::Integrity::Intact || seal == report.signatures.end() ||
        seal->level != next.level) {
        throw Error(ErrorCode::Internal,
                    "the extended document does not verify at " + next.level + ": " +
                        to_text(report.integrity));
    }
    parts_.store.add_revision(next);
    counts_.extended(next.level);
    return {document.id, next.n, keys::sha256(next.pdf), next.pdf.size(), next.level, next.at};
}

RevisionInfo Extension::extend(const Document& document, Level wanted) {
    if (parts_.levels == nullptr) {
        throw Error(ErrorCode::Unavailable,
                    "this instance has no TSA: set [timestamps] in yinxin.toml");
    }
    if (document.state != DocumentState::Issued) {
        throw Error(ErrorCode::Conflict, "only a valid document is extended");
    }
    const RevisionInfo last = parts_.store.revisions(document.id).back();
    if (last.level.empty()) {
        throw Error(ErrorCode::Conflict,
                    "the document is sealed in SM2, which the levels of ETSI do not know");
    }
    const Level has = level_from_text(last.level);
    if (has > wanted || (has == wanted && wanted != Level::BLTA)) {
        return last;
    }
    return add(document, last, wanted);
}

std::size_t Extension::pay(const std::stop_token& stop) {
    bool answered = parts_.levels != nullptr;
    while (answered && !stop.stop_requested()) {
        const auto due = parts_.store.due_debts(parts_.clock.now(), kDebtsAtOnce);
        for (auto debt = due.begin(); debt != due.end() && answered && !stop.stop_requested();
             ++debt) {
            answered = pay(*debt);
        }
        if (due.empty()) {
            break;
        }
    }
    return static_cast<std::size_t>(parts_.store.debts().open);
}

bool Extension::pay(const LevelDebt& debt) {
    bool answered = true;
    try {
        const auto document = parts_.store.document(debt.document_id, std::nullopt);
        YINXIN_ASSERT(document);
        const RevisionInfo last = parts_.store.revisions(debt.document_id).back();
        const Level wanted = level_from_text(debt.wanted);
        if (level_from_text(last.level) >= wanted) {
            throw Error(ErrorCode::Conflict, "another revision came first");
        }
        add(*document, last, wanted);
    } catch (const std::exception& error) {
        const auto* known = dynamic_cast<const Error*>(&error);
        answered = known == nullptr || known->code() != ErrorCode::Unavailable;
        const auto pause = answered
                               ? std::min<std::chrono::milliseconds>(
                                     kOutagePause * (1 << std::min(debt.attempts, 10)), kPauseMax)
                               : kOutagePause;
        parts_.store.put_off_debt(debt.document_id, error.what(), parts_.clock.now() + pause);
        if (debt.attempts == 0) {
            spdlog::warn("a document stays below {} for now: {}", debt.wanted, error.what());
        }
    }
    return answered;
}

}  // namespace yinxin::server
