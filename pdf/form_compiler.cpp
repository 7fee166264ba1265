// SPDX-License-Identifier: Apache-2.0
#include "pdf/form_compiler.h"

#define POINTERHOLDER_TRANSITION 4
#include <hpdf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <numbers>
#include <qpdf/BufferInputSource.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>
#include <qpdf/QPDFTokenizer.hh>
#include <set>

#include "common/error.h"
#include "pdf/color_profile.h"
#include "pdf/geometry.h"
#include "pdf/glyph_program.h"
#include "pdf/object_writer.h"
#include "pdf/typeface_embed.h"

namespace yinxin::pdf {
namespace {

constexpr unsigned kPrivateUse = 0xE000;
constexpr Color kWatermarkColor = {240, 231, 231};
constexpr std::u32string_view kWatermark = U"样例 SPECIMEN";
constexpr std::u32string_view kSpecimenFoot = U"样例 SPECIMEN";

/// Called inside libharu, which is C: it must not throw. libharu keeps the first error itself; see
/// Drawing::check().
void on_error(HPDF_STATUS, HPDF_STATUS, void*) noexcept {}

struct DocumentFree {
    void operator()(HPDF_Doc doc) const noexcept { HPDF_Free(doc); }
};

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

/// The glyphs the form uses of each face, by character. Glyph i is U+E000 + i for libharu, code i +
/// 1 when embedded.
using FormGlyphs = std::map<FaceId, std::vector<std::pair<char32_t, std::uint16_t>>>;

FormGlyphs glyphs_of(const BlankForm& form) {
    std::map<FaceId, std::set<std::pair<char32_t, std::uint16_t>>> sorted;
    for (const BlankPage& page : form.pages) {
        for (const PlacedText& text : page.texts) {
            for (const SetGlyph& g : text.glyphs) {
                sorted[g.face].emplace(g.character, g.glyph.id);
            }
        }
    }
    for (const SetGlyph& g : form.stock) {
        sorted[g.face].emplace(g.character, g.glyph.id);
    }
    FormGlyphs out;
    for (const auto& [face, glyphs] : sorted) {
        out[face].assign(glyphs.begin(), glyphs.end());
    }
    return out;
}

std::size_t index_of(const std::vector<std::pair<char32_t, std::uint16_t>>& glyphs,
                     const SetGlyph& g) {
    const auto it =
        std::lower_bound(glyphs.begin(), glyphs.end(), std::pair(g.character, g.glyph.id));
    YINXIN_ASSERT(it != glyphs.end() && *it == std::pair(g.character, g.glyph.id));
    return static_cast<std::size_t>(it - glyphs.begin());
}

std::string carrier_name(FaceId face) {
    return "YinxinForm" + std::to_string(static_cast<int>(face));
}

std::string utf8_of(unsigned code) {  // of U+E000 ... U+F8FF: three bytes
    return {static_cast<char>(0xE0u | (code >> 12)),
            static_cast<char>(0x80u | ((code >> 6) & 63u)),
            static_cast<char>(0x80u | (code & 63u))};
}

/// A path and where it goes.
struct Outline {
    std::array<double, 6> matrix;
    Path path;
};

/// One drawing session with libharu.
class Drawing {
  public:
    Drawing(const BlankForm& form, const FormGlyphs& glyphs, const FaceSet& faces)
        : form_(form), glyphs_(glyphs), faces_(faces), doc_(HPDF_New(&on_error, nullptr)) {
        YINXIN_ASSERT(doc_ != nullptr);
        HPDF_SetCompressionMode(doc_.get(), HPDF_COMP_NONE);
        HPDF_UseUTFEncodings(doc_.get());
        for (const auto& [face, list] : glyphs) {
            fonts_[face] = load_font(face, list);
        }
    }

    Bytes draw(const std::vector<Outline>& watermark) {
        for (const BlankPage& page : form_.pages) {
            page_ = HPDF_AddPage(doc_.get());
            HPDF_Page_SetWidth(page_, static_cast<float>(form_.width_mm * points_per_mm));
            HPDF_Page_SetHeight(page_, static_cast<float>(form_.height_mm * points_per_mm));
            draw_outlines(watermark);
            for (const RectElement& r : page.rects) {
                draw_rect(r);
            }
            for (const LineElement& l : page.lines) {
                stroke_color(l.color);
                HPDF_Page_SetLineWidth(page_, points(l.width));
                HPDF_Page_MoveTo(page_, points(l.x1), from_top(l.y1));
                HPDF_Page_LineTo(page_, points(l.x2), from_top(l.y2));
                HPDF_Page_Stroke(page_);
            }
            draw_texts(page.texts);
        }
        HPDF_SaveToStream(doc_.get());
        check("draw the blank form");
        Bytes out(HPDF_GetStreamSize(doc_.get()));
        HPDF_UINT32 size = static_cast<HPDF_UINT32>(out.size());
        HPDF_ResetStream(doc_.get());
        HPDF_ReadFromStream(doc_.get(), out.data(), &size);
        check("hand over the blank form");
        out.resize(size);
        return out;
    }

