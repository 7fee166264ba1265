// SPDX-License-Identifier: Apache-2.0
// What an answer says about a document and a file, line by line, in the words of the pages: the
// same on a page, in one language, and on a report, in both.
#pragma once

#include <string>
#include <vector>

#include "server/api/web.h"
#include "server/service/service.h"

namespace yinxin::server {

struct AnswerRow {
    std::string label;   ///< names a text
    std::string zh, en;  ///< the value; the same twice where it has no language, "" for nothing
};
using AnswerRows = std::vector<AnswerRow>;

/// The register's part of an answer: what tier 0 may say.
AnswerRows document_rows(const Web& web, const Json& answer);

/// What was looked at in a file, and whose seal it carries; then document_rows().
AnswerRows file_rows(const Web& web, const Json& answer);

/// "CN=示例市税务局,O=示例市" (RFC 2253) as people read it: 示例市税务局 (示例市).
std::string name_in_words(const std::string& distinguished_name);

}  // namespace yinxin::server
