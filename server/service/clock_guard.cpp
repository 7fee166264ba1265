// SPDX-License-Identifier: Apache-2.0
#include "server/service/clock_guard.h"

#include "common/error.h"

namespace yinxin::server {

using std::chrono::milliseconds;
using std::chrono::seconds;

ClockGuard::ClockGuard(const Clock& clock, milliseconds tolerance)
    : clock_(clock),
      tolerance_(tolerance),
      start_(clock.now()),
      gone_by_at_start_(clock.gone_by()) {}

void ClockGuard::check() const {
    const milliseconds step = (clock_.now() - start_) - (clock_.gone_by() - gone_by_at_start_);
    if (step <= tolerance_ && step >= -tolerance_) {
        return;
    }
    const std::string detail =
        "this server's clock was set " + std::string(step > milliseconds(0) ? "forward" : "back") +
        " by " + std::to_string(std::abs(std::chrono::duration_cast<seconds>(step).count())) +
        " s while it ran; nothing is issued until it is right again, or the server is started anew";
    throw Error(ErrorCode::Unavailable, detail, {{"", "clock", detail}});
}

}  // namespace yinxin::server
