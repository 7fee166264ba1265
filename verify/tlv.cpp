// SPDX-License-Identifier: Apache-2.0
#include "verify/tlv.h"

#include "common/error.h"

namespace yinxin::verify {

namespace {

constexpr int kDepthMax = 32;

[[noreturn]] void malformed(std::size_t offset, const std::string& what) {
    throw Error(ErrorCode::Malformed, "ASN.1 byte " + std::to_string(offset) + ": " + what);
}

}  // namespace

/// Where the end-of-contents octets of an indefinite value stand.
std::size_t TlvReader::content_end(std::size_t begin) const {
    TlvReader inner(bytes_.subspan(begin), depth_ + 1);
    while (true) {
        const std::size_t at = begin + inner.position_;
        if (bytes_.size() - at < 2) {
            malformed(at, "an indefinite value is not ended");
        }
        if (bytes_[at] == 0 && bytes_[at + 1] == 0) {
            return at;
        }
        inner.next();
    }
}

Tlv TlvReader::next() {
    const std::size_t begin = position_;
    if (depth_ > kDepthMax) {
        malformed(begin, "nested too deeply");
    }
    const auto byte = [&](std::size_t at) {
        if (at >= bytes_.size()) {
            malformed(at, "cut off");
        }
        return bytes_[at];
    };
    Tlv value;
    value.tag = byte(begin);
    if ((value.tag & 0x1F) == 0x1F || value.tag == 0) {
        malformed(begin, "a tag that does not belong here");
    }
    const std::uint8_t first = byte(begin + 1);
    std::size_t at = begin + 2;
    if (first == 0x80) {
        if (!value.constructed()) {
            malformed(begin, "a primitive value of indefinite length");
        }
        value.definite = false;
        const std::size_t end = content_end(at);
        value.content = bytes_.subspan(at, end - at);
        position_ = end + 2;
        value.whole = bytes_.subspan(begin, position_ - begin);
        return value;
    }
    std::size_t length = first;
    if (first > 0x80) {
        const std::size_t count = first & 0x7F;
        if (count > 4) {
            malformed(begin, "a length that cannot be");
        }
        length = 0;
        for (std::size_t i = 0; i < count; ++i) {
            length = length << 8 | byte(at++);
        }
    }
    if (length > bytes_.size() - at) {
        malformed(begin, "longer than what holds it");
    }
    value.content = bytes_.subspan(at, length);
    position_ = at + length;
    value.whole = bytes_.subspan(begin, position_ - begin);
    return value;
}

Tlv TlvReader::next(std::uint8_t tag, const char* what) {
    if (at_end() || bytes_[position_] != tag) {
        malformed(position_, std::string(what) + " expected");
    }
    return next();
}

std::optional<Tlv> TlvReader::next_if(std::uint8_t tag) {
    if (at_end() || bytes_[position_] != tag) {
        return std::nullopt;
    }
    return next();
}

void TlvReader::finish(const char* what) const {
    if (!at_end()) {
        malformed(position_, std::string("something unexpected in ") + what);
    }
}

Bytes octets_of(const Tlv& value, std::uint8_t tag) {
    if (value.tag == tag) {
        return to_bytes(value.content);
    }
    if (value.tag != (tag | 0x20)) {
        malformed(0, "an octet string expected");
    }
    Bytes all;
    for (TlvReader pieces(value.content); !pieces.at_end();) {
        const Bytes piece = octets_of(pieces.next(kOctetString, "a piece of an octet string"));
        all.insert(all.end(), piece.begin(), piece.end());
    }
    return all;
}

Bytes enclosed(std::uint8_t tag, ByteView content) {
    Bytes out{tag};
    if (content.size() < 0x80) {
        out.push_back(static_cast<std::uint8_t>(content.size()));
    } else {
        std::size_t bytes = 0;
        for (std::size_t rest = content.size(); rest != 0; rest >>= 8) {
            ++bytes;
        }
        out.push_back(static_cast<std::uint8_t>(0x80 | bytes));
        for (std::size_t i = bytes; i-- > 0;) {
            out.push_back(static_cast<std::uint8_t>(content.size() >> (8 * i)));
        }
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

std::string oid_text(ByteView content) {
    std::string text;
    std::uint64_t arc = 0;
    bool inside = false;
    for (const std::uint8_t byte : content) {
        if ((!inside && byte == 0x80) || arc > (std::uint64_t{1} << 56)) {
            malformed(0, "an object identifier that cannot be");
        }
        arc = arc << 7 | (byte & 0x7F);
        inside = (byte & 0x80) != 0;
        if (inside) {
            continue;
        }
        if (text.empty()) {
            const std::uint64_t first = arc < 40 ? 0 : arc < 80 ? 1 : 2;
            text = std::to_string(first) + "." + std::to_string(arc - 40 * first);
        } else {
            text += "." + std::to_string(arc);
        }
        arc = 0;
    }
    if (inside || text.empty()) {
        malformed(0, "an object identifier is cut off");
    }
    return text;
}

int small_integer(const Tlv& value) {
    if (value.tag != kInteger || value.content.size() != 1 || value.content[0] > 0x7F) {
        malformed(0, "a small number expected");
    }
    return value.content[0];
}

}  // namespace yinxin::verify
