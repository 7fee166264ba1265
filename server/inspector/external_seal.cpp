// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/external_seal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "common/error.h"

namespace yinxin::server {
namespace {

using nlohmann::json;

constexpr std::size_t kTextBytesMax = 200;
constexpr int kMillimetresMax = 5000;

class Faults {
  public:
    void add(const std::string& pointer, const std::string& rule, const std::string& detail) {
        fields_.push_back({pointer, rule, detail});
    }
    void raise() const {
        if (!fields_.empty()) {
            throw Error(ErrorCode::Invalid,
                        "the seal cannot be set as asked: " + fields_.front().detail,
                        fields_);
        }
    }

  private:
    std::vector<FieldError> fields_;
};

std::optional<double> millimetres(std::string_view text) {
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
    return whole && std::isfinite(value) && value >= 0 && value <= kMillimetresMax
               ? std::optional(value)
               : std::nullopt;
}

void read_place(const json& given, ExternalSealRequest& request, Faults& faults) {
    const std::string text = given.is_string() ? given.get<std::string>() : "";
    const auto comma = text.find(',');
    if (text == "corner") {
        request.place.kind = pdf::WantedPlace::Kind::Corner;
    } else if (text == "invisible") {
        request.place.kind = pdf::WantedPlace::Kind::Invisible;
    } else if (comma != std::string::npos) {
        const std::string_view view(text);
        const auto x = millimetres(view.substr(0, comma)), y = millimetres(view.substr(comma + 1));
        request.place.kind = pdf::WantedPlace::Kind::At;
        request.place.x_mm = x.value_or(0);
        request.place.y_mm = y.value_or(0);
        if (x && y) {
            return;
        }
    }
    if (text != "corner" && text != "invisible") {
        faults.add("/place",
                   "place",
                   "place is corner, invisible, or X,Y: millimetres from the page's upper left "
                   "corner to the seal's");
    }
}

std::string text_of(const json& given, const char* name, Faults& faults) {
    const std::string text = given.is_string() ? given.get<std::string>() : "";
    const bool plain =
        std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < 0x20; });
    if (text.empty() || text.size() > kTextBytesMax || !plain) {
        faults.add(std::string("/") + name,
                   "length",
                   std::string(name) + " is a text of 1 to 200 bytes without control characters");
    }
    return text;
}

[[noreturn]] void not_as_agreed() {
    throw Error(ErrorCode::Refused,
                "unreadable: the process that read the file answered what cannot be");
}

json picture_to_json(const pdf::Picture& picture) {
    json out{{"width", picture.width},
             {"height", picture.height},
             {"content", to_base64url(picture.content)},
             {"resources", picture.resources}};
    if (picture.image) {
        out["image"] = {{"width", picture.image->width},
                        {"height", picture.image->height},
                        {"rgb", to_base64url(picture.image->rgb)},
                        {"alpha", to_base64url(picture.image->alpha)}};
    }
    return out;
}

pdf::Picture picture_from_json(const json& given) {
    pdf::Picture picture;
    picture.width = given.at("width");
    picture.height = given.at("height");
    picture.content = from_base64url(given.at("content").get<std::string>());
    picture.resources = given.at("resources");
    if (given.contains("image")) {
        const json& image = given.at("image");
        picture.image = pdf::PictureImage{image.at("width"),
                                          image.at("height"),
                                          from_base64url(image.at("rgb").get<std::string>()),
                                          from_base64url(image.at("alpha").get<std::string>())};
    }
    return picture;
}

}  // namespace

