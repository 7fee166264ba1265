// SPDX-License-Identifier: Apache-2.0
// Later revisions that bring nothing but a cross-reference: what the signed revision had must still
// be there.
#include "verify/revision_check.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "pdf/reader.h"
#include "pdf/revision_writer.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::verify {
namespace {

using pdf::reader::Document;
using pdf::reader::Place;
using pdf::reader::XrefEntry;
using tests::has_finding;
using tests::SealedFiles;

const SealedFiles& files() {
    static const SealedFiles made;
    return made;
}

struct Entry {
    std::uint32_t number = 0;
    std::size_t offset = 0;
    int generation = 0;
    char kind = 'n';
};

/// One more revision with these cross-reference entries, this /Size and these trailer members.
Bytes with_section(const Bytes& file,
                   const std::vector<Entry>& entries,
                   std::uint64_t size,
                   const std::string& members) {
    const Document document = Document::open(file);
    std::string out(as_text(file));
    const std::size_t start = out.size();
    out += "xref\n";
    for (const Entry& each : entries) {
        char line[64];
        std::snprintf(line,
                      sizeof line,
                      "%u 1\n%010zu %05d %c \n",
                      each.number,
                      each.offset,
                      each.generation,
                      each.kind);
        out += line;
    }
    out += "trailer\n<< /Size " + std::to_string(size) + " /Prev " +
           std::to_string(document.revisions().back().section().offset) + members +
           " >>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
    return to_bytes(as_bytes(out));
}

/// The trailer's own members, as the newest revision has them.
std::string members_of(const Document& document) {
    const auto& section = document.revisions().back().section();
    std::string members;
    for (const auto& member : section.dict().members()) {
        if (member.key != "Size" && member.key != "Prev") {
            const auto value =
                as_text(document.bytes())
                    .substr(member.value.extent().begin, member.value.extent().size());
            members += " /" + member.key + " " + std::string(value);
        }
    }
    return members;
}

Bytes with_entries(const Bytes& file, const std::vector<Entry>& entries) {
    const Document document = Document::open(file);
    return with_section(
        file, entries, document.revisions().back().section().size, members_of(document));
}

Bytes with_size(const Bytes& file, std::uint64_t size) {
    return with_section(file, {}, size, members_of(Document::open(file)));
}

std::size_t offset_of(const Bytes& file, std::uint32_t number) {
    const Document document = Document::open(file);
    const Place place = document.place(number, document.newest());
    EXPECT_EQ(place.kind, XrefEntry::Kind::InUse);
    return place.offset;
}

/// Certified and approved, judged as ours and as somebody else's.
void expect_altered(const std::string& what,
                    const char* finding,
                    const std::function<Bytes(const Bytes&)>& change) {
    for (const Bytes& good : {files().certified(), files().approved()}) {
        const Bytes changed = change(good);
        for (const auto& report : {files().check(changed), files().check_as_own(changed)}) {
            EXPECT_EQ(report.integrity, Integrity::Altered)
                << what << ": " << to_text(report.integrity);
            EXPECT_TRUE(has_finding(report, finding)) << what;
        }
    }
}

TEST(RevisionCheck, AnEmptySectionChangesNothing) {
    for (const Bytes& good : {files().certified(), files().approved()}) {
        const auto size = Document::open(good).revisions().back().section().size;
        EXPECT_EQ(files().check(with_size(good, size)).integrity, Integrity::Intact);
        EXPECT_EQ(files().check(with_size(good, size + 1)).integrity, Integrity::Intact);
    }
}

TEST(RevisionCheck, AnObjectMayNotVanishBehindAnotherGeneration) {
    // the page's content: its bytes stay where they are, and "4 0 R" leads nowhere
    expect_altered("another generation", "object_overridden", [](const Bytes& good) {
        return with_entries(good, {{4, offset_of(good, 4), 1}});
    });
}

TEST(RevisionCheck, AnObjectMayNotBeFreed) {
    expect_altered("freed", "object_freed", [](const Bytes& good) {
        return with_entries(good, {{4, 0, 1, 'f'}});
    });
}

TEST(RevisionCheck, ASizeBelowTheOldOneHidesObjects) {
    // ISO 32000-1, 7.5.5: what is numbered from /Size on is missing
    for (const std::uint64_t size : {0, 4, 6}) {
        expect_altered("/Size " + std::to_string(size), "size_smaller", [&](const Bytes& good) {
            return with_size(good, size);
        });
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

TEST(RevisionCheck, ANumberMayNotLeadToTheBytesOfAnother) {
    for (const Bytes& good : {files().certified(), files().approved()}) {
        const Bytes changed = with_entries(good, {{4, offset_of(good, 3), 0}});
        EXPECT_EQ(files().check(changed).integrity, Integrity::Unreadable);
    }
}

}  // namespace
}  // namespace yinxin::verify
