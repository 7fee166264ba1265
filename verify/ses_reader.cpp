// SPDX-License-Identifier: Apache-2.0
#include "verify/ses_reader.h"

#include "common/error.h"
#include "verify/asn1_time.h"

namespace yinxin::verify {

namespace {

std::string text_of(const Tlv& value) {
    return std::string(as_text(value.content));
}

/// The octets of a BIT STRING without unused bits. V1 writers put OCTET STRING in some places.
ByteView bits_of(const Tlv& value, const char* what) {
    if (value.tag == kOctetString) {
        return value.content;
    }
    if (value.tag != kBitString || value.content.empty() || value.content[0] != 0) {
        throw Error(ErrorCode::Malformed, std::string(what) + " is no BIT STRING of whole octets");
    }
    return value.content.subspan(1);
}

/// timeStamp [0] EXPLICIT BIT STRING OPTIONAL.
std::optional<ByteView> read_time_stamp(TlvReader& parts) {
    const auto tagged = parts.next_if(0xA0);
    if (!tagged) {
        return std::nullopt;
    }
    TlvReader inner = parts.inside(*tagged);
    const ByteView token = bits_of(inner.next(kBitString, "the time stamp"), "the time stamp");
    inner.finish("the time stamp");
    return token;
}

/// ExtensionDatas. Real seals write the default FALSE of `critical`, which DER forbids.
bool has_critical(TlvReader extensions) {
    bool found = false;
    while (!extensions.at_end()) {
        TlvReader parts = extensions.inside(extensions.next(kSequence, "an extension"));
        parts.next(kOid, "the identifier of an extension");
        if (const auto critical = parts.next_if(kBoolean)) {
            found = found || critical->content.size() != 1 || critical->content[0] != 0;
        }
        parts.next(kOctetString, "the value of an extension");
        parts.finish("an extension");
    }
    return found;
}

void read_certificates(TlvReader list, bool by_digest, SesSeal& seal) {
    while (!list.at_end()) {
        if (!by_digest) {
            seal.certificates.push_back(
                list.next(kOctetString, "a certificate of the seal's list").content);
            continue;
        }
        TlvReader one = list.inside(list.next(kSequence, "a digest of the seal's list"));
        one.next();  // its kind, free text
        seal.digests.push_back(one.next(kOctetString, "a digest of the seal's list").content);
        one.finish("a digest of the seal's list");
    }
}

/// SES_ESPropertyInfo; V1 has no certListType.
void read_property(TlvReader parts, SesSeal& seal) {
    parts.next(kInteger, "the type of a seal");
    seal.name = text_of(parts.next());
    bool by_digest = false;
    if (seal.flat) {
        const int type = small_integer(parts.next(kInteger, "certListType"));
        if (type != 1 && type != 2) {
            throw Error(ErrorCode::Malformed, "certListType is neither 1 nor 2");
        }
        by_digest = type == 2;
    }
    read_certificates(parts.inside(parts.next(kSequence, "certList")), by_digest, seal);
    seal.created = asn1_time(parts.next());
    seal.valid_from = asn1_time(parts.next());
    seal.valid_to = asn1_time(parts.next());
    parts.finish("the property of a seal");
}

/// SES_SealInfo.
void read_info(TlvReader parts, SesSeal& seal) {
    TlvReader header = parts.inside(parts.next(kSequence, "the header of a seal"));
    if (text_of(header.next()) != "ES") {
        throw Error(ErrorCode::Malformed, "the header of a seal is not \"ES\"");
    }
    seal.version = small_integer(header.next(kInteger, "the version of a seal"));
    seal.vendor = text_of(header.next());
    header.finish("the header of a seal");
    seal.id = text_of(parts.next());
    read_property(parts.inside(parts.next(kSequence, "the property of a seal")), seal);
    TlvReader picture = parts.inside(parts.next(kSequence, "the picture of a seal"));
    seal.picture_type = text_of(picture.next());
    seal.picture = picture.next(kOctetString, "the picture's data").content;
    picture.next(kInteger, "the picture's width");
    picture.next(kInteger, "the picture's height");
    picture.finish("the picture of a seal");
    if (const auto extensions = parts.next_if(kSequence)) {
        seal.critical_extension = has_critical(parts.inside(*extensions));
    }
    parts.finish("a seal");
}

/// The values as they stand under one SEQUENCE.
Bytes sequence_of(std::initializer_list<ByteView> values) {
    Bytes content;
    for (const ByteView value : values) {
        content.insert(content.end(), value.begin(), value.end());
    }
    return enclosed(kSequence, content);
}

/// What is signed: V4 and V5 eSealInfo alone; V1 { SES_SealInfo, cert, signatureAlgorithm }.
SesSeal read_seal(TlvReader parts) {
    SesSeal seal;
    const Tlv info = parts.next(kSequence, "the information of a seal");
    const auto nested = parts.next_if(kSequence);
    seal.flat = !nested;
    read_info(parts.inside(info), seal);
    TlvReader signature = nested ? parts.inside(*nested) : parts;
    const Tlv certificate = signature.next(kOctetString, "the certificate of the seal's maker");
    const Tlv algorithm = signature.next(kOid, "the signature algorithm of a seal");
    const Tlv value = signature.next(kBitString, "the signature of a seal");
    seal.maker_certificate = certificate.content;
    seal.algorithm = oid_text(algorithm.content);
    seal.signature = bits_of(value, "the signature of a seal");
    if (nested) {
        seal.signed_bytes = sequence_of({info.whole, certificate.whole, algorithm.whole});
        parts.finish("a seal");
    } else {
        seal.signed_bytes = to_bytes(info.whole);
        seal.time_stamp = read_time_stamp(signature);
    }
    signature.finish("a seal");
    return seal;
}

/// V1: a time stamp token, or a time as text or as ASN.1, in a BIT STRING.
void read_time_info(const Tlv& value, SesSignature& signature) {
    const ByteView content = bits_of(value, "the time of a seal's signature");
    for (const std::uint8_t tag : {kGeneralizedTime, kUtcTime}) {
        Tlv text = value;
        text.tag = tag;
        text.content = content.size() > 2 && content[0] == tag ? content.subspan(2) : content;
        signature.time = signature.time ? signature.time : asn1_time(text);
    }
    signature.time_is_token = !signature.time && !content.empty() && content[0] == kSequence;
}

/// TBS_Sign; V1 has the signer's certificate and algorithm in it.
void read_to_sign(TlvReader parts, bool flat, SesSignature& signature) {
    signature.version = small_integer(parts.next(kInteger, "the version of a seal's signature"));
    signature.seal = read_seal(parts.inside(parts.next(kSequence, "a seal")));
    if (flat) {
        signature.time = asn1_time(parts.next(kGeneralizedTime, "the time of a seal's signature"));
    } else {
        read_time_info(parts.next(), signature);
    }
    const Tlv hash = flat ? parts.next(kBitString, "dataHash") : parts.next();
    signature.data_hash = bits_of(hash, "dataHash");
    signature.property_info = text_of(parts.next());
    if (!flat) {
        signature.certificate = parts.next(kOctetString, "the signer's certificate").content;
        signature.algorithm = oid_text(parts.next(kOid, "the signature algorithm").content);
    } else if (const auto tagged = parts.next_if(0xA0)) {
        TlvReader extensions = parts.inside(*tagged);
        const Tlv list = extensions.next(kSequence, "the extensions of a seal's signature");
        extensions.finish("the extensions of a seal's signature");
        signature.critical_extension = has_critical(extensions.inside(list));
    }
    parts.finish("what a seal's signature covers");
}

}  // namespace

SesSeal read_ses_seal(ByteView der) {
    TlvReader reader(der);
    const Tlv value = reader.next(kSequence, "a seal");
    reader.finish("a seal");
    return read_seal(reader.inside(value));
}

bool has_ses_shape(const Tlv& value) {
    return value.tag == kSequence && !value.content.empty() && value.content[0] == kSequence;
}

SesSignature read_ses_signature(const Tlv& value) {
    if (value.tag != kSequence) {
        throw Error(ErrorCode::Malformed, "not a signature with a seal");
    }
    TlvReader parts(value.content, 1);
    SesSignature signature;
    const Tlv to_sign = parts.next(kSequence, "what a seal's signature covers");
    const auto certificate = parts.next_if(kOctetString);
    const bool flat = certificate.has_value();
    signature.to_sign = to_sign.whole;
    read_to_sign(parts.inside(to_sign), flat, signature);
    if (flat) {
        signature.certificate = certificate->content;
        signature.algorithm = oid_text(parts.next(kOid, "the signature algorithm").content);
    }
    signature.signature =
        bits_of(parts.next(kBitString, "the signature value"), "the signature value");
    if (flat) {
        signature.time_stamp = read_time_stamp(parts);
    }
    parts.finish("a seal's signature");
    return signature;
}

}  // namespace yinxin::verify
