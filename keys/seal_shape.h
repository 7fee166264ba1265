// SPDX-License-Identifier: Apache-2.0
// What a seal of GB/T 38540-2020 and a signature with one look like to the key that is asked to
// sign them. Enough to tell them from everything else a key signs; verify/ses_check.h judges them.
#pragma once

#include <optional>

#include "common/bytes.h"

namespace yinxin::keys {

/// Whether the bytes are one SES_SealInfo as it is made here, DER at every level: version 4, a
/// picture, no extensions.
bool is_seal_info(ByteView message);

/// The dataHash of a TBS_Sign of version 4 without extensions, DER but for what is inside the seal
/// (which others may have made); nullopt when the bytes are something else.
std::optional<Bytes> signed_data_hash(ByteView message);

/// Whether the bytes are one SEQUENCE or SET from the first to the last, in whatever encoding.
bool is_one_structure(ByteView message);

}  // namespace yinxin::keys
