// SPDX-License-Identifier: Apache-2.0
// A time-stamping authority (RFC 3161) for a demo, with the ways in which one may lie.
#pragma once

#include "common/ports.h"
#include "keys/software_key.h"

namespace yinxin::keys {

/// Policy of its tokens: an arc below demo_policy_oid.
inline constexpr const char* demo_timestamp_policy_oid =
    "2.25.100683742046728923872354862484528736653.1";

/// How an answer is spoilt, for tests of those who read it.
enum class TsaFault {
    None,
    WrongImprint,
    WrongNonce,
    Expired,       ///< its certificate ended yesterday
    WithoutUsage,  ///< its certificate has no extended key usage
    Future,        ///< its clock is a day ahead
};

/// Any thread; the keys and `random` outlive it.
class TimestampAuthority {
  public:
    /// `key` has the TSA's chain; `issuer` is who certified it, and certifies the spoilt
    /// certificates.
    TimestampAuthority(const SoftwareKey& key, const SoftwareKey& issuer, Random& random);

    /// DER TimeStampResp to a DER TimeStampReq over SHA-256, SHA-384, SHA-512 or SM3; what cannot
    /// be stamped is answered with a rejection that says why. Serial numbers are 128 random bits,
    /// so that no restart repeats one.
    Bytes answer(ByteView request, Time now, TsaFault fault = TsaFault::None) const;

  private:
    const SoftwareKey& key_;
    const SoftwareKey& issuer_;
    Random& random_;
};

}  // namespace yinxin::keys
