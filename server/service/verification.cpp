// SPDX-License-Identifier: Apache-2.0
#include "server/service/verification.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "server/domain/verification_code.h"
#include "server/service/answers.h"
#include "server/service/facts.h"

namespace yinxin::server {
namespace {

/// Answers to a typed fact come after a multiple of this: right, wrong and unknown take the same
/// time, on a busy machine, too.
constexpr std::chrono::milliseconds fact_answer_time{50};
constexpr std::size_t fact_bytes_max = 64;
constexpr std::size_t token_bytes_max = 512;
constexpr std::size_t prefixes_max = 8;

class EvenTime {
  public:
    ~EvenTime() {
        const auto steps = (std::chrono::steady_clock::now() - begin_) / fact_answer_time + 1;
        std::this_thread::sleep_until(begin_ + steps * fact_answer_time);
    }
    EvenTime() = default;
    EvenTime(const EvenTime&) = delete;
    EvenTime& operator=(const EvenTime&) = delete;

  private:
    const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

std::vector<verify::TokenKey> keys_of(const keys::PrivateKey& key) {
    if (key.chain().empty()) {
        return {};
    }
    const Bytes spki = keys::Certificate::from_der(key.chain().front()).spki;
    return {{keys::short_key_id(spki), spki}};
}

std::string outcome_of(DocumentState state, const std::string& valid) {
    return state == DocumentState::Issued ? valid : status_word(state);
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
                read.fact_value =
                    text(value.begin().value(), "/fact/" + *read.fact_name, fact_bytes_max);
            }
        } else {
            refuse(
                "/" + name, "unknown", "There is no such member; known are code, fact and token.");
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

}  // namespace

Verification::Verification(const ServiceParts& parts)
    : parts_(parts), token_keys_(keys_of(parts.token_key)) {}

/// RESERVED and VOID are as unknown as a code that never was.
std::optional<Document> Verification::visible_document(const std::string& code) {
    auto document = parts_.store.document_by_code(code);
    return document && visible(document->state) ? std::move(document) : std::nullopt;
}

Json Verification::tier0(const Document& document, const std::string& outcome) {
    return VerificationAnswer(parts_.clock.now())
        .outcome(outcome)
        .names(document, facts_from_text(document.facts), parts_.store.reversed(document.id))
        .json();
}

Json Verification::tier1(const Document& document, const std::string& proof) {
    if (document.state != DocumentState::Issued) {
        return tier0(document, status_word(document.state));  // no amounts of what is not valid
    }
    const StoredFacts facts = facts_from_text(document.facts);
    const auto revisions = parts_.store.revisions(document.id);
    YINXIN_ASSERT(!revisions.empty());
    return VerificationAnswer(parts_.clock.now())
        .outcome("on_record")
        .names(document, facts, parts_.store.reversed(document.id))
        .shows(document, facts, to_hex(revisions.back().sha256), proof)
        .json();
}

Json Verification::by_code(const std::string& typed) {
    const auto document = visible_document(read_verification_code(typed));
    return document ? tier0(*document, outcome_of(document->state, "on_record"))
                    : not_verified(parts_.clock.now());
}

Json Verification::by_fact(const Json& request) {
    const FactRequest read = read_request(request);
    const auto code = read.code ? std::optional(read_verification_code(*read.code)) : std::nullopt;
    if (read.token) {
        return one_token(code, *read.token);
    }
    return read.fact_name ? one_fact(*code, *read.fact_name, *read.fact_value) : by_code(*code);
}

/// The attempt is counted before the fact is looked at, for codes that exist and codes that do not.
Json Verification::one_fact(const std::string& code,
                            const std::string& name,
                            const std::string& value) {
    const EvenTime same_time;
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

std::vector<pdf::AskedFact> Verification::askable(const std::string& typed) {
    const auto document = visible_document(read_verification_code(typed));
    if (!document) {
        return {{"id_last6",
                 "证件号码后六位",
                 "Last 6 characters of the ID number",
                 "",
                 "",
                 "id_tail",
                 ""},
                {"total", "金额合计", "Total amount", "", "", "amount", ""}};
    }
    auto asked = facts_from_text(document->facts).asked;
    for (pdf::AskedFact& fact : asked) {
        fact.expected.clear();
    }
    return asked;
}

Json Verification::by_file(ByteView file, const std::string& caller) {
    if (const auto revision = parts_.store.revision_by_sha256(keys::sha256(file))) {
        return registered_file(*revision);
    }
    const verify::DocumentReport report = parts_.inspector.inspect(file, caller);
    const bool intact = report.integrity == verify::Integrity::Intact;
    const bool altered = report.integrity == verify::Integrity::Altered ||
                         report.integrity == verify::Integrity::Invalid;
    VerificationAnswer answer(parts_.clock.now());
    if (intact || altered) {
        answer.outcome(intact ? "sealed_elsewhere" : "altered");
        if (const auto prefix = registered_prefix(file, report)) {
            const auto document = parts_.store.document(prefix->document_id, std::nullopt);
            YINXIN_ASSERT(document && visible(document->state));
            answer
                .names(*document,
                       facts_from_text(document->facts),
                       parts_.store.reversed(document->id))
                .revision(prefix->n);
            if (intact) {
                answer.outcome(outcome_of(document->state, "sealed_elsewhere"));
            }
        }
    }
    return answer.checked(report).json();
}

/// Byte for byte what was released. Tier 0 only: whoever holds the file has read it.
Json Verification::registered_file(const RevisionInfo& revision) {
    const auto document = parts_.store.document(revision.document_id, std::nullopt);
    YINXIN_ASSERT(document && visible(document->state));
    return VerificationAnswer(parts_.clock.now())
        .outcome(outcome_of(document->state, "genuine"))
        .integrity(verify::to_text(verify::Integrity::Intact))
        .names(*document, facts_from_text(document->facts), parts_.store.reversed(document->id))
        .revision(revision.n)
        .json();
}

/// The newest registered revision this file begins with.
std::optional<RevisionInfo> Verification::registered_prefix(ByteView file,
                                                            const verify::DocumentReport& report) {
    std::optional<RevisionInfo> found;
    const std::size_t count = std::min(report.revision_ends.size(), prefixes_max);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t end = report.revision_ends[i];
        if (end < file.size()) {
            if (auto revision = parts_.store.revision_by_sha256(keys::sha256(file.first(end)))) {
                found = std::move(revision);
            }
        }
    }
    return found;
}

}  // namespace yinxin::server
