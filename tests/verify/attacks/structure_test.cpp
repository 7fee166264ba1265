// SPDX-License-Identifier: Apache-2.0
// Rows 24, 28 to 31, 33, 35 and 36: files that are built to mislead or to exhaust the reader.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include "tests/verify/attacks/editing.h"
#include "tests/verify/attacks/targets.h"

namespace yinxin::tests {
namespace {

using verify::Integrity;

Bytes sealed(const std::vector<std::string>& objects) {
    const Bytes made = makers().own().seal(as_bytes(test::pdf_of(objects)), false);
    EXPECT_EQ(makers().check(made).integrity, Integrity::Intact);
    return made;
}

const std::string kPages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
const std::string kPage = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>";

/// Deflated: very many zeros in very few bytes.
std::string bomb(std::size_t megabytes) {
    z_stream stream{};
    EXPECT_EQ(deflateInit(&stream, 9), Z_OK);
    const std::string zeros(1u << 20, '\0');
    std::string out(megabytes << 11, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    for (std::size_t i = 0; i < megabytes; ++i) {
        stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(zeros.data()));
        stream.avail_in = static_cast<uInt>(zeros.size());
        deflate(&stream, i + 1 == megabytes ? Z_FINISH : Z_NO_FLUSH);
    }
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// What takes quadratic time takes many times this.
constexpr unsigned kCpuSeconds = 3;

/// In a process of its own, which ends well when this is the answer.
[[noreturn]] void check_in_time(const Bytes& file, Integrity expected) {
    const rlimit cpu{kCpuSeconds, kCpuSeconds};
    ::setrlimit(RLIMIT_CPU, &cpu);
    std::_Exit(makers().check(file).integrity == expected ? 0 : 1);
}

TEST(Structure, Row24ASignatureInAnObjectStream) {
    // the dictionary is where no byte scanner sees it, and where ByteRange cannot leave it out
    const Bytes file = makers().compressed_by_other();
    const std::string text(as_text(file));
    const std::size_t begin = text.find("<< /Type /Sig"), end = text.find("endobj", begin);
    const std::string dict = text.substr(begin, end - begin);
    Update update(file);
    const Reference inside = update.fresh(), container = update.fresh(), field = update.fresh();
    const std::string head = std::to_string(inside.number) + " 0 ";
    const std::size_t start = behind(file);
    std::string body =
        std::to_string(container.number) + " 0 obj\n" +
        test::stream_of(head + dict, "/Type /ObjStm /N 1 /First " + std::to_string(head.size())) +
        "\nendobj\n";
    const std::size_t field_at = start + body.size();
    body += std::to_string(field.number) + " 0 obj\n<< /FT /Sig /T (In) /V " + ref(inside) +
            " >>\nendobj\n";
    const std::size_t catalog_at = start + body.size();
    body += "1 0 obj\n<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R " + ref(field) +
            "] /SigFlags 3 >> >>\nendobj\n";
    const std::size_t stream_at = start + body.size();
    std::string rows;
    const auto row = [&](char kind, std::size_t place) {
        rows += kind;
        for (int shift = 24; shift >= 0; shift -= 8) {
            rows += static_cast<char>(place >> shift & 0xFF);
        }
        rows += std::string(2, '\0');
    };
    row(1, catalog_at);
    row(2, container.number);
    row(1, start);
    row(1, field_at);
    const std::uint32_t own = field.number + 1;
    body += std::to_string(own) + " 0 obj\n" +
            test::stream_of(
                rows,
                "/Type /XRef /W [1 4 2] /Root 1 0 R /Size " + std::to_string(own) +
                    " /Index [1 1 " + std::to_string(inside.number) + " 3] /Prev " +
                    std::to_string(Update(file).document().revisions().back().section().offset)) +
            "\nendobj\nstartxref\n" + std::to_string(stream_at) + "\n%%EOF\n";
    const auto report = makers().check(bytes_of(text + (start == file.size() ? "" : "\n") + body));
    EXPECT_EQ(report.integrity, Integrity::Invalid);
    EXPECT_TRUE(has_finding(report, "in_object_stream"));
}

TEST(Structure, Row28BombsAreNotDecided) {
    // where the reader must unpack: validation data, object streams, cross-reference streams
    const std::string packed = bomb(300);
    for (const char* list : {"Certs", "CRLs", "OCSPs"}) {
        Update update(makers().by_other("", false));
        const Reference data = update.add(test::stream_of(packed, "/Filter /FlateDecode"));
        update.edit(update.catalog(),
                    {{"DSS", std::string("<< /") + list + " [" + ref(data) + "] >>"}});
        const auto report = makers().check(update.done());
        EXPECT_EQ(report.integrity, Integrity::NotChecked) << list;
        EXPECT_TRUE(has_finding(report, "limit")) << list;
    }
    const std::string twice = [&] {
        std::string out(packed.size() + 1024, '\0');
        uLongf size = out.size();
        compress2(reinterpret_cast<Bytef*>(out.data()),
                  &size,
                  reinterpret_cast<const Bytef*>(packed.data()),
                  packed.size(),
                  9);
        out.resize(size);
        return out;
    }();
    Update update(makers().by_other("", false));
    const Reference data =
        update.add(test::stream_of(twice, "/Filter [/FlateDecode /FlateDecode]"));
    update.edit(update.catalog(), {{"DSS", "<< /Certs [" + ref(data) + "] >>"}});
    EXPECT_EQ(makers().check(update.done()).integrity, Integrity::NotChecked);
    // what nobody needs to unpack does no harm
    EXPECT_EQ(makers()
                  .check(sealed(
                      {"<< /Type /Catalog /Pages 2 0 R >>",
                       kPages,
                       "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
                       test::stream_of(packed, "/Filter /FlateDecode")}))
                  .integrity,
              Integrity::Intact);
}

TEST(Structure, Row29NestingIsNotDecided) {
    const std::string deep =
        test::pdf_of({"<< /Type /Catalog /Pages 2 0 R /Deep " + std::string(5000, '[') + " >>",
                      "<< /Type /Pages /Kids [] /Count 0 >>"});
    const auto report = makers().check(as_bytes(deep));
    EXPECT_EQ(report.integrity, Integrity::NotChecked);
    EXPECT_TRUE(has_finding(report, "limit"));
}

TEST(Structure, Row29LoopsAreUnreadable) {
    const Bytes file = makers().by_other("", false);
    Update kids(file);
    kids.edit({7, 0}, {{"Kids", "[7 0 R]"}});
    EXPECT_EQ(makers().check(kids.done()).integrity, Integrity::Unreadable);
    Update length(file);
    length.put({4, 0}, "<< /Length 4 0 R >>\nstream\nx\nendstream");
    EXPECT_EQ(makers().check(length.done()).integrity, Integrity::Unreadable);
}

TEST(Structure, Row29VeryManyKeysAreComparedInTime) {
    std::string keys;
    for (int i = 0; i < 100'000; ++i) {
        keys += "/Key" + std::to_string(i) + " 0 ";
    }
    const Bytes file =
        with_catalog(sealed({"<< /Type /Catalog /Pages 2 0 R " + keys + ">>", kPages, kPage}),
                     {{"Key99999", "1"}});
    EXPECT_EXIT(check_in_time(file, Integrity::Altered), testing::ExitedWithCode(0), "");
}

/// One page and a form whose one field has these members and so many fields below it.
Bytes with_fields(const std::string& members, int count, const std::string& each) {
    std::vector<std::string> objects{
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>", kPages, kPage, ""};
    std::string kids;
    for (int i = 0; i < count; ++i) {
        objects.push_back(each);
        kids += std::to_string(objects.size()) + " 0 R ";
    }
    objects[3] = "<< " + members + " /Kids [" + kids + "] >>";
    return bytes_of(test::pdf_of(objects));
}

TEST(Structure, Row29ALongNameIsNotCopiedForEachFieldBelowIt) {
    const Bytes file =
        with_fields("/T (" + std::string(6u << 20, 'x') + ")", 45'000, "<< /FT /Tx >>");
    EXPECT_EXIT(check_in_time(file, Integrity::Unsigned), testing::ExitedWithCode(0), "");
}

TEST(Structure, Row29ManyMoreSignaturesThanAnybodyMakesAreNotDecided) {
    const std::string signature = "<< /V << /ByteRange [0 1 2 3] >> >>";
    EXPECT_EQ(makers().check(with_fields("/FT /Sig", 100, signature)).integrity,
              Integrity::Invalid);
    const auto report = makers().check(with_fields("/FT /Sig", 101, signature));
    EXPECT_EQ(report.integrity, Integrity::NotChecked);
    EXPECT_TRUE(has_finding(report, "limit"));
}

TEST(Structure, Row30HugeNumbersInASignature) {
    const std::string pdf(as_text(makers().by_other("", false)));
    for (const char* number :
         {"9223372036854775807", "18446744073709551615", "4294967296", "-9223372036854775808"}) {
        for (int which = 0; which < 4; ++which) {
            std::string range = "[";
            for (int i = 0; i < 4; ++i) {
                range += (i == which ? std::string(number) : "10") + " ";
            }
            Update update(makers().by_other("", false));
            update.edit({9, 0}, {{"ByteRange", range + "]"}});
            const auto integrity = makers().check(update.done()).integrity;
            EXPECT_TRUE(integrity == Integrity::Invalid || integrity == Integrity::Unreadable)
                << range;
        }
    }
}

TEST(Structure, Row31FormsOfXmlAreNotDecided) {
    const std::string laughs = "<!DOCTYPE x [<!ENTITY a \"" + std::string(1000, 'a') +
                               "\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><x>&b;</x>";
    const Bytes file = makers().own().seal(
        as_bytes(
            test::pdf_of({"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] /XFA 4 0 R >> >>",
                          kPages,
                          kPage,
                          test::stream_of(laughs)})),
        false);
    const auto report = makers().check(file);
    EXPECT_EQ(report.integrity, Integrity::NotChecked);
    EXPECT_TRUE(has_finding(report, "xfa"));
    // metadata are never parsed
    sealed({"<< /Type /Catalog /Pages 2 0 R /Metadata 4 0 R >>",
            kPages,
            kPage,
            test::stream_of(laughs, "/Type /Metadata /Subtype /XML")});
}

TEST(Structure, Row33WhatMayChangeByItselfIsAWarning) {
    const auto warned =
        [](const std::string& catalog, const std::string& page, const std::string& more) {
            return has_finding(
                makers().check(sealed(
                    {"<< /Type /Catalog /Pages 2 0 R " + catalog + " >>",
                     kPages,
                     "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R " +
                         page + " >>",
                     more})),
                "dynamic_content");
        };
    const std::string plain = test::stream_of("0 0 m 9 9 l S");
    EXPECT_FALSE(warned("", "", plain));
    EXPECT_TRUE(warned("/OpenAction [3 0 R /Fit]", "", plain));
    EXPECT_TRUE(warned("/AA << /WC << /S /JavaScript /JS (x) >> >>", "", plain));
    EXPECT_TRUE(warned("/OCProperties << /OCGs [] /D << >> >>", "", plain));
    EXPECT_TRUE(warned(
        "/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (x) >>] >> >>", "", plain));
    EXPECT_TRUE(warned("", "/AA << /O << /S /GoTo /D [3 0 R /Fit] >> >>", plain));
    EXPECT_TRUE(
        warned("",
               "/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /JavaScript /JS (x) >> >>]",
               plain));
    EXPECT_TRUE(warned("", "", test::stream_of("", "/F (other.bin)")));
    EXPECT_TRUE(warned("", "", test::stream_of("", "/OPI << /2.0 << /F (x) >> >>")));
}

TEST(Structure, Row35UsageRightsAreNoSigner) {
    const std::string rights = "/Perms << /UR3 5 0 R >>";
    const std::vector<std::string> objects{
        "<< /Type /Catalog /Pages 2 0 R " + rights + " >>",
        kPages,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        test::stream_of("0 0 m 9 9 l S"),
        signature_dictionary("adbe.pkcs7.detached")};
    const Bytes alone = filled(test::pdf_of(objects), [](ByteView covered) {
        return make_cms(makers().other(), covered);
    });
    const auto unsigned_file = makers().check(alone);
    EXPECT_EQ(unsigned_file.integrity, Integrity::Unsigned);
    EXPECT_TRUE(has_finding(unsigned_file, "usage_rights"));
    const auto report = makers().check(makers().own().seal(alone, false));
    EXPECT_EQ(report.integrity, Integrity::Intact);
    EXPECT_EQ(report.signatures.size(), 1U);
}

TEST(Structure, Row36OneValueInTwoFieldsCountsOnce) {
    Update update(makers().by_other("", false));
    update.add_field(update.add(
        "<< /FT /Sig /T (Twin) /V 9 0 R /Type /Annot /Subtype /Widget /F 132 /Rect [0 0 0 0] >>"));
    const auto report = makers().check(update.done());
    EXPECT_EQ(report.signatures.size(), 1U);
    EXPECT_TRUE(has_finding(report, "one_value_two_fields"));
    EXPECT_EQ(makers().check(update.done(), true).signatures.size(), 1U);
}

}  // namespace
}  // namespace yinxin::tests
