// SPDX-License-Identifier: Apache-2.0
// `yinxin verify --offline`: the QR's text against published keys, without a register or a network.
#pragma once

#include <string>
#include <vector>

namespace yinxin::server::cli {

struct OfflineQuestion {
    std::string text;                ///< what the QR says, "-" for standard input
    std::string keys;                ///< file of /.well-known/jwks.json
    std::vector<std::string> trust;  ///< PEM files of roots
    bool json = false;
};

/// The exit status.
int verify_offline(const OfflineQuestion& question);

}  // namespace yinxin::server::cli
