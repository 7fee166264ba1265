// SPDX-License-Identifier: Apache-2.0
// What is known about one signature while it is being checked: the worst verdict so far and every
// finding.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "verify/report.h"

namespace yinxin::verify {

class Assessment {
  public:
    /// `indication` is the sub-indication of ETSI EN 319 102-1 that goes with the fault.
    void fault(Verdict verdict, std::string code, std::string detail, std::string indication = "") {
        if (rank(verdict) > rank(verdict_)) {
            verdict_ = verdict;
            sub_indication_ = std::move(indication);
        }
        findings_.push_back({Finding::Weight::Fault, std::move(code), std::move(detail)});
    }
    void malformed(std::string code, std::string detail) {
        fault(Verdict::Malformed, std::move(code), std::move(detail), "FORMAT_FAILURE");
    }
    void warn(std::string code, std::string detail) {
        findings_.push_back({Finding::Weight::Warning, std::move(code), std::move(detail)});
    }
    void note(std::string code, std::string detail) {
        findings_.push_back({Finding::Weight::Note, std::move(code), std::move(detail)});
    }

    Verdict verdict() const { return verdict_; }
    const std::string& sub_indication() const { return sub_indication_; }
    const std::vector<Finding>& findings() const { return findings_; }

  private:
    static int rank(Verdict verdict) {
        switch (verdict) {
            case Verdict::Malformed:
                return 4;
            case Verdict::Broken:
                return 3;
            case Verdict::Modified:
                return 2;
            case Verdict::Undecided:
                return 1;
            case Verdict::Intact:
                break;
        }
        return 0;
    }

    Verdict verdict_ = Verdict::Intact;
    std::string sub_indication_;
    std::vector<Finding> findings_;
};

}  // namespace yinxin::verify
