// SPDX-License-Identifier: Apache-2.0
// The seals of GB/T 38540 (SESeal) of an instance. One that was made here is in the register, with
// its seal record; of one made elsewhere DIR/seals/ID.esl is the DER, ID being that of its record.
#pragma once

#include <filesystem>
#include <vector>

#include "server/storage/store.h"

namespace yinxin::server {

/// The seal records of the register, each with its SESeal, whoever made that.
std::vector<SealRecordRow> seal_records_of(Store& store, const std::filesystem::path& dir);

}  // namespace yinxin::server
