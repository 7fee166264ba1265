// SPDX-License-Identifier: Apache-2.0
// A register with as many rows as a measurement needs: copies of one document under codes of their
// own. Same schema, same indexes; no revisions, events or log leaves, so fsck has much to say.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/bytes.h"

namespace yinxin::server {

/// The code of the n-th copy, n from 0: anybody can work it out, so it belongs in a throw-away
/// register only.
std::string bulk_code(std::uint64_t n);

/// Adds `rows` copies of the one document that the register holds, in one transaction. Nobody else
/// has the file open. Throws Error{Conflict} when there is not exactly one; what is left after
/// another error is to be thrown away.
void bulk_load(const std::filesystem::path& database, ByteView secret, std::uint64_t rows);

/// How many copies bulk_load() has put there; 0 when it never was.
std::uint64_t bulk_rows(const std::filesystem::path& database);

}  // namespace yinxin::server
