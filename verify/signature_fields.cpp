// SPDX-License-Identifier: Apache-2.0
#include "verify/signature_fields.h"

#include <algorithm>
#include <set>

#include "common/limits.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Object;
using pdf::reader::Reference;

namespace {

/// Of a field's full name, which each field below it begins with: enough to know it by.
constexpr std::size_t kNameBytesMax = 1000;

struct Inherited {
    std::string name;
    bool signature = false;
    const Object* value = nullptr;
};

class Collector {
  public:
    Collector(const Document& document, std::size_t revision, std::vector<Finding>& findings)
        : document_(document), revision_(revision), findings_(findings) {}

    std::vector<FoundSignature> all() {
        const Dict& catalog = document_.catalog(revision_);
        if (const Dict* form = document_.value(catalog, "AcroForm", revision_).dict()) {
            fields(document_.value(*form, "Fields", revision_), {}, 0);
        }
        if (const Dict* permissions = document_.value(catalog, "Perms", revision_).dict()) {
            read_permissions(*permissions);
        }
        return std::move(found_);
    }

  private:
    void fields(const Object& list, const Inherited& from, std::size_t depth) {
        if (list.array() == nullptr) {
            return;
        }
        if (depth > limits::pdf_depth_max) {
            throw Error(ErrorCode::TooLarge, "the form's fields are nested too deeply");
        }
        for (const Object& each : *list.array()) {
            const Reference* reference = each.reference();
            if (reference != nullptr && !visited_.insert(reference->number).second) {
                if (depth == 0) {
                    findings_.push_back({Finding::Weight::Warning,
                                         "field_twice",
                                         "a form field stands twice in the form"});
                    continue;
                }
                pdf::reader::malformed(each.extent().begin,
                                       "the form's fields go round in a circle");
            }
            const Indirect* object =
                reference != nullptr ? document_.load(*reference, revision_) : nullptr;
            if (object != nullptr && object->value.dict() != nullptr) {
                field(*reference, *object, from, depth);
            }
        }
    }

    void field(Reference id, const Indirect& object, Inherited from, std::size_t depth) {
        const Dict& dict = *object.value.dict();
        if (const auto* name = document_.value(dict, "T", revision_).string()) {
            from.name += from.name.empty() ? "" : ".";
            from.name.append(
                name->bytes, 0, kNameBytesMax - std::min(kNameBytesMax, from.name.size()));
        }
        if (const Object& type = document_.value(dict, "FT", revision_); !type.is_null()) {
            from.signature = type.is_name("Sig");
        }
        if (const Object* value = dict.find("V")) {
            from.value = value;
            add_value(id, object, *value, from);
        }
        fields(document_.value(dict, "Kids", revision_), from, depth + 1);
    }

    void add_value(Reference field_id,
                   const Indirect& field_object,
                   const Object& value,
                   const Inherited& from) {
        const Object& resolved = document_.resolve(value, revision_);
        const Dict* dict = resolved.dict();
        // a dictionary that looks like a signature is one, whatever the field calls itself
        const bool like_signature = dict != nullptr && (dict->find("ByteRange") != nullptr ||
                                                        dict->find("SubFilter") != nullptr);
        if (resolved.is_null() || (!from.signature && !like_signature)) {
            return;
        }
        FoundSignature signature;
        signature.field = from.name;
        signature.field_dict = field_object.value.dict();
        signature.id = field_id;
        signature.object = &field_object;
        signature.dict = dict;
        if (value.reference() != nullptr) {
            signature.id = *value.reference();
            signature.object = document_.load(signature.id, revision_);
        }
        add(std::move(signature), value.reference() != nullptr);
    }

    void add(FoundSignature signature, bool indirect) {
        const bool twice =
            indirect && std::any_of(found_.begin(), found_.end(), [&](const FoundSignature& other) {
                return other.id == signature.id;
            });
        if (twice) {
            findings_.push_back({Finding::Weight::Warning,
                                 "one_value_two_fields",
                                 "one signature is the value of two fields; it counts once"});
            return;
        }
        if (found_.size() >= limits::pdf_signatures_max) {
            throw Error(ErrorCode::TooLarge, "the file has too many signatures");
        }
        signature.seen_in = revision_;
        signature.doc_mdp = modification_level(signature);
        found_.push_back(std::move(signature));
    }

