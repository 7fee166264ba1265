// SPDX-License-Identifier: Apache-2.0
#include "signer/ses_seal.h"

#include <algorithm>

#include "common/error.h"
#include "common/limits.h"
#include "common/utf8.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"
#include "signer/der_writer.h"
#include "signer/ses_signature.h"

namespace yinxin::signer {
namespace {

constexpr std::uint32_t kMillimetresMax = 1000;
constexpr std::size_t kTextBytesMax = 200;

[[noreturn]] void refuse(const std::string& detail) {
    throw Error(ErrorCode::Invalid, "seal: " + detail);
}

void check_ascii(const std::string& text, const char* field) {
    if (text.empty() || text.size() > kTextBytesMax ||
        !std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; })) {
        refuse(std::string(field) + " has to be 1 to 200 characters of printable ASCII");
    }
}

/// PNG (ISO/IEC 15948), 5.2 and 11.2.2: the signature, then IHDR.
bool looks_like_png(ByteView picture) {
    static constexpr std::string_view kBegin("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", 16);
    return as_text(picture).starts_with(kBegin);
}

void check(const SesSeal& seal) {
    check_ascii(seal.vendor, "vendor");
    check_ascii(seal.id, "id");
    if (seal.name.empty() || seal.name.size() > kTextBytesMax || !to_code_points(seal.name)) {
        refuse("name has to be 1 to 200 bytes of UTF-8");
    }
    if (seal.certificates.empty()) {
        refuse("certificates is empty: name at least one that may seal with it");
    }
    for (const Bytes& der : seal.certificates) {
        static_cast<void>(keys::Certificate::from_der(der));
    }
    if (seal.valid_from >= seal.valid_to) {
        refuse("valid_from has to be before valid_to");
    }
    if (!looks_like_png(seal.picture)) {
        refuse("picture is no PNG");
    }
    if (seal.picture.size() > limits::ses_picture_bytes_max) {
        refuse("picture has " + std::to_string(seal.picture.size()) + " bytes, more than " +
               std::to_string(limits::ses_picture_bytes_max) +
               ": use a palette and fewer dots, it stands in every document");
    }
    for (const std::uint32_t size : {seal.width_mm, seal.height_mm}) {
        if (size == 0 || size > kMillimetresMax) {
            refuse("width_mm and height_mm have to be 1 to 1000");
        }
    }
}

/// SES_CertList: no tag of its own, certListType says which of the two it is.
Bytes certificate_list(const SesSeal& seal) {
    std::vector<Bytes> members;
    for (const Bytes& der : seal.certificates) {
        members.push_back(seal.by_digest ? der::sequence({der::text(der::kPrintableString, "SM3"),
                                                          der::octet_string(keys::sm3(der))})
                                         : der::octet_string(der));
    }
    return der::sequence_of(members);
}

}  // namespace

Bytes ses_seal_info(const SesSeal& seal) {
    check(seal);
    const Bytes header = der::sequence({der::text(der::kIa5String, "ES"),
                                        der::integer(ses_version),
                                        der::text(der::kIa5String, seal.vendor)});
    const Bytes property = der::sequence({der::integer(seal.type),
                                          der::text(der::kUtf8String, seal.name),
                                          der::integer(seal.by_digest ? 2 : 1),
                                          certificate_list(seal),
                                          der::generalized_time(seal.created),
                                          der::generalized_time(seal.valid_from),
                                          der::generalized_time(seal.valid_to)});
    const Bytes picture = der::sequence({der::text(der::kIa5String, "PNG"),
                                         der::octet_string(seal.picture),
                                         der::integer(seal.width_mm),
                                         der::integer(seal.height_mm)});
    return der::sequence({header, der::text(der::kIa5String, seal.id), property, picture});
}

Bytes ses_seal(ByteView seal_info, ByteView maker_certificate, ByteView signature) {
    return der::sequence({seal_info,
                          der::octet_string(maker_certificate),
                          der::object_identifier(sm2_with_sm3),
                          der::bit_string(signature)});
}

bool ses_seal_lists(ByteView seal, const Bytes& certificate) {
    const auto holds = [seal](const Bytes& part) {
        return std::search(seal.begin(), seal.end(), part.begin(), part.end()) != seal.end();
    };
    return holds(certificate) || holds(keys::sm3(certificate));
}

Bytes make_ses_seal(const SesSeal& seal, keys::PrivateKey& maker) {
    if (maker.algorithm() != keys::KeyAlgorithm::Sm2 || maker.chain().empty()) {
        refuse("the seal maker's key " + maker.id() + " has to be SM2 and have a certificate");
    }
    const Bytes info = ses_seal_info(seal);
    const Bytes signature =
        maker.sign({keys::KeyPurpose::SealRecord, seal.id, keys::sha256(info), info});
    return ses_seal(info, maker.chain().front(), signature);
}

}  // namespace yinxin::signer
