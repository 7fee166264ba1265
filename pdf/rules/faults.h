// SPDX-License-Identifier: Apache-2.0
// Collects everything that is wrong with an input, up to a cap.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/error.h"

namespace yinxin::pdf {

class Faults {
  public:
    static constexpr std::size_t count_max = 100;

    void add(std::string pointer, std::string rule, std::string detail) {
        if (list_.size() < count_max) {
            list_.push_back({std::move(pointer), std::move(rule), std::move(detail)});
        }
    }
    bool full() const { return list_.size() >= count_max; }
    bool empty() const { return list_.empty(); }
    const std::vector<FieldError>& list() const { return list_; }

  private:
    std::vector<FieldError> list_;
};

}  // namespace yinxin::pdf
