// SPDX-License-Identifier: Apache-2.0
// Changes when the same form and values give other bytes: part of the cache's keys and of the
// documents' metadata.
#pragma once

namespace yinxin::pdf {

inline constexpr char kProgramVersion[] = "0.1.0";

}  // namespace yinxin::pdf
