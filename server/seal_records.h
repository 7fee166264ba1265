// SPDX-License-Identifier: Apache-2.0
// The seals of an instance, for its operator: made, listed, ended, replaced. The seal makers' keys
// are asked in a process of its own, which ends after one seal: its record, and where the instance
// has a first seal by GB/T 38540 the SESeal that goes with it.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/ports.h"
#include "server/config/config.h"
#include "server/key_set.h"
#include "server/storage/store.h"

namespace yinxin::server {

using Json = nlohmann::json;

/// Whether these can make all the seals of a document with it: the record lists them, and there is
/// a SESeal for the one who needs it.
bool fits(const keys::SealRecord& record, const SealUsers& users);

/// By use, the newest that is valid, of those that fit these if any does: one made for a key that
/// will take over waits for it. A seal that cannot be used is left out: a document that needs it is
/// refused, the others are not.
std::map<std::string, keys::SealRecord> usable_seals(Store& store,
                                                     const Config& config,
                                                     const std::vector<Bytes>& anchors,
                                                     const SealUsers& users,
                                                     Time now);

/// Any thread; one change at a time.
class SealRecords {
  public:
    struct Parts {
        const Config& config;
        Store& store;
        std::vector<Bytes> anchors;  ///< DER
        /// Who may use a new seal unless its order says so: the keys in use.
        std::function<SealUsers()> users;
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
    /// With "body", "signature", "maker_certificate", "picture" and "ses_seal" in base64url
    /// besides. Throws Error{NotFound}.
    Json show(const std::string& id);

    /// For keys that are about to take over: for each use whose seal does not fit them another like
    /// it, which waits for them. Gives the ids: the old ones and those that will seal in their
    /// place. Throws Error{Refused} saying what to do when the seal makers are not here.
    std::map<std::string, std::string> make_for(const SealUsers& users);
    /// They have taken over: the old ones never seal again.
    void end(const std::map<std::string, std::string>& replaced, const std::string& reason);

  private:
    void make(keys::SealRecord record,
              ByteView picture,
              const SealUsers& users,
              const std::string& replaces,
              const std::string& reason);
    Json made(const std::string& id);
    keys::SealRecord ordered(const Json& order, keys::SealRecord record) const;
    std::string next_id();
    SealRecordRow row_of(const std::string& id);
    Json describe(const SealRecordRow& row, const SealUsers& users) const;

    const Parts parts_;
    std::mutex mutex_;
};

}  // namespace yinxin::server
