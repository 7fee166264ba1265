// SPDX-License-Identifier: Apache-2.0
#include "server/service/canonical_json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace yinxin::server {
namespace {

using nlohmann::json;

/// What it makes, or what it throws.
template <typename Write>
std::string outcome(const Write& write) {
    try {
        return write();
    } catch (const std::exception& error) {
        return std::string("throws: ") + error.what();
    }
}

void expect_as_dumped(const json& value) {
    EXPECT_EQ(outcome([&] { return canonical_json(value); }),
              outcome([&] { return value.dump(); }));
}

TEST(CanonicalJson, IsWhatDumpMakes) {
    expect_as_dumped(json::parse(R"({"b":[1,-2,{"a":"张三"},[],{}],"a":null,"":{"x":true,"y":false},
                                     "n":[0,9007199254740993,18446744073709551615,-9223372036854775808],
                                     "f":[1.0,0.1,1e300,-0.0,12345.678],"t":"line\nfeed \"quoted\" \\"})"));
    expect_as_dumped(json());
    expect_as_dumped("one text");
    expect_as_dumped(json::array({std::numeric_limits<double>::quiet_NaN(),
                                  json::binary({1, 2, 3}),
                                  json(json::value_t::discarded)}));
    expect_as_dumped(json::array({"{", "[", json::array({"["}), {{"{", "}"}}}));
}

TEST(CanonicalJson, EveryCharacterIsWrittenAsDumpWritesIt) {
    constexpr int follows[] = {
        0x00, 0x22, 0x41, 0x5c, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    for (int first = 0; first < 256; ++first) {
        const std::string one(1, static_cast<char>(first));
        expect_as_dumped(one);
        for (const int second : follows) {
            const std::string two = one + static_cast<char>(second);
            expect_as_dumped(two);
            for (const int third : follows) {
                const std::string three = two + static_cast<char>(third);
                expect_as_dumped(three);
                expect_as_dumped(three + '\x80');
            }
        }
    }
    expect_as_dumped({{"a name that is no text \xff", 1}});
}

TEST(CanonicalJson, AnyTextIsWrittenAsDumpWritesIt) {
    const std::vector<std::string> pieces{"a",
                                          "\"",
                                          "\\",
                                          "\n",
                                          "\x7f",
                                          "\x01",
                                          "é",
                                          "中",
                                          "，",
                                          "\u2028",
                                          "𠮷",
                                          "\xed\xa0\x80",
                                          "\xe4\xb8",
                                          "\xf4\x90\x80\x80",
                                          "\xc0\xaf",
                                          " "};
    std::mt19937 chance(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto size = chance() % 6; size > 0; --size) {
            text += pieces[chance() % pieces.size()];
        }
        expect_as_dumped({{text, text}});
    }
}

}  // namespace
}  // namespace yinxin::server
