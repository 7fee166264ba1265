// SPDX-License-Identifier: Apache-2.0
// What a path of a layout means for one document: values of the data, of the instance, of the
// issuance, of the page.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pdf/form.h"
#include "pdf/layout.h"

namespace yinxin::pdf {

struct PageFacts {
    int number = 1, count = 1;
    const std::map<std::string, std::string>* sums =
        nullptr;  ///< member path -> sum over the page's rows
};

class Scope {
  public:
    const Json& values;
    const Json& input;
    const IssuerNames& issuer;
    const Issuance* issuance = nullptr;  ///< null while planning
    const Json* row = nullptr;           ///< paths start here when set
    PageFacts page;

    /// nullopt: absent, so it may come with the number. Throws Error{Internal} when the path leads
    /// to no text.
    std::optional<std::string> find(const std::vector<std::string>& path) const;
    /// The same without a copy of what is a text already; what is not is made in `made`.
    std::optional<std::string_view> find(const std::vector<std::string>& path,
                                         std::string& made) const;
    /// The JSON Pointer a path stands for; of a derived value, the input that holds `character`, or
    /// "".
    std::string pointer(const std::vector<std::string>& path, char32_t character = 0) const;
};

/// A member path below an object; nullptr when absent.
const Json* member(const Json& object, const std::vector<std::string>& path);

}  // namespace yinxin::pdf
