// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader_xref.h"

#include <algorithm>
#include <array>
#include <limits>

namespace yinxin::pdf::reader {

namespace {

constexpr std::uint64_t kNumberMax = std::numeric_limits<std::uint32_t>::max();

void take_entries(Budgets& budgets, std::uint64_t count, std::size_t offset) {
    if (count > budgets.entries) {
        throw Error(ErrorCode::TooLarge,
                    "byte " + std::to_string(offset) + ": the file has too many objects");
    }
    budgets.entries -= static_cast<std::size_t>(count);
}

std::optional<std::uint64_t> whole_number(const Dict& dict, const char* key, std::size_t offset) {
    const Object* value = dict.find(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (value->integer() == nullptr || *value->integer() < 0) {
        malformed(offset, std::string("/") + key + " is not a whole number");
    }
    return static_cast<std::uint64_t>(*value->integer());
}

void sort_entries(XrefSection& section) {
    auto& all = section.entries;
    std::stable_sort(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    const auto twice = std::adjacent_find(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number == b.number; });
    if (twice != all.end()) {
        malformed(section.offset,
                  "object " + std::to_string(twice->number) +
                      " stands twice in one cross-reference section");
    }
}

void read_trailer(XrefSection& section) {
    if (section.trailer.dict() == nullptr) {
        malformed(section.offset, "the trailer is not a dictionary");
    }
    const auto size = whole_number(section.dict(), "Size", section.offset);
    if (!size) {
        malformed(section.offset, "the trailer has no /Size");
    }
    section.size = *size;
    section.size_too_small = !section.entries.empty() && section.entries.back().number >= *size;
    if (section.size_too_small && section.is_stream) {
        malformed(section.offset,
                  "/Size of a cross-reference stream is not above its highest object number");
    }
    if (const auto previous = whole_number(section.dict(), "Prev", section.offset)) {
        section.previous = static_cast<std::size_t>(*previous);
    }
    if (const auto stream = whole_number(section.dict(), "XRefStm", section.offset);
        stream && !section.is_stream) {
        section.hybrid_stream = static_cast<std::size_t>(*stream);
    }
}

/// "nnnnnnnnnn ggggg n" and a two-byte end of line (7.5.4).
XrefEntry table_entry(ByteView file, std::size_t offset, std::uint32_t number) {
    if (file.size() < offset || file.size() - offset < 20) {
        malformed(offset, "the cross-reference table is cut off");
    }
    const auto text = as_text(file.subspan(offset, 20));
    const auto digits = [&](std::size_t from, std::size_t count) {
        std::uint64_t value = 0;
        for (const char c : text.substr(from, count)) {
            if (c < '0' || c > '9') {
                malformed(offset, "a cross-reference entry is not as it must be");
            }
            value = value * 10 + static_cast<std::uint64_t>(c - '0');
        }
        return value;
    };
    const auto place = digits(0, 10);
    const auto generation = digits(11, 5);
    const auto end = text.substr(18);
    if (text[10] != ' ' || text[16] != ' ' || (text[17] != 'n' && text[17] != 'f') ||
        (end != " \n" && end != " \r" && end != "\r\n")) {
        malformed(offset, "a cross-reference entry is not as it must be");
    }
    XrefEntry entry;
    entry.kind = text[17] == 'n' ? XrefEntry::Kind::InUse : XrefEntry::Kind::Free;
    entry.number = number;
    entry.generation = static_cast<std::uint32_t>(generation);
    entry.place = static_cast<std::size_t>(place);
    return entry;
}

XrefSection read_table(ByteView file, std::size_t offset, Budgets& budgets) {
    XrefSection section;
    section.offset = offset;
    Lexer lexer(file, offset, budgets.values);
    lexer.expect_keyword("xref");
    lexer.skip_space();
    while (!lexer.accept_keyword("trailer")) {
        const std::size_t header = lexer.position();
        const auto first = lexer.unsigned_integer();
        lexer.skip_space();
        const auto count = lexer.unsigned_integer();
        if (first > kNumberMax || count > kNumberMax - first) {
            malformed(header, "a cross-reference subsection is out of range");
        }
        take_entries(budgets, count, header);
        lexer.skip_space();
        for (std::uint64_t i = 0; i < count; ++i) {
            section.entries.push_back(
                table_entry(file, lexer.position(), static_cast<std::uint32_t>(first + i)));
            lexer.seek(lexer.position() + 20);
        }
    }
    section.trailer = lexer.object();
    section.extent = {offset, lexer.position()};
    sort_entries(section);
    read_trailer(section);
    return section;
}

struct StreamLayout {
    std::array<std::size_t, 3> width{};
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;  // first, count
};

StreamLayout stream_layout(const Dict& dict, std::uint64_t size, std::size_t offset) {
    StreamLayout layout;
    const Object* w = dict.find("W");
    if (w == nullptr || w->array() == nullptr || w->array()->size() != 3) {
        malformed(offset, "/W of a cross-reference stream is not three numbers");
    }
    for (std::size_t i = 0; i < 3; ++i) {
        const auto* width = w->array()->at(i).integer();
        if (width == nullptr || *width < 0 || *width > 8) {
            malformed(offset, "/W of a cross-reference stream is out of range");
        }
        layout.width.at(i) = static_cast<std::size_t>(*width);
    }
    const Object* index = dict.find("Index");
    if (index == nullptr) {
        layout.ranges.emplace_back(0, size);
        return layout;
    }
    if (index->array() == nullptr || index->array()->size() % 2 != 0) {
        malformed(offset, "/Index of a cross-reference stream is not made of pairs");
    }
    for (std::size_t i = 0; i < index->array()->size(); i += 2) {
        const auto* first = index->array()->at(i).integer();
        const auto* count = index->array()->at(i + 1).integer();
        if (first == nullptr || count == nullptr || *first < 0 || *count < 0 ||
            static_cast<std::uint64_t>(*first) > kNumberMax ||
            static_cast<std::uint64_t>(*count) > kNumberMax - static_cast<std::uint64_t>(*first)) {
            malformed(offset, "/Index of a cross-reference stream is out of range");
        }
        layout.ranges.emplace_back(*first, *count);
    }
    return layout;
}

XrefEntry stream_entry(ByteView row,
                       const StreamLayout& layout,
                       std::uint32_t number,
                       std::size_t offset) {
    std::size_t at = 0;
    const auto field = [&](std::size_t which, std::uint64_t otherwise) {
        std::uint64_t value = layout.width.at(which) == 0 ? otherwise : 0;
        for (std::size_t i = 0; i < layout.width.at(which); ++i) {
            value = value << 8 | row[at++];
        }
        return value;
    };
    const auto type = field(0, 1);
    const auto second = field(1, 0);
    const auto third = field(2, 0);
    XrefEntry entry;
    entry.number = number;
    if (type > 2 || (type != 0 && third > kNumberMax) || (type == 2 && second > kNumberMax)) {
        malformed(offset, "an entry of the cross-reference stream is out of range");
    }
    entry.kind = type == 0   ? XrefEntry::Kind::Free
                 : type == 1 ? XrefEntry::Kind::InUse
                             : XrefEntry::Kind::Compressed;
    entry.place = static_cast<std::size_t>(second);
    entry.generation = type == 1 ? static_cast<std::uint32_t>(third) : 0;
    entry.index = type == 2 ? static_cast<std::uint32_t>(third) : 0;
    return entry;
}

XrefSection read_stream(ByteView file, std::size_t offset, Budgets& budgets) {
    const Resolve direct_only = [offset](const Object& value) -> const Object& {
        if (value.reference() != nullptr) {
            malformed(offset, "a cross-reference stream must not use references");
        }
        return value;
    };
    const Indirect stream = read_indirect(file, offset, budgets.values, direct_only);
    const Object* type = stream.is_stream ? stream.value.dict()->find("Type") : nullptr;
    if (type == nullptr || !type->is_name("XRef")) {
        malformed(offset, "neither a cross-reference table nor a cross-reference stream");
    }
    XrefSection section;
    section.offset = offset;
    section.is_stream = true;
    section.trailer = stream.value;
    section.extent = stream.extent;
    const auto size = whole_number(section.dict(), "Size", offset);
    if (!size) {
        malformed(offset, "the cross-reference stream has no /Size");
    }
    const Bytes data = decode_stream(file, stream, budgets.inflate, direct_only);
    const StreamLayout layout = stream_layout(section.dict(), *size, offset);
    const std::size_t row = layout.width[0] + layout.width[1] + layout.width[2];
    std::uint64_t total = 0;
    for (const auto& [first, count] : layout.ranges) {
        take_entries(budgets, count, offset);
        total += count;
    }
    if (row == 0 || data.size() != total * row) {  // total is at most pdf_objects_max
        malformed(offset, "the cross-reference stream is not as long as /Index and /W say");
    }
    std::size_t at = 0;
    for (const auto& [first, count] : layout.ranges) {
        for (std::uint64_t i = 0; i < count; ++i, at += row) {
            section.entries.push_back(stream_entry(ByteView(data).subspan(at, row),
                                                   layout,
                                                   static_cast<std::uint32_t>(first + i),
                                                   offset));
        }
    }
    sort_entries(section);
    read_trailer(section);
    return section;
}

}  // namespace

const XrefEntry* XrefSection::find(std::uint32_t number) const {
    const auto found = std::lower_bound(
        entries.begin(), entries.end(), number, [](const XrefEntry& entry, std::uint32_t wanted) {
            return entry.number < wanted;
        });
    return found != entries.end() && found->number == number ? &*found : nullptr;
}

XrefSection read_xref_section(ByteView file, std::size_t offset, Budgets& budgets) {
    if (offset >= file.size()) {
        malformed(offset, "a cross-reference offset is outside the file");
    }
    Lexer lexer(file, offset, budgets.values);
    lexer.skip_space();
    const std::size_t word = lexer.position();
    if (lexer.accept_keyword("xref")) {
        XrefSection section = read_table(file, word, budgets);
        section.space_before = word != offset;
        return section;
    }
    return read_stream(file, offset, budgets);
}

void merge_hybrid(XrefSection& table, const XrefSection& stream) {
    for (XrefEntry hidden : stream.entries) {
        hidden.hidden = true;
        const auto found =
            std::find_if(table.entries.begin(), table.entries.end(), [&](const XrefEntry& entry) {
                return entry.number == hidden.number;
            });
        if (found == table.entries.end()) {
            table.entries.push_back(hidden);
        } else if (found->kind == XrefEntry::Kind::Free) {
            *found = hidden;
        } else if (hidden.kind != XrefEntry::Kind::Free && !hidden.same_place(*found)) {
            found->contested = true;
        }
    }
    sort_entries(table);
}

}  // namespace yinxin::pdf::reader
