// SPDX-License-Identifier: Apache-2.0
#include "pdf/revision_writer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "pdf/fingerprint.h"

namespace yinxin::pdf {

using reader::Reference;

namespace {

/// So that enough of them are left for new objects.
constexpr std::uint32_t kNumbersEnd = UINT32_MAX - 4096;

std::string raw_text(const reader::Indirect& owner, const reader::Extent& extent) {
    return std::string(as_text(owner.source.subspan(extent.begin, extent.size())));
}

/// As it was given: where it points at white space before the word "xref", others compare /Prev
/// with it and not with where the word stands.
std::string last_startxref(const reader::Document& document) {
    constexpr std::string_view kWord = "startxref";
    const auto text = as_text(document.bytes().first(document.revisions().back().marker_end));
    const auto begin = text.find_first_of("0123456789", text.rfind(kWord) + kWord.size());
    return std::string(text.substr(begin, text.find_first_not_of("0123456789", begin) - begin));
}

}  // namespace

std::string edited_dict(const reader::Indirect& owner,
                        const reader::Dict& dict,
                        const std::map<std::string, std::string>& changes) {
    std::string out = "<<";
    for (const reader::Member& member : dict.members()) {
        if (!changes.contains(member.key)) {
            out += "\n" + raw_text(owner, member.key_extent) + " " +
                   raw_text(owner, member.value.extent());
        }
    }
    for (const auto& [key, value] : changes) {
        if (!value.empty()) {
            out += "\n/" + key + " " + value;
        }
    }
    return out + "\n>>";
}

std::string extended_array(RevisionWriter& writer,
                           const reader::Indirect& owner,
                           const reader::Dict& dict,
                           const char* key,
                           const std::string& added) {
    const reader::Document& document = writer.document();
    const reader::Object* held = dict.find(key);
    const reader::Indirect* source = &owner;
    Reference array_id{};
    while (held != nullptr && held->reference() != nullptr) {
        array_id = *held->reference();
        source = document.load(array_id, document.newest());
        held = source != nullptr ? &source->value : nullptr;
    }
    std::string text = "[";
    if (held != nullptr && held->array() != nullptr) {
        for (const reader::Object& item : *held->array()) {
            text += raw_text(*source, item.extent()) + " ";
        }
    }
    text += added + "]";
    if (source != nullptr && source != &owner) {
        writer.put(array_id, text);
        return "";
    }
    return text;
}

RevisionWriter::RevisionWriter(const reader::Document& document) : document_(document) {
    for (const reader::Revision& revision : document.revisions()) {
        for (const reader::XrefSection& section : revision.sections) {
            const std::uint32_t highest =
                section.entries.empty() ? 0 : section.entries.back().number;
            if (section.size >= kNumbersEnd) {
                throw Error(ErrorCode::Refused,
                            "unreadable: /Size leaves no room for a new object");
            }
            next_number_ = std::max(next_number_, static_cast<std::uint32_t>(section.size));
            leave_free(highest);
        }
    }
}

void RevisionWriter::leave_free(std::uint32_t highest) {
    if (highest >= kNumbersEnd) {
        throw Error(ErrorCode::Refused,
                    "unreadable: object numbers leave no room for a new object");
    }
    next_number_ = std::max(next_number_, highest + 1);
}

void RevisionWriter::put(Reference id, std::string body) {
    bodies_.insert_or_assign(id, std::move(body));
}

std::string RevisionWriter::trailer_members(std::uint64_t size) const {
    const std::size_t newest = document_.newest();
    const reader::Dict& old = document_.trailer(newest);
    std::string added;
    for (const auto& [id, body] : bodies_) {
        added += body;
    }
    // A new identifier out of what the revision contains.
    const std::string changed = "<" + to_hex(fingerprint(document_.bytes(), as_bytes(added))) + ">";
    std::string first = changed;
    if (const reader::Array* id = document_.value(old, "ID", newest).array();
        id != nullptr && !id->empty()) {
        if (const reader::String* kept = document_.resolve(id->front(), newest).string()) {
            first = "<" + to_hex(as_bytes(kept->bytes)) + ">";
        }
    }
    std::string out =
        "/Size " + std::to_string(size) + " /Root " + reference_text(document_.catalog_id(newest));
    if (const reader::Object* info = old.find("Info");
        info != nullptr && info->reference() != nullptr) {
        out += " /Info " + reference_text(*info->reference());
    }
    out += " /ID [" + first + changed + "]";
    return out + " /Prev " + last_startxref(document_);
}

void RevisionWriter::append_table(std::string& out,
                                  const std::map<Reference, std::size_t>& offsets) const {
    const std::size_t start = document_.bytes().size() + out.size();
    out += "xref\n";
    for (auto group = offsets.begin(); group != offsets.end();) {
        auto end = group;
        std::uint32_t count = 0;
        for (; end != offsets.end() && end->first.number == group->first.number + count; ++end) {
            ++count;
        }
        out += std::to_string(group->first.number) + " " + std::to_string(count) + "\n";
        for (; group != end; ++group) {
            std::array<char, 32> line{};
            std::snprintf(line.data(),
                          line.size(),
                          "%010zu %05u n \n",
                          group->second,
                          group->first.generation);
            out += line.data();
        }
    }
    out += "trailer\n<< " + trailer_members(next_number_) + " >>\nstartxref\n" +
           std::to_string(start) + "\n%%EOF\n";
}

void RevisionWriter::append_stream(std::string& out,
                                   std::map<Reference, std::size_t> offsets) const {
    const std::size_t start = document_.bytes().size() + out.size();
    const Reference own{next_number_, 0};
    offsets.emplace(own, start);
    std::string index, data;
    for (const auto& [id, offset] : offsets) {
        index += (index.empty() ? "" : " ") + std::to_string(id.number) + " 1";
        data += '\x01';
        for (int shift = 24; shift >= 0; shift -= 8) {
            data += static_cast<char>(offset >> shift & 0xFF);
        }
        data += static_cast<char>(id.generation >> 8 & 0xFF);
        data += static_cast<char>(id.generation & 0xFF);
    }
    out += std::to_string(own.number) + " 0 obj\n<< /Type /XRef /W [1 4 2] /Index [" + index +
           "] " + trailer_members(std::uint64_t{own.number} + 1) + " /Length " +
           std::to_string(data.size()) + " >>\nstream\n" + data +
           "\nendstream\nendobj\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

Bytes RevisionWriter::finish(Reference watched, std::size_t& where) const {
    const ByteView old = document_.bytes();
    std::string added;  // behind the old bytes
    if (!old.empty() && old.back() != '\n' && old.back() != '\r') {
        added += '\n';
    }
    std::map<Reference, std::size_t> offsets;
    for (const auto& [id, body] : bodies_) {
        offsets[id] = old.size() + added.size();
        added += std::to_string(id.number) + " " + std::to_string(id.generation) + " obj\n";
        if (id == watched) {
            where = old.size() + added.size();
        }
        added += body;
        added += "\nendobj\n";
    }
    if (old.size() + added.size() > UINT32_MAX) {
        throw Error(ErrorCode::TooLarge, "the PDF is larger than 4 GiB");
    }
    document_.revisions().back().section().is_stream ? append_stream(added, std::move(offsets))
                                                     : append_table(added, offsets);
    Bytes out;
    out.reserve(old.size() + added.size());
    out.insert(out.end(), old.begin(), old.end());
    out.insert(out.end(), added.begin(), added.end());
    return out;
}

Bytes RevisionWriter::finish() const {
    std::size_t nowhere = 0;
    return finish({0, 0}, nowhere);
}

}  // namespace yinxin::pdf
