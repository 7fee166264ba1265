// SPDX-License-Identifier: Apache-2.0
// Rows 4 to 8: files that were prepared before they were signed, and what may be added after it.
#include <gtest/gtest.h>

#include "tests/verify/attacks/editing.h"
#include "tests/verify/attacks/targets.h"

namespace yinxin::tests {
namespace {

using verify::Integrity;

/// Objects 1 to 9 by the test, a signature field 20 with its value 21 behind them.
Bytes signed_file(const std::string& catalog,
                  const std::string& page,
                  const std::string& form,
                  const std::string& fields,
                  std::vector<std::string> more,
                  const std::string& reference = "",
                  bool certifies = false) {
    while (more.size() < 16) {
        more.push_back("null");
    }
    std::vector<std::string> all{
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /SigFlags 3 /Fields [20 0 R " + fields + "] " +
            form + " >> " + catalog + (certifies ? " /Perms << /DocMDP 21 0 R >>" : "") + " >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] " + page + " >>"};
    all.insert(all.end(), more.begin(), more.end());
    all.push_back(
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (S) /F 132 /P 3 0 R /Rect [0 0 0 0] /V 21 0 "
        "R >>");
    all.push_back(signature_dictionary("adbe.pkcs7.detached", reference));
    const Bytes made = filled(test::pdf_of(all),
                              [](ByteView covered) { return make_cms(makers().other(), covered); });
    EXPECT_EQ(makers().check(made).integrity, Integrity::Intact);
    return made;
}

const std::string kForm = "/Type /XObject /Subtype /Form /BBox [0 0 200 40]";
std::string looks(const std::string& text) {
    return test::stream_of("BT /F 9 Tf (" + text + ") Tj ET", kForm);
}
std::string docmdp(int level) {
    return "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P " +
           std::to_string(level) + " /V /1.2 >> >>]";
}
std::string fieldmdp(const std::string& parameters) {
    return "/Reference [<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams << " +
           parameters + " >> >>]";
}

void expect(const Bytes& file, Integrity integrity, const std::string& finding = "") {
    const auto report = makers().check(file);
    EXPECT_EQ(report.integrity, integrity) << to_text(report.integrity);
    EXPECT_TRUE(finding.empty() || has_finding(report, finding)) << finding;
}

const std::string kOverlaid =
    "/Contents 4 0 R /Resources << /XObject << /O 5 0 R >> >> /Annots [20 0 R 6 0 R]";
const std::vector<std::string> kOverlay{
    test::stream_of("BT /F 9 Tf (Pay 100) Tj ET q 1 0 0 1 72 700 cm /O Do Q"),
    test::stream_of("1 1 1 rg 0 0 200 40 re f", kForm),
    "<< /Type /Annot /Subtype /Square /Rect [72 600 272 640] /IC [1 1 1] /F 4 /AP << /N 5 0 R >> "
    ">>"};

TEST(Shadow, Row4HideByTakingTheOverlayAway) {
    const Bytes file = signed_file("", kOverlaid, "", "", kOverlay);
    expect(appended(file, {{{5, 0}, test::stream_of("", kForm)}}),
           Integrity::Altered,
           "object_overridden");
    expect(appended(file, {{{5, 0}, "null"}}), Integrity::Altered, "object_overridden");
    expect(with_table(file, "", {{5, 0, 1, 'f'}}), Integrity::Altered, "object_freed");
    Update unlisted(file);
    unlisted.edit({3, 0}, {{"Annots", "[20 0 R]"}});
    expect(unlisted.done(), Integrity::Altered, "annotation_removed");
    Update hidden(file);
    hidden.edit({6, 0}, {{"F", "2"}});
    expect(hidden.done(), Integrity::Altered, "object_overridden");
    Update without(file);
    without.edit({3, 0}, {{"Resources", "<< >>"}});
    expect(without.done(), Integrity::Altered, "page_changed");
}

TEST(Shadow, Row4ANumberThePageRefersToIsNotFree) {
    const std::vector<std::string> content{test::stream_of("0 0 m 9 9 l S")};
    const Bytes file =
        signed_file("", "/Contents [4 0 R 50 0 R] /Annots [20 0 R]", "", "", content);
    Update update(file);
    update.put({50, 0}, test::stream_of("1 1 m 9 9 l S"));
    update.edit({1, 0}, {{"DSS", "<< /Certs [50 0 R] >>"}});
    expect(update.done(), Integrity::Altered);
}

TEST(Shadow, Row4AReferenceOfAnotherGenerationHidesNoObject) {
    // "4 1 R" is null; it must not make the walk pass by object 4 itself
    for (const char* order : {"[4 0 R 4 1 R]", "[4 1 R 4 0 R]"}) {
        const Bytes file = signed_file("",
                                       std::string("/Annots [20 0 R] /Contents ") + order,
                                       "",
                                       "",
                                       {test::stream_of("0 0 m 9 9 l S")});
        expect(appended(file, {{{4, 0}, test::stream_of("1 1 m 9 9 l S")}}), Integrity::Altered);
    }
}

const std::string kTextField =
    "/FT /Tx /T (amount) /Type /Annot /Subtype /Widget /F 4 /P 3 0 R /Rect [72 600 272 640] ";

TEST(Shadow, Row5WhatAFieldShowsGoesWithItsValue) {
    const std::vector<std::string> more{"<< " + kTextField + "/V (100) /AP << /N 5 0 R >> >>",
                                        looks("100")};
    const Bytes file = signed_file("", "/Annots [20 0 R 4 0 R]", "", "4 0 R", more);
    expect(appended(file, {{{5, 0}, looks("900")}}), Integrity::Altered, "object_overridden");
    Update other(file);
    other.edit({4, 0}, {{"AP", "<< /N " + ref(other.add(looks("900"))) + " >>"}});
    expect(other.done(), Integrity::Altered, "field_changed");
    Update moved(file);
    moved.edit({4, 0}, {{"V", "(900)"}, {"Rect", "[72 100 272 140]"}});
    expect(moved.done(), Integrity::Altered, "field_changed");
    // filling in is allowed, also by a maker that draws in the stream there was
    Update filled_in(file);
    filled_in.edit({4, 0},
                   {{"V", "(900)"}, {"AP", "<< /N " + ref(filled_in.add(looks("900"))) + " >>"}});
    expect(filled_in.done(), Integrity::Intact, "form_filled");
    Update in_place(file);
    in_place.edit({4, 0}, {{"V", "(900)"}});
    in_place.put({5, 0}, looks("900"));
    expect(in_place.done(), Integrity::Intact, "form_filled");
}

TEST(Shadow, Row5AStreamThePageShowsIsNotAFieldsOwn) {
    const std::vector<std::string> more{"<< " + kTextField + "/V (100) /AP << /N 5 0 R >> >>",
                                        looks("100"),
                                        test::stream_of("/O Do")};
    const Bytes file = signed_file(
        "",
        "/Contents 6 0 R /Resources << /XObject << /O 5 0 R >> >> /Annots [20 0 R 4 0 R]",
        "",
        "4 0 R",
        more);
    Update update(file);
    update.edit({4, 0}, {{"V", "(900)"}});
    update.put({5, 0}, looks("900"));
    expect(update.done(), Integrity::Altered, "object_overridden");
}

TEST(Shadow, Row5FontsAndDefaultsStay) {
    const std::vector<std::string> more{
        "<< " + kTextField + "/V (100) /AP << /N 5 0 R >> >>",
        looks("900"),
        "<< /Type /Font /Subtype /TrueType /BaseFont /A /FontDescriptor 7 0 R >>",
        "<< /Type /FontDescriptor /FontName /A /FontFile2 8 0 R >>",
        test::stream_of("letters")};
    const Bytes file = signed_file("",
                                   "/Annots [20 0 R 4 0 R] /Resources << /Font << /F 6 0 R >> >>",
                                   "/DR << /Font << /F 6 0 R >> >> /NeedAppearances true",
                                   "4 0 R",
                                   more);
    expect(appended(file, {{{8, 0}, test::stream_of("others")}}),
           Integrity::Altered,
           "object_overridden");
    expect(appended(file, {{{7, 0}, "<< /Type /FontDescriptor /FontName /B >>"}}),
           Integrity::Altered);
    const auto form = [&](const std::string& members) {
        Update update(file);
        update.put({60, 0}, "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>");
        update.edit({1, 0},
                    {{"AcroForm", "<< /SigFlags 3 /Fields [20 0 R 4 0 R] " + members + " >>"}});
        return update.done();
    };
    // a viewer that is no longer asked to draw the value shows what was prepared: 900
    expect(form("/DR << /Font << /F 6 0 R >> >>"), Integrity::Altered, "form_changed");
    expect(form("/DR << /Font << /F 60 0 R >> >> /NeedAppearances true"),
           Integrity::Altered,
           "form_changed");
    expect(form("/DR << /Font << /F 6 0 R >> >> /NeedAppearances true /DA (1 g)"),
           Integrity::Altered,
           "form_changed");
    // a name that no font had may be what a field's default appearance asks for
    expect(form("/DR << /Font << /F 6 0 R /G 60 0 R >> >> /NeedAppearances true"),
           Integrity::Altered,
           "form_changed");
    expect(form("/DR << /Font << /F 6 0 R >> >> /NeedAppearances true"), Integrity::Intact);
}

TEST(Shadow, Row6TwoDocumentsInOne) {
    const std::vector<std::string> more{
        test::stream_of("0 0 m 9 9 l S"),
        "<< /Type /Pages /Kids [6 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 5 0 R /MediaBox [0 0 612 792] /Contents 7 0 R >>",
        test::stream_of("1 1 m 9 9 l S"),
        "<< /Type /Catalog /Pages 5 0 R >>"};
    const Bytes file = signed_file("", "/Contents 4 0 R /Annots [20 0 R]", "", "", more);
    expect(file, Integrity::Intact, "unused_content");
    expect(with_catalog(file, {{"Pages", "5 0 R"}}), Integrity::Altered, "catalog_changed");
    expect(appended(file, {{{2, 0}, "<< /Type /Pages /Kids [6 0 R] /Count 1 >>"}}),
           Integrity::Altered);
    expect(appended(file,
                    {{{3, 0},
                      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 7 0 R >>"}}),
           Integrity::Altered,
           "page_changed");
    // only the cross-reference says where object 4 is
    expect(with_table(file, "", {{4, offset_of(file, 7)}}), Integrity::Unreadable);
    expect(replaced(with_table(file, "", {}), "/Root 1 0 R", "/Root 8 0 R"),
           Integrity::Altered,
           "trailer_changed");
    // a stranger's file without anything in waiting says nothing of the kind
    EXPECT_FALSE(has_finding(makers().check(makers().own().certified()), "unused_content"));
}

TEST(Shadow, Row6AnOlderVersionOfAnObjectStaysOld) {
    // before it was signed the amount was changed; afterwards the cross-reference leads to the old
    // one
    const Bytes first = to_bytes(as_bytes(test::one_page_pdf()));
    const Bytes second = appended(first, {{{4, 0}, test::stream_of("1 1 m 9 9 l S")}});
    const Bytes sealed = makers().own().seal(second, false);
    expect(sealed, Integrity::Intact);
    expect(with_table(sealed, "", {{4, offset_of(first, 4)}}),
           Integrity::Altered,
           "object_overridden");
}

TEST(Shadow, Row7AnnotationsAfterACertification) {
    for (const int level : {1, 2, 3}) {
        const Bytes file = makers().certified_by_other(level);
        expect(file, Integrity::Intact);
        for (const char* kind : {"FreeText", "Stamp", "Square", "Redact", "Text", "Link"}) {
            Update update(file);
            const Reference picture = update.add(looks("Pay 900"));
            update.append_to(update.page().id,
                             "Annots",
                             ref(update.add(std::string("<< /Type /Annot /Subtype /") + kind +
                                            " /F 4 /Rect [72 690 272 720] /AP << /N " +
                                            ref(picture) + " >> >>")));
            expect(update.done(), Integrity::Altered, "annotation_added");
        }
    }
}

TEST(Shadow, Row8ASignatureOverWhatWasCertified) {
    for (const int level : {2, 3}) {
        const Bytes file = makers().certified_by_other(level);
        // the page's text stands at 72, 700
        const Bytes over = makers().signed_again(file, "[60 690 260 730]", makers().other());
        expect(over, Integrity::Altered, "visible_field_added");
        expect(makers().signed_again(file, "[60 100 260 140]", makers().other()),
               Integrity::Intact);
        expect(makers().signed_again(file, "[0 0 0 0]", makers().other()), Integrity::Intact);
        // by somebody nobody knows, the same
        const Person nobody("EC", makers().wish("Signer"));
        expect(makers().signed_again(file, "[60 690 260 730]", nobody),
               Integrity::Altered,
               "visible_field_added");
    }
    const Bytes locked = makers().certified_by_other(1);
    for (const char* rect : {"[60 100 260 140]", "[0 0 0 0]"}) {
        expect(makers().signed_again(locked, rect, makers().other()),
               Integrity::Altered,
               "field_added");
    }
}

TEST(Shadow, Row8AFieldThatDoesNotStandWhereItsRectangleIs) {
    // NoZoom and NoRotate: drawn over other places at another zoom
    const Bytes file = makers().certified_by_other(2);
    for (const char* flags : {"8", "16", "24"}) {
        Update update(file);
        const Reference value = update.add(signature_dictionary("adbe.pkcs7.detached"));
        update.add_field(update.add(
            std::string("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Again) /P 3 0 R /Rect "
                        "[60 100 260 140] /F ") +
            flags + " /V " + ref(value) + " /AP << /N " + ref(update.add(looks("x"))) + " >> >>"));
        const Bytes made = filled(std::string(as_text(update.done())), [](ByteView covered) {
            return make_cms(makers().other(), covered);
        });
        expect(made, Integrity::Altered, "visible_field_added");
    }
}

TEST(Shadow, Row8NobodysFieldWithAPicture) {
    const Bytes file = makers().by_other("", false);
    const auto with = [&](const std::string& more, const std::string& content) {
        Update update(file);
        const Reference picture = update.add(test::stream_of(content, kForm));
        update.add_field(
            update.add("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Next) /F 4 /P 3 0 R /Rect "
                       "[60 690 260 730] " +
                       more + (more.empty() ? " /AP << /N " + ref(picture) + " >>" : "") + " >>"));
        return update.done();
    };
    expect(with("", "1 1 1 rg 0 0 200 40 re f"), Integrity::Altered, "visible_field_added");
    // an empty field for the next signer is nothing of the kind
    expect(with("", "% nothing\n "), Integrity::Intact);
    expect(with("/H /N", ""), Integrity::Intact);
    // and one that is signed at once is a further signature
    expect(makers().signed_again(file, "[60 690 260 730]", makers().other()), Integrity::Intact);
}

TEST(Shadow, FieldsThatALockHolds) {
    const std::vector<std::string> more{"<< " + kTextField + "/V (100) >>"};
    const auto fill = [](const Bytes& file) {
        Update update(file);
        update.edit({4, 0}, {{"V", "(900)"}});
        return update.done();
    };
    const auto with = [&](const std::string& parameters) {
        return fill(
            signed_file("", "/Annots [20 0 R 4 0 R]", "", "4 0 R", more, fieldmdp(parameters)));
    };
    expect(with("/Action /All"), Integrity::Altered, "field_changed");
    expect(with("/Action /Include /Fields [(amount)]"), Integrity::Altered, "field_changed");
    expect(with("/Action /Exclude /Fields [(other)]"), Integrity::Altered, "field_changed");
    expect(with("/Action /Include /Fields [(amoun) (amount.x)]"), Integrity::Intact, "form_filled");
    expect(with("/Action /Exclude /Fields [(amount)]"), Integrity::Intact, "form_filled");
    expect(fill(signed_file("", "/Annots [20 0 R 4 0 R]", "", "4 0 R", more, docmdp(1), true)),
           Integrity::Altered);
    expect(fill(signed_file("", "/Annots [20 0 R 4 0 R]", "", "4 0 R", more, docmdp(2), true)),
           Integrity::Intact);
    // the same said without /Perms
    expect(fill(signed_file("", "/Annots [20 0 R 4 0 R]", "", "4 0 R", more, docmdp(1))),
           Integrity::Altered);
}

TEST(Shadow, AnExistingFieldIsSignedWhereItStands) {
    const std::vector<std::string> more{
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Next) /F 4 /P 3 0 R /Rect [72 600 272 640] "
        "/Lock << /Type /SigFieldLock "
        "/Action /All >> >>"};
    const Bytes file =
        signed_file("", "/Annots [20 0 R 4 0 R]", "", "4 0 R", more, docmdp(2), true);
    Update update(file);
    const Reference value = update.add(signature_dictionary("adbe.pkcs7.detached"));
    update.edit({4, 0},
                {{"V", ref(value)}, {"AP", "<< /N " + ref(update.add(looks("signed"))) + " >>"}});
    expect(filled(std::string(as_text(update.done())),
                  [](ByteView covered) { return make_cms(makers().other(), covered); }),
           Integrity::Intact);
    Update moved(file);
    const Reference other = moved.add(signature_dictionary("adbe.pkcs7.detached"));
    moved.edit({4, 0}, {{"V", ref(other)}, {"Rect", "[0 0 600 700]"}});
    expect(filled(std::string(as_text(moved.done())),
                  [](ByteView covered) { return make_cms(makers().other(), covered); }),
           Integrity::Altered,
           "field_changed");
}

TEST(Shadow, FieldsOfSeveralWidgets) {
    const std::string widget = "/Type /Annot /Subtype /Widget /F 4 /P 3 0 R /Parent 4 0 R ";
    const std::vector<std::string> more{
        "<< /FT /Tx /T (amount) /V (100) /Kids [5 0 R 6 0 R] >>",
        "<< " + widget + "/Rect [72 600 272 640] /AP << /N 7 0 R >> >>",
        "<< " + widget + "/Rect [72 500 272 540] /AP << /N 8 0 R >> >>",
        looks("100"),
        looks("100")};
    const Bytes file = signed_file("", "/Annots [20 0 R 5 0 R 6 0 R]", "", "4 0 R", more);
    Update update(file);
    update.edit({4, 0}, {{"V", "(900)"}});
    update.edit({5, 0}, {{"AP", "<< /N " + ref(update.add(looks("900"))) + " >>"}});
    update.put({8, 0}, looks("900"));
    expect(update.done(), Integrity::Intact, "form_filled");
    Update lying(file);
    lying.edit({5, 0}, {{"AP", "<< /N " + ref(lying.add(looks("900"))) + " >>"}});
    expect(lying.done(), Integrity::Altered, "field_changed");

    const std::vector<std::string> buttons{
        "<< /FT /Btn /Ff 49152 /T (choice) /V /A /Kids [5 0 R 6 0 R] >>",
        "<< " + widget + "/Rect [72 600 92 620] /AS /A /AP << /N << /A 7 0 R /Off 8 0 R >> >> >>",
        "<< " + widget + "/Rect [72 500 92 520] /AS /Off /AP << /N << /B 7 0 R /Off 8 0 R >> >> >>",
        looks("x"),
        looks("")};
    const Bytes radio = signed_file("", "/Annots [20 0 R 5 0 R 6 0 R]", "", "4 0 R", buttons);
    Update chosen(radio);
    chosen.edit({4, 0}, {{"V", "/B"}});
    chosen.edit({5, 0}, {{"AS", "/Off"}});
    chosen.edit({6, 0}, {{"AS", "/B"}});
    expect(chosen.done(), Integrity::Intact, "form_filled");
    Update shown(radio);
    shown.edit({6, 0}, {{"AS", "/B"}});
    expect(shown.done(), Integrity::Altered, "field_changed");
}

TEST(Shadow, DefaultResourcesGrowWithNewFields) {
    const std::vector<std::string> more{"<< /Font << /F 6 0 R >> /XObject << /O 7 0 R >> >>",
                                        "<< /F 6 0 R >>",
                                        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
                                        looks("x")};
    // held directly, by an object, and by an object that the page uses too
    for (const char* page : {"", "/Resources 4 0 R"}) {
        const Bytes file =
            signed_file("", std::string("/Annots [20 0 R] ") + page, "/DR 4 0 R", "", more);
        const Bytes grown = appended(
            file, {{{4, 0}, "<< /Font << /F 6 0 R /G 6 0 R >> /XObject << /O 6 0 R >> >>"}});
        expect(grown, *page == '\0' ? Integrity::Intact : Integrity::Altered);
    }
    const Bytes nested = signed_file("", "/Annots [20 0 R]", "/DR << /Font 5 0 R >>", "", more);
    expect(appended(nested, {{{5, 0}, "<< /F 6 0 R /G 7 0 R >>"}}), Integrity::Intact);
    expect(appended(nested, {{{5, 0}, "<< /F 7 0 R >>"}}), Integrity::Altered, "form_changed");
}

TEST(Shadow, WhatAProducersTrailerHasOfItsOwn) {
    const std::string pdf = test::pdf_of(
        {"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /SigFlags 3 >> >>",
         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [4 0 R] >>",
         "<< /Type /Annot /Subtype /Widget /FT /Sig /T (S) /F 132 /P 3 0 R /Rect [0 0 0 0] /V 5 0 "
         "R >>",
         signature_dictionary("adbe.pkcs7.detached")},
        "/DocChecksum /0123456789ABCDEF /Info << /Producer (x) >>");
    const Bytes file =
        filled(pdf, [](ByteView covered) { return make_cms(makers().other(), covered); });
    expect(file, Integrity::Intact);
    expect(makers().signed_again(file, "[0 0 0 0]", makers().other()), Integrity::Intact);
}

TEST(Shadow, CertificationCountsFromItsRevisionOn) {
    // first an approval, a form filled in, then the certification that forbids it from now on
    const std::vector<std::string> more{"<< " + kTextField + "/V (100) >>"};
    Update fill(signed_file("", "/Annots [20 0 R 4 0 R]", "", "4 0 R", more));
    fill.edit({4, 0}, {{"V", "(900)"}});
    const Bytes file = fill.done();
    Update certify(file);
    const Reference value = certify.add(signature_dictionary("adbe.pkcs7.detached", docmdp(1)));
    const Reference field = certify.add(
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Last) /F 132 /P 3 0 R /Rect [0 0 0 0] /V " +
        ref(value) + " >>");
    certify.append_to({3, 0}, "Annots", ref(field));
    certify.edit({1, 0},
                 {{"AcroForm", "<< /SigFlags 3 /Fields [20 0 R 4 0 R " + ref(field) + "] >>"}});
    const Bytes last = filled(std::string(as_text(certify.done())),
                              [](ByteView covered) { return make_cms(makers().other(), covered); });
    expect(last, Integrity::Intact, "form_filled");
    Update again(last);
    again.edit({4, 0}, {{"V", "(1)"}});
    expect(again.done(), Integrity::Altered, "field_changed");
}

}  // namespace
}  // namespace yinxin::tests
