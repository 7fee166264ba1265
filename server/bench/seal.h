// SPDX-License-Identifier: Apache-2.0
// `yinxin bench seal`: how many PDFs made elsewhere can be sealed, beside how many times the key
// can sign.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "keys/private_key.h"

namespace yinxin::server {

struct SealBench {
    std::filesystem::path dir;  ///< whose disk is measured on; "": the current folder's
    keys::KeyAlgorithm key = keys::KeyAlgorithm::Rsa2048;
    std::chrono::seconds span{10};
    int cpus = 1;
};

/// On a throw-away instance, pinned to that many CPUs: one page each time, its seal in a free
/// corner, read, checked and recorded as POST /api/v1/seals has it done. Members: key,
/// raw_sign_per_s, sealed_per_s, ratio, overhead_us, cpu_us_per_document (of all processes: those
/// that read the file, too), p50_us, p99_us, input_bytes, pdf_bytes, durable.
nlohmann::ordered_json bench_seal(const SealBench& bench);

}  // namespace yinxin::server
