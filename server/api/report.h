// SPDX-License-Identifier: Apache-2.0
// What a check of a file found, as the data of a document of type verification-report: in both
// languages, in the words of the pages. A bank files it.
#pragma once

#include "common/bytes.h"
#include "server/api/web.h"
#include "server/service/service.h"

namespace yinxin::server {

/// Texts out of a stranger's file: with the characters that faces have as a rule, or with those
/// that all of them have. All others are named by their numbers.
enum class Letters { Usual, Ascii };

/// `answer` is that of Service::verify_file(). Without "file", which Service::report() adds.
Json report_data(const Web& web, const Json& answer, Letters letters);

/// At most so many columns of Latin letters (Chinese ones count twice), on one line, with room to
/// break it.
std::string printable(const std::string& text, Letters letters, std::size_t columns_max);

}  // namespace yinxin::server
