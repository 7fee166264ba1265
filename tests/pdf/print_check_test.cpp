// SPDX-License-Identifier: Apache-2.0
// The last look before sealing sees what a person would: a printed document is changed by libqpdf,
// and the look must say what is wrong with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/error.h"
#include "pdf/overprint.h"
#include "tests/pdf/page_text.h"
#include "tests/pdf/sample_form.h"

namespace yinxin::pdf {
namespace {

using test::sample_issuance;
using test::sample_issuer;
using test::SampleForm;
using testing::HasSubstr;

class PrintCheck : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        const auto form = SampleForm::shipped("tax-payment-record");
        const Values values = test::record_values(Json::parse(
            R"({"taxpayer": {"name": "张小明", "id_type": "居民身份证", "id_number": "990000198510240035"},
                "period": {"from": "2021-01", "to": "2025-12"}, "rows": []})"));
        const auto press = Press::create(Typefaces::load(), {});
        const auto plan = press->plan(form, values, sample_issuer());
        printed_ = press->print(*plan, values, sample_issuer(), sample_issuance());
    }

    /// The document with its only page changed.
    static Rendered changed(const std::function<void(QPDF&, QPDFPageObjectHelper&)>& change) {
        QPDF file;
        file.processMemoryFile(
            "printed", reinterpret_cast<const char*>(printed_.pdf.data()), printed_.pdf.size());
        QPDFPageObjectHelper page = QPDFPageDocumentHelper(file).getAllPages().front();
        change(file, page);
        QPDFWriter writer(file);
        writer.setOutputMemory();
        writer.setObjectStreamMode(qpdf_o_disable);
        writer.write();
        const auto buffer = writer.getBufferSharedPointer();
        Rendered out = printed_;
        out.pdf.assign(buffer->getBuffer(), buffer->getBuffer() + buffer->getSize());
        return out;
    }
    static Rendered with_more(const std::string& content, bool below) {
        return changed([&](QPDF& file, QPDFPageObjectHelper& page) {
            page.addPageContents(QPDFObjectHandle::newStream(&file, content), below);
        });
    }
    /// With `from` replaced in the content of the values, which is the page's second.
    static Rendered with_other(const std::string& from, const std::string& to) {
        return changed([&](QPDF&, QPDFPageObjectHelper& page) {
            QPDFObjectHandle stream = page.getPageContents().at(1);
            const auto data = stream.getStreamData(qpdf_dl_generalized);
            std::string text(reinterpret_cast<const char*>(data->getBuffer()), data->getSize());
            const std::size_t at = text.find(from);
            ASSERT_NE(at, std::string::npos) << from;
            text.replace(at, from.size(), to);
            stream.replaceStreamData(
                text, QPDFObjectHandle::newNull(), QPDFObjectHandle::newNull());
        });
    }

    static std::string fault_of(const Rendered& document,
                                QrLook look = QrLook::Picture,
                                const Issuance& issuance = sample_issuance()) {
        try {
            check_print(document.pdf, document, issuance, look);
            return "";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Internal);
            return error.what();
        }
    }

    static inline Rendered printed_;
};

// 61 modules in the square of 40 mm at 157.3, 9.7: the symbol without its quiet zone.
constexpr const char* kPlace = "100.24 0 0 100.24 452.46 707.58 cm";

TEST_F(PrintCheck, PassesWhatIsAsPlanned) {
    EXPECT_EQ(fault_of(printed_), "");
    EXPECT_EQ(fault_of(changed([](QPDF&, QPDFPageObjectHelper&) {})), "");
    EXPECT_EQ(fault_of(with_other(kPlace, kPlace)), "");
}

TEST_F(PrintCheck, SeesWhatCoversTheQr) {
    const struct {
        const char* content;
        const char* what;
    } cases[] = {
        {"1 1 1 rg 490 745 12 12 re f", "a line or an area"},
        {"0 0 0 RG 1 w 440 700 m 580 830 l S", "a line or an area"},
        {"0 0 0 RG 1 w 448 690 m 448 830 l S", "a line or an area"},  // quiet zone
        {"1 1 1 rg 480 740 m 490 760 500 760 510 740 c f", "a line or an area"},
        {"BT /L0 9 Tf 1 0 0 1 500 750 Tm <0001> Tj ET", "a text"},
        {"BT /L0 200 Tf 1 0 0 1 100 700 Tm <0003000400050003000400050003> Tj ET", "a text"},
        {"q 40 0 0 40 420 700 cm /QR Do Q", "another image"}};
    for (const auto& [content, what] : cases) {
        EXPECT_THAT(fault_of(with_more(content, false)),
                    HasSubstr(std::string(what) + " stands on the QR"))
            << content;
    }
    for (const char* content : {"1 1 1 rg 300 700 100 100 re f",
                                "0 0 0 RG 1 w 440 700 m 440 830 l S",
                                "BT /L0 9 Tf 1 0 0 1 430 750 Tm <0001> Tj ET"}) {
        EXPECT_EQ(fault_of(with_more(content, false)), "") << content;
    }
}

