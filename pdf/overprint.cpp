// SPDX-License-Identifier: Apache-2.0
#include "pdf/overprint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "common/error.h"
#include "common/limits.h"
#include "common/time_text.h"
#include "pdf/document_metadata.h"
#include "pdf/overprint_plan.h"
#include "pdf/picture_object.h"
#include "pdf/qr_plate.h"
#include "pdf/qr_stream.h"
#include "pdf/signature_objects.h"
#include "pdf/typeface_embed.h"

namespace yinxin::pdf {
namespace {

constexpr std::size_t kPreparedMax = 64;

std::string reference(int number) {
    return std::to_string(number) + " 0 R";
}

/// A document's fonts: those of the blank form first, then its own for what they lack.
class FontTable {
  public:
    explicit FontTable(const CompiledForm& blank) {
        for (const BlankFont& font : blank.fonts) {
            blank_.at(static_cast<std::size_t>(font.face)) = &font;
        }
    }
    /// The code in the blank form's font; 0 when it lacks the glyph and the own one has it now.
    std::uint16_t use(const SetGlyph& g) {
        const std::uint16_t shared = blank_code(g);
        if (shared == 0) {
            own_.at(static_cast<std::size_t>(g.face)).use(g.character, g.glyph.id);
        }
        return shared;
    }
    /// Once they are embedded.
    std::uint16_t own_code(const SetGlyph& g) const {
        return own_.at(static_cast<std::size_t>(g.face)).code(g.character, g.glyph.id);
    }

    /// Writes the own fonts; returns the entries of a /Font dictionary.
    std::string embed(ObjectWriter& writer, const FaceSet& faces) {
        std::string out;
        for (std::size_t i = 0; i < kFaceCount; ++i) {
            if (blank_[i] != nullptr) {
                out += "/L" + std::to_string(i) + " " + reference(blank_[i]->number);
            }
            if (!own_[i].empty()) {
                own_[i].number();
                out += "/V" + std::to_string(i) + " " +
                       reference(own_[i].embed(
                           writer, faces.face(static_cast<FaceId>(i)), Squeeze::Steady));
            }
        }
        return out;
    }

  private:
    std::uint16_t blank_code(const SetGlyph& g) {
        const BlankFont* font = blank_.at(static_cast<std::size_t>(g.face));
        if (font == nullptr) {
            return 0;
        }
        Known& known =
            known_[(g.character + 64 * static_cast<std::size_t>(g.face)) % known_.size()];
        if (known.font != font || known.character != g.character || known.glyph != g.glyph.id) {
            known = {font,
                     g.character,
                     g.glyph.id,
                     static_cast<std::uint16_t>(font->code(g.character, g.glyph.id))};
        }
        return known.code;
    }

    /// What was looked up last in each place: a page has few characters, many times.
    struct Known {
        const BlankFont* font = nullptr;
        char32_t character = 0;
        std::uint16_t glyph = 0, code = 0;
    };
    std::array<const BlankFont*, kFaceCount> blank_{};
    std::array<UsedGlyphs, kFaceCount> own_;
    std::array<Known, 256> known_{};
};

/// The operators of one page's values.
class ContentWriter {
  public:
    explicit ContentWriter(const FontTable& fonts) : fonts_(fonts) {}

    void line(const LineElement& l, double page_height_mm) {
        if (l.color != stroke_) {
            color(l.color, "RG\n");
            stroke_ = l.color;
        }
        if (l.width != width_) {
            number(l.width * points_per_mm, "w\n");
            width_ = l.width;
        }
        number(l.x1 * points_per_mm), number((page_height_mm - l.y1) * points_per_mm, "m ");
        number(l.x2 * points_per_mm), number((page_height_mm - l.y2) * points_per_mm, "l S\n");
    }

    void image(const std::string& name, const Rect& at, const Color& ink) {
        out_ += "q ";
        color(ink, "rg ");
        number(at.width()), out_ += "0 0 ", number(at.height()), number(at.left),
            number(at.bottom, "cm /");
        out_ += name + " Do Q\n";
    }

