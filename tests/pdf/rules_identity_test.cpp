// SPDX-License-Identifier: Apache-2.0
#include "pdf/rules/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pdf/rules/text.h"
#include "tests/support/data.h"

namespace yinxin::pdf::rules {
namespace {

constexpr std::chrono::year_month_day today{
    std::chrono::year(2026), std::chrono::month(1), std::chrono::day(31)};

TEST(ResidentId, AgreesWithEveryVector) {
    const auto vectors = tests::domain_vectors("resident_id");
    for (const std::string id : vectors.at("valid")) {
        EXPECT_FALSE(resident_id_fault(id, today)) << id;
    }
    for (const auto& vector : vectors.at("invalid")) {
        EXPECT_TRUE(resident_id_fault(vector.at("in").get<std::string>(), today)) << vector;
    }
    for (const auto& vector : vectors.at("normalise")) {
        EXPECT_EQ(normalise_identifier(vector.at("in").get<std::string>()),
                  vector.at("out").get<std::string>());
    }
    for (const auto& vector : vectors.at("upgrade15")) {
        EXPECT_EQ(upgrade_resident_id(vector.at("in").get<std::string>()),
                  vector.at("out").get<std::string>());
    }
}

TEST(ResidentId, SaysWhatIsWrongInTheOrderOfTheRule) {
    EXPECT_THAT(*resident_id_fault("110105194912310020", today),
                testing::HasSubstr("check character"));
    EXPECT_THAT(*resident_id_fault("990000200013310012", today), testing::HasSubstr("birth date"));
    EXPECT_THAT(*resident_id_fault("9900001985102400", today), testing::HasSubstr("has 16"));
    EXPECT_THAT(*resident_id_fault("99000019851024003A", today), testing::HasSubstr("digit or X"));
}

TEST(ResidentId, RefusesBirthDatesInTheFutureAndBefore1800) {
    // Both have the right check character.
    EXPECT_THAT(*resident_id_fault("990000202602010017", today), testing::HasSubstr("future"));
    EXPECT_FALSE(resident_id_fault("990000202602010017", std::nullopt));
    EXPECT_THAT(*resident_id_fault("990000179912310012", today), testing::HasSubstr("birth date"));
}

TEST(ResidentId, NoticesEveryWrongDigitAndEverySwapOfNeighbours) {
    const std::string id = "990000198510240035";
    for (std::size_t i = 0; i < id.size(); ++i) {
        for (char c = '0'; c <= '9'; ++c) {
            std::string other = id;
            other[i] = c;
            EXPECT_EQ(resident_id_fault(other, today).has_value(), c != id[i]) << other;
        }
    }
    for (std::size_t i = 0; i + 1 < id.size(); ++i) {
        std::string other = id;
        std::swap(other[i], other[i + 1]);
        EXPECT_EQ(resident_id_fault(other, today).has_value(), other != id) << other;
    }
}

TEST(CreditCode, AgreesWithEveryVector) {
    const auto vectors = tests::domain_vectors("uscc");
    for (const auto& vector : vectors.at("valid")) {
        const CreditCodeFindings findings = check_credit_code(vector.at("code").get<std::string>());
        EXPECT_FALSE(findings.error) << vector;
        EXPECT_FALSE(findings.warning) << vector;
    }
    for (const auto& vector : vectors.at("invalid")) {
        EXPECT_TRUE(check_credit_code(vector.at("in").get<std::string>()).error) << vector;
    }
}

TEST(CreditCode, WarnsOnlyOfTheInnerCheckCharacter) {
    // 91990000MADEM0011K with another inner check character (2 for 1) and the outer one made to
    // fit.
    int fitting = 0;
    for (const char c : std::string("0123456789ABCDEFGHJKLMNPQRTUWXY")) {
        const CreditCodeFindings findings = check_credit_code(std::string("91990000MADEM0012") + c);
        EXPECT_TRUE(findings.warning) << c;
        fitting += findings.error ? 0 : 1;
    }
    EXPECT_EQ(fitting, 1);
}

TEST(TaxpayerNumber, IsACompanysAPersonsOrAnOldOne) {
    for (const char* good : {"91990000MADEM0011K",
                             "990000199004150824",
                             "129900000000000272",
                             "123456789012345",
                             "12345678901234567",
                             "12345678901234567890"}) {
        EXPECT_FALSE(taxpayer_number_fault(good, today)) << good;
    }
    for (const char* bad : {"91990000MADEM0011J",
                            "990000199004150825",
                            "12345678",
                            "1234567890123456",
                            "9199-000",
                            "123456789012345678901"}) {
        EXPECT_TRUE(taxpayer_number_fault(bad, today)) << bad;
    }
}

TEST(IdDocument, ChecksByKind) {
    const std::vector<std::pair<std::string, std::string>> good = {
        {"resident_id", "990000198510240035"},
        {"permanent_residence", "910156198001010031"},
        {"permanent_residence", "CAN110780010101"},
        {"hk_macao_permit", "H12345678"},
        {"hk_macao_permit", "M1234567890"},
        {"taiwan_permit", "12345678"},
        {"passport", "G12345678"}};
    for (const auto& [kind, number] : good) {
        EXPECT_FALSE(id_document_fault(kind, number, today)) << kind;
    }
    const std::vector<std::pair<std::string, std::string>> bad = {
        {"resident_id", "G12345678"},
        {"permanent_residence", "910156198001010032"},
        {"permanent_residence", "CA1110780010101"},
        {"hk_macao_permit", "X12345678"},
        {"taiwan_permit", "1234567"},
        {"passport", "G-123"},
        {"passport", "G1"}};
    for (const auto& [kind, number] : bad) {
        EXPECT_TRUE(id_document_fault(kind, number, today)) << kind << " " << number;
    }
}

TEST(Mask, AgreesWithEveryVector) {
    for (const auto& vector : tests::domain_vectors("mask_id")) {
        EXPECT_EQ(mask_id(vector.at("in").get<std::string>()), vector.at("out").get<std::string>());
    }
    for (const auto& vector : tests::domain_vectors("mask_name")) {
        EXPECT_EQ(mask_name(vector.at("in").get<std::string>()),
                  vector.at("out").get<std::string>());
    }
}

TEST(Mask, HasAShortFormForTheToken) {
    EXPECT_EQ(mask_id_short("990000198510240035"), "9****************5");
    EXPECT_EQ(mask_name("王𠮷"), "王*");
    EXPECT_EQ(shorten("买******提"), "买******提");
    EXPECT_EQ(shorten(mask_name("Maria Fernanda da Silva Gonçalves")), "M*31*s");
    EXPECT_EQ(shorten("示例采购股份有限公司"), "示*8*司");
}

TEST(Mask, LeavesCompaniesReadable) {
    EXPECT_EQ(mask_party_name("示例软件有限公司", "91990000MADEM0011K"), "示例软件有限公司");
    EXPECT_EQ(mask_party_name("韩梅梅", "990000199004150824"), "韩*梅");
    EXPECT_EQ(mask_party_name("李雷（个人）", ""), "李*（个人）");
    EXPECT_EQ(mask_party_name("个人", ""), "个人");
    EXPECT_EQ(mask_party_id("91990000MADEM0011K"), "91990000MADEM0011K");
    EXPECT_EQ(mask_party_id("990000199004150824"), "9****************4");
}

}  // namespace
}  // namespace yinxin::pdf::rules
