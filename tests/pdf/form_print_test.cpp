// SPDX-License-Identifier: Apache-2.0
// The type made from forms/README.md alone gets onto paper, and so does every sample of the shipped
// types.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pdf/form_proof.h"
#include "pdf/overprint.h"
#include "tests/pdf/form_samples.h"

namespace yinxin::pdf {
namespace {

Issuance issuance_for(const Form& form, const Values& values) {
    Issuance issuance;
    issuance.number = form.number(values, issuer, 1);
    issuance.code = "ABCDEFGHJKLMNPQ5";
    issuance.qr_text = "http://v.example.cn/v/ABCDEFGHJKLMNPQ5#0OTQ";
    issuance.issued_at = now;
    issuance.channel = "自助打印";
    return issuance;
}

void print_and_check(Press& press, const std::shared_ptr<const Form>& form, const Json& data) {
    Values values = form->evaluate(data, issuer, now);
    const std::unique_ptr<Plan> plan = press.plan(form, values, issuer);
    const Issuance issuance = issuance_for(*form, values);
    form->complete(values, issuer, issuance);
    const Rendered rendered = press.print(*plan, values, issuer, issuance);
    EXPECT_EQ(rendered.pages, plan->pages());
    EXPECT_NO_THROW(check_print(rendered.pdf, rendered, issuance)) << form->type();
}

TEST(FormPrint, PrintsTheTypeOfTheReadme) {
    const TemporaryFolder root;
    const std::unique_ptr<Press> press = Press::create(Typefaces::load(), {});
    const std::shared_ptr<const Form> form = Form::load(write_example(root));
    print_and_check(*press, form, form->example());
    Json many = form->example();
    while (many["houses"].size() < 60) {
        many["houses"].push_back(many["houses"][0]);
    }
    many["total"] = "709200.00";  // 59 of 12000.00 and one of 1200.00
    print_and_check(*press, form, many);
}

struct PaperMistake {
    const char* file;
    const char* from;
    const char* to;
    const char* pointer;
    const char* words;
};

TEST(FormProof, FindsWhatOnlyThePressCanKnow) {
    const std::unique_ptr<Press> press = Press::create(Typefaces::load(), {});
    const std::map<std::string, std::string> files = files_in_readme();
    const std::vector<PaperMistake> mistakes = {
        {"layout.json", "编号：", "编号\U0010FFFD", "/elements/0/text", "U+10FFFD"},
        {"layout.json",
         "房产税完税凭证",
         "房产税完税凭证房产税完税凭证",
         "/elements/3/text",
         "does not fit"},
        {"layout.json",
         "\"房屋坐落\"",
         "\"房屋坐落\\u0007\"",
         "/elements/13/table/columns/0/title",
         "U+0007"},
        {"layout.json",
         "{\"seal\"",
         "{\"notes\": [\"一\", \"二\", \"三\"], \"box\": [15, 262, 90, 6]}, {\"seal\"",
         "/elements/16/box",
         "too low"},
        {"layout.json",
         "\"text\": \"编号：\"",
         "\"vertical\": true, \"text\": \"编号：\"",
         "/elements/0/text",
         "top to bottom"},
        {"example.json", "张小明", "张\U0010FFFD明", "/owner/name", "U+10FFFD"}};
    for (const PaperMistake& mistake : mistakes) {
        std::string text = files.at(mistake.file);
        const std::size_t at = text.find(mistake.from);
        ASSERT_NE(at, std::string::npos) << mistake.from;
        text.replace(at, std::string(mistake.from).size(), mistake.to);
        const TemporaryFolder root;
        const auto form = Form::load(write_example(root, {{mistake.file, text}}));
        const std::vector<FormFault> faults = proof_form(form, *press, issuer, now);
        ASSERT_EQ(faults.size(), 1u) << mistake.to;
        EXPECT_EQ(faults[0].file, mistake.file);
        EXPECT_EQ(faults[0].pointer, mistake.pointer);
        EXPECT_THAT(faults[0].detail, testing::HasSubstr(mistake.words));
    }
}

TEST(FormProof, NamesAllAtOnce) {
    const std::unique_ptr<Press> press = Press::create(Typefaces::load(), {});
    std::string layout = files_in_readme().at("layout.json");
    for (const char* label : {"编号：", "产权人：", "缴款日期："}) {
        layout.replace(layout.find(label), std::string(label).size(), "\U0010FFFD");
    }
    const TemporaryFolder root;
    const auto form = Form::load(write_example(root, {{"layout.json", layout}}));
    EXPECT_EQ(proof_form(form, *press, issuer, now).size(), 3u);
    // At the first document, and again: not the caller's fault.
    for (int i = 0; i < 2; ++i) {
        try {
            press->plan(form, form->evaluate(form->example(), issuer, now), issuer);
            FAIL();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Unavailable);
            EXPECT_EQ(error.fields().size(), 3u);
        }
    }
}

TEST(FormProof, PassesWhatShips) {
    const std::unique_ptr<Press> press = Press::create(Typefaces::load(), {});
    const TemporaryFolder root;
    for (const auto& form : {shipped("invoice"),
                             shipped("tax-paid-certificate"),
                             shipped("tax-payment-record"),
                             shipped("verification-report"),
                             Form::load(write_example(root))}) {
        for (const FormFault& fault : proof_form(form, *press, issuer, now)) {
            ADD_FAILURE() << form->type() << " " << fault.file << " " << fault.pointer << ": "
                          << fault.detail;
        }
    }
}

TEST(FormPrint, PrintsEverySample) {
    const std::unique_ptr<Press> press = Press::create(Typefaces::load(), {});
    for (const std::string& file : tests::sample_files()) {
        SCOPED_TRACE(file);
        print_and_check(*press, shipped(file.substr(0, file.find('.'))), tests::sample(file));
    }
}

}  // namespace
}  // namespace yinxin::pdf
