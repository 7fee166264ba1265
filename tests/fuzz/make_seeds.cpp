// SPDX-License-Identifier: Apache-2.0
// Writes what the fuzz targets start from, by the project's own makers: make_seeds FOLDER. The keys
// end with this program, so that what they signed is all that will ever be signed by them.
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/revocation.h"
#include "keys/pki/seal_record.h"
#include "keys/revocation_answers.h"
#include "pdf/evidence_update.h"
#include "server/config/config.h"
#include "server/inspector/prepare.h"
#include "server/ipc/channel.h"
#include "signer/document_timestamp.h"
#include "signer/fact_token.h"
#include "signer/ses_signature.h"
#include "signer/ses_signer.h"
#include "signer/timestamp.h"
#include "tests/keys/test_tsa.h"
#include "tests/signer/ses_fixture.h"
#include "tests/support/data.h"
#include "tests/verify/paper/pictures.h"
#include "tests/verify/sealed_file.h"

namespace {

using namespace yinxin;
namespace fs = std::filesystem;

const Bytes kNonce{1, 2, 3, 4, 5, 6, 7, 8};

class Seeds {
  public:
    explicit Seeds(fs::path folder) : folder_(std::move(folder)) {}

    void context(const std::string& name, ByteView content) { write("context", name, content); }
    void add(const std::string& target, ByteView content) {
        write(target, "seed-" + std::to_string(++count_), content);
    }
    void add(const std::string& target, const std::string& text) { add(target, as_bytes(text)); }

  private:
    void write(const std::string& target, const std::string& name, ByteView content) {
        fs::create_directories(folder_ / target);
        std::ofstream(folder_ / target / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(content.data()),
                   static_cast<std::streamsize>(content.size()));
    }

    fs::path folder_;
    int count_ = 0;
};

Bytes datum(const std::string& name) {
    return to_bytes(as_bytes(tests::read_text(fs::path(YINXIN_TEST_DATA) / name)));
}

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

// --- PDF

/// Catalog and pages in an object stream, found through a cross-reference stream.
std::string stream_file(bool packed) {
    const std::string head = "1 0 2 19 3 38 ";
    const std::string objects =
        head + "<< /Pages 2 0 R >> << /Kids [3 0 R] >> << /Type /Page /MediaBox [0 0 9 9] >>";
    const std::string filter = packed ? " /Filter /FlateDecode" : "";
    std::string out = "%PDF-1.5\n", rows;
    const auto row = [&rows](int type, std::size_t second, int third) {
        for (const std::size_t byte : {static_cast<std::size_t>(type),
                                       second >> 8,
                                       second & 0xFF,
                                       static_cast<std::size_t>(third)}) {
            rows += static_cast<char>(byte);
        }
    };
    const std::size_t container = out.size();
    out += "4 0 obj\n" +
           test::stream_of(packed ? deflated(objects) : objects,
                           "/Type /ObjStm /N 3 /First " + std::to_string(head.size()) + filter) +
           "\nendobj\n";
    const std::size_t xref = out.size();
    row(0, 0, 255);
    for (int i = 0; i < 3; ++i) {
        row(2, 4, i);
    }
    row(1, container, 0);
    row(1, xref, 0);
    return out + "5 0 obj\n" +
           test::stream_of(rows, "/Type /XRef /W [1 2 1] /Root 1 0 R /Size 6 /Index [0 6]") +
           "\nendobj\nstartxref\n" + std::to_string(xref) + "\n%%EOF\n";
}

std::string drawn_file() {
    const std::string content =
        "q 1 0 0 1 9 9 cm 0 0 m 9 9 l S Q BT /F 12 Tf 20 60 Td (text) Tj [(a) -200 (b)] TJ ET\n"
        "1 g 5 5 50 50 re f q 50 0 0 50 90 60 cm BI /W 1 /H 1 ID x EI Q /X Do";
    return test::pdf_of(
        {"<< /Pages 2 0 R /AcroForm << /Fields [9 0 R] >> >>",
         "<< /Kids [3 0 R 8 0 R] /Count 2 /MediaBox [0 0 600 800] /Resources << /XObject << /X 5 0 "
         "R >> /Font << /F 7 0 R >> >> >>",
         "<< /Type /Page /Parent 2 0 R /Contents [4 0 R 6 0 R] /Rotate 90 /Annots [<< /Subtype "
         "/Text /Rect [50 60 70 80] >>] /UserUnit 2 >>",
         test::stream_of(content),
         test::stream_of("0 0 5 5 re f /X Do", "/Subtype /Form /Matrix [1 0 0 1 3 3]"),
         test::stream_of(to_hex(as_bytes("0 0 m 9 9 l S")) + ">", "/Filter /ASCIIHexDecode"),
         "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
         "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /CropBox [10 10 500 700] >>",
         "<< /FT /Tx /T (name) /Kids [10 0 R] >>",
         "<< /Parent 9 0 R /Subtype /Widget /Rect [1 2 3 4] /V (value) >>"},
        "/Info 7 0 R /ID [<00><01>]");
}

class Pdfs {
  public:
    explicit Pdfs(Seeds& seeds) : seeds_(seeds) {}

