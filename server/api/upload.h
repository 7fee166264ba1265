// SPDX-License-Identifier: Apache-2.0
// Files from callers.
#pragma once

#include <cstddef>
#include <string>

#include "server/http/message.h"

namespace yinxin::server {

/// The uploaded file: the raw body, or the one part with a file name of multipart/form-data. Throws
/// Error{Malformed} when there is none or several, Error{TooLarge} above `bytes_max`.
std::string uploaded_file(const Request& request, std::size_t bytes_max);

}  // namespace yinxin::server
