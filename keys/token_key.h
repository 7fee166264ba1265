// SPDX-License-Identifier: Apache-2.0
// A key in a PKCS#11 token as the sealer holds it: it may be away when the sealer starts and come
// later, and a PIN that the token refused is offered once only, whoever starts again.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "keys/pkcs11_key.h"
#include "keys/refused_pins.h"

namespace yinxin::keys {

/// Opens the key. Throws what Pkcs11Key throws, and Error{Forbidden} of pin_rule, without asking
/// the token when it has refused this PIN before.
std::unique_ptr<Pkcs11Key> open_once_per_pin(const std::string& id,
                                             const Pkcs11Uri& uri,
                                             const std::vector<Bytes>& chain,
                                             const Secret& pin,
                                             RefusedPins& refused);

/// Any thread.
class TokenKey : public PrivateKey {
  public:
    /// Reads the PIN, because its file may be out of reach later; asks the token nothing. Throws
    /// nothing of what is wrong with either: that is told when the key is asked.
    TokenKey(std::string id, Pkcs11Uri uri, std::vector<Bytes> chain, RefusedPins refused);

    /// Opens it, if that is possible by now. Before other threads have it.
    void try_to_open() noexcept;

    const std::string& id() const override { return id_; }
    /// Throws Error{Unavailable} when neither a certificate nor the token has told it.
    KeyAlgorithm algorithm() const override;
    const std::vector<Bytes>& chain() const override { return chain_; }
    /// Whatever keeps it from being opened is Error{Unavailable} to who asks for a signature.
    Bytes sign(const SignOrder& order) override { return opened().sign(order); }
    void check_alive() override { opened().check_alive(); }
    bool needs_network() const { return uri_.network; }

  private:
    Pkcs11Key& opened();
    void read_own_pin();

    const std::string id_;
    const Pkcs11Uri uri_;
    const std::vector<Bytes> chain_;
    std::mutex mutex_;
    RefusedPins refused_pins_;
    Secret pin_;
    std::unique_ptr<Pkcs11Key> key_;
    std::optional<Error> refused_;  ///< for good
    std::string why_not_;           ///< it could not be opened at the start
    std::optional<KeyAlgorithm> algorithm_;
};

}  // namespace yinxin::keys
