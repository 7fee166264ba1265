// SPDX-License-Identifier: Apache-2.0
#include "verify/pdf_date.h"

#include "common/time_text.h"

namespace yinxin::verify {

namespace {

class Digits {
  public:
    explicit Digits(std::string_view text) : text_(text) {}

    bool next_is_digit() const {
        return !text_.empty() && text_.front() >= '0' && text_.front() <= '9';
    }
    std::string_view rest() const { return text_; }
    void skip(char c) {
        if (text_.starts_with(c)) {
            text_.remove_prefix(1);
        }
    }
    /// `otherwise` when the text ends here; -1 when there are too few digits.
    int take(std::size_t count, int otherwise) {
        if (!next_is_digit()) {
            return otherwise;
        }
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (!next_is_digit()) {
                return -1;
            }
            value = value * 10 + (text_.front() - '0');
            text_.remove_prefix(1);
        }
        return value;
    }

  private:
    std::string_view text_;
};

}  // namespace

std::optional<Time> parse_pdf_date(std::string_view text) {
    if (!text.starts_with("D:")) {
        return std::nullopt;
    }
    Digits digits(text.substr(2));
    const int year = digits.take(4, -1), month = digits.take(2, 1),
              day_of_month = digits.take(2, 1);
    const int hour = digits.take(2, 0), minute = digits.take(2, 0), second = digits.take(2, 0);
    if (year < 0 || month < 1 || day_of_month < 1 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59) {
        return std::nullopt;
    }
    const std::chrono::year_month_day day{std::chrono::year{year},
                                          std::chrono::month{static_cast<unsigned>(month)},
                                          std::chrono::day{static_cast<unsigned>(day_of_month)}};
    if (!day.ok()) {
        return std::nullopt;
    }
    const Time local = std::chrono::sys_days{day} + std::chrono::hours{hour} +
                       std::chrono::minutes{minute} + std::chrono::seconds{second};
    const char sign = digits.rest().empty() ? 'Z' : digits.rest().front();
    if (sign != '+' && sign != '-') {
        return sign == 'Z' ? std::optional(local) : std::nullopt;
    }
    digits.skip(sign);
    const int offset_hours = digits.take(2, 0);
    digits.skip('\'');
    const int offset_minutes = digits.take(2, 0);
    digits.skip('\'');
    if (offset_hours < 0 || offset_hours > 23 || offset_minutes < 0 || offset_minutes > 59 ||
        !digits.rest().empty()) {
        return std::nullopt;
    }
    const auto offset = std::chrono::hours{offset_hours} + std::chrono::minutes{offset_minutes};
    const Time time = sign == '+' ? local - offset : local + offset;
    return has_rfc3339(time) ? std::optional(time) : std::nullopt;
}

}  // namespace yinxin::verify
