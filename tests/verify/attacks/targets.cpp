// SPDX-License-Identifier: Apache-2.0
#include "tests/verify/attacks/targets.h"

#include "keys/crypto/digest.h"
#include "pdf/evidence_update.h"
#include "signer/document_timestamp.h"
#include "signer/timestamp.h"
#include "tests/verify/attacks/editing.h"

namespace yinxin::tests {

namespace {

const CertificateWish kAuthority{.organization = "Elsewhere",
                                 .name = "Authority",
                                 .extensions = {{"basicConstraints", "critical,CA:TRUE"},
                                                {"keyUsage", "critical,keyCertSign,cRLSign"},
                                                {"subjectKeyIdentifier", "hash"}},
                                 .from = {},
                                 .to = {}};

CertificateWish in_time(CertificateWish wish, Time now) {
    wish.from = now - std::chrono::hours(24);
    wish.to = now + std::chrono::hours(24 * 3000);
    return wish;
}

std::string certification(int level) {
    return "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type "
           "/TransformParams /V /1.2 /P " +
           std::to_string(level) + " >> >>]";
}

}  // namespace

Makers::Makers()
    : authority_("RSA:2048", in_time(kAuthority, own_.now())),
      other_("RSA:2048", wish("Signer"), &authority_),
      trust_({own_.root(), tsa_.root(), authority_.certificate()}) {}

CertificateWish Makers::wish(const std::string& name) const {
    return in_time({.organization = "Elsewhere",
                    .name = name,
                    .extensions = {{"keyUsage", "critical,digitalSignature,nonRepudiation"},
                                   {"authorityKeyIdentifier", "keyid"}},
                    .from = {},
                    .to = {}},
                   now());
}

Bytes Makers::by_other(const std::string& members, bool certifies, const CmsWish& cms) const {
    const std::string pdf = test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R 8 0 R] /SigFlags 3 /DA (/Helv "
         "0 Tf 0 g) /DR << /Font "
         "<< /Helv 6 0 R >> >> >> " +
             std::string(certifies ? "/Perms << /DocMDP 9 0 R >> " : "") + ">>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents [4 0 R 5 0 R] /Resources "
         "<< /Font << /F1 6 0 R >> "
         "/XObject << /X 10 0 R >> >> /Annots [7 0 R 8 0 R] >>",
         test::stream_of("BT /F1 12 Tf 72 700 Td (Amount: 100) Tj ET"),
         test::stream_of("q /X Do Q"),
         "<< /Type /Font /Subtype /TrueType /BaseFont /Helvetica /FontDescriptor 11 0 R >>",
         "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (old) /F 4 /P 3 0 R /Rect [72 600 "
         "272 620] /DA (/Helv 9 Tf) "
         "/AP << /N 12 0 R >> >>",
         "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /F 132 /P 3 0 R /Rect [0 0 0 0] "
         "/V 9 0 R >>",
         signature_dictionary("adbe.pkcs7.detached", "/M (D:20260101000000Z) " + members),
         test::stream_of("0 0 1 1 re f", "/Type /XObject /Subtype /Form /BBox [0 0 1 1]"),
         "<< /Type /FontDescriptor /FontName /Helvetica /Flags 32 /FontFile2 13 0 R >>",
         test::stream_of("BT /Helv 9 Tf (old) Tj ET",
                         "/Type /XObject /Subtype /Form /BBox [0 0 200 20]"),
         test::stream_of("letters", "/Length1 7")},
        "/ID [<00> <00>]");
    return filled(pdf, [&](ByteView covered) { return make_cms(other_, covered, cms); });
}

Bytes Makers::certified_by_other(int level) const {
    return by_other(certification(level), true);
}

