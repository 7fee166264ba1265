// SPDX-License-Identifier: Apache-2.0
#include "keys/token_key.h"

#include <utility>

#include "keys/pki/certificate.h"

namespace yinxin::keys {
namespace {

/// Where the PIN stands is the operator's business: not in the field, which a caller may see.
[[noreturn]] void refuse(const std::string& id, const std::string& why) {
    const std::string fact = "the token of the key " + id + " refuses its PIN";
    throw Error(ErrorCode::Forbidden,
                fact + ": " + why +
                    "; it is not offered again, because a token locks after a few: write the right "
                    "one there, or give the token this one, then: yinxin keys pin-retry " +
                    id,
                {{"", pin_rule, fact}});
}

}  // namespace

std::unique_ptr<Pkcs11Key> open_once_per_pin(const std::string& id,
                                             const Pkcs11Uri& uri,
                                             const std::vector<Bytes>& chain,
                                             const Secret& pin,
                                             RefusedPins& refused) {
    if (refused.contains(uri, pin)) {
        refuse(id, "that of " + uri.pin_source + " was wrong before");
    }
    try {
        return std::make_unique<Pkcs11Key>(id, uri, chain, pin);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Forbidden) {
            throw;
        }
        std::string what = error.what();
        try {
            refused.add(uri, pin);
        } catch (const Error& unwritten) {
            what +=
                " (start nothing more before it is right: " + std::string(unwritten.what()) + ")";
        }
        refuse(id, what);
    }
}

TokenKey::TokenKey(std::string id, Pkcs11Uri uri, std::vector<Bytes> chain, RefusedPins refused)
    : id_(std::move(id)),
      uri_(std::move(uri)),
      chain_(std::move(chain)),
      refused_pins_(std::move(refused)) {
    try {
        if (!chain_.empty()) {
            algorithm_ = key_algorithm_of(Certificate::from_der(chain_.front()).spki);
        }
        read_own_pin();
    } catch (const Error& error) {
        why_not_ = error.what();
    }
}

void TokenKey::try_to_open() noexcept {
    try {
        algorithm_ = opened().algorithm();
    } catch (const std::exception& error) {
        why_not_ = error.what();
    }
}

KeyAlgorithm TokenKey::algorithm() const {
    if (!algorithm_) {
        throw Error(ErrorCode::Unavailable, why_not_);
    }
    return *algorithm_;
}

/// A file that was not there may have come.
void TokenKey::read_own_pin() {
    if (pin_.empty()) {
        pin_ = read_pin(uri_.pin_source);
    }
}

Pkcs11Key& TokenKey::opened() {
    const std::lock_guard lock(mutex_);
    if (refused_) {
        throw *refused_;
    }
    if (key_ == nullptr) {
        try {
            read_own_pin();
            key_ = open_once_per_pin(id_, uri_, chain_, pin_, refused_pins_);
        } catch (const Error& error) {
            if (!error.fields().empty() && error.fields().front().rule == pin_rule) {
                refused_.emplace(ErrorCode::Unavailable, error.what(), error.fields());
                throw *refused_;
            }
            throw Error(ErrorCode::Unavailable, "the key " + id_ + ": " + error.what());
        }
    }
    return *key_;
}

}  // namespace yinxin::keys
