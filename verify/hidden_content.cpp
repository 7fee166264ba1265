// SPDX-License-Identifier: Apache-2.0
#include "verify/hidden_content.h"

#include <algorithm>
#include <array>

#include "common/error.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Member;
using pdf::reader::Object;
using pdf::reader::XrefEntry;
using pdf::reader::XrefSection;

namespace {

class DynamicContent {
  public:
    void look_at(const Indirect& object) {
        const Dict* dict = object.value.dict();
        if (object.is_stream && (dict->find("F") != nullptr || dict->find("FFilter") != nullptr)) {
            found_.insert("data of a stream lies in another file");
        }
        if (object.is_stream && (dict->find("OPI") != nullptr || dict->find("Ref") != nullptr)) {
            found_.insert("a picture stands for one in another file");
        }
        look_into(object.value);
    }
    void look_at_catalog(const Dict& catalog) {
        for (const char* key : {"OpenAction", "AA", "OCProperties"}) {
            if (catalog.find(key) != nullptr) {
                found_.insert(std::string("the file can change what it shows: /") + key);
            }
        }
    }
    std::vector<std::string> words() const { return {found_.begin(), found_.end()}; }

  private:
    void look_into(const Object& object) {
        if (const Array* array = object.array()) {
            for (const Object& each : *array) {
                look_into(each);
            }
        } else if (const Dict* dict = object.dict()) {
            const Object* kind = dict->find("S");
            if (dict->find("JS") != nullptr || (kind != nullptr && kind->is_name("JavaScript"))) {
                found_.insert("the file contains scripts");
            } else if (dict->find("AA") != nullptr) {
                found_.insert("something starts by itself when a page or a field is looked at");
            }
            for (const Member& member : dict->members()) {
                look_into(member.value);
            }
        }
    }

    std::set<std::string> found_;
};

/// Pages, fonts, streams: what could be shown. Object and cross-reference streams hold the rest.
bool could_be_shown(const Document& document, const Indirect& object, std::size_t revision) {
    const Dict* dict = object.value.dict();
    if (dict == nullptr) {
        return false;
    }
    const Object& type = document.value(*dict, "Type", revision);
    if (object.is_stream) {
        // the hints of a linearized file are a stream that nothing refers to
        return !type.is_name("ObjStm") && !type.is_name("XRef") && dict->find("S") == nullptr;
    }
    constexpr std::array kShown{"Catalog", "Pages", "Page", "Annot", "Font"};
    return std::any_of(
        kShown.begin(), kShown.end(), [&](const char* name) { return type.is_name(name); });
}

}  // namespace

std::vector<std::string> dynamic_content(const Document& document,
                                         std::size_t revision,
                                         const std::set<std::uint32_t>& reachable) {
    DynamicContent content;
    content.look_at_catalog(document.catalog(revision));
    for (const std::uint32_t number : reachable) {
        const XrefEntry* entry = document.entry(number, revision);
        if (const Indirect* object = document.load({number, entry->generation}, revision)) {
            content.look_at(*object);
        }
    }
    return content.words();
}

std::size_t unreachable_content(const Document& document,
                                std::size_t revision,
                                const std::set<std::uint32_t>& reachable) {
    std::set<std::uint32_t> unused;
    for (std::size_t r = 0; r <= revision; ++r) {
        for (const XrefSection& section : document.revisions()[r].sections) {
            for (const XrefEntry& entry : section.entries) {
                if (!reachable.contains(entry.number)) {
                    unused.insert(entry.number);
                }
            }
        }
    }
    std::size_t count = 0;
    for (const std::uint32_t number : unused) {
        try {
            const XrefEntry* entry = document.entry(number, revision);
            const Indirect* object = document.load({number, entry->generation}, revision);
            count += object != nullptr && could_be_shown(document, *object, revision) ? 1 : 0;
        } catch (const Error& error) {
            if (error.code() == ErrorCode::TooLarge) {
                break;
            }
            if (error.code() != ErrorCode::Malformed) {
                throw;
            }
        }
    }
    return count;
}

}  // namespace yinxin::verify
