// SPDX-License-Identifier: Apache-2.0
#include "tests/verify/attacks/stranger.h"

#include <openssl/conf.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include "keys/crypto/openssl.h"
#include "signer/der_writer.h"

namespace yinxin::tests {

namespace der = signer::der;
using keys::openssl_check;
using keys::openssl_required;

namespace {

constexpr const char* kData = "1.2.840.113549.1.7.1";
constexpr const char* kSignedData = "1.2.840.113549.1.7.2";

EVP_PKEY* new_key(const std::string& kind) {
    if (kind == "EC") {
        return openssl_required(EVP_EC_gen("P-256"), "key");
    }
    return openssl_required(
        EVP_RSA_gen(static_cast<unsigned>(std::stoul(kind.substr(kind.find(':') + 1)))), "key");
}

void set_name(X509_NAME* name, const CertificateWish& wish) {
    const auto add = [&](const char* field, const std::string& text) {
        openssl_check(
            X509_NAME_add_entry_by_txt(name,
                                       field,
                                       MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()),
                                       -1,
                                       0) == 1,
            "name");
    };
    add("O", wish.organization);
    add("CN", wish.name);
}

Bytes digest(const std::string& name, ByteView data) {
    Bytes out(64);
    unsigned size = 0;
    openssl_check(EVP_Digest(data.data(),
                             data.size(),
                             out.data(),
                             &size,
                             EVP_get_digestbyname(name.c_str()),
                             nullptr) == 1,
                  "digest");
    out.resize(size);
    return out;
}

std::string digest_oid(const std::string& name) {
    static const std::vector<std::pair<std::string, std::string>> kAll{
        {"MD5", "1.2.840.113549.2.5"},
        {"SHA1", "1.3.14.3.2.26"},
        {"SHA256", "2.16.840.1.101.3.4.2.1"},
        {"SHA384", "2.16.840.1.101.3.4.2.2"}};
    return std::find_if(
               kAll.begin(), kAll.end(), [&](const auto& each) { return each.first == name; })
        ->second;
}

std::string signature_oid(bool rsa, const std::string& digest_name) {
    if (rsa) {
        return "1.2.840.113549.1.1.1";
    }
    return digest_name == "SHA1"     ? "1.2.840.10045.4.1"
           : digest_name == "SHA384" ? "1.2.840.10045.4.3.3"
                                     : "1.2.840.10045.4.3.2";
}

Bytes attribute(const char* type, const Bytes& value) {
    return der::sequence({der::object_identifier(type), der::set_of({value})});
}

}  // namespace

Person::Person(const std::string& key, const CertificateWish& wish, const Person* issuer)
    : key_(new_key(key), EVP_PKEY_free), rsa_(key != "EC"), issuer_(issuer) {
    certify(wish, issuer != nullptr ? *issuer : *this);
}

Person::Person(const Person& same_key, const CertificateWish& wish, const Person& issuer)
    : key_(same_key.key_), rsa_(same_key.rsa_), issuer_(&issuer) {
    certify(wish, issuer);
}

void Person::certify(const CertificateWish& wish, const Person& issuer) {
    static long serial = 1000;
    const keys::X509Ptr made(openssl_required(X509_new(), "certificate"));
    X509* const certificate = made.get();
    openssl_check(X509_set_version(certificate, 2) == 1, "certificate");
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    const auto seconds = [](Time time) {
        return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    };
    ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(wish.from));
    ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(wish.to));
    set_name(X509_get_subject_name(certificate), wish);
    keys::X509Ptr above;
    if (!issuer.certificate_.empty()) {
        above = keys::from_der<keys::X509Ptr, d2i_X509>(issuer.certificate_, "issuer");
    }
    X509* const signed_by = above != nullptr ? above.get() : certificate;
    openssl_check(X509_set_issuer_name(certificate, X509_get_subject_name(signed_by)) == 1,
                  "issuer");
    openssl_check(X509_set_pubkey(certificate, key_.get()) == 1, "public key");
    X509V3_CTX context;
    X509V3_set_ctx(&context, signed_by, certificate, nullptr, nullptr, 0);
    // what an extension may name: "permitted;dirName:names"
    const keys::Handle<CONF, NCONF_free> sections(openssl_required(NCONF_new(nullptr), "sections"));
    const keys::BioPtr text(keys::reading_bio(as_bytes("[names]\nO = Another\n")));
    openssl_check(NCONF_load_bio(sections.get(), text.get(), nullptr) == 1, "sections");
    X509V3_set_nconf(&context, sections.get());
    for (const auto& [name, value] : wish.extensions) {
        const keys::X509ExtensionPtr extension(openssl_required(
            X509V3_EXT_nconf(sections.get(), &context, name.c_str(), value.c_str()), name));
        openssl_check(X509_add_ext(certificate, extension.get(), -1) == 1, name);
    }
    openssl_check(X509_sign(certificate, issuer.key_.get(), EVP_sha256()) > 0, "signing");
    certificate_ = keys::to_der<i2d_X509>(certificate);
}

