// SPDX-License-Identifier: Apache-2.0
#include "pdf/overprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "common/error.h"
#include "pdf/overprint_plan.h"
#include "tests/pdf/page_text.h"
#include "tests/pdf/sample_form.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::pdf {
namespace {

using test::sample_issuance;
using test::sample_issuer;
using test::SampleForm;
using test::texts_of;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using tests::sample;

Json record(int rows) {
    Json data = Json::parse(
        R"({"taxpayer": {"name": "张小明", "id_type": "居民身份证", "id_number": "990000198510240035"},
        "period": {"from": "2021-01", "to": "2025-12"}, "rows": []})");
    for (int i = 0; i < rows; ++i) {
        data["rows"].push_back({{"filing_date", "2025-02-07"},
                                {"amount", std::to_string(100 + i) + ".07"},
                                {"treasury_date", "2025-02-09"},
                                {"income_item", "工资薪金"},
                                {"period", "2025-01"},
                                {"authority", "示例市税务局第一税务所"},
                                {"remark", ""}});
    }
    return data;
}

class Overprint : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        faces_ = Typefaces::load();
        press_ = Press::create(faces_, {});
    }
    static void TearDownTestSuite() {
        press_.reset();
        faces_.reset();
    }

    static Rendered print(const std::string& type,
                          const Json& data,
                          const Issuance& issuance = sample_issuance()) {
        const auto form = SampleForm::shipped(type);
        const Values values = test::values_for(type, data);
        const auto plan = press_->plan(form, values, sample_issuer());
        Rendered out = press_->print(*plan, values, sample_issuer(), issuance);
        EXPECT_EQ(out.pages, plan->pages());
        check_print(out.pdf, out, issuance);
        return out;
    }

    static std::vector<FieldError> faults_of(const std::string& type, const Json& data) {
        try {
            press_->plan(SampleForm::shipped(type), test::values_for(type, data), sample_issuer());
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::Invalid);
            return e.fields();
        }
        return {};
    }

    static inline std::shared_ptr<const Typefaces> faces_;
    static inline std::unique_ptr<Press> press_;
};

int count_of(const std::vector<std::string>& texts, const std::string& wanted) {
    return static_cast<int>(std::count(texts.begin(), texts.end(), wanted));
}

TEST_F(Overprint, SpreadsRowsOverPagesAsThePublishedTableSays) {
    for (const Json& row : tests::domain_vectors("cert_pages")) {
        const int rows = row.at("rows").get<int>();
        const auto pages = texts_of(print("tax-payment-record", record(rows)).pdf);
        const auto expected = row.at("pages").get<std::vector<int>>();
        ASSERT_EQ(pages.size(), expected.size()) << rows;
        for (std::size_t p = 0; p < pages.size(); ++p) {
            EXPECT_EQ(count_of(pages[p], "工资薪金"), expected[p])
                << rows << " rows, page " << p + 1;
            EXPECT_EQ(count_of(pages[p], "金额合计"), p + 1 == pages.size() ? 1 : 0);
            EXPECT_THAT(pages[p],
                        Contains("第 " + std::to_string(p + 1) + " 页 共 " +
                                 std::to_string(pages.size()) + " 页"));
            EXPECT_THAT(pages[p], Contains("张小明"));
        }
    }
}

TEST(Paginate, KeepsARowForTheLastPageAndNeverSplitsOne) {
    using testing::ElementsAre;
    EXPECT_THAT(paginate({}, 192, 104), ElementsAre(0));
    EXPECT_THAT(paginate({8, 12, 8}, 192, 104), ElementsAre(3));
    EXPECT_THAT(paginate(std::vector<double>(14, 8), 192, 104), ElementsAre(13, 1));
    EXPECT_THAT(paginate({60, 60, 60}, 192, 104), ElementsAre(2, 1));
    EXPECT_THAT(paginate({150, 50, 60}, 192, 104), ElementsAre(1, 1, 1));
    EXPECT_THAT(paginate({8, 200}, 192, 104), ElementsAre());  // a row higher than any page
    EXPECT_THAT(paginate({120}, 192, 104), ElementsAre());
}

