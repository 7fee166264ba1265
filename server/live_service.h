// SPDX-License-Identifier: Apache-2.0
// The service of the keys that are in use now. When a key changes another service takes its place:
// issues under way end with the keys they began with, later ones wait for the new ones, and who
// verifies or reads waits for neither.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "server/api/use_cases.h"
#include "server/service/service.h"

namespace yinxin::server {

/// Any thread.
class LiveService {
  public:
    using Pointer = std::shared_ptr<Service>;

    explicit LiveService(Pointer first) : service_(std::move(first)) {}

    Pointer now() const;

    /// The service for as long as this exists: it is not exchanged.
    class Issuing {
      public:
        explicit Issuing(LiveService& live);
        ~Issuing();
        Issuing(const Issuing&) = delete;
        Issuing& operator=(const Issuing&) = delete;
        Service* operator->() const { return service_.get(); }

      private:
        LiveService& live_;
        Pointer service_;
    };

    /// Puts what `make` gives in the place of the service, while nothing is being issued. When it
    /// throws the service stays.
    void exchange(const std::function<Pointer()>& make);

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Pointer service_;
    int issuing_ = 0;
    bool exchanging_ = false;
};

/// `live` outlives the result.
UseCases use_cases(LiveService& live);

}  // namespace yinxin::server
