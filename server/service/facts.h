// SPDX-License-Identifier: Apache-2.0
// What the register keeps of a document's disclosure, so that verification needs neither form nor
// input.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "pdf/form.h"

namespace yinxin::server {

struct StoredFacts {
    std::string title_zh, title_en;
    std::vector<pdf::ShownFact> shown;
    std::vector<pdf::AskedFact> asked;
};

std::string facts_to_text(const StoredFacts& facts);
StoredFacts facts_from_text(std::string_view text);  // Error{Internal}

struct Titles {
    std::string zh, en;
};
/// Those of facts_from_text() alone, for who shows nothing else: the way of most lookups.
Titles titles_from_text(std::string_view text);  // Error{Internal}

/// What is asked where nothing may be told of the document, in the words of the forms: the same for
/// every code.
std::vector<pdf::AskedFact> usual_facts();

/// The kind of a usual fact when what was typed for it can be no such fact, whatever the document;
/// "" otherwise. A typing error, not a guess.
std::string mistyped_kind(const std::string& name, std::string_view typed);

/// Whether what was typed is the fact, or ends in it where an end is asked, after the normalisation
/// of its kind; in time that does not depend on either.
bool is_fact(const pdf::AskedFact& asked, std::string_view typed);

}  // namespace yinxin::server
