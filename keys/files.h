// SPDX-License-Identifier: Apache-2.0
// Files of keys: private when read, whole or absent when written.
#pragma once

#include <filesystem>

#include "common/bytes.h"

namespace yinxin::keys {

enum class FileMode { Private = 0600, Public = 0644 };
enum class IfPresent { Refuse, Replace };

/// Throws Error{NotFound}, or Error{Forbidden} when anybody but its owner may read or write it
/// (mode 0600 or less), or Error{TooLarge}.
Bytes read_private_file(const std::filesystem::path& path, std::size_t bytes_max);
/// Throws Error{NotFound} or Error{TooLarge}.
Bytes read_public_file(const std::filesystem::path& path, std::size_t bytes_max);

/// Temporary file beside it, fsync, rename, fsync of the folder: a crash leaves the old file, the
/// new one or none. Throws Error{Conflict} when it is there and may not be replaced,
/// Error{StorageFull} or Error{Internal} otherwise.
void write_file_durably(const std::filesystem::path& path,
                        ByteView content,
                        FileMode mode,
                        IfPresent if_present);

}  // namespace yinxin::keys
