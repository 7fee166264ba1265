// SPDX-License-Identifier: Apache-2.0
// The strict reader of PDF files. Believes the cross-reference exactly as written, repairs nothing,
// bounds everything, and can look at the file as of each of its revisions. Errors carry the byte
// offset. What is read and refused: README.md.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "pdf/reader_indirect.h"
#include "pdf/reader_object.h"
#include "pdf/reader_xref.h"

namespace yinxin::pdf::reader {

/// What one save of the file wrote. Revision 0 is the oldest.
struct Revision {
    std::vector<XrefSection>
        sections;                ///< one; two in a linearized file, the first-page section first
    std::size_t begin = 0;       ///< end of the revision before
    std::size_t marker_end = 0;  ///< behind "%%EOF"
    std::size_t end = 0;         ///< behind the end of line that follows it

    const XrefSection& section() const { return sections.front(); }
    const XrefEntry* find(std::uint32_t number) const;
};

/// Where an object's bytes are as of a revision, and under which generation. Two revisions share an
/// object when its places are equal.
struct Place {
    XrefEntry::Kind kind = XrefEntry::Kind::Free;
    std::size_t offset = 0;        ///< of the object, or of the object stream
    std::uint32_t index = 0;       ///< in the object stream
    std::uint32_t generation = 0;  ///< a reference of another one does not find the object
    auto operator<=>(const Place&) const = default;
};

struct Page {
    Reference id;
    const Indirect* object = nullptr;
    /// Own or inherited values (7.7.3.4), null when there is none.
    Object resources, media_box, crop_box;
    int rotate = 0;
};

/// One file. The bytes given to open() outlive it. One thread: reading fills caches.
class Document {
  public:
    /// Reads header and all cross-reference sections. Throws Error{Malformed} ("byte N: ...") or
    /// Error{TooLarge}.
    static Document open(ByteView file);
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    ByteView bytes() const { return file_; }
    const std::vector<Revision>& revisions() const {
        return revisions_;
    }  ///< oldest first, never empty
    std::size_t newest() const { return revisions_.size() - 1; }
    bool encrypted() const;
    bool linearized() const { return revisions_.front().sections.size() == 2; }
    /// What was tolerated, in words.
    const std::vector<std::string>& notices() const { return notices_; }

    // As of a revision. All throw Error{Malformed} or Error{TooLarge} for what cannot be read.
    const Dict& trailer(std::size_t revision) const {
        return revisions_.at(revision).section().dict();
    }
    const XrefEntry* entry(std::uint32_t number, std::size_t revision) const;
    /// Kind Free when the object does not exist.
    Place place(std::uint32_t number, std::size_t revision) const;
    /// nullptr when the reference leads nowhere (7.3.10: the null object).
    const Indirect* load(Reference reference, std::size_t revision) const;
    /// Follows references until a direct value; null when they lead nowhere. Valid as long as the
    /// document.
    const Object& resolve(const Object& object, std::size_t revision) const;
    /// The value of a key, references followed; null when absent.
    const Object& value(const Dict& dict, std::string_view key, std::size_t revision) const;
    const Dict& catalog(std::size_t revision) const;
    Reference catalog_id(std::size_t revision) const;
    Bytes decode(const Indirect& stream, std::size_t revision) const;
    /// As far as it can be decoded: an image's data stays as its own format has it.
    Unfiltered unfilter(const Indirect& stream, std::size_t revision) const;
    std::vector<Page> pages(std::size_t revision) const;
    struct Reach {
        std::set<std::uint32_t> numbers;  ///< of all objects that can be reached from the trailer
        std::uint32_t highest = 0;  ///< that is referred to there, also where no object has it
    };
    /// Reads each of the objects.
    Reach reach(std::size_t revision) const;
    std::set<std::uint32_t> reachable(std::size_t revision) const {
        return std::move(reach(revision).numbers);
    }

  private:
    struct ObjectStream;
    struct CacheKey {
        Place place;
        std::size_t revision;  // of an indirect /Length; kAnyRevision otherwise
        auto operator<=>(const CacheKey&) const = default;
    };

    explicit Document(ByteView file);
    void read_chain(std::size_t startxref);
    void read_revision_ends();
    void read_hybrid_stream(XrefSection& section);
    void mark_contested();
    bool starts_linearized();
    Place place_of(const XrefEntry* found, std::size_t revision) const;
    const Indirect* find_or_load(Reference reference, std::size_t revision) const;
    const Indirect& load_at(const XrefEntry& entry, const Place& place, std::size_t revision) const;
    const ObjectStream& object_stream(std::uint32_t number,
                                      const Place& place,
                                      std::size_t revision) const;
    Resolve resolver(std::size_t revision) const;

    ByteView file_;
    std::vector<Revision> revisions_;
    std::vector<std::string> notices_;
    std::size_t tail_marker_end_ = 0;
    mutable Budgets budgets_;
    mutable std::map<CacheKey, std::unique_ptr<Indirect>> objects_;
    mutable std::map<CacheKey, std::unique_ptr<ObjectStream>> streams_;
    /// Of the newest revision, by number: what was loaded before, for most is asked for often.
    mutable std::vector<const Indirect*> loaded_;
    mutable std::set<std::size_t> reading_;
};

}  // namespace yinxin::pdf::reader
