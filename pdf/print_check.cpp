// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "common/error.h"
#include "common/limits.h"
#include "common/utf8.h"
#include "pdf/barcode.h"
#include "pdf/overprint.h"
#include "pdf/reader.h"
#include "pdf/typeface.h"

namespace yinxin::pdf {
namespace {

using reader::Dict;
using reader::Object;

constexpr double kDotsPerInch = 200;

[[noreturn]] void differs(const std::string& what) {
    throw Error(ErrorCode::Internal, "The printed document is not as planned: " + what + ".");
}

/// Where an image XObject was painted: the matrix of its "cm".
struct Painted {
    std::string name;
    std::array<double, 6> matrix{};
};

struct PageContent {
    std::u32string text;  ///< by ToUnicode, a space between strings
    std::vector<Painted> images;
    std::set<std::string> fonts;
};

using CodeMap = std::map<unsigned, std::u32string>;

/// The bfchar lines of a ToUnicode stream.
CodeMap read_code_map(ByteView bytes) {
    reader::ValueBudget budget;
    reader::Lexer lexer(bytes, 0, budget);
    CodeMap out;
    std::vector<Object> operands;
    bool inside = false;
    while (true) {
        lexer.skip_space_and_comments();
        if (lexer.at_end()) {
            return out;
        }
        if (const auto op = lexer.accept_operator()) {
            if (*op == "endbfchar") {
                for (std::size_t i = 0; inside && i + 1 < operands.size(); i += 2) {
                    const reader::String* from = operands[i].string();
                    const reader::String* to = operands[i + 1].string();
                    if (from == nullptr || to == nullptr || from->bytes.size() != 2 ||
                        to->bytes.size() % 2 != 0) {
                        differs("a ToUnicode map is malformed");
                    }
                    const auto unit = [](const std::string& s, std::size_t k) {
                        return static_cast<char32_t>(static_cast<unsigned char>(s.at(k)) * 256 +
                                                     static_cast<unsigned char>(s.at(k + 1)));
                    };
                    std::u32string text;
                    for (std::size_t k = 0; k < to->bytes.size(); k += 2) {
                        char32_t c = unit(to->bytes, k);
                        if (c >= 0xD800 && c < 0xDC00 && k + 3 < to->bytes.size()) {
                            c = 0x10000 + ((c - 0xD800) << 10) + (unit(to->bytes, k + 2) - 0xDC00);
                            k += 2;
                        }
                        text += c;
                    }
                    out[static_cast<unsigned>(unit(from->bytes, 0))] = text;
                }
            }
            inside = *op == "beginbfchar";
            operands.clear();
            continue;
        }
        operands.push_back(lexer.object());
    }
}

class PrintedDocument {
  public:
    explicit PrintedDocument(ByteView pdf)
        : document_(reader::Document::open(pdf)), revision_(document_.newest()) {}

    std::vector<reader::Page> pages() { return document_.pages(revision_); }

    PageContent read(const reader::Page& page) {
        PageContent out;
        const Dict* dict = page.object->value.dict();
        const Dict* resources = document_.resolve(page.resources, revision_).dict();
        if (dict == nullptr || resources == nullptr) {
            differs("a page has no resources");
        }
        const Object& contents = document_.value(*dict, "Contents", revision_);
        const reader::Array* parts = contents.array();
        if (parts == nullptr) {
            differs("a page has no contents");
        }
        for (const Object& part : *parts) {
            const reader::Indirect* stream = part.reference() == nullptr
                                                 ? nullptr
                                                 : document_.load(*part.reference(), revision_);
            if (stream == nullptr) {
                differs("a content stream is missing");
            }
            interpret(document_.decode(*stream, revision_), *resources, out);
        }
        return out;
    }

    /// The image mask as printed, on white paper with its quiet zone, one byte a pixel.
    std::optional<std::string> read_symbol(const reader::Page& page, const Painted& image) {
        const Dict* resources = document_.resolve(page.resources, revision_).dict();
        const Dict* images = document_.value(*resources, "XObject", revision_).dict();
        const Object* entry = images == nullptr ? nullptr : images->find(image.name);
        const reader::Indirect* stream = entry == nullptr || entry->reference() == nullptr
                                             ? nullptr
                                             : document_.load(*entry->reference(), revision_);
        const Dict* dict = stream == nullptr ? nullptr : stream->value.dict();
        if (dict == nullptr) {
            differs("the QR image is missing");
        }
        const int width = static_cast<int>(document_.value(*dict, "Width", revision_).number());
        const int modules = width / kQrDots;
        const Bytes bits = document_.decode(*stream, revision_);
        const int stride = (width + 7) / 8;
        if (modules < 21 || modules > 177 || width % kQrDots != 0 ||
            bits.size() != static_cast<std::size_t>(stride * width)) {
            differs("the QR image is malformed");
        }
        const double module_mm = image.matrix[0] / modules / points_per_mm;
        if (image.name == "QR" &&
            (modules > limits::qr_modules_max || module_mm < limits::qr_module_mm_min - 0.001)) {
            differs("the QR's modules are too many or too small");
        }
        const double dots = module_mm / 25.4 * kDotsPerInch;
        const int side = static_cast<int>(std::ceil((modules + 8) * dots));
        Bytes grey(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), 255);
        const auto pixel = [&](int dot) {
            return static_cast<int>(std::floor(((dot + 0.5) / dots - 4) * kQrDots));
        };
        for (int y = 0; y < side; ++y) {
            const int row = pixel(y);
            for (int x = 0; x < side; ++x) {
                const int column = pixel(x);
                if (row < 0 || column < 0 || row >= width || column >= width) {
                    continue;
                }
                const std::uint8_t byte =
                    bits.at(static_cast<std::size_t>(row * stride + column / 8));
                if ((byte >> (7 - column % 8) & 1) != 0) {
                    grey.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(side) +
                            static_cast<std::size_t>(x)) = 0;
                }
            }
        }
        return read_qr(grey, side, side);
    }

