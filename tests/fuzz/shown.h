// SPDX-License-Identifier: Apache-2.0
// What a reader sees of a file, as of one revision and as of a later one: told apart by where the
// bytes lie, without the rules by which the verifier judges what may follow a signature.
#pragma once

#include <set>
#include <utility>

#include "pdf/reader.h"
#include "tests/fuzz/fuzz.h"

namespace yinxin::fuzz {

/// The pages of both revisions are the same, drawn from the same bytes; what may have been added is
/// annotations that show nothing.
class ShownAlike {
  public:
    ShownAlike(const pdf::reader::Document& document, std::size_t signed_revision)
        : document_(document), before_(signed_revision), after_(document.newest()) {}

    bool check() {
        const auto old_pages = document_.pages(before_), new_pages = document_.pages(after_);
        if (old_pages.size() != new_pages.size()) {
            return false;
        }
        for (std::size_t i = 0; i < old_pages.size(); ++i) {
            if (old_pages[i].id != new_pages[i].id || !same_page(old_pages[i], new_pages[i])) {
                return false;
            }
        }
        return true;
    }

  private:
    using Dict = pdf::reader::Dict;
    using Object = pdf::reader::Object;

    bool same_page(const pdf::reader::Page& was, const pdf::reader::Page& is) {
        const Dict &old_dict = *was.object->value.dict(), &new_dict = *is.object->value.dict();
        for (const char* key : {"Contents", "UserUnit"}) {
            if (!same(document_.value(old_dict, key, before_),
                      document_.value(new_dict, key, after_)) ||
                !same_streams(old_dict.find(key), new_dict.find(key))) {
                return false;
            }
        }
        return was.rotate == is.rotate && same(was.resources, is.resources) &&
               same(was.media_box, is.media_box) && same(was.crop_box, is.crop_box) &&
               same_annotations(old_dict, new_dict);
    }

    bool same_streams(const Object* was, const Object* is) {
        return was == nullptr || is == nullptr || same(*was, *is);
    }

    bool same_annotations(const Dict& was, const Dict& is) {
        const auto* old_list = document_.value(was, "Annots", before_).array();
        const auto* new_list = document_.value(is, "Annots", after_).array();
        std::size_t kept = 0;
        for (const Object& each : new_list != nullptr ? *new_list : pdf::reader::Array{}) {
            const bool old = old_list != nullptr && kept < old_list->size() &&
                             stands_for((*old_list)[kept], each);
            const Dict* dict = document_.resolve(each, after_).dict();
            if (old ? !same_appearance((*old_list)[kept], each) : shows(dict)) {
                return false;
            }
            kept += old ? 1 : 0;
        }
        return kept == (old_list != nullptr ? old_list->size() : 0);
    }

    /// The same annotation, whatever became of it.
    bool stands_for(const Object& was, const Object& is) {
        return was.reference() != nullptr
                   ? is.reference() != nullptr && *was.reference() == *is.reference()
                   : same(was, is);
    }

    bool same_appearance(const Object& was, const Object& is) {
        const Dict* old_dict = document_.resolve(was, before_).dict();
        const Dict* new_dict = document_.resolve(is, after_).dict();
        if (old_dict == nullptr || new_dict == nullptr) {
            return old_dict == new_dict;
        }
        for (const char* key : {"AP", "AS", "Rect", "F", "Subtype", "OC"}) {
            if (!same(document_.value(*old_dict, key, before_),
                      document_.value(*new_dict, key, after_))) {
                return false;
            }
        }
        return true;
    }

    bool shows(const Dict* annotation) {
        const auto* rect =
            annotation != nullptr ? document_.value(*annotation, "Rect", after_).array() : nullptr;
        if (rect == nullptr || rect->size() != 4) {
            return rect != nullptr;
        }
        const auto at = [&](std::size_t i) {
            return document_.resolve((*rect)[i], after_).number();
        };
        return at(0) != at(2) && at(1) != at(3);
    }

    /// The same text at every level, and what is referred to lies at the same place.
    bool same(const Object& was, const Object& is) {
        if (was.value().index() != is.value().index()) {
            return false;
        }
        if (const auto* id = was.reference()) {
            if (*id != *is.reference() ||
                document_.place(id->number, before_) != document_.place(id->number, after_)) {
                return false;
            }
            return !seen_.insert(id->number).second || same_target(*id);
        }
        if (const auto* list = was.array()) {
            return std::equal(list->begin(),
                              list->end(),
                              is.array()->begin(),
                              is.array()->end(),
                              [this](const Object& a, const Object& b) { return same(a, b); });
        }
        if (const auto* dict = was.dict()) {
            const auto &a = dict->members(), &b = is.dict()->members();
            return std::equal(
                a.begin(), a.end(), b.begin(), b.end(), [this](const auto& x, const auto& y) {
                    return x.key == y.key &&
                           (x.key == "Parent" || x.key == "P" || same(x.value, y.value));
                });
        }
        if (was.string() != nullptr) {
            return was.string()->bytes == is.string()->bytes;
        }
        if (was.name() != nullptr) {
            return was.name()->text == is.name()->text;
        }
        if (was.boolean() != nullptr) {
            return *was.boolean() == *is.boolean();
        }
        return was.number() == is.number();
    }

    bool same_target(pdf::reader::Reference id) {
        const auto *old_object = document_.load(id, before_),
                   *new_object = document_.load(id, after_);
        if (old_object == nullptr || new_object == nullptr) {
            return old_object == new_object;
        }
        return same(old_object->value, new_object->value);
    }

    const pdf::reader::Document& document_;
    const std::size_t before_, after_;
    std::set<std::uint32_t> seen_;
};

}  // namespace yinxin::fuzz