    /// `blank_codes` are what FontTable::use said of its glyphs.
    void text(const PlacedText& t, std::span<const std::uint16_t> blank_codes) {
        const std::vector<SetGlyph>& glyphs = t.glyphs;
        if (!in_text_) {
            out_ += "BT\n";
            in_text_ = true;
        }
        if (t.color != fill_) {
            color(t.color, "rg\n");
            fill_ = t.color;
        }
        if (t.strong != strong_) {
            out_ += t.strong ? "2 Tr\n" : "0 Tr\n";
            strong_ = t.strong;
        }
        if (t.strong) {
            color(t.color, "RG "), number(t.size * 0.022, "w\n");
        }
        const long long x = hundredths(t.x), y = hundredths(t.y);
        put(x - x_), put(y - y_, "Td ");  // from the text before: cells of a row are side by side
        x_ = x, y_ = y;
        for (std::size_t i = 0; i < glyphs.size();) {
            const Font font{glyphs[i].face, blank_codes[i] != 0};
            if (font != font_ || t.size != size_) {
                out_ += font.second ? "/L" : "/V";
                out_ += static_cast<char>('0' + static_cast<int>(font.first));
                out_ += ' ';
                number(t.size, "Tf ");
                font_ = font, size_ = t.size;
            }
            std::size_t end = i + 1;
            while (end < glyphs.size() && Font{glyphs[end].face, blank_codes[end] != 0} == font) {
                ++end;
            }
            out_ += '(';
            for (; i < end; ++i) {
                const unsigned code = font.second ? blank_codes[i] : fonts_.own_code(glyphs[i]);
                string_byte(code >> 8), string_byte(code & 0xFF);
            }
            out_ += ")Tj\n";
        }
    }

    std::string finish() {
        out_ += in_text_ ? "ET\n" : "";
        return std::move(out_);
    }

  private:
    using Font = std::pair<FaceId, bool>;  ///< of the blank form or the document's own
    static_assert(kFaceCount <= 10, "a font is named by one digit");

    static long long hundredths(double v) { return std::llround(v * 100); }
    void put(long long hundredths, std::string_view after = {}) {
        append_thousandths(out_, 10 * hundredths);
        out_ += ' ';
        out_ += after;
    }
    void number(double v, std::string_view after = {}) { put(hundredths(v), after); }
    void color(const Color& c, std::string_view op) {
        for (const std::uint8_t part : c) {
            append_number(out_, part / 255.0);
            out_ += ' ';
        }
        out_ += op;
    }
    /// ISO 32000-1, 7.3.4.2: half as long as in hexadecimal digits.
    void string_byte(unsigned byte) {
        if (byte == '(' || byte == ')' || byte == '\\') {
            out_ += '\\';
        } else if (byte == '\r') {  // as it is, it would be read as a line feed
            out_ += "\\r";
            return;
        }
        out_ += static_cast<char>(byte);
    }

    const FontTable& fonts_;
    std::string out_;
    std::optional<Font> font_;
    Color fill_ = {0, 0, 0}, stroke_ = {0, 0, 0};
    double width_ = 0, size_ = 0;
    long long x_ = 0, y_ = 0;  ///< of the last text
    bool in_text_ = false, strong_ = false;
};

/// The symbol without its quiet zone, centred in the box.
Rect symbol_place(const Rect& box, int modules) {
    const double side = std::min(box.width(), box.height()) * modules / (modules + 8);
    const double left = box.left + (box.width() - side) / 2,
                 bottom = box.bottom + (box.height() - side) / 2;
    return {left, bottom, left + side, bottom + side};
}

/// One document being printed.
class Printing {
  public:
    Printing(const PlanImpl& plan,
             const CompiledForm& blank,
             const Values& values,
             const IssuerNames& issuer,
             const Issuance& issuance,
             const SignatureSpec* signature,
             const FaceSet& faces)
        : plan_(plan),
          layout_(plan.form->layout),
          blank_(blank),
          issuance_(issuance),
          signature_(signature),
          faces_(faces),
          typesetter_(faces),
          scope_{*values.values, *values.input, issuer, &issuance, nullptr, {}},
          writer_(blank.objects, blank.start),
          fonts_(blank) {}

    Rendered run() {
        collect();
        put_seal();
        embed_fonts();
        draw_symbols();
        const int pages = writer_.reserve();
        std::string kids;
        for (std::size_t p = 0; p < plan_.sheets.size(); ++p) {
            kids += reference(add_page(p, pages)) + " ";
        }
        writer_.put(
            pages,
            "<</Type/Pages/Count " + std::to_string(plan_.sheets.size()) + "/Kids[" + kids + "]>>");
        return finish(pages);
    }