TEST_F(Overprint, PrintsAndCopiesNamesExactly) {
    for (const std::string name :
         {"王𠮷", "𬭎䶮㛃", "买买提·艾合买提", "Maria Fernanda da Silva Gonçalves", "李䶮"}) {
        Json data = record(2);
        data["taxpayer"]["name"] = name;
        data["rows"][1]["authority"] = "示例省示例市高新技术产业开发区税务局第二税务所";
        data["rows"][1]["amount"] = "-1234567.80";
        data["rows"][1]["treasury_date"] = nullptr;
        const auto texts = texts_of(print("tax-payment-record", data).pdf).at(0);
        for (const std::string& wanted : {name,
                                          std::string("990000198510240035"),
                                          std::string("100.07"),
                                          std::string("-1,234,567.80"),
                                          std::string("—"),
                                          std::string("2025-02-07"),
                                          std::string("7K3M-9Q2T-5W8X-4Y6Y"),
                                          std::string("202699000100000001"),
                                          std::string("2026-02-01"),
                                          std::string("自助打印")}) {
            EXPECT_THAT(texts, Contains(wanted));
        }
        const auto first = std::find(texts.begin(),
                                     texts.end(),
                                     "示例省示例市高新技术产业");  // a wrapped cell, line by line
        ASSERT_NE(first, texts.end());
        EXPECT_EQ(*(first + 1), "开发区税务局第二税务所");
    }
}

TEST_F(Overprint, PrintsOneRowSayingThatThereIsNone) {
    const auto texts = texts_of(print("tax-payment-record", record(0)).pdf);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_THAT(texts[0], Contains("本期间无申报记录"));
}

TEST_F(Overprint, PrintsEverySampleOfTheShippedTypes) {
    for (const std::string& file : tests::sample_files()) {
        SCOPED_TRACE(file);
        const Rendered out = print(file.substr(0, file.find('.')), sample(file));
        EXPECT_LT(out.pdf.size(), out.pages == 1 ? 32'000u : 70'000u);
    }
}

TEST_F(Overprint, AOnePageCertificateLeavesRoomForItsSealWithin30KB) {
    EXPECT_LT(print("tax-payment-record", sample("tax-payment-record.one-year.json")).pdf.size(),
              23'000u);
    EXPECT_LT(print("tax-paid-certificate", sample("tax-paid-certificate.company.json")).pdf.size(),
              23'800u);
}

TEST_F(Overprint, RefusesACharacterWithoutGlyphByNameAndPlace) {
    Json data = record(3);
    data["rows"][2]["authority"] = "示例\U0010FFFD局";
    data["taxpayer"]["name"] = "张\u0007";
    const auto faults = faults_of("tax-payment-record", data);
    ASSERT_EQ(faults.size(), 2u);
    EXPECT_EQ(faults[0].pointer, "/rows/2/authority");
    EXPECT_EQ(faults[0].rule, "glyph");
    EXPECT_THAT(faults[0].detail, HasSubstr("U+10FFFD"));
    EXPECT_EQ(faults[1].pointer, "/taxpayer/name");
    EXPECT_THAT(faults[1].detail, HasSubstr("U+0007"));
}

TEST_F(Overprint, FindsTheInputBehindADerivedText) {
    Json data = sample("invoice.special.json");
    data["remark"] = "合同\U0010FFFD";
    const auto faults = faults_of("invoice", data);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].pointer, "/remark");
    data["remark"] = std::string(3000, 'x');
    ASSERT_EQ(faults_of("invoice", data).size(), 1u);
    EXPECT_EQ(faults_of("invoice", data)[0].pointer, "/remark");
    EXPECT_EQ(faults_of("invoice", data)[0].rule, "fit");
}

