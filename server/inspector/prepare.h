// SPDX-License-Identifier: Apache-2.0
// What a child of the inspector does with a file that is to be sealed: judges it, finds the place,
// and writes the revision that is to follow. No key is there, so /Contents stays empty.
#pragma once

#include "server/inspector/external_seal.h"
#include "verify/document_verifier.h"

namespace yinxin::server {

/// By the rules for what others have sealed. Throws Error{Refused} whose detail starts with
/// unreadable, encrypted, invalid, altered or certified, Error{Invalid} for a place or a riding
/// seal that this file has no room for.
SealDraft prepare_seal(ByteView file,
                       const SealWork& work,
                       const verify::TrustStore& trust,
                       Time now);

/// The signatures' verdicts by what they cover, the shortest first; of a file and of the same file
/// with a further seal.
std::vector<std::string> verdicts_of(const verify::DocumentReport& report);

}  // namespace yinxin::server
