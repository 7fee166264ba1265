// SPDX-License-Identifier: Apache-2.0
// Sealing a PDF that somebody else has made: what is asked, and what the process that reads the
// file hands back. That process may have been taken over by the file, so it decides nothing about
// the bytes before its own: it gives what is to follow them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/limits.h"
#include "pdf/incremental_update.h"
#include "pdf/seal_place.h"

namespace yinxin::server {

/// What a caller may choose; {"place", "page", "riding", "seal", "reason"}.
struct ExternalSealRequest {
    pdf::WantedPlace place;
    bool riding = false;
    std::string use = "business";  ///< of the seal record
    std::string reason;            ///< "": none is written
};

/// Throws Error{Invalid} naming what is unknown or wrong by JSON Pointer.
ExternalSealRequest external_seal_request(const nlohmann::json& given);

/// For the process that reads the file.
struct SealWork {
    pdf::WantedPlace place;
    bool riding = false;
    pdf::Picture picture;
    std::size_t contents_bytes = 0;
    std::string sub_filter, signing_time, name, reason;
};

/// The bytes that are to follow the file, /Contents still empty, and what was seen of the file.
struct SealDraft {
    Bytes tail;
    std::size_t gap_begin = 0, gap_end = 0;  ///< of /Contents, in the whole
    int page = 0;                            ///< where the seal stands, from 1; 0: invisible
    bool free = true;                        ///< nothing else stood there
    std::vector<std::string> verdicts;       ///< of the signatures in the file, oldest first
    std::vector<std::string> notices;
};

nlohmann::json to_json(const SealWork& work);
nlohmann::json to_json(const SealDraft& draft);
SealWork seal_work_from_json(const nlohmann::json& json);
/// Throws Error{Malformed} or nlohmann::json::exception for what is not as agreed.
SealDraft seal_draft_from_json(const nlohmann::json& json);

/// The file with its tail. Throws Error{Refused} ("unreadable") unless the gap is one whole empty
/// /Contents token of the size asked for, behind the file.
pdf::PreparedRevision joined(ByteView file, const SealDraft& draft, std::size_t contents_bytes);

}  // namespace yinxin::server
