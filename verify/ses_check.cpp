// SPDX-License-Identifier: Apache-2.0
#include "verify/ses_check.h"

#include <openssl/err.h>

#include <algorithm>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/sm2.h"
#include "keys/pki/parsed_certificate.h"
#include "verify/algorithms.h"
#include "verify/ses_reader.h"
#include "verify/sm2_signature.h"
#include "verify/timestamp_check.h"

namespace yinxin::verify {

namespace {

bool same(ByteView a, ByteView b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// What is asked of the seal, whatever was sealed with it.
class SealCheck {
  public:
    SealCheck(const SesSeal& seal,
              const SesQuestion& question,
              const TrustStore& trust,
              Assessment& assessment)
        : seal_(seal), question_(question), trust_(trust), assessment_(assessment) {}

    /// Faults are the signature's.
    PathAnswer maker_signed() {
        const bool told = holds(seal_.maker_certificate,
                                seal_.algorithm,
                                seal_.signed_bytes,
                                seal_.signature,
                                "seal_signature",
                                "the seal does not verify with its maker's key");
        return told ? PathAnswer{Trust::Yes, ""} : PathAnswer{};
    }
    PathAnswer check_maker(Time when, bool proven) {
        Assessment maker;
        PathQuestion path;
        path.certificate = seal_.maker_certificate;
        path.others = question_.more_certificates;
        path.at = proven ? when : question_.now;
        path.proven = proven;
        path.revocation = question_.revocation;
        const PathAnswer answer = check_path(path, trust_, maker);
        for (const Finding& finding : maker.findings()) {
            assessment_.note("seal_maker_" + finding.code, finding.detail);
        }
        return answer;
    }

    /// The seal's own window, at the time of signing.
    PathAnswer check_validity(const std::optional<Time>& when) {
        if (!when || !seal_.valid_from || !seal_.valid_to) {
            assessment_.warn("seal_validity", "a time of the seal or of its use cannot be read");
            return {Trust::Unknown, "SIG_CONSTRAINTS_FAILURE"};
        }
        if (*when < *seal_.valid_from || *when > *seal_.valid_to) {
            assessment_.warn("seal_validity", "the seal was used outside its validity");
            return {Trust::No, "SIG_CONSTRAINTS_FAILURE"};
        }
        return {Trust::Yes, ""};
    }

  protected:
    /// True when there is a certificate to go by; faults are the signature's.
    bool holds(ByteView certificate_der,
               const std::string& oid,
               ByteView message,
               ByteView value,
               const char* code,
               const char* detail) {
        const keys::X509Ptr certificate = keys::parsed_certificate(certificate_der);
        if (certificate == nullptr) {
            assessment_.malformed("certificate_damaged",
                                  "a certificate inside the signature cannot be read");
            return false;
        }
        EVP_PKEY* const key = X509_get0_pubkey(certificate.get());
        ERR_clear_error();
        const SignatureAlgorithm* algorithm = signature_algorithm(oid);
        if (algorithm == nullptr || algorithm->key != KeyKind::Sm2 || key == nullptr) {
            assessment_.fault(Verdict::Undecided,
                              "algorithm_unknown",
                              "signature algorithm " + oid + " is not known in seals",
                              "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
        } else if (!sound_at(*digest_algorithm(algorithm->digest_oid), question_.now)) {
            assessment_.fault(Verdict::Undecided,
                              "algorithm_outdated",
                              "SM3 is too weak to count",
                              "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
        } else if (!sm2_holds(key, message, value, keys::sm2_id)) {
            assessment_.fault(Verdict::Broken, code, detail, "SIG_CRYPTO_FAILURE");
        }
        return true;
    }

    const SesSeal& seal_;
    const SesQuestion& question_;
    const TrustStore& trust_;
    Assessment& assessment_;
};

class Check : SealCheck {
  public:
    Check(const SesSignature& signature,
          const SesQuestion& question,
          const TrustStore& trust,
          Assessment& assessment)
        : SealCheck(signature.seal, question, trust, assessment), signature_(signature) {}

    SesAnswer run() {
        SesAnswer answer;
        answer.claimed = signature_.time;
        describe();
        if (holds(signature_.certificate,
                  signature_.algorithm,
                  signature_.to_sign,
                  signature_.signature,
                  "signature_value",
                  "the signature value does not verify with the signer's key")) {
            answer.certificate = to_bytes(signature_.certificate);
        }
        check_list();
        answer.seal = maker_signed();
        if (!same(signature_.data_hash, question_.data_hash)) {
            assessment_.fault(Verdict::Broken,
                              "digest",
                              "the signed bytes are not those the seal was set under",
                              "HASH_FAILURE");
        }
        check_time_stamp(seal_.time_stamp, seal_.signature, "seal_timestamp");
        answer.proven = check_time_stamp(signature_.time_stamp, signature_.signature, "timestamp");
        const Time when = answer.proven.value_or(answer.claimed.value_or(question_.now));
        answer.seal = worse_of(answer.seal, check_independence());
        answer.seal = worse_of(answer.seal, check_maker(when, answer.proven.has_value()));
        answer.seal =
            worse_of(answer.seal, check_validity(answer.proven ? answer.proven : answer.claimed));
        return answer;
    }

  private:
    void describe() {
        assessment_.note("seal",
                         "sealed with \"" + seal_.name + "\", " + seal_.id + ", version " +
                             std::to_string(seal_.version));
        const bool known = seal_.flat ? seal_.version == 4 || seal_.version == 5
                                      : seal_.version >= 1 && seal_.version <= 3;
        if (!known || signature_.version != seal_.version) {
            assessment_.warn("seal_version",
                             "the versions of the seal and of its signature do not fit");
        }
        if (seal_.critical_extension || signature_.critical_extension) {
            assessment_.warn("seal_extension", "an extension marked critical is not known here");
        }
        if (signature_.time_is_token) {
            assessment_.note("seal_time_token", "the time stamp inside was not looked at");
        }
    }

    /// By every byte of the certificate, or by its SM3.
    void check_list() {
        const auto lists = [](const std::vector<ByteView>& list, ByteView wanted) {
            return std::any_of(
                list.begin(), list.end(), [&](ByteView each) { return same(each, wanted); });
        };
        if (!lists(seal_.certificates, signature_.certificate) &&
            !lists(seal_.digests, keys::sm3(signature_.certificate))) {
            assessment_.fault(Verdict::Broken,
                              "seal_certificate_list",
                              "the signer is none of those who may use the seal",
                              "SIG_CONSTRAINTS_FAILURE");
        }
    }

    PathAnswer check_independence() {
        if (same(seal_.maker_certificate, signature_.certificate)) {
            assessment_.warn("seal_maker_is_signer", "whoever signed made the seal, too");
            return {Trust::No, "SIG_CONSTRAINTS_FAILURE"};
        }
        return {Trust::Yes, ""};
    }

    std::optional<Time> check_time_stamp(const std::optional<ByteView>& token,
                                         ByteView stamped,
                                         const std::string& code) {
        if (!token) {
            return std::nullopt;
        }
        Assessment own;
        TimestampAnswer answer;
        try {
            TlvReader reader(*token);
            const Tlv value = reader.next();
            reader.finish("a time stamp");
            TimestampQuestion about;
            about.imprint = [&](const DigestAlgorithm& digest) {
                return digest_of(digest, {stamped});
            };
            about.more_certificates = question_.more_certificates;
            about.now = question_.now;
            about.revocation = question_.revocation;
            answer = check_timestamp(value, about, trust_, own);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Malformed) {
                throw;
            }
            own.malformed("structure", error.what());
        }
        for (const Finding& finding : own.findings()) {
            assessment_.note(code + "_" + finding.code, finding.detail);
        }
        if (own.verdict() == Verdict::Broken || own.verdict() == Verdict::Malformed) {
            assessment_.fault(
                Verdict::Broken, code, "the time stamp does not hold", "SIG_CRYPTO_FAILURE");
            return std::nullopt;
        }
        return answer.proven;
    }

    const SesSignature& signature_;
};

}  // namespace

PathAnswer check_ses_seal(ByteView der,
                          Time when,
                          const TrustStore& trust,
                          Assessment& assessment) {
    try {
        const SesSeal seal = read_ses_seal(der);
        SesQuestion question;
        question.now = when;
        SealCheck check(seal, question, trust, assessment);
        PathAnswer answer = check.maker_signed();
        answer = worse_of(answer, check.check_maker(when, false));
        return worse_of(answer, check.check_validity(when));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Malformed) {
            throw;
        }
        assessment.malformed("seal_structure", error.what());
        return {};
    }
}

SesAnswer check_ses(const Tlv& value,
                    const SesQuestion& question,
                    const TrustStore& trust,
                    Assessment& assessment) {
    try {
        const SesSignature signature = read_ses_signature(value);
        return Check(signature, question, trust, assessment).run();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Malformed) {
            throw;
        }
        assessment.malformed("seal_structure", error.what());
        return {};
    }
}

}  // namespace yinxin::verify
