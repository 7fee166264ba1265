// SPDX-License-Identifier: Apache-2.0
#include "pdf/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/data.h"

namespace yinxin::pdf {
namespace {

Json minimal() {
    return Json::parse(R"({"elements": [
        {"text": "编号：", "box": [15, 14, 20, 5]},
        {"field": "{issuance.number}", "box": [35, 14, 50, 5]},
        {"qr": "verification", "box": [159, 12, 36, 36]},
        {"seal": [138, 207, 46, 46]}]})");
}

std::vector<FormFault> faults_of(const Json& layout) {
    std::vector<FormFault> faults;
    read_layout(layout, faults);
    return faults;
}

Layout layout_of(const Json& json) {
    std::vector<FormFault> faults;
    return read_layout(json, faults);
}

TEST(Layout, AShortOneIsEnough) {
    EXPECT_TRUE(faults_of(minimal()).empty());
    const Layout layout = layout_of(minimal());
    EXPECT_EQ(layout.width, 210);
    EXPECT_EQ(layout.height, 297);
    EXPECT_EQ(std::get<FieldElement>(layout.elements.at(1).kind).style.face, FaceId::Serif);
    EXPECT_EQ(std::get<TextElement>(layout.elements.at(0).kind).style.face, FaceId::Kai);
    EXPECT_EQ(layout.elements.at(3).pages, Pages::Last);
}

TEST(Layout, TheShippedOnesHaveNoFault) {
    for (const char* type :
         {"tax-payment-record", "tax-paid-certificate", "invoice", "verification-report"}) {
        const std::vector<FormFault> faults =
            faults_of(tests::json_file(std::string(YINXIN_FORMS) + "/" + type + "/1/layout.json"));
        EXPECT_TRUE(faults.empty())
            << type << " " << faults.front().pointer << " " << faults.front().detail;
    }
}

struct BadLayout {
    const char* element;  ///< appended to the minimal one
    const char* pointer;
    const char* detail;  ///< a part of it
};

class BadElement : public testing::TestWithParam<BadLayout> {};

TEST_P(BadElement, IsNamedWithPointerAndRemedy) {
    Json layout = minimal();
    layout["elements"].push_back(Json::parse(GetParam().element));
    const std::vector<FormFault> faults = faults_of(layout);
    ASSERT_FALSE(faults.empty());
    EXPECT_EQ(faults.front().file, "layout.json");
    EXPECT_EQ(faults.front().pointer, GetParam().pointer) << faults.front().detail;
    EXPECT_THAT(faults.front().detail, testing::HasSubstr(GetParam().detail));
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    BadElement,
    testing::Values(
        BadLayout{R"({"txt": "x"})", "/elements/4", "must have one of"},
        BadLayout{R"({"text": "x"})", "/elements/4/box", "4 numbers"},
        BadLayout{
            R"({"text": "x", "box": [200, 10, 20, 5]})", "/elements/4/box", "beyond the page"},
        BadLayout{R"({"text": "x", "box": [20, 10, 0, 5]})", "/elements/4/box", "above 0"},
        BadLayout{R"({"text": "{taxpayer.name}", "box": [1, 1, 20, 5]})",
                  "/elements/4/text",
                  "use a field"},
        BadLayout{R"({"text": "x", "box": [1, 1, 20, 5], "bold": true})",
                  "/elements/4/bold",
                  "not a member"},
        BadLayout{R"({"field": "{a", "box": [1, 1, 20, 5]})", "/elements/4/field", "}"},
        BadLayout{
            R"({"field": "{a..b}", "box": [1, 1, 20, 5]})", "/elements/4/field", "joined by dots"},
        BadLayout{R"({"field": "{rows[].amount}", "box": [1, 1, 20, 5]})",
                  "/elements/4/field",
                  "joined by dots"},
        BadLayout{R"({"field": "x", "box": [1, 1, 20, 5], "face": "times"})",
                  "/elements/4/face",
                  "serif"},
        BadLayout{R"({"field": "x", "box": [1, 1, 20, 5], "style": "huge"})",
                  "/elements/4/style",
                  "no style"},
        BadLayout{R"({"field": "x", "box": [1, 1, 20, 5], "size": 3})",
                  "/elements/4/size",
                  "from 4 to 72"},
        BadLayout{
            R"({"field": "x", "box": [1, 1, 20, 5], "sizes": []})", "/elements/4/sizes", "sizes"},
        BadLayout{R"({"field": "x", "box": [1, 1, 20, 5], "align": "justify"})",
                  "/elements/4/align",
                  "left, center, right"},
        BadLayout{
            R"({"field": "x", "box": [1, 1, 20, 5], "on": "even"})", "/elements/4/on", "not_first"},
        BadLayout{R"({"field": "x", "box": [1, 1, 20, 5], "color": [0, 0, 300]})",
                  "/elements/4/color",
                  "0 to 255"},
        BadLayout{R"({"notes": ["{a}"], "box": [1, 1, 20, 5]})", "/elements/4/notes", "{path:N}"},
        BadLayout{
            R"({"qr": "verification", "box": [100, 12, 36, 36]})", "/elements", "exactly one"},
        BadLayout{R"({"seal": [1, 1, 46, 46]})", "/elements", "exactly one seal"},
        BadLayout{R"({"table": {"rows": "r", "at": [15, 80], "columns": []}})",
                  "/elements/4/table/columns",
                  "array of columns"},
        BadLayout{
            R"({"table": {"rows": "r", "at": [15, 80], "columns": [{"title": "a", "width": 300, "value": "x"}]}})",
            "/elements/4/table/columns",
            "wider together"},
        BadLayout{
            R"({"table": {"rows": "r", "at": [15, 80], "until": 90, "columns": [{"title": "a", "width": 30, "value": "x"}]}})",
            "/elements/4/table/until",
            "no room"},
        BadLayout{
            R"({"table": {"rows": "r", "at": [15, 80], "columns": [{"title": "a", "width": 30, "value": "{page.number}"}]}})",
            "/elements/4/table/columns/0/value",
            "after the rows"},
        BadLayout{
            R"({"table": {"rows": "r", "at": [15, 80], "columns": [{"title": "a", "width": 30, "value": "x"}],
                  "total": [{"width": 20, "value": "x"}]}})",
            "/elements/4/table/total",
            "together"},
        BadLayout{
            R"({"table": {"rows": "r", "at": [15, 80], "until": 290, "columns": [{"title": "a", "width": 30, "value": "x"}],
                  "total": [{"width": 30, "value": "x"}]}})",
            "/elements/4/table/until_last",
            "no room on the page"},
        BadLayout{R"({"line": [10, 10, 211, 10]})", "/elements/4/line", "beyond the page"}));

