// SPDX-License-Identifier: Apache-2.0
// One step from a revision to the next, as the rules see it: both states, what was found, and which
// object numbers a rule has explained so far.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pdf/reader.h"
#include "verify/report.h"
#include "verify/revision_rules.h"

namespace yinxin::verify {

using Keys = std::set<std::string>;

class RevisionStep {
  public:
    /// `document` outlives the step; `later` is at least 1.
    RevisionStep(const pdf::reader::Document& document,
                 std::size_t later,
                 const RevisionRules& rules);

    const pdf::reader::Document& document() const { return document_; }
    const RevisionRules& rules() const { return rules_; }
    std::size_t before() const { return before_; }
    std::size_t after() const { return after_; }

    void fault(const std::string& code, const std::string& detail);
    void note(const std::string& code, const std::string& detail);
    std::vector<Finding> take_findings() { return std::move(findings_); }

    const pdf::reader::Object& old_value(const pdf::reader::Dict& dict, const char* key) const {
        return document_.value(dict, key, before_);
    }
    const pdf::reader::Object& new_value(const pdf::reader::Dict& dict, const char* key) const {
        return document_.value(dict, key, after_);
    }
    /// Of a number that could be reached.
    const pdf::reader::Indirect* old_object(std::uint32_t number) const;

    /// Numbers that could be reached before, and those that were referred to without being there:
    /// whatever comes under such a number is seen where that reference stands, so it is nothing
    /// new.
    bool existed(std::uint32_t number) const {
        return old_reachable_.contains(number) || promised_.contains(number);
    }
    bool moved(std::uint32_t number) const {
        return document_.place(number, before_) != document_.place(number, after_);
    }
    const std::set<std::uint32_t>& old_reachable() const { return old_reachable_; }
    const std::set<std::uint32_t>& new_reachable() const { return new_reachable_; }
    /// Objects of the older revision that refer to this one; 0 stands for the trailer.
    const std::set<std::uint32_t>& referrers(std::uint32_t number);

    /// A change is approved by explaining its object's number.
    void explain(std::uint32_t number) { explained_.insert(number); }
    bool explained(std::uint32_t number) const { return explained_.contains(number); }
    /// Everything new below a value that was allowed; old objects stop the walk, they need their
    /// own approval.
    void accept_new(const pdf::reader::Object& object);
    /// An old value that a rule allows to be replaced: what only it referred to may be out of reach
    /// now.
    void give_up(const pdf::reader::Object* value);
    bool given_up(std::uint32_t number) const { return given_up_.contains(number); }
    /// True when the value was, and is, held in the same way: by the same reference or directly. An
    /// existing object that holds the value is thereby explained, provided nothing else refers to
    /// it.
    bool approve_holder(const pdf::reader::Object* old_holder,
                        const pdf::reader::Object* new_holder,
                        std::uint32_t owner);

  private:
    void find_promised();

    const pdf::reader::Document& document_;
    const std::size_t after_, before_;
    const RevisionRules rules_;
    std::set<std::uint32_t> old_reachable_, new_reachable_, promised_, explained_, given_up_;
    std::map<std::uint32_t, std::set<std::uint32_t>> referrers_;
    bool referrers_known_ = false;
    std::vector<Finding> findings_;
};

}  // namespace yinxin::verify
