// SPDX-License-Identifier: Apache-2.0
// A form tried on paper: what only the press can find out.
#pragma once

#include <memory>
#include <vector>

#include "pdf/form.h"
#include "pdf/overprint.h"

namespace yinxin::pdf {

/// Sets and prints the example as a document of `issuer` would be, with the largest QR there is, as
/// a specimen and in earnest, and looks at it by check_print. Answers every fault; throws only what
/// is no fault of the form's.
std::vector<FormFault> proof_form(const std::shared_ptr<const Form>& form,
                                  Press& press,
                                  const IssuerNames& issuer,
                                  Time now);

}  // namespace yinxin::pdf
