// SPDX-License-Identifier: Apache-2.0
#include "pdf/form_number.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "common/error.h"
#include "common/money.h"
#include "common/time_text.h"
#include "pdf/rules/months.h"

namespace yinxin::pdf::rules {
namespace {

constexpr std::array<const char*, 9> placeholders = {
    "yyyy", "yy", "mm", "dd", "organ", "organ_short", "organ_code", "province", "channel_digit"};

const char* const shape =
    "a pattern is a text with {serial:N} once (N digits, 4 to 18) and any of {yyyy}, {yy}, {mm}, "
    "{dd}, {organ}, "
    "{organ_short}, {organ_code}, {province}, {channel_digit}, as in "
    "\"FC{yyyy}{organ_code}{serial:8}\"";

}  // namespace

NumberPattern NumberPattern::read(const Json& number, const Catalog& catalog, Faults& faults) {
    NumberPattern result;
    const Json none = Json::object();
    Arguments arguments(number.is_object() ? number : none, "/number", catalog, none, faults);
    const std::string pattern = arguments.text("pattern");
    result.text_ = pattern;
    result.day_ = arguments.optional_path("day", {Kind::Date});
    arguments.finish();
    std::size_t serials = 0;
    for (std::size_t at = 0; at < pattern.size();) {
        const std::size_t open = std::min(pattern.find('{', at), pattern.size());
        if (open > at) {
            result.parts_.push_back({pattern.substr(at, open - at), "", 0});
        }
        const std::size_t close = open == pattern.size() ? open : pattern.find('}', open);
        if (close == std::string::npos) {
            arguments.fault("pattern", shape);
            break;
        }
        at = std::min(close + 1, pattern.size());
        if (open == pattern.size()) {
            break;
        }
        std::string name = pattern.substr(open + 1, close - open - 1);
        Part part{"", name, 0};
        if (name.starts_with("serial:")) {
            ++serials;
            part.placeholder = "serial";
            const std::string digits = name.substr(7);
            part.width = digits.size() <= 2 && Decimal::parse(digits) ? std::stoul(digits) : 0;
            if (part.width < 4 || part.width > 18) {
                arguments.fault("pattern", shape);
            }
        } else if (std::find(placeholders.begin(), placeholders.end(), name) ==
                   placeholders.end()) {
            arguments.fault("pattern", "there is no {" + name + "}; " + shape);
        }
        result.parts_.push_back(part);
    }
    if (serials != 1 && !pattern.empty()) {
        arguments.fault("pattern", shape);
    }
    return result;
}

bool NumberPattern::Symbol::can_equal(const Symbol& other) const {
    const auto is_digit = [](const Symbol& one) {
        return one.digit || (one.literal >= '0' && one.literal <= '9');
    };
    return any || other.any || (digit && is_digit(other)) || (other.digit && is_digit(*this)) ||
           (!digit && !other.digit && literal == other.literal);
}

std::vector<NumberPattern::Symbol> NumberPattern::symbols() const {
    std::vector<Symbol> symbols;
    for (const Part& part : parts_) {
        const std::string& name = part.placeholder;
        if (name == "organ" || name == "organ_short") {
            symbols.push_back({0, false, true});
            continue;
        }
        for (const char c : part.text) {
            symbols.push_back({c, false, false});
        }
        const std::size_t digits = name.empty()              ? 0
                                   : name == "serial"        ? part.width
                                   : name == "yyyy"          ? 4
                                   : name == "organ_code"    ? 6
                                   : name == "channel_digit" ? 1
                                                             : 2;
        symbols.insert(symbols.end(), digits, {0, true, false});
    }
    return symbols;
}

/// Both are walked at once, character by character; a place is how far each has come.
bool NumberPattern::can_equal(const NumberPattern& other) const {
    const std::vector<Symbol> mine = symbols(), theirs = other.symbols();
    std::set<std::pair<std::size_t, std::size_t>> reached{{0, 0}};
    for (auto at = reached.begin(); at != reached.end(); ++at) {  // later ones are larger
        const auto [i, j] = *at;
        if (i == mine.size() || j == theirs.size() || !mine[i].can_equal(theirs[j])) {
            continue;
        }
        reached.insert({i + 1, j + 1});
        if (mine[i].any) {
            reached.insert({i, j + 1});
        }
        if (theirs[j].any) {
            reached.insert({i + 1, j});
        }
    }
    return reached.contains({mine.size(), theirs.size()});
}

std::chrono::year_month_day NumberPattern::day(const Json& values, Time now) const {
    if (!day_) {
        return day_in_china(now);
    }
    const auto day = parse_sane_day(day_->string({values}).value_or(""));
    return day.value_or(day_in_china(now));
}

std::string NumberPattern::fill(const Part& part,
                                std::chrono::year_month_day day,
                                const IssuerNames& issuer) {
    const std::string iso = to_text(day);
    const std::string& name = part.placeholder;
    return name == "yyyy"          ? iso.substr(0, 4)
           : name == "yy"          ? iso.substr(2, 2)
           : name == "mm"          ? iso.substr(5, 2)
           : name == "dd"          ? iso.substr(8, 2)
           : name == "organ"       ? issuer.organ
           : name == "organ_short" ? issuer.organ_short
           : name == "organ_code"  ? issuer.organ_code
           : name == "province"    ? issuer.province
                                   : issuer.channel_digit;
}

std::string NumberPattern::series(const std::string& type,
                                  std::chrono::year_month_day day,
                                  const IssuerNames& issuer) const {
    std::string series = type;
    for (const Part& part : parts_) {
        if (part.text.empty() && part.width == 0) {
            series += "/" + fill(part, day, issuer);
        }
    }
    return series;
}

std::string NumberPattern::number(std::chrono::year_month_day day,
                                  const IssuerNames& issuer,
                                  std::uint64_t serial) const {
    std::string number;
    for (const Part& part : parts_) {
        if (part.width == 0) {
            number += part.text.empty() ? fill(part, day, issuer) : part.text;
            continue;
        }
        const std::string digits = std::to_string(serial);
        if (digits.size() > part.width) {
            throw Error(ErrorCode::Internal,
                        "the number pattern has room for " + std::to_string(part.width) +
                            " digits, and they are used up: add a version of the form with a wider "
                            "{serial:N}");
        }
        number += std::string(part.width - digits.size(), '0') + digits;
    }
    return number;
}

}  // namespace yinxin::pdf::rules

namespace yinxin::pdf {
namespace {

rules::NumberPattern pattern_of(const Form& form) {
    rules::Faults known_good;
    return rules::NumberPattern::read({{"pattern", form.number_pattern()}}, {}, known_good);
}

}  // namespace

std::string number_collision(const Form& form, const Form& other) {
    if (form.type() == other.type() || !pattern_of(form).can_equal(pattern_of(other))) {
        return "";
    }
    return "\"" + form.number_pattern() + "\" can give a number that type " + other.type() +
           " (\"" + other.number_pattern() +
           "\") gives too, and a register holds each number once: put letters of its own into the "
           "pattern, as in \"FC{yyyy}{organ_code}{serial:8}\"";
}

}  // namespace yinxin::pdf
