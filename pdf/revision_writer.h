// SPDX-License-Identifier: Apache-2.0
// Appends changed and new objects as one revision (ISO 32000-1, 7.5.6): the same kind of
// cross-reference as the newest section has, /Prev to it, first /ID element kept.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/bytes.h"
#include "pdf/object_sink.h"
#include "pdf/reader.h"

namespace yinxin::pdf {

class RevisionWriter final : public ObjectSink {
  public:
    /// `document` outlives the writer.
    explicit RevisionWriter(const reader::Document& document);

    /// No new object gets a number up to `highest`: what leads nowhere must not lead to a new
    /// object. Throws Error{Refused} when none is left.
    void leave_free(std::uint32_t highest);
    reader::Reference new_object() override { return {next_number_++, 0}; }
    void put(reader::Reference id, std::string body) override;
    /// The whole file with the revision. `where` tells where the body of that object begins.
    Bytes finish(reader::Reference watched, std::size_t& where) const;
    Bytes finish() const;
    const reader::Document& document() const { return document_; }

  private:
    std::string trailer_members(std::uint64_t size) const;
    /// `out` is what follows the old bytes.
    void append_table(std::string& out,
                      const std::map<reader::Reference, std::size_t>& offsets) const;
    void append_stream(std::string& out, std::map<reader::Reference, std::size_t> offsets) const;

    const reader::Document& document_;
    std::uint32_t next_number_ = 1;
    std::map<reader::Reference, std::string> bodies_;
};

/// A copy of a dictionary of `owner`, members as they stand, with some replaced, added or (empty
/// value) left out.
std::string edited_dict(const reader::Indirect& owner,
                        const reader::Dict& dict,
                        const std::map<std::string, std::string>& changes);

/// Adds `added` (objects or references, as text) to the array that `key` of `dict` names; changes
/// the array's own object where it has one. Returns the new direct value for the key, or "" when
/// nothing in the dictionary changes. Once for each array.
std::string extended_array(RevisionWriter& writer,
                           const reader::Indirect& owner,
                           const reader::Dict& dict,
                           const char* key,
                           const std::string& added);

}  // namespace yinxin::pdf
