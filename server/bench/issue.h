// SPDX-License-Identifier: Apache-2.0
// `yinxin bench issue`: how many whole documents a key can seal, beside how many times it can sign.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "keys/private_key.h"

namespace yinxin::server {

struct IssueBench {
    std::filesystem::path dir;  ///< an instance whose seal key is of this kind, else only the disk
                                ///< to measure on; "": the current folder's
    keys::KeyAlgorithm key = keys::KeyAlgorithm::Rsa2048;
    std::chrono::seconds span{10};
    int cpus = 1;
    std::uint64_t documents = 0;  ///< not 0: so many, one after the other, and nothing is measured
};

/// Pins the process and its children to that many CPUs, then measures there. The answer has exactly
/// the members of the design: key, raw_sign_per_s, issued_per_s, ratio, overhead_us,
/// cpu_us_per_document, p50_us, p99_us, pdf_bytes, stored_bytes_per_document; and durable: false
/// where the register lay in memory, so that its figures tell nothing of a disk. Of a given number
/// of documents: key and documents.
nlohmann::ordered_json bench_issue(const IssueBench& bench);

}  // namespace yinxin::server
