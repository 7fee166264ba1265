// SPDX-License-Identifier: Apache-2.0
// A disk in memory under SQLite (a VFS): it remembers every write and sync in order, so that the
// state after a loss of power at any point can be made, with what was not synced lost, kept by
// chance or torn; and it fails on demand.
#pragma once

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "common/bytes.h"

namespace yinxin::server {

class MemoryDisk {
  public:
    using Image = std::map<std::string, Bytes>;

    struct Operation {
        enum class Kind { Write, Truncate, Sync, Delete } kind = Kind::Write;
        std::string file;
        std::size_t offset = 0;  ///< Truncate: the new size
        Bytes data;
    };

    enum class Loss { All, Random, Torn };

    /// Registers a VFS with this name until the disk goes; connections go first.
    explicit MemoryDisk(std::string name, const Image& image = {});
    ~MemoryDisk();
    MemoryDisk(const MemoryDisk&) = delete;
    MemoryDisk& operator=(const MemoryDisk&) = delete;

    const std::string& name() const { return name_; }
    /// How many operations there were; what is acknowledged now must survive from here on.
    std::size_t position() const;
    std::vector<Operation> operations() const;

    /// What is on the disk when the power goes after the first `count` operations.
    static Image after_power_loss(const std::vector<Operation>& operations,
                                  std::size_t count,
                                  Loss loss,
                                  std::uint32_t seed);

    std::atomic<int> fail_writes{SQLITE_OK};  ///< what every write answers
    std::atomic<int> fail_syncs{SQLITE_OK};
    std::function<bool()> has_room = [] { return true; };  ///< for more shared memory

    struct File {
        Bytes content;
        int shared_locks = 0;
        const void* reserved = nullptr;
        const void* pending = nullptr;
        const void* exclusive = nullptr;
        std::vector<std::unique_ptr<std::array<std::uint8_t, 32768>>> shared_memory;
        std::array<int, SQLITE_SHM_NLOCK> shm_shared{};
        std::array<const void*, SQLITE_SHM_NLOCK> shm_exclusive{};
    };
    std::shared_ptr<File> open(const std::string& path, bool create);
    bool exists(const std::string& path) const;
    void remove(const std::string& path);
    void record(Operation operation);

    mutable std::mutex mutex;  ///< of all files

  private:
    std::string name_;
    std::map<std::string, std::shared_ptr<File>> files_;
    std::vector<Operation> operations_;
    std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace yinxin::server
