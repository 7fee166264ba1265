// SPDX-License-Identifier: Apache-2.0
#include "server/service/issuer.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/error.h"
#include "common/limits.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "server/domain/reversal.h"
#include "server/service/answers.h"
#include "server/service/canonical_json.h"
#include "server/service/request_key.h"
#include "server/service/seal_design.h"
#include "signer/fact_token.h"

namespace yinxin::server {
namespace {

using Stage = IssueWorkers::Stage;

constexpr std::uint64_t kPictureEach = 256;
constexpr std::size_t kFormsKept = 64;

/// What the token may take beside the address in the QR.
std::size_t token_room(const std::string& public_url) {
    const std::size_t address = public_url.size() + std::string_view("/v/").size() + 16 + 1;
    return address < limits::qr_text_bytes_max ? limits::qr_text_bytes_max - address : 0;
}

std::optional<std::string> owner_of(const Caller& caller) {
    return caller.admin ? std::nullopt : std::optional(caller.id);
}

}  // namespace

Issuer::Issuer(const ServiceParts& parts, IssueCounts& counts)
    : parts_(parts),
      trust_(parts.trust_anchors, intermediates(parts.seal_keys())),
      token_text_bytes_max_(token_room(parts.config.public_url)),
      clock_guard_(parts.clock, std::chrono::seconds(parts.config.clock_step_seconds_max)),
      seal_path_(parts.seal_key.id(), parts.seal_key.chain(), parts.trust_anchors),
      levels_(parts_),
      counts_(counts),
      dictionaries_(parts_.store),
      workers_({.workers = parts.config.threads,
                .waiting_max = parts.config.limits.issue_queue_max,
                .patience = std::chrono::seconds(parts.config.limits.issue_wait_seconds)}) {
    use_seals(parts_.seals);
    if (parts_.ses != nullptr) {
        first_seal_.emplace(parts_, trust_);
    }
    for (const std::string& id : parts_.store.unsettled()) {
        open_.emplace(id, "");
    }
}

IssueAnswer Issuer::issue(const Caller& caller, IssueRequest request) {
    if (request.type == report_type) {
        throw Error(ErrorCode::NotFound,
                    std::string(report_type) +
                        " says what was found in a file and is not issued by its data; send the "
                        "file to POST /api/v1/verifications/report");
    }
    Json asked{{"type", request.type}, {"options", request.options}};
    asked["data"] = pdf::in_normal_form(std::move(request.data));
    const RequestKey key = request_key(caller.id, request.idempotency_key, "issue", asked);
    return answer_once(key, IssueWorkers::Kind::Document, [&](IssueWorkers::Worker& worker) {
        return make_new(caller,
                        key,
                        request.type,
                        std::move(asked["data"]),
                        complete_options(request.options),
                        worker);
    });
}

IssueAnswer Issuer::issue_report(const Caller& caller,
                                 const Json& data,
                                 const std::string& idempotency_key) {
    // The data say when it was looked: a repeated request would have others.
    const RequestKey key = request_key(
        caller.id, idempotency_key, "issue", {{"report_on", data.at("file").at("sha256")}});
    return answer_once(key, IssueWorkers::Kind::Report, [&](IssueWorkers::Worker& worker) {
        return make_new(caller,
                        key,
                        report_type,
                        pdf::in_normal_form(data),
                        complete_options(Json::object()),
                        worker);
    });
}

Document Issuer::make_new(const Caller& caller,
                          const RequestKey& key,
                          const std::string& type,
                          Json data,
                          const Json& options,
                          IssueWorkers::Worker& worker) {
    Draft draft = check(parts_.forms.current(type), std::move(data), options, parts_.clock.now());
    Document document = reserve(caller, key, draft, {}, worker);
    finish_or_void(document, draft, worker);
    return document;
}

IssueAnswer Issuer::replace(const Caller& caller,
                            const std::string& id,
                            const Json& data,
                            const std::string& given_reason,
                            const std::string& idempotency_key) {
    check_reason(given_reason);
    const std::string reason = pdf::in_normal_form(given_reason);
    Json asked{{"id", id}, {"reason", reason}};
    asked["data"] = pdf::in_normal_form(data);
    const auto old =
        is_document_id(id) ? parts_.store.document(id, owner_of(caller)) : std::nullopt;
    if (!old || !visible(old->state)) {
        throw Error(ErrorCode::NotFound, "there is no such document");
    }
    const RequestKey key = request_key(caller.id, idempotency_key, "replace", asked);
    return answer_once(key, IssueWorkers::Kind::Document, [&](IssueWorkers::Worker& worker) {
        if (old->state != DocumentState::Issued) {
            throw Error(
                ErrorCode::Conflict,
                "only a valid document can be replaced; this one is " + status_word(old->state));
        }
        if (old->type == report_type) {
            throw Error(ErrorCode::Conflict,
                        "a report is not replaced: have its file checked again for another one, "
                        "and revoke this one if it must not count");
        }
        if (parts_.store.reversed(id).invoices != 0) {
            throw Error(ErrorCode::Conflict,
                        "red invoices have taken this invoice back already; issue a new one");
        }
        Draft draft = check(parts_.forms.current(old->type),
                            std::move(asked["data"]),
                            Json::parse(old->options),
                            parts_.clock.now());
        const Document document = reserve(caller, key, draft, {id, reason, old->owner}, worker);
        finish_or_void(document, draft, worker);
        return document;
    });
}

/// One document for one key, however often and in however many threads it is sent.
IssueAnswer Issuer::answer_once(const RequestKey& key,
                                IssueWorkers::Kind kind,
                                const std::function<Document(IssueWorkers::Worker&)>& make) {
    const IssueWorkers::Place place(workers_, kind);
    const SingleFlight::Turn turn(flights_, {key.owner, key.key});
    auto earlier = parts_.store.document_by_request(key);
    if (earlier && earlier->state == DocumentState::Reserved) {
        // Its maker is gone: nobody else has the turn.
        finish_open(earlier->id);
        earlier = parts_.store.document_by_request(key);
    }
    const bool replayed = earlier && earlier->state != DocumentState::Void;
    Store::ReadBack back;
    if (replayed) {
        back = read_back(earlier->id);
    } else {
        IssueWorkers::Worker worker = workers_.for_new();
        back = read_back(make(worker).id);  // the worker is at Stage::Answer by now
    }
    void_open();
    return {issue_answer(back.document, back.first, parts_.config.public_url), replayed};
}

/// Phase 0: whatever is wrong is found here, before a number is taken.
Issuer::Draft Issuer::check(std::shared_ptr<const pdf::Form> form,
                            Json data,
                            const Json& options,
                            Time at) {
    clock_guard_.check();
    Draft draft;
    draft.goal = levels_.goal(options);
    draft.seal = seal_for(form->seal_use(), at);
    picture_of(*draft.seal);
    ask_keys();
    make_signers(*draft.seal, at);
    draft.values = form->evaluate(std::move(data), parts_.config.issuer, at);
    draft.plan = parts_.press.plan(form, draft.values, parts_.config.issuer);
    draft.seal_box = seal_box(draft.plan->seal().rect, *draft.seal);
    draft.form = std::move(form);
    draft.options = options;
    draft.at = at;
    return draft;
}

/// Phase A.
Document Issuer::reserve(const Caller& caller,
                         const RequestKey& key,
                         Draft& draft,
                         const Origin& origin,
                         IssueWorkers::Worker& worker) {
    Reservation r;
    r.request = key;
    r.owner = origin.owner;
    r.type = draft.form->type();
    r.form_version = draft.form->version();
    r.form_sha256 = sha256_of(draft.form);
    r.series = draft.values.series;
    r.number = [&](std::uint64_t serial) {
        return draft.form->number(draft.values, parts_.config.issuer, serial);
    };
    r.input = canonical_json(*draft.values.input);
    r.options = draft.options.dump();
    r.dictionary = packing_dictionary_of(draft, r.form_sha256);
    r.at = draft.at;
    r.last_max = parts_.clock.now() + clock_guard_.tolerance();
    r.replaces = origin.id;
    r.replace_reason = origin.reason;
    r.reversal = reversal(caller, draft, r.original);
    for (const keys::PrivateKey* key : parts_.seal_keys()) {
        r.seal_keys.push_back(key->id());
    }
    r.key_uses = {
        {KeyUse::Phase::Begin, keys::KeyPurpose::Token, parts_.token_key.id(), "", {}, draft.at}};
    Store::Reserved reserved;
    worker.until_durable(Stage::Token, [&](CommitWaiter* waiter) {
        r.waiter = waiter;
        reserved = parts_.store.reserve(r);
    });
    YINXIN_ASSERT(!reserved.existed);  // this thread has the key's turn
    return std::move(reserved.document);
}

/// A number that cannot be sealed is lost: after a failure the keys must answer again first. One
/// request asks; the others are refused meanwhile, not kept waiting.
void Issuer::ask_keys() {
    if (!keys_in_doubt_) {
        return;
    }
    const std::unique_lock turn(asking_keys_, std::try_to_lock);
    if (!turn) {
        throw Error(ErrorCode::Unavailable, "the sealer does not answer; try again in a moment");
    }
    probe_keys();
}

void Issuer::probe_keys() {
    const Bytes digest = keys::sha256(keys::probe_message());
    std::vector<keys::PrivateKey*> needed{&parts_.token_key, &parts_.seal_key};
    if (parts_.ses != nullptr) {
        needed.push_back(&parts_.ses->key);
    }
    try {
        for (keys::PrivateKey* key : needed) {
            key->sign({keys::KeyPurpose::Probe, "before a number", digest, keys::probe_message()});
        }
    } catch (const Error&) {
        keys_in_doubt_ = true;
        throw;
    }
    keys_in_doubt_ = false;
}

/// A red invoice is held against its original when that is in this register and the caller's own;
/// somebody else's is as unknown to him here as anywhere.
std::optional<Reversal> Issuer::reversal(const Caller& caller,
                                         const Draft& draft,
                                         std::string& original) {
    const auto number = reversed_number(*draft.values.input);
    if (!number) {
        return std::nullopt;
    }
    const auto blue = parts_.store.document_by_number(*number);
    if (!blue || !visible(blue->state) || blue->type != draft.form->type() ||
        (!caller.admin && blue->owner != caller.id)) {
        original = "external";
        return std::nullopt;
    }
    original = "registered";
    return plan_reversal(*draft.values.input, Json::parse(blue->input), blue->id);
}

/// Phases B to D.
void Issuer::finish(const Document& document,
                    Draft& draft,
                    std::string& stage,
                    IssueWorkers::Worker& worker) {
    Issued issued;
    issued.id = document.id;
    try {
        stage = "rendering";
        issued.pdf = make_sealed(document, draft, issued, stage, worker);
        stage = "registering";
        worker.go_on(Stage::Pack);
        worker.until_durable(Stage::Answer, [&](CommitWaiter* waiter) {
            issued.waiter = waiter;
            parts_.store.settle_issued(issued);
        });
        counts_.issued(document.type, issued.level);
    } catch (const std::exception& error) {
        worker.leave();
        record_discarded(std::move(issued.key_uses));
        const auto* known = dynamic_cast<const Error*>(&error);
        if (known != nullptr && known->code() == ErrorCode::Unavailable) {
            keys_in_doubt_ = true;
        }
        throw;
    }
}

/// A register that cannot be written now is told by
/// the uses that begin and never end.
void Issuer::record_discarded(std::vector<KeyUse> uses) noexcept {
    try {
        for (KeyUse& use : uses) {
            use.phase = KeyUse::Phase::Discarded;
        }
        if (!uses.empty()) {
            parts_.store.record_key_uses(uses);
        }
    } catch (const std::exception& error) {
        spdlog::error("signatures that were thrown away are not on record: {}", error.what());
    }
}

/// The caller is told that it failed, so nothing may come of it later.
void Issuer::finish_or_void(const Document& document, Draft& draft, IssueWorkers::Worker& worker) {
    std::string stage;
    try {
        finish(document, draft, stage, worker);
    } catch (const std::exception&) {
        settle_void(document.id, "failed while " + stage);
        throw;
    }
}

void Issuer::check_clock() {
    clock_guard_.check();
    const Time last = parts_.store.last_issued_at().value_or(Time::min());
    if (last > parts_.clock.now() + clock_guard_.tolerance()) {
        throw Error(ErrorCode::Unavailable, "the last document was issued in the future");
    }
}

/// Phases B and C.
Bytes Issuer::make_sealed(const Document& document,
                          Draft& draft,
                          Issued& issued,
                          std::string& stage,
                          IssueWorkers::Worker& worker) {
    const pdf::IssuerNames& names = parts_.config.issuer;
    const pdf::Disclosure disclosure = draft.form->disclose(draft.values, draft.plan->pages());
    issued.facts = facts_to_text(
        {draft.form->title_zh(), draft.form->title_en(), disclosure.shown, disclosure.asked});
    issued.issuer_organ = names.organ;
    issued.seal = draft.seal->id;

    pdf::Issuance issuance;
    issuance.number = document.number;
    issuance.code = document.code;
    const std::string made_token = token(document, draft, disclosure.token);
    issued.key_uses = {{KeyUse::Phase::End,
                        keys::KeyPurpose::Token,
                        parts_.token_key.id(),
                        document.id,
                        keys::sha256(as_bytes(made_token)),
                        parts_.clock.now()}};
    issuance.qr_text = parts_.config.public_url + "/v/" + document.code + "#" + made_token;
    issuance.issued_at = document.issued_at;
    issuance.channel = channel_as_printed(draft.options.at("channel").get<std::string>());
    issuance.specimen = parts_.specimen;
    draft.form->complete(draft.values, names, issuance);
    signer::SealOrder order = seal_order(draft, *draft.plan, document.issued_at);
    order.subject = document.id;
    if (draft.goal.now) {
        worker.outside([&] { order.token_bytes = levels_.token_bytes(draft.goal); });
    }
    const Printer print = [&](const signer::SealOrder& to_seal) {
        worker.go_on(Stage::Print);
        pdf::Rendered page = print_to_seal(*draft.plan, draft.values, issuance, to_seal);
        worker.go_on(Stage::Look);
        pdf::check_print(page.pdf, page, issuance, next_look(*draft.form));
        issued.streams = std::move(page.streams);
        return page;
    };
    pdf::Rendered page = print(order);

    stage = "sealing";
    Bytes sealed = seal(document, draft, std::move(order), std::move(page), print, issued, worker);
    stage = "verifying";
    worker.go_on(Stage::Verify);
    check_sealed(sealed, draft, issued);
    if (!issued.level.empty() && issued.level != to_text(draft.goal.wanted)) {
        issued.owed_level = to_text(draft.goal.wanted);
    }
    return sealed;
}

Bytes Issuer::sha256_of(const std::shared_ptr<const pdf::Form>& form) {
    const std::lock_guard lock(mutex_);
    const auto known = form_sha256_.find(form);
    if (known != form_sha256_.end()) {
        return known->second;
    }
    if (form_sha256_.size() >= kFormsKept) {
        form_sha256_.clear();
    }
    return form_sha256_.emplace(form, keys::sha256(as_bytes(form->sha256_input()))).first->second;
}

/// Each module of each QR is looked at; of samples, the first of each form among them, a picture is
/// made and read as a phone would.
pdf::QrLook Issuer::next_look(const pdf::Form& form) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t before = printed_[form.type() + "/" + form.version()]++;
    return before % kPictureEach == 0 ? pdf::QrLook::Picture : pdf::QrLook::Modules;
}