    void write() {
        seeds_.context("root.der", files_.root());
        seeds_.context("tsa-root.der", tsa_.root());
        seeds_.context("sm2-root.der", sm2_.pki.root());
        seeds_.context("own.der", files_.key().chain().front());
        seeds_.context("own-sm2.der", sm2_.key->chain().front());
        seeds_.context("issuer-sm2.der", sm2_.key->chain().at(1));
        plain();
        levels();
        several();
        chinese();
        with_state();
        revisions();
        for (const char* name : {"v1.pdf", "v4.pdf", "v5.pdf", "cms.pdf", "cms-gbt35275.pdf"}) {
            add(datum(std::string("ses/") + name));
        }
    }

  private:
    void add(ByteView file) {
        for (const char* target : {"reader", "document", "prepare"}) {
            seeds_.add(target, file);
        }
        seeds_.add("answer", frame(to_json(files_.check_as_own(file))));
    }
    void add(const std::string& file) { add(as_bytes(file)); }

    /// As a message on a socket (server/ipc/channel.h).
    static std::string frame(const nlohmann::json& head) {
        const std::string text = head.dump();
        std::string out;
        for (const std::size_t size : {text.size(), std::size_t{0}}) {
            for (int i = 0; i < 4; ++i) {
                out += static_cast<char>(size >> (8 * i));
            }
        }
        return out + text;
    }

    void plain() {
        for (const std::string& file :
             {test::one_page_pdf(), stream_file(true), stream_file(false), drawn_file()}) {
            add(file);
            add(files_.seal(as_bytes(file), false));
        }
        seeds_.add("answer", frame(server::error_to_json(Error(ErrorCode::Refused, "altered"))));
        server::SealWork work;
        work.picture.width = work.picture.height = 119;
        work.contents_bytes = 64;
        work.sub_filter = "ETSI.CAdES.detached";
        const std::string file = test::one_page_pdf();
        seeds_.add("answer",
                   frame(server::to_json(
                       server::prepare_seal(as_bytes(file), work, files_.trust(), files_.now()))));
    }

    Bytes token(ByteView imprint) const {
        return signer::timestamp_token(tsa_.answer(signer::timestamp_request(imprint, kNonce)));
    }
    Bytes stamped(const Bytes& file) const {
        auto prepared = signer::prepare_timestamp(file, token(keys::sha256({})).size());
        const Bytes imprint = prepared.imprint;
        return complete_timestamp(std::move(prepared), token(imprint));
    }
    Bytes with_evidence(const Bytes& file) {
        pdf::Evidence evidence;
        evidence.certificates = files_.key().chain();
        evidence.certificates.push_back(tsa_.certificate());
        return append_evidence(file, evidence, std::string(40, 'A'));
    }

