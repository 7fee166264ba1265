// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_fields.h"

#include <algorithm>
#include <array>

#include "common/error.h"
#include "common/limits.h"
#include "pdf/reader_lexer.h"
#include "verify/clear_place.h"
#include "verify/object_compare.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Indirect;
using pdf::reader::Member;
using pdf::reader::Object;
using pdf::reader::Reference;

namespace {

const std::vector<Member>& members_of(const Dict* dict) {
    static const std::vector<Member> kNone;
    return dict != nullptr ? dict->members() : kNone;
}

/// Of a field's full name, which each field below it begins with: enough to know it by.
constexpr std::size_t kNameBytesMax = 1000;

/// What a field has from those above it (12.7.3.1, inheritance).
struct Above {
    std::string name;
    std::string type;     ///< /FT
    bool filled = false;  ///< the value changed as it may: looks may change with it
    std::size_t depth = 0;
};

class FieldCheck {
  public:
    explicit FieldCheck(RevisionStep& step) : step_(step) {}

    void form(const Dict& old_catalog, const Dict& new_catalog);
    std::set<std::uint32_t> take_seal_fields() { return std::move(seal_fields_); }

  private:
    void form_keys(const Dict& old_form, const Dict& new_form);
    void default_resources(const Dict& old_form, const Dict& new_form, std::uint32_t owner);
    void resource_kind(const std::string& kind, const Object& was, const Object* is);
    bool values_are_drawn(const Dict& old_form);
    void field_list(const Object* old_holder,
                    const Object* new_holder,
                    std::uint32_t owner,
                    const Above& above);
    void new_field(const Object& field);
    void new_widget(Reference id, const Dict& dict, bool signed_field);
    void old_field(const Object& field, Above above);
    bool field_keys(std::uint32_t number,
                    const Dict& old_dict,
                    const Dict& new_dict,
                    const Above& above);
    bool fields_value_changes(const Dict& old_dict,
                              const Dict& new_dict,
                              const Above& above,
                              Keys& changed);
    void looks(std::uint32_t widget, const Dict& old_dict, const Dict& new_dict);
    bool only_moved_with(const Object* object, const std::set<std::uint32_t>& owners);
    bool invisible(const Dict& widget) const;
    bool shows_nothing(const Dict& widget) const;
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
    default_resources(older, *new_form, owner);
    field_list(older.find("Fields"), new_form->find("Fields"), owner, {});
}

/// Do viewers draw the fields' values themselves, so that a default may change what is seen?
bool FieldCheck::values_are_drawn(const Dict& old_form) {
    const bool* asked = step_.old_value(old_form, "NeedAppearances").boolean();
    if (asked == nullptr || !*asked) {
        return false;
    }
    std::vector<const Object*> waiting;
    std::set<std::uint32_t> seen;
    const auto add = [&](const Object& list) {
        for (const Object& each : list.array() != nullptr ? *list.array() : Array{}) {
            const Reference* id = each.reference();
            if (id != nullptr && seen.insert(id->number).second) {
                waiting.push_back(&step_.document().resolve(each, step_.before()));
            }
        }
    };
    add(step_.old_value(old_form, "Fields"));
    while (!waiting.empty()) {
        const Dict* field = waiting.back()->dict();
        waiting.pop_back();
        if (field == nullptr) {
            continue;
        }
        const Object& type = step_.old_value(*field, "FT");
        if (!type.is_null() && !type.is_name("Sig")) {
            return true;
        }
        add(step_.old_value(*field, "Kids"));
    }
    return false;
}

void FieldCheck::form_keys(const Dict& old_form, const Dict& new_form) {
    for (const std::string& key : changed_keys(old_form, new_form)) {
        const bool is_new = old_form.find(key.c_str()) == nullptr;
        if (key == "Fields" || (key == "DR" && !step_.rules().only_evidence())) {
            continue;
        }
        if (key == "SigFlags") {
            step_.give_up(old_form.find(key));
        } else if ((key == "DA" || key == "Q") && is_new && !step_.rules().only_evidence() &&
                   !values_are_drawn(old_form)) {
            // defaults for the texts of new fields; existing ones keep what they have
            step_.accept_new(*new_form.find(key));
        } else if (key == "NeedAppearances" && new_form.find(key) == nullptr &&
                   !step_.rules().own && !values_are_drawn(old_form)) {
            step_.give_up(old_form.find(key));
            step_.note("need_appearances", "/NeedAppearances was taken out");
        } else {
            step_.fault("form_changed", "/" + key + " of the form changed");
        }
    }
}

/// Producers put the fonts of a new field's texts there. What a default appearance may name stays.
void FieldCheck::default_resources(const Dict& old_form,
                                   const Dict& new_form,
                                   std::uint32_t owner) {
    const Object* was = old_form.find("DR");
    const Object* is = new_form.find("DR");
    if (step_.rules().only_evidence() || (was == nullptr && is == nullptr)) {
        return;
    }
    const Dict* old_dict = step_.old_value(old_form, "DR").dict();
    const Dict* new_dict = step_.new_value(new_form, "DR").dict();
    const bool drawn = values_are_drawn(old_form);
    const auto moved = [&](const Object* before, const Object* now) {
        return before == nullptr || now == nullptr || !same_value(*before, *now) ||
               (now->reference() != nullptr && step_.moved(now->reference()->number));
    };
    if (!moved(was, is) && old_dict == nullptr) {
        return;
    }
    if (is == nullptr || !step_.approve_holder(was, is, owner) || new_dict == nullptr ||
        (was != nullptr && old_dict == nullptr) || (drawn && moved(was, is))) {
        step_.fault("form_changed", "/DR of the form changed");
        return;
    }
    if (old_dict != nullptr) {
        const std::uint32_t holder = is->reference() != nullptr ? is->reference()->number : owner;
        for (const Member& kind : old_dict->members()) {
            const Object* now = new_dict->find(kind.key);
            if (!step_.approve_holder(&kind.value, now, holder) ||
                (drawn && moved(&kind.value, now))) {
                step_.fault("form_changed", "/DR of the form is an object of something else");
                continue;
            }
            resource_kind(kind.key, kind.value, now);
        }
    }
    step_.accept_new(step_.document().resolve(*is, step_.after()));
}

void FieldCheck::resource_kind(const std::string& kind, const Object& was, const Object* is) {
    static const Object kNothing;
    const Object& older = step_.document().resolve(was, step_.before());
    const Object& newer = is != nullptr ? step_.document().resolve(*is, step_.after()) : kNothing;
    for (const Member& member : members_of(older.dict())) {
        const Object* now = newer.dict() != nullptr ? newer.dict()->find(member.key) : nullptr;
        if (now != nullptr && same_value(member.value, *now)) {
            continue;
        }
        if (kind == "Font") {
            step_.fault("form_changed", "a font of the form's /DR changed");
        }
        step_.give_up(&member.value);
    }
    step_.accept_new(newer);
}

/// Old fields stay, in their order; new ones may stand between them.
void FieldCheck::field_list(const Object* old_holder,
                            const Object* new_holder,
                            std::uint32_t owner,
                            const Above& above) {
    if (above.depth > limits::pdf_depth_max) {
        throw Error(ErrorCode::TooLarge, "the form's fields are nested too deeply");
    }
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
            old_field(field, above);
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
    const Object& rect = step_.new_value(widget, "Rect");
    if (rect.is_null()) {
        return true;
    }
    if (rect.array() == nullptr || rect.array()->size() != 4) {
        return false;
    }
    std::array<double, 4> at{};
    for (std::size_t i = 0; i < 4; ++i) {
        const Object& number = step_.document().resolve((*rect.array())[i], step_.after());
        if (!number.is_number()) {
            return false;
        }
        at.at(i) = number.number();
    }
    return at[0] == at[2] || at[1] == at[3];
}

/// Without an appearance, or with one of nothing but white space and comments.
bool FieldCheck::shows_nothing(const Dict& widget) const {
    const Object& looks = step_.new_value(widget, "AP");
    if (looks.is_null()) {
        return true;
    }
    const Object* normal = looks.dict() != nullptr ? looks.dict()->find("N") : nullptr;
    const Indirect* stream = normal != nullptr && normal->reference() != nullptr
                                 ? step_.document().load(*normal->reference(), step_.after())
                                 : nullptr;
    if (stream == nullptr || !stream->is_stream) {
        return looks.dict() != nullptr && looks.dict()->members().empty();
    }
    try {
        const Bytes content = step_.document().decode(*stream, step_.after());
        pdf::reader::ValueBudget budget;
        pdf::reader::Lexer lexer(content, 0, budget);
        lexer.skip_space_and_comments();
        return lexer.at_end();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Malformed) {
            throw;
        }
        return false;  // packed in a way that is not read
    }
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
    const bool signed_field = step_.new_value(*dict, "V").dict() != nullptr;
    if (const Array* kids = step_.new_value(*dict, "Kids").array()) {
        for (const Object& kid : *kids) {
            const Dict* widget = step_.document().resolve(kid, step_.after()).dict();
            if (kid.reference() == nullptr || widget == nullptr ||
                step_.existed(kid.reference()->number)) {
                step_.fault("field_added", "a widget of a new field is no new object");
                return;
            }
            step_.explain(kid.reference()->number);
            new_widget(*kid.reference(), *widget, signed_field);
        }
    }
    new_widget(*id, *dict, signed_field);
}

