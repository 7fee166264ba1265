// SPDX-License-Identifier: Apache-2.0
// The dictionaries of the register, each read once and kept ready.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/storage/packing.h"
#include "server/storage/sqlite.h"

namespace yinxin::server {

/// By what name a cell of `column` is sealed (RegisterSecret): the dictionary's SHA-256 is part of
/// it, so that a cell opens with that content only.
std::string packed_cell_name(const std::string& column, const Dictionary* dictionary);

/// Any thread; what get() answers stays as long as this.
class Dictionaries {
  public:
    /// nullptr for nullopt. Throws Error{Internal} naming the dictionary and the remedy when it is
    /// not there or does not have its SHA-256.
    const Dictionary* get(Connection& db, const std::optional<std::int64_t>& id);

  private:
    std::mutex mutex_;
    std::map<std::int64_t, std::unique_ptr<const Dictionary>> read_;
};

}  // namespace yinxin::server
