// SPDX-License-Identifier: Apache-2.0
#include "server/service/paper_verification.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/error.h"
#include "server/domain/verification_code.h"
#include "server/service/answers.h"

namespace yinxin::server {
namespace {

using verify::paper::Reading;

/// What was found in the picture: the words of "picture"/"found", and each in a sentence.
const std::map<std::string, std::string>& sentences() {
    static const std::map<std::string, std::string> all{
        {"token",
         "The QR code was made by this issuer. The picture itself was not judged: compare each "
         "line "
         "with the paper."},
        {"code",
         "The QR code holds a verification code and no signed facts. The picture itself was not "
         "judged; ask with one fact from the paper to see what is on record."},
        {"forged",
         "The QR code names this site, but the signature in it does not hold: this issuer did not "
         "make it."},
        {"other_code",
         "The signed facts in the QR code belong to another document than its verification code."},
        {"no_code",
         "The QR code leads to this site, but not to a document: this issuer prints no such code "
         "on one."},
        {"other_address", "There is a QR code, but it does not lead to this site."},
        {"several",
         "There are QR codes of several documents; send a picture of one document at a time."},
        {"none",
         "No QR code was found. Take the picture again, closer, flat and in even light, or enter "
         "the "
         "verification code."},
        {"format",
         "The pages of the scan are in a format that is not read; scan to JPEG or PNG, or to a PDF "
         "with JPEG."},
        {"broken", "The picture cannot be read: it is damaged or cut off."},
        {"too_large", "The picture is larger than is read; send it with fewer pixels."},
        {"too_slow",
         "The picture could not be read in the time allowed; send it with fewer pixels."}};
    return all;
}

Json line(const char* name, const char* zh, const char* en, const std::string& value) {
    return {{"name", name}, {"label_zh", zh}, {"label_en", en}, {"value", value}};
}

/// What the register says, line by line as it stands on the paper.
Json lines_to_compare(const Json& answer, const std::string& code) {
    const Json& document = answer.at("document");
    Json lines = Json::array();
    const auto add = [&](const char* member, const char* name, const char* zh, const char* en) {
        const auto found = document.find(member);
        if (found != document.end()) {
            lines.push_back(
                line(name, zh, en, found->is_string() ? found->get<std::string>() : found->dump()));
        }
    };
    lines.push_back(line("code", "验证码", "Verification code", print_verification_code(code)));
    add("title_zh", "type", "文件种类", "Kind of document");
    add("issuer", "issuer", "出具机关", "Issued by");
    add("number", "number", "编号", "Number");
    bool pages_shown = false;  // most types have them among their facts
    for (const Json& fact : answer.value("facts", Json::array())) {
        lines.push_back(fact);
        pages_shown = pages_shown || fact.at("name") == "pages";
    }
    if (!pages_shown) {
        add("pages", "pages", "页数", "Pages");
    }
    return lines;
}

/// What is to be said of a picture in which nothing leads here.
std::string what_else(const Reading& reading) {
    switch (reading.state) {
        case Reading::State::Broken:
            return "broken";
        case Reading::State::TooLarge:
            return "too_large";
        case Reading::State::TooSlow:
            return "too_slow";
        default:
            break;
    }
    if (!reading.texts.empty() || reading.others > 0) {
        return "other_address";
    }
    return reading.not_read > 0 ? "format" : "none";
}

Json with_picture(Json answer, const std::string& found) {
    answer["picture"] = {{"judged", false}, {"found", found}, {"detail", sentences().at(found)}};
    return answer;
}

Json with_lines(Json answer, const std::string& found, const std::string& code) {
    if (answer.at("outcome") == "on_record") {
        answer["compare"] = lines_to_compare(answer, code);
    }
    return with_picture(std::move(answer), found);
}

}  // namespace

PaperVerification::PaperVerification(const ServiceParts& parts, Lookups lookups)
    : parts_(parts), lookups_(std::move(lookups)), prefix_(parts.config.public_url + "/v/") {}

std::optional<Json> PaperVerification::answer_picture(ByteView file, const std::string& caller) {
    const Reading reading = parts_.inspector.read_paper(file, prefix_, caller);
    if (reading.state == Reading::State::NoPicture) {
        return std::nullopt;
    }
    return answer(reading, not_verified(parts_.clock.now()));
}

std::optional<Json> PaperVerification::answer_scan(ByteView file,
                                                   const std::string& caller,
                                                   const Json& unsealed) {
    Reading reading;
    try {
        reading = parts_.inspector.read_paper(file, prefix_, caller);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Unavailable) {
            throw;
        }
        return std::nullopt;  // that it has no seal is known without
    }
    if (reading.state != Reading::State::Read) {
        return std::nullopt;
    }
    return answer(reading, unsealed);
}

std::optional<PaperVerification::Address> PaperVerification::address_in(
    const std::string& text) const {
    if (text.starts_with(prefix_)) {
        const std::string rest = text.substr(prefix_.size());
        const auto hash = rest.find('#');
        // An address is typed and shared with a language or a slash behind the code.
        return Address{rest.substr(0, std::min(hash, rest.find_first_of("?/"))),
                       hash == std::string::npos ? "" : rest.substr(hash + 1)};
    }
    try {
        return Address{read_verification_code(text), ""};
    } catch (const Error&) {
        return std::nullopt;
    }
}

Json PaperVerification::answer(const Reading& reading, Json otherwise) {
    const auto without = [&](const std::string& found) {
        return with_picture(not_verified(parts_.clock.now()), found);
    };
    std::set<std::string> codes, tokens;
    bool impossible = false;
    for (const std::string& text : reading.texts) {
        if (const auto address = address_in(text)) {
            try {
                codes.insert(read_verification_code(address->code));
            } catch (const Error&) {  // no misreading: a symbol corrects itself or is not read
                impossible = true;
            }
            if (!address->token.empty()) {
                tokens.insert(address->token);
            }
        }
    }
    if (codes.empty() && !impossible) {
        return with_picture(std::move(otherwise), what_else(reading));
    }
    if (codes.size() > 1) {
        return without("several");
    }
    if (impossible && tokens.empty()) {
        return without("no_code");
    }
    if (impossible || tokens.size() > 1) {  // a document has one token: another one is forged
        return without("forged");
    }
    const std::string& code = *codes.begin();
    if (tokens.empty()) {
        return with_lines(lookups_.by_code(code), "code", code);
    }
    const std::string& token = *tokens.begin();
    const auto inside = lookups_.code_in(token);
    if (!inside) {
        return without("forged");
    }
    if (*inside != code) {
        return without("other_code");
    }
    return with_lines(lookups_.by_token(code, token), "token", code);
}

}  // namespace yinxin::server
