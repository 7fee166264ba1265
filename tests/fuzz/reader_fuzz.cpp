// SPDX-License-Identifier: Apache-2.0
// pdf/reader: a file is read or refused, and what comes behind a revision changes nothing in it.
#include "pdf/page_marks.h"
#include "pdf/page_view.h"
#include "tests/fuzz/pdf_mutator.h"

using namespace yinxin;
using pdf::reader::Document;

namespace {

void read_revision(const Document& document, std::size_t revision) {
    for (const std::uint32_t number : document.reachable(revision)) {
        const auto* object =
            document.load({number, document.entry(number, revision)->generation}, revision);
        if (object->is_stream) {
            fuzz::accepts([&] { document.decode(*object, revision); });
        }
    }
    for (const pdf::reader::Page& page : document.pages(revision)) {
        fuzz::accepts([&] {
            const pdf::PageView view(document, page, revision);
            fuzz::holds(view.width() > 0 && view.height() > 0, "a page has a size");
            pdf::marks_on(document, page, revision);
        });
    }
}

void expect_prefix(const Document& whole, std::size_t revision) {
    const auto& all = whole.revisions();
    const auto prefix = Document::open(whole.bytes().first(all[revision].end));
    fuzz::holds(prefix.newest() == revision, "a revision by itself has the same history");
    for (const std::uint32_t number : prefix.reachable(revision)) {
        fuzz::holds(prefix.place(number, revision) == whole.place(number, revision),
                    "a revision by itself has its objects in the same places");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::accepts([&] {
        const Document document = Document::open({data, size});
        std::size_t end = 0;
        for (std::size_t revision = 0; revision <= document.newest(); ++revision) {
            const auto& each = document.revisions()[revision];
            fuzz::holds(each.begin == end && each.end > end && each.end <= size,
                        "revisions lie one behind the other");
            end = each.end;
            const bool readable = fuzz::accepts([&] { read_revision(document, revision); });
            if (readable && revision < document.newest()) {
                expect_prefix(document, revision);
            }
        }
    });
    return 0;
}
