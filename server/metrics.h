// SPDX-License-Identifier: Apache-2.0
// What /metrics says, in the text format of Prometheus. No ids, codes, names or keys.
#pragma once

#include <string>
#include <vector>

#include "common/ports.h"
#include "server/levels/timestamps.h"
#include "server/service/issue_counts.h"
#include "server/storage/store.h"

namespace yinxin::server {

inline constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

struct Metrics {
    IssueCounts::All counts;       ///< since the process started
    std::vector<DebtGroup> debts;  ///< open ones
    std::vector<TsaState> tsas;
    Time now{};
};
std::string metrics_text(const Metrics& measured);

}  // namespace yinxin::server
