// SPDX-License-Identifier: Apache-2.0
// `yinxin bench verify`: what a full validation of a document of ours costs, and what the sandbox
// around it adds.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "keys/private_key.h"

namespace yinxin::server {

struct VerifyBench {
    std::filesystem::path dir;  ///< where the instance is made; "": the current folder
    keys::KeyAlgorithm key = keys::KeyAlgorithm::EcdsaP256;  ///< of the document that is validated
    std::chrono::seconds span{4};
};

/// On a throw-away instance. Members: key, pdf_bytes, cpu_us_per_validation
/// (CPU, where the sealer is known, as he is to a reader's process; with SM2 by tables, which that
/// process does not have), validation_us (the same by the clock), inspection_us (through the
/// inspector, in a process for the file), sandbox_us (what that adds), inspection_p99_us; medians
/// but for the last.
nlohmann::ordered_json bench_verify(const VerifyBench& bench);

}  // namespace yinxin::server
