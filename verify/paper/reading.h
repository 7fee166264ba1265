// SPDX-License-Identifier: Apache-2.0
// What was read off a photo or a scan of paper: the texts of its QR symbols and nothing else.
// Whether they mean anything is for others to say.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/bytes.h"

namespace yinxin::verify::paper {

struct Reading {
    enum class State {
        Read,       ///< as far as there were symbols to be read
        NoPicture,  ///< neither a picture nor a scan
        Broken,     ///< a picture that cannot be decoded
        TooLarge,   ///< more pixels, or more memory, than is allowed
        TooSlow     ///< not to be read in the time that is allowed
    };
    State state = State::NoPicture;
    std::vector<std::string> texts;  ///< each once; visible ASCII, limits::paper_text_bytes_max
    int others = 0;                  ///< symbols whose texts are none of these
    int not_read = 0;                ///< pictures of a scan in a format that is not read
};

/// Begins like JPEG, PNG or HEIF. Looks at the first bytes only.
bool is_picture(ByteView file);

nlohmann::json to_json(const Reading& reading);
/// Throws Error{Malformed} or nlohmann::json::exception for what to_json() does not write: more or
/// longer texts, or other characters.
Reading reading_from_json(const nlohmann::json& json);

/// May stand in Reading::texts.
bool is_plain(std::string_view text);

}  // namespace yinxin::verify::paper
