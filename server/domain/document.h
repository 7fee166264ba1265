// SPDX-License-Identifier: Apache-2.0
// The words of the register: states of a document and which change may follow which.
#pragma once

#include <string>
#include <string_view>

#include "common/ports.h"

namespace yinxin::server {

/// RESERVED -> ISSUED -> SUPERSEDED | REVOKED; RESERVED -> VOID. Only ISSUED and later are visible
/// outside.
enum class DocumentState { Reserved, Issued, Superseded, Revoked, Void };

/// As stored: RESERVED, ISSUED, ...
std::string to_text(DocumentState state);
DocumentState document_state_from_text(std::string_view text);  // Error{Internal}
/// As said outside: valid, superseded, revoked; "unknown" for what must not be seen.
std::string status_word(DocumentState state);
bool visible(DocumentState state);
/// Why a document was revoked, as anybody may be told: issued_in_error, data_corrected, replaced,
/// key_compromise, other. A reason in free text is "other" outside.
std::string revocation_word(std::string_view reason);
bool may_follow(DocumentState from, DocumentState to);

/// 128 random bits as 32 lower-case hexadecimal digits: nobody finds a document by counting.
std::string new_document_id(Random& random);
/// Whether `text` has the shape of an id, so that anything else never reaches the database.
bool is_document_id(std::string_view text);

}  // namespace yinxin::server
