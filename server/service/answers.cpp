// SPDX-License-Identifier: Apache-2.0
#include "server/service/answers.h"

#include <string_view>

#include "common/json_text.h"
#include "common/time_text.h"

namespace yinxin::server {
namespace {

Json links(const Document& document, const std::string& public_url) {
    const std::string self = public_url + "/api/v1/documents/" + document.id;
    return {{"self", self}, {"pdf", self + "/pdf"}, {"verify", public_url + "/v/" + document.code}};
}

/// domain 8.2: 正常, 部分红冲, 全额红冲; "" for what is no invoice.
std::string reversal_word(const VerifiableDocument& document, const ReversedSum& reversed) {
    if (document.type != "invoice") {
        return "";
    }
    if (reversed.invoices == 0) {
        return "none";
    }
    return reversed.reversed_fen >= reversed.original_gross_fen ? "full" : "partial";
}

Json issuer_of(const VerifiableDocument& document) {
    return {{"name", document.signer_name},
            {"certificate_sha256", to_hex(document.signer_sha256)},
            {"trusted", verify::to_text(verify::Trust::Yes)},
            {"valid_at_sealing", true}};
}

Json issuer_unknown() {
    return {{"name", nullptr},
            {"certificate_sha256", nullptr},
            {"trusted", verify::to_text(verify::Trust::Unknown)},
            {"valid_at_sealing", nullptr}};
}

/// An object written member by member, in the order of the names, as a tree would be.
class ObjectText {
  public:
    explicit ObjectText(std::string& out) : out_(out) { out_ += '{'; }
    ObjectText& text(std::string_view name, std::string_view value) {
        begin(name);
        append_json_text(out_, value);
        return *this;
    }
    ObjectText& text_if_any(std::string_view name, std::string_view value) {
        return value.empty() ? *this : text(name, value);
    }
    ObjectText& truth(std::string_view name) {
        begin(name);
        out_ += "true";
        return *this;
    }
    template <typename Write>
    ObjectText& object(std::string_view name, const Write& write) {
        begin(name);
        ObjectText inner(out_);
        write(inner);
        inner.end();
        return *this;
    }
    void end() { out_ += '}'; }

