// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/reading.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::verify::paper {
namespace {

TEST(Reading, KnowsPicturesByTheirFirstBytes) {
    using namespace std::string_literals;
    for (const std::string& picture : {"\xFF\xD8\xFF\xE0"s,
                                       "\x89PNG\r\n\x1A\n"s,
                                       "\0\0\0\x18"
                                       "ftypheic\0\0\0\0"s,
                                       "\0\0\0\x18"
                                       "ftypmif1"s}) {
        EXPECT_TRUE(is_picture(as_bytes(picture)));
    }
    for (const std::string& other : {""s,
                                     "%PDF-1.7"s,
                                     "\xFF\xD8"s,
                                     "\x89PNG"s,
                                     "\0\0\0\x18"
                                     "ftypavif\0\0\0\0"s,
                                     "\0\0\0\x18"
                                     "ftyphei"s,
                                     "GIF89a"s}) {
        EXPECT_FALSE(is_picture(as_bytes(other))) << other;
    }
}

TEST(Reading, GoesThereAndBack) {
    using State = Reading::State;
    for (const State state :
         {State::Read, State::NoPicture, State::Broken, State::TooLarge, State::TooSlow}) {
        const Reading reading{state, {"one", "two two"}, 3, 4};
        const Reading back = reading_from_json(to_json(reading));
        EXPECT_EQ(back.state, state);
        EXPECT_EQ(back.texts, reading.texts);
        EXPECT_EQ(back.others, 3);
        EXPECT_EQ(back.not_read, 4);
    }
}

TEST(Reading, WhatAReaderThatWasTakenOverAnswersIsNotBelieved) {
    const nlohmann::json good = to_json({Reading::State::Read, {"text"}, 0, 0});
    const auto with = [&good](const char* name, const nlohmann::json& value) {
        nlohmann::json changed = good;
        changed[name] = value;
        return changed;
    };
    const std::string longest(limits::paper_text_bytes_max, 'x');
    EXPECT_NO_THROW(reading_from_json(with("texts", {longest})));
    for (const nlohmann::json& wrong :
         {with("texts", {longest + "x"}),
          with("texts", {"tab\t"}),
          with("texts", {"\xE5\x8D\xB0"}),
          with("texts", {""}),
          with("texts", std::vector<std::string>(limits::paper_texts_max + 1, "x")),
          with("state", "fine"),
          with("others", -1),
          with("not_read", -1)}) {
        EXPECT_THROW(reading_from_json(wrong), Error) << wrong;
    }
    EXPECT_THROW(reading_from_json(with("texts", 5)), nlohmann::json::exception);
    EXPECT_THROW(reading_from_json(nlohmann::json::object()), nlohmann::json::exception);
}

}  // namespace
}  // namespace yinxin::verify::paper
