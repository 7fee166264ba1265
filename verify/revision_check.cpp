// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_check.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "verify/object_compare.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Member;
using pdf::reader::Object;
using pdf::reader::Place;
using pdf::reader::Reference;
using pdf::reader::Revision;
using pdf::reader::XrefEntry;
using pdf::reader::XrefSection;

namespace {

using Keys = std::set<std::string>;

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

/// One step from the revision before to `later`. A change is approved by taking its object's number
/// into `explained_`.
class Step {
  public:
    Step(const Document& document, std::size_t later, const RevisionRules& rules)
        : document_(document), after_(later), before_(later - 1), rules_(rules) {}

    std::vector<Finding> run() {
        old_reachable_ = document_.reachable(before_);
        new_reachable_ = document_.reachable(after_);
        find_promised();
        trailer();
        explain_catalog();
        explain_rest();
        return std::move(findings_);
    }

  private:
    void fault(const std::string& code, const std::string& detail) {
        findings_.push_back({Finding::Weight::Fault,
                             code,
                             "revision " + std::to_string(after_ + 1) + ": " + detail});
    }
    void note(const std::string& code, const std::string& detail) {
        findings_.push_back({Finding::Weight::Note,
                             code,
                             "revision " + std::to_string(after_ + 1) + ": " + detail});
    }

    const Object& old_value(const Dict& dict, const char* key) const {
        return document_.value(dict, key, before_);
    }
    const Object& new_value(const Dict& dict, const char* key) const {
        return document_.value(dict, key, after_);
    }
    bool existed(std::uint32_t number) const {
        return old_reachable_.contains(number) || promised_.contains(number);
    }
    bool moved(std::uint32_t number) const {
        return document_.place(number, before_) != document_.place(number, after_);
    }

