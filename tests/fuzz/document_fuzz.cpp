// SPDX-License-Identifier: Apache-2.0
// The whole verifier on a file: never throws, contradicts itself nowhere, trusts no forgery.
#include <nlohmann/json.hpp>

#include "tests/fuzz/pdf_mutator.h"
#include "tests/fuzz/trust.h"
#include "verify/signer_certificates.h"

using namespace yinxin;
using verify::DocumentReport;

namespace {

void expect_sense(const DocumentReport& report, std::size_t size) {
    const bool intact = report.integrity == verify::Integrity::Intact;
    fuzz::holds(!intact || !report.signatures.empty(), "intact without a signature");
    for (const auto& signature : report.signatures) {
        fuzz::holds(!intact || signature.verdict == verify::Verdict::Intact,
                    "intact with a signature that is not");
        fuzz::holds(signature.gap_begin <= signature.gap_end &&
                        signature.gap_end <= signature.signed_bytes &&
                        signature.signed_bytes <= size,
                    "a signature covers what is not there");
        fuzz::holds(!signature.holds() || signature.signed_bytes > 0, "a seal over nothing holds");
    }
    fuzz::holds(std::is_sorted(report.revision_ends.begin(), report.revision_ends.end()) &&
                    (report.revision_ends.empty() || report.revision_ends.back() <= size),
                "revisions end in their order, inside the file");
    const auto json = to_json(report);
    fuzz::holds(to_json(verify::report_from_json(json)) == json, "a report reads as written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView file(data, size);
    for (const verify::Policy& policy : {fuzz::own(), verify::Policy{}}) {
        const DocumentReport report = verify_document(file, fuzz::trust(), policy, fuzz::now());
        expect_sense(report, size);
        if (!policy.own_certificate_sha256.empty()) {
            fuzz::expect_no_forgery(file, report);
        }
        if (report.signatures.empty()) {
            break;
        }
    }
    fuzz::accepts([&] { verify::signer_certificates(file); });
    return 0;
}
