// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "pdf/form.h"
#include "tests/pdf/form_samples.h"

namespace yinxin::pdf {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kShipped = 4;
using testing::HasSubstr;

/// A copy of the shipped certificate under another name.
void put_form(const fs::path& root, const std::string& type, const std::string& version) {
    const fs::path from = fs::path(YINXIN_FORMS) / "tax-paid-certificate" / "1";
    const fs::path to = root / type / version;
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
        fs::copy_file(
            entry.path(), to / entry.path().filename(), fs::copy_options::overwrite_existing);
    }
    Json form = json_file(to / "form.json");
    form["type"] = type;
    form["version"] = version;
    form["title_en"] = type + " " + version;
    form["number"]["pattern"] = type + "{yyyy}{serial:8}";
    write_text(to / "form.json", form.dump());
}

std::string not_found(FormLibrary& library, const std::string& type) {
    try {
        library.current(type);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::NotFound);
        return error.what();
    }
    return "found";
}

TEST(FormLibrary, KnowsTheShippedTypes) {
    FormLibrary library({YINXIN_FORMS});
    EXPECT_EQ(library.all().size(), kShipped);
    EXPECT_TRUE(library.faults().empty());
    EXPECT_EQ(library.current("invoice")->title_zh(), "电子发票");
    EXPECT_EQ(library.version("invoice", "1")->version(), "1");
    EXPECT_THAT(
        not_found(library, "passport"),
        HasSubstr("invoice, tax-paid-certificate, tax-payment-record, verification-report"));
    EXPECT_THROW(library.version("invoice", "2"), Error);
    EXPECT_THROW(library.version("passport", "1"), Error);
}

TEST(FormLibrary, FindsATypeThatIsDroppedIn) {
    const TemporaryFolder root;
    FormLibrary library({YINXIN_FORMS, root.path()});
    EXPECT_THAT(not_found(library, "water-bill"), HasSubstr("no document type"));
    put_form(root.path(), "water-bill", "1");
    EXPECT_EQ(library.current("water-bill")->title_en(), "water-bill 1");
    EXPECT_EQ(library.all().size(), kShipped + 1);
}

TEST(FormLibrary, TakesTheHighestVersionAsSoonAsItIsThere) {
    const TemporaryFolder root;
    put_form(root.path(), "water-bill", "9");
    FormLibrary library({root.path()});
    EXPECT_EQ(library.current("water-bill")->version(), "9");
    put_form(root.path(), "water-bill", "10");
    EXPECT_EQ(library.current("water-bill")->version(), "10");
    EXPECT_EQ(library.version("water-bill", "9")->version(), "9");
}

TEST(FormLibrary, LooksAgainAtAFaultyFolder) {
    const TemporaryFolder root;
    put_form(root.path(), "water-bill", "1");
    FormLibrary library({root.path()});
    write_text(root.path() / "water-bill" / "2" / "form.json", "{");
    EXPECT_EQ(library.current("water-bill")->version(), "1")
        << "a broken version does not hide the others";
    ASSERT_FALSE(library.faults().empty());
    EXPECT_THAT(library.faults()[0].file, HasSubstr("water-bill/2/"));
    put_form(root.path(), "water-bill", "2");
    EXPECT_EQ(library.current("water-bill")->version(), "2");
    EXPECT_TRUE(library.faults().empty());
}

TEST(FormLibrary, SaysWhatIsWrongWithATypeThatCannotBeIssued) {
    const TemporaryFolder root;
    put_form(root.path(), "water-bill", "1");
    put_form(root.path(), "gas-bill", "1");
    const fs::path file = root.path() / "water-bill" / "1" / "layout.json";
    Json layout = json_file(file);
    layout["elements"][0]["box"] = {1, 1, 300, 5};
    write_text(file, layout.dump());
    FormLibrary library({root.path()});
    const std::vector<std::function<void()>> asks = {[&] { library.current("water-bill"); },
                                                     [&] { library.version("water-bill", "1"); }};
    for (const auto& ask : asks) {
        try {
            ask();
            FAIL();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Unavailable);
            ASSERT_EQ(error.fields().size(), 1u);
            EXPECT_EQ(error.fields()[0].pointer, "/elements/0/box");
            EXPECT_THAT(error.fields()[0].detail,
                        HasSubstr("layout.json: reaches beyond the page"));
            EXPECT_THAT(error.what(), HasSubstr("/elements/0/box in layout.json"));
            EXPECT_THAT(error.what(), testing::Not(HasSubstr(root.path().string())));
        }
    }
    EXPECT_EQ(library.current("gas-bill")->version(), "1");
    put_form(root.path(), "water-bill", "1");
    EXPECT_EQ(library.current("water-bill")->version(), "1") << "mended, it issues";
}

