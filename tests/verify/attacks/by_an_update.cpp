// SPDX-License-Identifier: Apache-2.0
// Rows 2, 4 to 8 and 31 to 36: what a later revision brings or changes.
#include <algorithm>

#include "tests/verify/attacks/makers.h"

namespace yinxin::tests {

using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Object;

void row_2(Attacks& out) {
    out.push_back({2,
                   "a signed byte changed in its place",
                   [](const Bytes& file) -> Made {
                       Bytes changed = file;
                       changed.at(10) ^= 1;  // in the comment below the header
                       return changed;
                   },
                   kRefused});
    out.push_back(
        {2, "content overridden", updated(content_overridden), kAltered, "object_overridden"});
    out.push_back({2,
                   "page with other content",
                   updated([](Update& update) {
                       const Reference content = update.add(test::stream_of(kOtherContent));
                       update.edit(update.page().id, {{"Contents", ref(content)}});
                       return true;
                   }),
                   kAltered,
                   "page_changed"});
    out.push_back(
        {2,
         "page with other resources",
         updated([](Update& update) {
             update.edit(update.page().id, {{"Resources", "<< /ProcSet [/PDF /Text] >>"}});
             return true;
         }),
         kAltered,
         "page_changed"});
    out.push_back({2,
                   "page turned",
                   updated([](Update& update) {
                       update.edit(update.page().id, {{"Rotate", "270"}, {"UserUnit", "2"}});
                       return true;
                   }),
                   kAltered,
                   "page_changed"});
    out.push_back({2,
                   "objects without cross-reference",
                   [](const Bytes& file) -> Made {
                       Update update(file);
                       const auto content = page_content(update);
                       if (!content) {
                           return std::nullopt;
                       }
                       return bytes_of(std::string(as_text(file)) +
                                       std::to_string(content->number) + " 0 obj\n" +
                                       test::stream_of(kOtherContent) + "\nendobj\n");
                   },
                   kAltered,
                   "bytes_behind"});
    out.push_back({2,
                   "objects and a trailer without cross-reference",
                   [](const Bytes& file) -> Made {
                       Update update(file);
                       const auto content = page_content(update);
                       if (!content) {
                           return std::nullopt;
                       }
                       return bytes_of(
                           std::string(as_text(file)) + std::to_string(content->number) +
                           " 0 obj\n" + test::stream_of(kOtherContent) +
                           "\nendobj\ntrailer\n<< /Root " + ref(update.catalog()) + " >>\n%%EOF\n");
                   },
                   kAlteredOrRefused});
    out.push_back({2,
                   "objects in front of an update that knows nothing of them",
                   [](const Bytes& file) -> Made {
                       Update update(file);
                       const auto content = page_content(update);
                       const auto next = update.fresh();
                       if (!content) {
                           return std::nullopt;
                       }
                       const std::string hidden = std::to_string(content->number) + " 0 obj\n" +
                                                  test::stream_of(kOtherContent) + "\nendobj\n";
                       const std::string known =
                           std::to_string(next.number) + " 0 obj\n(x)\nendobj\n";
                       return with_table(file,
                                         hidden + known,
                                         {{next.number, behind(file) + hidden.size()}},
                                         next.number + 1);
                   },
                   kAltered,
                   "bytes_between"});
    out.push_back({2,
                   "a number that leads to the bytes of another",
                   [](const Bytes& file) -> Made {
                       Update update(file);
                       const auto content = page_content(update);
                       const auto place =
                           update.document().place(update.page().id.number, update.newest());
                       if (!content || place.kind != pdf::reader::XrefEntry::Kind::InUse) {
                           return std::nullopt;
                       }
                       return with_table(file, "", {{content->number, place.offset}});
                   },
                   kUnreadable});
    out.push_back({2,
                   "content freed",
                   [](const Bytes& file) -> Made {
                       const auto content = page_content(Update(file));
                       return content ? Made(with_table(file, "", {{content->number, 0, 1, 'f'}}))
                                      : std::nullopt;
                   },
                   kAltered,
                   "object_freed"});
    out.push_back({2,
                   "content under another generation",
                   [](const Bytes& file) -> Made {
                       Update update(file);
                       const auto content = page_content(update);
                       const auto place =
                           content ? update.document().place(content->number, update.newest())
                                   : pdf::reader::Place{};
                       if (place.kind != pdf::reader::XrefEntry::Kind::InUse) {
                           return std::nullopt;
                       }
                       return with_table(file, "", {{content->number, place.offset, 1}});
                   },
                   kAlteredOrUnreadable});
    for (const std::uint64_t size : {0, 2, 1'000'000}) {
        out.push_back({2,
                       size > 2 ? "a /Size smaller by one" : "a /Size of " + std::to_string(size),
                       [size](const Bytes& file) -> Made {
                           const auto was = Document::open(file).revisions().back().section().size;
                           return with_table(file, "", {}, std::min(size, was - 1));
                       },
                       kAltered,
                       "size_smaller"});
    }
    out.push_back({2,
                   "content overridden, and the signature copied behind it",
                   updated([](Update& update) {
                       const auto seal = seal_object(update.document());
                       if (!seal || !content_overridden(update)) {
                           return false;
                       }
                       const Reference copy = update.fresh();
                       update.edit(*seal, {});
                       const auto& object = *update.document().load(*seal, update.newest());
                       update.put(copy, pdf::edited_dict(object, *object.value.dict(), {}));
                       update.add_field(update.add(widget(update, "[0 0 0 0]", "/V " + ref(copy))));
                       return true;
                   }),
                   kInvalid});
    out.push_back({2,
                   "a page added",
                   updated([](Update& update) {
                       const auto root =
                           *update.document().catalog(update.newest()).find("Pages")->reference();
                       const Reference content = update.add(test::stream_of(kOtherContent));
                       const Reference page =
                           update.add("<< /Type /Page /Parent " + ref(root) +
                                      " /MediaBox [0 0 200 200] /Contents " + ref(content) + " >>");
                       update.append_to(root, "Kids", ref(page));
                       return true;
                   }),
                   kAltered,
                   "pages_changed"});
    out.push_back({2,
                   "the pages taken out",
                   updated([](Update& update) {
                       const auto root =
                           *update.document().catalog(update.newest()).find("Pages")->reference();
                       update.edit(root, {{"Kids", "[]"}, {"Count", "0"}});
                       return true;
                   }),
                   kAltered,
                   "pages_changed"});
}

void rows_4_to_8(Attacks& out) {
    const auto shown = [](const Indirect& object, const Dict& dict) {
        const Object* kind = dict.find("Subtype");
        return object.is_stream && kind != nullptr &&
               (kind->is_name("Form") || kind->is_name("Image"));
    };
    out.push_back(
        {4,
         "what lies over the page made empty",
         updated([shown](Update& update) {
             const auto found = objects_with(update.document(), shown);
             if (!found.empty()) {
                 update.put(found.front(),
                            test::stream_of("", "/Type /XObject /Subtype /Form /BBox [0 0 1 1]"));
             }
             return !found.empty();
         }),
         kAltered,
         "object_overridden"});
    out.push_back(
        {4,
         "the last annotation taken off the page",
         updated([](Update& update) {
             std::string items = update.items(update.page().id, "Annots");
             const std::size_t last = items.rfind(" ", items.size() - 8);
             if (items.size() < 8) {
                 return false;
             }
             update.edit(update.page().id,
                         {{"Annots",
                           "[" + (last == std::string::npos ? "" : items.substr(0, last)) + "]"}});
             return true;
         }),
         kAltered});
    out.push_back(
        {5,
         "a font's program exchanged",
         updated([](Update& update) {
             const auto fonts =
                 objects_with(update.document(), [](const Indirect&, const Dict& dict) {
                     return dict.find("FontFile") != nullptr || dict.find("FontFile2") != nullptr ||
                            dict.find("FontFile3") != nullptr;
                 });
             for (const Reference& font : fonts) {
                 const auto& object = *update.document().load(font, update.newest());
                 for (const char* key : {"FontFile", "FontFile2", "FontFile3"}) {
                     if (const Object* program = object.value.dict()->find(key)) {
                         update.put(*program->reference(), test::stream_of("other letters"));
                         return true;
                     }
                 }
             }
             return false;
         }),
         kAltered,
         "object_overridden"});
    out.push_back({5,
                   "a font exchanged for another",
                   updated([](Update& update) {
                       const auto fonts =
                           objects_with(update.document(), [](const Indirect&, const Dict& dict) {
                               const Object* type = dict.find("Type");
                               return type != nullptr && type->is_name("Font");
                           });
                       if (!fonts.empty()) {
                           update.put(fonts.front(),
                                      "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>");
                       }
                       return !fonts.empty();
                   }),
                   kAltered,
                   "object_overridden"});
    out.push_back(
        {5,
         "the seal's appearance exchanged",
         updated([](Update& update) {
             const auto field = seal_field(update.document());
             if (field) {
                 update.edit(*field, {{"AP", "<< /N " + ref(update.add(appearance())) + " >>"}});
             }
             return field.has_value();
         }),
         kAltered,
         "field_changed"});
    out.push_back({6,
                   "another page tree",
                   updated([](Update& update) {
                       const Reference root = update.fresh(), page = update.fresh();
                       update.put(root, "<< /Type /Pages /Kids [" + ref(page) + "] /Count 1 >>");
                       update.put(page,
                                  "<< /Type /Page /Parent " + ref(root) +
                                      " /MediaBox [0 0 200 200] /Contents " +
                                      ref(update.add(test::stream_of(kOtherContent))) + " >>");
                       update.edit(update.catalog(), {{"Pages", ref(root)}});
                       return true;
                   }),
                   kAltered,
                   "catalog_changed"});
    out.push_back({6,
                   "the page tree's root overridden",
                   updated([](Update& update) {
                       const auto root =
                           *update.document().catalog(update.newest()).find("Pages")->reference();
                       update.edit(root, {{"Rotate", "90"}, {"CropBox", "[0 0 9 9]"}});
                       return true;
                   }),
                   kAltered,
                   "object_overridden"});
    out.push_back(
        {6,
         "another catalog",
         [](const Bytes& file) -> Made {
             Update update(file);
             const Reference catalog = update.fresh();
             const auto& old = *update.document().load(update.catalog(), update.newest());
             const std::string body = std::to_string(catalog.number) + " 0 obj\n" +
                                      pdf::edited_dict(old, *old.value.dict(), {{"Lang", "(x)"}}) +
                                      "\nendobj\n";
             const Bytes made =
                 with_table(file, body, {{catalog.number, behind(file)}}, catalog.number + 1);
             return replaced(made, "/Root " + ref(update.catalog()), "/Root " + ref(catalog));
         },
         kAltered,
         "trailer_changed"});
    out.push_back(
        {7,
         "an annotation over the page",
         updated([](Update& update) {
             const Reference looks = update.add(appearance());
             const Reference note = update.add(
                 "<< /Type /Annot /Subtype /FreeText /F 4 /Rect [72 500 272 540] /DA (/Helv 9 Tf) "
                 "/Contents (x) /AP << /N " +
                 ref(looks) + " >> >>");
             update.append_to(update.page().id, "Annots", ref(note));
             return true;
         }),
         kAltered,
         "annotation_added"});
    out.push_back({8,
                   "a signature field nobody signed covers the page",
                   updated([](Update& update) {
                       const Reference looks = update.add(appearance());
                       update.add_field(update.add(
                           widget(update, "[0 0 600 800]", "/AP << /N " + ref(looks) + " >>")));
                       return true;
                   }),
                   kAltered});
    out.push_back({8,
                   "a text field covers the page",
                   updated([](Update& update) {
                       const Reference looks = update.add(appearance());
                       update.add_field(
                           update.add("<< /Type /Annot /Subtype /Widget /FT /Tx /T (Added) /V (x) "
                                      "/F 4 /Rect [0 0 600 800] "
                                      "/AP << /N " +
                                      ref(looks) + " >> >>"));
                       return true;
                   }),
                   kAltered,
                   "field_added"});
}

void rows_31_to_36(Attacks& out) {
    const auto catalog = [&](int row, const char* name, const char* key, const std::string& value) {
        out.push_back({row,
                       name,
                       updated([key, value](Update& update) {
                           update.edit(update.catalog(), {{key, value}});
                           return true;
                       }),
                       kAltered,
                       "catalog_changed"});
    };
    out.push_back(
        {31,
         "an XFA form put in",
         updated([](Update& update) {
             const Reference xml =
                 update.add(test::stream_of("<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>"));
             std::string fields;
             const Dict& old = update.document().catalog(update.newest());
             const Dict* form = update.value(old, "AcroForm").dict();
             for (const Object& each : *update.value(*form, "Fields").array()) {
                 fields += ref(*each.reference()) + " ";
             }
             update.edit(update.catalog(),
                         {{"AcroForm",
                           "<< /SigFlags 3 /XFA " + ref(xml) + " /Fields [" + fields + "] >>"}});
             return true;
         }),
         kAltered,
         "form_changed"});
    out.push_back({32,
                   "other metadata",
                   updated([](Update& update) {
                       const Reference xmp =
                           update.add(test::stream_of("<x/>", "/Type /Metadata /Subtype /XML"));
                       update.edit(update.catalog(), {{"Metadata", ref(xmp)}});
                       return true;
                   }),
                   kAltered,
                   "catalog_changed"});
    catalog(32,
            "another structure tree",
            "StructTreeRoot",
            "<< /Type /StructTreeRoot /Note (other) >>");
    catalog(32, "other names", "Names", "<< /Dests << /Names [] >> /Note (other) >>");
    catalog(
        33, "an action on opening", "OpenAction", "<< /S /JavaScript /JS (app.alert\\(1\\)) >>");
    catalog(33, "further actions", "AA", "<< /WC << /S /JavaScript /JS (x) >> >>");
    catalog(33, "optional content", "OCProperties", "<< /OCGs [] /D << /BaseState /OFF >> >>");
    catalog(33,
            "a script by name",
            "Names",
            "<< /JavaScript << /Names [(a) << /S /JavaScript /JS (x) >>] >> >>");
    out.push_back({33,
                   "the content in another file",
                   updated([](Update& update) {
                       const auto content = page_content(update);
                       if (content) {
                           update.put(*content, test::stream_of("", "/F (other.bin)"));
                       }
                       return content.has_value();
                   }),
                   kAltered,
                   "object_overridden"});
    catalog(
        35, "usage rights put in", "Perms", "<< /UR3 << /Type /Sig /Filter /Adobe.PPKLite >> >>");
}

}  // namespace yinxin::tests