  private:
    void check(const char* what) const {
        if (const HPDF_STATUS status = HPDF_GetError(doc_.get()); status != HPDF_OK) {
            char code[32];
            std::snprintf(code, sizeof code, "0x%04lX", static_cast<unsigned long>(status));
            throw Error(ErrorCode::Internal,
                        std::string("libharu cannot ") + what + ": error " + code);
        }
    }

    /// libharu takes fonts as files only: the subset lives in memory and is opened by its
    /// descriptor's name. It takes no CFF either; other glyphs then stand in, which does no harm:
    /// we say where each text begins, and compiling puts the real font in the place of libharu's.
    HPDF_Font load_font(FaceId id, const std::vector<std::pair<char32_t, std::uint16_t>>& glyphs) {
        const bool real = faces_.face(id).truetype();
        std::vector<std::uint16_t> order;
        for (std::size_t i = 0; i < glyphs.size(); ++i) {
            order.push_back(real ? glyphs[i].second : static_cast<std::uint16_t>(i + 1));
        }
        const Bytes font =
            faces_.face(real ? id : FaceId::Kai).truetype_for(order, carrier_name(id));
        const Descriptor fd(memfd_create("yinxin-label-font", MFD_CLOEXEC));
        if (fd.get() < 0 ||
            write(fd.get(), font.data(), font.size()) != static_cast<ssize_t>(font.size())) {
            throw Error(ErrorCode::Unavailable, "No memory for a label font.");
        }
        const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
        const char* name = HPDF_LoadTTFontFromFile(doc_.get(), path.c_str(), HPDF_TRUE);
        check(("load " + faces_.face(id).source().name).c_str());
        HPDF_Font loaded = HPDF_GetFont(doc_.get(), name, "UTF-8");
        check(("use " + faces_.face(id).source().name).c_str());
        return loaded;
    }

    static float points(double mm) { return static_cast<float>(mm * points_per_mm); }
    float from_top(double mm) const {
        return static_cast<float>((form_.height_mm - mm) * points_per_mm);
    }
    static float unit(std::uint8_t v) { return static_cast<float>(v) / 255.0F; }
    void fill_color(const Color& c) {
        HPDF_Page_SetRGBFill(page_, unit(c[0]), unit(c[1]), unit(c[2]));
    }
    void stroke_color(const Color& c) {
        HPDF_Page_SetRGBStroke(page_, unit(c[0]), unit(c[1]), unit(c[2]));
    }

    void draw_outlines(const std::vector<Outline>& outlines) {
        const auto f = [](double v) { return static_cast<float>(v); };
        for (const Outline& outline : outlines) {
            const auto& m = outline.matrix;
            HPDF_Page_GSave(page_);
            fill_color(kWatermarkColor);
            HPDF_Page_Concat(page_, f(m[0]), f(m[1]), f(m[2]), f(m[3]), f(m[4]), f(m[5]));
            for (const PathStep& s : outline.path) {
                if (s.kind == PathStep::Kind::Move) {
                    HPDF_Page_MoveTo(page_, f(s.p[0].x), f(s.p[0].y));
                } else if (s.kind == PathStep::Kind::Line) {
                    HPDF_Page_LineTo(page_, f(s.p[0].x), f(s.p[0].y));
                } else {
                    HPDF_Page_CurveTo(page_,
                                      f(s.p[0].x),
                                      f(s.p[0].y),
                                      f(s.p[1].x),
                                      f(s.p[1].y),
                                      f(s.p[2].x),
                                      f(s.p[2].y));
                }
            }
            if (!outline.path.empty()) {
                HPDF_Page_Fill(page_);
            }
            HPDF_Page_GRestore(page_);
        }
    }

    void draw_rect(const RectElement& r) {
        if (r.fill) {
            fill_color(*r.fill);
        }
        if (r.stroke) {
            stroke_color(*r.stroke);
            HPDF_Page_SetLineWidth(page_, points(r.width));
        }
        HPDF_Page_Rectangle(page_,
                            points(r.box.x),
                            from_top(r.box.bottom()),
                            points(r.box.width),
                            points(r.box.height));
        if (r.fill && r.stroke) {
            HPDF_Page_FillStroke(page_);
        } else if (r.fill) {
            HPDF_Page_Fill(page_);
        } else {
            HPDF_Page_Stroke(page_);
        }
    }

