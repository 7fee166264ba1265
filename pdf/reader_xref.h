// SPDX-License-Identifier: Apache-2.0
// One cross-reference section: a table with its trailer (ISO 32000-1, 7.5.4, 7.5.5) or a
// cross-reference stream (7.5.8).
#pragma once

#include <optional>
#include <vector>

#include "pdf/reader_indirect.h"

namespace yinxin::pdf::reader {

struct XrefEntry {
    enum class Kind { Free, InUse, Compressed } kind = Kind::Free;
    std::uint32_t number = 0;
    std::uint32_t generation = 0;
    std::size_t place = 0;  ///< InUse: offset in the file. Compressed: number of the object stream
    std::uint32_t index = 0;  ///< Compressed: which object of it
    bool hidden = false;      ///< known only to the stream of a hybrid section
    /// A hybrid file's table and stream give two places; reaching the object is an error.
    bool contested = false;

    bool same_place(const XrefEntry& other) const {
        return kind == other.kind && place == other.place && index == other.index &&
               generation == other.generation;
    }
};

struct XrefSection {
    std::size_t offset = 0;  ///< of the word "xref", or of the stream's object number
    bool is_stream = false;
    bool space_before = false;    ///< the offset given pointed at white space before the word
    bool size_too_small = false;  ///< /Size is not above the highest number (tolerated in a table)
    std::vector<XrefEntry> entries;  ///< by number, each once
    Object trailer;                  ///< a dictionary
    Extent extent;           ///< from `offset` to the end of the trailer, or behind "endobj"
    std::uint64_t size = 0;  ///< /Size
    std::optional<std::size_t> previous;       ///< /Prev
    std::optional<std::size_t> hybrid_stream;  ///< /XRefStm

    const Dict& dict() const { return *trailer.dict(); }
    const XrefEntry* find(std::uint32_t number) const;
};

struct Budgets {
    ValueBudget values;
    InflateBudget inflate;
    std::size_t entries = limits::pdf_objects_max;
    std::size_t lookups = limits::pdf_lookups_max;
};

/// Throws Error{Malformed} or Error{TooLarge}; never searches for anything.
XrefSection read_xref_section(ByteView file, std::size_t offset, Budgets& budgets);

/// Adds what only a hybrid file's stream knows to its table (7.5.8.4) and marks objects that both
/// place differently.
void merge_hybrid(XrefSection& table, const XrefSection& stream);

}  // namespace yinxin::pdf::reader