    /// Numbers that the older revision refers to without having the object: whatever comes under
    /// such a number is seen where that reference stands, so it is nothing new.
    void find_promised() {
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

    const Indirect* old_object(std::uint32_t number) const {
        return document_.load({number, document_.entry(number, before_)->generation}, before_);
    }

    /// Everything new below a value that was allowed; old objects stop the walk, they need their
    /// own approval.
    void accept_new(const Object& object) {
        std::set<std::uint32_t> numbers;
        references_in(object, numbers);
        for (const std::uint32_t number : numbers) {
            if (existed(number) || !explained_.insert(number).second) {
                continue;
            }
            const XrefEntry* entry = document_.entry(number, after_);
            const Indirect* target =
                entry != nullptr ? document_.load({number, entry->generation}, after_) : nullptr;
            if (target != nullptr) {
                accept_new(target->value);
            }
        }
    }

    /// True when the value was, and is, held in the same way: by the same reference or directly. An
    /// existing object that holds the value is thereby explained, provided nothing else refers to
    /// it.
    bool approve_holder(const Object* old_holder, const Object* new_holder, std::uint32_t owner) {
        const Reference* was = old_holder != nullptr ? old_holder->reference() : nullptr;
        const Reference* is = new_holder != nullptr ? new_holder->reference() : nullptr;
        if (is == nullptr) {
            return true;
        }
        if (!existed(is->number)) {
            explained_.insert(is->number);
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

    /// Objects of the older revision that refer to this one; 0 stands for the trailer.
    const std::set<std::uint32_t>& referrers(std::uint32_t number) {
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

    void trailer();
    void explain_catalog();
    void evidence(const Dict& old_catalog, const Dict& new_catalog);
    void form(const Dict& old_catalog, const Dict& new_catalog);
    void form_keys(const Dict& old_form, const Dict& new_form);
    void field_list(const Object* old_holder, const Object* new_holder, std::uint32_t owner);
    void new_field(const Object& field);
    void new_widget(Reference id, const Dict& dict);
    void old_field(const Object& field);
    void field_keys(std::uint32_t number, const Dict& old_dict, const Dict& new_dict);
    bool fields_value_changes(const Dict& old_dict, const Dict& new_dict, Keys& changed);
    void pages();
    void annotations(const Dict& old_page, const Dict& new_page, std::uint32_t page);
    bool invisible(const Dict& widget) const;
    bool is_new_timestamp(const Dict& field) const;
    bool is_second_seal(const Dict& field) const;
    void explain_rest();
    bool structural(const XrefEntry& entry) const;
    bool written_again(const XrefEntry& entry) const;
    std::set<std::uint32_t> touched() const;

    const Document& document_;
    std::size_t after_, before_;
    RevisionRules rules_;
    std::set<std::uint32_t> old_reachable_, new_reachable_, promised_, explained_;
    std::set<std::uint32_t> seal_fields_;  // signature fields that got their value in this step
    std::set<std::uint32_t> visited_;
    std::map<std::uint32_t, std::set<std::uint32_t>> referrers_;
    bool referrers_known_ = false;
    std::vector<Finding> findings_;
};

void Step::trailer() {
    static const Keys kStructure{
        "Size", "Prev", "XRefStm", "Type", "W", "Index", "Length", "Filter", "DecodeParms"};
    const Dict& old_trailer = document_.trailer(before_);
    const Dict& new_trailer = document_.trailer(after_);
    for (const std::string& key : changed_keys(old_trailer, new_trailer)) {
        if (kStructure.contains(key)) {
            continue;
        }
        if (key == "ID") {
            const Array* was = old_value(old_trailer, "ID").array();
            const Array* is = new_value(new_trailer, "ID").array();
            if (was != nullptr && (is == nullptr || is->empty() || was->empty() ||
                                   !same_value(was->front(), is->front()))) {
                rules_.own ? fault("id_changed", "the first element of /ID changed")
                           : note("id_changed", "the first element of /ID changed");
            }
        } else if (key == "Info" && !rules_.only_evidence()) {
            note("info_replaced", "the document information was replaced");
            if (const Object* info = new_trailer.find("Info")) {
                accept_new(*info);
            }
        } else {
            fault("trailer_changed", "/" + key + " of the trailer changed");
        }
    }
    if (const Object* info = new_trailer.find("Info");
        info != nullptr && info->reference() != nullptr && !rules_.only_evidence()) {
        const std::uint32_t number = info->reference()->number;
        if (existed(number) && moved(number) && referrers(number) == std::set<std::uint32_t>{0}) {
            note("info_replaced", "the document information was replaced");
            explained_.insert(number);
            const Indirect* object = document_.load(*info->reference(), after_);
            if (object != nullptr) {
                accept_new(object->value);
            }
        }
    }
}

void Step::explain_catalog() {
    const Reference id = document_.catalog_id(after_);
    if (id != document_.catalog_id(before_)) {
        return;  // a fault of the trailer already
    }
    const Dict& old_catalog = document_.catalog(before_);
    const Dict& new_catalog = document_.catalog(after_);
    Keys changed = changed_keys(old_catalog, new_catalog);
    changed.erase("AcroForm");
    changed.erase("DSS");
    if (!rules_.own) {
        changed.erase("Extensions");
        changed.erase("Version");
        for (const char* key : {"Extensions", "Version"}) {
            if (const Object* value = new_catalog.find(key)) {
                accept_new(*value);
            }
        }
    }
    for (const std::string& key : changed) {
        fault("catalog_changed", "/" + key + " of the catalog changed");
    }
    explained_.insert(id.number);
    evidence(old_catalog, new_catalog);
    form(old_catalog, new_catalog);
    pages();
}

/// /DSS (ETSI EN 319 142-1, 5.4.2): certificates and revocation data may come, nothing may go.
void Step::evidence(const Dict& old_catalog, const Dict& new_catalog) {
    const Object* is = new_catalog.find("DSS");
    const Dict* old_dss = old_value(old_catalog, "DSS").dict();
    const Dict* new_dss = new_value(new_catalog, "DSS").dict();
    if (new_dss == nullptr) {
        if (old_dss != nullptr) {
            fault("dss_removed", "validation data was removed");
        }
        return;
    }
    const std::uint32_t catalog = document_.catalog_id(after_).number;
    if (!approve_holder(old_catalog.find("DSS"), is, catalog)) {
        fault("dss_changed", "the validation data is an object of something else");
        return;
    }
    const std::uint32_t owner = is->reference() != nullptr ? is->reference()->number : catalog;
    for (const char* key : {"Certs", "OCSPs", "CRLs", "VRI", "Type"}) {
        const Object* old_part = old_dss != nullptr ? old_dss->find(key) : nullptr;
        const Object* new_part = new_dss->find(key);
        if (new_part == nullptr) {
            if (old_part != nullptr) {
                fault("dss_removed",
                      std::string("/") + key + " of the validation data was removed");
            }
            continue;
        }
        if (!approve_holder(old_part, new_part, owner)) {
            fault(
                "dss_changed",
                std::string("/") + key + " of the validation data is an object of something else");
            continue;
        }
        if (const Object& list = document_.resolve(*new_part, after_);
            std::string_view(key) == "VRI" && list.dict() != nullptr) {
            const Dict* old_vri =
                old_part != nullptr ? document_.resolve(*old_part, before_).dict() : nullptr;
            for (const Member& member : list.dict()->members()) {
                const Object* old_entry = old_vri != nullptr ? old_vri->find(member.key) : nullptr;
                approve_holder(
                    old_entry,
                    &member.value,
                    new_part->reference() != nullptr ? new_part->reference()->number : owner);
            }
        }
        accept_new(document_.resolve(*new_part, after_));
    }
    for (const Member& member : new_dss->members()) {
        static const Keys kKnown{"Certs", "OCSPs", "CRLs", "VRI", "Type"};
        if (!kKnown.contains(member.key) && rules_.own) {
            fault("dss_changed", "/" + member.key + " does not belong into validation data");
        } else if (!kKnown.contains(member.key)) {
            accept_new(member.value);
        }
    }
}

void Step::form(const Dict& old_catalog, const Dict& new_catalog) {
    const Object* is = new_catalog.find("AcroForm");
    const Dict* old_form = old_value(old_catalog, "AcroForm").dict();
    const Dict* new_form = new_value(new_catalog, "AcroForm").dict();
    if (new_form == nullptr) {
        if (old_form != nullptr) {
            fault("form_removed", "the form with its signature fields was removed");
        }
        return;
    }
    const std::uint32_t catalog = document_.catalog_id(after_).number;
    static const Dict kNoForm;
    if (!approve_holder(old_catalog.find("AcroForm"), is, catalog)) {
        fault("form_changed", "the form is an object of something else");
        return;
    }
    const std::uint32_t owner = is->reference() != nullptr ? is->reference()->number : catalog;
    const Dict& older = old_form != nullptr ? *old_form : kNoForm;
    form_keys(older, *new_form);
    field_list(older.find("Fields"), new_form->find("Fields"), owner);
}

void Step::form_keys(const Dict& old_form, const Dict& new_form) {
    for (const std::string& key : changed_keys(old_form, new_form)) {
        const bool is_new = old_form.find(key.c_str()) == nullptr;
        if (key == "Fields" || key == "SigFlags") {
            continue;
        }
        // defaults for the texts of new fields; existing ones keep what they have
        if ((key == "DA" || key == "DR" || key == "Q") && is_new && !rules_.only_evidence()) {
            accept_new(*new_form.find(key));
        } else if (key == "NeedAppearances" && new_form.find(key) == nullptr && !rules_.own) {
            note("need_appearances", "/NeedAppearances was taken out");
        } else {
            fault("form_changed", "/" + key + " of the form changed");
        }
    }
}

/// Old fields stay, in their order; new ones may stand between them.
void Step::field_list(const Object* old_holder, const Object* new_holder, std::uint32_t owner) {
    static const Array kNone;
    const Array* was =
        old_holder != nullptr ? document_.resolve(*old_holder, before_).array() : nullptr;
    const Array* is =
        new_holder != nullptr ? document_.resolve(*new_holder, after_).array() : nullptr;
    const Array& old_list = was != nullptr ? *was : kNone;
    const Array& new_list = is != nullptr ? *is : kNone;
    if (!approve_holder(old_holder, new_holder, owner)) {
        fault("fields_changed", "the list of fields is an object of something else");
        return;
    }
    auto next_old = old_list.begin();
    for (const Object& field : new_list) {
        if (next_old != old_list.end() && same_value(field, *next_old)) {
            old_field(field);
            ++next_old;
        } else {
            new_field(field);
        }
    }
    if (next_old != old_list.end()) {
        fault("fields_changed", "a field was removed from the form or moved in it");
    }
}

bool Step::invisible(const Dict& widget) const {
    const Array* rect = new_value(widget, "Rect").array();
    if (rect == nullptr) {
        return true;
    }
    if (rect->size() != 4) {
        return false;
    }
    const auto at = [&](std::size_t i) { return document_.resolve((*rect)[i], after_).number(); };
    return at(0) == at(2) || at(1) == at(3);
}

bool Step::is_new_timestamp(const Dict& field) const {
    const Dict* value = new_value(field, "V").dict();
    return value != nullptr && new_value(*value, "Type").is_name("DocTimeStamp") &&
           new_value(*value, "SubFilter").is_name("ETSI.RFC3161");
}

bool Step::is_second_seal(const Dict& field) const {
    const Object* value = field.find("V");
    return rules_.second_seal != 0 && value != nullptr && value->reference() != nullptr &&
           value->reference()->number == rules_.second_seal;
}

void Step::new_field(const Object& field) {
    const Reference* id = field.reference();
    const Indirect* object = id != nullptr ? document_.load(*id, after_) : nullptr;
    const Dict* dict = object != nullptr ? object->value.dict() : nullptr;
    if (dict == nullptr || existed(id->number)) {
        fault("field_added", "a field was added that is no new object");
        return;
    }
    if (!new_value(*dict, "FT").is_name("Sig") || dict->find("A") != nullptr ||
        dict->find("AA") != nullptr) {
        fault("field_added", "a field was added that is no plain signature field");
        return;
    }
    if (rules_.only_evidence() &&
        !((is_new_timestamp(*dict) || is_second_seal(*dict)) && invisible(*dict))) {
        fault("field_added", "a field was added that is no invisible document time stamp");
        return;
    }
    explained_.insert(id->number);
    if (const Array* kids = new_value(*dict, "Kids").array()) {
        for (const Object& kid : *kids) {
            const Dict* widget = document_.resolve(kid, after_).dict();
            if (kid.reference() == nullptr || widget == nullptr ||
                existed(kid.reference()->number)) {
                fault("field_added", "a widget of a new field is no new object");
                return;
            }
            explained_.insert(kid.reference()->number);
            new_widget(*kid.reference(), *widget);
        }
    }
    new_widget(*id, *dict);
}

void Step::new_widget(Reference id, const Dict& dict) {
    static const Keys kAllowed{
        "Type", "Subtype", "FT", "T",  "TU", "F", "Ff", "P", "Rect", "V",  "AP",     "AS",   "MK",
        "BS",   "Border",  "DA", "DR", "H",  "Q", "NM", "M", "Lock", "SV", "Parent", "Kids", "C"};
    for (const Member& member : dict.members()) {
        if (!kAllowed.contains(member.key)) {
            fault("field_added", "a new signature field has /" + member.key);
            return;
        }
    }
    // attack 8: a picture put over the page in the name of a further signature
    if ((rules_.doc_mdp != 0 || rules_.own) && !invisible(dict)) {
        fault("visible_field_added", "a visible signature field was added after the certification");
    }
    seal_fields_.insert(id.number);
    for (const Member& member : dict.members()) {
        if (member.key != "P" && member.key != "Parent" && member.key != "Kids") {
            accept_new(member.value);
        }
    }
}

void Step::old_field(const Object& field) {
    const Reference* id = field.reference();
    if (id == nullptr) {
        return;
    }
    const Indirect* was = document_.load(*id, before_);
    const Indirect* is = document_.load(*id, after_);
    if (was == nullptr || is == nullptr || was->value.dict() == nullptr ||
        is->value.dict() == nullptr || !visited_.insert(id->number).second) {
        return;
    }
    const Dict& old_dict = *was->value.dict();
    const Dict& new_dict = *is->value.dict();
    if (moved(id->number)) {
        field_keys(id->number, old_dict, new_dict);
    }
    if (new_dict.find("Kids") != nullptr || old_dict.find("Kids") != nullptr) {
        field_list(old_dict.find("Kids"), new_dict.find("Kids"), id->number);
    }
}

/// Filling in: a value where there was none, or another one in a form that allows it; /AP only
/// together with /V.
bool Step::fields_value_changes(const Dict& old_dict, const Dict& new_dict, Keys& changed) {
    const bool signature = new_value(new_dict, "FT").is_name("Sig");
    if (!changed.contains("V") || (signature && !old_value(old_dict, "V").is_null()) ||
        (!signature && rules_.locked)) {
        return false;
    }
    static const Keys kMayChange{"V", "AP", "AS", "M", "F"};
    for (const char* key : {"V", "AP", "AS", "M", "F", "MK", "DA", "DR", "P", "Type"}) {
        if (!changed.contains(key) ||
            (old_dict.find(key) != nullptr && !kMayChange.contains(key))) {
            continue;
        }
        changed.erase(key);
        if (const Object* value = new_dict.find(key);
            value != nullptr && std::string_view(key) != "P") {
            accept_new(*value);
        }
    }
    return true;
}

void Step::field_keys(std::uint32_t number, const Dict& old_dict, const Dict& new_dict) {
    Keys changed = changed_keys(old_dict, new_dict);
    changed.erase("Kids");
    if (changed.empty()) {
        explained_.insert(number);
        return;
    }
    const bool evidence_only =
        rules_.only_evidence() && !(is_new_timestamp(new_dict) && invisible(new_dict));
    if (evidence_only || !fields_value_changes(old_dict, new_dict, changed)) {
        fault("field_changed", "a form field was changed (object " + std::to_string(number) + ")");
        return;
    }
    explained_.insert(number);
    if (!new_value(new_dict, "FT").is_name("Sig")) {
        note("form_filled", "a form field was filled in (object " + std::to_string(number) + ")");
    } else if (rules_.doc_mdp == 0 || invisible(new_dict)) {
        seal_fields_.insert(number);
    }
    for (const std::string& key : changed) {
        fault("field_changed",
              "/" + key + " of a form field changed (object " + std::to_string(number) + ")");
    }
}

void Step::pages() {
    const auto old_pages = document_.pages(before_);
    const auto new_pages = document_.pages(after_);
    const bool same_pages = std::equal(old_pages.begin(),
                                       old_pages.end(),
                                       new_pages.begin(),
                                       new_pages.end(),
                                       [](const auto& a, const auto& b) { return a.id == b.id; });
    if (!same_pages) {
        fault("pages_changed", "pages were added, removed or exchanged");
        return;
    }
    for (std::size_t i = 0; i < old_pages.size(); ++i) {
        const Dict& old_page = *old_pages[i].object->value.dict();
        const Dict& new_page = *new_pages[i].object->value.dict();
        const std::uint32_t number = new_pages[i].id.number;
        if (moved(number)) {
            Keys changed = changed_keys(old_page, new_page);
            changed.erase("Annots");
            explained_.insert(number);
            for (const std::string& key : changed) {
                fault("page_changed", "/" + key + " of page " + std::to_string(i + 1) + " changed");
            }
        }
        annotations(old_page, new_page, number);
    }
}

/// Widgets of approved signature fields may be added; what was there stays, in its order.
void Step::annotations(const Dict& old_page, const Dict& new_page, std::uint32_t page) {
    static const Array kNone;
    const Array* was = old_value(old_page, "Annots").array();
    const Array* is = new_value(new_page, "Annots").array();
    const Array& old_list = was != nullptr ? *was : kNone;
    const Array& new_list = is != nullptr ? *is : kNone;
    auto next_old = old_list.begin();
    for (const Object& annotation : new_list) {
        if (next_old != old_list.end() && same_value(annotation, *next_old)) {
            ++next_old;
        } else if (annotation.reference() == nullptr ||
                   !seal_fields_.contains(annotation.reference()->number)) {
            fault("annotation_added", "an annotation was added that is no signature field");
        }
    }
    if (next_old != old_list.end()) {
        fault("annotation_removed", "an annotation was removed or moved");
    }
    if (!approve_holder(old_page.find("Annots"), new_page.find("Annots"), page)) {
        fault("annotations_changed", "the list of annotations is an object of something else");
    }
}

/// Object streams and cross-reference streams hold the rest and say nothing themselves.
bool Step::structural(const XrefEntry& entry) const {
    if (entry.kind != XrefEntry::Kind::InUse) {
        return false;
    }
    const Indirect* object = document_.load({entry.number, entry.generation}, after_);
    if (object == nullptr || !object->is_stream || existed(entry.number) ||
        new_reachable_.contains(entry.number)) {
        return false;
    }
    const Object& type = document_.value(*object->value.dict(), "Type", after_);
    return type.is_name("ObjStm") || type.is_name("XRef");
}

/// The numbers the later cross-reference mentions, and those that moved because their object stream
/// was exchanged.
std::set<std::uint32_t> Step::touched() const {
    std::set<std::uint32_t> numbers;
    for (const XrefSection& section : document_.revisions()[after_].sections) {
        for (const XrefEntry& entry : section.entries) {
            numbers.insert(entry.number);
        }
    }
    for (const auto* reachable : {&old_reachable_, &new_reachable_}) {
        std::copy_if(reachable->begin(),
                     reachable->end(),
                     std::inserter(numbers, numbers.end()),
                     [&](std::uint32_t number) { return moved(number); });
    }
    return numbers;
}

void Step::explain_rest() {
    for (const std::uint32_t number : touched()) {
        const std::string name = "object " + std::to_string(number);
        const XrefEntry& entry = *document_.entry(number, after_);
        if (entry.kind == XrefEntry::Kind::Free) {
            if (existed(number)) {
                fault("object_freed", name + " was removed");
            }
        } else if (explained_.contains(number) || !moved(number) || structural(entry) ||
                   written_again(entry)) {
            continue;
        } else if (existed(number)) {
            fault("object_overridden", name + " was replaced");
        } else if (new_reachable_.contains(number)) {
            fault("object_added", name + " was added where nothing may be added");
        } else if (rules_.own) {
            fault("object_added", name + " was added, and nothing refers to it");
        } else {
            note("object_unused", name + " was added, and nothing refers to it");
        }
    }
}

/// Some producers repeat objects that did not change.
bool Step::written_again(const XrefEntry& entry) const {
    if (rules_.own || !old_reachable_.contains(entry.number)) {
        return false;
    }
    const Indirect* was = old_object(entry.number);
    const Indirect* is = document_.load({entry.number, entry.generation}, after_);
    return was != nullptr && is != nullptr && same_object(document_, *was, *is);
}

}  // namespace

std::vector<Finding> check_revision(const Document& document,
                                    std::size_t later,
                                    const RevisionRules& rules) {
    return Step(document, later, rules).run();
}

}  // namespace yinxin::verify
