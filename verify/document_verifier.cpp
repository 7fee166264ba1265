// SPDX-License-Identifier: Apache-2.0
#include "verify/document_verifier.h"

#include <algorithm>
#include <map>
#include <new>
#include <set>

#include "common/error.h"
#include "common/limits.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"
#include "pdf/reader.h"
#include "verify/cms_check.h"
#include "verify/coverage.h"
#include "verify/hidden_content.h"
#include "verify/path_check.h"
#include "verify/pdf_date.h"
#include "verify/revision_check.h"
#include "verify/revocation_check.h"
#include "verify/ses_check.h"
#include "verify/ses_reader.h"
#include "verify/signature_fields.h"
#include "verify/signed_data.h"
#include "verify/timestamp_check.h"

namespace yinxin::verify {

using pdf::reader::Array;
using pdf::reader::Dict;
using pdf::reader::Document;
using pdf::reader::Object;

namespace {

constexpr const char* kData = "1.2.840.113549.1.7.1";
constexpr const char* kSm3 = "1.2.156.10197.1.401";

/// What Chinese toolkits call their signatures; the ASN.1 decides what they are. /Filter is never
/// looked at: no public standard names it.
bool is_gm(const std::string& sub_filter) {
    return sub_filter == "GM.sm2seal" || sub_filter == "GM.SM2";
}

/// One signature on its way through the checks.
struct Checking {
    FoundSignature found;
    Assessment assessment;
    std::optional<Coverage> coverage;
    std::string sub_filter;
    bool timestamp = false;
    bool ses = false;  ///< with a seal of GB/T 38540, not CMS
    std::optional<SignedData> cms;
    CmsSigner signer;
    std::optional<Time> claimed, proven;
    std::optional<SignerReport> report;
    PathAnswer path;
};

class Verifier {
  public:
    Verifier(const Document& document, const TrustStore& trust, const Policy& policy, Time now)
        : document_(document),
          trust_(trust),
          policy_(policy),
          now_(now),
          revocation_(policy.revocation, now) {}

    void run(DocumentReport& report) {
        const std::size_t newest = document_.newest();
        for (const std::string& notice : document_.notices()) {
            report.findings.push_back({Finding::Weight::Note, "tolerated", notice});
        }
        reachable_ = document_.reachable(newest);  // every object in its place
        report.pages = static_cast<int>(document_.pages(newest).size());
        for (FoundSignature& found : find_signatures(document_, newest, report.findings)) {
            all_.emplace_back().found = std::move(found);
        }
        find_removed();
        if (!all_.empty()) {
            for (const std::string& words : dynamic_content(document_, newest, reachable_)) {
                report.findings.push_back({Finding::Weight::Warning, "dynamic_content", words});
            }
            look_for_xfa();
            read_evidence(report);
        }
        for (const bool stamps : {true, false}) {  // what they prove counts for the others
            for (Checking& each : all_) {
                if (stamps == (each.found.dict != nullptr && each.found.is_document_timestamp())) {
                    check_one(each);
                }
            }
        }
        check_together();
        for (Checking& each : all_) {
            report.signatures.push_back(to_report(each));
        }
        report.integrity = integrity_of(report.signatures);
        report.revocation_wanted = revocation_.wanted();
        look_for_unused(report);  // last, because it may use up what may be read of a file
    }

  private:
    const Object& value(const Dict& dict, const char* key) const {
        return document_.value(dict, key, document_.newest());
    }
    void find_removed();
    void look_for_xfa();
    void look_for_unused(DocumentReport& report) const;
    void read_evidence(DocumentReport& report);
    std::vector<Bytes> read_evidence(const Dict& dss, const char* key, DocumentReport& report);
    void check_one(Checking& each);
    void check_cms(Checking& each);
    void check_seal(Checking& each);
    void check_sha1_envelope(Checking& each, CmsExpectation& expected);
    void check_token_attributes(Checking& each);
    void check_document_timestamp(Checking& each);
    void take_time_of_stamps(Checking& each) const;
    void check_issuer(Checking& each);
    void check_together();
    void check_later(Checking& each);
    bool is_own(const Checking& each) const;
    std::uint32_t second_seal(const Checking& each, std::size_t later) const;
    RevisionRules rules_after(const Checking& each, std::size_t later) const;
    std::string level(const Checking& each) const;
    SignatureReport to_report(const Checking& each) const;
    Bytes digest_of_coverage(const Checking& each, const DigestAlgorithm& digest) const {
        return digest_of_covered(digest,
                                 each.coverage->first(document_.bytes()),
                                 each.coverage->second(document_.bytes()));
    }

