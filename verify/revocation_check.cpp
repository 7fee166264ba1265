// SPDX-License-Identifier: Apache-2.0
#include "verify/revocation_check.h"

#include <algorithm>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/pki/certificate.h"

namespace yinxin::verify {
namespace {

using keys::RevocationStatus;

constexpr const char* kArchival = "1.2.840.113583.1.1.8";
constexpr const char* kOcspInCms = "1.3.6.1.5.5.7.16.2";
// Each is read once for each certificate of a path.
constexpr std::size_t kAnswersMax = 32;
constexpr std::size_t kWantedMax = 8;
constexpr std::chrono::minutes kClockDifference{5};
// Of an answer that does not say until when it counts.
constexpr std::chrono::days kAgeMax{7};

void add_once(std::vector<Bytes>& to, Bytes der) {
    if (to.size() < kAnswersMax && std::find(to.begin(), to.end(), der) == to.end()) {
        to.push_back(std::move(der));
    }
}

/// RevocationInfoArchival: [0] SEQUENCE OF CertificateList, [1] SEQUENCE OF OCSPResponse.
template <typename Crl, typename Ocsp>
void read_archival(const Tlv& value, Crl crl, Ocsp ocsp) {
    TlvReader parts(value.content, 8);
    for (const std::uint8_t tag : {std::uint8_t{0xA0}, std::uint8_t{0xA1}}) {
        const auto wrapped = parts.next_if(tag);
        if (!wrapped) {
            continue;
        }
        TlvReader outer = parts.inside(*wrapped);
        TlvReader each = outer.inside(outer.next(kSequence, "archived revocation data"));
        while (!each.at_end()) {
            const Bytes der = to_bytes(each.next().whole);
            tag == 0xA0 ? crl(der) : ocsp(der);
        }
    }
}

std::string name_of(const Bytes& certificate) {
    return "\"" + keys::Certificate::from_der(certificate).subject + "\"";
}

bool names_a_place(const Bytes& certificate) {
    const keys::RevocationPlaces places = keys::revocation_places(certificate);
    return !places.ocsp.empty() || !places.crl.empty();
}

}  // namespace

RevocationCheck::RevocationCheck(const RevocationPolicy& policy, Time now)
    : policy_(policy), now_(now) {
    for (const Bytes& each : policy.ocsp_responses) {
        add_ocsp(each);
    }
    for (const Bytes& each : policy.crls) {
        add_crl(each);
    }
}

void RevocationCheck::add_ocsp(Bytes response) {
    add_once(ocsp_, std::move(response));
    known_.clear();
}

void RevocationCheck::add_crl(Bytes list) {
    add_once(crls_, std::move(list));
    known_.clear();
}

void RevocationCheck::add_from(const SignedData& data) {
    for (const RevocationInfo& each : data.revocations) {
        if (each.format.empty()) {
            add_crl(to_bytes(each.der));
        } else if (each.format == kOcspInCms) {
            add_ocsp(to_bytes(each.der));
        }
    }
    for (const SignerInfo& signer : data.signers) {
        for (const Attribute& attribute : signer.signed_list) {
            if (attribute.oid != kArchival || attribute.values.size() != 1) {
                continue;
            }
            try {
                read_archival(
                    attribute.values.front(),
                    [this](const Bytes& der) { add_crl(der); },
                    [this](const Bytes& der) { add_ocsp(der); });
            } catch (const Error&) {
                // Signed as it is, and of no use: the certificate's state is not known by it.
            }
        }
    }
}

const std::vector<RevocationStatus>& RevocationCheck::about(const Bytes& certificate,
                                                            const Bytes& issuer) {
    const auto [place, is_new] = known_.try_emplace(std::pair{certificate, issuer});
    std::vector<RevocationStatus>& answers = place->second;
    if (!is_new) {
        return answers;
    }
    const auto read = [&](const std::vector<Bytes>& all, auto reader) {
        for (const Bytes& der : all) {
            try {
                RevocationStatus status = reader(der, certificate, issuer);
                if (status.kind != RevocationStatus::Kind::Unknown &&
                    status.this_update <= now_ + kClockDifference) {
                    answers.push_back(std::move(status));
                }
            } catch (const Error&) {
                // About another certificate, or signed by nobody who may.
            }
        }
    };
    read(ocsp_, keys::read_ocsp);
    read(crls_, keys::read_crl);
    return answers;
}

RevocationCheck::Found RevocationCheck::look(const std::vector<RevocationStatus>& answers,
                                             const PathQuestion& question) const {
    Found found;
    const RevocationStatus* newest = nullptr;
    for (const RevocationStatus& each : answers) {
        if (newest == nullptr || each.this_update > newest->this_update) {
            newest = &each;
        }
        if (each.kind != RevocationStatus::Kind::Good) {
            continue;
        }
        // A later answer speaks about the time before it, too.
        if (question.proven && each.this_update >= question.at) {
            found.good = true;
        } else if (each.covers(question.at) &&
                   (each.next_update || question.at - each.this_update <= kAgeMax)) {
            (question.proven ? found.older : found.good) = true;
        }
    }
    if (newest != nullptr && newest->kind == RevocationStatus::Kind::Revoked) {
        found.revoked = newest;
    }
    return found;
}

PathAnswer RevocationCheck::judge(const std::vector<Bytes>& path,
                                  const PathQuestion& question,
                                  Assessment& assessment) {
    PathAnswer result{Trust::Yes, ""};
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {  // nobody revokes an anchor
        const auto& answers = about(path[i], path[i + 1]);
        const Found found = look(answers, question);
        if (found.revoked == nullptr) {
            if (found.older && !found.good) {
                assessment.note("revocation_data_older",
                                "the answer about " + name_of(path[i]) +
                                    " is older than the proven time, and counted then");
            } else if (!found.good) {
                result = worse_of(result,
                                  question.own ? PathAnswer{Trust::Yes, ""}
                                               : unknown(path[i], path[i + 1], assessment));
            }
            continue;
        }
        const Time since = found.revoked->revoked_at.value_or(Time::min());
        const std::string words =
            name_of(path[i]) + " was revoked on " + to_rfc3339(since) +
            (found.revoked->reason.empty() ? "" : " (" + found.revoked->reason + ")");
        // A thief of the key writes whatever time he likes.
        const bool stolen = question.time_stamping && found.revoked->reason == "keyCompromise";
        if (question.proven && question.at < since && !stolen) {
            assessment.note("revoked_later", words + ", after the proven time");
            continue;
        }
        assessment.warn("revoked", words);
        if (i > 0) {
            result = worse_of(result, {Trust::Unknown, "REVOKED_CA_NO_POE"});
        } else {
            result = worse_of(result, {Trust::No, question.proven ? "REVOKED" : "REVOKED_NO_POE"});
        }
    }
    return result;
}

PathAnswer RevocationCheck::unknown(const Bytes& certificate,
                                    const Bytes& issuer,
                                    Assessment& assessment) {
    const std::string words = "whether " + name_of(certificate) + " was revoked is not known";
    if (!names_a_place(certificate)) {
        assessment.note("revocation_unknown", words + "; it names no place to ask");
        return {Trust::Yes, ""};
    }
    if (policy_.asking == RevocationPolicy::Asking::Asked) {
        assessment.warn("revocation_unknown", words + ": nobody who knows answered");
        return {Trust::Unknown, "TRY_LATER"};
    }
    assessment.note("revocation_unknown", words + ": the file brings no answer");
    const bool new_one = std::none_of(wanted_.begin(), wanted_.end(), [&](const auto& each) {
        return each.certificate == certificate && each.issuer == issuer;
    });
    if (policy_.asking == RevocationPolicy::Asking::List && new_one &&
        wanted_.size() < kWantedMax) {
        wanted_.push_back({certificate, issuer});
    }
    return {Trust::Yes, ""};
}

}  // namespace yinxin::verify