TEST_F(Overprint, RefusesATextThatDoesNotFit) {
    Json data = record(1);
    std::string name;
    for (int i = 0; i < 400; ++i) {
        name += "张";
    }
    data["taxpayer"]["name"] = name;
    auto faults = faults_of("tax-payment-record", data);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].pointer, "/taxpayer/name");
    EXPECT_EQ(faults[0].rule, "fit");
    data = record(1);
    data["rows"][0]["filing_date"] = "2025-02-07 2025-02-07";  // a column of one line
    faults = faults_of("tax-payment-record", data);
    ASSERT_FALSE(faults.empty());
    for (const FieldError& fault : faults) {
        EXPECT_EQ(fault.pointer, "/rows/0/filing_date");
        EXPECT_EQ(fault.rule, "fit");
    }
}

TEST_F(Overprint, TheLongestNamesAllowedFit) {
    Json data = record(1);
    std::string name;
    for (int i = 0; i < 60; ++i) {
        name += "张";
    }
    data["taxpayer"]["name"] = name;
    EXPECT_TRUE(faults_of("tax-payment-record", data).empty());
}

TEST_F(Overprint, SubtotalsStandOnEveryPageOfSeveralAndTotalsOnTheLast) {
    Json data = sample("invoice.two-hundred-lines.json");
    const auto pages = texts_of(print("invoice", data).pdf);
    ASSERT_GT(pages.size(), 5u);
    Money sum;
    std::size_t line = 0;
    for (std::size_t p = 0; p < pages.size(); ++p) {
        Money expected;
        for (; line < 200 && count_of(pages[p], data["lines"][line]["name"]) == 1; ++line) {
            expected += Money::parse(data["lines"][line]["amount"].get<std::string>()).value();
        }
        EXPECT_THAT(pages[p], Contains("¥" + expected.text())) << "page " << p + 1;
        EXPECT_EQ(count_of(pages[p], "小　　计"), 1);
        EXPECT_EQ(count_of(pages[p], "合　　计"), p + 1 == pages.size() ? 1 : 0);
        sum += expected;
    }
    EXPECT_EQ(line, 200u);
    EXPECT_THAT(pages.back(), Contains("¥" + sum.text()));
    const auto one = texts_of(print("invoice", sample("invoice.ordinary.json")).pdf);
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(count_of(one[0], "小　　计"), 0);
}

TEST_F(Overprint, IsAPureFunctionOfItsArguments) {
    const Bytes first = print("tax-payment-record", record(3)).pdf;
    EXPECT_EQ(print("tax-payment-record", record(3)).pdf, first);
    EXPECT_EQ(Press::create(Typefaces::load(), {})
                  ->print(*press_->plan(SampleForm::shipped("tax-payment-record"),
                                        test::record_values(record(3)),
                                        sample_issuer()),
                          test::record_values(record(3)),
                          sample_issuer(),
                          sample_issuance())
                  .pdf,
              first);
    Issuance other = sample_issuance();
    other.number = "202699000100000002";
    EXPECT_NE(print("tax-payment-record", record(3), other).pdf, first);
}

TEST_F(Overprint, ASpecimenSaysSo) {
    Issuance specimen = sample_issuance();
    specimen.specimen = true;
    EXPECT_THAT(texts_of(print("tax-payment-record", record(1), specimen).pdf).at(0),
                Contains("样例 SPECIMEN"));
    EXPECT_THAT(texts_of(print("tax-payment-record", record(1)).pdf).at(0),
                Not(Contains("样例 SPECIMEN")));
}