    void draw_texts(const std::vector<PlacedText>& texts) {
        for (const PlacedText& text : texts) {
            fill_color(text.color);
            HPDF_Page_BeginText(page_);
            HPDF_Page_SetTextRenderingMode(page_, text.strong ? HPDF_FILL_THEN_STROKE : HPDF_FILL);
            if (text.strong) {
                stroke_color(text.color);
                HPDF_Page_SetLineWidth(page_, static_cast<float>(text.size * 0.022));
            }
            HPDF_Page_MoveTextPos(page_, static_cast<float>(text.x), static_cast<float>(text.y));
            for (std::size_t i = 0; i < text.glyphs.size();) {
                const FaceId face = text.glyphs[i].face;
                std::string run;
                for (; i < text.glyphs.size() && text.glyphs[i].face == face; ++i) {
                    const SetGlyph& g = text.glyphs[i];
                    run +=
                        utf8_of(kPrivateUse + static_cast<unsigned>(index_of(glyphs_.at(face), g)));
                }
                HPDF_Page_SetFontAndSize(page_, fonts_.at(face), static_cast<float>(text.size));
                HPDF_Page_ShowText(page_, run.c_str());
            }
            HPDF_Page_EndText(page_);
        }
    }

    const BlankForm& form_;
    const FormGlyphs& glyphs_;
    const FaceSet& faces_;
    std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, DocumentFree> doc_;
    std::map<FaceId, HPDF_Font> fonts_;
    HPDF_Page page_ = nullptr;
};

/// 样例 SPECIMEN along the diagonal, each letter on a grid of its own: most numbers have two
/// digits.
std::vector<Outline> watermark_for(const BlankForm& form, const FaceSet& faces) {
    constexpr double kGrid = 99;
    struct Letter {
        Path path;
        double left;
    };
    std::vector<Letter> letters;
    double x = 0;
    for (const char32_t c : kWatermark) {
        const Face& face = faces.face(c < 0x80 ? FaceId::Sans : FaceId::Kai);
        const auto glyph = face.glyph(c);
        YINXIN_ASSERT(glyph.has_value());
        letters.push_back({simplify(face.outline(glyph->id), 0.012), x});
        x += static_cast<double>(glyph->advance) / kUnitsPerEm;
    }
    const double width = form.width_mm * points_per_mm, height = form.height_mm * points_per_mm;
    const double diagonal = std::hypot(width, height), angle = std::atan2(height, width);
    const double size = diagonal * 0.66 / x;
    const double along_x = std::cos(angle) * size, along_y = std::sin(angle) * size;
    std::vector<Outline> out;
    for (Letter& letter : letters) {
        for (PathStep& step : letter.path) {
            for (PathStep::Point& p : step.p) {
                p = {std::round(p.x * kGrid), std::round(p.y * kGrid)};
            }
        }
        const double px = letter.left - x / 2, py = -0.36;
        out.push_back({{along_x / kGrid,
                        along_y / kGrid,
                        -along_y / kGrid,
                        along_x / kGrid,
                        width / 2 + px * along_x - py * along_y,
                        height / 2 + px * along_y + py * along_x},
                       std::move(letter.path)});
    }
    return out;
}

void add_specimen_foot(BlankForm& form, const FaceSet& faces) {
    const Typesetter typesetter(faces);
    std::vector<char32_t> missing;
    const Glyphs glyphs = typesetter.shape(kSpecimenFoot, FaceId::Serif, missing);
    YINXIN_ASSERT(missing.empty());
    TextStyle style;
    style.sizes = {7};
    style.align = Align::Center;
    style.color = {150, 60, 60};
    for (BlankPage& page : form.pages) {
        YINXIN_ASSERT(typesetter.place(glyphs,
                                       {10, form.height_mm - 5.2, form.width_mm - 20, 4},
                                       style,
                                       form.height_mm,
                                       page.texts));
    }
}

/// libharu's content with our codes in its strings, our font names, and numbers no longer than they
/// need be.
class ContentRewriter {
  public:
    explicit ContentRewriter(std::map<std::string, FaceId> fonts) : fonts_(std::move(fonts)) {}

    std::string rewrite(const std::string& content) {
        QPDFTokenizer tokenizer;
        tokenizer.includeIgnorable();
        tokenizer.allowEOF();
        const std::shared_ptr<InputSource> input(new BufferInputSource("content", content));
        while (true) {
            const QPDFTokenizer::Token token = tokenizer.readToken(input, "content", true);
            switch (token.getType()) {
                case QPDFTokenizer::tt_bad:
                    throw Error(ErrorCode::Internal, "libharu drew what cannot be read.");
                case QPDFTokenizer::tt_eof:
                    return std::move(out_);
                case QPDFTokenizer::tt_space:
                    out_ += token.getRawValue().find('\n') == std::string::npos ? ' ' : '\n';
                    break;
                case QPDFTokenizer::tt_integer:
                case QPDFTokenizer::tt_real:
                    append_number(out_, std::round(std::stod(token.getValue()) * 100) / 100);
                    break;
                case QPDFTokenizer::tt_name:
                    name(token.getValue());
                    break;
                case QPDFTokenizer::tt_string:
                    string(token.getValue());
                    break;
                default:
                    out_ += token.getRawValue();
            }
        }
    }

