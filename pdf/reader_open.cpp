// SPDX-License-Identifier: Apache-2.0
// Document::open: header, the chain of cross-reference sections from the last startxref back, and
// where each revision ends.
#include <algorithm>

#include "common/limits.h"
#include "pdf/reader.h"

namespace yinxin::pdf::reader {

namespace {

constexpr std::string_view kStartxref = "startxref";
constexpr std::string_view kEof = "%%EOF";
constexpr std::size_t kEofWithin = 1024;  // 7.5.5 as readers apply it

struct EndMark {
    std::size_t startxref = 0;
    std::size_t marker_end = 0;
};

/// "startxref N %%EOF" at `offset`, with nothing but white space between.
EndMark read_end_mark(ByteView file, std::size_t offset) {
    ValueBudget budget;
    Lexer lexer(file, offset, budget);
    lexer.expect_keyword(kStartxref);
    lexer.skip_space();
    EndMark mark;
    mark.startxref = static_cast<std::size_t>(lexer.unsigned_integer());
    lexer.skip_space();
    if (as_text(file.subspan(lexer.position())).substr(0, kEof.size()) != kEof) {
        malformed(lexer.position(), "'%%EOF' expected");
    }
    mark.marker_end = lexer.position() + kEof.size();
    return mark;
}

EndMark last_end_mark(ByteView file) {
    const auto text = as_text(file);
    const std::size_t found = text.rfind(kStartxref);
    if (found == std::string_view::npos) {
        malformed(file.size(), "no 'startxref'");
    }
    const EndMark mark = read_end_mark(file, found);
    if (file.size() - mark.marker_end > kEofWithin - kEof.size()) {
        malformed(mark.marker_end, "more than 1,024 bytes follow the last '%%EOF'");
    }
    return mark;
}

std::size_t behind_end_of_line(ByteView file, std::size_t at) {
    const auto has = [&](std::size_t index, char byte) {
        return index < file.size() && file[index] == static_cast<std::uint8_t>(byte);
    };
    if (has(at, '\r') && has(at + 1, '\n')) {
        return at + 2;
    }
    return has(at, '\n') || has(at, '\r') ? at + 1 : at;
}

}  // namespace

Document Document::open(ByteView file) {
    if (!as_text(file).starts_with("%PDF-")) {
        malformed(0, "the file does not start with '%PDF-'");
    }
    const EndMark mark = last_end_mark(file);
    Document document(file);
    document.tail_marker_end_ = mark.marker_end;
    document.read_chain(mark.startxref);
    document.read_revision_ends();
    for (std::size_t i = 0; i < document.revisions_.size(); ++i) {
        document.catalog_id(i);
    }
    return document;
}

bool Document::starts_linearized() {  // annex F.3.3: the dictionary is the first object of the file
    Lexer lexer(file_, 0, budgets_.values);
    lexer.skip_space_and_comments();
    try {
        const Indirect first = read_indirect(
            file_, lexer.position(), budgets_.values, [](const Object& value) -> const Object& {
                return value;
            });
        return first.value.dict() != nullptr && first.value.dict()->find("Linearized") != nullptr;
    } catch (const Error&) {
        return false;
    }
}

void Document::read_hybrid_stream(XrefSection& section) {
    if (!section.hybrid_stream) {
        return;
    }
    const XrefSection stream = read_xref_section(file_, *section.hybrid_stream, budgets_);
    if (!stream.is_stream || *section.hybrid_stream >= section.offset) {
        malformed(section.offset, "/XRefStm does not lead to an earlier cross-reference stream");
    }
    merge_hybrid(section, stream);
    notices_.push_back("hybrid cross-reference at byte " + std::to_string(section.offset));
}

/// A reader without cross-reference streams must not see another object under the same number: what
/// only the stream of a hybrid section knows may not be in use elsewhere in an older section.
void Document::mark_contested() {
    for (std::size_t r = 1; r < revisions_.size(); ++r) {
        for (XrefEntry& entry_here : revisions_[r].sections.front().entries) {
            const XrefEntry* older = entry_here.hidden ? entry(entry_here.number, r - 1) : nullptr;
            if (older != nullptr && older->kind != XrefEntry::Kind::Free &&
                !older->same_place(entry_here)) {
                entry_here.contested = true;
            }
        }
    }
}

void Document::read_chain(std::size_t startxref) {
    std::vector<Revision> newest_first;
    std::size_t next = startxref;
    bool to_main_section = false;  // the one step of a linearized file that goes forward
    while (true) {
        XrefSection section = read_xref_section(file_, next, budgets_);
        read_hybrid_stream(section);
        if (section.space_before) {
            notices_.push_back("white space before the cross-reference at byte " +
                               std::to_string(section.offset));
        }
        if (section.size_too_small) {
            notices_.push_back("/Size too small in the trailer of the cross-reference at byte " +
                               std::to_string(section.offset));
        }
        const auto previous = section.previous;
        const std::size_t offset = section.offset;
        if (to_main_section) {
            if (previous) {
                malformed(offset, "the main section of a linearized file has a /Prev");
            }
            newest_first.back().sections.push_back(std::move(section));
            break;
        }
        if (newest_first.size() >= limits::pdf_revisions_max) {
            throw Error(ErrorCode::TooLarge,
                        "byte " + std::to_string(offset) + ": the file has too many revisions");
        }
        newest_first.emplace_back().sections.push_back(std::move(section));
        if (!previous) {
            break;
        }
        if (*previous >= offset) {
            to_main_section = starts_linearized();
            if (!to_main_section) {
                malformed(offset, "/Prev does not lead to an earlier cross-reference");
            }
        }
        next = *previous;
    }
    revisions_.assign(std::make_move_iterator(newest_first.rbegin()),
                      std::make_move_iterator(newest_first.rend()));
    mark_contested();
}

void Document::read_revision_ends() {
    std::size_t begin = 0;
    for (Revision& revision : revisions_) {
        ValueBudget budget;
        const XrefSection& last = revision.sections.back();
        Lexer lexer(file_, last.extent.end, budget);
        lexer.skip_space_and_comments();
        const EndMark mark = read_end_mark(file_, lexer.position());
        Lexer pointed(file_, std::min(mark.startxref, file_.size()), budget);
        pointed.skip_space();
        if (pointed.position() != revision.section().offset) {
            malformed(lexer.position(),
                      "the startxref of a revision does not lead to its cross-reference");
        }
        revision.begin = begin;
        revision.marker_end = mark.marker_end;
        revision.end = behind_end_of_line(file_, mark.marker_end);
        for (const XrefSection& section : revision.sections) {
            if (section.offset < begin) {
                malformed(section.offset, "a cross-reference lies inside an earlier revision");
            }
        }
        begin = revision.end;
    }
    if (revisions_.back().marker_end != tail_marker_end_) {
        malformed(tail_marker_end_, "the last startxref does not belong to the newest revision");
    }
}

}  // namespace yinxin::pdf::reader
