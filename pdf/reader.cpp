// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader.h"

#include <algorithm>
#include <limits>

#include "common/limits.h"

namespace yinxin::pdf::reader {

namespace {

constexpr std::size_t kAnyRevision = std::numeric_limits<std::size_t>::max();
const Object kNull;

/// What is being read, by its offset: nothing may be needed to read itself, and no chain of lengths
/// and object streams may go as deep as there are objects.
class Reading {
  public:
    Reading(std::set<std::size_t>& open, std::size_t offset) : open_(open), offset_(offset) {
        if (open.size() >= limits::pdf_depth_max) {
            throw Error(
                ErrorCode::TooLarge,
                "byte " + std::to_string(offset) + ": too many objects are needed to read one");
        }
        if (!open.insert(offset).second) {
            malformed(offset, "an object is needed to read itself");
        }
    }
    ~Reading() { open_.erase(offset_); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

  private:
    std::set<std::size_t>& open_;
    std::size_t offset_;
};

[[noreturn]] void not_at_its_place(std::uint32_t number, const Place& where) {
    malformed(where.offset,
              "object " + std::to_string(number) +
                  (where.kind == XrefEntry::Kind::Compressed
                       ? " is not where the cross-reference says in its object stream"
                       : " is not at its offset"));
}

}  // namespace

struct Document::ObjectStream {
    Bytes data;
    std::vector<std::pair<std::uint32_t, std::size_t>> objects;  // number, offset in data
    bool length_is_indirect = false;
};

const XrefEntry* Revision::find(std::uint32_t number) const {
    for (const XrefSection& each : sections) {
        if (const XrefEntry* entry = each.find(number)) {
            return entry;
        }
    }
    return nullptr;
}

Document::Document(ByteView file) : file_(file) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

bool Document::encrypted() const {
    return std::any_of(revisions_.begin(), revisions_.end(), [](const Revision& revision) {
        return std::any_of(
            revision.sections.begin(), revision.sections.end(), [](const XrefSection& section) {
                return section.dict().find("Encrypt") != nullptr;
            });
    });
}

const XrefEntry* Document::entry(std::uint32_t number, std::size_t revision) const {
    if (budgets_.lookups <= revision) {
        throw Error(ErrorCode::TooLarge, "the file has too many objects for so many revisions");
    }
    for (std::size_t r = revision + 1; r-- > 0;) {
        --budgets_.lookups;
        if (const XrefEntry* found = revisions_.at(r).find(number)) {
            return found;
        }
    }
    return nullptr;
}

Place Document::place(std::uint32_t number, std::size_t revision) const {
    return place_of(entry(number, revision), revision);
}

Place Document::place_of(const XrefEntry* found, std::size_t revision) const {
    if (found == nullptr || found->kind == XrefEntry::Kind::Free) {
        return {};
    }
    if (found->contested) {
        malformed(found->place,
                  "object " + std::to_string(found->number) + " has two places in a hybrid file");
    }
    if (found->kind == XrefEntry::Kind::InUse) {
        return {XrefEntry::Kind::InUse, found->place, 0, found->generation};
    }
    const XrefEntry* container = entry(static_cast<std::uint32_t>(found->place), revision);
    // 7.5.8.3: the generation of an object stream is 0
    if (container == nullptr || container->kind != XrefEntry::Kind::InUse || container->contested ||
        container->generation != 0) {
        malformed(revisions_.at(revision).section().offset,
                  "object " + std::to_string(found->number) +
                      " lies in an object stream that does not exist");
    }
    return {XrefEntry::Kind::Compressed, container->place, found->index, 0};
}

Resolve Document::resolver(std::size_t revision) const {
    return [this, revision](const Object& object) -> const Object& {
        return resolve(object, revision);
    };
}

const Indirect* Document::load(Reference reference, std::size_t revision) const {
    const bool in_newest = revision == newest() && reference.number < limits::pdf_objects_max;
    if (in_newest && reference.number < loaded_.size()) {
        const Indirect* known = loaded_[reference.number];
        if (known != nullptr && known->id == reference) {
            return known;
        }
    }
    const Indirect* object = find_or_load(reference, revision);
    if (in_newest && object != nullptr) {
        loaded_.resize(std::max<std::size_t>(loaded_.size(), reference.number + 1));
        loaded_[reference.number] = object;
    }
    return object;
}

const Indirect* Document::find_or_load(Reference reference, std::size_t revision) const {
    const XrefEntry* found = entry(reference.number, revision);
    const Place where = place_of(found, revision);
    if (found == nullptr || where.kind == XrefEntry::Kind::Free ||
        found->generation != reference.generation) {
        return nullptr;
    }
    if (where.kind == XrefEntry::Kind::Compressed) {
        object_stream(static_cast<std::uint32_t>(found->place), where, revision);
    }
    const Indirect* object = nullptr;
    for (const std::size_t of : {kAnyRevision, revision}) {
        if (const auto cached = objects_.find({where, of}); cached != objects_.end()) {
            object = cached->second.get();
        }
    }
    if (object == nullptr) {
        object = &load_at(*found, where, revision);
    }
    // also of what was read before, for another number or a later revision
    if (object->id != reference) {
        not_at_its_place(reference.number, where);
    }
    if (!object->compressed && object->extent.end > revisions_.at(revision).end) {
        malformed(where.offset, "an object lies outside the revision that uses it");
    }
    return object;
}

const Indirect& Document::load_at(const XrefEntry& found,
                                  const Place& where,
                                  std::size_t revision) const {
    auto object = std::make_unique<Indirect>();
    if (where.kind == XrefEntry::Kind::Compressed) {
        const ObjectStream& container =
            object_stream(static_cast<std::uint32_t>(found.place), where, revision);
        if (where.index >= container.objects.size() ||
            container.objects[where.index].first != found.number) {
            not_at_its_place(found.number, where);
        }
        Lexer lexer(container.data, container.objects[where.index].second, budgets_.values);
        object->id = {found.number, 0};
        object->source = container.data;
        object->compressed = true;
        object->value = direct_value(lexer);
        object->extent = object->value.extent();
        object->length_is_indirect = container.length_is_indirect;
    } else {
        const Reading guard(reading_, where.offset);  // of a /Length that needs its own stream
        *object = read_indirect(file_, where.offset, budgets_.values, resolver(revision));
    }
    const CacheKey key{where, object->length_is_indirect ? revision : kAnyRevision};
    return *objects_.insert_or_assign(key, std::move(object)).first->second;
}

const Document::ObjectStream& Document::object_stream(std::uint32_t number,
                                                      const Place& where,
                                                      std::size_t revision) const {
    const Indirect* stream = load({number, 0}, revision);
    const Place container_place{XrefEntry::Kind::InUse, where.offset, 0, 0};
    for (const std::size_t of : {kAnyRevision, revision}) {
        if (const auto cached = streams_.find({container_place, of}); cached != streams_.end()) {
            return *cached->second;
        }
    }
    const Reading guard(reading_, where.offset);  // of a key whose value lies in the stream itself
    if (stream == nullptr || !stream->is_stream ||
        !value(*stream->value.dict(), "Type", revision).is_name("ObjStm")) {
        malformed(where.offset, "an object stream expected");
    }
    const auto* count = value(*stream->value.dict(), "N", revision).integer();
    const auto* first = value(*stream->value.dict(), "First", revision).integer();
    if (count == nullptr || first == nullptr || *count < 0 || *first < 0 ||
        static_cast<std::uint64_t>(*count) > limits::pdf_objects_max) {
        malformed(where.offset, "/N or /First of an object stream is out of range");
    }
    auto unpacked = std::make_unique<ObjectStream>();
    unpacked->length_is_indirect = stream->length_is_indirect;
    unpacked->data = decode(*stream, revision);
    Lexer lexer(unpacked->data, 0, budgets_.values);
    for (std::int64_t i = 0; i < *count; ++i) {
        lexer.skip_space();
        const auto object_number = lexer.unsigned_integer();
        lexer.skip_space();
        const auto offset = lexer.unsigned_integer();
        if (object_number > std::numeric_limits<std::uint32_t>::max() ||
            offset > unpacked->data.size() ||
            static_cast<std::uint64_t>(*first) > unpacked->data.size() - offset) {
            malformed(where.offset, "the head of an object stream is out of range");
        }
        unpacked->objects.emplace_back(
            static_cast<std::uint32_t>(object_number),
            static_cast<std::size_t>(offset) + static_cast<std::size_t>(*first));
    }
    if (lexer.position() > static_cast<std::size_t>(*first)) {
        malformed(where.offset, "the head of an object stream runs into its objects");
    }
    const CacheKey key{container_place, unpacked->length_is_indirect ? revision : kAnyRevision};
    return *streams_.insert_or_assign(key, std::move(unpacked)).first->second;
}

const Object& Document::resolve(const Object& object, std::size_t revision) const {
    const Object* current = &object;
    for (std::size_t steps = 0; current->reference() != nullptr; ++steps) {
        if (steps > limits::pdf_depth_max) {
            malformed(current->extent().begin, "references go round in a circle");
        }
        const Indirect* target = load(*current->reference(), revision);
        if (target == nullptr) {
            return kNull;
        }
        current = &target->value;
    }
    return *current;
}

const Object& Document::value(const Dict& dict, std::string_view key, std::size_t revision) const {
    const Object* found = dict.find(key);
    return found != nullptr ? resolve(*found, revision) : kNull;
}

Reference Document::catalog_id(std::size_t revision) const {
    const Object* root = trailer(revision).find("Root");
    if (root == nullptr || root->reference() == nullptr) {
        malformed(revisions_.at(revision).section().offset, "the trailer has no /Root reference");
    }
    return *root->reference();
}

const Dict& Document::catalog(std::size_t revision) const {
    const Indirect* object = load(catalog_id(revision), revision);
    if (object == nullptr || object->value.dict() == nullptr) {
        malformed(revisions_.at(revision).section().offset, "the catalog is not a dictionary");
    }
    return *object->value.dict();
}

Bytes Document::decode(const Indirect& stream, std::size_t revision) const {
    return decode_stream(file_, stream, budgets_.inflate, resolver(revision));
}

Unfiltered Document::unfilter(const Indirect& stream, std::size_t revision) const {
    return unfilter_stream(file_, stream, budgets_.inflate, resolver(revision));
}

namespace {

struct PageWalk {
    const Document& document;
    std::size_t revision;
    std::set<std::uint32_t> visited;
    std::vector<Page> pages;

