// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_evidence.h"

namespace yinxin::verify {

using pdf::reader::Dict;
using pdf::reader::Member;
using pdf::reader::Object;

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
    for (const char* key : {"Certs", "OCSPs", "CRLs", "VRI", "Type"}) {
        const Object* old_part = old_dss != nullptr ? old_dss->find(key) : nullptr;
        const Object* new_part = new_dss->find(key);
        if (new_part == nullptr) {
            if (old_part != nullptr) {
                step.fault("dss_removed",
                      std::string("/") + key + " of the validation data was removed");
            }
            continue;
        }
        if (!step.approve_holder(old_part, new_part, owner)) {
            step.fault(
                "dss_changed",
                std::string("/") + key + " of the validation data is an object of something else");
            continue;
        }
        if (const Object& list = step.document().resolve(*new_part, step.after());
            std::string_view(key) == "VRI" && list.dict() != nullptr) {
            const Dict* old_vri =
                old_part != nullptr ? step.document().resolve(*old_part, step.before()).dict() : nullptr;
            for (const Member& member : list.dict()->members()) {
                const Object* old_entry = old_vri != nullptr ? old_vri->find(member.key) : nullptr;
                step.approve_holder(
                    old_entry,
                    &member.value,
                    new_part->reference() != nullptr ? new_part->reference()->number : owner);
            }
        }
        step.accept_new(step.document().resolve(*new_part, step.after()));
    }
    for (const Member& member : new_dss->members()) {
        static const Keys kKnown{"Certs", "OCSPs", "CRLs", "VRI", "Type"};
        if (!kKnown.contains(member.key) && step.rules().own) {
            step.fault("dss_changed", "/" + member.key + " does not belong into validation data");
        } else if (!kKnown.contains(member.key)) {
            step.accept_new(member.value);
        }
    }
}

}  // namespace yinxin::verify
