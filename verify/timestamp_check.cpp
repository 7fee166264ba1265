// SPDX-License-Identifier: Apache-2.0
#include "verify/timestamp_check.h"

#include <algorithm>

#include "common/error.h"
#include "verify/asn1_time.h"
#include "verify/cms_check.h"
#include "verify/path_check.h"
#include "verify/revocation_check.h"
#include "verify/signed_data.h"

namespace yinxin::verify {

namespace {

constexpr const char* kTstInfo = "1.2.840.113549.1.9.16.1.4";

struct TstInfo {
    AlgorithmIdentifier algorithm;
    Bytes imprint;
    Time time{};
    std::optional<Bytes> nonce;
};

TstInfo read_info(ByteView content) {
    TlvReader outer(content);
    const Tlv body = outer.next(kSequence, "TSTInfo");
    outer.finish("TSTInfo");
    TlvReader parts = outer.inside(body);
    TstInfo info;
    if (small_integer(parts.next(kInteger, "the version of TSTInfo")) != 1) {
        throw Error(ErrorCode::Malformed, "a time stamp of another version");
    }
    parts.next(kOid, "the policy of a time stamp");
    TlvReader imprint = parts.inside(parts.next(kSequence, "the imprint of a time stamp"));
    info.algorithm = read_algorithm(imprint.next(kSequence, "the imprint's algorithm"));
    info.imprint = octets_of(imprint.next(kOctetString, "the imprint"));
    imprint.finish("the imprint");
    parts.next(kInteger, "the serial number of a time stamp");
    const auto time = asn1_time(parts.next(kGeneralizedTime, "the time of a time stamp"));
    if (!time) {
        throw Error(ErrorCode::Malformed, "the time of a time stamp is not one");
    }
    info.time = *time;
    parts.next_if(kSequence);  // accuracy
    parts.next_if(kBoolean);   // ordering
    if (const auto nonce = parts.next_if(kInteger)) {
        info.nonce = to_bytes(nonce->content);
    }
    return info;  // tsa and extensions change nothing here
}

void check_imprint(const TstInfo& info, const TimestampQuestion& question, Assessment& assessment) {
    const DigestAlgorithm* digest = digest_algorithm(info.algorithm.oid);
    if (digest == nullptr || !sound_at(*digest, question.now)) {
        assessment.fault(Verdict::Undecided,
                         "timestamp_algorithm",
                         "the time stamp's digest algorithm does not count",
                         "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
        return;
    }
    if (question.imprint(*digest) != info.imprint) {
        assessment.fault(Verdict::Broken,
                         "timestamp_imprint",
                         "the time stamp is about other bytes",
                         "HASH_FAILURE");
    }
}

}  // namespace

TimestampAnswer check_timestamp(const Tlv& token,
                                const TimestampQuestion& question,
                                const TrustStore& trust,
                                Assessment& assessment) {
    TimestampAnswer answer;
    const SignedData data = read_signed_data(token);
    if (!data.content || data.content_type != kTstInfo) {
        assessment.malformed("timestamp_content", "a time stamp without TSTInfo");
        return answer;
    }
    const TstInfo info = read_info(*data.content);
    answer.stated = info.time;
    answer.nonce = info.nonce;
    check_imprint(info, question, assessment);
    const Bytes& content = *data.content;
    CmsExpectation expected;
    expected.content_type = kTstInfo;
    expected.signing_certificate_required = false;
    expected.signing_certificate_binds = false;
    expected.digest_of_content = [&content](const DigestAlgorithm& digest) {
        return digest_of(digest, {content});
    };
    expected.more_certificates = question.more_certificates;
    expected.now = question.now;
    const CmsSigner signer = check_signer(data, expected, assessment);
    answer.certificate = signer.certificate;
    if (!signer.certificate) {
        return answer;
    }
    if (assessment.verdict() == Verdict::Broken || assessment.verdict() == Verdict::Malformed) {
        return answer;
    }
    if (!signer.signing_certificate || !is_time_stamping_certificate(*signer.certificate) ||
        info.time > question.now) {
        assessment.note("timestamp_unproven",
                        "the time stamp lacks the signing-certificate attribute or the right key "
                        "usage, or lies in the future");
        return answer;
    }
    std::vector<ByteView> others = data.certificates;
    others.insert(
        others.end(), question.more_certificates.begin(), question.more_certificates.end());
    if (question.revocation != nullptr) {
        question.revocation->add_from(data);
    }
    PathQuestion path;
    path.certificate = *signer.certificate;
    path.others = others;
    path.at = info.time;
    path.proven = true;  // by the token itself, if it is believed
    path.time_stamping = true;
    path.revocation = question.revocation;
    if (assessment.verdict() == Verdict::Intact &&
        check_path(path, trust, assessment).trust == Trust::Yes) {
        answer.proven = info.time;
    }
    return answer;
}

}  // namespace yinxin::verify
