// SPDX-License-Identifier: Apache-2.0
#include "server/domain/document.h"

#include <algorithm>

#include "common/bytes.h"
#include "common/error.h"

namespace yinxin::server {
namespace {

constexpr std::size_t id_bytes = 16;

}  // namespace

std::string to_text(DocumentState state) {
    switch (state) {
        case DocumentState::Reserved:
            return "RESERVED";
        case DocumentState::Issued:
            return "ISSUED";
        case DocumentState::Superseded:
            return "SUPERSEDED";
        case DocumentState::Revoked:
            return "REVOKED";
        case DocumentState::Void:
            return "VOID";
    }
    assertion_failed("a document state", __FILE__, __LINE__);
}

DocumentState document_state_from_text(std::string_view text) {
    for (const auto state : {DocumentState::Reserved,
                             DocumentState::Issued,
                             DocumentState::Superseded,
                             DocumentState::Revoked,
                             DocumentState::Void}) {
        if (to_text(state) == text) {
            return state;
        }
    }
    throw Error(ErrorCode::Internal, "register: unknown state " + std::string(text));
}

std::string status_word(DocumentState state) {
    switch (state) {
        case DocumentState::Issued:
            return "valid";
        case DocumentState::Superseded:
            return "superseded";
        case DocumentState::Revoked:
            return "revoked";
        default:
            return "unknown";
    }
}

std::string revocation_word(std::string_view reason) {
    for (const std::string_view word :
         {"issued_in_error", "data_corrected", "replaced", "key_compromise"}) {
        if (reason == word) {
            return std::string(word);
        }
    }
    return "other";
}

bool visible(DocumentState state) {
    return state != DocumentState::Reserved && state != DocumentState::Void;
}

bool may_follow(DocumentState from, DocumentState to) {
    if (from == DocumentState::Reserved) {
        return to == DocumentState::Issued || to == DocumentState::Void;
    }
    return from == DocumentState::Issued &&
           (to == DocumentState::Superseded || to == DocumentState::Revoked);
}

std::string new_document_id(Random& random) {
    return to_hex(random.bytes(id_bytes));
}

bool is_document_id(std::string_view text) {
    return text.size() == 2 * id_bytes && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace yinxin::server
