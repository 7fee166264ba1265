// SPDX-License-Identifier: Apache-2.0
#include "server/ses_seals.h"

#include "common/files.h"
#include "common/limits.h"

namespace yinxin::server {

namespace fs = std::filesystem;

fs::path ses_seal_file(const fs::path& dir, const std::string& id) {
    return dir / "seals" / (id + ".esl");
}

std::map<std::string, Bytes> read_ses_seals(const fs::path& dir) {
    std::map<std::string, Bytes> seals;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(dir / "seals", none)) {
        if (entry.path().extension() == ".esl") {
            seals.emplace(entry.path().stem().string(),
                          read_public_file(entry.path(), limits::ses_seal_bytes_max));
        }
    }
    return seals;
}

}  // namespace yinxin::server
