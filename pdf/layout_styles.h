// SPDX-License-Identifier: Apache-2.0
// The named styles of a layout.json. Style properties stand in a named style or in the element
// itself; the element's win.
#pragma once

#include <map>
#include <string>

#include "pdf/layout_members.h"

namespace yinxin::pdf {

class StyleBook {
  public:
    /// The built-in styles, changed and added to by the layout's own.
    StyleBook(Members& layout, Color ink);

    /// The style that `member` names.
    TextStyle named(Members& element, const std::string& member, const std::string& fallback) const;
    /// The named style with the properties that stand in `element`.
    TextStyle read(Members& element, const std::string& fallback) const;

  private:
    std::map<std::string, TextStyle> styles_;
};

}  // namespace yinxin::pdf
