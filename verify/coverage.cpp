// SPDX-License-Identifier: Apache-2.0
#include "verify/coverage.h"

#include <algorithm>
#include <array>

namespace yinxin::verify {

using pdf::reader::Document;
using pdf::reader::Object;
using pdf::reader::Revision;

namespace {

std::optional<std::array<std::size_t, 4>> read_byte_range(const FoundSignature& signature,
                                                          std::size_t file_size) {
    const Object* value = signature.dict->find("ByteRange");
    if (value == nullptr || value->array() == nullptr || value->array()->size() != 4) {
        return std::nullopt;
    }
    std::array<std::size_t, 4> range{};
    for (std::size_t i = 0; i < 4; ++i) {
        const auto* number = value->array()->at(i).integer();
        if (number == nullptr || *number < 0 || static_cast<std::uint64_t>(*number) > file_size) {
            return std::nullopt;
        }
        range.at(i) = static_cast<std::size_t>(*number);
    }
    return range;
}

bool only_space(ByteView bytes) {
    return std::all_of(
        bytes.begin(), bytes.end(), [](std::uint8_t byte) { return pdf::reader::is_space(byte); });
}

/// The revision that ends where the signed bytes end: behind %%EOF, an end of line and white space
/// may be in or out.
std::optional<std::size_t> revision_ending_at(const Document& document, std::size_t end) {
    const auto& all = document.revisions();
    for (std::size_t r = all.size(); r-- > 0;) {
        if (end >= all[r].marker_end) {
            const bool inside =
                only_space(document.bytes().subspan(all[r].marker_end, end - all[r].marker_end));
            return inside ? std::optional(r) : std::nullopt;
        }
    }
    return std::nullopt;
}

/// Hexadecimal digits in pairs and nothing else between the brackets: one text for one value but
/// for the case of letters.
bool plain_token(ByteView token) {
    return token.size() >= 4 && token.size() % 2 == 0 && token.front() == '<' &&
           token.back() == '>' && pdf::reader::is_hexadecimal(token.subspan(1, token.size() - 2));
}

}  // namespace

std::optional<Coverage> check_coverage(const Document& document,
                                       const FoundSignature& signature,
                                       Assessment& assessment) {
    if (signature.dict == nullptr || signature.object == nullptr) {
        assessment.malformed("value_no_dictionary",
                             "the value of a signature field is no dictionary");
        return std::nullopt;
    }
    if (signature.object->compressed) {
        assessment.malformed("in_object_stream",
                             "the signature dictionary lies in an object stream");
        return std::nullopt;
    }
    const std::size_t file_size = document.bytes().size();
    const auto range = read_byte_range(signature, file_size);
    if (!range) {
        assessment.malformed("byte_range",
                             "/ByteRange is missing or not four numbers inside the file");
        return std::nullopt;
    }
    const Object* contents = signature.dict->find("Contents");
    if (contents == nullptr || contents->string() == nullptr || !contents->string()->hexadecimal ||
        !plain_token(signature.object->raw(*contents))) {
        assessment.malformed("contents",
                             "/Contents is missing or no direct, plain hexadecimal string");
        return std::nullopt;
    }
    Coverage coverage;
    coverage.gap_begin = contents->extent().begin;
    coverage.gap_end = contents->extent().end;
    const auto [start, first, second_start, second] = *range;
    if (start != 0 || first != coverage.gap_begin || second_start != coverage.gap_end ||
        second > file_size - second_start) {
        assessment.malformed("byte_range_gap",
                             "/ByteRange leaves out something else than exactly its /Contents");
        return std::nullopt;
    }
    coverage.end = second_start + second;
    const auto revision = revision_ending_at(document, coverage.end);
    if (!revision || document.place(signature.id.number, *revision) !=
                         document.place(signature.id.number, signature.seen_in)) {
        assessment.malformed(
            "coverage_end",
            "the signed bytes do not end with a complete revision that has this signature");
        return std::nullopt;
    }
    coverage.revision = *revision;
    coverage.contents = to_bytes(as_bytes(contents->string()->bytes));
    try {
        coverage.value = TlvReader(coverage.contents).next();
    } catch (const Error& error) {
        assessment.malformed("contents_value",
                             std::string("/Contents holds no CMS value: ") + error.what());
        return std::nullopt;
    }
    const auto padding = ByteView(coverage.contents).subspan(coverage.value.whole.size());
    if (!std::all_of(padding.begin(), padding.end(), [](std::uint8_t byte) { return byte == 0; })) {
        assessment.malformed("contents_padding",
                             "something stands in the padding behind the CMS value");
    }
    return coverage;
}

void check_nesting(std::vector<Covering> all) {
    std::sort(all.begin(), all.end(), [](const Covering& a, const Covering& b) {
        return a.coverage->end < b.coverage->end;
    });
    for (std::size_t i = 1; i < all.size(); ++i) {
        if (all[i].coverage->gap_begin < all[i - 1].coverage->end) {
            for (const Covering& each : {all[i - 1], all[i]}) {
                each.assessment->malformed(
                    "ranges_overlap", "the ranges of two signatures do not lie one in the other");
            }
        }
    }
}

}  // namespace yinxin::verify
