// SPDX-License-Identifier: Apache-2.0
#include "server/service/service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "server/service/answers.h"
#include "server/service/audited_key.h"
#include "server/service/extension.h"
#include "server/service/external_sealer.h"
#include "server/service/issuer.h"
#include "server/service/kept_answer.h"
#include "server/service/preflight.h"
#include "server/service/request_key.h"
#include "server/service/verification.h"

namespace yinxin::server {
namespace {

constexpr KeptAnswer::Ages readiness_ages{.fresh = std::chrono::seconds(1),
                                          .usable = std::chrono::seconds(5)};
constexpr std::uintmax_t free_bytes_min = 64u << 20;

std::optional<std::string> owner_of(const Caller& caller) {
    return caller.admin ? std::nullopt : std::optional(caller.id);
}

/// "ok" or "failed": what is wrong is for the log and the operator's own commands.
template <typename Check>
bool holds(Json& checks, const char* name, Check check) {
    bool ok = false;
    try {
        ok = check();
    } catch (const std::exception&) {
        ok = false;
    }
    checks[name] = ok ? "ok" : "failed";
    return ok;
}

/// The certificates of a published token key.
std::vector<Bytes> key_chain(const ServiceParts& parts, const verify::TokenKey& key) {
    for (const Bytes& retired : parts.retired_token_certificates) {
        if (keys::Certificate::from_der(retired).spki == key.public_key_spki) {
            return {retired};
        }
    }
    return parts.token_key.chain();
}

}  // namespace

struct Service::Impl {
    explicit Impl(const ServiceParts& given)
        : seal_key(given.seal_key, given.store, given.clock),
          token_key(given.token_key, given.store, given.clock),
          ses_key(given.ses == nullptr
                      ? nullptr
                      : std::make_unique<AuditedKey>(given.ses->key, given.store, given.clock)),
          ses(given.ses == nullptr
                  ? std::nullopt
                  : std::optional(SesParts{*ses_key, given.ses->earlier_certificates})),
          parts(given.with_keys(seal_key, token_key, ses ? &*ses : nullptr)),
          issuer(parts, counts),
          verification(parts) {}

    Document owned(const Caller& caller, const std::string& id) {
        auto document =
            is_document_id(id) ? parts.store.document(id, owner_of(caller)) : std::nullopt;
        if (!document || !visible(document->state)) {
            throw Error(ErrorCode::NotFound, "there is no such document");
        }
        return std::move(*document);
    }

    Json answer(const Document& document) {
        return document_answer(document,
                               parts.store.revisions(document.id),
                               parts.store.reversed(document.id),
                               parts.config.public_url);
    }

    Json look_ready() {
        Json checks;
        bool ready = holds(checks, "database", [this] {
            parts.store.probe_write();
            return true;
        });
        ready &= holds(checks, "sealer", [this] {
            parts.seal_key.check_alive();
            return true;
        });
        ready &= holds(checks, "keys", [this] {
            const auto changes = parts.store.key_register().key_changes();
            const auto active = [&](const keys::PrivateKey& key) {
                return state_of(changes, key.id()) == KeyState::Active;
            };
            return active(parts.seal_key) && active(parts.token_key) &&
                   (parts.ses == nullptr || active(parts.ses->key));
        });
        ready &= holds(checks, "inspector", [this] { return parts.inspector.alive(); });
        ready &= holds(checks, "disk", [this] {
            return std::filesystem::space(parts.config.dir).available >= free_bytes_min;
        });
        ready &= holds(checks, "clock", [this] {
            issuer.check_clock();
            return true;
        });
        ready &= holds(checks, "certificate", [this] {
            issuer.check_seal_path();
            return true;
        });
        ready &= look_at_seals(checks);
        checks["recovery"] = issuer.open() == 0 ? "ok" : "pending";  // goes on while we serve
        return {{"ready", ready}, {"checks", checks}};
    }

    /// "partial" while some forms have no seal: what is asked of the others is done.
    bool look_at_seals(Json& checks) {
        const std::set<std::string> uses = seal_uses(parts.forms);
        const auto sealed = std::count_if(uses.begin(), uses.end(), [this](const std::string& use) {
            try {
                issuer.check_seal(use);
                return true;
            } catch (const std::exception&) {
                return false;
            }
        });
        const bool all = sealed == static_cast<std::ptrdiff_t>(uses.size());
        checks["seals"] = all ? "ok" : sealed == 0 ? "failed" : "partial";
        return all || sealed != 0;
    }

