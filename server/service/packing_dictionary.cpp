// SPDX-License-Identifier: Apache-2.0
#include "server/service/packing_dictionary.h"

#include <spdlog/spdlog.h>

#include "common/error.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {

Bytes packing_dictionary(const PackingSpecimen& specimen) {
    Bytes bytes = to_bytes(as_bytes(specimen.input));
    bytes.insert(bytes.end(), specimen.facts.begin(), specimen.facts.end());
    bytes.insert(bytes.end(), specimen.sealed.begin(), specimen.sealed.end());
    return bytes;
}

std::int64_t PackingDictionaries::of(const Kin& kin, const Recipe& recipe) {
    const std::lock_guard lock(mutex_);  // also while it is made: the others need it, too
    auto known = known_.find(kin);
    if (known == known_.end()) {
        known = known_.emplace(kin, find_or_make(kin, recipe)).first;
    }
    return known->second;
}

std::int64_t PackingDictionaries::find_or_make(const Kin& kin, const Recipe& recipe) {
    const Bytes made_of = keys::sha256(as_bytes(packing_recipe + ("\n" + recipe.made_of())));
    if (const auto kept = store_.dictionary(made_of)) {
        return *kept;
    }
    Bytes bytes;
    try {
        bytes = packing_dictionary(recipe.make());
    } catch (const Error& error) {
        spdlog::warn("documents of {} {} are kept larger than they could be: no specimen: {}",
                     kin.type,
                     kin.form_version,
                     error.what());
        return 0;
    }
    return store_.keep_dictionary(
        {kin.type, kin.form_version, made_of, std::move(bytes), recipe.at});
}

}  // namespace yinxin::server
