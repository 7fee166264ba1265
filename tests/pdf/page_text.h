// SPDX-License-Identifier: Apache-2.0
// The texts of a page as another reader sees them: libqpdf, the fonts' ToUnicode maps, one entry
// for each text position.
#pragma once

#define POINTERHOLDER_TRANSITION 4
#include <cstdint>
#include <map>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>
#include <qpdf/QPDFWriter.hh>
#include <qpdf/QUtil.hh>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/bytes.h"

namespace yinxin::pdf::test {

inline std::string utf8_of_utf16(const std::string& be) {
    std::string out;
    for (std::size_t i = 0; i + 1 < be.size(); i += 2) {
        const auto unit = [&be](std::size_t k) {
            return static_cast<std::uint32_t>(static_cast<unsigned char>(be.at(k)) * 256 +
                                              static_cast<unsigned char>(be.at(k + 1)));
        };
        std::uint32_t c = unit(i);
        if (c >= 0xD800 && c < 0xDC00) {
            c = 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
            i += 2;
        }
        out += QUtil::toUTF8(c);
    }
    return out;
}

class PageTexts : public QPDFObjectHandle::ParserCallbacks {
  public:
    explicit PageTexts(QPDFObjectHandle fonts) : fonts_(fonts) {}

    void handleObject(QPDFObjectHandle object) override {
        if (!object.isOperator()) {
            operands_.push_back(object);
            return;
        }
        const std::string op = object.getOperatorValue();
        if (op == "Tf") {
            font_ = operands_.at(0).getName();
        } else if (op == "Tm" || op == "Td") {
            texts.emplace_back();
        } else if (op == "Tj") {
            const auto& map = map_of(font_);
            const std::string bytes = operands_.at(0).getStringValue();
            for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
                texts.back() += map.at(bytes.substr(i, 2));
            }
        }
        operands_.clear();
    }
    void handleEOF() override {}

    std::vector<std::string> texts;

  private:
    using CodeMap = std::map<std::string, std::string>;

    static std::string bytes_of(const std::string& hex) {
        const Bytes bytes = from_hex(hex);
        return std::string(as_text(bytes));
    }

    const CodeMap& map_of(const std::string& font) {
        if (const auto it = maps_.find(font); it != maps_.end()) {
            return it->second;
        }
        CodeMap& map = maps_[font];
        const auto data = fonts_.getKey(font).getKey("/ToUnicode").getStreamData();
        const std::string cmap(reinterpret_cast<const char*>(data->getBuffer()), data->getSize());
        for (std::size_t at = cmap.find("\n<"); at != std::string::npos;
             at = cmap.find("\n<", at + 1)) {
            const std::size_t middle = cmap.find("><", at), end = cmap.find('>', middle + 2);
            if (middle == at + 6) {
                map[bytes_of(cmap.substr(at + 2, 4))] =
                    utf8_of_utf16(bytes_of(cmap.substr(middle + 2, end - middle - 2)));
            }
        }
        return map;
    }

    QPDFObjectHandle fonts_;
    std::map<std::string, CodeMap> maps_;
    std::vector<QPDFObjectHandle> operands_;
    std::string font_;
};

/// Of each page. Throws what libqpdf throws on a malformed file.
inline std::vector<std::vector<std::string>> texts_of(const Bytes& pdf) {
    QPDF reader;
    reader.setSuppressWarnings(true);
    reader.setAttemptRecovery(false);
    reader.processMemoryFile("test", reinterpret_cast<const char*>(pdf.data()), pdf.size());
    std::vector<std::vector<std::string>> out;
    for (QPDFPageObjectHelper& page : QPDFPageDocumentHelper(reader).getAllPages()) {
        PageTexts texts(page.getAttribute("/Resources", false).getKey("/Font"));
        page.parseContents(&texts);
        out.push_back(texts.texts);
    }
    if (reader.anyWarnings()) {
        throw std::runtime_error("libqpdf warns: " +
                                 reader.getWarnings().front().getMessageDetail());
    }
    return out;
}

}  // namespace yinxin::pdf::test
