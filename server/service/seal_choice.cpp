// SPDX-License-Identifier: Apache-2.0
#include "server/service/seal_choice.h"

#include <algorithm>

namespace yinxin::server {
namespace {

/// Between the last second of one seal and the first of the next there is no gap.
constexpr std::chrono::seconds kNoGap{1};

bool lists_all(const keys::SealRecord& record, const std::vector<Bytes>& certificates) {
    return std::all_of(certificates.begin(), certificates.end(), [&](const Bytes& each) {
        return record.lists(each);
    });
}

}  // namespace

SealPtr seal_at(const std::vector<SealPtr>& seals, Time at) {
    const auto found = std::find_if(
        seals.begin(), seals.end(), [&](const SealPtr& seal) { return seal->valid_at(at); });
    return found == seals.end() ? nullptr : *found;
}

std::optional<Time> sealed_until(const std::vector<SealPtr>& seals,
                                 const std::vector<Bytes>& certificates,
                                 Time at) {
    std::optional<Time> until;
    for (bool longer = true; longer;) {
        longer = false;
        for (const SealPtr& seal : seals) {
            const bool follows = until
                                     ? seal->valid_from - kNoGap <= *until && seal->ends() > *until
                                     : seal->valid_at(at);
            if (follows && lists_all(*seal, certificates)) {
                until = seal->ends();
                longer = true;
            }
        }
    }
    return until;
}

std::set<std::string> seal_uses(pdf::FormLibrary& forms) {
    std::set<std::string> uses;
    for (const auto& form : forms.all()) {
        uses.insert(form->seal_use());
    }
    return uses;
}

}  // namespace yinxin::server
