// SPDX-License-Identifier: Apache-2.0
// Which texts speak of an answer, on pages and on reports alike, and what is read out of it for
// them.
#pragma once

#include <string>

#include "server/service/service.h"

namespace yinxin::server {

/// What a result page says, chosen from a verification answer. `key` names texts: <key>_title,
/// <key>_meaning, <key>_next1 ...
struct PageState {
    std::string key;
    std::string tone;  ///< good, warn, bad, none: colour and mark
};
/// Tier 0 and 1, by code.
PageState state_by_code(const Json& answer, bool fact_given);
/// An uploaded file.
PageState state_by_file(const Json& answer);
/// An uploaded picture or scan of paper: an answer with "picture".
PageState state_by_picture(const Json& answer);

/// About a report on another file: that it is genuine says nothing of that file.
bool is_report(const Json& answer);

/// A member that is a text; "" for any other.
std::string text_at(const Json& json, const char* name);
/// A member that is an object; else an empty one.
const Json& member(const Json& answer, const char* name);
/// Times leave the service in UTC; people read the clock of Beijing, to the minute.
std::string china_time(const std::string& rfc3339);

}  // namespace yinxin::server
