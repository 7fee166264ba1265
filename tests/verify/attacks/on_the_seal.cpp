// SPDX-License-Identifier: Apache-2.0
// Rows 1, 3 and 9 to 21: the signature itself, its range and its container.
#include <map>

#include "signer/der_writer.h"
#include "tests/verify/attacks/makers.h"
#include "tests/verify/cms_editor.h"

namespace yinxin::tests {

using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Object;

namespace der = signer::der;
using verify::Integrity;

namespace {

void row_1(Attacks& out) {
    const auto add = [&](const char* name, Maker make, const Verdicts& verdicts) {
        out.push_back({1, name, std::move(make), verdicts});
    };
    add("ByteRange empty", range_as([](auto) { return "[]"; }), kInvalid);
    add("ByteRange null", range_as([](auto) { return " null"; }), kInvalid);
    add("ByteRange of zeros", range_as([](auto) { return "[0 0 0 0]"; }), kInvalid);
    add("ByteRange with a negative number",
        range_as([](std::string old) {
            const std::size_t first = old.find_first_of("0123456789");
            const std::size_t behind = old.find_first_not_of("0123456789", first);
            return old.replace(old.find_first_of("0123456789", behind), 1, "-");
        }),
        kInvalid);
    add("ByteRange of three numbers",
        range_as([](std::string old) {
            return old.substr(0, old.find_last_of(' ', old.find_last_of("0123456789"))) + "]";
        }),
        kInvalid);
    add("ByteRange beyond the file",
        range_as([](std::string old) {
            const std::size_t end = old.find_last_of("0123456789") + 1;
            const std::size_t begin = old.find_last_not_of("0123456789", end - 1) + 1;
            return old.replace(begin, end - begin, std::string(end - begin, '9'));
        }),
        kInvalid);
    add("ByteRange with a real",
        range_as([](std::string old) {
            const std::size_t end = old.find_last_of("0123456789");
            return old.replace(end, 1, ".");
        }),
        kInvalid);
    add("ByteRange renamed", key_renamed("/ByteRange", "/ByteRabge"), kInvalid);
    add("SubFilter renamed", key_renamed("/SubFilter", "/SubFiltre"), kInvalid);
    add("Contents renamed", key_renamed("/Contents", "/Contemts"), kInvalid);
    add("Contents empty", contents_as([](auto) { return "<>"; }), kInvalid);
    add("Contents null", contents_as([](auto) { return " null"; }), kInvalid);
    add("Contents a name", contents_as([](auto) { return "/null"; }), kInvalid);
    add("Contents of one byte", contents_as([](auto) { return "<00>"; }), kInvalid);
    add("Contents of zeros",
        contents_as([](std::string old) { return "<" + std::string(old.size() - 2, '0') + ">"; }),
        kInvalid);
    add("Contents no CMS",
        contents_as(
            [](std::string old) { return "<3000" + std::string(old.size() - 6, '0') + ">"; }),
        kInvalid);
    add("ByteRange taken out by an update", seal_overridden({{"ByteRange", ""}}), kInvalid);
    add("ByteRange emptied by an update", seal_overridden({{"ByteRange", "[]"}}), kInvalid);
    add("Contents taken out by an update", seal_overridden({{"Contents", ""}}), kInvalid);
    add("Contents emptied by an update", seal_overridden({{"Contents", "<>"}}), kInvalid);
    out.push_back({1,
                   "the field's value taken out by an update",
                   updated([](Update& update) {
                       const auto field = seal_field(update.document());
                       if (field) {
                           update.edit(*field, {{"V", ""}});
                       }
                       return field.has_value();
                   }),
                   kAltered,
                   "field_changed"});
    out.push_back(
        {1,
         "the form emptied by an update",
         updated([](Update& update) {
             update.edit(update.catalog(), {{"AcroForm", "<< /Fields [] /SigFlags 3 >>"}});
             return true;
         }),
         kAltered});
    out.push_back({1,
                   "the form taken out by an update, and what certifies",
                   updated([](Update& update) {
                       update.edit(update.catalog(), {{"AcroForm", ""}, {"Perms", ""}});
                       return true;
                   }),
                   kAltered,
                   "signature_removed"});
}

/// What was signed behind the gap, moved to the end and pointed at from there: the first part stays
/// where it is, between them stands the attacker's.
Made second_part_moved(const Bytes& file, bool override_seal) {
    const auto seal = last_seal(file);
    Update update(file);
    const auto id = seal_object(update.document());
    if (!id || seal->end != file.size()) {
        return std::nullopt;
    }
    const std::string text(as_text(file));
    const std::string second = text.substr(seal->gap_end);
    const std::string token = text.substr(seal->gap_begin, seal->gap_end - seal->gap_begin);
    const Reference copy = update.fresh();
    const std::size_t number_begin = behind(file);
    const std::string head = std::to_string(override_seal ? id->number : copy.number) + " 0 obj\n";
    std::string body =
        head + "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Contents " +
        token + " /ByteRange [0 " + std::to_string(seal->gap_begin) + " 0000000000 " +
        std::to_string(second.size()) + "] >>\nendobj\n";
    const std::size_t moved_to = number_begin + body.size() + std::string("% ").size();
    std::string digits = std::to_string(moved_to);
    body.replace(body.find("0000000000 "), 10, std::string(10 - digits.size(), '0') + digits);
    // the second part as it was, in a comment as long as its first line and bytes beyond
    body += "% " + second + "\n";
    return with_table(
        file, body, {{override_seal ? id->number : copy.number, number_begin}}, copy.number + 1);
}

void row_3(Attacks& out) {
    out.push_back({3,
                   "a shorter Contents, and another member in the gap",
                   contents_as([](std::string old) {
                       const std::string more = ">/Reason(I paid!)";
                       const std::size_t at = old.size() - more.size();
                       return old.find_first_not_of('0', at - 2) == old.size() - 1
                                  ? old.replace(at, more.size(), more)
                                  : std::string();
                   }),
                   kRefused});
    out.push_back({3,
                   "the second part moved, the seal's dictionary points to it",
                   [](const Bytes& file) { return second_part_moved(file, true); },
                   kRefused});
    out.push_back({3,
                   "the gap widened by bytes of its own",
                   [](const Bytes& file) -> Made {
                       const auto seal = last_seal(file);
                       std::string text(as_text(file));
                       return bytes_of(text.insert(seal->gap_end, " /Reason (I paid)"));
                   },
                   kRefused});
}

void rows_9_to_12(Attacks& out) {
    out.push_back({9,
                   "a second signature with the range and the value of the first",
                   updated([](Update& update) {
                       const auto seal = seal_object(update.document());
                       if (!seal) {
                           return false;
                       }
                       const auto& object = *update.document().load(*seal, update.newest());
                       const Reference copy =
                           update.add(pdf::edited_dict(object, *object.value.dict(), {}));
                       update.add_field(update.add(widget(update, "[0 0 0 0]", "/V " + ref(copy))));
                       return true;
                   }),
                   kInvalid,
                   "byte_range_gap"});
    out.push_back({10,
                   "the range begins at 1",
                   range_as([](std::string old) { return old.replace(old.find('0'), 1, "1"); }),
                   kInvalid});
    out.push_back({10, "a space in the gap", padding_ends("> "), kInvalid});
    out.push_back({10, "a comment in the gap", padding_ends(">%hidden"), kRefused});
    out.push_back({10, "two Contents", padding_ends(">/Contents<00>"), kRefused});
    out.push_back({11, "a digit in the padding", padding_ends("1>"), kInvalid, "contents_padding"});
    out.push_back({11, "a space among the digits", padding_ends(" >"), kInvalid, "contents"});
    out.push_back({11, "a line among the digits", padding_ends("\n00>"), kInvalid, "contents"});
    out.push_back({11,
                   "another value in the padding",
                   padding_ends("300402020101>"),
                   kInvalid,
                   "contents_padding"});
    out.push_back({12,
                   "the dictionary again with another reason",
                   seal_overridden({{"Reason", "(I paid)"}}),
                   kInvalid});
    out.push_back({12,
                   "the dictionary again, its Contents longer so that the sums fit",
                   [](const Bytes& file) -> Made {
                       const auto seal = last_seal(file);
                       Update update(file);
                       const auto id = seal_object(update.document());
                       if (!id) {
                           return std::nullopt;
                       }
                       const std::string text(as_text(file));
                       std::string token =
                           text.substr(seal->gap_begin, seal->gap_end - seal->gap_begin);
                       token.insert(token.size() - 1, 512, '0');
                       update.edit(*id,
                                   {{"Contents", token},
                                    {"ByteRange",
                                     "[0 " + std::to_string(seal->gap_begin) + " " +
                                         std::to_string(seal->gap_begin + token.size()) + " " +
                                         std::to_string(seal->end - seal->gap_end) + "]"}});
                       return update.done();
                   },
                   kInvalid});
}

void rows_13_to_21(Attacks& out) {
    out.push_back({13,
                   "a container with content of its own",
                   container_as([](ByteView) {
                       CmsWish wish;
                       wish.content = bytes_of("%PDF-1.7 another document");
                       return make_cms(stranger(), {}, wish);
                   }),
                   kInvalid});
    out.push_back({13,
                   "a container with content of nothing",
                   container_as([](ByteView) {
                       CmsWish wish;
                       wish.content = Bytes{};
                       return make_cms(stranger(), {}, wish);
                   }),
                   kInvalid});
    out.push_back(
        {14,
         "the signer twice",
         container_as([](ByteView cms) {
             OpenedCms opened(cms);
             opened.data.back() =
                 joined(0x31, {joined(0x30, opened.signer), joined(0x30, opened.signer)});
             return joined(0x30, {opened.outer.at(0), joined(0xA0, {joined(0x30, opened.data)})});
         }),
         kInvalid,
         "signer_count"});
    out.push_back(
        {14,
         "another signer beside the first",
         container_as([](ByteView cms) {
             OpenedCms opened(cms);
             const Bytes other = OpenedCms(make_cms(stranger(), {})).data.back();
             opened.data.back() =
                 joined(0x31, {joined(0x30, opened.signer), parts_of(other).at(0)});
             return joined(0x30, {opened.outer.at(0), joined(0xA0, {joined(0x30, opened.data)})});
         }),
         kInvalid,
         "signer_count"});
    out.push_back(
        {14,
         "no signer",
         container_as([](ByteView cms) {
             OpenedCms opened(cms);
             opened.data.back() = joined(0x31, {});
             return joined(0x30, {opened.outer.at(0), joined(0xA0, {joined(0x30, opened.data)})});
         }),
         kInvalid,
         "signer_count"});
    out.push_back({14,
                   "the attributes taken out",
                   container_as([](ByteView cms) {
                       OpenedCms opened(cms);
                       opened.signer.erase(opened.signer.begin() + 3);
                       return opened.closed();
                   }),
                   kInvalid,
                   "signed_attributes_missing"});
    out.push_back({14,
                   "an attribute twice",
                   container_as([](ByteView cms) {
                       OpenedCms opened(cms);
                       auto attributes = parts_of(opened.signer.at(3));
                       attributes.push_back(attributes.front());
                       opened.signer.at(3) = joined(0xA0, attributes);
                       return opened.closed();
                   }),
                   kInvalid,
                   "signed_attribute_twice"});
    out.push_back({15,
                   "a digit of the container changed",
                   contents_as([](std::string old) {
                       old.at(400) = old.at(400) == '0' ? '1' : '0';
                       return old;
                   }),
                   kInvalidOrNotChecked});
    out.push_back({15,
                   "the certificates exchanged",
                   container_as([](ByteView cms) {
                       OpenedCms opened(cms);
                       const OpenedCms other(make_cms(stranger(), {}));
                       opened.certificates() = other.data.at(3);
                       opened.signer.at(1) = other.signer.at(1);
                       return opened.closed();
                   }),
                   kInvalidOrNotChecked});
    out.push_back({16,
                   "another digest algorithm",
                   container_as([](ByteView cms) {
                       OpenedCms opened(cms);
                       Bytes other =
                           der::sequence({der::object_identifier("2.16.840.1.101.3.4.2.3")});
                       if (opened.signer.at(2).at(12) == other.at(12)) {
                           other =
                               der::sequence({der::object_identifier("2.16.840.1.101.3.4.2.2")});
                       }
                       opened.data.at(1) = der::set_of({other});
                       opened.signer.at(2) = other;
                       return opened.closed();
                   }),
                   kInvalid});
    out.push_back(
        {37,
         "a container of somebody else over other bytes",
         container_as([](ByteView) { return make_cms(stranger(), bytes_of("other bytes")); }),
         kInvalid});
}

}  // namespace

void rows_1_and_3(Attacks& out) {
    row_1(out);
    row_3(out);
}

void rows_9_to_21(Attacks& out) {
    rows_9_to_12(out);
    rows_13_to_21(out);
}

}  // namespace yinxin::tests
