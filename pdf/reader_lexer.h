// SPDX-License-Identifier: Apache-2.0
// Tokens and objects of PDF syntax (ISO 32000-1, 7.2 and 7.3), strictly: what the grammar does not
// have is an error with its byte offset. Also reads content streams token by token.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bytes.h"
#include "pdf/reader_object.h"

namespace yinxin::pdf::reader {

/// What a byte is to the grammar: looked at several times for each byte of a file.
enum class ByteClass : std::uint8_t { Regular, Space, Delimiter };
inline constexpr std::array<ByteClass, 256> byte_classes = [] {
    std::array<ByteClass, 256> classes{};
    for (const char c : std::string_view("\0\t\n\f\r ", 6)) {  // 7.2.2, table 1
        classes[static_cast<unsigned char>(c)] = ByteClass::Space;
    }
    for (const char c : std::string_view("()<>[]{}/%")) {  // table 2
        classes[static_cast<unsigned char>(c)] = ByteClass::Delimiter;
    }
    return classes;
}();
inline bool is_space(std::uint8_t byte) {
    return byte_classes[byte] == ByteClass::Space;
}
inline bool is_delimiter(std::uint8_t byte) {
    return byte_classes[byte] == ByteClass::Delimiter;
}
inline bool is_regular(std::uint8_t byte) {
    return byte_classes[byte] == ByteClass::Regular;
}
inline bool is_digit(std::uint8_t byte) {
    return byte >= '0' && byte <= '9';
}
inline bool begins_number(std::uint8_t byte) {
    return is_digit(byte) || byte == '+' || byte == '-' || byte == '.';
}
/// All of them hexadecimal digits, and nothing between.
bool is_hexadecimal(ByteView bytes);

/// How many values may still be made out of one file: a bound on memory.
struct ValueBudget {
    std::size_t left = 1'000'000;
};

/// Reads `bytes` from `position` on. One thread; `bytes` and `budget` outlive it.
class Lexer {
  public:
    Lexer(ByteView bytes, std::size_t position, ValueBudget& budget);

    std::size_t position() const { return position_; }
    void seek(std::size_t position) { position_ = position; }
    bool at_end() const { return position_ >= bytes_.size(); }

    void skip_space() {  ///< white space only
        while (position_ < bytes_.size() && is_space(bytes_[position_])) {
            ++position_;
        }
    }
    void skip_space_and_comments() {  ///< comments run to the end of their line
        skip_space();
        if (has(position_, '%')) {
            skip_comments();
        }
    }

    /// One whole object; "12 0 R" is a reference. Throws Error{Malformed}, Error{TooLarge}.
    Object object();
    /// Skips space and comments, then consumes `word` when it stands there as a whole token.
    bool accept_keyword(std::string_view word);
    void expect_keyword(std::string_view word);
    /// A run of decimal digits right here, no sign.
    std::uint64_t unsigned_integer();

    /// For content streams: an operator when the next token is one, nullopt when it is an operand
    /// or the end.
    std::optional<std::string_view> accept_operator();

    // Values without an object around them, to be read where one of their kind begins. Throw as
    // object().
    bool at_number() const { return position_ < bytes_.size() && begins_number(bytes_[position_]); }
    bool at_name() const { return has(position_, '/'); }
    bool at_string() const {
        return has(position_, '(') || (has(position_, '<') && !has(position_ + 1, '<'));
    }
    struct Number {
        bool whole = true;
        std::int64_t integer = 0;  ///< when it is whole
        double value = 0;
    };
    Number number();
    /// As it stands in the bytes; what has a #xx is decoded into `decoded`.
    std::string_view name(std::string& decoded);
    /// Either kind, appended to `bytes`.
    void string(std::string& bytes);

  private:
    bool has(std::size_t index, std::uint8_t byte) const {
        return index < bytes_.size() && bytes_[index] == byte;
    }
    [[noreturn]] void ends_inside(std::size_t index) const;
    std::uint8_t at(std::size_t index) const {
        if (index >= bytes_.size()) {
            ends_inside(index);
        }
        return bytes_[index];
    }
    void skip_comments();
    Object object_at(int depth);
    Object number_or_reference();
    Object string_object();
    void literal_string(std::string& text);
    void hexadecimal_string(std::string& text);
    Object array(int depth);
    Object dictionary(int depth);
    Object keyword_value();
    std::string name_text();
    std::optional<Reference> reference_here();

    ByteView bytes_;
    std::size_t position_;
    ValueBudget& budget_;
};

}  // namespace yinxin::pdf::reader
