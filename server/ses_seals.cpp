// SPDX-License-Identifier: Apache-2.0
#include "server/ses_seals.h"

#include "common/files.h"
#include "common/limits.h"

namespace yinxin::server {

namespace fs = std::filesystem;

std::vector<SealRecordRow> seal_records_of(Store& store, const fs::path& dir) {
    std::vector<SealRecordRow> rows = store.seal_records();
    for (SealRecordRow& row : rows) {
        const fs::path file = dir / "seals" / (row.id + ".esl");
        std::error_code none;
        if (!row.record.ses_seal && fs::exists(file, none)) {
            row.record.ses_seal = read_public_file(file, limits::ses_seal_bytes_max);
        }
    }
    return rows;
}

}  // namespace yinxin::server
