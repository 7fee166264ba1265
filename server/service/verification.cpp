// SPDX-License-Identifier: Apache-2.0
#include "server/service/verification.h"

#include <chrono>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "server/domain/verification_code.h"
#include "server/json_input.h"
#include "server/service/answers.h"
#include "server/service/facts.h"

namespace yinxin::server {
namespace {

/// Answers to a typed fact come after a multiple of this: right, wrong and unknown take the same
/// time.
constexpr std::chrono::milliseconds fact_answer_time{50};
constexpr std::size_t fact_bytes_max = 64;
constexpr std::size_t token_bytes_max = 512;

/// The token key in use, then those before it. What a compromised one has signed proves nothing.
std::vector<verify::TokenKey> token_keys_of(const ServiceParts& parts) {
    std::vector<Bytes> certificates = parts.retired_token_certificates;
    if (!parts.token_key.chain().empty()) {
        certificates.insert(certificates.begin(), parts.token_key.chain().front());
    }
    std::vector<verify::TokenKey> found;
    for (const Bytes& der : certificates) {
        const auto certificate = keys::Certificate::from_der(der);
        if (!parts.compromised_certificates.contains(to_hex(certificate.sha256))) {
            found.push_back({keys::short_key_id(certificate.spki), certificate.spki});
        }
    }
    return found;
}

struct FactRequest {
    std::optional<std::string> code, token, fact_name, fact_value;
};

FactRequest read_request(const Json& request) {
    std::vector<FieldError> faults;
    const auto refuse =
        [&](const std::string& pointer, const std::string& rule, const std::string& detail) {
            faults.push_back({pointer, rule, detail});
        };
    FactRequest read;
    const auto text = [&](const Json& value, const std::string& pointer, std::size_t bytes_max) {
        if (value.is_string() && value.get_ref<const std::string&>().size() <= bytes_max) {
            return std::optional(value.get<std::string>());
        }
        refuse(
            pointer, "text", "Must be a text of at most " + std::to_string(bytes_max) + " bytes.");
        return std::optional<std::string>();
    };
    if (!request.is_object()) {
        throw Error(ErrorCode::Invalid,
                    "an object is expected",
                    {{"", "type", "Send {code, fact} or {code, token}."}});
    }
    for (const auto& [name, value] : request.items()) {
        if (name == "code") {
            read.code = text(value, "/code", fact_bytes_max);
        } else if (name == "token") {
            read.token = text(value, "/token", token_bytes_max);
        } else if (name == "fact") {
            if (!value.is_object() || value.size() != 1) {
                refuse("/fact", "fact", "Give one fact, for example {\"id_last6\": \"24001X\"}.");
            } else {
                read.fact_name = value.begin().key();
                const std::string at =
                    std::string("/fact/").append(pointer_segment(value.begin().key()));
                read.fact_value = text(value.begin().value(), at, fact_bytes_max);
            }
        } else {
            refuse("/" + pointer_segment(name),
                   "unknown",
                   "There is no such member; known are code, fact and token.");
        }
    }
    if (faults.empty() && !read.code && !read.token) {
        refuse("/code", "required", "Give the code that is printed on the document.");
    }
    if (read.token && read.fact_name) {
        refuse("/fact", "unknown", "A token needs no fact; send one of them.");
    }
    if (!faults.empty()) {
        throw Error(ErrorCode::Invalid, "the question is not right", std::move(faults));
    }
    return read;
}

/// Judged by the name alone, so that it tells nothing of the document, and not counted.
void refuse_mistyped(const std::string& name, const std::string& value) {
    const std::string kind = mistyped_kind(name, value);
    if (!kind.empty()) {
        const std::string at = "/fact/" + pointer_segment(name);
        const std::string detail =
            kind == "amount"
                ? "An amount is asked, digits with at most one point, for example 6050.56."
                : "The last characters of an ID number are asked, digits and letters only, for "
                  "example 24003X.";
        throw Error(ErrorCode::Malformed, detail, {{at, kind, detail}});
    }
}

}  // namespace

Verification::Verification(const ServiceParts& parts, Pace& pace)
    : parts_(parts),
      pace_(pace),
      files_(parts),
      token_keys_(token_keys_of(parts)),
      paper_(parts, lookups()) {}

Lookups Verification::lookups() {
    return {[this](const std::string& code) { return by_code(code); },
            [this](const std::string& code, const std::string& token) {
                return one_token(code, token);
            },
            [this](const std::string& token) {
                const auto facts = verify::check_token(token, token_keys_);
                return facts ? std::optional(facts->code) : std::nullopt;
            }};
}

Pace& Verification::real_pace() {
    static Pace pace;
    return pace;
}

/// RESERVED and VOID are as unknown as a code that never was.
std::optional<VerifiableDocument> Verification::visible_document(const std::string& code) {
    auto document = parts_.store.document_by_code(code);
    return document && visible(document->state) ? std::move(document) : std::nullopt;
}

/// Nothing takes back from what is no invoice.
ReversedSum Verification::reversed(const VerifiableDocument& document) {
    return document.type == "invoice" ? parts_.store.reversed(document.id) : ReversedSum{};
}

std::string Verification::tier0(const VerifiableDocument& document, const std::string& outcome) {
    return tier0_text(document,
                      titles_from_text(document.facts),
                      reversed(document),
                      outcome,
                      parts_.clock.now(),
                      parts_.compromised_certificates);
}

Json Verification::tier1(const VerifiableDocument& document, const std::string& proof) {
    if (document.state != DocumentState::Issued) {
        return Json::parse(
            tier0(document, status_word(document.state)));  // no amounts of what is not valid
    }
    const StoredFacts facts = facts_from_text(document.facts);
    const auto revisions = parts_.store.revisions(document.id);
    YINXIN_ASSERT(!revisions.empty());
    return VerificationAnswer(parts_.clock.now())
        .outcome("on_record")
        .names(document, facts, reversed(document))
        .marks(parts_.compromised_certificates)
        .shows(document, facts, to_hex(revisions.back().sha256), proof)
        .json();
}

Json Verification::by_code(const std::string& typed) {
    return Json::parse(text_by_code(typed).json);
}

CodeAnswer Verification::text_by_code(const std::string& typed) {
    const auto document = visible_document(read_verification_code(typed));
    if (!document) {
        return {not_verified(parts_.clock.now()).dump(), "not_verified"};
    }
    std::string outcome = outcome_word(document->state, "on_record");
    return {tier0(*document, outcome), std::move(outcome)};
}

Json Verification::by_fact(const Json& request) {
    const FactRequest read = read_request(request);
    const auto code = read.code ? std::optional(read_verification_code(*read.code)) : std::nullopt;
    if (read.token) {
        return one_token(code, *read.token);
    }
    if (read.fact_name) {
        refuse_mistyped(*read.fact_name, *read.fact_value);
        return one_fact(*code, *read.fact_name, *read.fact_value);
    }
    return by_code(*code);
}

/// The attempt is counted before the fact is looked at, for codes that exist and codes that do not.
/// What cannot be counted is not looked at: Error{StorageFull}. Attempts for one code go one after
/// the other, so that none counts as another's failure while it is not decided, and guesses at once
/// are not more than guesses in turn.
Json Verification::one_fact(const std::string& code,
                            const std::string& name,
                            const std::string& value) {
    const EvenTime same_time(pace_, fact_answer_time);
    const SingleFlight::Turn turn(attempts_, {code, ""});
    const Time now = parts_.clock.now();
    const FactLimits limits{parts_.config.limits.failed_facts_per_10_minutes,
                            parts_.config.limits.failed_facts_per_day};
    const auto attempt = parts_.store.begin_fact_attempt(code, limits, now);
    const auto document = visible_document(code);

    pdf::AskedFact asked;  // of an unknown document: nothing equals it
    if (document) {
        for (const pdf::AskedFact& fact : facts_from_text(document->facts).asked) {
            if (fact.name == name) {
                asked = fact;
            }
        }
    }
    const bool right = is_fact(asked, value);
    if (!attempt || !right) {
        return not_verified(now);
    }
    parts_.store.forgive_fact_attempt(*attempt);
    return tier1(*document, name);
}

Json Verification::one_token(const std::optional<std::string>& code, const std::string& token) {
    const auto facts = verify::check_token(token, token_keys_);
    // A genuine QR that was copied behind another address is not genuine.
    if (!facts || (code && *code != facts->code)) {
        return not_verified(parts_.clock.now());
    }
    const auto document = visible_document(facts->code);
    return document ? tier1(*document, "") : not_verified(parts_.clock.now());
}

Json Verification::by_file(ByteView file, const std::string& caller) {
    if (verify::paper::is_picture(file)) {
        if (auto answer = paper_.answer_picture(file, caller)) {
            return std::move(*answer);
        }
    }
    Json answer = files_.answer(file, caller);
    const bool bare = answer.at("integrity") == verify::to_text(verify::Integrity::Unsigned) &&
                      !answer.contains("document");
    if (bare) {  // without a seal it may be a scan
        if (auto scanned = paper_.answer_scan(file, caller, answer)) {
            return std::move(*scanned);
        }
    }
    return answer;
}

std::vector<pdf::AskedFact> Verification::askable(const std::string& typed) {
    const auto document = visible_document(read_verification_code(typed));
    if (!document) {
        return usual_facts();
    }
    auto asked = facts_from_text(document->facts).asked;
    for (pdf::AskedFact& fact : asked) {
        fact.expected.clear();
    }
    return asked;
}

}  // namespace yinxin::server