TEST_F(Overprint, ADamagedCacheIsMadeAgain) {
    const tests::TemporaryFolder folder;
    const auto values = test::record_values(record(1));
    const auto run = [&] {
        const auto press = Press::create(faces_, folder.path());
        const auto plan =
            press->plan(SampleForm::shipped("tax-payment-record"), values, sample_issuer());
        return press->print(*plan, values, sample_issuer(), sample_issuance()).pdf;
    };
    const Bytes first = run();
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        files.push_back(entry.path());
    }
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(run(), first);  // from the cache
    const auto size = std::filesystem::file_size(files[0]);
    for (const std::uintmax_t keep : {size / 2, std::uintmax_t{10}, std::uintmax_t{0}}) {
        std::filesystem::resize_file(files[0], keep);
        EXPECT_EQ(run(), first);
        EXPECT_EQ(std::filesystem::file_size(files[0]), size);
    }
    std::fstream file(files[0], std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size - 100)).put('!');
    file.close();
    EXPECT_EQ(run(), first);
}

TEST_F(Overprint, RefusesAnAddressThatMakesTheQrTooFine) {
    Issuance issuance = sample_issuance();
    issuance.qr_text += "x";
    const auto form = SampleForm::shipped("tax-payment-record");
    const Values values = test::record_values(record(1));
    const auto plan = press_->plan(form, values, sample_issuer());
    EXPECT_THROW(press_->print(*plan, values, sample_issuer(), issuance), Error);
}

TEST_F(Overprint, TheSealsPlaceIsOnTheLastPage) {
    const Rendered out = print("tax-payment-record", record(30));
    EXPECT_EQ(out.seal.page, out.pages - 1);
    EXPECT_NEAR(out.seal.rect.width(), 46 * points_per_mm, 0.01);
}

TEST_F(Overprint, TheSealsPictureStandsBeforeWhatDiffersBetweenDocuments) {
    SignatureSpec signature;
    signature.field_name = "Seal";
    signature.contents_bytes = 64;
    signature.seal.emplace();
    signature.seal->rect = {20, 30, 60, 70};
    signature.seal->picture.width = signature.seal->picture.height = 119;
    signature.seal->picture.resources = "<<>>";
    std::mt19937 chance(1);
    for (int i = 0; i < 3000; ++i) {  // as long when it is compressed
        signature.seal->picture.content.push_back(static_cast<std::uint8_t>(chance()));
    }
    const auto printed = [&](const char* name, const SignatureSpec* with) {
        Json data = record(1);
        data["taxpayer"]["name"] = name;
        const Values values = test::values_for("tax-payment-record", data);
        const auto plan =
            press_->plan(SampleForm::shipped("tax-payment-record"), values, sample_issuer());
        return press_->print(*plan, values, sample_issuer(), sample_issuance(), with).pdf;
    };
    const auto shared = [&](const SignatureSpec* with) {
        const Bytes a = printed("曦", with), b = printed("淼", with);
        return std::ranges::mismatch(a, b).in1 - a.begin();
    };
    EXPECT_GT(shared(&signature), shared(nullptr) + 3000);
}

TEST_F(Overprint, IsAMarkedArchiveFile) {
    const Bytes file = print("tax-payment-record", record(1)).pdf;
    EXPECT_EQ(as_text(file).substr(0, 9), "%PDF-1.7\n");
    QPDF pdf;
    pdf.processMemoryFile("document", reinterpret_cast<const char*>(file.data()), file.size());
    QPDFObjectHandle root = pdf.getRoot();
    EXPECT_EQ(root.getKey("/OutputIntents").getArrayItem(0).getKey("/S").getName(), "/GTS_PDFA1");
    EXPECT_EQ(root.getKey("/Lang").getStringValue(), "zh-CN");
    EXPECT_TRUE(root.getKey("/ViewerPreferences").getKey("/DisplayDocTitle").getBoolValue());
    EXPECT_TRUE(root.getKey("/Metadata").isStream());
    EXPECT_EQ(pdf.getTrailer().getKey("/ID").getArrayNItems(), 2);
}

}  // namespace
}  // namespace yinxin::pdf
