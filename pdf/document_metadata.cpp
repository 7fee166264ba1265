// SPDX-License-Identifier: Apache-2.0
#include "pdf/document_metadata.h"

#include <string_view>

#include "pdf/program_version.h"
#include "pdf/text_string.h"

namespace yinxin::pdf {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string producer() {
    return std::string("Yinxin ") + kProgramVersion;
}

}  // namespace

std::string xmp_packet(const DocumentFacts& facts) {
    // 6.6.2.1: UTF-8, and neither bytes nor encoding in the header
    return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
           "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
           "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
           "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
           "xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" "
           "xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" "
           "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">"
           "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
           "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">" +
           escaped(facts.title) + "</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>" +
           escaped(facts.author) + "</rdf:li></rdf:Seq></dc:creator><pdf:Producer>" + producer() +
           "</pdf:Producer><xmp:CreateDate>" + facts.created_rfc3339 +

           "</xmp:CreateDate></rdf:Description></rdf:RDF></x:xmpmeta>\n"
           "<?xpacket end=\"r\"?>";
}

std::string info_dictionary(const DocumentFacts& facts) {
    return "<</Title" + text_string(facts.title) + "/Producer(" + producer() + ")/CreationDate(" +
           facts.created_pdf + ")>>";
}

}  // namespace yinxin::pdf
