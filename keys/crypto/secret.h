// SPDX-License-Identifier: Apache-2.0
// Bytes that are wiped before their memory goes back: passphrases, unwrapped keys.
#pragma once

#include <string_view>
#include <utility>

#include "common/bytes.h"

namespace yinxin::keys {

/// Moves, never copies. Wiped on destruction and when moved from.
class Secret {
  public:
    Secret() = default;
    explicit Secret(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
    explicit Secret(std::string_view text) : Secret(as_bytes(text)) {}
    ~Secret() { wipe(); }
    Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {}
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe();
            bytes_ = std::move(other.bytes_);
        }
        return *this;
    }

    ByteView view() const { return bytes_; }
    bool empty() const { return bytes_.empty(); }
    /// Overwrites the bytes in place; their number stays.
    void wipe() noexcept;

  private:
    Bytes bytes_;
};

}  // namespace yinxin::keys
