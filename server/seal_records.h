// SPDX-License-Identifier: Apache-2.0
// The seals of an instance, for its operator: made, listed, ended, replaced. The seal makers' keys
// are asked in a process of its own, which ends after one seal: its record, and where the instance
// has a first seal by GB/T 38540 the SESeal that goes with it.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "common/ports.h"
#include "server/config/config.h"
#include "server/key_set.h"
#include "server/service/seal_choice.h"
#include "server/storage/store.h"

namespace yinxin::server {

using Json = nlohmann::json;

/// Whether these can make all the seals of a document with it: the record lists them, and there is
/// a SESeal for the one who needs it.
bool fits(const keys::SealRecord& record, const SealUsers& users);

/// Of each use those that are or will be valid; those that fit these users first, of these the
/// newest: one made for a key that will take over waits for it. What cannot be opened is left out:
/// a document that needs it is refused, the others are not.
SealsByUse usable_seals(Store& store,
                        const Config& config,
                        const std::vector<Bytes>& anchors,
                        const SealUsers& users,
                        Time now);

/// SHA-256 of their certificates.
std::vector<Bytes> fingerprints(const SealUsers& users);

/// Whether new seals can be made here: the keys of their makers are in pki/.
bool makers_here(const Config& config, const SealUsers& users);

/// Any thread; one change at a time.
class SealRecords {
  public:
    struct Parts {
        const Config& config;
        Store& store;
        std::vector<Bytes> anchors;  ///< DER
        /// Who may use a new seal unless its order says so: the keys in use.
        std::function<SealUsers()> users;
        std::function<std::set<std::string>()> uses;  ///< that forms name
        const Clock& clock;
        std::function<void()> changed;  ///< called after each change, before it is answered
    };
    explicit SealRecords(Parts parts) : parts_(std::move(parts)) {}

    /// `order`: {"id"?, "use", "shape"?, "owner"?, "middle_text"?, "tax_id"?, "width_mm"?,
    /// "height_mm"?, "certificates"? (DER in base64url, each of a key that is here), "valid_from"?,
    /// "valid_to"?}; `picture`: a PNG, or empty for a drawn one. Answers the record as list() does,
    /// with "warning" where no form has a use for it. Everything is looked at, and the picture
    /// drawn, before a maker is asked. Throws Error{Invalid} in the words of the command line,
    /// Error{Conflict}, Error{Unavailable}.
    Json create(const Json& order, ByteView picture);
    /// A new record in place of an old one, which can never seal again: one transaction. What the
    /// order does not say is as it was. Throws Error{NotFound}, Error{Conflict} besides.
    Json replace(const std::string& id,
                 const Json& order,
                 ByteView picture,
                 const std::string& reason);
    /// Takes in one that was made elsewhere: JSON with what show() adds. Its maker must be trusted
    /// here. Throws as create().
    Json take_in(ByteView file);
    /// Ends it now. Throws Error{NotFound}, Error{Conflict} when it has ended already.
    Json expire(const std::string& id, const std::string& reason);
    Json list();
    /// With "body", "signature", "maker_certificate", "picture" and "ses_seal" in base64url
    /// besides. Throws Error{NotFound}.
    Json show(const std::string& id);

    /// Whether one is valid now.
    bool any();
    /// For keys that are about to take over: for each use whose seal does not fit them another like
    /// it, which waits for them. Gives the ids: the old ones and those that will seal in their
    /// place; none where there is no seal. Throws Error{Refused} saying what to do when the seal
    /// makers are not here.
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
    void check_is_here(ByteView certificate) const;
    std::string next_id();
    SealRecordRow row_of(const std::string& id);
    /// What makes one of them seal, or not.
    struct Standing {
        SealUsers users;
        std::set<std::string> seals;        ///< ids
        std::set<std::string> compromised;  ///< SHA-256 of certificates, hexadecimal
    };
    Standing standing();
    Json describe(const SealRecordRow& row, const Standing& standing) const;

    const Parts parts_;
    std::mutex mutex_;
};

}  // namespace yinxin::server
