// SPDX-License-Identifier: Apache-2.0
// The five files of a document type, read from disk.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pdf/form.h"

namespace yinxin::pdf::rules {

struct FormFolder {
    std::map<std::string, std::string> texts;  ///< by file name
    std::map<std::string, Json> files;

    /// Missing, unreadable and malformed files go to `faults`; a member that stands twice does,
    /// too.
    static FormFolder read(const std::filesystem::path& folder, std::vector<FormFault>& faults);
    static const std::vector<std::string>& names();
};

/// Reads a folder and reports everything that can be known without data. nullptr when there are
/// faults.
std::shared_ptr<const Form> compile_form(const std::filesystem::path& folder,
                                         std::vector<FormFault>& faults);

}  // namespace yinxin::pdf::rules
