// SPDX-License-Identifier: Apache-2.0
#include "tests/verify/attacks/makers.h"

#include <algorithm>

#include "common/time_text.h"
#include "verify/tlv.h"

namespace yinxin::tests {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Object;

const Person& stranger() {
    static const Person made("EC",
                             {.organization = "Nobody",
                              .name = "In particular",
                              .extensions = {},
                              .from = *parse_rfc3339("2020-01-01T00:00:00Z"),
                              .to = *parse_rfc3339("2040-01-01T00:00:00Z")});
    return made;
}

// --- bytes in their place

std::string fitted(const std::string& text, std::size_t size) {
    return text + std::string(size - text.size(), ' ');
}

Maker range_as(const std::function<std::string(std::string old)>& change) {
    return [change](const Bytes& file) -> Made {
        const auto seal = last_seal(file);
        std::string text(as_text(file));
        const std::size_t size = seal->range_end - seal->range_begin;
        const std::string now = change(text.substr(seal->range_begin, size));
        if (now.empty() || now.size() > size) {
            return std::nullopt;
        }
        return bytes_of(text.replace(seal->range_begin, size, fitted(now, size)));
    };
}

Maker contents_as(const std::function<std::string(std::string old)>& change) {
    return [change](const Bytes& file) -> Made {
        const auto seal = last_seal(file);
        std::string text(as_text(file));
        const std::size_t size = seal->gap_end - seal->gap_begin;
        const std::string now = change(text.substr(seal->gap_begin, size));
        if (now.empty() || now.size() > size) {
            return std::nullopt;
        }
        return bytes_of(text.replace(seal->gap_begin, size, fitted(now, size)));
    };
}

Maker padding_ends(const std::string& with) {
    return contents_as([with](std::string old) {
        const std::size_t at = old.size() - with.size();
        const auto zeros = old.substr(at - 2, with.size() + 1);
        const bool free = zeros.find_first_not_of('0') == std::string::npos;
        return free ? old.replace(at, with.size(), with) : std::string();
    });
}

Maker key_renamed(const std::string& key, const std::string& to) {
    return [key, to](const Bytes& file) -> Made {
        const auto seal = last_seal(file);
        std::string text(as_text(file));
        const std::size_t begin = text.rfind(" obj", std::min(seal->range_begin, seal->gap_begin));
        const std::size_t at = text.find(key, begin);
        const std::size_t end = text.find("endobj", std::max(seal->range_end, seal->gap_end));
        if (at == std::string::npos || at > end) {
            return std::nullopt;
        }
        return bytes_of(text.replace(at, key.size(), to));
    };
}

Maker container_as(const std::function<Bytes(ByteView cms)>& change) {
    return [change](const Bytes& file) -> Made {
        const auto seal = last_seal(file);
        std::string text(as_text(file));
        const std::size_t digits = seal->gap_end - seal->gap_begin - 2;
        try {
            const Bytes old = from_hex(text.substr(seal->gap_begin + 1, digits));
            verify::TlvReader reader(old);
            std::string hex = to_hex(change(reader.next().whole));
            if (hex.size() > digits) {
                return std::nullopt;
            }
            hex.resize(digits, '0');
            return bytes_of(text.replace(seal->gap_begin + 1, digits, hex));
        } catch (const std::exception&) {
            return std::nullopt;  // not CMS of the plainest kind
        }
    };
}

// --- what the file is made of

/// The object whose value is the last seal's dictionary; nothing where it is direct in its field.
std::optional<Reference> seal_object(const Document& document) {
    const auto seal = last_seal(document.bytes());
    const std::size_t newest = document.newest();
    for (const std::uint32_t number : document.reachable(newest)) {
        const auto* entry = document.entry(number, newest);
        const Indirect* object = document.load({number, entry->generation}, newest);
        const Dict* dict = object->value.dict();
        const Object* contents = dict != nullptr ? dict->find("Contents") : nullptr;
        if (contents != nullptr && !object->compressed &&
            contents->extent().begin == seal->gap_begin) {
            return Reference{number, entry->generation};
        }
    }
    return std::nullopt;
}

std::vector<Reference> objects_with(
    const Document& document, const std::function<bool(const Indirect&, const Dict&)>& wanted) {
    std::vector<Reference> found;
    const std::size_t newest = document.newest();
    for (const std::uint32_t number : document.reachable(newest)) {
        const Reference id{number, document.entry(number, newest)->generation};
        const Indirect* object = document.load(id, newest);
        if (object->value.dict() != nullptr && wanted(*object, *object->value.dict())) {
            found.push_back(id);
        }
    }
    return found;
}

/// The stream with the first page's content, or its first part.
std::optional<Reference> page_content(const Update& update) {
    const auto page = update.page();
    const Object* contents = page.object->value.dict()->find("Contents");
    if (contents == nullptr) {
        return std::nullopt;
    }
    const Array* parts = update.document().resolve(*contents, update.newest()).array();
    const Object* first = parts != nullptr && !parts->empty() ? &parts->front() : contents;
    return first->reference() != nullptr ? std::optional(*first->reference()) : std::nullopt;
}

std::string appearance() {
    return test::stream_of("1 1 1 rg 0 0 200 40 re f",
                           "/Type /XObject /Subtype /Form /BBox [0 0 200 40]");
}

Maker updated(const std::function<bool(Update&)>& change) {
    return [change](const Bytes& file) -> Made {
        Update update(file);
        return change(update) ? Made(update.done()) : std::nullopt;
    };
}

bool content_overridden(Update& update) {
    const auto content = page_content(update);
    if (content) {
        update.put(*content, test::stream_of(kOtherContent));
    }
    return content.has_value();
}

Maker seal_overridden(const std::map<std::string, std::string>& changes) {
    return updated([changes](Update& update) {
        const auto id = seal_object(update.document());
        if (id) {
            update.edit(*id, changes);
        }
        return id.has_value();
    });
}

/// The field whose value is the last seal.
std::optional<Reference> seal_field(const Document& document) {
    const auto id = seal_object(document);
    const auto fields = objects_with(document, [&](const Indirect&, const Dict& dict) {
        const Object* value = dict.find("V");
        return id && value != nullptr && value->reference() != nullptr &&
               *value->reference() == *id;
    });
    return fields.empty() ? std::nullopt : std::optional(fields.front());
}

std::string widget(const Update& update, const std::string& rect, const std::string& more) {
    return "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Added) /F 4 /P " + ref(update.page().id) +
           " /Rect " + rect + " " + more + " >>";
}

}  // namespace yinxin::tests
