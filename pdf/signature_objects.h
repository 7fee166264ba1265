// SPDX-License-Identifier: Apache-2.0
// The objects of a signature field, written alike by whoever appends it and by whoever prints it.
#pragma once

#include <optional>
#include <string>

#include "pdf/reader_object.h"
#include "pdf/signature_spec.h"

namespace yinxin::pdf {

/// The signature dictionary, with blanks for its ByteRange and zeros for its Contents (ISO 32000-1,
/// 12.8.1). Throws Error{Invalid} where filter or sub_filter is no plain name.
std::string signature_body(const SignatureSpec& spec, bool certify);

/// Field and widget in one (12.7.4.5, 12.5.6.19).
std::string widget_body(const SignatureSpec& spec,
                        const std::string& name,
                        reader::Reference page,
                        reader::Reference signature,
                        const std::optional<reader::Reference>& picture);

/// Fills the blanks of the signature whose body begins at `body_begin`, now that every offset is
/// known.
std::array<std::uint64_t, 4> place_byte_range(Bytes& pdf, std::size_t body_begin);

}  // namespace yinxin::pdf
