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

namespace {

/// As few keys are found faster one after the other than by an order of them.
bool few_and_different(const std::vector<Member>& members) {
    constexpr std::size_t kFew = 8;
    if (members.size() > kFew) {
        return false;
    }
    for (auto each = members.begin(); each != members.end(); ++each) {
        if (std::any_of(members.begin(), each, [&](const Member& earlier) {
                return earlier.key == each->key;
            })) {
            return false;
        }
    }
    return true;
}

}  // namespace

Dict::Dict(std::vector<Member> members) : members_(std::move(members)) {
    if (few_and_different(members_)) {
        return;
    }
    by_key_.resize(members_.size());
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
    const Member* found = nullptr;
    if (by_key_.empty()) {
        const auto at = std::find_if(members_.begin(), members_.end(), [key](const Member& member) {
            return member.key == key;
        });
        found = at == members_.end() ? nullptr : &*at;
    } else {
        const auto at = std::lower_bound(by_key_.begin(),
                                         by_key_.end(),
                                         key,
                                         [this](std::uint32_t index, std::string_view wanted) {
                                             return members_[index].key < wanted;
                                         });
        found = at == by_key_.end() || members_[*at].key != key ? nullptr : &members_[*at];
    }
    return found == nullptr || found->value.is_null() ? nullptr : &found->value;
}

double Object::number() const {
    if (const auto* whole = integer()) {
        return static_cast<double>(*whole);
    }
    return real() != nullptr ? *real() : 0.0;
}

namespace {

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

/// What pairs of digits say, as most strings are written: appended, unless something else stands
/// there. Those of Contents are thousands, and are done without a branch for each.
bool append_pairs(std::string& text, ByteView digits) {
    constexpr std::size_t kMany = 128;
    const std::size_t before = text.size(), count = digits.size() / 2;
    if (count >= kMany && !is_hexadecimal(digits)) {
        return false;
    }
    text.resize(before + count);
    char* const out = text.data() + before;
    const std::uint8_t* const in = digits.data();
    if (count >= kMany) {
        const auto value = [](std::uint8_t digit) {
            return static_cast<std::uint8_t>((digit & 0xF) + (digit >> 6) * 9);
        };
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint8_t high = value(in[2 * i]), low = value(in[2 * i + 1]);
            out[i] = static_cast<char>(static_cast<std::uint8_t>(high << 4) | low);
        }
        return true;
    }
    int all = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const int high = hex_value(in[2 * i]), low = hex_value(in[2 * i + 1]);
        all |= high | low;
        out[i] = static_cast<char>(high << 4 | low);
    }
    if (all < 0) {
        text.resize(before);
    }
    return all >= 0;
}

constexpr std::size_t kBlock = 1024;  // digits of a string that are looked at together

constexpr std::array<double, 16> kTens{
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr std::size_t kExactDigits = 15;  // fewer than 2^53, as each of the tens: one rounding

}  // namespace

bool is_hexadecimal(ByteView bytes) {
    std::uint8_t others = 0;
    for (const std::uint8_t byte : bytes) {
        const auto digit = static_cast<std::uint8_t>(byte - '0'),
                   letter = static_cast<std::uint8_t>((byte | 0x20) - 'a');
        others |= static_cast<std::uint8_t>(digit > 9) & static_cast<std::uint8_t>(letter > 5);
    }
    return others == 0;
}

Lexer::Lexer(ByteView bytes, std::size_t position, ValueBudget& budget)
    : bytes_(bytes), position_(position), budget_(budget) {}

void Lexer::ends_inside(std::size_t index) const {
    malformed(index, "the data ends inside an object");
}

