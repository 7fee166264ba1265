// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_check.h"

#include <algorithm>
#include <iterator>

#include "verify/object_compare.h"
#include "verify/revision_bytes.h"
#include "verify/revision_evidence.h"
#include "verify/revision_fields.h"
#include "verify/revision_pages.h"
#include "verify/revision_step.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Object;
using pdf::reader::Reference;
using pdf::reader::XrefEntry;
using pdf::reader::XrefSection;

namespace {

void check_trailer(RevisionStep& step) {
    static const Keys kStructure{
        "Size", "Prev", "XRefStm", "Type", "W", "Index", "Length", "Filter", "DecodeParms"};
    const Dict& old_trailer = step.document().trailer(step.before());
    const Dict& new_trailer = step.document().trailer(step.after());
    // ISO 32000-1, 7.5.5: numbers from /Size on are missing, whatever a cross-reference says
    if (step.document().revisions()[step.after()].section().size <
        step.document().revisions()[step.before()].section().size) {
        step.fault("size_smaller", "/Size of the trailer is smaller than before");
    }
    for (const std::string& key : changed_keys(old_trailer, new_trailer)) {
        if (kStructure.contains(key)) {
            step.give_up(old_trailer.find(key));
            continue;
        }
        if (key == "ID") {
            step.give_up(old_trailer.find(key));
            const Array* was = step.old_value(old_trailer, "ID").array();
            const Array* is = step.new_value(new_trailer, "ID").array();
            if (was != nullptr && (is == nullptr || is->empty() || was->empty() ||
                                   !same_value(was->front(), is->front()))) {
                step.rules().own ? step.fault("id_changed", "the first element of /ID changed")
                                 : step.note("id_changed", "the first element of /ID changed");
            }
        } else if (key == "Info" && !step.rules().only_evidence()) {
            step.note("info_replaced", "the document information was replaced");
            step.give_up(old_trailer.find(key));
            if (const Object* info = new_trailer.find("Info")) {
                step.accept_new(*info);
            }
        } else if (key == "Info" || key == "Root" || key == "Encrypt" || step.rules().own) {
            step.fault("trailer_changed", "/" + key + " of the trailer changed");
        } else {
            // of its producer's own, which others do not carry on; nothing shows what it refers to
            step.note("trailer_changed", "/" + key + " of the trailer changed");
            step.give_up(old_trailer.find(key));
        }
    }
    if (const Object* info = new_trailer.find("Info");
        info != nullptr && info->reference() != nullptr && !step.rules().only_evidence()) {
        const std::uint32_t number = info->reference()->number;
        if (step.existed(number) && step.moved(number) &&
            step.referrers(number) == std::set<std::uint32_t>{0}) {
            step.note("info_replaced", "the document information was replaced");
            step.explain(number);
            step.give_up(old_trailer.find("Info"));
            const Indirect* object = step.document().load(*info->reference(), step.after());
            if (object != nullptr) {
                step.accept_new(object->value);
            }
        }
    }
}

/// Something that the rules have explained is new, or is not what it was.
bool brings_something(const RevisionStep& step, const Dict& old_catalog, const Dict& new_catalog) {
    const auto news = [&](std::uint32_t number) {
        if (!step.explained(number) || !step.moved(number)) {
            return false;
        }
        const Indirect* was =
            step.old_reachable().contains(number) ? step.old_object(number) : nullptr;
        const XrefEntry* entry = step.document().entry(number, step.after());
        const Indirect* is = step.document().load({number, entry->generation}, step.after());
        return was == nullptr || is == nullptr || !same_object(step.document(), *was, *is);
    };
    const std::uint32_t catalog = step.document().catalog_id(step.after()).number;
    return !same_value(step.old_value(old_catalog, "DSS"), step.new_value(new_catalog, "DSS")) ||
           std::any_of(step.new_reachable().begin(),
                       step.new_reachable().end(),
                       [&](std::uint32_t number) { return number != catalog && news(number); });
}

void check_catalog(RevisionStep& step) {
    const Reference id = step.document().catalog_id(step.after());
    if (id != step.document().catalog_id(step.before())) {
        return;  // a fault of the trailer already
    }
    const Dict& old_catalog = step.document().catalog(step.before());
    const Dict& new_catalog = step.document().catalog(step.after());
    Keys changed = changed_keys(old_catalog, new_catalog);
    changed.erase("AcroForm");
    changed.erase("DSS");
    if (!step.rules().own) {
        changed.erase("Extensions");
        changed.erase("Version");
        for (const char* key : {"Extensions", "Version"}) {
            step.give_up(old_catalog.find(key));
            if (const Object* value = new_catalog.find(key)) {
                step.accept_new(*value);
            }
        }
    }
    for (const std::string& key : changed) {
        step.fault("catalog_changed", "/" + key + " of the catalog changed");
    }
    step.explain(id.number);
    check_evidence(step, old_catalog, new_catalog);
    check_pages(step, check_fields(step, old_catalog, new_catalog));
    if (step.rules().own && !brings_something(step, old_catalog, new_catalog)) {
        step.fault("revision_empty", "it brings neither validation data nor a time stamp");
    }
}

/// Object streams and cross-reference streams hold the rest and say nothing themselves.
bool structural(const RevisionStep& step, const XrefEntry& entry) {
    if (entry.kind != XrefEntry::Kind::InUse) {
        return false;
    }
    const Indirect* object = step.document().load({entry.number, entry.generation}, step.after());
    if (object == nullptr || !object->is_stream || step.existed(entry.number) ||
        step.new_reachable().contains(entry.number)) {
        return false;
    }
    const Object& type = step.document().value(*object->value.dict(), "Type", step.after());
    return type.is_name("ObjStm") || type.is_name("XRef");
}

/// The numbers the later cross-reference mentions, and those that moved because their object stream
/// was exchanged.
std::set<std::uint32_t> touched(const RevisionStep& step) {
    std::set<std::uint32_t> numbers;
    for (const XrefSection& section : step.document().revisions()[step.after()].sections) {
        for (const XrefEntry& entry : section.entries) {
            numbers.insert(entry.number);
        }
    }
    for (const auto* reachable : {&step.old_reachable(), &step.new_reachable()}) {
        std::copy_if(reachable->begin(),
                     reachable->end(),
                     std::inserter(numbers, numbers.end()),
                     [&](std::uint32_t number) { return step.moved(number); });
    }
    return numbers;
}

/// Some producers repeat objects that did not change.
bool written_again(const RevisionStep& step, const XrefEntry& entry) {
    if (step.rules().own || !step.old_reachable().contains(entry.number)) {
        return false;
    }
    const Indirect* was = step.old_object(entry.number);
    const Indirect* is = step.document().load({entry.number, entry.generation}, step.after());
    return was != nullptr && is != nullptr && same_object(step.document(), *was, *is);
}

/// References name the generation: under another one the old object is gone.
bool regenerated(const RevisionStep& step, const XrefEntry& entry) {
    const XrefEntry* was = step.document().entry(entry.number, step.before());
    return step.existed(entry.number) && was != nullptr && was->generation != entry.generation;
}

void check_rest(RevisionStep& step) {
    for (const std::uint32_t number : touched(step)) {
        const std::string name = "object " + std::to_string(number);
        const XrefEntry& entry = *step.document().entry(number, step.after());
        if (entry.kind == XrefEntry::Kind::Free) {
            if (step.existed(number)) {
                step.fault("object_freed", name + " was removed");
            }
        } else if (regenerated(step, entry)) {
            step.fault("object_overridden", name + " has another generation");
        } else if (step.explained(number) || !step.moved(number) || structural(step, entry) ||
                   written_again(step, entry)) {
            continue;
        } else if (step.existed(number)) {
            step.fault("object_overridden", name + " was replaced");
        } else if (step.new_reachable().contains(number)) {
            step.fault("object_added", name + " was added where nothing may be added");
        } else if (step.rules().own) {
            step.fault("object_added", name + " was added, and nothing refers to it");
        } else {
            step.note("object_unused", name + " was added, and nothing refers to it");
        }
    }
    for (const std::uint32_t number : step.old_reachable()) {
        if (!step.new_reachable().contains(number) && !step.moved(number) &&
            !step.given_up(number)) {
            step.fault("object_lost",
                       "object " + std::to_string(number) + " can no longer be reached");
        }
    }
}

}  // namespace

std::vector<Finding> check_revision(const Document& document,
                                    std::size_t later,
                                    const RevisionRules& rules) {
    RevisionStep step(document, later, rules);
    check_trailer(step);
    check_catalog(step);
    check_rest(step);
    check_bytes(step);
    return step.take_findings();
}

}  // namespace yinxin::verify
