// SPDX-License-Identifier: Apache-2.0
// `yinxin bench page`: a page drawn and sealed, and nothing else that issuing does: for who
// compares with a library that draws and seals.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "keys/private_key.h"

namespace yinxin::server {

struct PageBench {
    std::filesystem::path dir;  ///< where the files are written; "": the current folder
    keys::KeyAlgorithm key = keys::KeyAlgorithm::Rsa2048;
    std::chrono::seconds span{10};
};

/// On a throw-away instance and one CPU: the data of one more person each time are checked and set,
/// the page is drawn with a field, sealed by the sealer's key, and written as a file. No number, no
/// register, no signed token (letters of its size are in the QR), no look at the finished file, no
/// fsync. Members: key, raw_sign_per_s, made_per_s, ratio, overhead_us, cpu_us_per_document,
/// p50_us, p99_us, pdf_bytes.
nlohmann::ordered_json bench_page(const PageBench& bench);

}  // namespace yinxin::server
