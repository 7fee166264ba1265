// SPDX-License-Identifier: Apache-2.0
// disclosure.json: which facts may be asked for, what is shown masked, what the QR token holds.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pdf/form.h"
#include "pdf/rules/scope.h"

namespace yinxin::pdf::rules {

class DisclosurePlan {
  public:
    static DisclosurePlan read(const Json& disclosure,
                               const Catalog& catalog,
                               const Json& tables,
                               Faults& faults);
    Disclosure disclose(const std::string& type, const Json& values, int pages) const;

  private:
    /// A value behind a mask; empty when it is absent.
    using Reading = std::function<std::string(const Scope&, int pages)>;
    struct Shown {
        ShownFact fact;
        Condition when;
        Reading value, closer;
    };
    struct Asked {
        AskedFact fact;
        Condition when;
        Path of;
    };
    static Reading read_masked(Arguments& arguments,
                               const std::string& of,
                               const std::string& mask);
    void read_shown(const Json& list, const Catalog& catalog, const Json& tables, Faults& faults);
    void read_asked(const Json& list, const Catalog& catalog, const Json& tables, Faults& faults);
    void read_token(const Json& token, const Catalog& catalog, const Json& tables, Faults& faults);
    bool asks(const std::string& name) const;

    std::vector<Shown> shown_;
    std::vector<Asked> asked_;
    std::optional<Path> period_from_, period_to_, total_;
    Reading name_, id_;
};

}  // namespace yinxin::pdf::rules
