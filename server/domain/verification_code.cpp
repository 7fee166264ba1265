// SPDX-License-Identifier: Apache-2.0
#include "server/domain/verification_code.h"

#include <array>
#include <cstdint>

#include "common/error.h"

namespace yinxin::server {
namespace {

constexpr std::size_t random_symbols = code_symbols - 1;
constexpr std::uint8_t no_symbol = 0xff;

/// The place of each symbol in the alphabet.
constexpr std::array<std::uint8_t, 256> symbol_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_symbol);
    for (std::size_t i = 0; i < code_alphabet.size(); ++i) {
        values[static_cast<unsigned char>(code_alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

std::uint8_t value_of(char symbol) {
    return symbol_values[static_cast<unsigned char>(symbol)];
}

/// Luhn mod 32 over 15 symbols: finds every single wrong symbol and every swap of neighbours but 2
/// and Z.
char check_symbol(std::string_view symbols) {
    std::size_t factor = 2, total = 0;
    for (auto at = symbols.rbegin(); at != symbols.rend(); ++at) {
        const std::size_t product = factor * value_of(*at);
        factor = 3 - factor;
        total += product / 32 + product % 32;
    }
    return code_alphabet[(32 - total % 32) % 32];
}

Error typing_error(const std::string& hint) {
    return Error(ErrorCode::Malformed,
                 "this is not a verification code: " + hint,
                 {{"/code", "code", hint}});
}

}  // namespace

std::string new_verification_code(Random& random) {
    std::string code;
    for (const std::uint8_t byte : random.bytes(random_symbols)) {
        code += code_alphabet[byte % 32];  // 32 divides 256: no symbol is likelier than another
    }
    code += check_symbol(code);
    return code;
}

std::string read_verification_code(std::string_view typed) {
    std::string code;
    for (char c : typed) {
        if (c == ' ' || c == '-') {
            continue;
        }
        if (c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        }
        if (c == '0' || c == 'O' || c == '1' || c == 'I') {
            throw typing_error("0, O, 1 and I are never used; look at the paper again");
        }
        if (value_of(c) == no_symbol) {
            throw typing_error("only digits 2 to 9 and letters A to Z without I and O are used");
        }
        if (code.size() == code_symbols) {
            throw typing_error("it has more than 16 symbols");
        }
        code += c;
    }
    if (code.size() != code_symbols) {
        throw typing_error("it has " + std::to_string(code.size()) + " of 16 symbols");
    }
    if (check_symbol(std::string_view(code).substr(0, random_symbols)) != code.back()) {
        throw typing_error("a symbol is wrong or two have changed places");
    }
    return code;
}

std::string print_verification_code(std::string_view code) {
    std::string printed;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (i != 0 && i % 4 == 0) {
            printed += '-';
        }
        printed += code[i];
    }
    return printed;
}

}  // namespace yinxin::server
