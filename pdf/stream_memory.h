// SPDX-License-Identifier: Apache-2.0
// What was read out of streams that come again: the blank form is the same in all documents of a
// version.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace yinxin::pdf {

/// Values by the exact bytes they follow from; nothing else may go into them. Keeps few, and none
/// of what is long. Any thread.
template <typename Value>
class StreamMemory {
  public:
    /// Null when it is not known.
    std::shared_ptr<const Value> find(const std::string& bytes) const {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(bytes);
        return found == kept_.end() ? nullptr : found->second;
    }
    std::shared_ptr<const Value> keep(std::string bytes, Value value) {
        auto shared = std::make_shared<const Value>(std::move(value));
        if (bytes.size() > kBytesMax) {
            return shared;
        }
        const std::lock_guard lock(mutex_);
        if (kept_.size() >= kCountMax) {
            kept_.clear();
        }
        return kept_.insert_or_assign(std::move(bytes), std::move(shared)).first->second;
    }

  private:
    static constexpr std::size_t kCountMax = 256;
    static constexpr std::size_t kBytesMax = 32u << 10;

    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const Value>> kept_;
};

}  // namespace yinxin::pdf