ExternalSealRequest external_seal_request(const json& given) {
    ExternalSealRequest request;
    Faults faults;
    for (const auto& [name, value] : given.items()) {
        if (name == "place") {
            read_place(value, request, faults);
        } else if (name == "page") {
            const bool good =
                value.is_number_integer() && value.get<std::int64_t>() >= 1 &&
                value.get<std::int64_t>() <= static_cast<std::int64_t>(limits::pdf_pages_max);
            request.place.page = good ? value.get<int>() : 0;
            if (!good) {
                faults.add("/page",
                           "page",
                           "page is a number from 1 to " + std::to_string(limits::pdf_pages_max) +
                               "; leave it out for the last");
            }
        } else if (name == "riding") {
            request.riding = value.is_boolean() && value.get<bool>();
            if (!value.is_boolean()) {
                faults.add("/riding", "boolean", "riding is true or false");
            }
        } else if (name == "seal") {
            request.use = text_of(value, "seal", faults);
        } else if (name == "reason") {
            request.reason = text_of(value, "reason", faults);
        } else {
            faults.add("/" + name,
                       "unknown",
                       "there is no such option; there are place, page, riding, seal, reason");
        }
    }
    faults.raise();
    return request;
}

json to_json(const SealWork& work) {
    return {{"place",
             {{"kind", static_cast<int>(work.place.kind)},
              {"page", work.place.page},
              {"x_mm", work.place.x_mm},
              {"y_mm", work.place.y_mm}}},
            {"riding", work.riding},
            {"picture", picture_to_json(work.picture)},
            {"contents_bytes", work.contents_bytes},
            {"sub_filter", work.sub_filter},
            {"signing_time", work.signing_time},
            {"name", work.name},
            {"reason", work.reason}};
}

SealWork seal_work_from_json(const json& given) {
    SealWork work;
    const json& place = given.at("place");
    work.place = {static_cast<pdf::WantedPlace::Kind>(place.at("kind").get<int>()),
                  place.at("page"),
                  place.at("x_mm"),
                  place.at("y_mm")};
    work.riding = given.at("riding");
    work.picture = picture_from_json(given.at("picture"));
    work.contents_bytes = given.at("contents_bytes");
    work.sub_filter = given.at("sub_filter");
    work.signing_time = given.at("signing_time");
    work.name = given.at("name");
    work.reason = given.at("reason");
    return work;
}

json to_json(const SealDraft& draft) {
    return {{"tail", to_base64url(draft.tail)},
            {"gap", {draft.gap_begin, draft.gap_end}},
            {"page", draft.page},
            {"free", draft.free},
            {"verdicts", draft.verdicts},
            {"notices", draft.notices}};
}

SealDraft seal_draft_from_json(const json& given) {
    SealDraft draft;
    draft.tail = from_base64url(given.at("tail").get<std::string>());
    draft.gap_begin = given.at("gap").at(0).get<std::uint64_t>();
    draft.gap_end = given.at("gap").at(1).get<std::uint64_t>();
    draft.page = given.at("page");
    draft.free = given.at("free");
    draft.verdicts = given.at("verdicts").get<std::vector<std::string>>();
    draft.notices = given.at("notices").get<std::vector<std::string>>();
    if (draft.verdicts.size() > limits::pdf_signatures_max ||
        draft.notices.size() > limits::faults_max) {
        throw Error(ErrorCode::Malformed, "more signatures or notices than a file can have");
    }
    return draft;
}

pdf::PreparedRevision joined(ByteView file, const SealDraft& draft, std::size_t contents_bytes) {
    const std::size_t size = file.size() + draft.tail.size();
    const bool inside = draft.gap_begin >= file.size() && draft.gap_begin < draft.gap_end &&
                        draft.gap_end < size &&
                        draft.gap_end - draft.gap_begin == 2 * contents_bytes + 2;
    if (!inside) {
        not_as_agreed();
    }
    pdf::PreparedRevision out;
    out.pdf.reserve(size);
    out.pdf.assign(file.begin(), file.end());
    out.pdf.insert(out.pdf.end(), draft.tail.begin(), draft.tail.end());
    out.byte_range = {0, draft.gap_begin, draft.gap_end, size - draft.gap_end};
    const ByteView token =
        ByteView(out.pdf).subspan(draft.gap_begin, draft.gap_end - draft.gap_begin);
    const ByteView zeros = token.subspan(1, token.size() - 2);
    if (token.front() != '<' || token.back() != '>' ||
        !std::all_of(zeros.begin(), zeros.end(), [](auto c) { return c == '0'; })) {
        not_as_agreed();
    }
    return out;
}

}  // namespace yinxin::server
