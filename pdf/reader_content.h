// SPDX-License-Identifier: Apache-2.0
// The operators of a content stream one by one, each with its operands (ISO 32000-1, 7.8.2): for
// who has to understand all of a page. Makes no objects: a page has thousands of operands.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes.h"
#include "pdf/reader_lexer.h"

namespace yinxin::pdf::reader {

/// Reads `content`, which outlives it; operands are not kept, so that they are bounded by it and
/// not counted. One thread.
class ContentReader {
  public:
    enum class Operand : std::uint8_t { Number, Name, String, Other };

    explicit ContentReader(ByteView content) : lexer_(content, 0, budget_) {}
    ContentReader(const ContentReader&) = delete;
    ContentReader& operator=(const ContentReader&) = delete;

    /// On to the next operator; false when there is none. Throws Error{Malformed} for what the
    /// grammar does not have and for operands that no operator follows.
    bool next();

    std::string_view letters() const { return letters_; }
    /// How many operands it has.
    std::size_t count() const { return count_; }
    /// `letters`: up to four.
    bool is(std::string_view letters) const { return code_ == code_of(letters); }
    /// That operator with so many numbers and nothing else.
    bool is(std::string_view letters, std::size_t numbers) const {
        return is(letters) && count_ == numbers && numbers_ == numbers;
    }
    /// Exactly these operands.
    bool takes(Operand only) const { return count_ == 1 && kinds_[0] == only; }
    bool takes(Operand first, Operand second) const {
        return count_ == 2 && kinds_[0] == first && kinds_[1] == second;
    }
    /// The operand at that place, of the first six, when it is a number.
    double number(std::size_t at) const { return values_[at]; }
    /// The last name and the last string among them. Valid until the next call of next().
    std::string_view name() const { return name_; }
    std::string_view string() const { return string_; }

  private:
    static constexpr std::size_t kKept = 6;  ///< no operator of a page takes more numbers

    /// Letters as a number, quickly compared; 0 for more than four.
    static constexpr std::uint32_t code_of(std::string_view letters) {
        std::uint32_t code = 0;
        for (std::size_t i = 0; i < letters.size(); ++i) {
            code = i < 4 ? code << 8 | static_cast<unsigned char>(letters[i]) : 0;
        }
        return code;
    }
    bool take_operand();
    void keep(Operand kind) { kinds_[std::min(count_++, kKept - 1)] = kind; }

    ValueBudget budget_;
    Lexer lexer_;
    std::string_view letters_, name_;
    std::string decoded_name_, string_;
    std::uint32_t code_ = 0;
    std::size_t count_ = 0, numbers_ = 0;
    std::array<Operand, kKept> kinds_{};
    std::array<double, kKept> values_{};
};

}  // namespace yinxin::pdf::reader
