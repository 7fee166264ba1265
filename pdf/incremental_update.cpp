// SPDX-License-Identifier: Apache-2.0
#include "pdf/incremental_update.h"

#include <algorithm>
#include <set>

#include "pdf/picture_object.h"
#include "pdf/reader.h"
#include "pdf/revision_writer.h"
#include "pdf/riding_seal.h"
#include "pdf/signature_objects.h"

namespace yinxin::pdf {

using reader::Array;
using reader::Dict;
using reader::Document;
using reader::Indirect;
using reader::Object;
using reader::Page;
using reader::Reference;

namespace {

[[noreturn]] void refuse(const std::string& reason) {
    throw Error(ErrorCode::Refused, reason);
}

/// What sealing has to know about the file as it stands.
struct Existing {
    const Document& document;
    std::size_t revision;
    std::vector<Page> pages;
    std::set<std::string> field_names;
    bool has_signature = false;
    std::uint32_t highest = 0;  ///< number that anything refers to

    const Object& value(const Dict& dict, const char* key) const {
        return document.value(dict, key, revision);
    }
};

void collect_fields(Existing& existing,
                    const Object& fields,
                    std::set<std::uint32_t>& visited,
                    std::size_t depth) {
    if (fields.array() == nullptr) {
        return;
    }
    if (depth > limits::pdf_depth_max) {
        refuse("unreadable: the form's fields are nested too deeply");
    }
    for (const Object& each : *fields.array()) {
        if (each.reference() != nullptr && !visited.insert(each.reference()->number).second) {
            refuse("unreadable: a form field is its own parent, or stands twice");
        }
        const Dict* field = existing.document.resolve(each, existing.revision).dict();
        if (field == nullptr) {
            continue;
        }
        if (const auto* name = existing.value(*field, "T").string()) {
            existing.field_names.insert(name->bytes);
        }
        const Object& value = existing.value(*field, "V");
        if (existing.value(*field, "FT").is_name("Sig") && value.dict() != nullptr) {
            existing.has_signature = true;
        }
        if (visited.size() > limits::pdf_objects_max) {
            refuse("unreadable: too many form fields");
        }
        collect_fields(existing, existing.value(*field, "Kids"), visited, depth + 1);
    }
}

/// P of DocMDP; 0 when the file is not certified (12.8.2.2).
int certified_level(const Existing& existing) {
    const Dict& catalog = existing.document.catalog(existing.revision);
    const Dict* perms = existing.value(catalog, "Perms").dict();
    const Dict* signature = perms != nullptr ? existing.value(*perms, "DocMDP").dict() : nullptr;
    if (signature == nullptr) {
        return 0;
    }
    const Array* references = existing.value(*signature, "Reference").array();
    for (const Object& each : references != nullptr ? *references : Array{}) {
        const Dict* reference = existing.document.resolve(each, existing.revision).dict();
        if (reference == nullptr ||
            !existing.value(*reference, "TransformMethod").is_name("DocMDP")) {
            continue;
        }
        const Dict* parameters = existing.value(*reference, "TransformParams").dict();
        const auto* level =
            parameters != nullptr ? existing.value(*parameters, "P").integer() : nullptr;
        return level != nullptr ? static_cast<int>(std::clamp<std::int64_t>(*level, 1, 3)) : 2;
    }
    return 2;
}

Existing look_at(const Document& document) {
    if (document.encrypted()) {
        refuse("encrypted: remove the protection of the file first");
    }
    Existing existing{document, document.newest(), {}, {}, false};
    existing.highest = document.reach(existing.revision).highest;  // and every object in its place
    existing.pages = document.pages(existing.revision);
    if (existing.pages.empty()) {
        refuse("unreadable: the file has no page");
    }
    if (const Dict* form = existing.value(document.catalog(existing.revision), "AcroForm").dict()) {
        std::set<std::uint32_t> visited;
        collect_fields(existing, existing.value(*form, "Fields"), visited, 0);
    }
    return existing;
}

void refuse_certified(const Existing& existing) {
    if (certified_level(existing) == 1) {
        refuse("certified: the file's certification (DocMDP P=1) allows no further seal");
    }
}

std::string free_name(const Existing& existing, const std::string& wanted) {
    std::string base = wanted.empty() ? "Signature" : wanted;
    std::replace(base.begin(), base.end(), '.', '_');  // a dot separates levels of names (12.7.3.2)
    std::string name = base;
    for (int i = 2; existing.field_names.contains(name); ++i) {
        name = base + "_" + std::to_string(i);
    }
    return name;
}

void add_to_page(RevisionWriter& writer,
                 const Page& page,
                 Reference field,
                 std::map<std::string, std::string>& changes) {
    const std::string annotations = extended_array(
        writer, *page.object, *page.object->value.dict(), "Annots", reference_text(field));
    if (!annotations.empty()) {
        changes["Annots"] = annotations;
    }
}

/// The form with the field in it; as an object of its own when it was one, else as text for the
/// catalog.
std::string form_with_field(const Existing& existing,
                            RevisionWriter& writer,
                            const Indirect& catalog,
                            Reference field) {
    const Object* held = catalog.value.dict()->find("AcroForm");
    const Indirect* owner = &catalog;
    if (held != nullptr && held->reference() != nullptr) {
        owner = existing.document.load(*held->reference(), existing.revision);
    }
    const Dict* form =
        held != nullptr ? existing.document.resolve(*held, existing.revision).dict() : nullptr;
    if (form == nullptr || owner == nullptr) {
        return "<< /Fields [" + reference_text(field) + "] /SigFlags 3 >>";
    }
    std::map<std::string, std::string> changes{{"SigFlags", "3"}, {"NeedAppearances", ""}};
    const std::string fields =
        extended_array(writer, *owner, *form, "Fields", reference_text(field));
    if (!fields.empty()) {
        changes["Fields"] = fields;
    }
    const std::string text = edited_dict(*owner, *form, changes);
    if (owner == &catalog) {
        return text;
    }
    writer.put(*held->reference(), text);
    return "";
}

void change_catalog(const Existing& existing,
                    RevisionWriter& writer,
                    Reference field,
                    Reference signature,
                    bool certify) {
    const Reference id = existing.document.catalog_id(existing.revision);
    const Indirect& catalog = *existing.document.load(id, existing.revision);
    std::map<std::string, std::string> changes;
    if (const std::string form = form_with_field(existing, writer, catalog, field); !form.empty()) {
        changes["AcroForm"] = form;
    }
    if (certify) {
        changes["Perms"] = "<< /DocMDP " + reference_text(signature) + " >>";
    }
    if (!changes.empty()) {
        writer.put(id, edited_dict(catalog, *catalog.value.dict(), changes));
    }
}

/// What is not to be seen goes where other annotations are: a page that gets its first one looks
/// changed to some validators (EU DSS: a violation of DocMDP).
int quiet_page(const Existing& existing) {
    const auto page =
        std::find_if(existing.pages.begin(), existing.pages.end(), [](const Page& each) {
            return each.object->value.dict()->find("Annots") != nullptr;
        });
    return page == existing.pages.end() ? 0 : static_cast<int>(page - existing.pages.begin());
}

std::size_t page_of(const Existing& existing, const SignatureSpec& spec) {
    const int index = spec.seal ? spec.seal->page : quiet_page(existing);
    if (index < 0 || static_cast<std::size_t>(index) >= existing.pages.size()) {
        throw Error(ErrorCode::Invalid, "the seal's page does not exist");
    }
    return static_cast<std::size_t>(index);
}

void add_strips(RevisionWriter& writer,
                const Existing& existing,
                const Picture& picture,
                PageChanges& changes) {
    if (existing.has_signature) {
        const std::string detail =
            "a riding seal is drawn on every page, which the signatures in this file forbid; leave "
            "it out";
        throw Error(ErrorCode::Invalid, detail, {{"/riding", "signed", detail}});
    }
    add_riding_seal(writer, existing.pages, picture, changes);
}

std::string field_body(const Existing& existing,
                       RevisionWriter& writer,
                       const SignatureSpec& spec,
                       Reference signature) {
    const Page& page = existing.pages[page_of(existing, spec)];
    std::optional<Reference> picture;
    if (spec.seal) {
        picture = put_picture(writer, spec.seal->picture, page.rotate);
    }
    return widget_body(spec, free_name(existing, spec.field_name), page.id, signature, picture);
}

PreparedRevision append_to(const Document& document, const SignatureSpec& spec) {
    const Existing existing = look_at(document);
    if (spec.kind == SignatureSpec::Kind::Seal) {
        refuse_certified(existing);
    }
    const bool certify = spec.certify && !existing.has_signature;
    RevisionWriter writer(document);
    writer.leave_free(existing.highest);
    const Reference field = writer.new_object();
    const Reference signature = writer.new_object();
    writer.put(field, field_body(existing, writer, spec, signature));
    writer.put(signature, signature_body(spec, certify));
    PageChanges changes;
    if (spec.riding) {
        add_strips(writer, existing, *spec.riding, changes);
    }
    const std::size_t sealed = page_of(existing, spec);
    add_to_page(writer, existing.pages[sealed], field, changes[sealed]);
    for (const auto& [number, changed] : changes) {
        const Page& page = existing.pages[number];
        if (!changed.empty()) {
            writer.put(page.id, edited_dict(*page.object, *page.object->value.dict(), changed));
        }
    }
    change_catalog(existing, writer, field, signature, certify);
    PreparedRevision prepared;
    prepared.certifies = certify;
    std::size_t body_begin = 0;
    prepared.pdf = writer.finish(signature, body_begin);
    prepared.byte_range = place_byte_range(prepared.pdf, body_begin);
    return prepared;
}

template <typename Work>
auto or_unreadable(Work work) {
    try {
        return work();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Malformed || error.code() == ErrorCode::TooLarge) {
            refuse("unreadable: " + std::string(error.what()));
        }
        throw;
    }
}

}  // namespace

void check_sealable(ByteView pdf) {
    or_unreadable([&] {
        const Document document = Document::open(pdf);
        refuse_certified(look_at(document));
        return true;
    });
}

PreparedRevision append_signature(ByteView pdf, const SignatureSpec& spec) {
    return or_unreadable([&] { return append_to(Document::open(pdf), spec); });
}

}  // namespace yinxin::pdf
