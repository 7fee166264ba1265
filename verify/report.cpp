// SPDX-License-Identifier: Apache-2.0
#include "verify/report.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/time_text.h"
#include "verify/cbor_reader.h"

namespace yinxin::verify {

namespace {

using Json = nlohmann::json;

template <typename T>
struct Word {
    T value;
    const char* text;
};

constexpr std::array kVerdicts{Word<Verdict>{Verdict::Intact, "intact"},
                               Word<Verdict>{Verdict::Modified, "modified"},
                               Word<Verdict>{Verdict::Broken, "broken"},
                               Word<Verdict>{Verdict::Malformed, "malformed"},
                               Word<Verdict>{Verdict::Undecided, "undecided"}};
constexpr std::array kIntegrities{Word<Integrity>{Integrity::Intact, "intact"},
                                  Word<Integrity>{Integrity::Altered, "altered"},
                                  Word<Integrity>{Integrity::Invalid, "invalid"},
                                  Word<Integrity>{Integrity::Unsigned, "unsigned"},
                                  Word<Integrity>{Integrity::Unreadable, "unreadable"},
                                  Word<Integrity>{Integrity::NotChecked, "not_checked"}};
constexpr std::array kTrusts{Word<Trust>{Trust::Yes, "yes"},
                             Word<Trust>{Trust::No, "no"},
                             Word<Trust>{Trust::Unknown, "unknown"}};
constexpr std::array kWeights{Word<Finding::Weight>{Finding::Weight::Note, "note"},
                              Word<Finding::Weight>{Finding::Weight::Warning, "warning"},
                              Word<Finding::Weight>{Finding::Weight::Fault, "fault"}};

template <typename Table, typename T>
const char* word_of(const Table& table, T value) {
    return std::find_if(
               table.begin(), table.end(), [&](const auto& each) { return each.value == value; })
        ->text;
}

template <typename Table>
auto value_of(const Table& table, const std::string& text) {
    const auto found = std::find_if(
        table.begin(), table.end(), [&](const auto& each) { return text == each.text; });
    if (found == table.end()) {
        throw Error(ErrorCode::Malformed, "report: unknown word " + text);
    }
    return found->value;
}

// The length of a report does not depend on who made the file.
constexpr std::size_t kFindingsMax = 100;
constexpr std::size_t kTextBytesMax = 400;

/// Names out of a file are bytes, and as long as its maker likes; JSON wants UTF-8.
std::string shown_text(const std::string& text) {
    std::string shown = text;
    if (shown.size() > kTextBytesMax) {
        constexpr std::string_view kCut = "...";  // within the length: shown again it is the same
        std::size_t end = kTextBytesMax - kCut.size();
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
            --end;  // not inside a character
        }
        shown.replace(end, std::string::npos, kCut);
    }
    if (is_utf8(shown)) {
        return shown;
    }
    std::replace_if(
        shown.begin(),
        shown.end(),
        [](char c) { return static_cast<unsigned char>(c) >= 0x80; },
        '?');
    return shown;
}

Json finding_to_json(const Finding& finding) {
    return {{"weight", word_of(kWeights, finding.weight)},
            {"code", shown_text(finding.code)},
            {"detail", shown_text(finding.detail)}};
}

/// All of them, or as many as there is room for, the heaviest first, and how many are not there.
Json findings_to_json(const std::vector<Finding>& findings) {
    Json list = Json::array();
    if (findings.size() <= kFindingsMax + 1) {
        std::transform(findings.begin(), findings.end(), std::back_inserter(list), finding_to_json);
        return list;
    }
    for (const auto weight :
         {Finding::Weight::Fault, Finding::Weight::Warning, Finding::Weight::Note}) {
        for (const Finding& each : findings) {
            if (each.weight == weight && list.size() < kFindingsMax) {
                list.push_back(finding_to_json(each));
            }
        }
    }
    const std::string left_out = std::to_string(findings.size() - kFindingsMax);
    list.push_back(finding_to_json(
        {Finding::Weight::Note, "more_findings", left_out + " more findings are left out"}));
    return list;
}

std::vector<Finding> findings_from_json(const Json& list) {
    std::vector<Finding> findings;
    for (const Json& each : list) {
        findings.push_back({value_of(kWeights, each.at("weight").get<std::string>()),
                            each.at("code"),
                            each.at("detail")});
    }
    return findings;
}

Json signer_to_json(const SignerReport& signer) {
    return {{"name", shown_text(signer.name)},
            {"certificate_sha256", to_hex(signer.certificate_sha256)},
            {"trusted", to_text(signer.trusted)},
            {"valid_at_sealing", signer.valid_at_sealing}};
}

SignerReport signer_from_json(const Json& json) {
    SignerReport signer;
    signer.name = json.at("name");
    signer.certificate_sha256 = from_hex(json.at("certificate_sha256").get<std::string>());
    signer.trusted = value_of(kTrusts, json.at("trusted").get<std::string>());
    signer.valid_at_sealing = json.at("valid_at_sealing");
    return signer;
}

Json signature_to_json(const SignatureReport& signature) {
    Json json = {{"field", shown_text(signature.field)},
                 {"sub_filter", shown_text(signature.sub_filter)},
                 {"verdict", to_text(signature.verdict)},
                 {"indication", signature.indication},
                 {"sub_indication", signature.sub_indication},
                 {"level", signature.level},
                 {"certifies", signature.certifies},
                 {"signed_bytes", signature.signed_bytes},
                 {"gap", {signature.gap_begin, signature.gap_end}},
                 {"findings", findings_to_json(signature.findings)}};
    if (signature.doc_mdp) {
        json["doc_mdp"] = *signature.doc_mdp;
    }
    if (signature.claimed_time) {
        json["claimed_time"] = to_rfc3339(*signature.claimed_time);
    }
    if (signature.signer) {
        json["signer"] = signer_to_json(*signature.signer);
    }
    return json;
}

SignatureReport signature_from_json(const Json& json) {
    SignatureReport signature;
    signature.field = json.at("field");
    signature.sub_filter = json.at("sub_filter");
    signature.verdict = value_of(kVerdicts, json.at("verdict").get<std::string>());
    signature.indication = json.at("indication");
    signature.sub_indication = json.at("sub_indication");
    signature.level = json.at("level");
    signature.certifies = json.at("certifies");
    signature.signed_bytes = json.at("signed_bytes");
    signature.gap_begin = json.at("gap").at(0);
    signature.gap_end = json.at("gap").at(1);
    signature.findings = findings_from_json(json.at("findings"));
    if (json.contains("doc_mdp")) {
        signature.doc_mdp = json.at("doc_mdp").get<int>();
    }
    if (json.contains("claimed_time")) {
        signature.claimed_time = parse_rfc3339(json.at("claimed_time").get<std::string>());
        if (!signature.claimed_time) {
            throw Error(ErrorCode::Malformed, "report: claimed_time is no time");
        }
    }
    if (json.contains("signer")) {
        signature.signer = signer_from_json(json.at("signer"));
    }
    return signature;
}

/// The seal people ask about: the certification, else the first signature with a signer.
const SignatureReport* issuing(const std::vector<SignatureReport>& signatures) {
    const auto pick = [&](auto wanted) -> const SignatureReport* {
        const auto found = std::find_if(signatures.begin(), signatures.end(), wanted);
        return found == signatures.end() ? nullptr : &*found;
    };
    const auto* certification =
        pick([](const SignatureReport& each) { return each.certifies && each.signer; });
    return certification != nullptr ? certification : pick([](const SignatureReport& each) {
        return each.signer && each.sub_filter != "ETSI.RFC3161";
    });
}

}  // namespace

