// SPDX-License-Identifier: Apache-2.0
#include "server/demo/site.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/files.h"
#include "keys/pki/certificate.h"
#include "keys/revocation_answers.h"
#include "keys/timestamp_authority.h"

namespace yinxin::server {
namespace {

constexpr std::chrono::hours kCrlAge{1};
constexpr std::size_t kCertificateBytesMax = 64u << 10;

constexpr std::array kTsaFaults{std::pair{"tsa-wrong-imprint", keys::TsaFault::WrongImprint},
                                std::pair{"tsa-wrong-nonce", keys::TsaFault::WrongNonce},
                                std::pair{"tsa-expired", keys::TsaFault::Expired},
                                std::pair{"tsa-no-usage", keys::TsaFault::WithoutUsage},
                                std::pair{"tsa-future", keys::TsaFault::Future}};
constexpr std::array kOcspFaults{std::pair{"ocsp-stale", keys::OcspFault::Stale},
                                 std::pair{"ocsp-revoked", keys::OcspFault::Revoked},
                                 std::pair{"ocsp-unknown", keys::OcspFault::Unknown},
                                 std::pair{"ocsp-foreign", keys::OcspFault::Foreign}};

/// The request's fault; faults of ours are other exceptions, and nobody's business.
struct Refusal {
    int status;
    std::string words;
};

template <typename Table>
auto ordered(const Table& table, const std::vector<DemoFault>& faults, const std::string& where) {
    for (const auto& [name, fault] : table) {
        if (find_demo_fault(faults, name, where) != nullptr) {
            return fault;
        }
    }
    return decltype(table.front().second){};
}

SmallAnswer said(int status, const std::string& words) {
    SmallAnswer answer;
    answer.status = status;
    answer.body = to_bytes(as_bytes(words + "\n"));
    return answer;
}

SmallAnswer not_allowed(const std::string& allow) {
    SmallAnswer answer = said(405, "Use " + allow + ".");
    answer.allow = allow;
    return answer;
}

SmallAnswer wrong_type(const std::string& type) {
    return said(415, "Send " + type + ".");
}

SmallAnswer der(const std::string& type, Bytes body) {
    SmallAnswer answer;
    answer.content_type = type;
    answer.body = std::move(body);
    return answer;
}

SmallAnswer hung_up() {
    SmallAnswer answer;
    answer.hang_up = true;
    return answer;
}

/// What stands between "/SECTION/" and the end.
std::optional<std::string> below(const std::string& path, const std::string& section) {
    const std::string start = "/" + section + "/";
    return path.starts_with(start) ? std::optional(path.substr(start.size())) : std::nullopt;
}

std::optional<std::string> without_ending(const std::string& name, const std::string& ending) {
    return name.ends_with(ending) ? std::optional(name.substr(0, name.size() - ending.size()))
                                  : std::nullopt;
}

const keys::DemoFamily& family_of(const std::string& name) {
    for (const keys::DemoFamily& family : keys::demo_families()) {
        if (family.name == name) {
            return family;
        }
    }
    throw Refusal{404, "There is no such family."};
}

/// The authorities that certify: whose certificates and lists can be had.
void require_authority(const std::string& id) {
    for (const keys::DemoFamily& family : keys::demo_families()) {
        if (family.root == id || family.ca == id) {
            return;
        }
    }
    throw Refusal{404, "There is no such authority."};
}

/// RFC 6960, A.1: base64 with its padding, percent-encoded.
Bytes request_of_path(std::string text) {
    while (text.ends_with('=')) {
        text.pop_back();
    }
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    try {
        return from_base64url(text);
    } catch (const Error&) {
        throw Refusal{400, "The address does not end with base64."};
    }
}

}  // namespace

DemoPkiSite::DemoPkiSite(std::filesystem::path folder,
                         keys::Secret passphrase,
                         const Clock& clock,
                         Random& random)
    : folder_(std::move(folder)),
      clock_(clock),
      random_(random),
      store_(folder_, std::move(passphrase)) {}

keys::SoftwareKey& DemoPkiSite::key(std::string_view id) {
    const std::lock_guard lock(mutex_);
    auto found = opened_.find(id);
    if (found == opened_.end()) {
        found = opened_.emplace(id, store_.open(std::string(id))).first;
    }
    return *found->second;
}

Bytes DemoPkiSite::certificate_of(std::string_view id) const {
    const Bytes text = read_public_file(folder_ / (std::string(id) + ".pem"), kCertificateBytesMax);
    return keys::certificates_from_pem(as_text(text)).front();
}

std::vector<keys::Revocation> DemoPkiSite::revocations() const {
    return keys::read_revocations(folder_ / keys::revocation_journal_name);
}

std::vector<DemoFault> DemoPkiSite::faults() const {
    return read_demo_faults(folder_ / demo_pki_faults_name);
}

SmallAnswer DemoPkiSite::answer(const SmallRequest& request) {
    try {
        return route(request);
    } catch (const Refusal& refusal) {
        return said(refusal.status, refusal.words);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "yinxin-demo-pki: %s\n", error.what());
        return said(500, "The demo PKI cannot answer; the server's log says why.");
    }
}

