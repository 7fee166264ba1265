// SPDX-License-Identifier: Apache-2.0
// Rows 23 to 30: the structure of the file.
#include <algorithm>

#include "tests/verify/attacks/makers.h"

namespace yinxin::tests {

using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Indirect;
using pdf::reader::Object;

using verify::Integrity;

void rows_23_to_30(Attacks& out) {
    out.push_back({23,
                   "a hybrid update: the stream places the content elsewhere",
                   [](const Bytes& file) -> Made {
                       Update update(file);
                       const auto content = page_content(update);
                       if (!content) {
                           return std::nullopt;
                       }
                       const std::size_t start = behind(file);
                       const std::string body = std::to_string(content->number) + " 0 obj\n" +
                                                test::stream_of(kOtherContent) + "\nendobj\n";
                       const std::size_t stream_at = start + body.size();
                       std::string row(7, '\0');
                       row[0] = 1;
                       for (std::size_t i = 0; i < 4; ++i) {
                           row[4 - i] = static_cast<char>(start >> (8 * i) & 0xFF);
                       }
                       const Reference number = update.fresh();
                       const std::string hidden =
                           std::to_string(number.number) + " 0 obj\n" +
                           test::stream_of(row,
                                           "/Type /XRef /W [1 4 2] /Index [" +
                                               std::to_string(content->number) + " 1] /Size " +
                                               std::to_string(number.number + 1)) +
                           "\nendobj\n";
                       return with_table(file,
                                         body + hidden,
                                         {},
                                         number.number + 1,
                                         " /XRefStm " + std::to_string(stream_at));
                   },
                   kAlteredOrRefused});
    out.push_back({25,
                   "a key twice in the catalog",
                   [](const Bytes& file) -> Made {
                       Update update(file);
                       const auto& old = *update.document().load(update.catalog(), update.newest());
                       std::string body = pdf::edited_dict(old, *old.value.dict(), {});
                       body.insert(body.size() - 2,
                                   "/Pages " + update.text(update.catalog(), "Pages") + " ");
                       return appended(file, {{update.catalog(), body}});
                   },
                   kUnreadable});
    out.push_back({25,
                   "an object number twice in one cross-reference",
                   [](const Bytes& file) -> Made {
                       const Reference id = Update(file).catalog();
                       const std::size_t at = offset_of(file, id.number);
                       return with_table(file, "", {{id.number, at}, {id.number, at}});
                   },
                   kUnreadable});
    out.push_back({26,
                   "a cross-reference that is not where it should be",
                   [](const Bytes& file) -> Made {
                       std::string text(as_text(file));
                       const std::size_t at =
                           text.find_first_of("0123456789", text.rfind("startxref"));
                       return bytes_of(text.replace(at, 1, text[at] == '1' ? "2" : "1"));
                   },
                   kUnreadable});
    out.push_back({26,
                   "the end cut off",
                   [](const Bytes& file) -> Made {
                       const std::string text(as_text(file));
                       return bytes_of(text.substr(0, text.rfind("startxref")));
                   },
                   kRefused});
    for (const char* junk : {"\n", "GIF89a", "PK\x03\x04", "%PDF-1.4\n"}) {
        out.push_back({27,
                       "in front: " + to_hex(as_bytes(junk)),
                       [junk](const Bytes& file) -> Made {
                           return bytes_of(junk + std::string(as_text(file)));
                       },
                       kUnreadable});
    }
    for (const char* tail : {"x", "tail\n%%EOF\n", "PK\x05\x06"}) {
        out.push_back({27,
                       "behind: " + to_hex(as_bytes(tail)),
                       [tail](const Bytes& file) -> Made {
                           return bytes_of(std::string(as_text(file)) + tail);
                       },
                       kAltered,
                       "bytes_behind"});
    }
    out.push_back({28,
                   "validation data that unpacks to very much",
                   updated([](Update& update) {
                       // a run of zeros packed by hand: stored blocks would be as large as what
                       // they hold
                       const Reference bomb = update.fresh();
                       update.put(bomb,
                                  test::stream_of("x\x9c" + std::string(2'000'000, '\0'),
                                                  "/Filter /FlateDecode"));
                       update.edit(update.catalog(), {{"DSS", "<< /Certs [" + ref(bomb) + "] >>"}});
                       return true;
                   }),
                   kNever});
    out.push_back(
        {29,
         "arrays in arrays",
         updated([](Update& update) {
             update.edit(
                 update.catalog(),
                 {{"DSS", "<< /Certs " + std::string(5000, '[') + std::string(5000, ']') + " >>"}});
             return true;
         }),
         kNever});
    out.push_back({29,
                   "a page tree that contains itself",
                   updated([](Update& update) {
                       const auto root =
                           *update.document().catalog(update.newest()).find("Pages")->reference();
                       update.append_to(root, "Kids", ref(root));
                       return true;
                   }),
                   kUnreadable});
    out.push_back(
        {29,
         "a cross-reference that leads to itself",
         [](const Bytes& file) -> Made {
             const Bytes made = with_table(file, "", {});
             const Document document = Document::open(made);
             const auto& section = document.revisions().back().section();
             const std::string old = "/Prev " + std::to_string(*section.previous);
             return replaced(
                 made,
                 old,
                 fitted("/Prev " + std::to_string(section.offset),
                        0 + std::max(old.size(), std::to_string(section.offset).size() + 6)));
         },
         kUnreadable});
    for (const char* number : {"99999999999999999999", "9223372036854775807", "-1", "4294967296"}) {
        out.push_back(
            {30,
             std::string("/Size ") + number,
             [number](const Bytes& file) -> Made {
                 const auto size = Document::open(file).revisions().back().section().size;
                 return replaced(with_table(file, "", {}),
                                 "<< /Size " + std::to_string(size),
                                 std::string("<< /Size ") + number);
             },
             std::string(number) == "4294967296" || std::string(number) == "9223372036854775807"
                 ? Verdicts{Integrity::Intact, Integrity::Altered}
                 : kNever});
    }
    for (const char* number :
         {"99999999999999999999", "9223372036854775807", "18446744073709551615"}) {
        out.push_back({30,
                       std::string("/Prev ") + number,
                       [number](const Bytes& file) -> Made {
                           const auto offset =
                               Document::open(file).revisions().back().section().offset;
                           return replaced(with_table(file, "", {}),
                                           "/Prev " + std::to_string(offset),
                                           std::string("/Prev ") + number);
                       },
                       kUnreadable});
    }
}

}  // namespace yinxin::tests