TEST_F(PrintCheck, SeesTheSealOnTheQr) {
    Rendered sealed = printed_;
    sealed.seal.rect = {400, 650, 500, 750};
    EXPECT_THAT(fault_of(sealed), HasSubstr("the seal stands on the QR"));
    sealed.seal.rect = {300, 650, 440, 750};
    EXPECT_EQ(fault_of(sealed), "");
}

TEST_F(PrintCheck, SeesASignatureFieldWhereNoneIsToBe) {
    Rendered along = printed_;
    along.byte_range = {0, 1, 2, 3};
    EXPECT_THAT(fault_of(along), HasSubstr("another number of signature fields"));
    const auto annotated = [](const std::string& annotation) {
        return changed([&](QPDF& file, QPDFPageObjectHelper& page) {
            const auto added = file.makeIndirectObject(QPDFObjectHandle::parse(annotation));
            page.getObjectHandle().replaceKey("/Annots", QPDFObjectHandle::newArray({added}));
        });
    };
    Rendered more = annotated("<</Subtype/Widget/FT/Sig/Rect[300 600 400 700]>>");
    EXPECT_THAT(fault_of(more), HasSubstr("another number of signature fields"));
    more.byte_range = along.byte_range;
    more.seal.rect = {300, 600, 400, 700};
    EXPECT_EQ(fault_of(more), "");
    more.seal.rect = {300, 600.5, 400, 700.5};
    EXPECT_THAT(fault_of(more), HasSubstr("the seal is not where it was to be"));
    EXPECT_THAT(fault_of(annotated("<</Subtype/FreeText/Rect[300 600 400 700]>>")),
                HasSubstr("annotated"));
}

TEST_F(PrintCheck, ReadsTheQrOverWhatLiesBelow) {
    EXPECT_EQ(fault_of(with_more("0.94 0.91 0.91 rg 440 690 130 130 re f", true)), "");
    for (const char* below : {"0 0 0 rg 440 690 130 130 re f",
                              "0.1 0.1 0.1 rg 440 690 70 130 re f",
                              "0 0 0 RG 60 w 440 760 m 580 760 l S"}) {
        EXPECT_THAT(fault_of(with_more(below, true)), HasSubstr("does not read")) << below;
    }
    const std::string place = std::string(kPlace) + " /QR Do";
    EXPECT_THAT(fault_of(with_other(place, "1 1 1 rg " + place)), HasSubstr("does not read"));
    EXPECT_EQ(fault_of(with_other(place, "0.5 0 0 rg " + place)), "");
}

TEST_F(PrintCheck, ComparesEachModule) {
    EXPECT_EQ(fault_of(printed_, QrLook::Modules), "");
    const auto one_wrong = changed([](QPDF&, QPDFPageObjectHelper& page) {
        QPDFObjectHandle image =
            page.getAttribute("/Resources", false).getKey("/XObject").getKey("/QR");
        const auto data = image.getStreamData(qpdf_dl_generalized);
        std::string bits(reinterpret_cast<const char*>(data->getBuffer()), data->getSize());
        for (std::size_t row = 0; row < 8; ++row) {  // a module inside, eight pixels each way
            char& byte = bits.at((30 * 8 + row) * 61 + 30);
            byte = static_cast<char>(~byte);
        }
        image.replaceStreamData(bits, QPDFObjectHandle::newNull(), QPDFObjectHandle::newNull());
    });
    EXPECT_EQ(fault_of(one_wrong), "") << "error correction mends it";
    EXPECT_THAT(fault_of(one_wrong, QrLook::Modules), HasSubstr("is not this document's address"));
    Issuance other = sample_issuance();
    other.qr_text.back() = other.qr_text.back() == '7' ? '8' : '7';
    EXPECT_THAT(fault_of(printed_, QrLook::Modules, other),
                HasSubstr("is not this document's address"));
    const std::string place = std::string(kPlace) + " /QR Do";
    EXPECT_THAT(fault_of(with_other(place, "0.5 0.5 0.5 rg " + place), QrLook::Modules),
                HasSubstr("is not this document's address"));
}

