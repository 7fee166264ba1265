// SPDX-License-Identifier: Apache-2.0
// One JSON line per request, without personal data: the route's template instead of the path, a
// keyed hash of the address (the key lives a day), never a code, a fact, a token or a body.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/ports.h"
#include "server/http/server.h"

namespace yinxin::server {

/// What it points to outlives the call.
struct LogEntry {
    std::string_view trace_id;
    std::string_view method;
    std::string_view route;  ///< template; "-" when none matched
    int status = 0;
    std::chrono::microseconds took{};
    std::string caller_group;     ///< raw bytes of the address group; hashed here
    std::string_view api_caller;  ///< id of the API key's owner or ""
    std::string_view note;
};

class AccessLog {
  public:
    AccessLog(LogSink sink, const Clock& clock, Random& random);
    void request(const LogEntry& entry);
    /// A fault of ours, with the detail that answers never carry.
    void fault(const std::string& trace_id, const std::string& route, const std::string& detail);

  private:
    std::string address_hash(const std::string& group, Time now);
    std::string fresh_hash(const std::string& group) const;

    LogSink sink_;
    const Clock& clock_;
    Random& random_;
    std::mutex mutex_;
    std::string key_;
    std::chrono::sys_days key_day_{};
    std::unordered_map<std::string, std::string> hashes_;  ///< of that day, by group; not all
};

}  // namespace yinxin::server
