// SPDX-License-Identifier: Apache-2.0
// XMP and the Info dictionary of a document, which must say the same (ISO 19005-3, 6.6.2).
#pragma once

#include <string>

namespace yinxin::pdf {

struct DocumentFacts {
    std::string title;  ///< UTF-8
    std::string author;
    std::string created_rfc3339;  ///< with +08:00
    std::string created_pdf;      ///< D:20260131090000+08'00'
};

std::string xmp_packet(const DocumentFacts& facts);
std::string info_dictionary(const DocumentFacts& facts);

}  // namespace yinxin::pdf