    void levels() {
        certified_ = files_.certified();
        add(certified_);
        const signer::PadesSigner sealer(files_.key());
        signer::SealOrder order;
        order.subject = "seed";
        order.signing_time = files_.now();
        order.token_bytes = token(keys::sha256({})).size();
        auto prepared = sealer.prepare(as_bytes(test::one_page_pdf()), order);
        const Bytes value = files_.key().sign(
            {keys::KeyPurpose::Document, "seed", prepared.digest, prepared.signed_attrs});
        const Bytes b_t = sealer.complete(std::move(prepared), value, token(keys::sha256(value)));
        const Bytes b_lt = with_evidence(b_t);
        for (const Bytes& file : {b_t, b_lt, stamped(b_lt), stamped(certified_)}) {
            add(file);
        }
    }

    void several() {
        approved_ = files_.approved();
        add(approved_);
        add(files_.seal(approved_, false));
        signer::SealOrder order;
        order.subject = "seed";
        order.signing_time = files_.now();
        order.certify = false;
        order.reason = "开具";
        order.seal =
            pdf::VisibleSeal{0,
                             {100, 100, 150, 150},
                             {50, 50, to_bytes(as_bytes("0 0 50 50 re f")), "", std::nullopt}};
        add(signer::PadesSigner(files_.key()).seal(approved_, order));
        shown_ = order;
    }

    void chinese() {
        const signer::SesSigner ses(*sm2_.key, sm2_.seal());
        const signer::SesSigner by_digest(*sm2_.key, sm2_.seal(true));
        const std::string plain = test::one_page_pdf();
        const Bytes sealed = ses.seal(as_bytes(plain), shown_);
        add(sealed);
        add(files_.seal(sealed, false));
        add(by_digest.seal(as_bytes(plain), shown_));
        add(signer::PadesSigner(*sm2_.key).seal(as_bytes(plain), shown_));
    }

    /// The file brings what the authorities say of its signer.
    void with_state() {
        const Time now = files_.now();
        tests::TestPki pki(now, keys::KeyAlgorithm::EcdsaP256, "http://pki.example.org");
        const auto key = pki.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::EcdsaP256);
        seeds_.context("state-root.der", pki.root());
        signer::SealOrder order;
        order.subject = "seed";
        order.signing_time = now;
        const std::string plain = test::one_page_pdf();
        const Bytes sealed = signer::PadesSigner(*key).seal(as_bytes(plain), order);
        const Bytes &leaf = key->chain().at(0), &ca = key->chain().at(1);
        const auto certificate = keys::Certificate::from_der(leaf);
        const keys::Revocation revoked{.key = "seed",
                                       .issuer_name = certificate.issuer_name,
                                       .serial_number = certificate.serial_number,
                                       .revoked_at = now - std::chrono::minutes(10),
                                       .reason = "superseded"};
        for (const auto& all : {std::vector<keys::Revocation>{}, {revoked}}) {
            pdf::Evidence evidence;
            evidence.certificates = key->chain();
            evidence.ocsp_responses = {keys::OcspResponder(ca, pki.issuer())
                                           .answer(keys::ocsp_request(leaf, ca), all, now),
                                       keys::OcspResponder(pki.root(), pki.root_key())
                                           .answer(keys::ocsp_request(ca, pki.root()), {}, now)};
            evidence.crls = {keys::write_revocation_list(pki.issuer(), all, now)};
            add(append_evidence(sealed, evidence, std::string(40, 'A')));
        }
    }

    /// What may follow a sealed file and what may not, as the objects of a revision.
    void revisions() {
        seeds_.context("certified.pdf", certified_);
        seeds_.context("approved.pdf", approved_);
        for (const Bytes& file : {with_evidence(certified_),
                                  stamped(certified_),
                                  files_.seal(approved_, false),
                                  with_evidence(approved_)}) {
            const std::string_view text = as_text(file);
            const std::size_t begin =
                text.starts_with(as_text(certified_)) ? certified_.size() : approved_.size();
            add_revision(std::string(text.substr(begin, text.rfind("\nxref\n") + 1 - begin)));
        }
        for (const char* text :
             {"4 0 obj\n<< /Length 13 >>\nstream\n9 9 m 0 0 l S\nendstream\nendobj\n",
              "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R "
              "/Annots [20 0 R] >>\nendobj\n20 0 obj\n<< /Subtype /Stamp /Rect [0 0 99 99] /AP << "
              "/N 21 0 R >> >>\nendobj\n21 0 obj\n<< /Subtype /Form /BBox [0 0 9 9] /Length 9 "
              ">>\nstream\n0 0 9 9 re\nendstream\nendobj\n",
              "2 0 obj\n<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>\nendobj\n",
              "1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript >> "
              ">>\nendobj\n",
              "trailer /Size 99 /Root 30 0 R\n30 0 obj\n<< /Type /Catalog /Pages 2 0 R "
              ">>\nendobj\n",
              "20 0 obj\nnull\nendobj\n"}) {
            add_revision(text);
        }
    }