std::vector<Bytes> Person::chain() const {
    std::vector<Bytes> all;
    for (const Person* each = this; each != nullptr; each = each->issuer_) {
        if (each->issuer_ != nullptr || each == this) {
            all.push_back(each->certificate_);
        }
    }
    return all;
}

Bytes Person::sign(const std::string& digest_name, ByteView message) const {
    const keys::EvpMdCtxPtr context(EVP_MD_CTX_new());
    openssl_check(EVP_DigestSignInit(context.get(),
                                     nullptr,
                                     EVP_get_digestbyname(digest_name.c_str()),
                                     nullptr,
                                     key_.get()) == 1,
                  "signing");
    std::size_t size = 0;
    openssl_check(
        EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1,
        "signing");
    Bytes signature(size);
    openssl_check(
        EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1,
        "signing");
    signature.resize(size);
    return signature;
}

Bytes make_cms(const Person& signer, ByteView covered, const CmsWish& wish) {
    const auto certificate =
        keys::from_der<keys::X509Ptr, d2i_X509>(signer.certificate(), "signer");
    const Bytes algorithm =
        der::sequence({der::object_identifier(wish.digest_oid.value_or(digest_oid(wish.digest)))});
    const Bytes imprint = digest(wish.digest, wish.content ? ByteView(*wish.content) : covered);
    std::vector<Bytes> attributes{attribute("1.2.840.113549.1.9.3", der::object_identifier(kData)),
                                  attribute("1.2.840.113549.1.9.4", der::octet_string(imprint))};
    if (wish.signing_certificate) {
        attributes.push_back(attribute(
            "1.2.840.113549.1.9.16.2.47",
            der::sequence({der::sequence(
                {der::sequence({der::octet_string(digest("SHA256", signer.certificate()))})})})));
    }
    Bytes set = der::set_of(attributes);
    if (!wish.sorted) {
        std::sort(attributes.begin(), attributes.end());
        std::reverse(attributes.begin(), attributes.end());
        Bytes content;
        for (const Bytes& each : attributes) {
            content.insert(content.end(), each.begin(), each.end());
        }
        set = der::value(der::kSet, content);
    }
    Bytes tagged = set;
    tagged[0] = der::kContext0;
    const Bytes message = wish.content ? *wish.content : to_bytes(covered);
    const Bytes value =
        signer.sign(wish.digest, wish.attributes ? ByteView(set) : ByteView(message));
    std::vector<Bytes> certificates = signer.chain();
    if (wish.other_certificate) {
        certificates.front() = *wish.other_certificate;
    }
    const std::string signature_name =
        wish.signature_oid.value_or(signature_oid(signer.rsa(), wish.digest));
    const Bytes signer_info = der::sequence(
        {der::integer(1),
         der::sequence({keys::to_der<i2d_X509_NAME>(X509_get_issuer_name(certificate.get())),
                        keys::to_der<i2d_ASN1_INTEGER>(X509_get_serialNumber(certificate.get()))}),
         algorithm,
         wish.attributes ? tagged : Bytes{},
         signer.rsa() ? der::sequence({der::object_identifier(signature_name), der::null()})
                      : der::sequence({der::object_identifier(signature_name)}),
         der::octet_string(value),
         wish.token
             ? der::set_of({attribute("1.2.840.113549.1.9.16.2.14", *wish.token)}, der::kContext1)
             : Bytes{}});
    const Bytes content = der::sequence(
        {der::object_identifier(kData),
         wish.content ? der::value(der::kContext0, der::octet_string(*wish.content)) : Bytes{}});
    return der::sequence({der::object_identifier(kSignedData),
                          der::value(der::kContext0,
                                     der::sequence({der::integer(1),
                                                    der::set_of({algorithm}),
                                                    content,
                                                    der::set_of(certificates, der::kContext0),
                                                    der::set_of({signer_info})}))});
}

std::string signature_dictionary(const std::string& sub_filter,
                                 const std::string& more,
                                 std::size_t room) {
    return "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /" + sub_filter +
           " /ByteRange [0 0000000000 0000000000 0000000000] /Contents <" +
           std::string(2 * room, '0') + "> " + more + " >>";
}

Bytes filled(std::string pdf, const std::function<Bytes(ByteView covered)>& make) {
    constexpr std::string_view kEmpty = "[0 0000000000 0000000000 0000000000]";
    const std::size_t range = pdf.rfind(kEmpty);
    const std::size_t gap = pdf.find('<', range);
    const std::size_t end = pdf.find('>', gap) + 1;
    std::array<char, 64> numbers{};
    std::snprintf(
        numbers.data(), numbers.size(), "[0 %010zu %010zu %010zu]", gap, end, pdf.size() - end);
    pdf.replace(range, kEmpty.size(), numbers.data());
    const std::string hex = to_hex(make(as_bytes(pdf.substr(0, gap) + pdf.substr(end))));
    if (hex.size() > end - gap - 2) {
        throw std::length_error("no room for the signature");
    }
    pdf.replace(gap + 1, hex.size(), hex);
    return to_bytes(as_bytes(pdf));
}

}  // namespace yinxin::tests
