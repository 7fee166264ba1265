// SPDX-License-Identifier: Apache-2.0
#include "pdf/riding_seal.h"

#include <algorithm>
#include <array>

#include "common/error.h"
#include "common/limits.h"
#include "pdf/geometry.h"
#include "pdf/page_view.h"
#include "pdf/picture_object.h"

namespace yinxin::pdf {

using reader::Array;
using reader::Dict;
using reader::Document;
using reader::Indirect;
using reader::Object;
using reader::Page;
using reader::Reference;

namespace {

constexpr std::size_t kStripsMax = 20;
constexpr double kStripWidthMin = 2 * points_per_mm;
constexpr double kHeightPart = 0.9;  ///< of a page that is lower than the seal

[[noreturn]] void impossible(const char* rule, const std::string& detail) {
    throw Error(ErrorCode::Invalid, detail, {{"/riding", rule, detail}});
}

std::string raw_text(const Indirect& owner, const Object& part) {
    return std::string(as_text(owner.raw(part)));
}

/// A dictionary with the object whose bytes it stands in.
struct Held {
    const Indirect* owner = nullptr;
    const Dict* dict = nullptr;
};

Held held_by(const Document& document, const Indirect& owner, const Object* value) {
    const Indirect* source = &owner;
    while (value != nullptr && value->reference() != nullptr) {
        source = document.load(*value->reference(), document.newest());
        value = source != nullptr ? &source->value : nullptr;
    }
    return {source, value != nullptr ? value->dict() : nullptr};
}

/// Own, or inherited from the nodes above (7.7.3.4).
Held resources_of(const Document& document, const Page& page) {
    const Indirect* node = page.object;
    for (std::size_t depth = 0; node != nullptr && depth < limits::pdf_depth_max; ++depth) {
        const Dict* dict = node->value.dict();
        if (dict == nullptr) {
            break;
        }
        const Held held = held_by(document, *node, dict->find("Resources"));
        if (held.dict != nullptr) {
            return held;
        }
        const Object* parent = dict->find("Parent");
        node = parent != nullptr && parent->reference() != nullptr
                   ? document.load(*parent->reference(), document.newest())
                   : nullptr;
    }
    return {};
}

std::string free_name(const Dict* objects) {
    std::string name = "RidingSeal";
    for (int i = 2; objects != nullptr && objects->find(name) != nullptr; ++i) {
        name = "RidingSeal" + std::to_string(i);
    }
    return name;
}

/// The page's resources with the picture among them, and its name.
std::pair<std::string, std::string> with_picture(const Document& document,
                                                 const Page& page,
                                                 Reference picture) {
    const Held resources = resources_of(document, page);
    if (resources.dict == nullptr) {
        return {"<< /XObject << /RidingSeal " + reference_text(picture) + " >> >>", "RidingSeal"};
    }
    const Held objects = held_by(document, *resources.owner, resources.dict->find("XObject"));
    const std::string name = free_name(objects.dict);
    const std::string list =
        objects.dict != nullptr
            ? edited_dict(*objects.owner, *objects.dict, {{name, reference_text(picture)}})
            : "<< /" + name + " " + reference_text(picture) + " >>";
    return {edited_dict(*resources.owner, *resources.dict, {{"XObject", list}}), name};
}

/// The streams of the page, as text for an array.
std::string content_of(const Document& document, const Page& page) {
    const Indirect* owner = page.object;
    const Object* held = owner->value.dict()->find("Contents");
    std::string last;
    while (held != nullptr && held->reference() != nullptr) {
        last = reference_text(*held->reference());
        owner = document.load(*held->reference(), document.newest());
        held = owner != nullptr ? &owner->value : nullptr;
    }
    if (held == nullptr || held->array() == nullptr) {
        return last;  // one stream, or none
    }
    std::string text;
    for (const Object& part : *held->array()) {
        text += (text.empty() ? "" : " ") + raw_text(*owner, part);
    }
    return text;
}

std::string fine(double value) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.6f", value);
    return text.data();
}

/// The strip with its right side at the right edge of what is seen.
std::string drawing(const PageView& view,
                    const Picture& picture,
                    double scale,
                    const RidingStrip& strip,
                    const std::string& name) {
    const double width = picture.width * scale, height = picture.height * scale;
    const double part = width / strip.strips;
    const double right = view.width(), bottom = (view.height() - height) / 2;
    std::string out = "Q\nq ";
    for (const double each : view.matrix()) {
        out += fine(each) + " ";
    }
    out += "cm " + number_text(right - part) + " " + number_text(bottom) + " " + number_text(part) +
           " " + number_text(height) + " re W n " + fine(scale) + " 0 0 " + fine(scale) + " " +
           number_text(right - (strip.strip + 1) * part) + " " + number_text(bottom) + " cm /" +
           name + " Do Q\n";
    return out;
}

}  // namespace

std::vector<RidingStrip> riding_strips(std::size_t pages, double picture_width) {
    if (pages < 2) {
        impossible("pages", "a riding seal goes over at least two pages; leave it out");
    }
    const auto most =
        std::min(kStripsMax, static_cast<std::size_t>(picture_width / kStripWidthMin + 1e-6));
    if (most < 2) {
        impossible("size", "the seal is too small to be cut into strips of 2 mm");
    }
    // As even as can be, so that the last seal is a whole one, too.
    const std::size_t groups = (pages + most - 1) / most;
    std::vector<RidingStrip> out;
    for (std::size_t group = 0; group < groups; ++group) {
        const std::size_t begin = pages * group / groups, end = pages * (group + 1) / groups;
        for (std::size_t page = begin; page < end; ++page) {
            out.push_back({static_cast<int>(page - begin), static_cast<int>(end - begin)});
        }
    }
    return out;
}

void add_riding_seal(RevisionWriter& writer,
                     const std::vector<Page>& pages,
                     const Picture& picture,
                     PageChanges& changes) {
    const Document& document = writer.document();
    const std::vector<RidingStrip> strips = riding_strips(pages.size(), picture.width);
    std::vector<PageView> views;
    double scale = 1;  // the same on all pages, or the strips would not fit together
    for (const Page& page : pages) {
        views.emplace_back(document, page, document.newest());
        scale = std::min({scale,
                          kHeightPart * views.back().height() / picture.height,
                          kHeightPart * views.back().width() / picture.width});
    }
    const Reference form = put_picture(writer, picture, 0);
    const Reference before = writer.new_object();
    writer.put(before, "<< /Length 2 >>\nstream\nq\n\nendstream");
    for (std::size_t i = 0; i < pages.size(); ++i) {
        const auto [resources, name] = with_picture(document, pages[i], form);
        const std::string text = drawing(views[i], picture, scale, strips[i], name);
        const Reference after = writer.new_object();
        writer.put(
            after,
            "<< /Length " + std::to_string(text.size()) + " >>\nstream\n" + text + "\nendstream");
        const std::string old = content_of(document, pages[i]);
        changes[i]["Contents"] = "[" + reference_text(before) + (old.empty() ? "" : " ") + old +
                                 " " + reference_text(after) + "]";
        changes[i]["Resources"] = resources;
    }
}

}  // namespace yinxin::pdf
