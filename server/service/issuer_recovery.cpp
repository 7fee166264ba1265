// SPDX-License-Identifier: Apache-2.0
// What is open: numbers that were taken, are neither issued nor void, and that nobody is at work
// on.
#include <spdlog/spdlog.h>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "server/service/issuer.h"

namespace yinxin::server {
namespace {

/// Whether the reason will be the same tomorrow. A sealer that is away, a full disk, a form that is
/// being mended or a fault of ours will not: the number then stays open.
bool lasting(const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    if (known == nullptr) {
        return false;
    }
    switch (known->code()) {
        case ErrorCode::Malformed:
        case ErrorCode::NotFound:
        case ErrorCode::Conflict:
        case ErrorCode::TooLarge:
        case ErrorCode::Invalid:
        case ErrorCode::Mismatch:
        case ErrorCode::Refused:
            return true;
        default:
            return false;
    }
}

}  // namespace

void Issuer::settle_void(const std::string& id, const std::string& reason) noexcept {
    try {
        settle_open(id, reason);
    } catch (const std::exception&) {
        const std::lock_guard lock(mutex_);
        open_.insert_or_assign(id, reason);
    }
}

/// Numbers that only wait for the register to be written again.
void Issuer::void_open() noexcept {
    for (const auto& [id, reason] : open_numbers()) {
        if (!reason.empty()) {
            settle_void(id, reason);
        }
    }
}

std::map<std::string, std::string> Issuer::open_numbers() {
    const std::lock_guard lock(mutex_);
    return open_;
}

std::size_t Issuer::open() {
    const std::lock_guard lock(mutex_);
    return open_.size();
}

/// Finishes it, or voids it for a reason.
void Issuer::settle_open(const std::string& id, const std::string& reason) {
    if (reason.empty()) {
        finish_open(id);
    } else {
        try {
            parts_.store.settle_void(id, reason, parts_.clock.now());
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Conflict) {  // else somebody else has settled it
                throw;
            }
        }
    }
    const std::lock_guard lock(mutex_);
    open_.erase(id);
}

std::size_t Issuer::recover(const std::stop_token& stop) {
    std::string fault;
    try {
        const auto numbers = open_numbers();
        const bool to_finish = std::any_of(
            numbers.begin(), numbers.end(), [](const auto& entry) { return entry.second.empty(); });
        void_open();
        if (to_finish) {
            probe_keys();  // once, not each number until its deadline
        }
        for (const auto& [id, reason] : numbers) {
            if (stop.stop_requested()) {
                break;
            }
            try {
                if (reason.empty()) {
                    settle_open(id, reason);
                }
            } catch (const Error& error) {
                if (error.code() == ErrorCode::Unavailable) {
                    throw;  // it would keep the others waiting, too
                }
                fault = error.what();
            }
        }
    } catch (const std::exception& error) {
        fault = error.what();
    }
    const std::size_t left = open();
    if (left > 0 && fault.empty()) {
        fault = "the register cannot be written";  // void_open() says nothing
    }
    if (left > 0 && fault != last_fault_) {
        spdlog::warn("{} numbers of earlier requests are not settled yet: {}", left, fault);
    } else if (left == 0 && !last_fault_.empty()) {
        spdlog::info("the numbers of earlier requests are settled");
    }
    last_fault_ = left > 0 ? fault : "";
    return left;
}

/// Same number, same code, same time; VOID when that cannot be done any more. Throws what may pass:
/// the number is then still open.
void Issuer::finish_open(const std::string& id) {
    const SingleFlight::Turn turn(open_flights_, {"", id});
    const auto document = parts_.store.document(id, std::nullopt);
    if (!document || document->state != DocumentState::Reserved) {
        return;
    }
    try {
        Draft draft = draft_again(*document);
        parts_.store.record_key_uses({{KeyUse::Phase::Begin,
                                       keys::KeyPurpose::Token,
                                       parts_.token_key.id(),
                                       id,
                                       {},
                                       parts_.clock.now()}});
        std::string stage;
        IssueWorkers::Worker worker = workers_.for_numbered();
        finish(*document, draft, stage, worker);
    } catch (const std::exception& error) {
        {
            const std::lock_guard lock(mutex_);
            open_.try_emplace(id, "");
        }
        if (!lasting(error)) {
            throw;
        }
        settle_open(id, "interrupted, and cannot be made again as it was");
    }
}

Issuer::Draft Issuer::draft_again(const Document& document) {
    const auto form = parts_.forms.version(document.type, document.form_version);
    if (keys::sha256(as_bytes(form->sha256_input())) != document.form_sha256) {
        throw Error(ErrorCode::Conflict, "the form was changed");
    }
    if (!could_seal_at(form->seal_use(), document.issued_at) &&
        could_seal_at(form->seal_use(), parts_.clock.now())) {
        throw Error(ErrorCode::Conflict, "the key or the seal that was there then was replaced");
    }
    const IssueWorkers::Worker worker = workers_.for_numbered();
    Draft draft =
        check(form, Json::parse(document.input), Json::parse(document.options), document.issued_at);
    if (draft.values.series != document.series ||
        form->number(draft.values, parts_.config.issuer, document.serial) != document.number) {
        throw Error(ErrorCode::Conflict, "the number would be another");
    }
    return draft;
}

}  // namespace yinxin::server
