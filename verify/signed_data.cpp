// SPDX-License-Identifier: Apache-2.0
#include "verify/signed_data.h"

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::verify {

namespace {

constexpr const char* kSignedData = "1.2.840.113549.1.7.2";

std::vector<Attribute> read_attributes(const Tlv& set) {
    std::vector<Attribute> all;
    for (TlvReader items(set.content, 4); !items.at_end();) {
        const Tlv item = items.next(kSequence, "an attribute");
        TlvReader parts = items.inside(item);
        Attribute attribute;
        attribute.whole = item.whole;
        attribute.oid = oid_text(parts.next(kOid, "the type of an attribute").content);
        const Tlv values = parts.next(kSet, "the values of an attribute");
        parts.finish("an attribute");
        for (TlvReader each = parts.inside(values); !each.at_end();) {
            attribute.values.push_back(each.next());
        }
        all.push_back(std::move(attribute));
    }
    return all;
}

SignerInfo read_signer(const Tlv& value) {
    TlvReader parts(value.content, 4);
    SignerInfo signer;
    signer.version = small_integer(parts.next(kInteger, "the version of a SignerInfo"));
    if (const auto named = parts.next_if(kSequence)) {
        TlvReader sid = parts.inside(*named);
        signer.issuer = sid.next(kSequence, "the issuer's name").whole;
        signer.serial = sid.next(kInteger, "the serial number").whole;
        sid.finish("the signer identifier");
    } else {
        signer.subject_key_identifier = octets_of(parts.next(0x80, "the signer identifier"), 0x80);
    }
    signer.digest_algorithm = read_algorithm(parts.next(kSequence, "the digest algorithm"));
    if (const auto attributes = parts.next_if(0xA0)) {
        signer.signed_attributes = attributes->whole;
        signer.signed_list = read_attributes(*attributes);
    }
    signer.signature_algorithm = read_algorithm(parts.next(kSequence, "the signature algorithm"));
    signer.signature = octets_of(parts.next());
    if (const auto attributes = parts.next_if(0xA1)) {
        signer.unsigned_list = read_attributes(*attributes);
    }
    parts.finish("a SignerInfo");
    return signer;
}

void read_content(const Tlv& encapsulated, SignedData& data) {
    TlvReader parts(encapsulated.content, 3);
    data.content_type = pkcs7_type(oid_text(parts.next(kOid, "the content type").content));
    if (const auto content = parts.next_if(0xA0)) {
        TlvReader inner = parts.inside(*content);
        const Tlv value = inner.next();
        // PKCS#7 allows any value here; anything but octets is what a signature over the file never
        // has
        data.content =
            (value.tag & ~0x20) == kOctetString ? octets_of(value) : to_bytes(value.content);
        inner.finish("the encapsulated content");
    }
    parts.finish("the encapsulated content");
}

/// [1] { otherRevInfoFormat, otherRevInfo }, or a CRL.
RevocationInfo read_revocation(const Tlv& value) {
    if (value.tag != 0xA1) {
        return {"", value.whole};
    }
    TlvReader parts(value.content, 6);
    RevocationInfo info;
    info.format = oid_text(parts.next(kOid, "a kind of revocation data").content);
    info.der = parts.next().whole;
    return info;
}

}  // namespace

std::string pkcs7_type(const std::string& oid) {
    if (oid == "1.2.156.10197.6.1.4.2.1") {
        return "1.2.840.113549.1.7.1";
    }
    return oid == "1.2.156.10197.6.1.4.2.2" ? kSignedData : oid;
}

AlgorithmIdentifier read_algorithm(const Tlv& value) {
    TlvReader parts(value.content, 6);
    AlgorithmIdentifier algorithm;
    algorithm.whole = value.whole;
    algorithm.oid = oid_text(parts.next(kOid, "an algorithm").content);
    if (!parts.at_end()) {
        algorithm.parameters = parts.next();
    }
    parts.finish("an algorithm");
    return algorithm;
}

SignedData read_signed_data(const Tlv& value) {
    if (value.tag != kSequence) {
        throw Error(ErrorCode::Malformed, "not a CMS ContentInfo");
    }
    TlvReader info(value.content, 1);
    if (pkcs7_type(oid_text(info.next(kOid, "the type of a ContentInfo").content)) != kSignedData) {
        throw Error(ErrorCode::Malformed, "a CMS value that is not SignedData");
    }
    const Tlv wrapped = info.next(0xA0, "the content of a ContentInfo");
    info.finish("a ContentInfo");
    TlvReader outer = info.inside(wrapped);
    const Tlv body = outer.next(kSequence, "SignedData");
    outer.finish("a ContentInfo");

    TlvReader parts = outer.inside(body);
    SignedData data;
    data.version = small_integer(parts.next(kInteger, "the version of SignedData"));
    const Tlv algorithms = parts.next(kSet, "the digest algorithms");
    for (TlvReader each = parts.inside(algorithms); !each.at_end();) {
        data.digest_algorithms.push_back(
            read_algorithm(each.next(kSequence, "a digest algorithm")));
    }
    read_content(parts.next(kSequence, "the encapsulated content"), data);
    if (const auto certificates = parts.next_if(0xA0)) {
        for (TlvReader each = parts.inside(*certificates); !each.at_end();) {
            const Tlv certificate = each.next();
            if (data.certificates.size() >= limits::cms_certificates_max) {
                throw Error(ErrorCode::TooLarge, "a signature brings too many certificates");
            }
            if (certificate.tag == kSequence) {
                data.certificates.push_back(certificate.whole);
            } else {
                data.other_certificates = true;
            }
        }
    }
    if (const auto revocations = parts.next_if(0xA1)) {
        for (TlvReader each = parts.inside(*revocations); !each.at_end();) {
            data.revocations.push_back(read_revocation(each.next()));
        }
    }
    const Tlv signers = parts.next(kSet, "the signers");
    parts.finish("SignedData");
    for (TlvReader each = parts.inside(signers); !each.at_end();) {
        data.signers.push_back(read_signer(each.next(kSequence, "a SignerInfo")));
    }
    return data;
}

}  // namespace yinxin::verify
