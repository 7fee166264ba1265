// SPDX-License-Identifier: Apache-2.0
// JSON written as it goes, where a tree would cost more than it says.
#pragma once

#include <string>
#include <string_view>

namespace yinxin {

/// `text`, valid UTF-8, as a JSON string: as it is but for what must be escaped (RFC 8259, 7).
void append_json_text(std::string& out, std::string_view text);

}  // namespace yinxin
