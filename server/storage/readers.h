// SPDX-License-Identifier: Apache-2.0
// Read-only connections that never checkpoint, lent out one at a time. They share no lock with the
// writer.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/storage/sqlite.h"

namespace yinxin::server {

std::unique_ptr<Connection> open_reader(const std::filesystem::path& path, const std::string& vfs);

/// Any thread.
class Readers {
  public:
    /// For short questions, which all go the same way.
    struct Few {
        std::size_t most;         ///< lent at once: who comes then waits for one, since opening
                                  ///< another costs more. Whoever has one must not take a second
        std::size_t cache_bytes;  ///< of pages that each keeps
    };
    Readers(std::filesystem::path path, std::string vfs, std::optional<Few> few = std::nullopt)
        : path_(std::move(path)), vfs_(std::move(vfs)), few_(few) {}

    /// Goes back to the pool when it goes out of scope.
    class Lease {
      public:
        Lease(Readers& pool, std::unique_ptr<Connection> connection)
            : pool_(pool), connection_(std::move(connection)) {}
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Connection& operator*() { return *connection_; }
        Connection* operator->() { return connection_.get(); }

      private:
        Readers& pool_;
        std::unique_ptr<Connection> connection_;
    };
    Lease take();

  private:
    std::unique_ptr<Connection> take_idle();
    void give_back(std::unique_ptr<Connection> connection);

    const std::filesystem::path path_;
    const std::string vfs_;
    const std::optional<Few> few_;
    std::mutex mutex_;
    std::condition_variable given_back_;
    std::size_t lent_ = 0;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace yinxin::server