    void node(const Object& kid, Page inherited, std::size_t depth) {
        const std::size_t at = kid.extent().begin;
        if (kid.reference() == nullptr) {
            malformed(at, "a page is not an indirect object");
        }
        if (depth > limits::pdf_depth_max || pages.size() >= limits::pdf_pages_max) {
            throw Error(ErrorCode::TooLarge,
                        "byte " + std::to_string(at) + ": the page tree is too large");
        }
        if (!visited.insert(kid.reference()->number).second) {
            malformed(at, "the page tree contains a node twice");
        }
        const Indirect* object = document.load(*kid.reference(), revision);
        if (object == nullptr || object->value.dict() == nullptr) {
            malformed(at, "a node of the page tree is not a dictionary");
        }
        const Dict& dict = *object->value.dict();
        inherit(dict, inherited);
        if (const Object& kids = document.value(dict, "Kids", revision); kids.array() != nullptr) {
            for (const Object& each : *kids.array()) {
                node(each, inherited, depth + 1);
            }
            return;
        }
        inherited.id = *kid.reference();
        inherited.object = object;
        pages.push_back(std::move(inherited));
    }

    void inherit(const Dict& dict, Page& page) const {  // 7.7.3.4
        const auto take = [&](const char* key, Object& target) {
            if (const Object& own = document.value(dict, key, revision); !own.is_null()) {
                target = own;
            }
        };
        take("Resources", page.resources);
        take("MediaBox", page.media_box);
        take("CropBox", page.crop_box);
        if (const auto* rotate = document.value(dict, "Rotate", revision).integer()) {
            page.rotate = static_cast<int>((*rotate % 360 + 360) % 360);
        }
    }
};

struct ReachWalk {
    const Document& document;
    std::size_t revision;
    std::set<Reference> seen;  // with the generation: a wrong one must not hide the right one
    std::vector<Reference> waiting;