    void read_permissions(const Dict& permissions) {
        if (permissions.find("UR3") != nullptr || permissions.find("UR") != nullptr) {
            findings_.push_back({Finding::Weight::Note,
                                 "usage_rights",
                                 "usage rights are no seal and were not looked at"});
        }
        const Object* certification = permissions.find("DocMDP");
        if (certification == nullptr) {
            return;
        }
        const Reference* id = certification->reference();
        const auto known =
            std::find_if(found_.begin(), found_.end(), [&](const FoundSignature& each) {
                return id != nullptr && each.id == *id;
            });
        if (known != found_.end()) {
            known->certifies = true;
            return;
        }
        FoundSignature signature;
        signature.certifies = true;
        signature.seen_in = revision_;
        signature.id = id != nullptr ? *id : document_.catalog_id(revision_);
        signature.object = document_.load(signature.id, revision_);
        if (signature.object != nullptr) {
            // 12.8.4: a reference. What stands in /Perms itself may lie in whichever object that
            // is.
            signature.dict = id != nullptr ? signature.object->value.dict() : nullptr;
            signature.doc_mdp = modification_level(signature);
            found_.push_back(std::move(signature));
        }
    }

    /// ISO 32000-1, 12.8.2.2, table 254.
    std::optional<int> modification_level(const FoundSignature& signature) const {
        const Array* references =
            signature.dict != nullptr
                ? document_.value(*signature.dict, "Reference", revision_).array()
                : nullptr;
        for (const Object& each : references != nullptr ? *references : Array{}) {
            const Dict* reference = document_.resolve(each, revision_).dict();
            if (reference == nullptr ||
                !document_.value(*reference, "TransformMethod", revision_).is_name("DocMDP")) {
                continue;
            }
            const Dict* parameters =
                document_.value(*reference, "TransformParams", revision_).dict();
            const Object* level = parameters != nullptr ? parameters->find("P") : nullptr;
            if (level == nullptr) {
                return 2;
            }
            const auto* number = document_.resolve(*level, revision_).integer();
            return number != nullptr && *number >= 1 && *number <= 3 ? static_cast<int>(*number)
                                                                     : 1;
        }
        return std::nullopt;
    }

    const Document& document_;
    std::size_t revision_;
    std::vector<Finding>& findings_;
    std::set<std::uint32_t> visited_;
    std::vector<FoundSignature> found_;
};

}  // namespace

bool FoundSignature::is_document_timestamp() const {
    const Object* type = dict != nullptr ? dict->find("Type") : nullptr;
    const Object* filter = dict != nullptr ? dict->find("SubFilter") : nullptr;
    return (type != nullptr && type->is_name("DocTimeStamp")) ||
           (filter != nullptr && filter->is_name("ETSI.RFC3161"));
}

std::vector<FoundSignature> find_signatures(const Document& document,
                                            std::size_t revision,
                                            std::vector<Finding>& findings) {
    return Collector(document, revision, findings).all();
}

namespace {

/// /Action and /Fields of a lock or of the parameters of a FieldMDP transform.
FieldLock read_lock(const Document& document, const Dict& dict, std::size_t revision) {
    FieldLock lock;
    const Object& action = document.value(dict, "Action", revision);
    lock.all_but = !action.is_name("Include");
    if (action.is_name("Include") || action.is_name("Exclude")) {
        const Array* names = document.value(dict, "Fields", revision).array();
        for (const Object& each : names != nullptr ? *names : Array{}) {
            if (const auto* name = document.resolve(each, revision).string()) {
                lock.names.insert(name->bytes);
            }
        }
    }
    return lock;
}

}  // namespace

std::vector<FieldLock> locks_of(const Document& document, const FoundSignature& signature) {
    std::vector<FieldLock> locks;
    const std::size_t revision = signature.seen_in;
    const Array* references = signature.dict != nullptr
                                  ? document.value(*signature.dict, "Reference", revision).array()
                                  : nullptr;
    for (const Object& each : references != nullptr ? *references : Array{}) {
        const Dict* reference = document.resolve(each, revision).dict();
        if (reference == nullptr ||
            !document.value(*reference, "TransformMethod", revision).is_name("FieldMDP")) {
            continue;
        }
        static const Dict kNothing;
        const Dict* parameters = document.value(*reference, "TransformParams", revision).dict();
        locks.push_back(
            read_lock(document, parameters != nullptr ? *parameters : kNothing, revision));
    }
    const Dict* lock = signature.field_dict != nullptr
                           ? document.value(*signature.field_dict, "Lock", revision).dict()
                           : nullptr;
    if (lock != nullptr) {
        locks.push_back(read_lock(document, *lock, revision));
    }
    return locks;
}

}  // namespace yinxin::verify
