// SPDX-License-Identifier: Apache-2.0
// Files that are private when read, whole or absent when written.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "common/bytes.h"

namespace yinxin {

/// What others may do with a new file, whatever the umask is. Any other mode can be cast to it.
enum class FileMode : mode_t { Private = 0600, Public = 0644 };
enum class IfPresent { Refuse, Replace };

/// Throws Error{NotFound}, or Error{Forbidden} when anybody but its owner may read or write it
/// (mode 0600 or less), or Error{TooLarge}.
Bytes read_private_file(const std::filesystem::path& path, std::size_t bytes_max);
/// Throws Error{NotFound} or Error{TooLarge}.
Bytes read_public_file(const std::filesystem::path& path, std::size_t bytes_max);

/// A temporary file beside it that then gets its name: who opens the path finds a whole file or
/// none. Not yet on the disk. Throws Error{Conflict} when it is there and may not be replaced,
/// Error{NotFound} without its folder, Error{StorageFull}, Error{Forbidden} or Error{Unavailable}.
void write_file(const std::filesystem::path& path,
                ByteView content,
                FileMode mode,
                IfPresent if_present);

/// The same, with fsync of the file before it gets its name and of the folder after: a power loss
/// leaves the old file, the new one or none, and the new one once this returned.
void write_file_durably(const std::filesystem::path& path,
                        ByteView content,
                        FileMode mode,
                        IfPresent if_present);

/// fsync of a file, or of the names in a folder. Throws as above.
void make_durable(const std::filesystem::path& path);

}  // namespace yinxin