Bytes Makers::compressed_by_other() const {
    const std::vector<std::string> packed{
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] /SigFlags 3 >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Annots [5 0 R] >>"};
    std::string out = "%PDF-1.5\n%\xE2\xE3\xCF\xD3\n", heads, bodies;
    for (std::size_t i = 0; i < packed.size(); ++i) {
        heads += std::to_string(i + 1) + " " + std::to_string(bodies.size()) + " ";
        bodies += packed[i] + " ";
    }
    std::vector<std::size_t> offsets(9, 0);
    const auto object = [&](std::size_t number, const std::string& body) {
        offsets.at(number) = out.size();
        out += std::to_string(number) + " 0 obj\n" + body + "\nendobj\n";
    };
    object(4, test::stream_of("0 0 m 9 9 l S"));
    object(5,
           "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /F 132 /P 3 0 R /Rect [0 0 0 "
           "0] /V 6 0 R >>");
    object(6, signature_dictionary("adbe.pkcs7.detached"));
    object(7,
           test::stream_of(heads + bodies,
                           "/Type /ObjStm /N 3 /First " + std::to_string(heads.size())));
    offsets.at(8) = out.size();
    std::string rows(7, '\0');
    const auto row = [&](char kind, std::size_t place, std::size_t index) {
        rows += kind;
        for (int shift = 24; shift >= 0; shift -= 8) {
            rows += static_cast<char>(place >> shift & 0xFF);
        }
        rows += static_cast<char>(index >> 8 & 0xFF);
        rows += static_cast<char>(index & 0xFF);
    };
    for (std::size_t i = 0; i < packed.size(); ++i) {
        row(2, 7, i);
    }
    for (std::size_t number = 4; number < offsets.size(); ++number) {
        row(1, offsets[number], 0);
    }
    object(8, test::stream_of(rows, "/Type /XRef /W [1 4 2] /Size 9 /Root 1 0 R /ID [<00> <00>]"));
    out += "startxref\n" + std::to_string(offsets[8]) + "\n%%EOF\n";
    return filled(out, [&](ByteView covered) { return make_cms(other_, covered); });
}

Bytes Makers::archived(const Bytes& sealed) const {
    const Bytes nonce{1, 2, 3, 4, 5, 6, 7, 8};
    const auto token = [&](ByteView imprint) {
        return signer::timestamp_token(tsa_.answer(signer::timestamp_request(imprint, nonce)));
    };
    pdf::Evidence evidence;
    evidence.certificates = {own_.root(), tsa_.certificate()};
    const Bytes kept = pdf::append_evidence(sealed, evidence, std::string(40, 'A'));
    signer::PreparedTimestamp prepared =
        signer::prepare_timestamp(kept, token(keys::sha256({})).size());
    const Bytes stamp = token(prepared.imprint);
    return signer::complete_timestamp(std::move(prepared), stamp);
}

Bytes Makers::signed_again(const Bytes& file, const std::string& rect, const Person& signer) const {
    Update update(file);
    const Reference value = update.add(signature_dictionary("adbe.pkcs7.detached"));
    const Reference looks = update.add(test::stream_of(
        "1 1 1 rg 0 0 200 40 re f", "/Type /XObject /Subtype /Form /BBox [0 0 200 40]"));
    update.add_field(update.add("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Again) /F 132 /P " +
                                ref(update.page().id) + " /Rect " + rect + " /V " + ref(value) +
                                " /AP << /N " + ref(looks) + " >> >>"));
    return filled(std::string(as_text(update.done())),
                  [&](ByteView covered) { return make_cms(signer, covered); });
}

verify::DocumentReport Makers::check(ByteView file, bool own) const {
    return verify_document(
        file, trust_, own ? own_.own() : verify::Policy{}, now() + std::chrono::hours(1));
}

const Makers& makers() {
    static const Makers made;
    return made;
}

const std::vector<Target>& targets() {
    static const std::vector<Target> all = [] {
        const Makers& by = makers();
        const Bytes own = by.own().certified();
        return std::vector<Target>{
            {"own, certified", own, true},
            {"own, certified, with validation data and a document time stamp",
             by.archived(own),
             true},
            {"own, seen from elsewhere", own},
            {"own, approved", by.own().approved()},
            {"two signatures", by.own().seal(by.own().approved(), false)},
            {"another maker's, approved", by.by_other("", false)},
            {"another maker's, certified, P = 1", by.certified_by_other(1)},
            {"another maker's, certified, P = 2", by.certified_by_other(2)},
            {"another maker's, certified, P = 3", by.certified_by_other(3)},
            {"another maker's, in streams", by.compressed_by_other()},
            {"another maker's, with validation data and a document time stamp",
             by.archived(by.by_other("", false))},
        };
    }();
    return all;
}

}  // namespace yinxin::tests
