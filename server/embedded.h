// SPDX-License-Identifier: Apache-2.0
// Files that are part of the program (yinxin_embed in embed.cmake), so that the binary runs from
// anywhere.
#pragma once

#include <span>
#include <string_view>

namespace yinxin::server {

struct EmbeddedFile {
    std::string_view path;  ///< as given to yinxin_embed, relative to its CMakeLists.txt
    std::string_view content;
};

}  // namespace yinxin::server
