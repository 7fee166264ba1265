// SPDX-License-Identifier: Apache-2.0
// Deliberate faults with which a crash harness is shown to see something. Included only where
// YINXIN_DEFECTS is defined, which no shipped target does; the harness defines defects().
#pragma once

namespace yinxin::server {

struct Defects {
    bool acknowledge_before_commit = false;
    bool synchronous_off = false;
};

const Defects& defects();

}  // namespace yinxin::server
