// SPDX-License-Identifier: Apache-2.0
// Changes when the same form and values give other bytes: part of the cache's keys and of the
// documents' metadata.
#pragma once

namespace yinxin::pdf {

inline constexpr char kProgramVersion[] = "0.1.0";

/// One more whenever the compiler of blank forms changes what it makes: forms kept on disk are then
/// made again.
inline constexpr char kCompiledFormRevision[] = "6";

}  // namespace yinxin::pdf