TEST_F(PrintCheck, MakesAPictureWhereSomethingDarkLiesBelow) {
    EXPECT_EQ(fault_of(with_more("0.94 0.91 0.91 rg 440 690 130 130 re f", true), QrLook::Modules),
              "");
    EXPECT_THAT(fault_of(with_more("0 0 0 rg 440 690 130 130 re f", true), QrLook::Modules),
                HasSubstr("does not read"));
    EXPECT_EQ(fault_of(with_more("0 0 0 rg 500 750 3 3 re f", true), QrLook::Modules), "")
        << "what does no harm";
}

TEST_F(PrintCheck, SeesWhereTheQrStands) {
    EXPECT_THAT(fault_of(with_other(kPlace, "100.24 0 0 100.24 492.46 707.58 cm")),
                HasSubstr("does not lie on the page"));
    EXPECT_THAT(fault_of(with_other(kPlace, "100.24 0 0 100.24 452.46 -20 cm")),
                HasSubstr("does not lie on the page"));
    EXPECT_THAT(fault_of(with_other(kPlace, "80 0 0 80 452.46 707.58 cm")),
                HasSubstr("modules are too small"));
    for (const char* turned : {"0 100.24 -100.24 0 560 707.58 cm",
                               "-100.24 0 0 100.24 560 707.58 cm",
                               "100.24 0 0 -100.24 452.46 810 cm",
                               "100.24 0 20 100.24 440 707.58 cm",
                               "100.24 0 0 92 452.46 707.58 cm"}) {
        EXPECT_THAT(fault_of(with_other(kPlace, turned)), HasSubstr("not upright and square"))
            << turned;
    }
    EXPECT_EQ(fault_of(with_other(kPlace, "2 0 0 2 0 0 cm 50.12 0 0 50.12 226.23 353.79 cm")), "")
        << "all of the matrices count";
    EXPECT_THAT(fault_of(with_other("/QR Do", "")), HasSubstr("no verification QR"));
}

TEST_F(PrintCheck, RefusesWhatItDoesNotUnderstand) {
    for (const char* content : {"0 0 10 10 re W n",
                                "/Sh1 sh",
                                "1 0 0 0 k",
                                "q",
                                "Q",
                                "1 0 0 rg 5 m",
                                "/A w",
                                "[3] w",
                                "1 2 3 4 5 6 7 cm",
                                "BT (L0) 9 Tf ET",
                                "BT /L0 9 Tf 7 Tj ET",
                                "BT /L0 9 Tf [<0001>] TJ ET"}) {
        EXPECT_NE(fault_of(with_more(content, false)), "") << content;
    }
    EXPECT_THAT(fault_of(with_more("1 2 3 4 5 6 7 cm", false)), HasSubstr("\"cm\" and 7 operands"));
    EXPECT_THAT(fault_of(with_more("BT /L9 9 Tf ET", false)), HasSubstr("the font L9 is missing"));
    EXPECT_THAT(fault_of(changed([](QPDF&, QPDFPageObjectHelper& page) {
                    page.getObjectHandle().replaceKey("/Rotate", QPDFObjectHandle::newInteger(90));
                })),
                HasSubstr("turned"));
    EXPECT_THAT(fault_of(changed([](QPDF&, QPDFPageObjectHelper& page) {
                    page.getObjectHandle().replaceKey("/CropBox",
                                                      QPDFObjectHandle::parse("[0 0 300 300]"));
                })),
                HasSubstr("cropped"));
}

TEST_F(PrintCheck, WantsEachFontThatIsUsed) {
    const auto without = [](const char* key, bool in_descendant) {
        return fault_of(changed([&](QPDF&, QPDFPageObjectHelper& page) {
            QPDFObjectHandle font =
                page.getAttribute("/Resources", false).getKey("/Font").getKey("/L0");
            QPDFObjectHandle below = font.getKey("/DescendantFonts").getArrayItem(0);
            (in_descendant ? below.getKey("/FontDescriptor") : font).removeKey(key);
        }));
    };
    EXPECT_THAT(without("/FontFile3", true), HasSubstr("the font L0 is not embedded"));
    EXPECT_THAT(without("/ToUnicode", false), HasSubstr("the font L0 has no ToUnicode map"));
}

TEST_F(PrintCheck, SeesOtherValuesThanPlanned) {
    const Issuance good = sample_issuance();
    for (std::string Issuance::*member : {&Issuance::code, &Issuance::number, &Issuance::qr_text}) {
        Issuance other = good;
        (other.*member).back() = other.*member == "7" ? '8' : '7';
        EXPECT_THROW(check_print(printed_.pdf, printed_, other), Error);
    }
    Rendered pages = printed_;
    pages.pages = 2;
    EXPECT_THAT(fault_of(pages), HasSubstr("has 1 pages, not 2"));
}

}  // namespace
}  // namespace yinxin::pdf
