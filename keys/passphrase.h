// SPDX-License-Identifier: Apache-2.0
// Passphrases and PINs: from a file or from a systemd credential, never from the command line or
// the environment.
#pragma once

#include <filesystem>

#include "common/ports.h"
#include "keys/crypto/secret.h"

namespace yinxin::keys {

/// The text of a file without its last line end; "credential:NAME" is the file NAME of
/// $CREDENTIALS_DIRECTORY (systemd's LoadCredential=). Throws Error{Forbidden} unless the file is
/// 0600 or less (a credential: not open to all; systemd shows its access list as a group's),
/// Error{Invalid} when it is empty or there is no such directory.
Secret read_passphrase(const std::filesystem::path& source);
/// Where that is.
std::filesystem::path passphrase_file(const std::filesystem::path& source);
/// Makes a file (0600) with a passphrase of 256 random bits; throws Error{Conflict} when it is
/// there already.
void create_passphrase(const std::filesystem::path& file, Random& random);

}  // namespace yinxin::keys
