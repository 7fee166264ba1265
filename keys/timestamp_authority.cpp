// SPDX-License-Identifier: Apache-2.0
#include "keys/timestamp_authority.h"

#include <openssl/ts.h>

#include "keys/crypto/openssl.h"
#include "keys/pki/asn1_time.h"

namespace yinxin::keys {
namespace {

using RequestPtr = Handle<TS_REQ, TS_REQ_free>;
using ResponsePtr = Handle<TS_RESP, TS_RESP_free>;
using ContextPtr = Handle<TS_RESP_CTX, TS_RESP_CTX_free>;

constexpr std::size_t kSerialBytes = 16;
constexpr std::chrono::hours kDay{24};

/// What the callbacks give out; nothing in them may throw through OpenSSL.
struct Stamp {
    Asn1IntegerPtr serial;
    long seconds;
};

ASN1_INTEGER* give_serial(TS_RESP_CTX*, void* stamp) {
    return ASN1_INTEGER_dup(static_cast<const Stamp*>(stamp)->serial.get());
}

int give_time(TS_RESP_CTX*, void* stamp, long* seconds, long* microseconds) {
    *seconds = static_cast<const Stamp*>(stamp)->seconds;
    *microseconds = 0;
    return 1;
}

Asn1IntegerPtr random_number(Random& random, std::size_t count) {
    const Bytes bytes = random.bytes(count);
    const auto number = openssl_required(
        BignumPtr(BN_bin2bn(bytes.data(), openssl_length(bytes.size()), nullptr)), "number");
    return openssl_required(Asn1IntegerPtr(BN_to_ASN1_INTEGER(number.get(), nullptr)), "number");
}

/// The request as a liar reads it. One that is no request stays what it is.
Bytes misread(ByteView request, TsaFault fault, Random& random) {
    if (fault != TsaFault::WrongImprint && fault != TsaFault::WrongNonce) {
        return to_bytes(request);
    }
    const unsigned char* at = request.data();
    const RequestPtr read(d2i_TS_REQ(nullptr, &at, openssl_length(request.size())));
    if (read == nullptr) {
        return to_bytes(request);
    }
    if (fault == TsaFault::WrongNonce) {
        const Asn1IntegerPtr nonce = random_number(random, 8);
        openssl_check(TS_REQ_set_nonce(read.get(), nonce.get()) == 1, "nonce");
    } else {
        ASN1_OCTET_STRING* const digest =
            TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(read.get()));
        Bytes other = to_bytes(
            {ASN1_STRING_get0_data(digest), static_cast<std::size_t>(ASN1_STRING_length(digest))});
        for (std::uint8_t& byte : other) {
            byte = static_cast<std::uint8_t>(~byte);
        }
        openssl_check(
            ASN1_OCTET_STRING_set(digest, other.data(), openssl_length(other.size())) == 1,
            "imprint");
    }
    return to_der<i2d_TS_REQ>(read.get());
}

void sign_again(X509* certificate, const SoftwareKey& issuer) {
    openssl_check(X509_sign(certificate, issuer.handle(), EVP_sha256()) > 0,
                  "signing a certificate");
}

void make_expired(X509* certificate, const SoftwareKey& issuer, Time now) {
    set_time(X509_getm_notAfter(certificate), now - kDay);
    set_time(X509_getm_notBefore(certificate), now - 2 * kDay);
    sign_again(certificate, issuer);
}

void take_usage(X509* certificate, const SoftwareKey& issuer) {
    const int at = X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1);
    const X509ExtensionPtr usage(X509_delete_ext(certificate, at));
    sign_again(certificate, issuer);
}

}  // namespace

TimestampAuthority::TimestampAuthority(const SoftwareKey& key,
                                       const SoftwareKey& issuer,
                                       Random& random)
    : key_(key), issuer_(issuer), random_(random) {}

Bytes TimestampAuthority::answer(ByteView request, Time now, TsaFault fault) const {
    const auto context = openssl_required(ContextPtr(TS_RESP_CTX_new()), "TSA");
    const X509Ptr certificate =
        from_der<X509Ptr, d2i_X509>(key_.chain().front(), "certificate of the TSA");
    const auto issuers =
        openssl_required(CertificateStackPtr(sk_X509_new_null()), "certificates of the TSA");
    for (std::size_t i = 1; i < key_.chain().size(); ++i) {
        X509Ptr above = from_der<X509Ptr, d2i_X509>(key_.chain()[i], "certificate of the TSA");
        openssl_check(sk_X509_push(issuers.get(), above.get()) > 0, "certificates of the TSA");
        above.release();
    }
    if (fault == TsaFault::Expired) {
        make_expired(certificate.get(), issuer_, now);
    }
    const auto policy =
        openssl_required(Asn1ObjectPtr(OBJ_txt2obj(demo_timestamp_policy_oid, 1)), "policy");
    TS_RESP_CTX* const tsa = context.get();
    openssl_check(TS_RESP_CTX_set_signer_cert(tsa, certificate.get()) == 1 &&
                      TS_RESP_CTX_set_signer_key(tsa, key_.handle()) == 1 &&
                      TS_RESP_CTX_set_certs(tsa, issuers.get()) == 1 &&
                      TS_RESP_CTX_set_signer_digest(tsa, EVP_sha256()) == 1 &&
                      TS_RESP_CTX_set_ess_cert_id_digest(tsa, EVP_sha256()) == 1 &&
                      TS_RESP_CTX_set_def_policy(tsa, policy.get()) == 1 &&
                      TS_RESP_CTX_set_accuracy(tsa, 1, 0, 0) == 1,
                  "TSA");
    for (const EVP_MD* digest : {EVP_sha256(), EVP_sha384(), EVP_sha512(), EVP_sm3()}) {
        openssl_check(TS_RESP_CTX_add_md(tsa, digest) == 1, "digests of the TSA");
    }
    if (fault == TsaFault::WithoutUsage) {
        // OpenSSL takes no such certificate; the one it has taken is the same object as ours.
        take_usage(certificate.get(), issuer_);
    }
    Stamp stamp{.serial = random_number(random_, kSerialBytes),
                .seconds = static_cast<long>(std::chrono::floor<std::chrono::seconds>(
                                                 fault == TsaFault::Future ? now + kDay : now)
                                                 .time_since_epoch()
                                                 .count())};
    TS_RESP_CTX_set_serial_cb(tsa, give_serial, &stamp);
    TS_RESP_CTX_set_time_cb(tsa, give_time, &stamp);
    const Bytes read = misread(request, fault, random_);
    const BioPtr source = reading_bio(read);
    const auto response =
        openssl_required(ResponsePtr(TS_RESP_create_response(tsa, source.get())), "time stamp");
    return to_der<i2d_TS_RESP>(response.get());
}

}  // namespace yinxin::keys
