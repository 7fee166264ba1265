// SPDX-License-Identifier: Apache-2.0
// `yinxin bench store`: what the register alone costs.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "keys/private_key.h"

namespace yinxin::server {

struct StoreBench {
    std::filesystem::path dir;  ///< whose disk is measured on; "": the current folder's
    keys::KeyAlgorithm key = keys::KeyAlgorithm::Rsa2048;  ///< that sealed what is kept
    std::chrono::seconds span{10};
    int cpus = 1;
};

/// On a throw-away instance, pinned to that many CPUs, with one-page documents that were issued
/// before; nothing is rendered or signed meanwhile. Members: key, pdf_bytes, packed_bytes (of those
/// bytes, against the dictionary), pack_us and unpack_us (CPU time, medians), written_per_s (whole
/// documents: reserved, key uses, settled; 16 at once for each CPU), commits_per_s,
/// units_per_commit, write_p50_us, write_p99_us, stored_bytes_per_document (what the file grew by),
/// reads_per_s (a PDF by its document's id, SHA-256 checked, one at once for each CPU), read_us
/// (median), durable.
nlohmann::ordered_json bench_store(const StoreBench& bench);

}  // namespace yinxin::server
