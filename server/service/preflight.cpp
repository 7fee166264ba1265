// SPDX-License-Identifier: Apache-2.0
#include "server/service/preflight.h"

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "verify/path_check.h"

namespace yinxin::server {
namespace {

constexpr int warn_before_days[] = {1, 7, 30};

std::string warning_of(const keys::Certificate& certificate, Time now) {
    for (const int days : warn_before_days) {
        if (certificate.not_after - now < std::chrono::days(days)) {
            return "its certificate ends in less than " + std::to_string(days) +
                   (days == 1 ? " day" : " days") + ", " + to_rfc3339(certificate.not_after);
        }
    }
    return "";
}

}  // namespace

Preflight preflight_certificate(const std::vector<Bytes>& chain,
                                const std::vector<Bytes>& anchors,
                                Time now) {
    Preflight found;
    if (chain.empty()) {
        found.faults.emplace_back("it has no certificate");
        return found;
    }
    try {
        const auto own = keys::Certificate::from_der(chain.front());
        found.not_after = own.not_after;
        // The last second is left out, as OpenSSL does.
        if (now >= own.not_after) {
            found.faults.push_back("its certificate ended " + to_rfc3339(own.not_after));
        } else {
            found.warning = warning_of(own, now);
        }
        if (const std::string fault = verify::usage_fault(own.der); !fault.empty()) {
            found.faults.push_back("its certificate's " + fault);
        }
        keys::build_path(chain, anchors, now);
    } catch (const Error& error) {
        found.faults.emplace_back(error.what());
    }
    return found;
}

Preflight preflight(keys::PrivateKey& key, const std::vector<Bytes>& anchors, Time now) {
    Preflight found = preflight_certificate(key.chain(), anchors, now);
    if (!found.not_after) {
        return found;  // nothing to verify a probe with
    }
    try {
        const Bytes digest = keys::sha256(keys::probe_message());
        const Bytes signature =
            key.sign({keys::KeyPurpose::Probe, "preflight", digest, keys::probe_message()});
        const Bytes spki = keys::Certificate::from_der(key.chain().front()).spki;
        if (!keys::verify_signature(spki, keys::probe_message(), signature)) {
            found.faults.emplace_back("what it signs does not verify with its certificate");
        }
    } catch (const Error& error) {
        found.faults.emplace_back(error.what());
    }
    return found;
}

}  // namespace yinxin::server
