// SPDX-License-Identifier: Apache-2.0
#include "verify/signature_fields.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>

#include "pdf/reader.h"
#include "tests/pdf/small_pdf.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::verify {
namespace {

std::string deflated(const std::string& data) {
    std::string out(compressBound(data.size()), '\0');
    uLongf size = out.size();
    compress(reinterpret_cast<Bytef*>(out.data()),
             &size,
             reinterpret_cast<const Bytef*>(data.data()),
             data.size());
    out.resize(size);
    return out;
}

/// Its /Perms lie in an object stream, `blanks` behind the begin of it, with the certification in
/// itself.
std::string file_with_direct_certification(std::size_t blanks) {
    std::string out = "%PDF-1.5\n";
    std::string rows;
    const auto row = [&rows](int type, std::size_t second, int third) {
        rows += static_cast<char>(type);
        rows += static_cast<char>(second >> 8);
        rows += static_cast<char>(second & 0xFF);
        rows += static_cast<char>(third);
    };
    row(0, 0, 255);
    for (const char* body : {"<< /Pages 2 0 R /Perms 4 0 R >>",
                             "<< /Kids [3 0 R] >>",
                             "<< /Type /Page /Parent 2 0 R >>"}) {
        row(1, out.size(), 0);
        out += std::to_string(rows.size() / 4 - 1) + " 0 obj\n" + body + "\nendobj\n";
    }
    row(2, 5, 0);
    row(1, out.size(), 0);
    const std::string packed =
        deflated("4 0 " + std::string(blanks, ' ') +
                 "<< /DocMDP << /SubFilter /ETSI.CAdES.detached /ByteRange [0 1 2 3] /Contents "
                 "<3000> >> >>");
    out += "5 0 obj\n" +
           test::stream_of(packed, "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode") +
           "\nendobj\n";
    const std::size_t start = out.size();
    row(1, start, 0);
    return out + "6 0 obj\n" + test::stream_of(rows, "/Type /XRef /W [1 2 1] /Root 1 0 R /Size 7") +
           "\nendobj\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

TEST(SignatureFields, ACertificationIsAReferenceToASignature) {
    static const tests::SealedFiles files;
    for (const std::size_t blanks : {0U, 100'000U}) {
        const auto report = files.check(as_bytes(file_with_direct_certification(blanks)));
        EXPECT_EQ(report.integrity, Integrity::Invalid);
        EXPECT_TRUE(tests::has_finding(report, "value_no_dictionary"));
    }
}

}  // namespace
}  // namespace yinxin::verify
