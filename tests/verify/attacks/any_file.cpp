// SPDX-License-Identifier: Apache-2.0
#include "tests/verify/attacks/any_file.h"

#include "tests/verify/attacks/makers.h"

namespace yinxin::tests {

const std::vector<AnyFileAttack>& any_file_attacks() {
    static const std::vector<AnyFileAttack> all = [] {
        Attacks out;
        rows_1_and_3(out);
        row_2(out);
        rows_4_to_8(out);
        rows_9_to_21(out);
        rows_23_to_30(out);
        rows_31_to_36(out);
        return out;
    }();
    return all;
}

}  // namespace yinxin::tests
