// SPDX-License-Identifier: Apache-2.0
#include "server/api/web.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <thread>
#include <vector>

#include "tests/server/http/test_server.h"

namespace yinxin::server::test {
namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::filesystem::path kWeb = std::filesystem::path(YINXIN_SOURCE) / "server/web";

std::set<std::string> keys_of(const char* language) {
    std::set<std::string> keys;
    const auto texts =
        nlohmann::json::parse(read_file(kWeb / ("messages." + std::string(language) + ".json")));
    for (const auto& [key, text] : texts.items()) keys.insert(key);
    return keys;
}

TEST(Texts, AreTheSameInBothLanguages) {
    EXPECT_EQ(keys_of("zh-CN"), keys_of("en"));
}

TEST(Texts, ExistForEveryPlaceInTheTemplates) {
    const auto keys = keys_of("en");
    const std::regex place("\\{\\{[#^]?t\\.([a-z0-9_]+)\\}\\}");
    int places = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kWeb / "templates")) {
        const std::string text = read_file(entry.path());
        for (std::sregex_iterator it(text.begin(), text.end(), place), end; it != end;
             ++it, ++places)
            EXPECT_TRUE(keys.contains((*it)[1])) << entry.path() << ": " << (*it)[1];
    }
    EXPECT_GT(places, 50);
}

TEST(Templates, AreRenderedByManyThreadsAtOnce) {
    const Web web;
    const auto page = [&web](Language language) {
        kainjow::mustache::data values(kainjow::mustache::data::type::object);
        values.set("kind_name", "planted");
        return web.page("problem", language, values).body;
    };
    const std::string chinese = page(Language::Chinese), english = page(Language::English);
    ASSERT_NE(chinese, english);
    std::vector<std::jthread> readers;
    for (const auto& [language, expected] :
         {std::pair(Language::Chinese, chinese), std::pair(Language::English, english)})
        for (int i = 0; i < 4; ++i)
            readers.emplace_back([&page, language = language, expected = expected] {
                for (int n = 0; n < 50; ++n) ASSERT_EQ(page(language), expected);
            });
}

TEST(Templates, HoldNothingThatRenderingWouldChange) {
    for (const auto& entry : std::filesystem::directory_iterator(kWeb / "templates"))
        EXPECT_EQ(read_file(entry.path()).find("{{>"), std::string::npos) << entry.path();
}

TEST(LanguageOf, PrefersTheAddressThenTheBrowserThenChinese) {
    const auto language = [](const std::string& query, const std::string& accept) {
        RequestHead head;
        head.query = query;
        if (!accept.empty())
            head.fields.push_back({"accept-language", accept});
        return language_of(head);
    };
    EXPECT_EQ(language("", ""), Language::Chinese);
    EXPECT_EQ(language("lang=en", "zh-CN"), Language::English);
    EXPECT_EQ(language("lang=zh-CN", "en"), Language::Chinese);
    EXPECT_EQ(language("lang=xx", "en"), Language::English);
    EXPECT_EQ(language("", "en-US,en;q=0.9"), Language::English);
    EXPECT_EQ(language("", "zh-TW,zh;q=0.9,en;q=0.8"), Language::Chinese);
    EXPECT_EQ(language("", "en;q=0.2, zh;q=0.1"), Language::English);
    EXPECT_EQ(language("", "de, fr;q=0.9"), Language::Chinese);
    EXPECT_EQ(language("", ";;;q=,,en;q="), Language::Chinese);
}

TEST(StaticFiles, AreServedForGoodUnderTheirVersion) {
    TestServer server;
    server.start();
    const Web web;
    ASSERT_EQ(web.static_files().size(), 6u);
    for (const auto& file : web.static_files()) {
        const Answer named = server.get("/static/" + file.name + "?v=" + file.version);
        EXPECT_EQ(named.status, 200);
        EXPECT_EQ(named.body, file.content);
        EXPECT_EQ(named.field("content-type"), file.content_type);
        EXPECT_EQ(named.field("cache-control"), "public, max-age=31536000");
        EXPECT_EQ(server.get("/static/" + file.name + "?v=old").field("cache-control"),
                  "public, max-age=300");
        EXPECT_EQ(
            server.get("/static/" + file.name, "If-None-Match: " + named.field("etag") + "\r\n")
                .status,
            304);
    }
    EXPECT_EQ(server.get("/favicon.ico").field("content-type"), "image/svg+xml");
    EXPECT_EQ(server.get("/static/messages.en.json").status, 404);
}

}  // namespace
}  // namespace yinxin::server::test
