// SPDX-License-Identifier: Apache-2.0
// A page of a document type that nobody issued: not registered, not sealed, and says so.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/ports.h"
#include "pdf/form.h"
#include "pdf/overprint.h"

namespace yinxin::server {

struct Specimen {
    std::shared_ptr<const pdf::Form> form;
    nlohmann::json data;
    pdf::IssuerNames issuer;
    std::string public_url;  ///< that the QR leads to; "": the issuer's verify_host
    Time at{};
};

/// With a number of zeros and a code of one symbol: nothing that a register has ever given out.
/// Throws Error{Invalid} as issuing does.
pdf::Rendered print_specimen(const Specimen& specimen, pdf::Press& press);

}  // namespace yinxin::server