void FieldCheck::new_widget(Reference id, const Dict& dict, bool signed_field) {
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
    const RevisionRules& rules = step_.rules();
    if (!invisible(dict)) {
        if (rules.only_evidence() ||
            (rules.doc_mdp != 0 &&
             !stands_clear(step_.document(), id, dict, step_.before(), step_.after()))) {
            step_.fault("visible_field_added",
                        "a visible signature field was added over what was certified");
        } else if (!signed_field && !shows_nothing(dict)) {
            step_.fault("visible_field_added",
                        "a field that nobody signed was added and shows something");
        }
    }
    seal_fields_.insert(id.number);
    for (const Member& member : dict.members()) {
        if (member.key != "P" && member.key != "Parent" && member.key != "Kids") {
            step_.accept_new(member.value);
        }
    }
}

void FieldCheck::old_field(const Object& field, Above above) {
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
    if (const auto* name = step_.old_value(old_dict, "T").string()) {
        above.name += above.name.empty() ? "" : ".";
        above.name.append(
            name->bytes, 0, kNameBytesMax - std::min(kNameBytesMax, above.name.size()));
    }
    if (const auto* type = step_.old_value(old_dict, "FT").name()) {
        above.type = type->text;
    }
    const bool moved = step_.moved(id->number);
    if (moved && field_keys(id->number, old_dict, new_dict, above)) {
        above.filled = true;
    }
    if (above.filled) {
        looks(id->number, old_dict, new_dict);
    }
    if (new_dict.find("Kids") != nullptr || old_dict.find("Kids") != nullptr) {
        ++above.depth;
        field_list(old_dict.find("Kids"), new_dict.find("Kids"), id->number, above);
    }
}

