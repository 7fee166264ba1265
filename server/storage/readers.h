// SPDX-License-Identifier: Apache-2.0
// Read-only connections that never checkpoint, lent out one at a time. They share no lock with the
// writer.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/storage/sqlite.h"

namespace yinxin::server {

std::unique_ptr<Connection> open_reader(const std::filesystem::path& path, const std::string& vfs);

class Readers {
  public:
    Readers(std::filesystem::path path, std::string vfs)
        : path_(std::move(path)), vfs_(std::move(vfs)) {}

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
    void give_back(std::unique_ptr<Connection> connection);

    const std::filesystem::path path_;
    const std::string vfs_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace yinxin::server