  private:
    std::size_t kind_of(std::size_t page) const {
        const std::size_t count = plan_.sheets.size();
        return page == 0 ? 0 : page + 1 < count ? 1 : blank_.contents.size() - 1;
    }

    /// Before what is this document's: the digests of documents that bear the same seal go on
    /// behind it.
    void put_seal() {
        if (signature_ != nullptr && signature_->seal) {
            picture_ = put_picture(writer_, signature_->seal->picture, 0);
        }
    }

    /// Planned texts and those that waited for the number, in reading order.
    void collect() {
        std::vector<FieldError> faults;
        for (std::size_t p = 0; p < plan_.sheets.size(); ++p) {
            const PlannedPage& sheet = plan_.sheets[p];
            std::vector<std::pair<std::size_t, const PlacedText*>> order;
            order.reserve(sheet.texts.size() + sheet.late.size());
            for (const OrderedText& t : sheet.texts) {
                order.emplace_back(t.element, &t.text);
            }
            scope_.page = {
                static_cast<int>(p) + 1, static_cast<int>(plan_.sheets.size()), &sheet.sums};
            for (const std::size_t index : sheet.late) {
                std::vector<PlacedText> placed;
                set_field(std::get<FieldElement>(layout_.elements[index].kind),
                          scope_,
                          false,
                          typesetter_,
                          layout_.height,
                          placed,
                          faults);
                for (PlacedText& text : placed) {
                    late_.push_back(std::move(text));
                    order.emplace_back(index, &late_.back());
                }
            }
            const auto late = order.begin() + static_cast<std::ptrdiff_t>(sheet.texts.size());
            std::inplace_merge(order.begin(), late, order.end(), [](const auto& a, const auto& b) {
                return a.first < b.first;
            });
            std::size_t glyphs = 0;
            for (const auto& [index, text] : order) {
                glyphs += text->glyphs.size();
            }
            std::vector<std::uint16_t> codes(glyphs);
            auto code = codes.begin();
            for (const auto& [index, text] : order) {
                for (const SetGlyph& g : text->glyphs) {
                    *code++ = fonts_.use(g);
                }
            }
            pages_.push_back({std::move(order), std::move(codes)});
        }
        if (!faults.empty()) {
            const std::string detail = faults.front().detail;
            throw Error(
                ErrorCode::Invalid, "The document cannot be printed: " + detail, std::move(faults));
        }
    }

    void embed_fonts() { resources_ = "/Font<<" + fonts_.embed(writer_, faces_) + ">>"; }

    struct Symbol {
        std::string name;
        Rect place;
        Color color;
    };

    void draw_symbols() {
        std::string images;
        for (std::size_t i = 0; i < layout_.elements.size(); ++i) {
            const auto* element = std::get_if<QrElement>(&layout_.elements[i].kind);
            const auto text = element == nullptr ? std::nullopt : scope_.find(element->path);
            if (!text || text->empty()) {
                continue;
            }
            const QrSymbol qr =
                element->verification ? make_verification_qr(*text) : make_qr(*text);
            if (element->verification && qr.modules > limits::qr_modules_max) {
                throw Error(ErrorCode::Invalid,
                            "The address and token in the QR are longer than 251 bytes: shorten "
                            "public_url.");
            }
            const std::string side = std::to_string(qr.modules * kQrDots);
            const int number = writer_.add_compressed("/Type/XObject/Subtype/Image/Width " + side +
                                                          "/Height " + side +
                                                          "/ImageMask true/BitsPerComponent "
                                                          "1/Decode[1 0]",
                                                      zlib_of_packed(qr));
            Symbol symbol{element->verification ? kVerificationQrName : "Q" + std::to_string(i),
                          symbol_place(to_points(element->box, layout_.height), qr.modules),
                          element->color};
            images += "/" + symbol.name + " " + reference(number);
            symbols_.emplace(i, std::move(symbol));
        }
        if (!images.empty()) {
            resources_ += "/XObject<<" + images + ">>";
        }
    }

