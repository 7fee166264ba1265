// SPDX-License-Identifier: Apache-2.0
// Tools to change a PDF after it was signed: bytes in their place, or one more revision.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "pdf/reader.h"
#include "pdf/revision_writer.h"
#include "tests/pdf/small_pdf.h"

namespace yinxin::tests {

using pdf::reader::Reference;

inline Bytes bytes_of(std::string_view text) {
    return to_bytes(as_bytes(text));
}

/// The last place where `from` stands; throws where it does not.
inline Bytes replaced(ByteView file, std::string_view from, std::string_view to) {
    std::string text(as_text(file));
    const std::size_t at = text.rfind(from);
    if (at == std::string::npos) {
        throw std::invalid_argument("not in the file: " + std::string(from));
    }
    return bytes_of(text.replace(at, from.size(), to));
}

/// The signature that covers most of a file, found by its text.
struct Seal {
    std::size_t range_begin = 0, range_end = 0;  ///< "[...]" of /ByteRange
    std::size_t gap_begin = 0, gap_end = 0;      ///< "<...>" of /Contents
    std::size_t end = 0;                         ///< of the signed bytes
};
std::optional<Seal> last_seal(ByteView file);

/// One more revision of a file.
class Update {
  public:
    explicit Update(const Bytes& file)
        : file_(file), document_(pdf::reader::Document::open(file_)), writer_(document_) {}

    const pdf::reader::Document& document() const { return document_; }
    std::size_t newest() const { return document_.newest(); }
    Reference fresh() { return writer_.new_object(); }
    /// A new object with this body.
    Reference add(const std::string& body) {
        const Reference id = fresh();
        put(id, body);
        return id;
    }
    void put(Reference id, const std::string& body) { writer_.put(id, body); }
    /// The object as it is now, some members replaced, added or (empty) left out.
    void edit(Reference id, const std::map<std::string, std::string>& changes) {
        const auto& object = *document_.load(id, newest());
        writer_.put(id, pdf::edited_dict(object, *object.value.dict(), changes));
    }
    Reference catalog() const { return document_.catalog_id(newest()); }
    pdf::reader::Page page(std::size_t number = 0) const {
        return document_.pages(newest()).at(number);
    }
    const pdf::reader::Object& value(const pdf::reader::Dict& dict, const char* key) const {
        return document_.value(dict, key, newest());
    }
    /// A member as it stands, or "".
    std::string text(Reference id, const char* key) const {
        const auto& object = *document_.load(id, newest());
        const pdf::reader::Object* found = object.value.dict()->find(key);
        return found == nullptr ? "" : std::string(as_text(object.raw(*found)));
    }
    /// What an array holds, resolved, as text without brackets; "" where there is none.
    std::string items(Reference id, const char* key) const;
    /// Puts `added` at the end of an array of this object, which becomes direct.
    void append_to(Reference id, const char* key, const std::string& added) {
        edit(id, {{key, "[" + items(id, key) + " " + added + "]"}});
    }
    /// The form's dictionary: its own object, or the catalog.
    Reference form_owner() const;
    /// Puts a field into the form, and its widget on the first page.
    void add_field(Reference field, bool on_page = true);
    Bytes done() const { return writer_.finish(); }

  private:
    Bytes file_;
    pdf::reader::Document document_;
    pdf::RevisionWriter writer_;
};

/// One more revision with these objects.
Bytes appended(const Bytes& file, const std::vector<std::pair<Reference, std::string>>& objects);
/// One more revision whose catalog has other members.
Bytes with_catalog(const Bytes& file, const std::map<std::string, std::string>& changes);

/// One entry of a cross-reference table, true or not.
struct Entry {
    std::uint32_t number = 0;
    std::size_t offset = 0;
    int generation = 0;
    char kind = 'n';
};
/// `body`, then a table with these entries, and the trailer of the newest revision with `more`.
/// Without a `size`: as it was.
Bytes with_table(const Bytes& file,
                 const std::string& body,
                 const std::vector<Entry>& entries,
                 std::optional<std::uint64_t> size = std::nullopt,
                 const std::string& more = "");
/// Where an object's bytes will be when it begins what is put behind the file.
std::size_t behind(const Bytes& file);
std::size_t offset_of(const Bytes& file, std::uint32_t number);

inline std::string ref(Reference id) {
    return pdf::reference_text(id);
}

}  // namespace yinxin::tests
