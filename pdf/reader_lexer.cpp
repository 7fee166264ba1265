// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <numeric>
#include <utility>

#include "common/limits.h"

namespace yinxin::pdf::reader {

void malformed(std::size_t offset, const std::string& what) {
    throw Error(ErrorCode::Malformed, "byte " + std::to_string(offset) + ": " + what);
}

Dict::Dict(std::vector<Member> members) : members_(std::move(members)), by_key_(members_.size()) {
    std::iota(by_key_.begin(), by_key_.end(), 0U);
    std::sort(by_key_.begin(), by_key_.end(), [this](std::uint32_t a, std::uint32_t b) {
        const int order = members_[a].key.compare(members_[b].key);
        return order != 0 ? order < 0 : a < b;
    });
    const auto twice = std::adjacent_find(
        by_key_.begin(), by_key_.end(), [this](std::uint32_t a, std::uint32_t b) {
            return members_[a].key == members_[b].key;
        });
    if (twice != by_key_.end()) {
        const Member& second = members_[*std::next(twice)];
        malformed(second.key_extent.begin,
                  "key /" + second.key + " stands twice in one dictionary");
    }
}

const Object* Dict::find(std::string_view key) const {
    const auto at = std::lower_bound(
        by_key_.begin(), by_key_.end(), key, [this](std::uint32_t index, std::string_view wanted) {
            return members_[index].key < wanted;
        });
    if (at == by_key_.end() || members_[*at].key != key || members_[*at].value.is_null()) {
        return nullptr;
    }
    return &members_[*at].value;
}

double Object::number() const {
    if (const auto* whole = integer()) {
        return static_cast<double>(*whole);
    }
    return real() != nullptr ? *real() : 0.0;
}

namespace {

bool is_digit(std::uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

constexpr std::array<std::int8_t, 256> kHexValues = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::int8_t i = 0; i < 10; ++i) {
        values[static_cast<std::size_t>('0' + i)] = i;
    }
    for (std::int8_t i = 0; i < 6; ++i) {
        values[static_cast<std::size_t>('a' + i)] = values[static_cast<std::size_t>('A' + i)] =
            static_cast<std::int8_t>(10 + i);
    }
    return values;
}();

int hex_value(std::uint8_t byte) {
    return kHexValues[byte];
}

constexpr std::array<double, 16> kTens{
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr std::size_t kExactDigits = 15;  // fewer than 2^53, as each of the tens: one rounding

}  // namespace

Lexer::Lexer(ByteView bytes, std::size_t position, ValueBudget& budget)
    : bytes_(bytes), position_(position), budget_(budget) {}

std::uint8_t Lexer::at(std::size_t index) const {
    if (index >= bytes_.size()) {
        malformed(index, "the data ends inside an object");
    }
    return bytes_[index];
}

void Lexer::skip_space() {
    while (position_ < bytes_.size() && is_space(bytes_[position_])) {
        ++position_;
    }
}

void Lexer::skip_space_and_comments() {
    for (skip_space(); has(position_, '%'); skip_space()) {
        while (position_ < bytes_.size() && bytes_[position_] != '\n' &&
               bytes_[position_] != '\r') {
            ++position_;
        }
    }
}

bool Lexer::accept_keyword(std::string_view word) {
    skip_space_and_comments();
    if (position_ > bytes_.size() ||
        as_text(bytes_.subspan(position_)).substr(0, word.size()) != word) {
        return false;
    }
    const std::size_t after = position_ + word.size();
    if (after < bytes_.size() && is_regular(bytes_[after])) {
        return false;
    }
    position_ = after;
    return true;
}

void Lexer::expect_keyword(std::string_view word) {
    if (!accept_keyword(word)) {
        malformed(position_, "'" + std::string(word) + "' expected");
    }
}

std::uint64_t Lexer::unsigned_integer() {
    const auto text = as_text(bytes_.subspan(std::min(position_, bytes_.size())));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) {
        malformed(position_, "a whole number expected");
    }
    position_ += static_cast<std::size_t>(end - text.data());
    return value;
}

std::optional<std::string_view> Lexer::accept_operator() {
    skip_space_and_comments();
    if (at_end()) {
        return std::nullopt;
    }
    const std::uint8_t first = bytes_[position_];
    const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                        first == '\'' || first == '"';
    if (!letter) {
        return std::nullopt;
    }
    std::size_t end = position_;
    while (end < bytes_.size() && is_regular(bytes_[end])) {
        ++end;
    }
    const auto word = as_text(bytes_.subspan(position_, end - position_));
    if (word == "true" || word == "false" || word == "null") {
        return std::nullopt;
    }
    position_ = end;
    return word;
}

