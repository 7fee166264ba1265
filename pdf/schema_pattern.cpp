// SPDX-License-Identifier: Apache-2.0
// A Thompson machine: all states that are alive move together, so nothing is ever tried twice.
#include "pdf/schema_pattern.h"

#include <algorithm>
#include <optional>
#include <string>

#include "common/error.h"
#include "pdf/rules/text.h"

namespace yinxin::pdf::rules {
namespace {

constexpr std::size_t instructions_max = 4000;
constexpr int repeats_max = 1000;
constexpr int depth_max = 20;
constexpr int unbounded = -1;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::Invalid, "pattern: " + why);
}

struct Node {
    enum class Kind { Class, Sequence, Choice, Repeat } kind = Kind::Sequence;
    std::size_t index = 0;    ///< Class
    int least = 1, most = 1;  ///< Repeat
    std::vector<Node> children;
};

class Parser {
  public:
    Parser(std::u32string text, std::vector<Pattern::CharacterClass>& classes)
        : text_(std::move(text)), classes_(classes) {}

    Node parse() {
        Node node = choice(0);
        if (node.kind == Node::Kind::Choice) {
            refuse("put the alternatives in ( ), so that ^ and $ hold for all of them");
        }
        if (at_ != text_.size()) {
            refuse("a ) without its (");
        }
        return node;
    }

  private:
    bool more() const { return at_ < text_.size(); }
    bool take(char32_t c) {
        if (!more() || text_[at_] != c) {
            return false;
        }
        ++at_;
        return true;
    }

    Node choice(int depth) {
        if (depth > depth_max) {
            refuse("groups are nested too deeply");
        }
        Node node{Node::Kind::Choice, 0, 1, 1, {}};
        do {
            Node sequence;
            while (more() && text_[at_] != U'|' && text_[at_] != U')') {
                sequence.children.push_back(repeated(atom(depth)));
            }
            node.children.push_back(std::move(sequence));
        } while (take(U'|'));
        return node.children.size() == 1 ? std::move(node.children.front()) : node;
    }

    Node atom(int depth) {
        if (take(U'(')) {
            if (take(U'?') && !take(U':')) {
                refuse("only plain groups are supported");
            }
            Node inner = choice(depth + 1);
            if (!take(U')')) {
                refuse("a ( without its )");
            }
            return inner;
        }
        if (take(U'[')) {
            return of_class(bracket());
        }
        if (take(U'.')) {
            return of_class({true, {}});
        }
        if (take(U'\\')) {
            return of_class(escape());
        }
        const char32_t c = text_[at_++];
        if (std::u32string_view(U"*+?{}]^$").find(c) != std::u32string_view::npos) {
            refuse("character " + std::to_string(at_) + " has a special meaning: put \\ before it");
        }
        return of_class({false, {{c, c}}});
    }

    Node repeated(Node inner) {
        while (more()) {
            int least = 0;
            int most = unbounded;
            if (take(U'+')) {
                least = 1;
            } else if (take(U'?')) {
                most = 1;
            } else if (take(U'{')) {
                least = number();
                most = take(U',') ? (more() && text_[at_] == U'}' ? unbounded : number()) : least;
                if (!take(U'}') || (most != unbounded && most < least)) {
                    refuse("counts are written {n}, {n,} or {n,m}");
                }
            } else if (!take(U'*')) {
                break;
            }
            Node outer{Node::Kind::Repeat, 0, least, most, {}};
            outer.children.push_back(std::move(inner));
            inner = std::move(outer);
        }
        return inner;
    }

    int number() {
        int value = 0;
        const std::size_t start = at_;
        while (more() && text_[at_] >= U'0' && text_[at_] <= U'9' && value <= repeats_max) {
            value = value * 10 + static_cast<int>(text_[at_++] - U'0');
        }
        if (at_ == start || value > repeats_max) {
            refuse("a count must be a number up to " + std::to_string(repeats_max));
        }
        return value;
    }

    Pattern::CharacterClass escape() {
        if (!more()) {
            refuse("it ends with \\");
        }
        const char32_t c = text_[at_++];
        switch (c) {
            case U'd':
                return {false, {{U'0', U'9'}}};
            case U'w':
                return {false, {{U'0', U'9'}, {U'A', U'Z'}, {U'a', U'z'}, {U'_', U'_'}}};
            case U's':
                return {false, {{U' ', U' '}, {U'\t', U'\r'}, {0xA0, 0xA0}, {0x3000, 0x3000}}};
            default:
                break;
        }
        if ((c >= U'0' && c <= U'9') || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z')) {
            refuse("of the escapes with a letter or digit only \\d, \\w and \\s are supported");
        }
        return {false, {{c, c}}};
    }

    Pattern::CharacterClass bracket() {
        Pattern::CharacterClass result;
        result.negated = take(U'^');
        while (!take(U']')) {
            Pattern::CharacterClass item = class_item();
            if (item.ranges.size() == 1 && at_ + 1 < text_.size() && text_[at_] == U'-' &&
                text_[at_ + 1] != U']') {
                ++at_;
                const char32_t last = class_item().ranges.front().second;
                if (last < item.ranges.front().first) {
                    refuse("a range in [ ] runs backwards");
                }
                item.ranges.front().second = last;
            }
            result.ranges.insert(result.ranges.end(), item.ranges.begin(), item.ranges.end());
        }
        return result;
    }

