// SPDX-License-Identifier: Apache-2.0
#include "verify/revision_bytes.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "pdf/reader_lexer.h"

namespace yinxin::verify {

using pdf::reader::Document;
using pdf::reader::Extent;
using pdf::reader::Indirect;
using pdf::reader::Object;
using pdf::reader::Revision;
using pdf::reader::XrefEntry;
using pdf::reader::XrefSection;

namespace {

Extent hybrid_stream(const Document& document, std::size_t offset) {
    pdf::reader::ValueBudget budget;
    return pdf::reader::read_indirect(document.bytes(),
                                      offset,
                                      budget,
                                      [](const Object& value) -> const Object& { return value; })
        .extent;
}

/// Of everything the cross-reference of this revision knows, in the order of the file.
std::vector<Extent> known_parts(RevisionStep& step) {
    const Document& document = step.document();
    std::vector<Extent> parts;
    for (const XrefSection& section : document.revisions()[step.after()].sections) {
        parts.push_back(section.extent);
        if (section.hybrid_stream) {
            parts.push_back(hybrid_stream(document, *section.hybrid_stream));
        }
        for (const XrefEntry& entry : section.entries) {
            if (entry.kind != XrefEntry::Kind::InUse) {
                continue;
            }
            try {
                const Indirect* object =
                    document.load({entry.number, entry.generation}, step.after());
                if (object != nullptr) {
                    parts.push_back(object->extent);
                }
            } catch (const Error& error) {
                if (error.code() != ErrorCode::Malformed) {
                    throw;
                }
                step.fault("object_misplaced", error.what());  // of a number nobody refers to
            }
        }
    }
    std::sort(parts.begin(), parts.end());
    return parts;
}

/// White space and comments are nothing.
bool is_empty(ByteView between) {
    pdf::reader::ValueBudget budget;
    pdf::reader::Lexer lexer(between, 0, budget);
    lexer.skip_space_and_comments();
    return lexer.at_end();
}

/// "obj" as a word behind white space, as in "12 0 obj", or one of the words a file is found by.
bool like_an_object(ByteView between) {
    const std::string_view text = as_text(between);
    for (std::size_t at = text.find("obj"); at != std::string_view::npos;
         at = text.find("obj", at + 1)) {
        if (at > 0 && pdf::reader::is_space(between[at - 1])) {
            return true;
        }
    }
    return text.find("trailer") != std::string_view::npos ||
           text.find("startxref") != std::string_view::npos;
}

}  // namespace

void check_bytes(RevisionStep& step) {
    const Revision& revision = step.document().revisions()[step.after()];
    const auto check = [&](std::size_t begin, std::size_t end) {
        const ByteView between = step.document().bytes().subspan(begin, end - begin);
        if (!is_empty(between) && (step.rules().own || like_an_object(between))) {
            step.fault("bytes_between",
                       "bytes from " + std::to_string(begin) +
                           " on belong to no object of its cross-reference");
        }
    };
    std::size_t at = revision.begin;
    for (const Extent& part : known_parts(step)) {
        if (part.begin > at) {
            check(at, part.begin);
        }
        at = std::max(at, part.end);
    }
}

}  // namespace yinxin::verify