    AuditedKey seal_key, token_key;
    std::unique_ptr<AuditedKey> ses_key;
    const std::optional<SesParts> ses;
    const ServiceParts parts;
    IssueCounts counts;
    Issuer issuer;
    Extension extension{parts, counts};
    ExternalSealer sealer{parts, issuer};
    Verification verification;
    KeptAnswer readiness{[this] { return look_ready(); }, readiness_ages, parts.clock};
};

ServiceParts ServiceParts::with_keys(keys::PrivateKey& seal,
                                     keys::PrivateKey& token,
                                     const SesParts* first_seal) const {
    return {.config = config,
            .store = store,
            .forms = forms,
            .press = press,
            .typefaces = typefaces,
            .seal_key = seal,
            .token_key = token,
            .inspector = inspector,
            .trust_anchors = trust_anchors,
            .seals = seals,
            .specimen = specimen,
            .clock = clock,
            .random = random,
            .ses = first_seal,
            .levels = levels,
            .revocations = revocations,
            .compromised_certificates = compromised_certificates,
            .retired_token_certificates = retired_token_certificates};
}

Service::Service(const ServiceParts& parts) : impl_(std::make_unique<Impl>(parts)) {}
Service::~Service() = default;

std::size_t Service::recover(const std::stop_token& stop) {
    return impl_->issuer.recover(stop);
}

IssueAnswer Service::issue(const Caller& caller, IssueRequest request) {
    return impl_->issuer.issue(caller, std::move(request));
}

IssueAnswer Service::replace(const Caller& caller,
                             const std::string& id,
                             const Json& data,
                             const std::string& reason,
                             const std::string& idempotency_key) {
    return impl_->issuer.replace(caller, id, data, reason, idempotency_key);
}

Json Service::revoke(const Caller& caller,
                     const std::string& id,
                     const std::string& given_reason,
                     const std::string& idempotency_key) {
    check_reason(given_reason);
    const std::string reason = pdf::in_normal_form(given_reason);
    impl_->owned(caller, id);
    const RequestKey key =
        request_key(caller.id, idempotency_key, "revoke", {{"id", id}, {"reason", reason}});
    return impl_->answer(
        impl_->parts.store.revoke(id, owner_of(caller), reason, key, impl_->parts.clock.now())
            .document);
}

std::size_t Service::pay_debts(const std::stop_token& stop) {
    return impl_->extension.pay(stop);
}

IssueCounts::All Service::counts() const {
    return impl_->counts.all();
}

Json Service::extend(const Caller& caller, const std::string& id, const std::string& level) {
    return revision_answer(
        impl_->extension.extend(impl_->owned(caller, id), level_from_text(level)));
}

void Service::use_seals(SealsByUse seals) {
    impl_->issuer.use_seals(std::move(seals));
}

Service::Sealed Service::seal(const Caller& caller, ByteView file, const Json& options) {
    return impl_->sealer.seal(caller, file, options);
}

Json Service::document(const Caller& caller, const std::string& id) {
    return impl_->answer(impl_->owned(caller, id));
}

Service::File Service::pdf(const Caller& caller,
                           const std::string& id,
                           std::optional<int> revision) {
    const Document document = impl_->owned(caller, id);
    const auto revisions = impl_->parts.store.revisions(id);
    const int wanted = revision.value_or(static_cast<int>(revisions.size()));
    if (wanted < 1 || wanted > static_cast<int>(revisions.size())) {
        throw Error(ErrorCode::NotFound,
                    "the document has " + std::to_string(revisions.size()) + " revisions");
    }
    const RevisionInfo& info = revisions[static_cast<std::size_t>(wanted) - 1];
    return {impl_->parts.store.revision_bytes(info),
            to_hex(info.sha256),
            document.number + ".pdf",
            wanted};
}

Json Service::verify_code(const std::string& code) {
    return impl_->verification.by_code(code);
}
CodeAnswer Service::verify_code_as_text(const std::string& code) {
    return impl_->verification.text_by_code(code);
}
Json Service::verify_fact(const Json& request) {
    return impl_->verification.by_fact(request);
}
Json Service::verify_file(ByteView file, const std::string& caller) {
    return impl_->verification.by_file(file, caller);
}
Service::Report Service::report(const Caller& caller,
                                ByteView file,
                                Json data,
                                const std::string& idempotency_key) {
    constexpr std::size_t kStartDigits = 8;
    std::string sha256 = to_hex(keys::sha256(file));
    std::transform(sha256.begin(), sha256.end(), sha256.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    data["file"] = {{"sha256", sha256},
                    {"start", sha256.substr(0, kStartDigits)},
                    {"bytes", std::to_string(file.size())}};
    const IssueAnswer answer = impl_->issuer.issue_report(caller, data, idempotency_key);
    return {pdf(caller, answer.body.at("id").get<std::string>(), 1), answer.replayed};
}
std::vector<pdf::AskedFact> Service::askable(const std::string& code) {
    return impl_->verification.askable(code);
}

Json Service::jwks() {
    Json keys = Json::array();
    for (const verify::TokenKey& key : impl_->verification.token_keys()) {
        if (const auto point = keys::p256_point(key.public_key_spki)) {
            Json x5c = Json::array();
            for (const Bytes& certificate : key_chain(impl_->parts, key)) {
                x5c.push_back(to_base64(certificate));
            }
            keys.push_back({{"kty", "EC"},
                            {"crv", "P-256"},
                            {"use", "sig"},
                            {"alg", "ES256"},
                            {"kid", to_base64url(key.key_id)},
                            {"x", to_base64url(point->x)},
                            {"y", to_base64url(point->y)},
                            {"x5c", x5c}});
        }
    }
    return {{"keys", keys}};
}

std::string Service::seal_certificates_pem() {
    std::string pem;
    for (const keys::PrivateKey* key : impl_->parts.seal_keys()) {
        pem += keys::certificates_to_pem(key->chain());
    }
    return pem;
}

bool Service::preflight() {
    bool fit = true;
    std::vector<keys::PrivateKey*> used{&impl_->seal_key, &impl_->token_key};
    if (impl_->ses_key) {
        used.push_back(impl_->ses_key.get());
    }
    for (keys::PrivateKey* key : used) {
        const Preflight found =
            server::preflight(*key, impl_->parts.trust_anchors, impl_->parts.clock.now());
        for (const std::string& fault : found.faults) {
            spdlog::error("the key {} is not fit to sign: {}", key->id(), fault);
        }
        if (!found.warning.empty()) {
            spdlog::warn("the key {}: {}", key->id(), found.warning);
        }
        fit = fit && found.faults.empty();
    }
    impl_->issuer.warn_of_seals();
    return fit;
}

Json Service::readiness() {
    if (auto answer = impl_->readiness.get()) {
        return std::move(*answer);
    }
    throw Error(ErrorCode::Unavailable, "a part takes too long to say whether it is ready");
}

}  // namespace yinxin::server