    void check_fonts(const reader::Page& page, const std::set<std::string>& used) {
        const Dict* resources = document_.resolve(page.resources, revision_).dict();
        const Dict* fonts = document_.value(*resources, "Font", revision_).dict();
        for (const std::string& name : used) {
            const Dict* font =
                fonts == nullptr ? nullptr : document_.value(*fonts, name, revision_).dict();
            const reader::Array* below =
                font == nullptr ? nullptr
                                : document_.value(*font, "DescendantFonts", revision_).array();
            const Dict* descendant = below == nullptr || below->empty()
                                         ? nullptr
                                         : document_.resolve(below->front(), revision_).dict();
            const Dict* descriptor =
                descendant == nullptr
                    ? nullptr
                    : document_.value(*descendant, "FontDescriptor", revision_).dict();
            if (descriptor == nullptr || descriptor->find("FontFile3") == nullptr) {
                differs("the font " + name + " is not embedded");
            }
        }
    }

  private:
    const CodeMap& code_map(const Dict& resources, const std::string& font) {
        const Dict* fonts = document_.value(resources, "Font", revision_).dict();
        const Object* entry = fonts == nullptr ? nullptr : fonts->find(font);
        if (entry == nullptr || entry->reference() == nullptr) {
            differs("the font " + font + " is missing");
        }
        const auto known = maps_.find(entry->reference()->number);
        if (known != maps_.end()) {
            return known->second;
        }
        const Dict* dict = document_.resolve(*entry, revision_).dict();
        const Object* unicode = dict == nullptr ? nullptr : dict->find("ToUnicode");
        const reader::Indirect* stream = unicode == nullptr || unicode->reference() == nullptr
                                             ? nullptr
                                             : document_.load(*unicode->reference(), revision_);
        if (stream == nullptr) {
            differs("the font " + font + " has no ToUnicode map");
        }
        return maps_[entry->reference()->number] =
                   read_code_map(document_.decode(*stream, revision_));
    }

    void interpret(const Bytes& content, const Dict& resources, PageContent& out) {
        reader::ValueBudget budget;
        reader::Lexer lexer(content, 0, budget);
        std::vector<Object> operands;
        std::string font;
        std::array<double, 6> matrix{};
        while (true) {
            lexer.skip_space_and_comments();
            if (lexer.at_end()) {
                return;
            }
            const auto op = lexer.accept_operator();
            if (!op) {
                operands.push_back(lexer.object());
                continue;
            }
            if (*op == "Tf" && operands.size() == 2 && operands[0].name() != nullptr) {
                font = operands[0].name()->text;
                out.fonts.insert(font);
            } else if (*op == "Tj" && operands.size() == 1 && operands[0].string() != nullptr) {
                const CodeMap& map = code_map(resources, font);
                const std::string& bytes = operands[0].string()->bytes;
                for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
                    const unsigned code = static_cast<unsigned char>(bytes[i]) * 256u +
                                          static_cast<unsigned char>(bytes[i + 1]);
                    const auto it = map.find(code);
                    if (it == map.end()) {
                        differs("a character on the page cannot be copied");
                    }
                    out.text += it->second;
                }
            } else if (*op == "Tm" || *op == "Td") {
                out.text += U' ';
            } else if (*op == "cm" && operands.size() == 6) {
                for (std::size_t i = 0; i < 6; ++i) {
                    matrix.at(i) = operands[i].number();
                }
            } else if (*op == "Do" && operands.size() == 1 && operands[0].name() != nullptr) {
                out.images.push_back({operands[0].name()->text, matrix});
            }
            operands.clear();
        }
    }

    reader::Document document_;
    std::size_t revision_;
    std::map<std::uint32_t, CodeMap> maps_;
};

std::string grouped(const std::string& code) {
    std::string out;
    for (std::size_t i = 0; i < code.size(); ++i) {
        out += i > 0 && i % 4 == 0 ? "-" : "";
        out += code[i];
    }
    return out;
}

std::u32string plain(const std::string& text) {
    return {text.begin(), text.end()};
}

}  // namespace

void check_print(ByteView pdf, const Rendered& rendered, const Issuance& issuance) {
    PrintedDocument document(pdf);
    const std::vector<reader::Page> pages = document.pages();
    if (pages.size() != static_cast<std::size_t>(rendered.pages)) {
        differs("it has " + std::to_string(pages.size()) + " pages, not " +
                std::to_string(rendered.pages));
    }
    std::u32string text;
    int symbols = 0;
    for (const reader::Page& page : pages) {
        const PageContent content = document.read(page);
        document.check_fonts(page, content.fonts);
        text += U' ';
        text += content.text;
        for (const Painted& image : content.images) {
            if (image.name != "QR") {
                continue;
            }
            ++symbols;
            if (document.read_symbol(page, image) != issuance.qr_text) {
                differs("the QR does not read as this document's address");
            }
        }
    }
    if (symbols == 0) {
        differs("it has no verification QR");
    }
    if (text.find(plain(grouped(issuance.code))) == std::u32string::npos) {
        differs("its code is not in the text");
    }
    if (text.find(code_points(issuance.number)) == std::u32string::npos) {
        differs("its number is not in the text");
    }
}

}  // namespace yinxin::pdf