  private:
    void begin(std::string_view name) {
        if (out_.back() != '{') {
            out_ += ',';
        }
        out_ += '"';
        out_ += name;
        out_ += "\":";
    }
    std::string& out_;
};

}  // namespace

Json issue_answer(const Document& document,
                  const RevisionInfo& first,
                  const std::string& public_url) {
    Json answer{{"id", document.id},
                {"number", document.number},
                {"code", document.code},
                {"type", document.type},
                {"status", status_word(DocumentState::Issued)},
                {"issued_at", to_rfc3339(document.issued_at)},
                {"sha256", to_hex(first.sha256)},
                {"links", links(document, public_url)}};
    if (!document.original.empty()) {
        answer["original"] = document.original;
    }
    if (!document.replaces.empty()) {
        answer["replaces"] = document.replaces;
    }
    return answer;
}

Json revision_answer(const RevisionInfo& revision) {
    return {{"n", revision.n},
            {"sha256", to_hex(revision.sha256)},
            {"size", revision.size_bytes},
            {"level", revision.level},
            {"at", to_rfc3339(revision.at)}};
}

Json document_answer(const Document& document,
                     const std::vector<RevisionInfo>& revisions,
                     const ReversedSum& reversed,
                     const std::string& public_url) {
    Json answer = issue_answer(document, revisions.front(), public_url);
    answer["status"] = status_word(document.state);
    if (document.status_at) {
        answer["status_at"] = to_rfc3339(*document.status_at);
        answer["status_reason"] = document.status_reason;
    }
    if (!document.replaced_by.empty()) {
        answer["replaced_by"] = document.replaced_by;
    }
    if (const std::string word = reversal_word(document, reversed); !word.empty()) {
        answer["reversal"] = word;
    }
    answer["sha256"] = to_hex(revisions.back().sha256);
    answer["pages"] = document.pages;
    if (!document.seal.empty()) {
        answer["seal"] = document.seal;
    }
    answer["form_version"] = document.form_version;
    answer["options"] = Json::parse(document.options);
    for (const RevisionInfo& revision : revisions) {
        answer["revisions"].push_back(revision_answer(revision));
    }
    return answer;
}

VerificationAnswer::VerificationAnswer(Time checked_at)
    : answer_{{"outcome", "not_verified"},
              {"integrity", verify::to_text(verify::Integrity::NotChecked)},
              {"status", "unknown"},
              {"issuer", issuer_unknown()},
              {"checked_at", to_rfc3339(checked_at)}} {}

VerificationAnswer& VerificationAnswer::outcome(const std::string& word) {
    answer_["outcome"] = word;
    return *this;
}

VerificationAnswer& VerificationAnswer::integrity(const std::string& word) {
    answer_["integrity"] = word;
    return *this;
}

VerificationAnswer& VerificationAnswer::names(const VerifiableDocument& document,
                                              const StoredFacts& facts,
                                              const ReversedSum& reversed) {
    answer_["status"] = status_word(document.state);
    if (document.status_at) {
        answer_["status_at"] = to_rfc3339(*document.status_at);
    }
    if (document.state == DocumentState::Revoked) {
        answer_["status_reason"] = revocation_word(document.status_reason);
    }
    answer_["issuer"] = issuer_of(document);
    answer_["document"] = {{"type", document.type},
                           {"title_zh", facts.title_zh},
                           {"title_en", facts.title_en},
                           {"issuer", document.issuer_organ},
                           {"issued_on", yinxin::to_text(day_in_china(document.issued_at))}};
    if (const std::string word = reversal_word(document, reversed); !word.empty()) {
        answer_["document"]["reversal"] = word;
    }
    return *this;
}

VerificationAnswer& VerificationAnswer::revision(int n) {
    answer_["document"]["revision"] = n;
    return *this;
}

VerificationAnswer& VerificationAnswer::number(const VerifiableDocument& document) {
    answer_["document"]["number"] = document.number;
    return *this;
}

VerificationAnswer& VerificationAnswer::shows(const VerifiableDocument& document,
                                              const StoredFacts& facts,
                                              const std::string& sha256,
                                              const std::string& proof) {
    number(document);
    answer_["document"]["pages"] = document.pages;
    answer_["document"]["sha256"] = sha256;
    answer_["facts"] = Json::array();
    for (const pdf::ShownFact& fact : facts.shown) {
        const bool closer =
            !fact.closer_value.empty() && !proof.empty() && fact.closer_after == proof;
        answer_["facts"].push_back({{"name", fact.name},
                                    {"label_zh", fact.label_zh},
                                    {"label_en", fact.label_en},
                                    {"value", closer ? fact.closer_value : fact.value}});
    }
    return *this;
}

VerificationAnswer& VerificationAnswer::checked(const verify::DocumentReport& report) {
    const Json seen = verify::to_json(report);
    answer_["integrity"] = verify::to_text(report.integrity);
    if (!report.signatures.empty()) {
        answer_["signatures"] = seen.at("signatures");
    }
    if (!report.findings.empty()) {
        answer_["findings"] = seen.at("findings");
    }
    const auto issuer = seen.find("issuer");
    answer_["issuer"] = issuer != seen.end() ? *issuer : issuer_unknown();
    return *this;
}

VerificationAnswer& VerificationAnswer::changed(const std::vector<ChangedPage>& pages) {
    const auto url = [](const Bytes& png) {
        return png.empty() ? Json() : Json("data:image/png;base64," + to_base64(png));
    };
    for (const ChangedPage& each : pages) {
        answer_["changes"].push_back(
            {{"page", each.page}, {"before", url(each.before)}, {"after", url(each.after)}});
    }
    return *this;
}

VerificationAnswer& VerificationAnswer::marks(
    const std::map<std::string, Time>& compromised_certificates) {
    Json& issuer = answer_["issuer"];
    const Json& sha256 = issuer.at("certificate_sha256");
    const auto mark = compromised_certificates.find(sha256.is_string() ? sha256 : "");
    if (mark != compromised_certificates.end()) {
        issuer["trusted"] = verify::to_text(verify::Trust::No);
        issuer["key"] = "compromised";
        issuer["compromised_at"] = to_rfc3339(mark->second);
    }
    return *this;
}

std::string outcome_word(DocumentState state, const std::string& valid) {
    return state == DocumentState::Issued ? valid : status_word(state);
}

Json not_verified(Time checked_at) {
    return VerificationAnswer(checked_at).json();
}

std::string tier0_text(const VerifiableDocument& document,
                       const Titles& titles,
                       const ReversedSum& reversed,
                       const std::string& outcome,
                       Time checked_at,
                       const std::map<std::string, Time>& compromised_certificates) {
    const std::string certificate = to_hex(document.signer_sha256);
    const auto mark = compromised_certificates.find(certificate);
    const bool marked = mark != compromised_certificates.end();
    std::string out;
    out.reserve(768);
    ObjectText answer(out);
    answer.text("checked_at", to_rfc3339(checked_at));
    answer.object("document", [&](ObjectText& o) {
        o.text("issued_on", yinxin::to_text(day_in_china(document.issued_at)))
            .text("issuer", document.issuer_organ)
            .text_if_any("reversal", reversal_word(document, reversed))
            .text("title_en", titles.en)
            .text("title_zh", titles.zh)
            .text("type", document.type);
    });
    answer.text("integrity", verify::to_text(verify::Integrity::NotChecked));
    answer.object("issuer", [&](ObjectText& o) {
        o.text("certificate_sha256", certificate);
        if (marked) {
            o.text("compromised_at", to_rfc3339(mark->second)).text("key", "compromised");
        }
        o.text("name", document.signer_name)
            .text("trusted", verify::to_text(marked ? verify::Trust::No : verify::Trust::Yes))
            .truth("valid_at_sealing");
    });
    answer.text("outcome", outcome).text("status", status_word(document.state));
    if (document.status_at) {
        answer.text("status_at", to_rfc3339(*document.status_at));
    }
    if (document.state == DocumentState::Revoked) {
        answer.text("status_reason", revocation_word(document.status_reason));
    }
    answer.end();
    return out;
}

}  // namespace yinxin::server
