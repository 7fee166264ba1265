// SPDX-License-Identifier: Apache-2.0
// Where whole indirect objects go: into a new file, or behind one.
#pragma once

#include <string>

#include "pdf/reader_object.h"

namespace yinxin::pdf {

class ObjectSink {
  public:
    virtual ~ObjectSink() = default;
    virtual reader::Reference new_object() = 0;
    /// Everything between "N G obj" and "endobj".
    virtual void put(reader::Reference id, std::string body) = 0;
};

std::string reference_text(reader::Reference reference);  ///< "12 0 R"

}  // namespace yinxin::pdf
