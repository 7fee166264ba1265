// SPDX-License-Identifier: Apache-2.0
#include "tests/verify/attacks/editing.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace yinxin::tests {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Object;

namespace {

/// "[0 a b c]", or nothing.
std::optional<std::array<std::size_t, 4>> four_numbers(std::string_view text) {
    std::array<std::size_t, 4> numbers{};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t& number : numbers) {
        while (at != end && (*at < '0' || *at > '9')) {
            ++at;
        }
        const auto [behind, error] = std::from_chars(at, end, number);
        if (error != std::errc{}) {
            return std::nullopt;
        }
        at = behind;
    }
    return numbers;
}

}  // namespace

std::optional<Seal> last_seal(ByteView file) {
    const std::string_view text = as_text(file);
    std::optional<Seal> found;
    constexpr std::string_view kKey = "/ByteRange";
    for (std::size_t at = text.find(kKey); at != std::string_view::npos;
         at = text.find(kKey, at + 1)) {
        const std::size_t begin = text.find('[', at), end = text.find(']', at);
        if (begin == std::string_view::npos || end == std::string_view::npos ||
            begin > at + kKey.size() + 4 || end < begin) {
            continue;
        }
        const auto numbers = four_numbers(text.substr(begin, end - begin));
        if (!numbers) {
            continue;
        }
        const auto [start, first, second, rest] = *numbers;
        if (start != 0 || second > text.size() || first >= second || text[first] != '<' ||
            text[second - 1] != '>' || rest > text.size() - second) {
            continue;
        }
        if (!found || second + rest > found->end) {
            found = Seal{begin, end + 1, first, second, second + rest};
        }
    }
    return found;
}

std::string Update::items(Reference id, const char* key) const {
    const auto& object = *document_.load(id, newest());
    const Object* held = object.value.dict()->find(key);
    const pdf::reader::Indirect* owner = &object;
    while (held != nullptr && held->reference() != nullptr) {
        owner = document_.load(*held->reference(), newest());
        held = owner != nullptr ? &owner->value : nullptr;
    }
    std::string out;
    for (const Object& each :
         held != nullptr && held->array() != nullptr ? *held->array() : Array{}) {
        out += std::string(as_text(owner->raw(each))) + " ";
    }
    return out;
}

Reference Update::form_owner() const {
    const Object* form = document_.catalog(newest()).find("AcroForm");
    return form != nullptr && form->reference() != nullptr ? *form->reference() : catalog();
}

void Update::add_field(Reference field, bool on_page) {
    if (form_owner() != catalog()) {
        append_to(form_owner(), "Fields", ref(field));
    } else {
        const auto& owner = *document_.load(catalog(), newest());
        const Object* form = owner.value.dict()->find("AcroForm");
        std::string fields;
        const Object list = form != nullptr ? value(*form->dict(), "Fields") : Object{};
        for (const Object& each : list.array() != nullptr ? *list.array() : Array{}) {
            fields += ref(*each.reference()) + " ";
        }
        static const Dict kNone;
        edit(
            catalog(),
            {{"AcroForm",
              pdf::edited_dict(owner,
                               form != nullptr ? *form->dict() : kNone,
                               {{"SigFlags", "3"}, {"Fields", "[" + fields + ref(field) + "]"}})}});
    }
    if (on_page) {
        append_to(page().id, "Annots", ref(field));
    }
}

Bytes appended(const Bytes& file, const std::vector<std::pair<Reference, std::string>>& objects) {
    Update update(file);
    for (const auto& [id, body] : objects) {
        update.put(id, body);
    }
    return update.done();
}

Bytes with_catalog(const Bytes& file, const std::map<std::string, std::string>& changes) {
    Update update(file);
    update.edit(update.catalog(), changes);
    return update.done();
}

std::size_t offset_of(const Bytes& file, std::uint32_t number) {
    const Document document = Document::open(file);
    return document.place(number, document.newest()).offset;
}

std::size_t behind(const Bytes& file) {
    return file.size() + (file.back() == '\n' || file.back() == '\r' ? 0 : 1);
}

Bytes with_table(const Bytes& file,
                 const std::string& body,
                 const std::vector<Entry>& entries,
                 std::optional<std::uint64_t> size,
                 const std::string& more) {
    const Document document = Document::open(file);
    const auto& section = document.revisions().back().section();
    std::string out(as_text(file));
    out += (behind(file) == file.size() ? "" : "\n") + body;
    const std::size_t start = out.size();
    out += "xref\n";
    for (const Entry& each : entries) {
        std::array<char, 64> line{};
        std::snprintf(line.data(),
                      line.size(),
                      "%u 1\n%010zu %05d %c \n",
                      each.number,
                      each.offset,
                      each.generation,
                      each.kind);
        out += line.data();
    }
    out += "trailer\n<< /Size " + std::to_string(size.value_or(section.size)) + " /Prev " +
           std::to_string(section.offset);
    for (const auto& member : section.dict().members()) {
        if (member.key == "Root" || member.key == "Info" || member.key == "ID") {
            const auto extent = member.value.extent();
            out += " /" + member.key + " " +
                   std::string(as_text(document.bytes().subspan(extent.begin, extent.size())));
        }
    }
    return bytes_of(out + more + " >>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n");
}

}  // namespace yinxin::tests