std::string Issuer::token(const Document& document,
                          const Draft& draft,
                          const pdf::TokenFacts& facts) {
    signer::TokenClaims claims;
    claims.code = document.code;
    claims.issued_at = document.issued_at;
    claims.type = facts.type;
    claims.issuer_code = parts_.config.issuer.organ_code;
    claims.period_from = facts.period_from;
    claims.period_to = facts.period_to;
    claims.has_total = facts.total_fen.has_value();
    claims.total_fen = facts.total_fen.value_or(0);
    claims.pages = draft.plan->pages();
    claims.masked_name = facts.masked_name;
    claims.masked_id = facts.masked_id;
    return signer::make_fact_token(claims, parts_.token_key, document.id, token_text_bytes_max_);
}

signer::SealOrder Issuer::seal_order(const Draft& draft, const pdf::Plan& plan, Time at) {
    signer::SealOrder order;
    order.signing_time = at;
    order.name = parts_.config.issuer.organ;
    order.reason = draft.form->title_zh();
    order.certify = !first_seal_;  // DocMDP P = 1 would forbid the other
    order.seal = pdf::VisibleSeal{plan.seal().page, draft.seal_box, picture_of(*draft.seal)};
    if (draft.form->riding_seal() && plan.pages() > 1) {
        order.riding = order.seal->picture;
    }
    return order;
}