    /// Twice: by its size the target chooses what it follows.
    void add_revision(const std::string& objects) {
        seeds_.add("revision", objects);
        seeds_.add("revision", objects + "\n");
    }

    Seeds& seeds_;
    tests::SealedFiles files_;
    tests::TestTsa tsa_{files_.now()};
    tests::SesFixture sm2_;
    Bytes certified_, approved_;
    signer::SealOrder shown_;

  public:
    // --- CMS, seals, time stamps: over the content of the test data

    void write_signatures() {
        const Bytes content = datum("ses/content.bin");
        seeds_.context("content.bin", content);
        for (const char* name : {"cms.der", "cms-gbt35275.der"}) {
            seeds_.add("cms", datum(std::string("ses/") + name));
        }
        for (const char* name : {"v1",
                                 "v4",
                                 "v4-digest-list",
                                 "v4-raw-signature",
                                 "v4-time-stamp",
                                 "v4-empty-id",
                                 "v5"}) {
            seeds_.add("ses", datum(std::string("ses/") + name + ".der"));
        }
        own_cms(files_.key(), keys::sha256(content));
        own_cms(*sm2_.key, keys::sm3(content));
        own_seals(content);
        const Bytes request = signer::timestamp_request(keys::sha256(content), kNonce);
        seeds_.add("timestamp", tsa_.answer(request));
        seeds_.add("timestamp", signer::timestamp_token(tsa_.answer(request)));
        seeds_.add("timestamp", tsa_.answer(as_bytes("no request")));
        tsa_.set_time(files_.now() - std::chrono::minutes(10));
        seeds_.add("timestamp", tsa_.answer(request));
    }

  private:
    void own_cms(keys::SoftwareKey& key, const Bytes& digest) {
        const signer::CmsBuilder builder(key.chain(), key.algorithm());
        const Bytes attributes = builder.signed_attributes(digest);
        const Bytes value = key.sign({keys::KeyPurpose::Document, "seed", digest, attributes});
        seeds_.add("cms", builder.signed_data(attributes, value));
        seeds_.add("cms", builder.signed_data(attributes, value, token(keys::sha256(value))));
    }
    void own_seals(const Bytes& content) {
        const Bytes hash = keys::sm3(content);
        for (const bool by_digest : {false, true}) {
            const Bytes to_sign =
                signer::ses_tbs_sign(sm2_.seal(by_digest), sm2_.now, hash, "0,1,2,3");
            const Bytes value = sm2_.key->sign({keys::KeyPurpose::Document, "seed", hash, to_sign});
            const Bytes stamp = token(keys::sha256(value));
            const Bytes& certificate = sm2_.key->chain().front();
            seeds_.add("ses", signer::ses_signature(to_sign, certificate, value));
            seeds_.add("ses", signer::ses_signature(to_sign, certificate, value, stamp));
        }
    }
};

// --- certificates, revocation, seal records, tokens

class Pki {
  public:
    Pki(Seeds& seeds, Time now) : seeds_(seeds), now_(now) {}

