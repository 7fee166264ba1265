// SPDX-License-Identifier: Apache-2.0
#include "pdf/layout.h"

#include "pdf/layout_check.h"
#include "pdf/layout_reader.h"

namespace yinxin::pdf {

bool stands_on(Pages pages, int page, int count) {
    const bool first = page == 0, last = page == count - 1;
    switch (pages) {
        case Pages::All:
            return true;
        case Pages::First:
            return first;
        case Pages::Last:
            return last;
        case Pages::NotFirst:
            return !first;
        case Pages::NotLast:
            return !last;
        case Pages::Several:
            return count > 1;
        case Pages::LastOfSeveral:
            return last && count > 1;
    }
    return false;
}

Layout read_layout(const Json& layout, std::vector<FormFault>& faults) {
    Layout out = read_layout_elements(layout, faults);
    check_layout_rules(out, faults);
    return out;
}

}  // namespace yinxin::pdf