/// The field of a seal that is alone is printed along. One of two, or one that rides over the edges
/// of the pages, is appended.
pdf::Rendered Issuer::print_to_seal(const pdf::Plan& plan,
                                    const pdf::Values& values,
                                    const pdf::Issuance& issuance,
                                    const signer::SealOrder& order) {
    const bool alone = !first_seal_ && !order.riding;
    const auto field = alone ? std::optional(pades_signer().spec_of(order)) : std::nullopt;
    pdf::Rendered page =
        parts_.press.print(plan, values, parts_.config.issuer, issuance, field ? &*field : nullptr);
    page.seal.rect = order.seal->rect;
    return page;
}

signer::PreparedSignature Issuer::prepare(pdf::Rendered page, const signer::SealOrder& order) {
    if (!page.has_field()) {
        return pades_signer().prepare(page.pdf, order);
    }
    return pades_signer().of({std::move(page.pdf), page.byte_range, order.certify});
}

/// The audit row with the digest is durable before the key is asked.
Bytes Issuer::seal(const Document& document,
                   const Draft& draft,
                   signer::SealOrder order,
                   pdf::Rendered page,
                   const Printer& print_again,
                   Issued& issued,
                   IssueWorkers::Worker& worker) {
    const auto of_token = static_cast<std::ptrdiff_t>(issued.key_uses.size());
    Bytes sealed_once;
    if (first_seal_) {
        const auto record = [&](const std::vector<KeyUse>& uses) {
            worker.until_durable(Stage::Sign, [&](CommitWaiter* waiter) {
                parts_.store.record_key_uses(uses, waiter);
            });
        };
        sealed_once = first_seal_->seal(page.pdf, *draft.seal, order, record, issued.key_uses);
        order.seal.reset();
        order.riding.reset();
    }
    const auto after_token = issued.key_uses.begin() + of_token;
    std::vector<KeyUse> uses(issued.key_uses.begin(), after_token);
    issued.key_uses.erase(issued.key_uses.begin(), after_token);
    Bytes sealed;
    bool stamped = false;
    for (int attempt = 1; sealed.empty(); ++attempt) {
        signer::PreparedSignature prepared =
            first_seal_ ? pades_signer().prepare(sealed_once, order)
                        : prepare(attempt == 1 ? std::move(page) : print_again(order), order);
        check_current(*draft.seal);
        KeyUse use{KeyUse::Phase::Begin,
                   keys::KeyPurpose::Document,
                   parts_.seal_key.id(),
                   document.id,
                   prepared.digest,
                   parts_.clock.now()};
        uses.push_back(use);
        worker.until_durable(
            Stage::Sign, [&](CommitWaiter* waiter) { parts_.store.record_key_uses(uses, waiter); });
        uses.clear();
        const Bytes signature = parts_.seal_key.sign(
            {keys::KeyPurpose::Document, document.id, prepared.digest, prepared.signed_attrs});
        use.phase = KeyUse::Phase::End;
        use.at = parts_.clock.now();
        Bytes stamp;
        if (order.token_bytes != 0) {
            worker.outside([&] { stamp = levels_.token(draft.goal, signature); });
        }
        if (signer::PadesSigner::has_room(order, stamp)) {
            sealed = pades_signer().complete(std::move(prepared), signature, stamp);
            stamped = !stamp.empty();
        } else {
            use.phase = KeyUse::Phase::Discarded;
            order.token_bytes = levels_.token_bytes_after(draft.goal, stamp, attempt);
        }
        issued.key_uses.push_back(std::move(use));
    }
    if (draft.goal.now) {
        worker.outside([&] { sealed = levels_.raise(draft.goal, std::move(sealed), stamped); });
    }
    return sealed;
}

