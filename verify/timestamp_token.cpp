// SPDX-License-Identifier: Apache-2.0
#include "verify/timestamp_token.h"

#include <algorithm>

#include "common/error.h"
#include "verify/assessment.h"
#include "verify/signed_data.h"
#include "verify/timestamp_check.h"

namespace yinxin::verify {
namespace {

constexpr const char* kSha256 = "2.16.840.1.101.3.4.2.1";

TokenAnswer check(
    ByteView bytes, ByteView imprint, ByteView nonce, const TrustStore& trust, Time now) {
    TlvReader outer(bytes);
    const Tlv token = outer.next(kSequence, "a time stamp");
    outer.finish("a time stamp");
    Assessment assessment;
    TimestampQuestion question;
    question.imprint = [imprint](const DigestAlgorithm& digest) {
        return std::string_view(digest.oid) == kSha256 ? to_bytes(imprint) : Bytes{};
    };
    question.now = now;
    const TimestampAnswer found = check_timestamp(token, question, trust, assessment);
    TokenAnswer answer;
    answer.at = found.stated.value_or(Time{});
    if (!found.proven) {
        for (const Finding& finding : assessment.findings()) {
            answer.why += (answer.why.empty() ? "" : "; ") + finding.detail;
        }
        return answer;
    }
    if (!found.nonce ||
        !std::equal(nonce.begin(), nonce.end(), found.nonce->begin(), found.nonce->end())) {
        answer.why = "the time stamp answers another question (nonce)";
        return answer;
    }
    answer.good = true;
    answer.certificates.push_back(*found.certificate);
    for (const ByteView each : read_signed_data(token).certificates) {
        if (!std::equal(
                each.begin(), each.end(), found.certificate->begin(), found.certificate->end())) {
            answer.certificates.push_back(to_bytes(each));
        }
    }
    return answer;
}

}  // namespace

TokenAnswer check_token_alone(
    ByteView token, ByteView imprint, ByteView nonce, const TrustStore& trust, Time now) {
    try {
        return check(token, imprint, nonce, trust, now);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Malformed && error.code() != ErrorCode::TooLarge) {
            throw;
        }
        TokenAnswer answer;
        answer.why = error.what();
        return answer;
    }
}

}  // namespace yinxin::verify
