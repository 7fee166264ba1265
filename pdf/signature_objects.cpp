// SPDX-License-Identifier: Apache-2.0
#include "pdf/signature_objects.h"

#include <algorithm>

#include "common/error.h"
#include "pdf/object_sink.h"
#include "pdf/picture_object.h"
#include "pdf/text_string.h"

namespace yinxin::pdf {
namespace {

constexpr std::size_t kNumberWidth =
    10;                               // of the numbers in ByteRange: the second pass shifts nothing
constexpr int kPrintAndLocked = 132;  // PDF/A-2 6.3.2

std::string name_text(const std::string& name) {
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '.' || c == '-' || c == '_';
    });
    if (!plain) {
        throw Error(ErrorCode::Invalid, "filter and sub_filter of a signature are plain names");
    }
    return "/" + name;
}

}  // namespace

std::string signature_body(const SignatureSpec& spec, bool certify) {
    const bool time_stamp = spec.kind == SignatureSpec::Kind::DocTimeStamp;
    std::string out = std::string("<</Type") + (time_stamp ? "/DocTimeStamp" : "/Sig") + "/Filter" +
                      name_text(spec.filter) + "/SubFilter" + name_text(spec.sub_filter);
    if (!spec.signing_time.empty()) {
        out += "/M" + text_string(spec.signing_time);
    }
    for (const auto& [key, text] :
         {std::pair{"Name", &spec.name}, {"Reason", &spec.reason}, {"Location", &spec.location}}) {
        if (!text->empty()) {
            out += std::string("/") + key + text_string(*text);
        }
    }
    if (certify) {  // 12.8.2.2; without digest members (PDF/A-2 6.1.12)
        out +=
            "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type"
            "/TransformParams/P 1/V/1.2>>>>]";
    }
    const std::string blank(kNumberWidth, ' ');
    out += "\n/ByteRange [0 " + blank + " " + blank + " " + blank + "]";
    return out + "\n/Contents <" + std::string(spec.contents_bytes * 2, '0') + ">\n>>";
}

std::string widget_body(const SignatureSpec& spec,
                        const std::string& name,
                        reader::Reference page,
                        reader::Reference signature,
                        const std::optional<reader::Reference>& picture) {
    std::string out = "<</Type/Annot/Subtype/Widget/FT/Sig/F " + std::to_string(kPrintAndLocked) +
                      "/T" + text_string(name) + "/P " + reference_text(page) + "/V " +
                      reference_text(signature);
    if (!spec.seal || !picture) {
        return out + "/Rect[0 0 0 0]>>";
    }
    const Rect& rect = spec.seal->rect;
    return out + "/Rect[" + number_text(rect.left) + " " + number_text(rect.bottom) + " " +
           number_text(rect.right) + " " + number_text(rect.top) + "]/AP<</N " +
           reference_text(*picture) + ">>>>";
}

std::array<std::uint64_t, 4> place_byte_range(Bytes& pdf, std::size_t body_begin) {
    const auto text = as_text(pdf);
    constexpr std::string_view kContents = "\n/Contents <", kRange = "\n/ByteRange [0 ";
    const std::size_t range = text.find(kRange, body_begin) + kRange.size();
    const std::size_t gap_begin = text.find(kContents, range) + kContents.size() - 1;
    const std::size_t gap_end = text.find('>', gap_begin) + 1;
    const std::array<std::uint64_t, 4> byte_range{0, gap_begin, gap_end, pdf.size() - gap_end};
    std::string numbers;
    for (std::size_t i = 1; i < 4; ++i) {
        std::string number = std::to_string(byte_range.at(i));
        number.resize(kNumberWidth, ' ');
        numbers += number + (i < 3 ? " " : "");
    }
    std::copy(numbers.begin(), numbers.end(), pdf.begin() + static_cast<std::ptrdiff_t>(range));
    return byte_range;
}

void fill_contents(PreparedRevision& prepared, ByteView der) {
    const std::size_t begin = prepared.byte_range[1] + 1;
    const std::size_t room = prepared.byte_range[2] - prepared.byte_range[1] - 2;
    if (der.size() * 2 > room) {
        throw Error(ErrorCode::TooLarge,
                    "the signature has " + std::to_string(der.size()) + " bytes, " +
                        std::to_string(room / 2) + " are reserved");
    }
    std::string hex = to_hex(der);
    hex.resize(room, '0');
    std::copy(hex.begin(), hex.end(), prepared.pdf.begin() + static_cast<std::ptrdiff_t>(begin));
}

}  // namespace yinxin::pdf
