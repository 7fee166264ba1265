// SPDX-License-Identifier: Apache-2.0
// Which seal documents get, what keeps it from sealing, and who makes it.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/error.h"
#include "pdf/picture_object.h"
#include "server/service/issuer.h"
#include "server/service/preflight.h"
#include "server/service/seal_design.h"

namespace yinxin::server {

void Issuer::check_seal_path() {
    const Time now = parts_.clock.now();
    seal_path_.check(now);
    if (first_seal_) {
        first_seal_->path().check(now);
    }
}

SealPtr Issuer::seal_for(const std::string& use, Time at) {
    const SealPtr found = seal_or_throw(use, at);
    seal_path_.check(*found, at, parts_.clock.now());
    return found;
}

/// One that is not valid then where there is no other: what it lacks is said of it.
SealPtr Issuer::seal_or_throw(const std::string& use, Time at) {
    const std::lock_guard lock(mutex_);
    const auto known = seals_.find(use);
    if (known == seals_.end() || known->second.empty()) {
        throw Error(
            ErrorCode::Unavailable,
            "there is no seal for \"" + use + "\"; make one: yinxin seals create --use " + use);
    }
    const SealPtr found = seal_at(known->second, at);
    return found ? found : known->second.front();
}

void Issuer::check_current(const keys::SealRecord& seal) {
    const std::lock_guard lock(mutex_);
    const auto known = seals_.find(seal.use);
    if (known == seals_.end() ||
        std::none_of(known->second.begin(), known->second.end(), [&](const SealPtr& each) {
            return each->id == seal.id;
        })) {
        throw Error(ErrorCode::Unavailable, "the seal " + seal.id + " has just ended");
    }
}

void Issuer::use_seals(SealsByUse seals) {
    const std::lock_guard lock(mutex_);
    seals_ = std::move(seals);
}

void Issuer::check_seal(const std::string& use) {
    const Time now = parts_.clock.now();
    const SealPtr seal = seal_for(use, now);
    if (first_seal_) {
        first_seal_->check(*seal, now);
    }
    picture_of(*seal);
}

void Issuer::warn_of_seals() {
    const Time now = parts_.clock.now();
    for (const std::string& use : seal_uses(parts_.forms)) {
        const std::lock_guard lock(mutex_);
        const auto until = sealed_until(seals_[use], own_certificates(parts_.seal_keys()), now);
        const std::string soon = until ? ends_soon(*until, now) : "";
        if (!until) {
            spdlog::error("there is no seal for \"{}\" now; see: yinxin doctor", use);
        } else if (!soon.empty()) {
            spdlog::warn("the last seal for \"{}\" ends in {}; see: yinxin doctor", use, soon);
        }
    }
}

bool Issuer::could_seal_at(const std::string& use, Time at) {
    try {
        const SealPtr seal = seal_or_throw(use, at);
        seal_path_.check(*seal, at);
        if (first_seal_) {
            first_seal_->path().check(*seal, at);
        }
        return true;
    } catch (const Error&) {
        return false;
    }
}

pdf::Picture Issuer::picture_of(const keys::SealRecord& seal) {
    const std::lock_guard lock(mutex_);
    const auto at = pictures_.find(seal.id);
    if (at != pictures_.end()) {
        return at->second;
    }
    try {
        pdf::Picture picture = seal_picture(seal, *parts_.typefaces);
        picture.streams = pdf::compressed(picture);
        return pictures_.emplace(seal.id, std::move(picture)).first->second;
    } catch (const Error& error) {
        throw Error(ErrorCode::Unavailable,
                    "the seal " + seal.id + " cannot be drawn: " + error.what() +
                        " Make another: yinxin seals replace " + seal.id + " --reason REASON");
    }
}

void Issuer::make_signers(const keys::SealRecord& seal, Time at) {
    pades_signer();
    if (first_seal_) {
        first_seal_->check(seal, at);  // what a seal lacks is no doubt about the keys
        try {
            first_seal_->make_signer(seal);
        } catch (const Error&) {
            keys_in_doubt_ = true;
            throw;
        }
    }
}

/// Made at the first seal: it asks the key for a probe.
const signer::PadesSigner& Issuer::pades_signer() {
    {
        const std::lock_guard lock(mutex_);
        if (signer_) {
            return *signer_;
        }
    }
    std::unique_ptr<signer::PadesSigner> made;
    try {
        made = std::make_unique<signer::PadesSigner>(parts_.seal_key);  // may take its time
    } catch (const Error&) {
        keys_in_doubt_ = true;
        throw;
    }
    const std::lock_guard lock(mutex_);
    if (!signer_) {
        signer_ = std::move(made);
    }
    return *signer_;
}

}  // namespace yinxin::server