    /// `mark`: in the names of the context's files.
    void write(keys::KeyAlgorithm algorithm, const std::string& mark) {
        tests::TestPki pki(now_, algorithm, "http://pki.example.org");
        const auto key = pki.key(keys::CertificateUse::Seal, algorithm);
        const Bytes &subject = key->chain().at(0), &issuer = key->chain().at(1);
        seeds_.context("subject" + mark + ".der", subject);
        seeds_.context("authority" + mark + ".der", issuer);
        for (const auto use : {keys::CertificateUse::Seal,
                               keys::CertificateUse::Token,
                               keys::CertificateUse::SealMaker,
                               keys::CertificateUse::TimeStamping}) {
            seeds_.add("certificate", pki.key(use, algorithm)->chain().front());
        }
        seeds_.add("certificate", issuer);
        seeds_.add("certificate", as_bytes(keys::certificates_to_pem(key->chain())));

        const auto certificate = keys::Certificate::from_der(subject);
        const std::vector<keys::Revocation> revoked{{.key = "seed",
                                                     .issuer_name = certificate.issuer_name,
                                                     .serial_number = certificate.serial_number,
                                                     .revoked_at = now_ - std::chrono::hours(2),
                                                     .reason = "keyCompromise"}};
        const auto responder = pki.responder(pki.issuer());
        const Bytes request = keys::ocsp_request(subject, issuer);
        using keys::OcspFault;
        for (const auto fault : {OcspFault::None,
                                 OcspFault::Stale,
                                 OcspFault::Revoked,
                                 OcspFault::Unknown,
                                 OcspFault::Foreign}) {
            seeds_.add("revocation",
                       keys::OcspResponder(issuer, *responder).answer(request, {}, now_, fault));
        }
        seeds_.add("revocation",
                   keys::OcspResponder(issuer, *responder).answer(request, revoked, now_));
        seeds_.add("revocation", keys::write_revocation_list(pki.issuer(), {}, now_));
        seeds_.add("revocation", keys::write_revocation_list(pki.issuer(), revoked, now_));
    }

    void write_records(const Bytes& png) {
        tests::TestPki pki(now_);
        const auto maker = pki.key(keys::CertificateUse::SealMaker, keys::KeyAlgorithm::EcdsaP256);
        seeds_.context("record-anchor.der", maker->chain().at(1));
        seeds_.context("record-maker.der", maker->chain().at(0));
        seeds_.context("seal.png", png);
        keys::SealRecord record;
        record.id = "99000000000001";
        record.use = "business";
        record.owner = "示例市税务局";
        record.middle_text = "业务专用章";
        record.certificate_sha256 = {keys::sha256(as_bytes("seed"))};
        record.valid_from = now_ - std::chrono::hours(1);
        record.valid_to = now_ + std::chrono::hours(24 * 300);
        sign_record(record, *maker, "record.sig");
        record.picture = png;
        sign_record(record, *maker, "record-picture.sig");
        record.shape = keys::SealShape::Oval;
        record.tax_id = "11990000000000019A";
        seeds_.add("seal_record", encode_seal_record(record));
    }

    void write_tokens() {
        tests::TestPki pki(now_);
        const auto key = pki.key(keys::CertificateUse::Token, keys::KeyAlgorithm::EcdsaP256);
        seeds_.context("token.der", key->chain().front());
        seeds_.add("json", key_set(*key).dump());
        signer::TokenClaims claims;
        claims.code = "7K3M9Q2T5W8X4Y6Y";
        claims.issued_at = now_;
        claims.type = "tax-payment-record";
        claims.issuer_code = "990001";
        claims.period_from = "2021-01";
        claims.period_to = "2025-12";
        claims.has_total = true;
        claims.total_fen = -1234567;
        claims.pages = 2;
        claims.masked_name = "买******提";
        claims.masked_id = "9****************5";
        add_token(claims, *key);
        claims.type = "invoice";
        claims.period_from = "2024-02-29";
        claims.period_to = "2024-03-01";
        claims.has_total = false;
        claims.masked_name = std::string(33, '*');
        claims.masked_id = "";
        add_token(claims, *key);
        claims.period_from = claims.period_to = "";
        add_token(claims, *key);
        seeds_.add("token", claims.code);
        seeds_.add("token", std::string("7k3m-9q2t 5w8x-4y6y"));
    }