  private:
    void name(const std::string& value) {
        const auto it = fonts_.find(value);
        YINXIN_ASSERT(it != fonts_.end());  // the form names nothing but fonts
        out_ += "/L" + std::to_string(static_cast<int>(it->second));
    }
    void string(const std::string& value) {  // two bytes a code
        static constexpr char kHex[] = "0123456789ABCDEF";
        YINXIN_ASSERT(value.size() % 2 == 0);
        out_ += '<';
        for (std::size_t i = 0; i < value.size(); i += 2) {
            const unsigned seen = static_cast<unsigned char>(value[i]) * 256u +
                                  static_cast<unsigned char>(value[i + 1]);
            YINXIN_ASSERT(seen >= kPrivateUse);
            const unsigned code = seen - kPrivateUse + 1;
            for (int shift = 12; shift >= 0; shift -= 4) {
                out_ += kHex[(code >> shift) & 15u];
            }
        }
        out_ += '>';
    }

    std::map<std::string, FaceId> fonts_;
    std::string out_;
};

/// /F1 -> face, by the PostScript name behind libharu's subset tag.
std::map<std::string, FaceId> fonts_of_page(QPDFObjectHandle resources, const FormGlyphs& glyphs) {
    std::map<std::string, FaceId> out;
    QPDFObjectHandle fonts = resources.getKey("/Font");
    if (!fonts.isDictionary()) {
        return out;
    }
    for (const std::string& key : fonts.getKeys()) {
        const std::string base = fonts.getKey(key).getKey("/BaseFont").getName();
        for (const auto& [face, list] : glyphs) {
            if (base.find(carrier_name(face)) != std::string::npos) {
                out[key] = face;
            }
        }
        YINXIN_ASSERT(out.contains(key));
    }
    return out;
}

}  // namespace

unsigned BlankFont::code(char32_t character, std::uint16_t glyph) const {
    const auto it = std::lower_bound(glyphs.begin(), glyphs.end(), std::pair(character, glyph));
    return it == glyphs.end() || *it != std::pair(character, glyph)
               ? 0u
               : static_cast<unsigned>(it - glyphs.begin()) + 1;
}

CompiledForm compile_form(const BlankForm& given, const FaceSet& faces) {
    BlankForm form = given;
    if (form.specimen) {
        add_specimen_foot(form, faces);
    }
    const FormGlyphs glyphs = glyphs_of(form);
    const Bytes drawn =
        Drawing(form, glyphs, faces)
            .draw(form.specimen ? watermark_for(form, faces) : std::vector<Outline>{});
    CompiledForm out;
    ObjectWriter writer;
    out.icc_profile = writer.add_stream("/N 3", as_text(srgb_profile()), Squeeze::Small);
    try {
        QPDF pdf;
        pdf.setSuppressWarnings(true);
        const std::string_view bytes = as_text(drawn);
        pdf.processMemoryFile("blank form", bytes.data(), bytes.size());
        for (QPDFPageObjectHelper& page : QPDFPageDocumentHelper(pdf).getAllPages()) {
            std::string content;
            for (QPDFObjectHandle& stream : page.getPageContents()) {
                const auto data = stream.getStreamData(qpdf_dl_generalized);
                content.append(reinterpret_cast<const char*>(data->getBuffer()), data->getSize());
            }
            ContentRewriter rewriter(fonts_of_page(page.getAttribute("/Resources", false), glyphs));
            out.contents.push_back(
                writer.add_stream("", "q\n" + rewriter.rewrite(content) + "\nQ\n", Squeeze::Small));
        }
    } catch (const Error&) {
        throw;
    } catch (const std::exception& e) {
        throw Error(ErrorCode::Internal,
                    std::string("The blank form cannot be compiled: ") + e.what());
    }
    YINXIN_ASSERT(out.contents.size() == form.pages.size());
    for (const auto& [face, list] : glyphs) {
        UsedGlyphs used;
        for (const auto& [character, glyph] : list) {
            used.use(character, glyph);
        }
        used.number();
        out.fonts.push_back({face, used.embed(writer, faces.face(face), Squeeze::Small), list});
    }
    out.objects = writer.written();
    return out;
}

}  // namespace yinxin::pdf