/// By the public side alone: nothing leaves that a stranger would not call intact and ours.
void Issuer::check_sealed(const Bytes& sealed, const Draft& draft, Issued& issued) {
    const std::vector<Bytes> own = own_certificates(parts_.seal_keys());
    const auto report =
        verify::verify_document(sealed, trust_, verify::Policy{own, {}}, parts_.clock.now());
    const auto stamps = static_cast<std::size_t>(std::count_if(
        report.signatures.begin(), report.signatures.end(), [](const auto& signature) {
            return signature.sub_filter == "ETSI.RFC3161";
        }));
    if (report.integrity != verify::Integrity::Intact ||
        report.signatures.size() != own.size() + stamps || report.pages != draft.plan->pages()) {
        throw Error(ErrorCode::Internal,
                    "the sealed document does not verify: " + to_text(report.integrity));
    }
    // In the order in which they were made; the last, in CMS, is the document's.
    for (std::size_t i = 0; i < own.size(); ++i) {
        const auto& signer = report.signatures[i].signer;
        if (!signer || signer->certificate_sha256 != own[i] ||
            signer->trusted != verify::Trust::Yes || !signer->valid_at_sealing) {
            throw Error(ErrorCode::Internal,
                        "the sealing certificate is not trusted: " +
                            (signer ? signer->name : std::string("there is none")));
        }
        issued.signer_name = signer->name;
        issued.signer_sha256 = signer->certificate_sha256;
    }
    // No level of ETSI knows SM2.
    issued.level = parts_.seal_key.algorithm() == keys::KeyAlgorithm::Sm2
                       ? ""
                       : report.signatures[own.size() - 1].level;
    if (!issued.level.empty() && level_from_text(issued.level) > draft.goal.wanted) {
        throw Error(ErrorCode::Internal, "the sealed document is at another level than wanted");
    }
    issued.pages = report.pages;
}

/// Phase E: what is answered comes from the register, and its bytes unpack to the SHA-256 that is
/// answered.
Store::ReadBack Issuer::read_back(const std::string& id) {
    auto back = parts_.store.read_back(id);
    if (!back || !visible(back->document.state)) {
        throw Error(ErrorCode::Internal, "the document is not in the register: " + id);
    }
    return std::move(*back);
}

}  // namespace yinxin::server