/// The verification QR of the minimal layout lies from 159 to 195 and from 12 to 48.
INSTANTIATE_TEST_SUITE_P(
    OverTheQr,
    BadElement,
    testing::Values(
        BadLayout{R"({"text": "x", "box": [150, 14, 10, 5]})", "/elements/4/box", "cover"},
        BadLayout{R"({"field": "x", "box": [150, 47, 50, 5]})", "/elements/4/box", "cover"},
        BadLayout{R"({"field": "x", "box": [150, 47, 50, 5], "on": "last_of_several"})",
                  "/elements/4/box",
                  "cover"},
        BadLayout{R"({"notes": ["x"], "box": [100, 40, 80, 20]})", "/elements/4/box", "cover"},
        BadLayout{R"({"qr": "a", "box": [190, 30, 18, 18]})", "/elements/4/box", "cover"},
        BadLayout{R"({"line": [150, 30, 200, 30]})", "/elements/4/line", "cover"},
        BadLayout{R"({"line": [159, 10, 159, 60]})", "/elements/4/line", "cover"},
        BadLayout{R"({"rect": [159, 12, 36, 36]})", "/elements/4/rect", "cover"},
        BadLayout{R"({"rect": [150, 2, 50, 50], "width": 0, "fill": [90, 90, 90]})",
                  "/elements/4/fill",
                  "cover"},
        BadLayout{
            R"({"table": {"rows": "r", "at": [100, 45], "columns": [{"title": "a", "width": 80, "value": "x"}]}})",
            "/elements/4/table",
            "cover"}));

TEST(Layout, TheSealKeepsClearOfTheQr) {
    Json layout = minimal();
    layout["elements"][3] = Json::parse(R"({"seal": [150, 40, 46, 46], "on": "first"})");
    const auto faults = faults_of(layout);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].pointer, "/elements/3/seal");
    EXPECT_THAT(faults[0].detail, testing::HasSubstr("/elements/2/box"));
    layout["elements"][3]["seal"] = {10, 40, 39, 30};
    ASSERT_EQ(faults_of(layout).size(), 1u);
    EXPECT_THAT(faults_of(layout)[0].detail, testing::HasSubstr("smaller than any seal"));
}

