// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_step.h"

#include <algorithm>
#include <iterator>

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Member;
using pdf::reader::Object;
using pdf::reader::Reference;
using pdf::reader::XrefEntry;

namespace {

void references_in(const Object& object, std::set<std::uint32_t>& out) {
    if (const Reference* reference = object.reference()) {
        out.insert(reference->number);
    } else if (const Array* array = object.array()) {
        for (const Object& each : *array) {
            references_in(each, out);
        }
    } else if (const Dict* dict = object.dict()) {
        for (const Member& member : dict->members()) {
            references_in(member.value, out);
        }
    }
}

}  // namespace

RevisionStep::RevisionStep(const Document& document, std::size_t later, const RevisionRules& rules)
    : document_(document),
      after_(later),
      before_(later - 1),
      rules_(rules),
      old_reachable_(document.reachable(before_)),
      new_reachable_(document.reachable(after_)) {
    find_promised();
}

void RevisionStep::fault(const std::string& code, const std::string& detail) {
    findings_.push_back(
        {Finding::Weight::Fault, code, "revision " + std::to_string(after_ + 1) + ": " + detail});
}

void RevisionStep::note(const std::string& code, const std::string& detail) {
    findings_.push_back(
        {Finding::Weight::Note, code, "revision " + std::to_string(after_ + 1) + ": " + detail});
}

const Indirect* RevisionStep::old_object(std::uint32_t number) const {
    return document_.load({number, document_.entry(number, before_)->generation}, before_);
}

void RevisionStep::find_promised() {
    std::set<std::uint32_t> targets;
    references_in(document_.revisions()[before_].section().trailer, targets);
    for (const std::uint32_t each : old_reachable_) {
        references_in(old_object(each)->value, targets);
    }
    std::set_difference(targets.begin(),
                        targets.end(),
                        old_reachable_.begin(),
                        old_reachable_.end(),
                        std::inserter(promised_, promised_.end()));
}

// Both walk along references, which may be a chain as long as there are objects: no recursion.

void RevisionStep::accept_new(const Object& object) {
    std::set<std::uint32_t> waiting;
    references_in(object, waiting);
    while (!waiting.empty()) {
        const std::uint32_t number = waiting.extract(waiting.begin()).value();
        if (existed(number) || !explained_.insert(number).second) {
            continue;
        }
        const XrefEntry* entry = document_.entry(number, after_);
        const Indirect* target =
            entry != nullptr ? document_.load({number, entry->generation}, after_) : nullptr;
        if (target != nullptr) {
            references_in(target->value, waiting);
        }
    }
}

void RevisionStep::give_up(const Object* value) {
    std::set<std::uint32_t> waiting;
    if (value != nullptr) {
        references_in(*value, waiting);
    }
    while (!waiting.empty()) {
        const std::uint32_t number = waiting.extract(waiting.begin()).value();
        if (old_reachable_.contains(number) && given_up_.insert(number).second) {
            references_in(old_object(number)->value, waiting);
        }
    }
}

bool RevisionStep::approve_holder(const Object* old_holder,
                                  const Object* new_holder,
                                  std::uint32_t owner) {
    const Reference* was = old_holder != nullptr ? old_holder->reference() : nullptr;
    const Reference* is = new_holder != nullptr ? new_holder->reference() : nullptr;
    if (is == nullptr || !existed(is->number)) {
        if (was != nullptr) {
            given_up_.insert(was->number);
        }
        if (is != nullptr) {
            explained_.insert(is->number);
        }
        return true;
    }
    if (was == nullptr || was->number != is->number) {
        return false;
    }
    if (moved(is->number)) {
        for (const std::uint32_t referrer : referrers(is->number)) {
            if (referrer != owner) {
                return false;
            }
        }
        explained_.insert(is->number);
    }
    return true;
}

const std::set<std::uint32_t>& RevisionStep::referrers(std::uint32_t number) {
    if (!referrers_known_) {
        referrers_known_ = true;
        std::set<std::uint32_t> targets;
        references_in(document_.revisions()[before_].section().trailer, targets);
        for (const std::uint32_t target : targets) {
            referrers_[target].insert(0);
        }
        for (const std::uint32_t each : old_reachable_) {
            targets.clear();
            references_in(old_object(each)->value, targets);
            for (const std::uint32_t target : targets) {
                referrers_[target].insert(each);
            }
        }
    }
    return referrers_[number];
}

}  // namespace yinxin::verify