    void values(const Object& object) {
        if (const Reference* reference = object.reference()) {
            if (seen.insert(*reference).second) {
                waiting.push_back(*reference);
            }
        } else if (const Array* array = object.array()) {
            for (const Object& each : *array) {
                values(each);
            }
        } else if (const Dict* dict = object.dict()) {
            for (const Member& member : dict->members()) {
                values(member.value);
            }
        }
    }
};

}  // namespace

std::vector<Page> Document::pages(std::size_t revision) const {
    const Object* root = catalog(revision).find("Pages");
    if (root == nullptr) {
        malformed(revisions_.at(revision).section().offset, "the catalog has no /Pages");
    }
    PageWalk walk{*this, revision, {}, {}};
    walk.node(*root, {}, 0);
    return std::move(walk.pages);
}

Document::Reach Document::reach(std::size_t revision) const {
    ReachWalk walk{*this, revision, {}, {}};
    walk.values(revisions_.at(revision).section().trailer);
    Reach reach;
    while (!walk.waiting.empty()) {
        const Reference next = walk.waiting.back();
        walk.waiting.pop_back();
        reach.highest = std::max(reach.highest, next.number);
        if (const Indirect* object = load(next, revision)) {
            reach.numbers.insert(next.number);
            walk.values(object->value);
        }
    }
    return reach;
}

}  // namespace yinxin::pdf::reader
