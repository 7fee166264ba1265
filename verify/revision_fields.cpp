// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_fields.h"

#include "verify/object_compare.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Indirect;
using pdf::reader::Member;
using pdf::reader::Object;
using pdf::reader::Reference;

namespace {

class FieldCheck {
  public:
    explicit FieldCheck(RevisionStep& step) : step_(step) {}

    void form(const Dict& old_catalog, const Dict& new_catalog);
    std::set<std::uint32_t> take_seal_fields() { return std::move(seal_fields_); }

  private:
    void form_keys(const Dict& old_form, const Dict& new_form);
    void field_list(const Object* old_holder, const Object* new_holder, std::uint32_t owner);
    void new_field(const Object& field);
    void new_widget(Reference id, const Dict& dict);
    void old_field(const Object& field);
    void field_keys(std::uint32_t number, const Dict& old_dict, const Dict& new_dict);
    bool fields_value_changes(const Dict& old_dict, const Dict& new_dict, Keys& changed);
    bool invisible(const Dict& widget) const;
    bool is_new_timestamp(const Dict& field) const;
    bool is_second_seal(const Dict& field) const;

    RevisionStep& step_;
    std::set<std::uint32_t> seal_fields_, visited_;
};

void FieldCheck::form(const Dict& old_catalog, const Dict& new_catalog) {
    const Object* is = new_catalog.find("AcroForm");
    const Dict* old_form = step_.old_value(old_catalog, "AcroForm").dict();
    const Dict* new_form = step_.new_value(new_catalog, "AcroForm").dict();
    if (new_form == nullptr) {
        if (old_form != nullptr) {
            step_.fault("form_removed", "the form with its signature fields was removed");
        }
        return;
    }
    const std::uint32_t catalog = step_.document().catalog_id(step_.after()).number;
    static const Dict kNoForm;
    if (!step_.approve_holder(old_catalog.find("AcroForm"), is, catalog)) {
        step_.fault("form_changed", "the form is an object of something else");
        return;
    }
    const std::uint32_t owner = is->reference() != nullptr ? is->reference()->number : catalog;
    const Dict& older = old_form != nullptr ? *old_form : kNoForm;
    form_keys(older, *new_form);
    field_list(older.find("Fields"), new_form->find("Fields"), owner);
}

void FieldCheck::form_keys(const Dict& old_form, const Dict& new_form) {
    for (const std::string& key : changed_keys(old_form, new_form)) {
        const bool is_new = old_form.find(key.c_str()) == nullptr;
        if (key == "Fields") {
            continue;
        }
        if (key == "SigFlags") {
            step_.give_up(old_form.find(key));
        } else if ((key == "DA" || key == "DR" || key == "Q") && is_new &&
                   !step_.rules().only_evidence()) {
            // defaults for the texts of new fields; existing ones keep what they have
            step_.accept_new(*new_form.find(key));
        } else if (key == "NeedAppearances" && new_form.find(key) == nullptr &&
                   !step_.rules().own) {
            step_.give_up(old_form.find(key));
            step_.note("need_appearances", "/NeedAppearances was taken out");
        } else {
            step_.fault("form_changed", "/" + key + " of the form changed");
        }
    }
}

/// Old fields stay, in their order; new ones may stand between them.
void FieldCheck::field_list(const Object* old_holder,
                            const Object* new_holder,
                            std::uint32_t owner) {
    static const Array kNone;
    const Array* was = old_holder != nullptr
                           ? step_.document().resolve(*old_holder, step_.before()).array()
                           : nullptr;
    const Array* is = new_holder != nullptr
                          ? step_.document().resolve(*new_holder, step_.after()).array()
                          : nullptr;
    const Array& old_list = was != nullptr ? *was : kNone;
    const Array& new_list = is != nullptr ? *is : kNone;
    if (!step_.approve_holder(old_holder, new_holder, owner)) {
        step_.fault("fields_changed", "the list of fields is an object of something else");
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
        step_.fault("fields_changed", "a field was removed from the form or moved in it");
    }
}

bool FieldCheck::invisible(const Dict& widget) const {
    const Array* rect = step_.new_value(widget, "Rect").array();
    if (rect == nullptr) {
        return true;
    }
    if (rect->size() != 4) {
        return false;
    }
    const auto at = [&](std::size_t i) {
        return step_.document().resolve((*rect)[i], step_.after()).number();
    };
    return at(0) == at(2) || at(1) == at(3);
}

bool FieldCheck::is_new_timestamp(const Dict& field) const {
    const Dict* value = step_.new_value(field, "V").dict();
    return value != nullptr && step_.new_value(*value, "Type").is_name("DocTimeStamp") &&
           step_.new_value(*value, "SubFilter").is_name("ETSI.RFC3161");
}

bool FieldCheck::is_second_seal(const Dict& field) const {
    const Object* value = field.find("V");
    return step_.rules().second_seal != 0 && value != nullptr && value->reference() != nullptr &&
           value->reference()->number == step_.rules().second_seal;
}

void FieldCheck::new_field(const Object& field) {
    const Reference* id = field.reference();
    const Indirect* object = id != nullptr ? step_.document().load(*id, step_.after()) : nullptr;
    const Dict* dict = object != nullptr ? object->value.dict() : nullptr;
    if (dict == nullptr || step_.existed(id->number)) {
        step_.fault("field_added", "a field was added that is no new object");
        return;
    }
    if (!step_.new_value(*dict, "FT").is_name("Sig") || dict->find("A") != nullptr ||
        dict->find("AA") != nullptr) {
        step_.fault("field_added", "a field was added that is no plain signature field");
        return;
    }
    if (step_.rules().only_evidence() &&
        !((is_new_timestamp(*dict) || is_second_seal(*dict)) && invisible(*dict))) {
        step_.fault("field_added", "a field was added that is no invisible document time stamp");
        return;
    }
    step_.explain(id->number);
    if (const Array* kids = step_.new_value(*dict, "Kids").array()) {
        for (const Object& kid : *kids) {
            const Dict* widget = step_.document().resolve(kid, step_.after()).dict();
            if (kid.reference() == nullptr || widget == nullptr ||
                step_.existed(kid.reference()->number)) {
                step_.fault("field_added", "a widget of a new field is no new object");
                return;
            }
            step_.explain(kid.reference()->number);
            new_widget(*kid.reference(), *widget);
        }
    }
    new_widget(*id, *dict);
}

void FieldCheck::new_widget(Reference id, const Dict& dict) {
    static const Keys kAllowed{
        "Type", "Subtype", "FT", "T",  "TU", "F", "Ff", "P", "Rect", "V",  "AP",     "AS",   "MK",
        "BS",   "Border",  "DA", "DR", "H",  "Q", "NM", "M", "Lock", "SV", "Parent", "Kids", "C"};
    for (const Member& member : dict.members()) {
        if (!kAllowed.contains(member.key)) {
            step_.fault("field_added", "a new signature field has /" + member.key);
            return;
        }
    }
    // attack 8: a picture put over the page in the name of a further signature
    if ((step_.rules().doc_mdp != 0 || step_.rules().own) && !invisible(dict)) {
        step_.fault("visible_field_added",
                    "a visible signature field was added after the certification");
    }
    seal_fields_.insert(id.number);
    for (const Member& member : dict.members()) {
        if (member.key != "P" && member.key != "Parent" && member.key != "Kids") {
            step_.accept_new(member.value);
        }
    }
}

void FieldCheck::old_field(const Object& field) {
    const Reference* id = field.reference();
    if (id == nullptr) {
        return;
    }
    const Indirect* was = step_.document().load(*id, step_.before());
    const Indirect* is = step_.document().load(*id, step_.after());
    if (was == nullptr || is == nullptr || was->value.dict() == nullptr ||
        is->value.dict() == nullptr || !visited_.insert(id->number).second) {
        return;
    }
    const Dict& old_dict = *was->value.dict();
    const Dict& new_dict = *is->value.dict();
    if (step_.moved(id->number)) {
        field_keys(id->number, old_dict, new_dict);
    }
    if (new_dict.find("Kids") != nullptr || old_dict.find("Kids") != nullptr) {
        field_list(old_dict.find("Kids"), new_dict.find("Kids"), id->number);
    }
}

/// Filling in: a value where there was none, or another one in a form that allows it; /AP only
/// together with /V.
bool FieldCheck::fields_value_changes(const Dict& old_dict, const Dict& new_dict, Keys& changed) {
    const bool signature = step_.new_value(new_dict, "FT").is_name("Sig");
    if (!changed.contains("V") || (signature && !step_.old_value(old_dict, "V").is_null()) ||
        (!signature && step_.rules().locked)) {
        return false;
    }
    static const Keys kMayChange{"V", "AP", "AS", "M", "F"};
    for (const char* key : {"V", "AP", "AS", "M", "F", "MK", "DA", "DR", "P", "Type"}) {
        if (!changed.contains(key) ||
            (old_dict.find(key) != nullptr && !kMayChange.contains(key))) {
            continue;
        }
        changed.erase(key);
        step_.give_up(old_dict.find(key));
        if (const Object* value = new_dict.find(key);
            value != nullptr && std::string_view(key) != "P") {
            step_.accept_new(*value);
        }
    }
    return true;
}

void FieldCheck::field_keys(std::uint32_t number, const Dict& old_dict, const Dict& new_dict) {
    Keys changed = changed_keys(old_dict, new_dict);
    changed.erase("Kids");
    if (changed.empty()) {
        step_.explain(number);
        return;
    }
    const bool evidence_only =
        step_.rules().only_evidence() && !(is_new_timestamp(new_dict) && invisible(new_dict));
    if (evidence_only || !fields_value_changes(old_dict, new_dict, changed)) {
        step_.fault("field_changed",
                    "a form field was changed (object " + std::to_string(number) + ")");
        return;
    }
    step_.explain(number);
    if (!step_.new_value(new_dict, "FT").is_name("Sig")) {
        step_.note("form_filled",
                   "a form field was filled in (object " + std::to_string(number) + ")");
    } else if (step_.rules().doc_mdp == 0 || invisible(new_dict)) {
        seal_fields_.insert(number);
    }
    for (const std::string& key : changed) {
        step_.fault("field_changed",
                    "/" + key + " of a form field changed (object " + std::to_string(number) + ")");
    }
}

}  // namespace

std::set<std::uint32_t> check_fields(RevisionStep& step,
                                     const Dict& old_catalog,
                                     const Dict& new_catalog) {
    FieldCheck check(step);
    check.form(old_catalog, new_catalog);
    return check.take_seal_fields();
}

}  // namespace yinxin::verify
