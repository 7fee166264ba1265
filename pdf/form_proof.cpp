// SPDX-License-Identifier: Apache-2.0
#include "pdf/form_proof.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::pdf {
namespace {

Issuance example_issuance(const IssuerNames& issuer, Time now) {
    Issuance issuance;
    issuance.code = "ABCDEFGHJKLMNPQ5";
    issuance.qr_text = "http://" + issuer.verify_host + "/v/" + issuance.code + "#";
    issuance.qr_text.resize(std::max(issuance.qr_text.size(), limits::qr_text_bytes_max), '0');
    issuance.issued_at = now;
    issuance.channel = "办税服务厅";  // the longest
    return issuance;
}

void add(std::vector<FormFault>& faults, const FormFault& fault) {
    const auto same = [&](const FormFault& f) {
        return f.file == fault.file && f.pointer == fault.pointer && f.detail == fault.detail;
    };
    if (std::none_of(faults.begin(), faults.end(), same)) {
        faults.push_back(fault);
    }
}

}  // namespace

std::vector<FormFault> proof_form(const std::shared_ptr<const Form>& form,
                                  Press& press,
                                  const IssuerNames& issuer,
                                  Time now) {
    std::vector<FormFault> faults;
    for (const bool specimen : {false, true}) {
        try {
            Values values = form->evaluate(form->example(), issuer, now);
            const auto plan = press.plan(form, values, issuer);
            Issuance issuance = example_issuance(issuer, now);
            issuance.number = form->number(values, issuer, 1);
            issuance.specimen = specimen;
            form->complete(values, issuer, issuance);
            const Rendered rendered = press.print(*plan, values, issuer, issuance);
            check_print(rendered.pdf, rendered, issuance);
        } catch (const Error& error) {
            for (const FieldError& field : error.fields()) {
                add(faults,
                    {field.rule == "layout" ? "layout.json" : "example.json",
                     field.pointer,
                     field.detail});
            }
            if (error.fields().empty() && error.code() != ErrorCode::Internal) {
                throw;
            }
            if (error.fields().empty()) {
                add(faults, {"layout.json", "", error.what()});
            }
        }
    }
    return faults;
}

}  // namespace yinxin::pdf
