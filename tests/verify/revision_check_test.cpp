// SPDX-License-Identifier: Apache-2.0
// Later revisions that bring nothing but a cross-reference: what the signed revision had must still
// be there.
#include "verify/revision_check.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <map>

#include "pdf/reader.h"
#include "pdf/revision_writer.h"
#include "tests/verify/attacks/editing.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::verify {
namespace {

using pdf::reader::Document;
using tests::has_finding;
using tests::SealedFiles;

const SealedFiles& files() {
    static const SealedFiles made;
    return made;
}

Bytes with_size(const Bytes& file, std::uint64_t size) {
    return tests::with_table(file, "", {}, size);
}

TEST(RevisionCheck, AnEmptySectionChangesNothing) {
    for (const Bytes& good : {files().certified(), files().approved()}) {
        const auto size = Document::open(good).revisions().back().section().size;
        EXPECT_EQ(files().check(with_size(good, size)).integrity, Integrity::Intact);
        EXPECT_EQ(files().check(with_size(good, size + 1)).integrity, Integrity::Intact);
    }
}

TEST(RevisionCheck, ValidationDataOnlyGrows) {
    const std::string der(as_text(files().root()));
    for (const Bytes& good : {files().certified(), files().approved()}) {
        const auto with_dss = [](const Bytes& file, const std::vector<std::string>& streams) {
            const Document document = Document::open(file);
            pdf::RevisionWriter writer(document);
            std::string list;
            for (const std::string& each : streams) {
                const auto id = writer.new_object();
                writer.put(id, test::stream_of(each));
                list += pdf::reference_text(id) + " ";
            }
            const auto id = document.catalog_id(document.newest());
            const auto& catalog = *document.load(id, document.newest());
            writer.put(id,
                       pdf::edited_dict(catalog,
                                        *catalog.value.dict(),
                                        {{"DSS", "<< /Type /DSS /Certs [" + list + "] >>"}}));
            std::size_t ignored = 0;
            return writer.finish({}, ignored);
        };
        const Bytes one = with_dss(good, {der});
        ASSERT_EQ(files().check_as_own(one).integrity, Integrity::Intact);
        // all of it written again under other numbers, and one more
        EXPECT_EQ(files().check_as_own(with_dss(one, {der, "another"})).integrity,
                  Integrity::Intact);
        const auto report = files().check(with_dss(one, {"another"}));
        EXPECT_EQ(report.integrity, Integrity::Altered);
        EXPECT_TRUE(has_finding(report, "dss_removed"));
        EXPECT_TRUE(has_finding(report, "object_lost"));
    }
}

/// A revision that puts what `write` puts.
Bytes with_objects(const Bytes& file,
                   const std::function<void(const Document&, pdf::RevisionWriter&)>& write) {
    const Document document = Document::open(file);
    pdf::RevisionWriter writer(document);
    write(document, writer);
    return writer.finish();
}

void put_in_catalog(const Document& document,
                    pdf::RevisionWriter& writer,
                    const std::map<std::string, std::string>& members) {
    const auto id = document.catalog_id(document.newest());
    const auto& catalog = *document.load(id, document.newest());
    writer.put(id, pdf::edited_dict(catalog, *catalog.value.dict(), members));
}

/// So many objects, each made of the reference to the next; the first is answered.
pdf::reader::Reference put_chain(pdf::RevisionWriter& writer,
                                 const std::string& before,
                                 const std::string& after) {
    const auto first = writer.new_object();
    auto last = first;
    for (int i = 0; i < 40'000; ++i) {
        const auto next = writer.new_object();
        writer.put(last, before + pdf::reference_text(next) + after);
        last = next;
    }
    writer.put(last, "null");
    return first;
}

TEST(RevisionCheck, AChainOfReferencesIsFollowedToItsEnd) {
    const Bytes added = with_objects(files().approved(), [](const auto& document, auto& writer) {
        const auto first = put_chain(writer, "[", "]");
        put_in_catalog(
            document, writer, {{"DSS", "<< /VRI " + pdf::reference_text(first) + " >>"}});
    });
    EXPECT_EQ(files().check(added).integrity, Integrity::Intact);
    const Bytes gone = with_objects(added, [](const auto& document, auto& writer) {
        put_in_catalog(document, writer, {{"DSS", "<< /VRI << >> >>"}});
    });
    EXPECT_NE(files().check(gone).integrity, Integrity::Intact);
}

TEST(RevisionCheck, FieldsNestedAsDeeplyAsThereAreObjectsAreNotFollowed) {
    const auto form_of = [](const Document& document) {
        const std::size_t newest = document.newest();
        return *document.value(document.catalog(newest), "AcroForm", newest)
                    .dict()
                    ->find("Fields")
                    ->array();
    };
    std::string own;
    pdf::reader::Reference first{};
    Bytes file = with_objects(files().approved(), [&](const auto& document, auto& writer) {
        own = pdf::reference_text(*form_of(document).front().reference());
        first = put_chain(writer, "<< /Kids [", "] >>");
        put_in_catalog(
            document,
            writer,
            {{"AcroForm",
              "<< /SigFlags 3 /Fields [" + own + " " + pdf::reference_text(first) + "] >>"}});
    });
    file = with_objects(file,
                        [](const auto&, auto& writer) { writer.put(writer.new_object(), "null"); });
    file = with_objects(file, [&](const auto&, auto& writer) { writer.put(first, "<< >>"); });
    EXPECT_EQ(files().check(file).integrity, Integrity::NotChecked);
}

}  // namespace
}  // namespace yinxin::verify
