// SPDX-License-Identifier: Apache-2.0
// ASN.1 values as they stand in the bytes (ITU-T X.690): BER with definite and indefinite lengths,
// read in place and never re-encoded. Depth and lengths are bounded; errors carry the offset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/bytes.h"

namespace yinxin::verify {

enum Tag : std::uint8_t {
    kBoolean = 0x01,
    kInteger = 0x02,
    kBitString = 0x03,
    kOctetString = 0x04,
    kNull = 0x05,
    kOid = 0x06,
    kUtcTime = 0x17,
    kGeneralizedTime = 0x18,
    kSequence = 0x30,
    kSet = 0x31,
};

/// One value. Multi-byte tags are not used by anything read here and refused.
struct Tlv {
    std::uint8_t tag = 0;  ///< the identifier octet with class and constructed bit
    ByteView whole;        ///< identifier, length, content (and end-of-contents)
    ByteView content;
    bool definite = true;

    bool constructed() const { return (tag & 0x20) != 0; }
};

/// Reads values one after the other. The bytes outlive it. Everything throws Error{Malformed}.
class TlvReader {
  public:
    explicit TlvReader(ByteView bytes, int depth = 0) : bytes_(bytes), depth_(depth) {}

    bool at_end() const { return position_ == bytes_.size(); }
    std::size_t position() const { return position_; }
    Tlv next();
    Tlv next(std::uint8_t tag, const char* what);
    std::optional<Tlv> next_if(std::uint8_t tag);
    /// Throws unless everything was read.
    void finish(const char* what) const;
    TlvReader inside(const Tlv& value) const { return TlvReader(value.content, depth_ + 1); }

  private:
    std::size_t content_end(std::size_t begin) const;

    ByteView bytes_;
    std::size_t position_ = 0;
    int depth_ = 0;
};

/// The octets of an OCTET STRING, primitive or (BER) in pieces; `tag` is the primitive form's, e.g.
/// [0] IMPLICIT is 0x80.
Bytes octets_of(const Tlv& value, std::uint8_t tag = kOctetString);
/// Content under a tag with its length in DER: for what is signed without standing anywhere as a
/// whole.
Bytes enclosed(std::uint8_t tag, ByteView content);
/// Dotted form of an OID's content; throws Error{Malformed} on a non-minimal arc.
std::string oid_text(ByteView content);
/// A small non-negative INTEGER in its shortest form.
int small_integer(const Tlv& value);

}  // namespace yinxin::verify
