// SPDX-License-Identifier: Apache-2.0
// Small PDFs for tests, built object by object so that every offset is right.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "common/bytes.h"

namespace yinxin::test {

/// Objects 1, 2, ... with a cross-reference table. `trailer` is what follows /Size and /Root 1 0 R.
inline std::string pdf_of(const std::vector<std::string>& bodies, const std::string& trailer = "") {
    std::string out = "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n";
    std::vector<std::size_t> offsets;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        offsets.push_back(out.size());
        out += std::to_string(i + 1) + " 0 obj\n" + bodies[i] + "\nendobj\n";
    }
    const std::size_t start = out.size();
    out += "xref\n0 " + std::to_string(bodies.size() + 1) + "\n0000000000 65535 f \n";
    for (const std::size_t offset : offsets) {
        char line[32];
        std::snprintf(line, sizeof line, "%010zu 00000 n \n", offset);
        out += line;
    }
    return out + "trailer\n<< /Size " + std::to_string(bodies.size() + 1) + " /Root 1 0 R " +
           trailer + " >>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

inline std::string stream_of(const std::string& data, const std::string& members = "") {
    return "<< " + members + " /Length " + std::to_string(data.size()) + " >>\nstream\n" + data +
           "\nendstream";
}

/// One page with a line of content.
inline std::string one_page_pdf() {
    return pdf_of({"<< /Type /Catalog /Pages 2 0 R >>",
                   "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                   "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
                   stream_of("0 0 m 9 9 l S")},
                  "/ID [<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]");
}

}  // namespace yinxin::test
