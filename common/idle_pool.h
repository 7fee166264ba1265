// SPDX-License-Identifier: Apache-2.0
// Working memory that is dear to set up: who is done with it leaves it to the next.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace yinxin {

/// `Owned` is a unique_ptr or alike. The one left last is taken first: it is still in the CPU's
/// cache, whichever thread asks. Few are kept. Any thread; outlives its leases.
template <typename Owned>
class IdlePool {
  public:
    IdlePool() { idle_.reserve(kIdleMax); }

    class Lease {
      public:
        Lease(IdlePool& pool, Owned owned) : pool_(pool), owned_(std::move(owned)) {}
        ~Lease() { pool_.give_back(std::move(owned_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        auto* get() const { return owned_.get(); }

      private:
        IdlePool& pool_;
        Owned owned_;
    };

    /// `make` gives another one where none is idle, and throws where it cannot.
    template <typename Make>
    Lease take(const Make& make) {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                Owned last = std::move(idle_.back());
                idle_.pop_back();
                return {*this, std::move(last)};
            }
        }
        return {*this, make()};
    }

  private:
    static constexpr std::size_t kIdleMax = 8;

    void give_back(Owned owned) {
        const std::lock_guard lock(mutex_);
        if (idle_.size() < kIdleMax) {
            idle_.push_back(std::move(owned));
        }
    }

    std::mutex mutex_;
    std::vector<Owned> idle_;
};

}  // namespace yinxin