    Pattern::CharacterClass class_item() {
        if (take(U'\\')) {
            return escape();
        }
        if (!more()) {
            refuse("a [ without its ]");
        }
        const char32_t c = text_[at_++];
        return {false, {{c, c}}};
    }

    Node of_class(Pattern::CharacterClass characters) {
        classes_.push_back(std::move(characters));
        return {Node::Kind::Class, classes_.size() - 1, 1, 1, {}};
    }

    std::u32string text_;
    std::size_t at_ = 0;
    std::vector<Pattern::CharacterClass>& classes_;
};

/// Writes the machine of a node; afterwards execution falls through to the next instruction.
class Emitter {
  public:
    using Instruction = Pattern::Instruction;
    explicit Emitter(std::vector<Instruction>& program) : program_(program) {}

    void emit(const Node& node) {
        // Counted apart from the instructions: a repeated empty group makes none.
        if (++calls_ > instructions_max) {
            refuse("it is too large: use smaller counts and maxLength");
        }
        switch (node.kind) {
            case Node::Kind::Class:
                program_.push_back({Instruction::Kind::Class, node.index, 0, 0});
                return;
            case Node::Kind::Sequence:
                for (const Node& child : node.children) {
                    emit(child);
                }
                return;
            case Node::Kind::Choice:
                emit_choice(node);
                return;
            case Node::Kind::Repeat:
                emit_repeat(node);
                return;
        }
    }

  private:
    std::size_t split() {
        program_.push_back({Instruction::Kind::Split, 0, program_.size() + 1, 0});
        return program_.size() - 1;
    }

    void emit_choice(const Node& node) {
        std::vector<std::size_t> jumps;
        for (std::size_t i = 0; i + 1 < node.children.size(); ++i) {
            const std::size_t fork = split();
            emit(node.children[i]);
            jumps.push_back(program_.size());
            program_.push_back({Instruction::Kind::Jump, 0, 0, 0});
            program_[fork].second = program_.size();
        }
        emit(node.children.back());
        for (const std::size_t jump : jumps) {
            program_[jump].first = program_.size();
        }
    }

    void emit_repeat(const Node& node) {
        for (int i = 0; i < node.least; ++i) {
            emit(node.children.front());
        }
        const bool loop = node.most == unbounded;
        const std::size_t start = program_.size();
        std::vector<std::size_t> forks;
        for (int i = node.least; i < (loop ? node.least + 1 : node.most); ++i) {
            forks.push_back(split());
            emit(node.children.front());
        }
        if (loop) {
            program_.push_back({Instruction::Kind::Jump, 0, start, 0});
        }
        for (const std::size_t fork : forks) {
            program_[fork].second = program_.size();
        }
    }

    std::vector<Instruction>& program_;
    std::size_t calls_ = 0;
};

}  // namespace

bool Pattern::CharacterClass::holds(char32_t c) const {
    const bool inside = std::any_of(ranges.begin(), ranges.end(), [c](const auto& range) {
        return c >= range.first && c <= range.second;
    });
    return inside != negated;
}

Pattern::Pattern(std::string_view expression) {
    std::optional<std::u32string> text = to_code_points(expression);
    if (!text || text->size() < 2 || text->front() != U'^' || text->back() != U'$' ||
        (*text)[text->size() - 2] == U'\\') {
        refuse("put ^ at its start and $ at its end, so that it speaks of the whole text");
    }
    const Node node = Parser(text->substr(1, text->size() - 2), classes_).parse();
    Emitter(program_).emit(node);
    program_.push_back({Instruction::Kind::Match, 0, 0, 0});
}

/// Adds every consuming state reachable from `at` without a character.
void Pattern::follow(std::size_t at,
                     std::vector<std::size_t>& states,
                     std::vector<bool>& seen) const {
    std::vector<std::size_t> open = {at};
    while (!open.empty()) {
        const std::size_t state = open.back();
        open.pop_back();
        if (seen[state]) {
            continue;
        }
        seen[state] = true;
        const Instruction& instruction = program_[state];
        if (instruction.kind == Instruction::Kind::Split) {
            open.push_back(instruction.second);
            open.push_back(instruction.first);
        } else if (instruction.kind == Instruction::Kind::Jump) {
            open.push_back(instruction.first);
        } else {
            states.push_back(state);
        }
    }
}

bool Pattern::matches(std::string_view utf8) const {
    const std::optional<std::u32string> text = to_code_points(utf8);
    if (!text) {
        return false;
    }
    std::vector<std::size_t> states;
    std::vector<bool> seen(program_.size(), false);
    follow(0, states, seen);
    for (const char32_t c : *text) {
        std::vector<std::size_t> next;
        std::fill(seen.begin(), seen.end(), false);
        for (const std::size_t state : states) {
            const Instruction& instruction = program_[state];
            if (instruction.kind == Instruction::Kind::Class &&
                classes_[instruction.index].holds(c)) {
                follow(state + 1, next, seen);
            }
        }
        states = std::move(next);
        if (states.empty()) {
            return false;
        }
    }
    return std::any_of(states.begin(), states.end(), [this](std::size_t state) {
        return program_[state].kind == Instruction::Kind::Match;
    });
}

}  // namespace yinxin::pdf::rules