std::string to_text(Verdict verdict) {
    return word_of(kVerdicts, verdict);
}
std::string to_text(Integrity integrity) {
    return word_of(kIntegrities, integrity);
}
std::string to_text(Trust trust) {
    return word_of(kTrusts, trust);
}

Integrity integrity_of(const std::vector<SignatureReport>& signatures) {
    if (signatures.empty()) {
        return Integrity::Unsigned;
    }
    const auto any = [&](Verdict verdict) {
        return std::any_of(signatures.begin(), signatures.end(), [&](const SignatureReport& each) {
            return each.verdict == verdict;
        });
    };
    if (any(Verdict::Malformed) || any(Verdict::Broken)) {
        return Integrity::Invalid;
    }
    if (any(Verdict::Modified)) {
        return Integrity::Altered;
    }
    return any(Verdict::Undecided) ? Integrity::NotChecked : Integrity::Intact;
}

nlohmann::json to_json(const DocumentReport& report) {
    Json signatures = Json::array();
    for (const SignatureReport& each : report.signatures) {
        signatures.push_back(signature_to_json(each));
    }
    Json json = {{"integrity", to_text(report.integrity)},
                 {"signatures", std::move(signatures)},
                 {"findings", findings_to_json(report.findings)},
                 {"revision_ends", report.revision_ends},
                 {"pages", report.pages}};
    if (const SignatureReport* seal = issuing(report.signatures);
        seal != nullptr && seal->holds()) {
        json["issuer"] = signer_to_json(*seal->signer);
    }
    for (const RevocationWanted& each : report.revocation_wanted) {
        json["revocation_wanted"].push_back(
            {to_base64url(each.certificate), to_base64url(each.issuer)});
    }
    return json;
}

DocumentReport report_from_json(const nlohmann::json& json) {
    try {
        DocumentReport report;
        report.integrity = value_of(kIntegrities, json.at("integrity").get<std::string>());
        for (const Json& each : json.at("signatures")) {
            report.signatures.push_back(signature_from_json(each));
        }
        report.findings = findings_from_json(json.at("findings"));
        report.revision_ends = json.at("revision_ends").get<std::vector<std::size_t>>();
        report.pages = json.at("pages");
        for (const Json& each : json.value("revocation_wanted", Json::array())) {
            report.revocation_wanted.push_back({from_base64url(each.at(0).get<std::string>()),
                                                from_base64url(each.at(1).get<std::string>())});
        }
        return report;
    } catch (const Json::exception& error) {
        throw Error(ErrorCode::Malformed, std::string("report: ") + error.what());
    }
}

}  // namespace yinxin::verify
