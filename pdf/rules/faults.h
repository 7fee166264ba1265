// SPDX-License-Identifier: Apache-2.0
// Collects everything that is wrong with an input, up to a cap.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::pdf::rules {

class Faults {
  public:
    void add(std::string pointer, std::string rule, std::string detail) {
        if (!full() && !is_settled(pointer)) {
            list_.push_back({std::move(pointer), std::move(rule), std::move(detail)});
        }
    }
    /// From now on nothing more is said of the places named so far: a number that is no number
    /// needs no check of its digits.
    void settle() { settled_ = list_.size(); }
    bool full() const { return list_.size() >= limits::faults_max; }
    bool empty() const { return list_.empty(); }
    const std::vector<FieldError>& list() const { return list_; }

  private:
    bool is_settled(const std::string& pointer) const {
        for (std::size_t i = 0; i < settled_; ++i) {
            if (list_[i].pointer == pointer) {
                return true;
            }
        }
        return false;
    }

    std::vector<FieldError> list_;
    std::size_t settled_ = 0;
};

}  // namespace yinxin::pdf::rules
