// SPDX-License-Identifier: Apache-2.0
// Regular expressions for schemas: a subset of ECMA 262 over code points, matched in time linear in
// the text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace yinxin::pdf::rules {

/// ^ ... $ around literals, ., [classes], \d \w \s and escaped punctuation, ( ), |, and ? * + {n}
/// {n,} {n,m}. Immutable; any thread.
class Pattern {
  public:
    /// Throws Error{Invalid} saying what is not understood, or that the pattern is not anchored or
    /// too large.
    explicit Pattern(std::string_view expression);

    bool matches(std::string_view utf8) const;

    struct CharacterClass {
        bool negated = false;
        std::vector<std::pair<char32_t, char32_t>> ranges;
        bool holds(char32_t c) const;
    };
    struct Instruction {
        enum class Kind { Class, Split, Jump, Match } kind = Kind::Match;
        std::size_t index = 0;  ///< class
        std::size_t first = 0, second = 0;
    };

  private:
    void follow(std::size_t at, std::vector<std::size_t>& states, std::vector<bool>& seen) const;

    std::vector<CharacterClass> classes_;
    std::vector<Instruction> program_;
};

}  // namespace yinxin::pdf::rules
