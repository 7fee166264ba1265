// SPDX-License-Identifier: Apache-2.0
#include "server/specimen.h"

namespace yinxin::server {

pdf::Rendered print_specimen(const Specimen& specimen, pdf::Press& press) {
    const pdf::Form& form = *specimen.form;
    pdf::Values values = form.evaluate(specimen.data, specimen.issuer, specimen.at);
    const auto plan = press.plan(specimen.form, values, specimen.issuer);
    pdf::Issuance issuance;
    issuance.number = form.number(values, specimen.issuer, 0);
    issuance.code = std::string(16, '2');
    issuance.qr_text = (specimen.public_url.empty() ? "https://" + specimen.issuer.verify_host
                                                    : specimen.public_url) +
                       "/v/" + issuance.code;
    issuance.issued_at = specimen.at;
    issuance.specimen = true;
    form.complete(values, specimen.issuer, issuance);
    return press.print(*plan, values, specimen.issuer, issuance);
}

}  // namespace yinxin::server
