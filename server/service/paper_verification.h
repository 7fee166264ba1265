// SPDX-License-Identifier: Apache-2.0
// What a stranger is told about a photo or a scan: what the register says of the document that its
// QR leads to, to be compared with the paper line by line. The picture itself is never judged: a
// genuine QR can stand on a forged sheet.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "server/service/service.h"

namespace yinxin::server {

/// The answers to a code and to a token, as anybody gets them who types or scans.
struct Lookups {
    std::function<Json(const std::string& code)> by_code;
    std::function<Json(const std::string& code, const std::string& token)> by_token;
    /// The code inside a token that is genuine.
    std::function<std::optional<std::string>(const std::string& token)> code_in;
};

/// Any thread.
class PaperVerification {
  public:
    PaperVerification(const ServiceParts& parts, Lookups lookups);

    // At most one document is looked up for a file, so that a picture full of codes asks no more
    // than one caller may.

    /// nullopt: the file is no picture.
    std::optional<Json> answer_picture(ByteView file, const std::string& caller);
    /// Of a PDF without seals, of which `unsealed` is said already: nullopt when it is no scan, or
    /// cannot be read as one now.
    std::optional<Json> answer_scan(ByteView file, const std::string& caller, const Json& unsealed);

  private:
    /// A QR's address of ours: 16 symbols, and a token or "".
    struct Address {
        std::string code, token;
    };
    /// nullopt: not ours.
    std::optional<Address> address_in(const std::string& text) const;
    Json answer(const verify::paper::Reading& reading, Json otherwise);

    const ServiceParts parts_;
    const Lookups lookups_;
    const std::string prefix_;  ///< public_url and "/v/"
};

}  // namespace yinxin::server