    int add_page(std::size_t p, int parent) {
        const int count = static_cast<int>(plan_.sheets.size());
        ContentWriter content(fonts_);
        for (const LineElement& line : plan_.sheets[p].lines) {
            content.line(line, layout_.height);
        }
        for (const auto& [index, symbol] : symbols_) {
            if (stands_on(layout_.elements[index].pages, static_cast<int>(p), count)) {
                content.image(symbol.name, symbol.place, symbol.color);
            }
        }
        std::span<const std::uint16_t> codes = pages_[p].blank_codes;
        for (const auto& [index, text] : pages_[p].texts) {
            content.text(*text, codes);
            codes = codes.subspan(text->glyphs.size());
        }
        const int values = writer_.add_stream("", content.finish(), Squeeze::Steady);
        const int number = writer_.reserve();
        std::string body = "<</Type/Page/Parent " + reference(parent) + "/MediaBox[0 0 ";
        append_number(body, layout_.width * points_per_mm);
        body += ' ';
        append_number(body, layout_.height * points_per_mm);
        body += "]/Contents[" + reference(blank_.contents.at(kind_of(p))) + " " +
                reference(values) + "]/Resources<<" + resources_ +
                // the seal blends with what is below it
                ">>/Group<</S/Transparency/CS/DeviceRGB>>";
        if (signature_ != nullptr && seal_page() == p) {
            body += "/Annots[" + add_field(number) + "]";
        }
        writer_.put(number, body + ">>");
        return number;
    }

    std::size_t seal_page() const {
        return signature_->seal ? static_cast<std::size_t>(signature_->seal->page) : 0;
    }

    std::string add_field(int page) {
        const auto id = [](int number) {
            return reader::Reference{static_cast<std::uint32_t>(number), 0};
        };
        const reader::Reference signature = writer_.new_object();
        signature_at_ = writer_.written().bytes.size();
        writer_.put(signature, signature_body(*signature_, signature_->certify));
        const int field = writer_.add(
            widget_body(*signature_, signature_->field_name, id(page), signature, picture_));
        form_ = "/AcroForm<</Fields[" + reference(field) + "]/SigFlags 3>>";
        if (signature_->certify) {
            form_ += "/Perms<</DocMDP " + reference_text(signature) + ">>";
        }
        return reference(field);
    }

    Rendered finish(int pages) {
        const std::string pdf_date = to_pdf_date(issuance_.issued_at);
        const std::string d = pdf_date.substr(2, 14);
        const DocumentFacts facts{plan_.form->form->title_zh() + " " + issuance_.number,
                                  scope_.issuer.organ,
                                  d.substr(0, 4) + "-" + d.substr(4, 2) + "-" + d.substr(6, 2) +
                                      "T" + d.substr(8, 2) + ":" + d.substr(10, 2) + ":" +
                                      d.substr(12, 2) + "+08:00",
                                  pdf_date};
        const int metadata =
            writer_.add_stream("/Type/Metadata/Subtype/XML", xmp_packet(facts), Squeeze::Steady);
        const int root = writer_.add("<</Type/Catalog/Version/1.7/Pages " + reference(pages) +
                                     "/Metadata " + reference(metadata) +
                                     "/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle "
                                     "true>>/OutputIntents[<</Type/OutputIntent"
                                     "/S/GTS_PDFA1/OutputConditionIdentifier(Yinxin "
                                     "RGB)/Info(Yinxin RGB)/DestOutputProfile " +
                                     reference(blank_.icc_profile) + ">>]" + form_ + ">>");
        const int info = writer_.add(info_dictionary(facts));
        Rendered out;
        out.pages = static_cast<int>(plan_.sheets.size());
        out.seal = plan_.seal();
        ObjectWriter::File file = std::move(writer_).finish(root, info);
        out.pdf = std::move(file.bytes);
        out.streams = std::move(file.streams);
        if (signature_ != nullptr) {
            out.byte_range = place_byte_range(out.pdf, signature_at_);
        }
        return out;
    }

