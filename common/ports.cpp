// SPDX-License-Identifier: Apache-2.0
#include "common/ports.h"

namespace yinxin {

Time SystemClock::now() const {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace yinxin
