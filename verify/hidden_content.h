// SPDX-License-Identifier: Apache-2.0
// What a signed file holds beside what it shows: things that may change the picture without a
// changed byte, and objects that lie in wait for a later revision. Said, never a verdict.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "pdf/reader.h"

namespace yinxin::verify {

/// Scripts, actions that start by themselves, optional content, data from other files (ISO 32000-1,
/// 12.6, 8.11, 7.3.8.2, 14.11.7): each kind once, in words. `reachable` as of `revision`.
std::vector<std::string> dynamic_content(const pdf::reader::Document& document,
                                         std::size_t revision,
                                         const std::set<std::uint32_t>& reachable);

/// How many pages, fonts, streams and the like of this revision are not among those that can be
/// reached in it. Reads each of them, as far as they can be read.
std::size_t unreachable_content(const pdf::reader::Document& document,
                                std::size_t revision,
                                const std::set<std::uint32_t>& reachable);

}  // namespace yinxin::verify