Object Lexer::object() {
    return object_at(0);
}

Object Lexer::object_at(int depth) {
    if (static_cast<std::size_t>(depth) > limits::pdf_depth_max) {
        throw Error(ErrorCode::TooLarge,
                    "byte " + std::to_string(position_) + ": objects are nested too deeply");
    }
    if (budget_.left == 0) {
        throw Error(ErrorCode::TooLarge,
                    "byte " + std::to_string(position_) + ": the file has too many values");
    }
    --budget_.left;
    skip_space_and_comments();
    const std::size_t begin = position_;
    switch (at(position_)) {
        case '/':
            return {Name{name_text()}, {begin, position_}};
        case '(':
            return literal_string();
        case '[':
            return array(depth);
        case '<':
            return has(position_ + 1, '<') ? dictionary(depth) : hexadecimal_string();
        default:
            break;
    }
    const std::uint8_t byte = bytes_[position_];
    if (is_digit(byte)) {
        return number_or_reference();
    }
    if (byte == '+' || byte == '-' || byte == '.') {
        return number();
    }
    return keyword_value();
}

Object Lexer::keyword_value() {
    const std::size_t begin = position_;
    if (accept_keyword("true")) {
        return {true, {begin, position_}};
    }
    if (accept_keyword("false")) {
        return {false, {begin, position_}};
    }
    if (accept_keyword("null")) {
        return {std::monostate{}, {begin, position_}};
    }
    malformed(begin, "an object expected");
}

std::string Lexer::name_text() {
    const std::size_t begin = ++position_;  // behind the slash
    while (position_ < bytes_.size() && is_regular(bytes_[position_]) && bytes_[position_] != '#') {
        ++position_;
    }
    std::string text(as_text(bytes_.subspan(begin, position_ - begin)));
    while (position_ < bytes_.size() && is_regular(bytes_[position_])) {
        if (bytes_[position_] != '#') {
            text += static_cast<char>(bytes_[position_++]);
            continue;
        }
        const int high = hex_value(at(position_ + 1));
        const int low = hex_value(at(position_ + 2));
        if (high < 0 || low < 0 || high + low == 0) {
            malformed(position_, "'#' in a name is not followed by two hexadecimal digits");
        }
        text += static_cast<char>(high * 16 + low);
        position_ += 3;
    }
    return text;
}

std::optional<Reference> Lexer::reference_here() {
    const std::size_t begin = position_;
    const auto number = unsigned_integer();
    if (position_ < bytes_.size() && is_space(bytes_[position_])) {
        skip_space();
        if (position_ < bytes_.size() && is_digit(bytes_[position_])) {
            const std::size_t digits = position_;
            while (position_ < bytes_.size() && is_digit(bytes_[position_])) {
                ++position_;
            }
            const bool separated = position_ < bytes_.size() && is_space(bytes_[position_]);
            if (separated && position_ - digits <= 5 && number <= 0xFFFFFFFF) {
                const std::size_t after = position_;
                position_ = digits;
                const auto generation = unsigned_integer();
                position_ = after;
                skip_space();
                if (has(position_, 'R') &&
                    (position_ + 1 >= bytes_.size() || !is_regular(bytes_[position_ + 1]))) {
                    ++position_;
                    return Reference{static_cast<std::uint32_t>(number),
                                     static_cast<std::uint32_t>(generation)};
                }
            }
        }
    }
    position_ = begin;
    return std::nullopt;
}

Object Lexer::number_or_reference() {
    const std::size_t begin = position_;
    std::size_t digits_end = position_;
    while (digits_end < bytes_.size() && is_digit(bytes_[digits_end])) {
        ++digits_end;
    }
    if (digits_end - begin <= 10 && digits_end < bytes_.size() && is_space(bytes_[digits_end])) {
        if (const auto reference = reference_here()) {
            return {*reference, {begin, position_}};
        }
    }
    return number();
}

