// SPDX-License-Identifier: Apache-2.0
// Equality of PDF values by meaning, without following references.
#pragma once

#include <set>
#include <string>

#include "pdf/reader.h"

namespace yinxin::verify {

bool same_value(const pdf::reader::Object& a, const pdf::reader::Object& b);
/// Value and, for streams, the raw data.
bool same_object(const pdf::reader::Document& document,
                 const pdf::reader::Indirect& a,
                 const pdf::reader::Indirect& b);
/// Keys that are not in both with the same value.
std::set<std::string> changed_keys(const pdf::reader::Dict& a, const pdf::reader::Dict& b);

}  // namespace yinxin::verify
