// SPDX-License-Identifier: Apache-2.0
#include "server/service/preflight.h"

#include <algorithm>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "verify/path_check.h"

namespace yinxin::server {
namespace {

constexpr int warn_before_days[] = {1, 7, 30};

/// Of the one that ends first.
std::string warning_of(const std::vector<keys::Certificate>& path, Time now) {
    const auto first = std::min_element(path.begin(), path.end(), [](const auto& a, const auto& b) {
        return a.not_after < b.not_after;
    });
    const std::string soon = ends_soon(first->not_after, now);
    if (soon.empty()) {
        return "";
    }
    return (first == path.begin() ? "its certificate"
                                  : "the certificate above it, \"" + first->subject + "\",") +
           " ends in " + soon;
}

}  // namespace

std::string ends_soon(Time end, Time now) {
    for (const int days : warn_before_days) {
        if (end - now < std::chrono::days(days)) {
            return "less than " + std::to_string(days) + (days == 1 ? " day" : " days") + ", " +
                   to_rfc3339(end);
        }
    }
    return "";
}

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
        }
        if (const std::string fault = verify::usage_fault(own.der); !fault.empty()) {
            found.faults.push_back("its certificate's " + fault);
        }
        const auto path = keys::build_path(chain, anchors, now);
        if (found.faults.empty()) {
            found.warning = warning_of(path, now);
        }
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