    const PlanImpl& plan_;
    const Layout& layout_;
    const CompiledForm& blank_;
    const Issuance& issuance_;
    const SignatureSpec* const signature_;
    const FaceSet& faces_;
    Typesetter typesetter_;
    Scope scope_;
    ObjectWriter writer_;
    FontTable fonts_;
    std::deque<PlacedText> late_;
    struct Page {
        std::vector<std::pair<std::size_t, const PlacedText*>> texts;  ///< by element
        std::vector<std::uint16_t> blank_codes;                        ///< of all their glyphs
    };
    std::vector<Page> pages_;
    std::map<std::size_t, Symbol> symbols_;
    std::optional<reader::Reference> picture_;  ///< of the seal
    std::string resources_, form_;
    std::size_t signature_at_ = 0;
};

class PressImpl final : public Press {
  public:
    PressImpl(std::shared_ptr<const Typefaces> typefaces, std::filesystem::path cache)
        : typefaces_(std::move(typefaces)),
          faces_(face_set(*typefaces_)),
          cache_(std::move(cache)) {}

    std::unique_ptr<Plan> plan(std::shared_ptr<const Form> form,
                               const Values& values,
                               const IssuerNames& issuer) override {
        return make_plan(prepared(std::move(form), issuer), values, issuer, faces_);
    }

    Rendered print(const Plan& plan,
                   const Values& values,
                   const IssuerNames& issuer,
                   const Issuance& issuance,
                   const SignatureSpec* signature) override {
        const auto* own = dynamic_cast<const PlanImpl*>(&plan);
        YINXIN_ASSERT(own != nullptr);
        const auto blank = compiled(*own->form, std::min(own->pages(), 3), issuance.specimen);
        if (signature != nullptr && signature->riding) {
            throw Error(ErrorCode::Invalid, "a riding seal is appended, not printed");
        }
        return Printing(*own, *blank, values, issuer, issuance, signature, faces_).run();
    }

  private:
    /// A form that cannot be prepared is not tried again either.
    struct Prepared {
        std::shared_ptr<const Form> alive;  ///< its address is part of the key
        std::shared_ptr<const PreparedForm> form;
        std::optional<Error> fault;
    };

    std::shared_ptr<const PreparedForm> prepared(std::shared_ptr<const Form> form,
                                                 const IssuerNames& issuer) {
        std::string names;
        for (const std::string* name : {&issuer.organ,
                                        &issuer.organ_short,
                                        &issuer.organ_code,
                                        &issuer.province,
                                        &issuer.channel_digit,
                                        &issuer.verify_host}) {
            names += *name + '\0';
        }
        const std::pair<const Form*, std::string> key{form.get(), names};
        const std::lock_guard lock(mutex_);
        auto it = prepared_.find(key);
        if (it == prepared_.end()) {
            if (prepared_.size() >= kPreparedMax) {
                prepared_.clear();
            }
            Prepared made{form, nullptr, {}};
            try {
                made.form = prepare(std::move(form), issuer, faces_);
            } catch (const Error& error) {
                made.fault = error;
            }
            it = prepared_.emplace(key, std::move(made)).first;
        }
        if (it->second.fault) {
            throw Error(*it->second.fault);
        }
        return it->second.form;
    }

    std::shared_ptr<const CompiledForm> compiled(const PreparedForm& form,
                                                 int kinds,
                                                 bool specimen) {
        const std::string key =
            form.cache_key + "-" + std::to_string(kinds) + (specimen ? "s" : "");
        const std::lock_guard lock(mutex_);
        if (const auto it = compiled_.find(key); it != compiled_.end()) {
            return it->second;
        }
        if (compiled_.size() >= kPreparedMax) {
            compiled_.clear();
        }
        auto made = std::make_shared<CompiledForm>();
        if (!cache_.load(key, *made)) {
            *made = compile_form(form.blank(kinds, specimen), faces_);
            cache_.store(key, *made);
        }
        made->start = ContentStart(made->objects.bytes);
        return compiled_[key] = std::move(made);
    }

    std::shared_ptr<const Typefaces> typefaces_;
    const FaceSet& faces_;
    FormCache cache_;
    std::mutex mutex_;
    std::map<std::pair<const Form*, std::string>, Prepared> prepared_;
    std::map<std::string, std::shared_ptr<const CompiledForm>> compiled_;
};

}  // namespace

std::unique_ptr<Press> Press::create(std::shared_ptr<const Typefaces> typefaces,
                                     std::filesystem::path cache) {
    return std::make_unique<PressImpl>(std::move(typefaces), std::move(cache));
}

}  // namespace yinxin::pdf
