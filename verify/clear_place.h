// SPDX-License-Identifier: Apache-2.0
// Whether a new signature field stands where its page has nothing: what was certified may not be
// covered.
#pragma once

#include "pdf/reader.h"

namespace yinxin::verify {

/// `widget` as of revision `after`, the pages' content as of `before`. False where that cannot be
/// told.
bool stands_clear(const pdf::reader::Document& document,
                  pdf::reader::Reference widget,
                  const pdf::reader::Dict& dict,
                  std::size_t before,
                  std::size_t after);

}  // namespace yinxin::verify
