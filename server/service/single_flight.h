// SPDX-License-Identifier: Apache-2.0
// Requests with the same key go one after the other; the others do not notice each other.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace yinxin::server {

class SingleFlight {
  public:
    using Key = std::pair<std::string, std::string>;  ///< owner and idempotency key, or a code

    class Turn {
      public:
        Turn(SingleFlight& flights, Key key) : flights_(flights), key_(std::move(key)) {
            std::unique_lock lock(flights_.mutex_);
            flights_.done_.wait(lock, [this] { return flights_.busy_.insert(key_).second; });
        }
        ~Turn() {
            {
                const std::lock_guard lock(flights_.mutex_);
                flights_.busy_.erase(key_);
            }
            flights_.done_.notify_all();
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        SingleFlight& flights_;
        const Key key_;
    };

  private:
    std::mutex mutex_;
    std::condition_variable done_;
    std::set<Key> busy_;
};

}  // namespace yinxin::server