    const Document& document_;
    const TrustStore& trust_;
    const Policy& policy_;
    Time now_;
    std::set<std::uint32_t> reachable_;  ///< in the newest revision
    std::vector<Checking> all_;
    RevocationCheck revocation_;
    std::vector<Bytes> evidence_;  // certificates of the DSS
    bool has_dss_ = false;
    std::map<std::pair<std::size_t, RevisionRules>, std::vector<Finding>> steps_;
};

/// Signatures that an earlier revision had, whole, and a later one has no more or has exchanged:
/// not to be passed over as if there had never been one.
void Verifier::find_removed() {
    for (std::size_t r = document_.newest(); r-- > 0;) {
        std::vector<Finding> ignored;
        std::vector<FoundSignature> earlier;
        try {
            earlier = find_signatures(document_, r, ignored);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Malformed) {
                throw;
            }
            continue;  // what cannot be read in there never was a signature
        }
        for (FoundSignature& found : earlier) {
            const auto place = document_.place(found.id.number, r);
            const bool still_there =
                std::any_of(all_.begin(), all_.end(), [&](const Checking& other) {
                    return other.found.id == found.id &&
                           document_.place(other.found.id.number, other.found.seen_in) == place;
                });
            Assessment ignored_faults;
            if (still_there || !check_coverage(document_, found, ignored_faults)) {
                continue;
            }
            Checking& removed = all_.emplace_back();
            removed.found = std::move(found);
            removed.assessment.fault(Verdict::Modified,
                                     "signature_removed",
                                     "the signature was taken out of the form or exchanged later",
                                     "FORMAT_FAILURE");
        }
    }
}

void Verifier::look_for_xfa() {
    const Dict* form = value(document_.catalog(document_.newest()), "AcroForm").dict();
    if (form == nullptr || form->find("XFA") == nullptr) {
        return;
    }
    for (Checking& each : all_) {
        each.assessment.fault(Verdict::Undecided,
                              "xfa",
                              "an XFA form decides what is shown; that is not checked",
                              "GENERIC");
    }
}

/// Attack 6: what a later revision might bring to light was signed unseen.
void Verifier::look_for_unused(DocumentReport& report) const {
    std::optional<std::size_t> last;
    for (const Checking& each : all_) {
        if (each.coverage && (!last || each.coverage->revision > *last)) {
            last = each.coverage->revision;
        }
    }
    if (!last) {
        return;
    }
    const std::size_t count = unreachable_content(
        document_, *last, *last == document_.newest() ? reachable_ : document_.reachable(*last));
    if (count > 0) {
        report.findings.push_back({Finding::Weight::Warning,
                                   "unused_content",
                                   std::to_string(count) + " signed objects are shown nowhere"});
    }
}

void Verifier::read_evidence(DocumentReport& report) {
    const Dict* dss = value(document_.catalog(document_.newest()), "DSS").dict();
    has_dss_ = dss != nullptr;
    if (dss == nullptr) {
        return;
    }
    evidence_ = read_evidence(*dss, "Certs", report);
    for (Bytes& each : read_evidence(*dss, "OCSPs", report)) {
        revocation_.add_ocsp(std::move(each));
    }
    for (Bytes& each : read_evidence(*dss, "CRLs", report)) {
        revocation_.add_crl(std::move(each));
    }
}

std::vector<Bytes> Verifier::read_evidence(const Dict& dss,
                                           const char* key,
                                           DocumentReport& report) {
    std::vector<Bytes> found;
    const Array* list = value(dss, key).array();
    for (const Object& each : list != nullptr ? *list : Array{}) {
        if (found.size() >= limits::dss_values_max) {
            report.findings.push_back({Finding::Weight::Warning,
                                       "dss_size",
                                       std::string("the validation data's /") + key +
                                           " has more values than are looked at"});
            break;
        }
        const auto* stream = each.reference() != nullptr
                                 ? document_.load(*each.reference(), document_.newest())
                                 : nullptr;
        if (stream == nullptr || !stream->is_stream) {
            report.findings.push_back(
                {Finding::Weight::Warning,
                 "dss_stream",
                 std::string("something in the validation data's /") + key + " is missing"});
            continue;
        }
        found.push_back(document_.decode(*stream, document_.newest()));
    }
    return found;
}

void Verifier::check_one(Checking& each) {
    if (each.found.dict != nullptr) {
        const Object& sub_filter = value(*each.found.dict, "SubFilter");
        each.sub_filter = sub_filter.name() != nullptr ? sub_filter.name()->text : "";
        each.timestamp = each.found.is_document_timestamp();
        if (const auto* time = value(*each.found.dict, "M").string()) {
            each.claimed = parse_pdf_date(time->bytes);
        }
    }
    each.coverage = check_coverage(document_, each.found, each.assessment);
    if (!each.coverage) {
        return;
    }
    const Object& type = value(*each.found.dict, "Type");
    if (each.sub_filter.empty() ||
        (!type.is_null() && !type.is_name("Sig") && !type.is_name("DocTimeStamp"))) {
        each.assessment.malformed("signature_dictionary",
                                  "/SubFilter is missing, or /Type is another");
        return;
    }
    if (value(*each.found.dict, "Filter").name() == nullptr) {
        each.assessment.warn("filter_missing", "the signature dictionary names no /Filter");
    }
    try {
        each.ses = is_gm(each.sub_filter) && has_ses_shape(each.coverage->value);
        if (each.timestamp) {
            check_document_timestamp(each);
        } else if (each.ses) {
            check_seal(each);
        } else {
            check_cms(each);
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Malformed) {
            throw;
        }
        each.assessment.malformed("cms", error.what());
    }
}

void Verifier::check_cms(Checking& each) {
    const bool sha1_envelope = each.sub_filter == "adbe.pkcs7.sha1";
    if (each.sub_filter != "ETSI.CAdES.detached" && each.sub_filter != "adbe.pkcs7.detached" &&
        !sha1_envelope && !is_gm(each.sub_filter)) {
        each.assessment.fault(Verdict::Undecided,
                              "sub_filter",
                              "signatures of kind " + each.sub_filter + " are not checked",
                              "GENERIC");
        return;
    }
    each.cms = read_signed_data(each.coverage->value);
    CmsExpectation expected;
    expected.content_type = kData;
    expected.signing_certificate_required = each.sub_filter == "ETSI.CAdES.detached";
    expected.now = now_;
    expected.digest_of_content = [this, &each](const DigestAlgorithm& digest) {
        return digest_of_coverage(each, digest);
    };
    if (sha1_envelope) {
        check_sha1_envelope(each, expected);
    } else if (each.cms->content) {
        each.assessment.malformed("encapsulated_content", "the CMS carries content of its own");
    }
    each.signer = check_signer(*each.cms, expected, each.assessment);
    revocation_.add_from(*each.cms);
    check_embedded_certificates(each.cms->certificates, trust_, each.assessment);
    check_token_attributes(each);
    check_issuer(each);
}

/// GB/T 38540; the signer's path last, because the time stamp says for which time.
void Verifier::check_seal(Checking& each) {
    SesQuestion question;
    question.data_hash = digest_of_coverage(each, *digest_algorithm(kSm3));
    question.more_certificates.assign(evidence_.begin(), evidence_.end());
    question.now = now_;
    question.revocation = &revocation_;
    const SesAnswer answer = check_ses(each.coverage->value, question, trust_, each.assessment);
    each.signer.certificate = answer.certificate;
    each.claimed = answer.claimed ? answer.claimed : each.claimed;
    each.proven = answer.proven;
    check_issuer(each);
    each.path = worse_of(each.path, answer.seal);
    if (each.report) {
        each.report->trusted = each.path.trust;
    }
}

/// adbe.pkcs7.sha1 (ISO 32000-1, 12.8.3.3): the CMS covers the SHA-1 of the file, so at best
/// nothing is decided.
void Verifier::check_sha1_envelope(Checking& each, CmsExpectation& expected) {
    const DigestAlgorithm& sha1 = *digest_algorithm("1.3.14.3.2.26");
    if (!each.cms->content || *each.cms->content != digest_of_coverage(each, sha1)) {
        each.assessment.fault(Verdict::Broken,
                              "digest",
                              "the signed bytes are not those the seal was made over",
                              "HASH_FAILURE");
        return;
    }
    each.assessment.fault(Verdict::Undecided,
                          "algorithm_outdated",
                          "SHA1 is too weak to count",
                          "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    expected.digest_of_content = [&each](const DigestAlgorithm& digest) {
        return digest_of(digest, {*each.cms->content});
    };
}

void Verifier::check_token_attributes(Checking& each) {
    for (const SignerInfo& signer : each.cms->signers) {
        for (const Attribute& attribute : signer.unsigned_list) {
            if (attribute.oid != kTimeStampToken) {
                each.assessment.note("unsigned_attribute",
                                     "unsigned attribute " + attribute.oid + " was not looked at");
                continue;
            }
            if (attribute.values.size() != 1) {
                each.assessment.malformed("timestamp_count",
                                          "a time-stamp attribute has not exactly one value");
                continue;
            }
            Assessment token;
            TimestampQuestion question;
            question.imprint = [&signer](const DigestAlgorithm& digest) {
                return digest_of(digest, {signer.signature});
            };
            question.more_certificates.assign(evidence_.begin(), evidence_.end());
            question.now = now_;
            question.revocation = &revocation_;
            const TimestampAnswer answer =
                check_timestamp(attribute.values.front(), question, trust_, token);
            for (const Finding& finding : token.findings()) {
                each.assessment.note("timestamp_" + finding.code, finding.detail);
            }
            if (token.verdict() == Verdict::Broken || token.verdict() == Verdict::Malformed) {
                each.assessment.fault(Verdict::Broken,
                                      "timestamp",
                                      "the time stamp of the signature does not hold",
                                      "SIG_CRYPTO_FAILURE");
            } else if (answer.proven && (!each.proven || *answer.proven < *each.proven)) {
                each.proven = answer.proven;
            }
        }
    }
}

void Verifier::check_document_timestamp(Checking& each) {
    if (each.sub_filter != "ETSI.RFC3161") {
        each.assessment.malformed("sub_filter", "a document time stamp of kind " + each.sub_filter);
        return;
    }
    TimestampQuestion question;
    question.imprint = [this, &each](const DigestAlgorithm& digest) {
        return digest_of_coverage(each, digest);
    };
    question.more_certificates.assign(evidence_.begin(), evidence_.end());
    question.now = now_;
    question.revocation = &revocation_;
    const TimestampAnswer answer =
        check_timestamp(each.coverage->value, question, trust_, each.assessment);
    each.cms = read_signed_data(each.coverage->value);
    check_embedded_certificates(each.cms->certificates, trust_, each.assessment);
    each.signer.certificate = answer.certificate;
    each.claimed = answer.stated;
    each.proven = answer.proven;
    check_issuer(each);
}

/// A document time stamp proves all that it covers.
void Verifier::take_time_of_stamps(Checking& each) const {
    for (const Checking& stamp : all_) {
        if (!each.timestamp && stamp.proven && stamp.coverage->end > each.coverage->end &&
            stamp.assessment.verdict() == Verdict::Intact &&
            (!each.proven || *stamp.proven < *each.proven)) {
            each.proven = stamp.proven;
        }
    }
}

void Verifier::check_issuer(Checking& each) {
    if (!each.signer.certificate) {
        return;
    }
    take_time_of_stamps(each);
    try {
        const keys::Certificate certificate = keys::Certificate::from_der(*each.signer.certificate);
        const Time when = each.proven.value_or(each.claimed.value_or(now_));
        each.report = SignerReport{
            certificate.subject, certificate.sha256, Trust::Unknown, certificate.valid_at(when)};
    } catch (const Error& error) {
        each.assessment.malformed("certificate_damaged", error.what());
        return;
    }
    PathQuestion question;
    question.certificate = *each.signer.certificate;
    if (each.cms) {
        question.others = each.cms->certificates;
    }
    question.others.insert(question.others.end(), evidence_.begin(), evidence_.end());
    question.at = each.proven.value_or(now_);
    question.proven = each.proven.has_value();
    question.time_stamping = each.timestamp;
    question.revocation = &revocation_;
    question.own = is_own(each);
    each.path = check_path(question, trust_, each.assessment);
    if (each.signer.short_key && each.path.trust == Trust::Yes) {
        each.path = {Trust::No, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"};
    }
    each.report->trusted = each.path.trust;
    if (each.path.trust == Trust::No && each.path.reason.starts_with("REVOKED")) {
        each.report->valid_at_sealing = false;
    }
}

bool Verifier::is_own(const Checking& each) const {
    return each.report &&
           std::find(policy_.own_certificate_sha256.begin(),
                     policy_.own_certificate_sha256.end(),
                     each.report->certificate_sha256) != policy_.own_certificate_sha256.end();
}

/// Behind a seal of GB/T 38540 of this instance its second seal may stand, in CMS: at once, whole,
/// and only where nothing certifies. Its signature dictionary; 0: there is none.
std::uint32_t Verifier::second_seal(const Checking& each, std::size_t later) const {
    if (!each.ses || !is_own(each) || later != each.coverage->revision + 1) {
        return 0;
    }
    for (const Checking& other : all_) {
        const Verdict verdict = other.assessment.verdict();
        if (other.coverage && other.coverage->revision == later && other.cms && !other.timestamp &&
            !other.found.certifies && is_own(other) &&
            (verdict == Verdict::Intact || verdict == Verdict::Modified)) {
            return other.found.id.number;
        }
    }
    return 0;
}

/// Whatever was in force when revision `later` was made: of signatures below it, and of those whose
/// place is not known.
RevisionRules Verifier::rules_after(const Checking& each, std::size_t later) const {
    RevisionRules rules;
    rules.own = is_own(each);
    rules.second_seal = second_seal(each, later);
    for (const Checking& other : all_) {
        if (other.coverage && other.coverage->revision >= later) {
            continue;
        }
        if (other.found.certifies || other.found.doc_mdp) {
            const int level = other.found.doc_mdp.value_or(2);
            rules.doc_mdp = rules.doc_mdp == 0 ? level : std::min(rules.doc_mdp, level);
        }
        for (FieldLock& lock : locks_of(document_, other.found)) {
            rules.locks.push_back(std::move(lock));
        }
    }
    return rules;
}

void Verifier::check_together() {
    std::vector<Covering> covering;
    for (Checking& each : all_) {
        if (each.coverage) {
            covering.push_back({&*each.coverage, &each.assessment});
        }
    }
    check_nesting(covering);
    for (Checking& each : all_) {
        if (each.coverage) {
            check_later(each);
        }
    }
}

/// What follows the signed bytes (pades 2.4), revision by revision, and bytes that belong to none.
void Verifier::check_later(Checking& each) {
    for (std::size_t later = each.coverage->revision + 1; later <= document_.newest(); ++later) {
        const RevisionRules rules = rules_after(each, later);
        auto known = steps_.find({later, rules});
        if (known == steps_.end()) {
            known = steps_.emplace(std::pair{later, rules}, check_revision(document_, later, rules))
                        .first;
        }
        for (const Finding& finding : known->second) {
            if (finding.weight == Finding::Weight::Fault) {
                each.assessment.fault(
                    Verdict::Modified, finding.code, finding.detail, "FORMAT_FAILURE");
            } else {
                each.assessment.note(finding.code, finding.detail);
            }
        }
    }
    const std::size_t accounted = std::max(each.coverage->end, document_.revisions().back().end);
    if (accounted < document_.bytes().size()) {
        each.assessment.fault(Verdict::Modified,
                              "bytes_behind",
                              "bytes were added behind the end of the file",
                              "FORMAT_FAILURE");
    }
}

/// ETSI EN 319 142-1, 5: by what is there, not by what it proves.
std::string Verifier::level(const Checking& each) const {
    const bool pades = each.sub_filter == "ETSI.CAdES.detached" && each.signer.signing_certificate;
    if (!pades) {
        return "";
    }
    const auto later_timestamp = [&](bool over_dss) {
        return std::any_of(all_.begin(), all_.end(), [&](const Checking& other) {
            if (!other.timestamp || !other.coverage || other.coverage->end <= each.coverage->end) {
                return false;
            }
            const std::size_t seen = other.coverage->revision;
            return !over_dss ||
                   document_.value(document_.catalog(seen), "DSS", seen).dict() != nullptr;
        });
    };
    const bool stamped = std::any_of(
        each.cms->signers.begin(), each.cms->signers.end(), [](const SignerInfo& signer) {
            return std::any_of(
                signer.unsigned_list.begin(),
                signer.unsigned_list.end(),
                [](const Attribute& attribute) { return attribute.oid == kTimeStampToken; });
        });
    if (!stamped && !later_timestamp(false)) {
        return "B-B";
    }
    if (!has_dss_) {
        return "B-T";
    }
    return later_timestamp(true) ? "B-LTA" : "B-LT";
}

SignatureReport Verifier::to_report(const Checking& each) const {
    SignatureReport report;
    report.field = each.found.field;
    report.sub_filter = each.sub_filter;
    report.verdict = each.assessment.verdict();
    report.sub_indication = each.assessment.sub_indication();
    report.certifies = each.found.certifies;
    report.doc_mdp = each.found.doc_mdp;
    report.claimed_time = each.claimed;
    report.signer = each.report;
    if (each.coverage) {
        report.signed_bytes = each.coverage->end;
        report.gap_begin = each.coverage->gap_begin;
        report.gap_end = each.coverage->gap_end;
    }
    if (report.signer && !report.holds()) {
        report.signer->trusted = Trust::Unknown;
    }
    report.findings = each.assessment.findings();
    switch (report.verdict) {
        case Verdict::Intact:
            report.level = level(each);
            report.indication = each.path.trust == Trust::Yes ? "TOTAL_PASSED" : "INDETERMINATE";
            report.sub_indication = each.path.reason;
            break;
        case Verdict::Undecided:
            report.indication = "INDETERMINATE";
            break;
        default:
            report.indication = "TOTAL_FAILED";
    }
    return report;
}

DocumentReport look(ByteView pdf, const TrustStore& trust, const Policy& policy, Time now) {
    DocumentReport report;
    try {
        const Document document = Document::open(pdf);
        for (const auto& revision : document.revisions()) {
            report.revision_ends.push_back(revision.end);
        }
        if (document.encrypted()) {
            report.integrity = Integrity::NotChecked;
            report.findings.push_back(
                {Finding::Weight::Fault, "encrypted", "the file is encrypted"});
            return report;
        }
        Verifier(document, trust, policy, now).run(report);
        return report;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Internal) {
            throw;
        }
        const bool limits = error.code() == ErrorCode::TooLarge;
        report.signatures.clear();
        report.integrity = limits ? Integrity::NotChecked : Integrity::Unreadable;
        report.findings.push_back(
            {Finding::Weight::Fault, limits ? "limit" : "unreadable", error.what()});
        return report;
    }
}

}  // namespace

DocumentReport verify_document(ByteView pdf,
                               const TrustStore& trust,
                               const Policy& policy,
                               Time now) {
    try {
        return look(pdf, trust, policy, now);
    } catch (const std::bad_alloc&) {
        DocumentReport report;
        report.findings.push_back(
            {Finding::Weight::Fault, "limit", "the file needs more memory than is allowed"});
        return report;
    }
}

}  // namespace yinxin::verify
