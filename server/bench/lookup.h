// SPDX-License-Identifier: Apache-2.0
// `yinxin bench lookup`: what an answer by code costs in a register of many rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "keys/private_key.h"

namespace yinxin::server {

struct LookupBench {
    std::filesystem::path dir;  ///< made by an earlier run, or to be made and kept; "": a
                                ///< throw-away one in the current folder
    keys::KeyAlgorithm key = keys::KeyAlgorithm::EcdsaP256;  ///< of an instance that is to be made
    std::uint64_t rows = 100'000;                            ///< in it
    std::chrono::seconds span{5};
    int threads = 1;
    std::filesystem::path codes;  ///< a file to put random codes into, one a line; "": none
};

/// Asks for random codes through the use cases, without a socket. Members: rows, load_s (absent
/// where the register was there already), database_mb, ready_ms (from nothing until /readyz would
/// say so), threads, lookups_per_s, p50_us, p99_us, resident_mb (of this process).
/// Throws Error{Conflict} for an instance that was made by somebody else.
nlohmann::ordered_json bench_lookup(const LookupBench& bench);

}  // namespace yinxin::server
