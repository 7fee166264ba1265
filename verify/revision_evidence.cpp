// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_evidence.h"

#include <algorithm>

#include "verify/object_compare.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Indirect;
using pdf::reader::Member;
using pdf::reader::Object;
using pdf::reader::Reference;

namespace {

const Indirect* target_of(const RevisionStep& step, const Object& element, std::size_t revision) {
    return element.reference() != nullptr ? step.document().load(*element.reference(), revision)
                                          : nullptr;
}

/// Of two streams: the same bytes, packed in the same way.
bool same_data(const RevisionStep& step, const Indirect& a, const Indirect& b) {
    if (!a.is_stream || !b.is_stream) {
        return false;
    }
    static const Object kNothing;
    for (const char* key : {"Filter", "DecodeParms"}) {
        const Object* in_a = a.value.dict()->find(key);
        const Object* in_b = b.value.dict()->find(key);
        if (!same_value(in_a != nullptr ? *in_a : kNothing, in_b != nullptr ? *in_b : kNothing)) {
            return false;
        }
    }
    const auto file = step.document().bytes();
    return std::ranges::equal(file.subspan(a.data.begin, a.data.size()),
                              file.subspan(b.data.begin, b.data.size()));
}

/// Every old value is still listed, under its number or, as some producers write all of it again,
/// under another.
void check_list(RevisionStep& step,
                const std::string& key,
                const Array& old_list,
                const Array& new_list) {
    for (const Object& old_element : old_list) {
        const Indirect* was = target_of(step, old_element, step.before());
        const auto listed = [&](auto same) {
            return std::any_of(new_list.begin(), new_list.end(), same);
        };
        if (was == nullptr ||
            listed([&](const Object& element) { return same_value(element, old_element); })) {
            continue;
        }
        if (listed([&](const Object& element) {
                const Indirect* is = target_of(step, element, step.after());
                return is != nullptr && same_data(step, *was, *is);
            })) {
            step.give_up(&old_element);
        } else {
            step.fault("dss_removed", "a value of /" + key + " of the validation data was removed");
        }
    }
}

/// Entries for single signatures; no verdict depends on them.
void check_vri(RevisionStep& step, const Dict* old_vri, const Dict& new_vri, std::uint32_t owner) {
    for (const Member& member : new_vri.members()) {
        const Object* old_entry = old_vri != nullptr ? old_vri->find(member.key) : nullptr;
        step.approve_holder(old_entry, &member.value, owner);
        step.give_up(old_entry);
    }
}

/// One of the lists, or /VRI.
void check_part(RevisionStep& step,
                const std::string& key,
                const Object* old_part,
                const Object* new_part,
                std::uint32_t owner) {
    const std::string name = "/" + key + " of the validation data";
    if (new_part == nullptr) {
        if (old_part != nullptr) {
            step.fault("dss_removed", name + " was removed");
        }
        return;
    }
    if (!step.approve_holder(old_part, new_part, owner)) {
        step.fault("dss_changed", name + " is an object of something else");
        return;
    }
    static const Object kNothing;
    const Object& was =
        old_part != nullptr ? step.document().resolve(*old_part, step.before()) : kNothing;
    const Object& is = step.document().resolve(*new_part, step.after());
    if (key == "VRI" && is.dict() != nullptr) {
        const Reference* id = new_part->reference();
        check_vri(step, was.dict(), *is.dict(), id != nullptr ? id->number : owner);
    } else if (was.array() != nullptr) {
        static const Array kNone;
        check_list(step, key, *was.array(), is.array() != nullptr ? *is.array() : kNone);
    }
    step.accept_new(is);
}

}  // namespace

void check_evidence(RevisionStep& step, const Dict& old_catalog, const Dict& new_catalog) {
    const Object* is = new_catalog.find("DSS");
    const Dict* old_dss = step.old_value(old_catalog, "DSS").dict();
    const Dict* new_dss = step.new_value(new_catalog, "DSS").dict();
    if (new_dss == nullptr) {
        if (old_dss != nullptr) {
            step.fault("dss_removed", "validation data was removed");
        }
        return;
    }
    const std::uint32_t catalog = step.document().catalog_id(step.after()).number;
    if (!step.approve_holder(old_catalog.find("DSS"), is, catalog)) {
        step.fault("dss_changed", "the validation data is an object of something else");
        return;
    }
    const std::uint32_t owner = is->reference() != nullptr ? is->reference()->number : catalog;
    static const Keys kKnown{"Certs", "OCSPs", "CRLs", "VRI", "Type"};
    for (const std::string& key : kKnown) {
        check_part(step,
                   key,
                   old_dss != nullptr ? old_dss->find(key) : nullptr,
                   new_dss->find(key),
                   owner);
    }
    for (const Member& member : new_dss->members()) {
        if (!kKnown.contains(member.key) && step.rules().own) {
            step.fault("dss_changed", "/" + member.key + " does not belong into validation data");
        } else if (!kKnown.contains(member.key)) {
            step.give_up(old_dss != nullptr ? old_dss->find(member.key) : nullptr);
            step.accept_new(member.value);
        }
    }
}

}  // namespace yinxin::verify
