// SPDX-License-Identifier: Apache-2.0
// What was worked out of certificates and keys that come again and again: the same few stand in
// every document.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "common/bytes.h"

namespace yinxin::keys {

/// Values by the exact bytes they follow from; nothing else may go into them. Keeps few: one that
/// is large is forgotten at once, so that who sends those pays for it. One thread.
template <typename Value>
class DerMemory {
  public:
    /// Null when it is not known. What both return is good until the next keep().
    const Value* find(ByteView der) const {
        const auto found = kept_.find(der);
        return found == kept_.end() ? nullptr : &found->second;
    }
    const Value& keep(ByteView der, Value value) {
        if (der.size() > kBytesMax) {
            large_ = std::move(value);
            return large_;
        }
        if (kept_.size() >= kCountMax) {
            kept_.clear();
        }
        return kept_.insert_or_assign(to_bytes(der), std::move(value)).first->second;
    }

  private:
    static constexpr std::size_t kCountMax = 64;
    static constexpr std::size_t kBytesMax = 8u << 10;

    struct Before {
        using is_transparent = void;
        bool operator()(ByteView a, ByteView b) const {
            return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
        }
    };
    std::map<Bytes, Value, Before> kept_;
    Value large_{};
};

}  // namespace yinxin::keys
