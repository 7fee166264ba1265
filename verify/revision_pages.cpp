// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_pages.h"

#include <algorithm>

#include "verify/object_compare.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Object;

namespace {

/// Widgets of approved signature fields may be added; what was there stays, in its order.
void check_annotations(RevisionStep& step,
                       const std::set<std::uint32_t>& seal_fields,
                       const Dict& old_page,
                       const Dict& new_page,
                       std::uint32_t page) {
    static const Array kNone;
    const Array* was = step.old_value(old_page, "Annots").array();
    const Array* is = step.new_value(new_page, "Annots").array();
    const Array& old_list = was != nullptr ? *was : kNone;
    const Array& new_list = is != nullptr ? *is : kNone;
    auto next_old = old_list.begin();
    for (const Object& annotation : new_list) {
        if (next_old != old_list.end() && same_value(annotation, *next_old)) {
            ++next_old;
        } else if (annotation.reference() == nullptr ||
                   !seal_fields.contains(annotation.reference()->number)) {
            step.fault("annotation_added", "an annotation was added that is no signature field");
        }
    }
    if (next_old != old_list.end()) {
        step.fault("annotation_removed", "an annotation was removed or moved");
    }
    if (!step.approve_holder(old_page.find("Annots"), new_page.find("Annots"), page)) {
        step.fault("annotations_changed", "the list of annotations is an object of something else");
    }
}

}  // namespace

void check_pages(RevisionStep& step, const std::set<std::uint32_t>& seal_fields) {
    const auto old_pages = step.document().pages(step.before());
    const auto new_pages = step.document().pages(step.after());
    const bool same_pages = std::equal(old_pages.begin(),
                                       old_pages.end(),
                                       new_pages.begin(),
                                       new_pages.end(),
                                       [](const auto& a, const auto& b) { return a.id == b.id; });
    if (!same_pages) {
        step.fault("pages_changed", "pages were added, removed or exchanged");
        return;
    }
    for (std::size_t i = 0; i < old_pages.size(); ++i) {
        const Dict& old_page = *old_pages[i].object->value.dict();
        const Dict& new_page = *new_pages[i].object->value.dict();
        const std::uint32_t number = new_pages[i].id.number;
        if (step.moved(number)) {
            Keys changed = changed_keys(old_page, new_page);
            changed.erase("Annots");
            step.explain(number);
            for (const std::string& key : changed) {
                step.fault("page_changed",
                           "/" + key + " of page " + std::to_string(i + 1) + " changed");
            }
        }
        check_annotations(step, seal_fields, old_page, new_page, number);
    }
}

}  // namespace yinxin::verify