void Lexer::skip_comments() {
    for (; has(position_, '%'); skip_space()) {
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
    if (word.size() >= 4 && (word == "true" || word == "false" || word == "null")) {
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
            return string_object();
        case '[':
            return array(depth);
        case '<':
            return has(position_ + 1, '<') ? dictionary(depth) : string_object();
        default:
            break;
    }
    return begins_number(bytes_[position_]) ? number_or_reference() : keyword_value();
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

std::string_view Lexer::name(std::string& decoded) {
    const std::size_t begin = ++position_;  // behind the slash
    while (position_ < bytes_.size() && is_regular(bytes_[position_]) && bytes_[position_] != '#') {
        ++position_;
    }
    const std::string_view plain = as_text(bytes_.subspan(begin, position_ - begin));
    if (!has(position_, '#')) {
        return plain;
    }
    decoded = plain;
    while (position_ < bytes_.size() && is_regular(bytes_[position_])) {
        if (bytes_[position_] != '#') {
            decoded += static_cast<char>(bytes_[position_++]);
            continue;
        }
        const int high = hex_value(at(position_ + 1));
        const int low = hex_value(at(position_ + 2));
        if (high < 0 || low < 0 || high + low == 0) {
            malformed(position_, "'#' in a name is not followed by two hexadecimal digits");
        }
        decoded += static_cast<char>(high * 16 + low);
        position_ += 3;
    }
    return decoded;
}

std::string Lexer::name_text() {
    std::string decoded;
    return std::string(name(decoded));
}

/// "12 0 R"; what does not is left where it is.
std::optional<Reference> Lexer::reference_here() {
    std::size_t at = position_;
    const auto digits = [&](std::size_t most) -> std::optional<std::uint64_t> {
        const std::size_t begin = at;
        std::uint64_t value = 0;
        for (; at < bytes_.size() && is_digit(bytes_[at]) && at - begin <= most; ++at) {
            value = value * 10 + (bytes_[at] - '0');
        }
        const std::size_t end = at;
        while (at < bytes_.size() && is_space(bytes_[at])) {
            ++at;
        }
        const bool fits = end > begin && end - begin <= most && at > end;
        return fits ? std::optional(value) : std::nullopt;
    };
    const auto number = digits(10);
    if (!number || *number > 0xFFFFFFFF || at >= bytes_.size() || !is_digit(bytes_[at])) {
        return std::nullopt;
    }
    const auto generation = digits(5);
    if (!generation || !has(at, 'R') || (at + 1 < bytes_.size() && is_regular(bytes_[at + 1]))) {
        return std::nullopt;
    }
    position_ = at + 1;
    return Reference{static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*generation)};
}

Object Lexer::number_or_reference() {
    const std::size_t begin = position_;
    if (const auto reference = reference_here()) {
        return {*reference, {begin, position_}};
    }
    const Number read = number();
    return read.whole ? Object(read.integer, {begin, position_})
                      : Object(read.value, {begin, position_});
}

namespace {

/// One of so many digits that it is not exact as a whole number.
Lexer::Number long_number(std::string_view text, bool whole, std::size_t offset) {
    Lexer::Number read{whole, 0, 0};
    const auto convert = [&](auto& value) {
        if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) {
            malformed(offset, "a number is too large");
        }
    };
    if (whole) {
        convert(read.integer);
        read.value = static_cast<double>(read.integer);
    } else {
        convert(read.value);
    }
    return read;
}

}  // namespace

Lexer::Number Lexer::number() {
    const std::size_t begin = position_, size = bytes_.size();
    const std::uint8_t* const bytes = bytes_.data();
    const bool negative = bytes[begin] == '-';
    const std::size_t first = begin + (negative || bytes[begin] == '+' ? 1 : 0);
    std::uint64_t digits = 0;  // of few only
    std::size_t end = first;
    const auto run = [&] {
        for (; end < size && is_digit(bytes[end]); ++end) {
            digits = digits * 10 + (bytes[end] - '0');
        }
    };
    run();
    const std::size_t dot = end;
    const bool whole = end >= size || bytes[end] != '.';
    if (!whole) {
        ++end;
        run();
    }
    const std::size_t count = end - first - (whole ? 0 : 1);
    if (count == 0 || (end < size && is_regular(bytes[end]))) {
        malformed(begin, "not a number");
    }
    position_ = end;
    Number read{whole, 0, 0};
    if (count <= kExactDigits) {
        read.integer =
            negative ? -static_cast<std::int64_t>(digits) : static_cast<std::int64_t>(digits);
        read.value = static_cast<double>(read.integer);
        if (!whole) {
            const double value = static_cast<double>(digits) / kTens[end - dot - 1];
            read.value = negative ? -value : value;
        }
        return read;
    }
    const std::size_t from = negative ? begin : first;
    return long_number(as_text(bytes_.subspan(from, end - from)), whole, begin);
}

void Lexer::literal_string(std::string& text) {
    ++position_;
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
            return;
        }
        open += byte == '(' ? 1 : 0;
        if (byte == '\r') {  // an end of line reads as one LF
            position_ += has(position_, '\n') ? 1 : 0;
            byte = '\n';
        }
        text += static_cast<char>(byte);
    }
}

void Lexer::hexadecimal_string(std::string& text) {
    ++position_;
    for (bool whole = true; whole;) {  // no further than there are digits, however much follows
        const ByteView rest = bytes_.subspan(std::min(position_, bytes_.size()));
        const ByteView block = rest.first(std::min(rest.size(), kBlock));
        const std::size_t digits = std::min(as_text(block).find('>'), block.size()) / 2 * 2;
        whole = digits == kBlock;
        if (append_pairs(text, block.first(digits))) {
            position_ += digits;
        } else {
            whole = false;
        }
    }
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
}

void Lexer::string(std::string& bytes) {
    has(position_, '(') ? literal_string(bytes) : hexadecimal_string(bytes);
}

Object Lexer::string_object() {
    const std::size_t begin = position_;
    String read{{}, !has(position_, '(')};
    string(read.bytes);
    return {std::move(read), {begin, position_}};
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
