// SPDX-License-Identifier: Apache-2.0
#include "server/levels/raise.h"

#include <array>

#include "common/error.h"
#include "keys/pki/certificate.h"
#include "signer/document_timestamp.h"
#include "verify/signer_certificates.h"

namespace yinxin::server {
namespace {

constexpr std::array<const char*, 4> kWords{"B-B", "B-T", "B-LT", "B-LTA"};

/// DER of the path to an anchor, the anchor last.
std::vector<Bytes> path_of(const std::vector<Bytes>& certificates,
                           const std::vector<Bytes>& anchors,
                           Time at) {
    std::vector<Bytes> path;
    for (const keys::Certificate& each : keys::build_path(certificates, anchors, at)) {
        path.push_back(each.der);
    }
    return path;
}

}  // namespace

std::string to_text(Level level) {
    return kWords.at(static_cast<std::size_t>(level));
}

Level level_from_text(const std::string& text) {
    for (std::size_t i = 0; i < kWords.size(); ++i) {
        if (text == kWords[i]) {
            return static_cast<Level>(i);
        }
    }
    throw Error(ErrorCode::Invalid, "a level is one of B-B, B-T, B-LT and B-LTA");
}

Bytes LevelRaiser::stamped(const Bytes& file) const {
    std::size_t room = parts_.timestamps.token_bytes();
    for (int attempt = 0;; ++attempt) {
        signer::PreparedTimestamp prepared = signer::prepare_timestamp(file, room);
        const Timestamp stamp = parts_.timestamps.token(prepared.imprint);
        try {
            return complete_timestamp(std::move(prepared), stamp.token);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::TooLarge || attempt > 0) {
                throw;
            }
            room = stamp.token.size();  // another TSA than before, with a longer chain
        }
    }
}

Bytes LevelRaiser::with_evidence(const Bytes& file) const {
    pdf::Evidence evidence;
    std::string vri_key;
    const Time now = parts_.clock.now();
    for (const verify::SignerCertificates& each : verify::signer_certificates(file)) {
        if (each.certificates.empty()) {
            throw Error(ErrorCode::Refused,
                        "a signature without its certificate inside cannot be given evidence");
        }
        parts_.revocations.collect(path_of(each.certificates, parts_.anchors, now), now, evidence);
        if (!each.timestamp && vri_key.empty()) {
            vri_key = signer::vri_key(each.contents);
        }
    }
    return append_evidence(file, evidence, vri_key);
}

Bytes LevelRaiser::raise(const Bytes& sealed, Level has, Level wanted) const {
    Bytes file = sealed;
    if (has == Level::BB && wanted > Level::BB) {
        file = stamped(file);
        has = Level::BT;
    }
    const bool renewal = has == Level::BLTA && wanted == Level::BLTA;
    if ((has == Level::BT && wanted > Level::BT) || renewal) {
        file = with_evidence(file);
        has = Level::BLT;
    }
    if (has == Level::BLT && wanted > Level::BLT) {
        file = stamped(file);
    }
    return file;
}

}  // namespace yinxin::server
