// SPDX-License-Identifier: Apache-2.0
// The names of the faces. What they look like is typeface.h's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace yinxin::pdf {

/// Which face a style asks for. The values are indices into FaceSet::faces().
enum class FaceId : std::uint8_t { Serif, SerifBold, Kai, KaiBold, Mono, Sans, Rare };
inline constexpr std::size_t kFaceCount = 7;

}  // namespace yinxin::pdf
