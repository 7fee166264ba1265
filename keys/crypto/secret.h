// SPDX-License-Identifier: Apache-2.0
// Bytes that are wiped before their memory goes back: passphrases, unwrapped keys.
#pragma once

#include <string_view>
#include <utility>

#include "common/bytes.h"

namespace yinxin::keys {

/// Moves; copies only by name. Wiped on destruction.
class Secret {
  public:
    Secret() = default;
    /// Takes over the buffer, so that no second copy of it is left anywhere.
    explicit Secret(Bytes&& bytes) : bytes_(std::move(bytes)) {}
    explicit Secret(std::string_view text) : bytes_(to_bytes(as_bytes(text))) {}
    ~Secret() { wipe(); }
    Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {}
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe();
            bytes_ = std::move(other.bytes_);
        }
        return *this;
    }

    Secret clone() const { return Secret(to_bytes(bytes_)); }
    ByteView view() const { return bytes_; }
    bool empty() const { return bytes_.empty(); }
    /// Overwrites the bytes in place; their number stays.
    void wipe() noexcept;

  private:
    Bytes bytes_;
};

}  // namespace yinxin::keys
