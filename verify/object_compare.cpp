// SPDX-License-Identifier: Apache-2.0
#include "verify/object_compare.h"

#include <algorithm>

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Member;
using pdf::reader::Object;

bool same_value(const Object& a, const Object& b) {
    if (a.is_number() && b.is_number()) {
        return a.number() == b.number();
    }
    if (a.value().index() != b.value().index()) {
        return false;
    }
    if (const Array* array = a.array()) {
        return std::equal(
            array->begin(), array->end(), b.array()->begin(), b.array()->end(), same_value);
    }
    if (const Dict* dict = a.dict()) {
        return changed_keys(*dict, *b.dict()).empty();
    }
    if (a.name() != nullptr) {
        return a.name()->text == b.name()->text;
    }
    if (a.string() != nullptr) {
        return a.string()->bytes == b.string()->bytes;
    }
    if (a.reference() != nullptr) {
        return *a.reference() == *b.reference();
    }
    return a.boolean() == nullptr || *a.boolean() == *b.boolean();
}

bool same_object(const Document& document, const Indirect& a, const Indirect& b) {
    if (a.is_stream != b.is_stream || !same_value(a.value, b.value)) {
        return false;
    }
    if (!a.is_stream) {
        return true;
    }
    const auto first = document.bytes().subspan(a.data.begin, a.data.size());
    const auto second = document.bytes().subspan(b.data.begin, b.data.size());
    return std::equal(first.begin(), first.end(), second.begin(), second.end());
}

std::set<std::string> changed_keys(const Dict& a, const Dict& b) {
    std::set<std::string> changed;
    for (const Member& member : a.members()) {
        const Object* other = b.find(member.key);
        if (!member.value.is_null() && (other == nullptr || !same_value(member.value, *other))) {
            changed.insert(member.key);
        }
    }
    for (const Member& member : b.members()) {
        if (!member.value.is_null() && a.find(member.key) == nullptr) {
            changed.insert(member.key);
        }
    }
    return changed;
}

}  // namespace yinxin::verify