  private:
    /// As /.well-known/jwks.json has it.
    static nlohmann::json key_set(const keys::SoftwareKey& key) {
        std::string certificate = to_base64url(key.chain().front());
        std::replace(certificate.begin(), certificate.end(), '-', '+');
        std::replace(certificate.begin(), certificate.end(), '_', '/');
        certificate.append((4 - certificate.size() % 4) % 4, '=');
        const auto point = keys::p256_point(key.spki());
        return {{"keys",
                 {{{"kty", "EC"},
                   {"crv", "P-256"},
                   {"kid", to_base64url(keys::short_key_id(key.spki()))},
                   {"x", to_base64url(point->x)},
                   {"y", to_base64url(point->y)},
                   {"x5c", {certificate}}}}}};
    }
    void sign_record(const keys::SealRecord& record,
                     keys::SoftwareKey& maker,
                     const std::string& signature) {
        const Bytes body = encode_seal_record(record);
        seeds_.add("seal_record", body);
        seeds_.context(
            signature,
            maker.sign({keys::KeyPurpose::SealRecord, record.id, keys::sha256(body), body}));
    }
    /// The token, and its claims by themselves.
    void add_token(const signer::TokenClaims& claims, keys::PrivateKey& key) {
        const std::string token = signer::make_fact_token(claims, key, "seed", 251);
        seeds_.add("token", token);
        seeds_.add("token", "https://example.org/v/" + claims.code + "#" + token);
        const Bytes bytes = from_base64url(token);
        constexpr std::size_t kBehindHeader = 16;  // array, header and empty map
        const std::size_t length_bytes = bytes[kBehindHeader] == 0x58 ? 2 : 1;
        seeds_.add("token",
                   ByteView(bytes)
                       .subspan(kBehindHeader + length_bytes)
                       .first(bytes.size() - kBehindHeader - length_bytes - 66));
    }

    Seeds& seeds_;
    Time now_;
};

// --- pictures and text

/// Of 64 by 64 dots, this colour type.
Bytes png(int colour, int depth, bool interlaced) {
    std::string out("\x89PNG\r\n\x1a\n", 8);
    const auto number = [](std::size_t value) {
        std::string text;
        for (int shift = 24; shift >= 0; shift -= 8) {
            text += static_cast<char>(value >> shift);
        }
        return text;
    };
    const auto chunk = [&](const std::string& type, const std::string& data) {
        const std::string body = type + data;
        out += number(data.size()) + body +
               number(crc32(
                   0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())));
    };
    constexpr int kSide = 64;
    const int channels = colour == 2 ? 3 : colour == 6 ? 4 : colour == 4 ? 2 : 1;
    chunk("IHDR",
          number(kSide) + number(kSide) + static_cast<char>(depth) + static_cast<char>(colour) +
              std::string(2, '\0') + static_cast<char>(interlaced ? 1 : 0));
    if (colour == 3) {
        chunk("PLTE", std::string("\xff\x00\x00\x00\x00\xff", 6));
        chunk("tRNS", std::string(1, '\0'));
    }
    // Adam7 has more rows; zeros are rows of filter 0 either way.
    chunk("IDAT", deflated(std::string((kSide * channels * depth / 8 + 1) * kSide * 2, '\0')));
    chunk("IEND", "");
    return to_bytes(as_bytes(out));
}

/// A symbol in each format that is read, and as the page of a scan.
void write_pictures(Seeds& seeds) {
    namespace paper = verify::paper::test;
    const auto sheet = paper::sheet_with("http://a/v/B", 1);
    const Bytes jpeg = paper::jpeg_of(sheet), png = paper::png_of(sheet);
    seeds.add("paper", jpeg);
    seeds.add("paper", png);
    seeds.add("paper", datum("paper/qr.heic"));
    const std::string sides = " /Subtype /Image /Width " + std::to_string(sheet.width()) +
                              " /Height " + std::to_string(sheet.height());
    const std::string grey(as_text(sheet.pixels()));
    for (const auto& [data, how] :
         {std::pair{std::string(as_text(jpeg)),
                    std::string(" /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode")},
          {deflated(grey), " /ColorSpace /CalGray /BitsPerComponent 8 /Filter /FlateDecode"},
          {grey, " /ColorSpace [/Indexed /DeviceRGB 1 <000000FFFFFF>] /BitsPerComponent 1"},
          {grey, " /ImageMask true /Decode [1 0]"}}) {
        seeds.add("paper",
                  test::pdf_of({"<< /Pages 2 0 R >>",
                                "<< /Kids [3 0 R] /Count 1 >>",
                                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 90 60] /Contents 4 0 "
                                "R /Resources << /XObject << /X 5 0 R >> >> >>",
                                test::stream_of("90 0 0 60 0 0 cm /X Do"),
                                test::stream_of(data, sides + how)}));
    }
}