Object Lexer::number() {
    const std::size_t begin = position_;
    std::size_t end = begin;
    while (end < bytes_.size() && is_regular(bytes_[end])) {
        ++end;
    }
    auto text = as_text(bytes_.subspan(begin, end - begin));
    position_ = end;
    const auto digits = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
    std::size_t dots = 0, decimals = 0;
    std::int64_t all_digits = 0;  // of few digits only
    for (const char c : digits) {
        if (c == '.') {
            ++dots;
        } else if (is_digit(static_cast<std::uint8_t>(c))) {
            decimals += dots;
            all_digits = digits.size() <= kExactDigits ? all_digits * 10 + (c - '0') : 0;
        } else {
            dots = 2;
        }
        if (dots > 1) {
            malformed(begin, "not a number");
        }
    }
    if (digits.size() == dots) {
        malformed(begin, "not a number");
    }
    if (digits.size() <= kExactDigits) {
        const std::int64_t value = text.front() == '-' ? -all_digits : all_digits;
        if (dots == 0) {
            return {value, {begin, end}};
        }
        return {text.front() == '-' ? -(static_cast<double>(all_digits) / kTens[decimals])
                                    : static_cast<double>(all_digits) / kTens[decimals],
                {begin, end}};
    }
    if (text.starts_with('+')) {
        text = digits;
    }
    if (dots == 0) {
        std::int64_t value = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) {
            malformed(begin, "a number is too large");
        }
        return {value, {begin, end}};
    }
    double value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) {
        malformed(begin, "a number is too large");
    }
    return {value, {begin, end}};
}

Object Lexer::literal_string() {
    const std::size_t begin = position_++;
    std::string text;
    int open = 1;
    while (true) {
        std::uint8_t byte = at(position_++);
        if (byte == '\\') {  // 7.3.4.2, table 3
            byte = at(position_++);
            constexpr std::string_view kLetters = "nrtbf", kMeanings = "\n\r\t\b\f";
            if (const auto index = kLetters.find(static_cast<char>(byte));
                index != std::string_view::npos) {
                text += kMeanings[index];
            } else if (byte >= '0' && byte <= '7') {
                int value = byte - '0';
                for (int i = 0; i < 2 && at(position_) >= '0' && at(position_) <= '7'; ++i) {
                    value = value * 8 + (bytes_[position_++] - '0');
                }
                text += static_cast<char>(value & 0xFF);
            } else if (byte == '\r') {
                position_ += has(position_, '\n') ? 1 : 0;
            } else if (byte != '\n') {
                text += static_cast<char>(byte);
            }
            continue;
        }
        if (byte == ')' && --open == 0) {
            return {String{std::move(text), false}, {begin, position_}};
        }
        open += byte == '(' ? 1 : 0;
        if (byte == '\r') {  // an end of line reads as one LF
            position_ += has(position_, '\n') ? 1 : 0;
            byte = '\n';
        }
        text += static_cast<char>(byte);
    }
}

/// As most are written: no space, and by the thousand in Contents.
void Lexer::hexadecimal_pairs(std::string& text) {
    std::array<char, 256> piece;
    std::size_t size = 0;
    for (; position_ + 1 < bytes_.size(); position_ += 2) {
        const int high = hex_value(bytes_[position_]), low = hex_value(bytes_[position_ + 1]);
        if ((high | low) < 0) {
            break;
        }
        piece[size++] = static_cast<char>(high << 4 | low);
        if (size == piece.size()) {
            text.append(piece.data(), std::exchange(size, 0u));
        }
    }
    text.append(piece.data(), size);
}

Object Lexer::hexadecimal_string() {
    const std::size_t begin = position_++;
    std::string text;
    hexadecimal_pairs(text);
    int high = -1;
    for (std::uint8_t byte = at(position_++); byte != '>'; byte = at(position_++)) {
        if (is_space(byte)) {
            continue;
        }
        const int value = hex_value(byte);
        if (value < 0) {
            malformed(position_ - 1, "not a hexadecimal digit");
        }
        if (high < 0) {
            high = value;
        } else {
            text += static_cast<char>(high * 16 + value);
            high = -1;
        }
    }
    if (high >= 0) {
        text += static_cast<char>(high * 16);
    }
    return {String{std::move(text), true}, {begin, position_}};
}

Object Lexer::array(int depth) {
    const std::size_t begin = position_++;
    auto items = std::make_shared<Array>();
    for (skip_space_and_comments(); at(position_) != ']'; skip_space_and_comments()) {
        items->push_back(object_at(depth + 1));
    }
    ++position_;
    return {std::shared_ptr<const Array>(std::move(items)), {begin, position_}};
}

Object Lexer::dictionary(int depth) {
    const std::size_t begin = position_;
    position_ += 2;
    std::vector<Member> members;
    for (skip_space_and_comments(); at(position_) != '>'; skip_space_and_comments()) {
        const std::size_t key_begin = position_;
        if (bytes_[position_] != '/') {
            malformed(position_, "a key expected in a dictionary");
        }
        std::string key = name_text();
        const Extent key_extent{key_begin, position_};
        members.push_back({std::move(key), key_extent, object_at(depth + 1)});
    }
    if (!has(position_ + 1, '>')) {
        malformed(position_, "'>>' expected");
    }
    position_ += 2;
    return {std::make_shared<const Dict>(std::move(members)), {begin, position_}};
}

}  // namespace yinxin::pdf::reader
