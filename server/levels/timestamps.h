// SPDX-License-Identifier: Apache-2.0
// Time stamps from the TSAs of the configuration: the first that answers in time with a token that
// holds. One that fails is left alone for a while, so that an outage costs one deadline and not one
// for each document.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"
#include "verify/document_verifier.h"

namespace yinxin::server {

/// A token that was checked.
struct Timestamp {
    Bytes token;  ///< TimeStampToken, as the TSA sent it
    Time at{};
    std::vector<Bytes> certificates;  ///< of the token, the TSA's first
};

/// What is known of one TSA, for doctor and metrics.
struct TsaState {
    std::string url;
    bool open = false;  ///< left alone for now
    std::uint64_t tokens = 0, failures = 0;
    std::string last_error{};  ///< "" when the last answer was good
};

/// Any thread.
class Timestamps {
  public:
    struct Parts {
        HttpClient& http;
        const verify::TrustStore& trust;
        const Clock& clock;
        Random& random;
    };
    static constexpr int failures_max = 3;
    static constexpr std::chrono::seconds pause{10};

    Timestamps(std::vector<std::string> urls, std::chrono::milliseconds deadline, Parts parts);

    bool configured() const { return !urls_.empty(); }
    /// A token over a SHA-256 imprint. Throws Error{Unavailable} saying what each TSA did: no
    /// answer, or one that does not hold.
    Timestamp token(ByteView imprint);
    /// The size of the largest token so far, to reserve room for; asks for one the first time.
    std::size_t token_bytes();
    std::vector<TsaState> states() const;

  private:
    struct Tsa {
        TsaState state;
        int failures_in_row = 0;
        std::chrono::milliseconds leave_alone_until{};  ///< by Clock::gone_by()
    };
    bool may_ask(std::size_t i);
    Timestamp ask(const std::string& url, ByteView imprint);
    void succeeded(std::size_t i, std::size_t bytes);
    void failed(std::size_t i, const std::string& why);
    std::string last_error(std::size_t i) const;

    const std::vector<std::string> urls_;
    const std::chrono::milliseconds deadline_;
    Parts parts_;
    mutable std::mutex mutex_;
    std::vector<Tsa> tsas_;
    std::size_t token_bytes_ = 0;
};

}  // namespace yinxin::server