TEST(FormLibrary, KeepsAVersionItHasLoadedUntilARescan) {
    const TemporaryFolder root;
    put_form(root.path(), "water-bill", "1");
    FormLibrary library({root.path()});
    Json form = json_file(root.path() / "water-bill" / "1" / "form.json");
    form["title_en"] = "changed";
    write_text(root.path() / "water-bill" / "1" / "form.json", form.dump(1));
    put_form(root.path(), "gas-bill", "1");
    EXPECT_EQ(library.current("gas-bill")->title_en(), "gas-bill 1");
    EXPECT_EQ(library.current("water-bill")->title_en(), "water-bill 1");
    library.rescan();
    EXPECT_EQ(library.current("water-bill")->title_en(), "changed");
    write_text(root.path() / "water-bill" / "1" / "form.json", "broken");
    library.rescan();
    EXPECT_EQ(library.current("water-bill")->title_en(), "changed")
        << "the old one stays when nothing loads";
    EXPECT_FALSE(library.faults().empty());
}

TEST(FormLibrary, PassesOverFoldersBeingPutInPlace) {
    const TemporaryFolder root;
    put_form(root.path(), "water-bill", "1");
    fs::rename(root.path() / "water-bill", root.path() / ".water-bill");
    FormLibrary library({root.path(), root.path() / "missing"});
    EXPECT_TRUE(library.all().empty());
    EXPECT_TRUE(library.faults().empty());
    fs::rename(root.path() / ".water-bill", root.path() / "water-bill");
    EXPECT_EQ(library.current("water-bill")->version(), "1");
}

TEST(FormLibrary, ReportsATypeThatComesTwice) {
    const TemporaryFolder first, second;
    put_form(first.path(), "water-bill", "1");
    put_form(second.path(), "water-bill", "1");
    FormLibrary library({first.path(), second.path()});
    EXPECT_EQ(library.all().size(), 1u);
    ASSERT_EQ(library.faults().size(), 1u);
    EXPECT_THAT(library.faults()[0].detail, HasSubstr("already provides"));
}

void set_pattern(const fs::path& root, const std::string& type, const std::string& pattern) {
    const fs::path file = root / type / "1" / "form.json";
    Json form = json_file(file);
    form["number"]["pattern"] = pattern;
    write_text(file, form.dump());
}

TEST(FormLibrary, RefusesATypeThatCouldGiveNumbersOfAnother) {
    const std::string shipped = "{yyyy}{organ_code}{serial:8}";  // of tax-payment-record
    const std::vector<std::pair<std::string, bool>> patterns{
        {shipped, true},
        {"{organ_code}{yyyy}{serial:8}", true},
        {"{serial:18}", true},
        {"{yyyy}{organ_code}7{serial:7}", true},
        {"{organ}{serial:8}", true},
        {"（{yyyy}）{organ}税证 {serial:8}", true},  // of tax-paid-certificate
        {"（{yyyy}）{organ}房证 {serial:8}", false},
        {"{yyyy}{organ_code}{serial:9}", false},
        {"{yyyy}{organ_code}-{serial:7}", false},
        {"FC{yyyy}{organ_code}{serial:6}", false}};
    for (const auto& [pattern, refused] : patterns) {
        const TemporaryFolder root;
        put_form(root.path(), "a-bill", "1");
        set_pattern(root.path(), "a-bill", pattern);
        FormLibrary library({YINXIN_FORMS, root.path()});
        EXPECT_EQ(library.all().size(), refused ? kShipped : kShipped + 1) << pattern;
        ASSERT_EQ(library.faults().size(), refused ? 1u : 0u) << pattern;
        if (refused) {
            EXPECT_THAT(library.faults()[0].file, HasSubstr("a-bill/1/form.json"));
            EXPECT_EQ(library.faults()[0].pointer, "/number/pattern");
            try {
                library.current("a-bill");
                ADD_FAILURE() << pattern;
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), ErrorCode::Unavailable);
                EXPECT_THAT(error.what(), HasSubstr(pattern));
            }
        }
    }
}

TEST(FormLibrary, KeepsTheTypeItHasWhenAnotherWithItsNumbersIsDroppedIn) {
    const TemporaryFolder root;
    put_form(root.path(), "water-bill", "1");
    FormLibrary library({root.path()});
    put_form(root.path(), "gas-bill", "1");
    set_pattern(root.path(), "gas-bill", library.current("water-bill")->number_pattern());
    library.rescan();
    EXPECT_EQ(library.current("water-bill")->version(), "1");
    EXPECT_THROW(library.current("gas-bill"), Error);
    set_pattern(root.path(), "gas-bill", "GB{serial:8}");
    library.rescan();
    EXPECT_EQ(library.current("gas-bill")->version(), "1") << "mended, it issues";
    EXPECT_TRUE(library.faults().empty());
}

TEST(FormLibrary, ServesManyThreads) {
    const TemporaryFolder root;
    put_form(root.path(), "water-bill", "1");
    FormLibrary library({root.path()});
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&library] {
            for (int round = 0; round < 200; ++round) {
                EXPECT_EQ(library.current("water-bill")->type(), "water-bill");
            }
        });
    }
    for (int version = 2; version < 6; ++version) {
        put_form(root.path(), "water-bill", std::to_string(version));
        library.rescan();
    }
}

}  // namespace
}  // namespace yinxin::pdf
