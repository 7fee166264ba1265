// SPDX-License-Identifier: Apache-2.0
// The seals of GB/T 38540 of an instance: DIR/seals/ID.esl is the SESeal (DER) that goes with the
// seal record ID, whoever made it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "common/bytes.h"

namespace yinxin::server {

std::filesystem::path ses_seal_file(const std::filesystem::path& dir, const std::string& id);
/// By id of the seal record.
std::map<std::string, Bytes> read_ses_seals(const std::filesystem::path& dir);

}  // namespace yinxin::server
