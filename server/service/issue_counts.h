// SPDX-License-Identifier: Apache-2.0
// What this process has issued and extended, for /metrics.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace yinxin::server {

/// Any thread.
class IssueCounts {
  public:
    struct All {
        std::map<std::pair<std::string, std::string>, std::uint64_t> issued;  ///< type, level
        std::map<std::string, std::uint64_t> extended;                        ///< to a level
    };

    void issued(const std::string& type, const std::string& level) {
        const std::lock_guard lock(mutex_);
        ++all_.issued[{type, level}];
    }
    void extended(const std::string& level) {
        const std::lock_guard lock(mutex_);
        ++all_.extended[level];
    }
    All all() const {
        const std::lock_guard lock(mutex_);
        return all_;
    }

  private:
    mutable std::mutex mutex_;
    All all_;
};

}  // namespace yinxin::server
