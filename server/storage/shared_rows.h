// SPDX-License-Identifier: Apache-2.0
// Rows that many documents share and that never change, nor go (triggers of the register see to
// it), each read once and kept.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "common/bytes.h"
#include "server/storage/sqlite.h"

namespace yinxin::server {

/// Any thread; what is answered stays as long as this. `db` is a reader: it sees no row that may
/// still be taken back, whose id another one could get.
class SharedRows {
  public:
    struct Signer {
        std::string organ, name;
        Bytes sha256;  ///< of the certificate
    };

    /// Both throw Error{Internal} when there is no such row.
    const std::string& form_type(Connection& db, std::int64_t id);
    const Signer& signer(Connection& db, std::int64_t id);

  private:
    /// The row with this id, or what `read` gives, which nobody waits for.
    template <typename Row, typename Read>
    const Row& kept(std::map<std::int64_t, Row>& rows, std::int64_t id, const Read& read);

    std::mutex mutex_;
    std::map<std::int64_t, std::string> form_types_;
    std::map<std::int64_t, Signer> signers_;
};

}  // namespace yinxin::server
