// SPDX-License-Identifier: Apache-2.0
// A key in a PKCS#11 token as the sealer holds it: it may be away when the sealer starts and come
// later, and a PIN that the token refused is offered once only, whoever starts again.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "keys/pkcs11_key.h"

namespace yinxin::keys {

/// Opens the key. `mark` is a file beside it: written when the token refuses the PIN, with what
/// tells this state of the PIN's file from a later one. Throws what Pkcs11Key throws, and
/// Error{Forbidden} without asking the token when that PIN was refused before.
std::unique_ptr<Pkcs11Key> open_once_per_pin(const std::string& id,
                                             const Pkcs11Uri& uri,
                                             const std::vector<Bytes>& chain,
                                             const std::filesystem::path& mark);

/// Any thread.
class TokenKey : public PrivateKey {
  public:
    /// Tries to open it; a token that is away or refuses the PIN is told when it is asked. Throws
    /// Error{Invalid} when the key's algorithm is known from nowhere.
    TokenKey(std::string id, Pkcs11Uri uri, std::vector<Bytes> chain, std::filesystem::path mark);

    const std::string& id() const override { return id_; }
    KeyAlgorithm algorithm() const override { return algorithm_; }
    const std::vector<Bytes>& chain() const override { return chain_; }
    Bytes sign(const SignOrder& order) override { return opened().sign(order); }
    void check_alive() override { opened().check_alive(); }
    bool needs_network() const { return uri_.network; }

  private:
    Pkcs11Key& opened();

    const std::string id_;
    const Pkcs11Uri uri_;
    const std::vector<Bytes> chain_;
    const std::filesystem::path mark_;
    std::mutex mutex_;
    std::unique_ptr<Pkcs11Key> key_;
    std::optional<Error> refused_;  ///< for good
    KeyAlgorithm algorithm_{};
};

}  // namespace yinxin::keys
