// SPDX-License-Identifier: Apache-2.0
#include "pdf/object_sink.h"

namespace yinxin::pdf {

std::string reference_text(reader::Reference reference) {
    return std::to_string(reference.number) + " " + std::to_string(reference.generation) + " R";
}

}  // namespace yinxin::pdf
