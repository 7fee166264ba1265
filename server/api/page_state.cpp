// SPDX-License-Identifier: Apache-2.0
#include "server/api/page_state.h"

#include <map>

#include "common/time_text.h"
#include "server/api/handlers.h"

namespace yinxin::server {

std::string text_at(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string china_time(const std::string& rfc3339) {
    const auto time = parse_rfc3339(rfc3339);
    return time ? to_rfc3339(*time + std::chrono::hours(8)).replace(10, 1, " ").substr(0, 16) : "";
}

const Json& member(const Json& answer, const char* name) {
    static const Json nothing = Json::object();
    const auto found = answer.find(name);
    return found != answer.end() && found->is_object() ? *found : nothing;
}

bool is_report(const Json& answer) {
    return text_at(member(answer, "document"), "type") == report_type;
}

PageState state_by_code(const Json& answer, bool fact_given) {
    const std::string outcome = outcome_of(answer);
    if (outcome == "superseded")
        return {"superseded", "warn"};
    if (outcome == "revoked")
        return {"revoked", "bad"};
    if (outcome == "on_record" || outcome == "genuine")
        // However genuine the code is, it may be copied onto a forged sheet.
        return fact_given ? PageState{"matched", "warn"} : PageState{"valid", "warn"};
    return fact_given ? PageState{"no_match", "none"} : PageState{"not_found", "none"};
}

PageState state_by_file(const Json& answer) {
    const std::string outcome = outcome_of(answer);
    if (outcome == "genuine")
        return is_report(answer) ? PageState{"report_genuine", "warn"}
                                 : PageState{"genuine", "good"};
    if (outcome == "superseded")
        return {"superseded", "warn"};
    if (outcome == "altered" && text_at(answer, "integrity") == "invalid")
        return {"invalid", "bad"};
    if (outcome == "revoked" || outcome == "altered")
        return {outcome, "bad"};
    if (outcome == "sealed_elsewhere" && answer.contains("document"))
        return {"rewritten", "warn"};
    if (outcome == "sealed_elsewhere") {
        const auto issuer = answer.find("issuer");
        const bool trusted =
            issuer != answer.end() && issuer->is_object() && text_at(*issuer, "trusted") == "yes";
        return trusted ? PageState{"elsewhere_trusted", "warn"} : PageState{"elsewhere", "warn"};
    }
    const std::string integrity = text_at(answer, "integrity");
    if (integrity == "intact")
        return {"not_registered", "bad"};
    if (integrity == "unsigned" || integrity == "unreadable")
        return {integrity, "none"};
    return {"not_checked", "none"};
}

PageState state_by_picture(const Json& answer) {
    const std::string outcome = outcome_of(answer);
    // Of the document that the QR leads to: the sheet around it was not judged.
    if (outcome == "superseded")
        return {"paper_superseded", "warn"};
    if (outcome == "revoked")
        return {"paper_revoked", "bad"};
    const auto picture = answer.find("picture");
    const std::string found = picture == answer.end() ? "" : text_at(*picture, "found");
    if (found == "token" || found == "code") {
        if (outcome == "on_record")  // however genuine the QR is, the sheet around it may be forged
            return {"paper_" + found, "warn"};
        return {"paper_unknown", "none"};
    }
    if (found == "forged")
        return {"forged", "bad"};
    if (found == "other_code")
        return {"paper_other_code", "bad"};
    static const std::map<std::string, std::string> keys{{"no_code", "paper_no_code"},
                                                         {"other_address", "paper_elsewhere"},
                                                         {"several", "paper_several"},
                                                         {"none", "paper_no_qr"},
                                                         {"format", "paper_format"},
                                                         {"broken", "paper_broken"},
                                                         {"too_large", "paper_too_large"},
                                                         {"too_slow", "paper_too_large"}};
    const auto key = keys.find(found);
    return {key == keys.end() ? "not_checked" : key->second, "none"};
}

}  // namespace yinxin::server
