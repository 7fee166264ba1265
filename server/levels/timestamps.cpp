// SPDX-License-Identifier: Apache-2.0
#include "server/levels/timestamps.h"

#include <algorithm>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "signer/timestamp.h"
#include "verify/timestamp_token.h"

namespace yinxin::server {
namespace {

constexpr std::size_t kNonceBytes = 8;
constexpr std::size_t kAnswerBytesMax = 64u << 10;
constexpr std::chrono::minutes kClocksDiffer{5};  ///< between a TSA's clock and ours

Bytes fresh_nonce(Random& random) {
    Bytes nonce = random.bytes(kNonceBytes);
    nonce.front() = static_cast<std::uint8_t>((nonce.front() & 0x3Fu) | 0x40u);
    return nonce;
}

}  // namespace

Timestamps::Timestamps(std::vector<std::string> urls,
                       std::chrono::milliseconds deadline,
                       Parts parts)
    : urls_(std::move(urls)), deadline_(deadline), parts_(parts), tsas_(urls_.size()) {
    for (std::size_t i = 0; i < urls_.size(); ++i) {
        tsas_[i].state.url = urls_[i];
    }
}

/// One that failed too often is tried again by one caller at a time.
bool Timestamps::may_ask(std::size_t i) {
    const std::lock_guard lock(mutex_);
    Tsa& tsa = tsas_[i];
    if (!tsa.state.open) {
        return true;
    }
    const std::chrono::milliseconds now = parts_.clock.gone_by();
    if (now < tsa.leave_alone_until) {
        return false;
    }
    tsa.leave_alone_until = now + pause;
    return true;
}

void Timestamps::succeeded(std::size_t i, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    Tsa& tsa = tsas_[i];
    ++tsa.state.tokens;
    tsa.state.open = false;
    tsa.state.last_error.clear();
    tsa.failures_in_row = 0;
    token_bytes_ = std::max(token_bytes_, bytes);
}

void Timestamps::failed(std::size_t i, const std::string& why) {
    const std::lock_guard lock(mutex_);
    Tsa& tsa = tsas_[i];
    ++tsa.state.failures;
    tsa.state.last_error = why;
    if (++tsa.failures_in_row >= failures_max || tsa.state.open) {
        tsa.state.open = true;
        tsa.leave_alone_until = parts_.clock.gone_by() + pause;
    }
}

std::string Timestamps::last_error(std::size_t i) const {
    const std::lock_guard lock(mutex_);
    return tsas_[i].state.last_error;
}

Timestamp Timestamps::ask(const std::string& url, ByteView imprint) {
    const Bytes nonce = fresh_nonce(parts_.random);
    HttpRequest request;
    request.url = url;
    request.content_type = signer::timestamp_query_type;
    request.body = signer::timestamp_request(imprint, nonce);
    request.deadline = deadline_;
    request.answer_bytes_max = kAnswerBytesMax;
    const HttpAnswer answer = parts_.http.send(request);
    if (answer.status != 200 || answer.content_type != signer::timestamp_reply_type) {
        throw Error(
            ErrorCode::Unavailable,
            "answers " + std::to_string(answer.status) + " " + answer.content_type.substr(0, 60));
    }
    Timestamp stamp;
    stamp.token = signer::timestamp_token(answer.body);
    const Time now = parts_.clock.now();
    verify::TokenAnswer checked =
        verify::check_token_alone(stamp.token, imprint, nonce, parts_.trust, now + kClocksDiffer);
    if (checked.good && checked.at < now - kClocksDiffer) {
        checked.good = false;
        checked.why = "its clock is behind ours by more than 5 minutes";
    }
    if (!checked.good) {
        throw Error(ErrorCode::Unavailable, "gave a time stamp that does not hold: " + checked.why);
    }
    stamp.at = checked.at;
    stamp.certificates = std::move(checked.certificates);
    return stamp;
}

Timestamp Timestamps::token(ByteView imprint) {
    if (urls_.empty()) {
        throw Error(ErrorCode::Unavailable,
                    "no TSA is configured: set [timestamps] tsa in yinxin.toml");
    }
    std::string what;
    for (std::size_t i = 0; i < urls_.size(); ++i) {
        if (!may_ask(i)) {
            what +=
                "; " + urls_[i] + " is left alone for a while, after it failed: " + last_error(i);
            continue;
        }
        try {
            Timestamp stamp = ask(urls_[i], imprint);
            succeeded(i, stamp.token.size());
            return stamp;
        } catch (const Error& error) {
            failed(i, error.what());
            what += "; " + urls_[i] + ": " + error.what();
        }
    }
    throw Error(ErrorCode::Unavailable, "no TSA gives a time stamp" + what);
}

std::size_t Timestamps::token_bytes() {
    {
        const std::lock_guard lock(mutex_);
        if (token_bytes_ != 0) {
            return token_bytes_;
        }
    }
    return token(keys::sha256({})).token.size();
}

std::vector<TsaState> Timestamps::states() const {
    const std::lock_guard lock(mutex_);
    std::vector<TsaState> out;
    for (const Tsa& tsa : tsas_) {
        out.push_back(tsa.state);
    }
    return out;
}

}  // namespace yinxin::server
