// SPDX-License-Identifier: Apache-2.0
// What a stranger is told about a document: by its code, by a fact from the paper, by the QR token,
// by the file, by a photo of the paper.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/service/even_time.h"
#include "server/service/file_verification.h"
#include "server/service/paper_verification.h"
#include "server/service/service.h"
#include "server/service/single_flight.h"

namespace yinxin::server {

/// Any thread. Shares no lock with issuing.
class Verification {
  public:
    /// `pace` outlives it.
    explicit Verification(const ServiceParts& parts, Pace& pace = real_pace());

    Json by_code(const std::string& code);
    CodeAnswer text_by_code(const std::string& code);
    Json by_fact(const Json& request);
    Json by_file(ByteView file, const std::string& caller);
    std::vector<pdf::AskedFact> askable(const std::string& code);
    const std::vector<verify::TokenKey>& token_keys() const { return token_keys_; }

  private:
    static Pace& real_pace();
    std::string tier0(const VerifiableDocument& document, const std::string& outcome);
    ReversedSum reversed(const VerifiableDocument& document);
    Json tier1(const VerifiableDocument& document, const std::string& proof);
    Json one_fact(const std::string& code, const std::string& name, const std::string& value);
    Json one_token(const std::optional<std::string>& code, const std::string& token);
    std::optional<VerifiableDocument> visible_document(const std::string& code);
    Lookups lookups();

    const ServiceParts parts_;
    Pace& pace_;
    FileVerification files_;
    SingleFlight attempts_;  ///< typed facts, by code
    const std::vector<verify::TokenKey> token_keys_;
    PaperVerification paper_;
};

}  // namespace yinxin::server
