// SPDX-License-Identifier: Apache-2.0
// A seal record: who owns a seal, what it looks like, which certificates may use it and for how
// long, signed by a seal maker. A seal picture is drawn from a verified record and from nothing
// else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/ports.h"

namespace yinxin::keys {

enum class SealShape { Round, Oval };

struct SealRecord {
    std::string id;  ///< 14 digits: place code (6) + serial (8)
    std::string use;  ///< "business" (业务专用章), "tax" (征税专用章), "invoice" (发票专用章): the
                      ///< word a form names
    SealShape shape = SealShape::Round;
    std::string owner;        ///< name on the arc: 示例市税务局
    std::string middle_text;  ///< line below the star or number, e.g. 业务专用章; may be empty
    std::string tax_id;       ///< oval only: the number in the centre
    double width_mm = 42;     ///< 42 round, 40 x 30 oval
    double height_mm = 42;
    std::vector<Bytes> certificate_sha256;  ///< SHA-256 of each certificate that may seal with it
    Time valid_from{};
    Time valid_to{};
    Bytes picture{};   ///< PNG; empty: drawn from the above
    Bytes ses_seal{};  ///< the same seal as SESeal (GB/T 38540, DER); empty: there is none
    Time maker_until = Time::max();  ///< of an opened one: when the maker's path ends

    /// May the holder of this certificate, by its SHA-256, seal with it?
    bool lists(const Bytes& sha256) const;
    bool valid_at(Time at) const { return valid_from <= at && at <= valid_to && at < maker_until; }
    Time ends() const { return valid_to < maker_until ? valid_to : maker_until; }
};

/// A record as stored: the exact signed bytes, the signature over them and the maker's certificate
/// (DER).
struct StoredSealRecord {
    Bytes body;       ///< UTF-8 JSON of the record; signed as it stands, never re-encoded
    Bytes signature;  ///< of `body`, by the maker's key
    Bytes maker_certificate;
    Bytes picture{};  ///< PNG whose SHA-256 is in the body; empty where there is none
    std::optional<Bytes> ses_seal{};  ///< the same seal as SESeal (GB/T 38540, DER)
};

Bytes encode_seal_record(const SealRecord& record);

/// What it says, whoever made it and whenever; the picture is the one that was signed, the SESeal
/// as it is stored. Throws Error{Invalid}.
SealRecord read_seal_record(const StoredSealRecord& stored);

/// Checks the signature, that the maker's certificate chains to one of `anchors` (DER) at `now`,
/// and the validity window; throws Error{Invalid} saying which of them failed.
SealRecord open_seal_record(const StoredSealRecord& stored,
                            const std::vector<Bytes>& anchors,
                            Time now);
/// The same for one that may begin later.
SealRecord open_coming_seal_record(const StoredSealRecord& stored,
                                   const std::vector<Bytes>& anchors,
                                   Time now);

}  // namespace yinxin::keys
