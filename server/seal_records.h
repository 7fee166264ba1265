// SPDX-License-Identifier: Apache-2.0
// The seals of an instance, for its operator: made, listed, ended, replaced. The seal maker's key
// is asked in a process of its own, which ends after one signature.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/ports.h"
#include "server/config/config.h"
#include "server/storage/store.h"

namespace yinxin::server {

using Json = nlohmann::json;

/// By use, the newest that is valid, of those that list this certificate (DER) if any does: one
/// made for a key that will take over waits for it. A seal that cannot be used is left out: a
/// document that needs it is refused, the others are not.
std::map<std::string, keys::SealRecord> usable_seals(Store& store,
                                                     const std::vector<Bytes>& anchors,
                                                     const Bytes& seal_certificate,
                                                     Time now);

/// Any thread; one change at a time.
class SealRecords {
  public:
    struct Parts {
        const Config& config;
        Store& store;
        std::vector<Bytes> anchors;  ///< DER
        /// DER, of the seal key in use: who may use a new seal unless its order says so
        std::function<Bytes()> seal_certificate;
        const Clock& clock;
        std::function<void()> changed;  ///< called after each change, before it is answered
    };
    explicit SealRecords(Parts parts) : parts_(std::move(parts)) {}

    /// `order`: {"id"?, "use", "shape"?, "owner"?, "middle_text"?, "tax_id"?, "width_mm"?,
    /// "height_mm"?, "certificate_sha256"?, "valid_from"?, "valid_to"?}; `picture`: a PNG, or empty
    /// for a drawn one. Answers the record as list() does. Throws Error{Invalid}, Error{Conflict},
    /// Error{Unavailable}.
    Json create(const Json& order, ByteView picture);
    /// A new record in place of an old one, which can never seal again: one transaction. What the
    /// order does not say is as it was. Throws Error{NotFound}, Error{Conflict} besides.
    Json replace(const std::string& id,
                 const Json& order,
                 ByteView picture,
                 const std::string& reason);
    /// Ends it now. Throws Error{NotFound}, Error{Conflict} when it has ended already.
    Json expire(const std::string& id, const std::string& reason);
    Json list();
    /// With "body", "signature", "maker_certificate" and "picture" in base64url besides. Throws
    /// Error{NotFound}.
    Json show(const std::string& id);

  private:
    Json make(keys::SealRecord record,
              ByteView picture,
              const std::string& replaces,
              const std::string& reason);
    keys::SealRecord ordered(const Json& order, keys::SealRecord record) const;
    std::string next_id();
    SealRecordRow row_of(const std::string& id);
    Json describe(const SealRecordRow& row) const;

    const Parts parts_;
    std::mutex mutex_;
};

}  // namespace yinxin::server
