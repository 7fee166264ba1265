// SPDX-License-Identifier: Apache-2.0
// What the register packs documents against: a specimen of the same form version, sealed by the
// same seal and certificates, with a signature of zeros that no key was asked for.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "common/bytes.h"
#include "server/storage/store.h"

namespace yinxin::server {

/// Parts of a specimen, as documents have them.
struct PackingSpecimen {
    std::string input, facts;
    Bytes sealed;  ///< its streams open
};

/// Another recipe has another name; what was packed with an older one keeps its dictionary.
inline constexpr char packing_recipe[] = "specimen 2";
Bytes packing_dictionary(const PackingSpecimen& specimen);

/// Any thread.
class PackingDictionaries {
  public:
    explicit PackingDictionaries(Store& store) : store_(store) {}

    /// What tells documents that are packed alike from others, while one program runs.
    struct Kin {
        std::string type, form_version, seal;
        auto operator<=>(const Kin&) const = default;
    };
    struct Recipe {
        std::function<std::string()> made_of;  ///< what makes another one worth while
        std::function<PackingSpecimen()> make;
        Time at{};
    };
    /// Number of the dictionary; it is in the register. 0 when no specimen can be made, which goes
    /// to the log: documents are then kept larger.
    std::int64_t of(const Kin& kin, const Recipe& recipe);

  private:
    std::int64_t find_or_make(const Kin& kin, const Recipe& recipe);

    Store& store_;
    std::mutex mutex_;
    std::map<Kin, std::int64_t> known_;
};

}  // namespace yinxin::server
