// SPDX-License-Identifier: Apache-2.0
// What is taken from a painter: few small PNGs of pages that can be.
#include "server/inspector/changed_pages.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/limits.h"

namespace yinxin::server {
namespace {

using nlohmann::json;

Bytes png(std::size_t bytes = 20) {
    Bytes out = to_bytes(as_bytes("\x89PNG\r\n\x1a\n"));
    out.resize(bytes);
    return out;
}

json two_pages() {
    return to_json({{1, png(), png()}, {20, {}, png(changed_picture_bytes_max)}});
}

bool is_refused(const json& answer) {
    try {
        changed_pages_from_json(answer);
        return false;
    } catch (const std::exception&) {
        return true;
    }
}

TEST(ChangedPages, ComeBackAsTheyWere) {
    const auto pages = changed_pages_from_json(two_pages());
    ASSERT_EQ(pages.size(), 2u);
    EXPECT_EQ(pages[0].page, 1);
    EXPECT_EQ(pages[0].before, png());
    EXPECT_EQ(pages[1].page, 20);
    EXPECT_TRUE(pages[1].before.empty());
    EXPECT_EQ(pages[1].after.size(), changed_picture_bytes_max);
    EXPECT_TRUE(changed_pages_from_json(to_json({})).empty());
}

TEST(ChangedPages, AreNothingElse) {
    const std::pair<const char*, std::function<void(json&)>> edits[] = {
        {"no list", [](json& j) { j = json::object(); }},
        {"a list alone", [](json& j) { j = j.at("pages"); }},
        {"page 0", [](json& j) { j["pages"][0]["page"] = 0; }},
        {"a page below", [](json& j) { j["pages"][0]["page"] = -1; }},
        {"a page beyond", [](json& j) { j["pages"][0]["page"] = limits::pdf_pages_max + 1; }},
        {"a page in words", [](json& j) { j["pages"][0]["page"] = "1"; }},
        {"four pages",
         [](json& j) {
             j["pages"] = json::array({j["pages"][0], j["pages"][0], j["pages"][0], j["pages"][0]});
         }},
        {"no picture at all",
         [](json& j) { j["pages"][0]["before"] = j["pages"][0]["after"] = ""; }},
        {"another format",
         [](json& j) { j["pages"][0]["after"] = to_base64url(as_bytes("<svg onload='x'>")); }},
        {"a cut signature", [](json& j) { j["pages"][0]["after"] = to_base64url(png(7)); }},
        {"too large",
         [](json& j) {
             j["pages"][0]["after"] = to_base64url(png(changed_picture_bytes_max + 1));
         }},
        {"not base64url", [](json& j) { j["pages"][0]["after"] = "data:image/png;base64,x"; }},
        {"a number", [](json& j) { j["pages"][0]["after"] = 7; }},
        {"a missing side", [](json& j) { j["pages"][0].erase("before"); }}};
    for (const auto& [name, edit] : edits) {
        json answer = two_pages();
        edit(answer);
        EXPECT_TRUE(is_refused(answer)) << name;
    }
}

}  // namespace
}  // namespace yinxin::server