TEST(Layout, WhatDoesNotReachTheQrMayStandAroundIt) {
    Json layout = minimal();
    for (
        const char* element :
        {R"({"rect": [158, 11, 38, 38]})",
         R"({"rect": [150, 2, 50, 50], "width": 0, "fill": [240, 231, 231]})",
         R"({"text": "x", "box": [149, 12, 10, 5]})",
         R"({"table": {"rows": "r", "at": [100, 48], "columns": [{"title": "a", "width": 80, "value": "x"}]}})"}) {
        layout["elements"].push_back(Json::parse(element));
    }
    EXPECT_TRUE(faults_of(layout).empty());
    layout["elements"][2]["on"] = "first";
    layout["elements"].push_back(
        Json::parse(R"({"field": "x", "box": [150, 47, 50, 5], "on": "not_first"})"));
    EXPECT_TRUE(faults_of(layout).empty()) << faults_of(layout)[0].detail;
    layout["elements"].back()["on"] = "last";  // of one page it is the first
    EXPECT_EQ(faults_of(layout).size(), 1u);
}

TEST(Layout, AQrIsDark) {
    Json layout = minimal();
    layout["elements"][2]["color"] = {255, 220, 0};
    ASSERT_EQ(faults_of(layout).size(), 1u);
    EXPECT_EQ(faults_of(layout)[0].pointer, "/elements/2/color");
    layout["elements"][2]["color"] = {128, 0, 0};
    EXPECT_TRUE(faults_of(layout).empty());
}

TEST(Layout, AQrWithTooSmallModulesIsRefused) {
    Json layout = minimal();
    layout["elements"][2]["box"] = {159, 12, 34, 34};
    const auto faults = faults_of(layout);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].pointer, "/elements/2/box");
    EXPECT_THAT(faults[0].detail, testing::HasSubstr("34.5 mm"));
    layout["elements"][2]["box"] = {159, 12, 34.5, 34.5};
    EXPECT_TRUE(faults_of(layout).empty());
}

TEST(Layout, ASealStandsOnTheFirstOrTheLastPage) {
    Json layout = minimal();
    layout["elements"][3]["on"] = "all";
    ASSERT_EQ(faults_of(layout).size(), 1u);
    EXPECT_EQ(faults_of(layout)[0].pointer, "/elements/3/on");
}

TEST(Layout, AllFaultsAreFoundAtOnce) {
    Json layout = minimal();
    layout["elements"].push_back(
        Json::parse(R"({"text": "x", "box": [1, 1, 20, 5], "bold": 1, "size": 900})"));
    layout["paper"] = "A4";
    EXPECT_EQ(faults_of(layout).size(), 3u);
}

TEST(Layout, StylesBuildOnEachOther) {
    Json layout = minimal();
    layout["styles"] =
        Json::parse(R"({"label": {"size": 8}, "small": {"style": "label", "align": "right"}})");
    layout["elements"][0]["style"] = "small";
    layout["elements"][0]["color"] = {1, 2, 3};
    const auto text = std::get<TextElement>(layout_of(layout).elements.at(0).kind);
    EXPECT_EQ(text.style.sizes, std::vector<double>{8});
    EXPECT_EQ(text.style.align, Align::Right);
    EXPECT_EQ(text.style.face, FaceId::Kai);
    EXPECT_EQ(text.style.color, (Color{1, 2, 3}));
}

TEST(Layout, KnowsWhichPagesAnElementStandsOn) {
    const auto on = [](Pages pages, int count) {
        std::string out;
        for (int p = 0; p < count; ++p) {
            out += stands_on(pages, p, count) ? 'x' : '-';
        }
        return out;
    };
    EXPECT_EQ(on(Pages::All, 3), "xxx");
    EXPECT_EQ(on(Pages::First, 3), "x--");
    EXPECT_EQ(on(Pages::Last, 3), "--x");
    EXPECT_EQ(on(Pages::NotFirst, 3), "-xx");
    EXPECT_EQ(on(Pages::NotLast, 3), "xx-");
    EXPECT_EQ(on(Pages::Several, 3), "xxx");
    EXPECT_EQ(on(Pages::LastOfSeveral, 3), "--x");
    EXPECT_EQ(on(Pages::First, 1), "x");
    EXPECT_EQ(on(Pages::Last, 1), "x");
    EXPECT_EQ(on(Pages::Several, 1), "-");
    EXPECT_EQ(on(Pages::LastOfSeveral, 1), "-");
}

}  // namespace
}  // namespace yinxin::pdf
