// SPDX-License-Identifier: Apache-2.0
// The type made from forms/README.md alone gets onto paper, and so does every sample of the shipped
// types.
#include <gtest/gtest.h>

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

TEST(FormPrint, PrintsEverySample) {
    const std::unique_ptr<Press> press = Press::create(Typefaces::load(), {});
    for (const std::string& file : tests::sample_files()) {
        SCOPED_TRACE(file);
        print_and_check(*press, shipped(file.substr(0, file.find('.'))), tests::sample(file));
    }
}

}  // namespace
}  // namespace yinxin::pdf
