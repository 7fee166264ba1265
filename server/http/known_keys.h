// SPDX-License-Identifier: Apache-2.0
// Which API keys were good lately, by digest; the keys themselves are not kept.
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace yinxin::server {

/// Says only that a key is worth being looked up, never that it is good now. Any thread.
class KnownKeys {
  public:
    void add(const std::string& key);
    bool contains(const std::string& key) const;

  private:
    mutable std::mutex mutex_;
    std::set<std::string> digests_;
};

}  // namespace yinxin::server
