// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/reading.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::verify::paper {
namespace {

using nlohmann::json;
using State = Reading::State;

constexpr std::array<std::pair<State, const char*>, 5> kStates{{{State::Read, "read"},
                                                                {State::NoPicture, "no_picture"},
                                                                {State::Broken, "broken"},
                                                                {State::TooLarge, "too_large"},
                                                                {State::TooSlow, "too_slow"}}};

const char* word_of(State state) {
    const auto found = std::find_if(
        kStates.begin(), kStates.end(), [state](const auto& each) { return each.first == state; });
    YINXIN_ASSERT(found != kStates.end());
    return found->second;
}

[[noreturn]] void not_as_agreed(const char* what) {
    throw Error(ErrorCode::Malformed, std::string("a reading of paper with ") + what);
}

}  // namespace

bool is_picture(ByteView file) {
    const std::string_view text = as_text(file);
    if (text.starts_with("\xFF\xD8\xFF") || text.starts_with("\x89PNG\r\n\x1A\n")) {
        return true;
    }
    // ISO/IEC 14496-12, 4.3: length, "ftyp", main brand
    constexpr std::array<std::string_view, 8> kBrands{
        "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"};
    return text.size() >= 12 && text.substr(4, 4) == "ftyp" &&
           std::find(kBrands.begin(), kBrands.end(), text.substr(8, 4)) != kBrands.end();
}

bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= limits::paper_text_bytes_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

json to_json(const Reading& reading) {
    return {{"state", word_of(reading.state)},
            {"texts", reading.texts},
            {"others", reading.others},
            {"not_read", reading.not_read}};
}

Reading reading_from_json(const json& given) {
    Reading reading;
    const auto word = given.at("state").get<std::string>();
    const auto state = std::find_if(
        kStates.begin(), kStates.end(), [&word](const auto& each) { return word == each.second; });
    if (state == kStates.end()) {
        not_as_agreed("an unknown state");
    }
    reading.state = state->first;
    reading.texts = given.at("texts").get<std::vector<std::string>>();
    reading.others = given.at("others").get<int>();
    reading.not_read = given.at("not_read").get<int>();
    if (reading.texts.size() > limits::paper_texts_max ||
        !std::all_of(reading.texts.begin(), reading.texts.end(), is_plain)) {
        not_as_agreed("more, longer or other texts than a picture may have");
    }
    if (reading.others < 0 || reading.not_read < 0) {
        not_as_agreed("a negative number of pictures or symbols");
    }
    return reading;
}

}  // namespace yinxin::verify::paper