void write_texts(Seeds& seeds) {
    for (const std::string& name : tests::sample_files()) {
        const nlohmann::json data = tests::sample(name);
        constexpr std::size_t kSmall = 20'000;
        const nlohmann::json request{{"type", name.substr(0, name.find('.'))}, {"data", data}};
        if (request.dump().size() < kSmall) {
            seeds.add("json", request.dump());
        }
    }
    seeds.add("json",
              std::string(R"({"place": "10,20.5", "page": 1, "riding": true, "reason": "合同"})"));
    seeds.add("json", std::string(R"([1.5e3, -0, null, "\ud83d\ude00", {"a": [[]]}])"));
    for (const bool demo : {true, false}) {
        server::InitialConfig initial;
        initial.demo = demo;
        initial.issuer = {"示例市税务局", "示", "990001", "99", "0", ""};
        initial.seal_key = "seal";
        initial.token_key = "token";
        const std::string text = server::initial_config(initial);
        seeds.context("yinxin.toml", as_bytes(text));
        seeds.add("config", text);
    }
    for (const char* text : {"limits.body_seconds=20",
                             "timestamps.tsa=http://tsa.example.org/a,https://b.example.org",
                             "seal.level=B-LT",
                             "server.listen=[::1]:80"}) {
        seeds.add("config", std::string(text));
    }
    const std::string host = "Host: example.org\r\n";
    for (const std::string& text : std::initializer_list<std::string>{
             "GET /v/7K3M-9Q2T?lang=en&x=%E5%8D%B0 HTTP/1.1\r\n" + host +
                 "Accept: */*\r\nConnection: keep-alive\r\n\r\n",
             "POST /api/v1/seals HTTP/1.1\r\n" + host +
                 "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: "
                 "94\r\n\r\n--b\r\n"
                 "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n%PDF-1.7 "
                 "data\r\n--b--\r\n",
             "POST /v HTTP/1.0\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\ncode=A+B%2D",
             "PUT /a//b/%2e HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
        seeds.add("http", text);
    }
    const std::string rows("\x0c\x01\x08\x00\x03\x02\x01\x02\x03\x02\x01\x01\x01", 13);
    seeds.add("filters", rows);
    seeds.add("filters", std::string("\x02\x01\x08\x00\x03", 5) + "abcabc");
    seeds.add("filters", std::string("\x01\x01\x08\x00\x01", 5) + "87cURD]i,\"Ebo80~>");
    seeds.add("filters", std::string("\x01\x01\x08\x00\x01", 5) + deflated("some data, some data"));
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("make_seeds FOLDER\n", stderr);
        return 2;
    }
    try {
        Seeds seeds(arguments[1]);
        Pdfs pdfs(seeds);
        pdfs.write();
        pdfs.write_signatures();
        const Time now = *parse_rfc3339("2026-01-31T01:00:00Z");
        Pki pki(seeds, now);
        pki.write(keys::KeyAlgorithm::EcdsaP256, "");
        pki.write(keys::KeyAlgorithm::Sm2, "-sm2");
        pki.write_records(png(6, 8, false));
        pki.write_tokens();
        for (const auto& [colour, depth] :
             {std::pair{0, 1}, {0, 16}, {2, 8}, {3, 1}, {4, 8}, {6, 8}}) {
            seeds.add("png", png(colour, depth, false));
            seeds.add("png", png(colour, depth, true));
        }
        write_pictures(seeds);
        write_texts(seeds);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "make_seeds: %s\n", error.what());
        return 1;
    }
}
