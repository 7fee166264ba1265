// SPDX-License-Identifier: Apache-2.0
#include "server/metrics.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "server/version.h"

namespace yinxin::server {
namespace {

constexpr std::array<const char*, 3> kOwable{"B-T", "B-LT", "B-LTA"};

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

class Text {
  public:
    void family(const char* name, const char* kind, const char* help) {
        name_ = std::string("yinxin_") + name;
        text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + kind + "\n";
    }
    void sample(std::initializer_list<std::pair<const char*, std::string_view>> labels,
                std::uint64_t value) {
        std::string list;
        for (const auto& [label, text] : labels) {
            list += (list.empty() ? "" : ",") + std::string(label) + "=\"" + escaped(text) + "\"";
        }
        text_ += name_ + "{" + list + "} " + std::to_string(value) + "\n";
    }
    std::string take() { return std::move(text_); }

  private:
    std::string name_, text_;
};

void add_debts(Text& text, const Metrics& measured) {
    text.family("level_debts", "gauge", "Documents that are still to reach a level, by age.");
    for (const char* level : kOwable) {
        for (const char* age : debt_ages) {
            std::uint64_t open = 0;
            for (const DebtGroup& group : measured.debts) {
                open += group.wanted == level && group.age == age ? group.open : 0;
            }
            text.sample({{"level", level}, {"age", age}}, open);
        }
    }
    text.family("level_debt_oldest_seconds", "gauge", "How long the oldest of them waits.");
    for (const char* level : kOwable) {
        Time oldest = measured.now;
        for (const DebtGroup& group : measured.debts) {
            oldest = group.wanted == level ? std::min(oldest, group.oldest) : oldest;
        }
        const auto age = std::chrono::floor<std::chrono::seconds>(measured.now - oldest);
        text.sample({{"level", level}}, static_cast<std::uint64_t>(age.count()));
    }
}

void add_tsas(Text& text, const std::vector<TsaState>& tsas) {
    text.family("tsa_left_alone", "gauge", "1: it failed too often and is left alone for now.");
    for (const TsaState& tsa : tsas) {
        text.sample({{"tsa", tsa.url}}, tsa.open ? 1 : 0);
    }
    text.family("tsa_tokens_total", "counter", "Time stamps that hold.");
    for (const TsaState& tsa : tsas) {
        text.sample({{"tsa", tsa.url}}, tsa.tokens);
    }
    text.family("tsa_errors_total", "counter", "No answer in time, or one that does not hold.");
    for (const TsaState& tsa : tsas) {
        text.sample({{"tsa", tsa.url}}, tsa.failures);
    }
}

}  // namespace

std::string metrics_text(const Metrics& measured) {
    Text text;
    text.family("build_info", "gauge", "The version that runs.");
    text.sample({{"version", version}}, 1);
    text.family("documents_issued_total", "counter", "By the level they went out at.");
    for (const auto& [what, count] : measured.counts.issued) {
        text.sample({{"type", what.first}, {"level", what.second}}, count);
    }
    text.family("documents_extended_total", "counter", "Later revisions, by the level reached.");
    for (const auto& [level, count] : measured.counts.extended) {
        text.sample({{"level", level}}, count);
    }
    add_debts(text, measured);
    add_tsas(text, measured.tsas);
    return text.take();
}

}  // namespace yinxin::server
