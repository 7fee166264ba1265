// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/error.h"
#include "keys/crypto/der_memory.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/openssl.h"
#include "keys/pki/asn1_time.h"
#include "keys/pki/parsed_certificate.h"

namespace yinxin::keys {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

using PoliciesPtr = Handle<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free>;

std::string name_text(const X509_NAME* name) {
    const BioPtr text = writing_bio();
    openssl_check(
        X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0,
        "subject of a certificate");
    return std::string(as_text(written(text.get())));
}

std::string attribute(const X509_NAME* name, int nid, bool last) {
    int found = -1;
    for (int at = X509_NAME_get_index_by_NID(name, nid, -1); at >= 0;
         at = X509_NAME_get_index_by_NID(name, nid, at)) {
        found = at;
        if (!last) {
            break;
        }
    }
    if (found < 0) {
        return "";
    }
    unsigned char* raw = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&raw, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, found)));
    const Handle<unsigned char, free_openssl_memory> text(raw);
    if (size < 0) {
        throw openssl_error(ErrorCode::Malformed, "certificate: subject");
    }
    return std::string(reinterpret_cast<const char*>(text.get()), static_cast<std::size_t>(size));
}

bool has_demo_policy(const X509* certificate) {
    const Asn1ObjectPtr wanted =
        openssl_required(Asn1ObjectPtr(OBJ_txt2obj(demo_policy_oid, 1)), "demo policy");
    const PoliciesPtr policies(static_cast<CERTIFICATEPOLICIES*>(
        X509_get_ext_d2i(certificate, NID_certificate_policies, nullptr, nullptr)));
    ERR_clear_error();
    if (policies == nullptr) {
        return false;
    }
    for (int i = 0; i < sk_POLICYINFO_num(policies.get()); ++i) {
        if (OBJ_cmp(sk_POLICYINFO_value(policies.get(), i)->policyid, wanted.get()) == 0) {
            return true;
        }
    }
    return false;
}

CertificateStackPtr stack_of(const std::vector<Bytes>& certificates, std::size_t from) {
    auto stack = openssl_required(CertificateStackPtr(sk_X509_new_null()), "certificate stack");
    for (std::size_t i = from; i < certificates.size(); ++i) {
        X509Ptr certificate = required_certificate(certificates[i]);
        openssl_check(sk_X509_push(stack.get(), certificate.get()) > 0, "certificate stack");
        certificate.release();
    }
    return stack;
}

/// RFC 5280, 6.1. Without a time the validity of the certificates is not looked at.
std::vector<Certificate> path(const std::vector<Bytes>& chain,
                              const std::vector<Bytes>& anchors,
                              std::optional<Time> time) {
    if (chain.empty()) {
        throw Error(ErrorCode::Invalid, "no certificate: a chain needs at least the key's own");
    }
    const X509Ptr leaf = required_certificate(chain.front());
    const CertificateStackPtr others = stack_of(chain, 1);
    const CertificateStackPtr trusted = stack_of(anchors, 0);
    const auto context = openssl_required(X509StoreCtxPtr(X509_STORE_CTX_new()), "path validation");
    const auto store = openssl_required(X509StorePtr(X509_STORE_new()), "path validation");
    openssl_check(X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), others.get()) == 1,
                  "path validation");
    X509_STORE_CTX_set0_trusted_stack(context.get(), trusted.get());
    // An anchor need not be self-signed (RFC 5280, 6.1.1 d).
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
    if (time) {
        X509_STORE_CTX_set_time(context.get(), 0, floor<seconds>(*time).time_since_epoch().count());
    } else {
        flags |= X509_V_FLAG_NO_CHECK_TIME;
    }
    X509_STORE_CTX_set_flags(context.get(), flags);
    if (X509_verify_cert(context.get()) != 1) {
        const int reason = X509_STORE_CTX_get_error(context.get());
        const int depth = X509_STORE_CTX_get_error_depth(context.get());
        ERR_clear_error();
        throw Error(ErrorCode::Invalid,
                    "certificate \"" + name_text(X509_get_subject_name(leaf.get())) +
                        "\": no path to a trust anchor: " + X509_verify_cert_error_string(reason) +
                        " (depth " + std::to_string(depth) + ")");
    }
    std::vector<Certificate> result;
    STACK_OF(X509)* const found = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 0; i < sk_X509_num(found); ++i) {
        result.push_back(Certificate::from_der(to_der<i2d_X509>(sk_X509_value(found, i))));
    }
    return result;
}

