// SPDX-License-Identifier: Apache-2.0
// What the command line reads and writes.
#pragma once

#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/error.h"

namespace yinxin::server::cli {

/// Files of the instance are private whatever the umask is; files that a verb writes for its user
/// follow the user's umask.
void keep_new_files_private();
/// Whole or not at all: a temporary file beside it, then renamed. Throws Error{Conflict} when there
/// is something that is no ordinary file: a device or a pipe is not replaced.
void write_output(const std::filesystem::path& file, ByteView content);
/// Before what cannot be undone: throws as write_output would, naming the remedy, when nothing can
/// be written there. Leaves nothing behind.
void check_output(const std::filesystem::path& file);
/// "-": standard input. Throws Error{NotFound} or Error{TooLarge}.
Bytes read_input(const std::string& file, std::size_t bytes_max);
/// As parse_json, so that a file is held to the same rules as a request. Throws Error{Malformed}
/// naming the file and what is wrong.
nlohmann::json read_json(const std::string& file);

/// Certificates of PEM files, as DER. Throws as read_input, and Error{Malformed}.
std::vector<Bytes> read_anchors(const std::vector<std::string>& files);

/// To standard error, with every field and what to do.
void print_error(const std::exception& error, bool json);
/// A line to standard error that a person may want to see while waiting; nothing when it is not a
/// terminal.
void print_progress(const std::string& text);

}  // namespace yinxin::server::cli
