// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader_content.h"

#include <algorithm>

namespace yinxin::pdf::reader {

bool ContentReader::next() {
    for (count_ = numbers_ = 0;;) {
        lexer_.skip_space_and_comments();
        if (take_operand()) {
            continue;
        }
        if (const auto letters = lexer_.accept_operator()) {
            letters_ = *letters;
            code_ = code_of(letters_);
            return true;
        }
        if (lexer_.at_end()) {
            if (count_ > 0) {
                malformed(lexer_.position(), "operands without an operator");
            }
            return false;
        }
        lexer_.object();
        keep(Operand::Other);
    }
}

/// False where none begins that is read here.
bool ContentReader::take_operand() {
    if (lexer_.at_number()) {
        values_[std::min(count_, kKept - 1)] = lexer_.number().value;
        ++numbers_;
        keep(Operand::Number);
    } else if (lexer_.at_name()) {
        name_ = lexer_.name(decoded_name_);
        keep(Operand::Name);
    } else if (lexer_.at_string()) {
        string_.clear();
        lexer_.string(string_);
        keep(Operand::String);
    } else {
        return false;
    }
    return true;
}

}  // namespace yinxin::pdf::reader
