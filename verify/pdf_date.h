// SPDX-License-Identifier: Apache-2.0
// PDF dates (ISO 32000-1, 7.9.4): D:YYYYMMDDHHmmSS with an offset.
#pragma once

#include <optional>
#include <string_view>

#include "common/ports.h"

namespace yinxin::verify {

/// nullopt when it is not one. Parts from the month on may be missing.
std::optional<Time> parse_pdf_date(std::string_view text);

}  // namespace yinxin::verify