Certificate read_certificate(ByteView der) {
    const X509Ptr x509 = required_certificate(der);
    X509_NAME* const subject = X509_get_subject_name(x509.get());
    Certificate result;
    result.der = to_bytes(der);
    result.sha256 = keys::sha256(der);
    result.subject = name_text(subject);
    result.common_name = attribute(subject, NID_commonName, true);
    result.organization = attribute(subject, NID_organizationName, false);
    result.issuer_name = to_der<i2d_X509_NAME>(X509_get_issuer_name(x509.get()));
    result.issuer = name_text(X509_get_issuer_name(x509.get()));
    result.serial_number = to_der<i2d_ASN1_INTEGER>(X509_get_serialNumber(x509.get()));
    result.spki = to_der<i2d_X509_PUBKEY>(X509_get_X509_PUBKEY(x509.get()));
    result.not_before = time_of(X509_get0_notBefore(x509.get()));
    result.not_after = time_of(X509_get0_notAfter(x509.get()));
    result.demo = has_demo_policy(x509.get());
    return result;
}

}  // namespace

Certificate Certificate::from_der(ByteView der) {
    static thread_local DerMemory<Certificate> read;
    const Certificate* known = read.find(der);
    return known != nullptr ? *known : read.keep(der, read_certificate(der));
}

std::vector<Bytes> certificates_from_pem(std::string_view text) {
    const BioPtr source = reading_bio(as_bytes(text));
    std::vector<Bytes> certificates;
    for (;;) {
        char* raw_name = nullptr;
        char* raw_header = nullptr;
        unsigned char* raw_data = nullptr;
        long size = 0;
        const int read = PEM_read_bio(source.get(), &raw_name, &raw_header, &raw_data, &size);
        const OpensslTextPtr name(raw_name);
        const OpensslTextPtr header(raw_header);
        const Handle<unsigned char, free_openssl_memory> data(raw_data);
        if (read != 1) {
            break;
        }
        if (std::string_view(name.get()) != PEM_STRING_X509) {
            throw Error(
                ErrorCode::Malformed,
                std::string("PEM: a block of ") + name.get() + " where a certificate is wanted");
        }
        certificates.push_back(
            Certificate::from_der(ByteView(data.get(), static_cast<std::size_t>(size))).der);
    }
    // The end of the text is the only good reason to stop.
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        throw openssl_error(ErrorCode::Malformed, "PEM");
    }
    ERR_clear_error();
    if (certificates.empty()) {
        throw Error(ErrorCode::Malformed, "PEM: no certificate in it");
    }
    return certificates;
}

std::string certificates_to_pem(const std::vector<Bytes>& certificates) {
    const BioPtr text = writing_bio();
    for (const Bytes& der : certificates) {
        openssl_check(
            PEM_write_bio(
                text.get(), PEM_STRING_X509, "", der.data(), static_cast<long>(der.size())) > 0,
            "PEM");
    }
    return std::string(as_text(written(text.get())));
}

std::vector<Certificate> build_path(const std::vector<Bytes>& chain,
                                    const std::vector<Bytes>& anchors,
                                    Time time) {
    return path(chain, anchors, time);
}

bool is_demo_chain(const std::vector<Bytes>& chain, const std::vector<Bytes>& anchors) {
    const auto certificates = path(chain, anchors, std::nullopt);
    return std::any_of(
        certificates.begin(), certificates.end(), [](const Certificate& one) { return one.demo; });
}

}  // namespace yinxin::keys