/// Filling in: a value where there was none, or another one in a form that allows it; /AP only
/// together with /V, of the field itself or of the one above that this is a widget of.
bool FieldCheck::fields_value_changes(const Dict& old_dict,
                                      const Dict& new_dict,
                                      const Above& above,
                                      Keys& changed) {
    const bool signature = above.type == "Sig";
    const bool own_value = changed.contains("V");
    if (!own_value && !above.filled) {
        return false;
    }
    if (own_value && (signature ? !step_.old_value(old_dict, "V").is_null()
                                : step_.rules().locked(above.name))) {
        return false;
    }
    static const Keys kMayChange{"V", "AP", "AS", "M", "F", "I", "RV", "TI"};
    for (const char* key :
         {"V", "AP", "AS", "M", "F", "I", "RV", "TI", "MK", "DA", "DR", "P", "Type"}) {
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

/// True when it was filled in or signed, as it may be.
bool FieldCheck::field_keys(std::uint32_t number,
                            const Dict& old_dict,
                            const Dict& new_dict,
                            const Above& above) {
    Keys changed = changed_keys(old_dict, new_dict);
    changed.erase("Kids");
    if (changed.empty()) {
        step_.explain(number);
        return false;
    }
    const bool evidence_only =
        step_.rules().only_evidence() && !(is_new_timestamp(new_dict) && invisible(new_dict));
    if (evidence_only || !fields_value_changes(old_dict, new_dict, above, changed)) {
        step_.fault("field_changed",
                    "a form field was changed (object " + std::to_string(number) + ")");
        return false;
    }
    step_.explain(number);
    if (above.type != "Sig") {
        step_.note("form_filled",
                   "a form field was filled in (object " + std::to_string(number) + ")");
    } else if (step_.rules().doc_mdp == 0 || invisible(new_dict)) {
        seal_fields_.insert(number);
    }
    for (const std::string& key : changed) {
        step_.fault("field_changed",
                    "/" + key + " of a form field changed (object " + std::to_string(number) + ")");
    }
    return true;
}

/// An object that was there and was written anew, and nothing but these refers to it.
bool FieldCheck::only_moved_with(const Object* object, const std::set<std::uint32_t>& owners) {
    const Reference* id = object != nullptr ? object->reference() : nullptr;
    if (id == nullptr || !step_.old_reachable().contains(id->number) || !step_.moved(id->number)) {
        return false;
    }
    const auto& referrers = step_.referrers(id->number);
    return std::includes(owners.begin(), owners.end(), referrers.begin(), referrers.end());
}

/// Some producers draw a filled field anew in the appearance streams it has.
void FieldCheck::looks(std::uint32_t widget, const Dict& old_dict, const Dict& new_dict) {
    std::set<std::uint32_t> owners{widget};
    const auto take = [&](const Object* was, const Object* is) {
        if (is != nullptr && only_moved_with(is, owners)) {
            step_.explain(is->reference()->number);
            step_.give_up(was);
            step_.accept_new(step_.document().resolve(*is, step_.after()));
        }
        if (is != nullptr && is->reference() != nullptr) {
            owners.insert(is->reference()->number);
        }
    };
    take(old_dict.find("AP"), new_dict.find("AP"));
    const Dict* old_looks = step_.old_value(old_dict, "AP").dict();
    const Dict* new_looks = step_.new_value(new_dict, "AP").dict();
    for (const Member& look : members_of(new_looks)) {
        const Object* was = old_looks != nullptr ? old_looks->find(look.key) : nullptr;
        take(was, &look.value);
        const Indirect* held = look.value.reference() != nullptr
                                   ? step_.document().load(*look.value.reference(), step_.after())
                                   : nullptr;
        if (held == nullptr || !held->is_stream) {  // one for each state
            for (const Member& state :
                 members_of(step_.document().resolve(look.value, step_.after()).dict())) {
                take(nullptr, &state.value);
            }
        }
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
