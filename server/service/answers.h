// SPDX-License-Identifier: Apache-2.0
// The JSON that leaves the use cases. The words are those of the contract and no others.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/inspector/changed_pages.h"
#include "server/service/facts.h"
#include "server/storage/store.h"
#include "verify/report.h"

namespace yinxin::server {

using Json = nlohmann::json;

/// 201 of an issue: everything in it stays the same for ever, so a replay gives the same bytes.
Json issue_answer(const Document& document,
                  const RevisionInfo& first,
                  const std::string& public_url);
/// GET of a document by its owner.
Json revision_answer(const RevisionInfo& revision);
Json document_answer(const Document& document,
                     const std::vector<RevisionInfo>& revisions,
                     const ReversedSum& reversed,
                     const std::string& public_url);

/// What a verification found, put together piece by piece.
class VerificationAnswer {
  public:
    explicit VerificationAnswer(Time checked_at);

    VerificationAnswer& outcome(const std::string& word);
    VerificationAnswer& integrity(const std::string& word);
    /// Status, issuer and tier 0: type, titles, organ, day of issue. Nothing personal.
    VerificationAnswer& names(const VerifiableDocument& document,
                              const StoredFacts& facts,
                              const ReversedSum& reversed);
    /// The registered revision a file is, or begins with.
    VerificationAnswer& revision(int n);
    /// Only to who has shown what it is printed on.
    VerificationAnswer& number(const VerifiableDocument& document);
    /// Tier 1: number, pages, digest and the masked facts; `proof` is the fact that was given, ""
    /// for a token.
    VerificationAnswer& shows(const VerifiableDocument& document,
                              const StoredFacts& facts,
                              const std::string& sha256,
                              const std::string& proof);
    /// Signatures and issuer as a check of the file saw them, instead of the register's issuer.
    VerificationAnswer& checked(const verify::DocumentReport& report);
    /// What looks different from what was sealed: "changes" of page, before and after (PNG as data:
    /// URLs).
    VerificationAnswer& changed(const std::vector<ChangedPage>& pages);
    /// Last: an issuer whose certificate is among these is not trusted for its seal alone, and it
    /// says since when. What the register attests to stays as it is.
    VerificationAnswer& marks(const std::map<std::string, Time>& compromised_certificates);

    Json json() const { return answer_; }

  private:
    Json answer_;
};

/// `valid` for a valid document, else the word of its state.
std::string outcome_word(DocumentState state, const std::string& valid);

/// The one answer for everything that is not to be told apart.
Json not_verified(Time checked_at);

/// VerificationAnswer(checked_at).outcome(outcome).names(...).marks(...) as text, byte for byte,
/// without the tree, which would cost more than all the rest of a lookup.
std::string tier0_text(const VerifiableDocument& document,
                       const Titles& titles,
                       const ReversedSum& reversed,
                       const std::string& outcome,
                       Time checked_at,
                       const std::map<std::string, Time>& compromised_certificates);

}  // namespace yinxin::server