SmallAnswer DemoPkiSite::route(const SmallRequest& request) {
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";
    std::string path;
    try {
        Poco::URI::decode(request.target.substr(0, request.target.find('?')), path);
    } catch (const Poco::Exception&) {
        throw Refusal{400, "The path holds a broken escape."};
    }
    if (const auto name = below(path, "tsa")) {
        const keys::DemoFamily& family = family_of(*name);
        return post ? stamp(family, request) : not_allowed("POST");
    }
    if (const auto rest = below(path, "ocsp")) {
        const auto slash = rest->find('/');
        const keys::DemoFamily& family = family_of(rest->substr(0, slash));
        if (post && slash == std::string::npos) {
            return request.content_type == "application/ocsp-request"
                       ? status(family, request.body)
                       : wrong_type("application/ocsp-request");
        }
        return get && slash != std::string::npos
                   ? status(family, request_of_path(rest->substr(slash + 1)))
                   : not_allowed("GET, POST");
    }
    if (const auto name = below(path, "crl")) {
        if (const auto id = without_ending(*name, ".crl")) {
            require_authority(*id);
            return get ? revocation_list(*id) : not_allowed("GET");
        }
    }
    if (const auto name = below(path, "ca")) {
        if (const auto id = without_ending(*name, ".cer")) {
            require_authority(*id);
            return get ? certificate(*id) : not_allowed("GET");
        }
    }
    throw Refusal{404, "There is nothing here."};
}

SmallAnswer DemoPkiSite::stamp(const keys::DemoFamily& family, const SmallRequest& request) {
    if (family.tsa.empty()) {
        throw Refusal{404, "This family has no TSA."};
    }
    if (request.content_type != "application/timestamp-query") {
        return wrong_type("application/timestamp-query");
    }
    const std::string where(family.name);
    const std::vector<DemoFault> ordered_faults = faults();
    if (find_demo_fault(ordered_faults, "tsa-down", where) != nullptr) {
        return hung_up();
    }
    const keys::TimestampAuthority tsa(key(family.tsa), key(family.ca), random_);
    SmallAnswer answer =
        der("application/timestamp-reply",
            tsa.answer(request.body, clock_.now(), ordered(kTsaFaults, ordered_faults, where)));
    if (const DemoFault* slow = find_demo_fault(ordered_faults, "tsa-slow", where)) {
        answer.delay = slow->span;
    }
    return answer;
}

SmallAnswer DemoPkiSite::status(const keys::DemoFamily& family, ByteView request) {
    const std::string where(family.name);
    const std::vector<DemoFault> ordered_faults = faults();
    if (find_demo_fault(ordered_faults, "ocsp-down", where) != nullptr) {
        return hung_up();
    }
    const keys::OcspResponder responder(certificate_of(family.ca), key(family.ocsp));
    SmallAnswer answer =
        der("application/ocsp-response",
            responder.answer(
                request, revocations(), clock_.now(), ordered(kOcspFaults, ordered_faults, where)));
    if (const DemoFault* slow = find_demo_fault(ordered_faults, "ocsp-slow", where)) {
        answer.delay = slow->span;
    }
    return answer;
}

SmallAnswer DemoPkiSite::revocation_list(const std::string& authority) {
    if (find_demo_fault(faults(), "crl-down", authority) != nullptr) {
        return hung_up();
    }
    const keys::SoftwareKey& issuer = key(authority);
    const std::vector<keys::Revocation> revoked = revocations();
    const Time now = clock_.now();
    const std::lock_guard lock(mutex_);
    Crl& crl = crls_[authority];
    if (crl.der.empty() || crl.revoked != revoked.size() || now - crl.made > kCrlAge) {
        crl = {keys::write_revocation_list(issuer, revoked, now), now, revoked.size()};
    }
    return der("application/pkix-crl", crl.der);
}

SmallAnswer DemoPkiSite::certificate(const std::string& authority) {
    return der("application/pkix-cert", certificate_of(authority));
}

}  // namespace yinxin::server
