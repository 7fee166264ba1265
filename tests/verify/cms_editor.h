// SPDX-License-Identifier: Apache-2.0
// Writes the container of a seal anew without breaking it: what anybody can do to a sealed file.
#pragma once

#include <cctype>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "signer/der_writer.h"
#include "tests/verify/sealed_file.h"
#include "verify/tlv.h"

namespace yinxin::tests {

using signer::der::value;

/// The parts of a constructed value, each as it stands.
inline std::vector<Bytes> parts_of(ByteView whole) {
    verify::TlvReader outer(whole);
    verify::TlvReader reader = outer.inside(outer.next());
    std::vector<Bytes> parts;
    while (!reader.at_end()) {
        parts.push_back(to_bytes(reader.next().whole));
    }
    return parts;
}

inline Bytes joined(std::uint8_t tag, const std::vector<Bytes>& parts) {
    Bytes content;
    for (const Bytes& each : parts) {
        content.insert(content.end(), each.begin(), each.end());
    }
    return value(tag, content);
}

/// A ContentInfo with SignedData and one SignerInfo, taken apart.
struct OpenedCms {
    explicit OpenedCms(ByteView cms) {
        outer = parts_of(cms);
        data = parts_of(parts_of(outer.at(1)).at(0));
        signer = parts_of(parts_of(data.back()).at(0));
    }
    Bytes closed() const {
        std::vector<Bytes> changed = data;
        changed.back() = joined(0x31, {joined(0x30, signer)});
        return joined(0x30, {outer.at(0), joined(0xA0, {joined(0x30, changed)})});
    }
    Bytes& certificates() { return data.at(3); }
    Bytes& signature() { return signer.at(5); }

    std::vector<Bytes> outer, data, signer;
};

/// ECDSA over P-256: (r, n - s) holds wherever (r, s) does.
inline Bytes with_other_s(ByteView cms) {
    static const Bytes n =
        from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    OpenedCms opened(cms);
    verify::TlvReader reader(opened.signature());
    const Bytes pair = to_bytes(reader.next().content);
    std::vector<Bytes> numbers = parts_of(pair);
    verify::TlvReader number(numbers.at(1));
    const ByteView s = number.next().content;
    Bytes other(n.size());
    int borrow = 0;
    for (std::size_t i = 0; i < n.size(); ++i) {
        const int digit = i < s.size() ? s[s.size() - 1 - i] : 0;
        const int difference = n[n.size() - 1 - i] - digit - borrow;
        borrow = difference < 0 ? 1 : 0;
        other[n.size() - 1 - i] = static_cast<std::uint8_t>(difference + 256 * borrow);
    }
    while (other.size() > 1 && other[0] == 0 && other[1] < 0x80) {
        other.erase(other.begin());
    }
    if (other[0] >= 0x80) {
        other.insert(other.begin(), 0);
    }
    numbers.at(1) = value(0x02, other);
    opened.signature() = value(0x04, joined(0x30, numbers));
    return opened.closed();
}

inline Bytes with_unsigned_attribute(ByteView cms) {
    OpenedCms opened(cms);
    opened.signer.push_back(joined(0xA1,
                                   {joined(0x30,
                                           {signer::der::object_identifier("1.3.6.1.4.1.99999.1"),
                                            joined(0x31, {signer::der::null()})})}));
    return opened.closed();
}

/// The certificates in the other order; some could be left out, or others added.
inline Bytes with_other_certificates(ByteView cms) {
    OpenedCms opened(cms);
    std::vector<Bytes> certificates = parts_of(opened.certificates());
    std::swap(certificates.front(), certificates.back());
    opened.certificates() = joined(0xA0, certificates);
    return opened.closed();
}

/// The file with another container in its last /Contents, padded with zeros.
inline Bytes with_container(const Bytes& pdf, const std::function<Bytes(ByteView)>& edit) {
    const Digits digits = contents_digits(pdf);
    const Bytes old =
        from_hex(as_text(ByteView(pdf).subspan(digits.begin, digits.end - digits.begin)));
    verify::TlvReader reader(old);
    std::string hex = to_hex(edit(reader.next().whole));
    if (hex.size() > digits.end - digits.begin) {
        throw std::length_error("no room for the new container");
    }
    hex.resize(digits.end - digits.begin, '0');
    Bytes changed = pdf;
    std::copy(hex.begin(), hex.end(), changed.begin() + static_cast<std::ptrdiff_t>(digits.begin));
    return changed;
}

inline Bytes with_other_case(const Bytes& pdf) {
    const Digits digits = contents_digits(pdf);
    Bytes changed = pdf;
    for (std::size_t i = digits.begin; i < digits.end; ++i) {
        const int c = changed[i];
        changed[i] =
            static_cast<std::uint8_t>(std::isupper(c) != 0 ? std::tolower(c) : std::toupper(c));
    }
    return changed;
}

struct NewContainer {
    const char* name;
    Bytes file;
};

/// Files other than `pdf` whose seal is as good.
inline std::vector<NewContainer> new_containers(const Bytes& pdf) {
    return {{"the case of digits", with_other_case(pdf)},
            {"s and n - s", with_container(pdf, with_other_s)},
            {"an unsigned attribute", with_container(pdf, with_unsigned_attribute)},
            {"other certificates", with_container(pdf, with_other_certificates)}};
}

}  // namespace yinxin::tests
