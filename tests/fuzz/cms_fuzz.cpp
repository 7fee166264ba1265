// SPDX-License-Identifier: Apache-2.0
// A CMS signature over a known content, by CMS keys and by those of GB/T 35275.
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/trust.h"
#include "verify/cms_check.h"
#include "verify/path_check.h"

using namespace yinxin;
using namespace yinxin::verify;

namespace {

struct Checked {
    SignedData data;
    Assessment assessment;
    CmsSigner signer;
};

void check(ByteView cms, Checked& out) {
    static const Bytes content = fuzz::context("content.bin");
    TlvReader reader(cms);
    const Tlv value = reader.next();
    out.data = read_signed_data(value);
    CmsExpectation expected;
    expected.content_type = "1.2.840.113549.1.7.1";
    expected.now = fuzz::now();
    expected.digest_of_content = [](const DigestAlgorithm& digest) {
        return digest_of(digest, {content});
    };
    out.signer = check_signer(out.data, expected, out.assessment);
    check_embedded_certificates(out.data.certificates, fuzz::trust(), out.assessment);
}

Bytes attributes_of(const Checked& checked) {
    return to_bytes(checked.data.signers.at(0).signed_attributes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Signed<Bytes> known("cms", [](const Bytes& seed, std::set<Bytes>& out) {
        Checked checked;
        check(seed, checked);
        if (checked.assessment.verdict() == Verdict::Intact) {
            out.insert(attributes_of(checked));
        }
    });
    fuzz::accepts([&] {
        Checked checked;
        check({data, size}, checked);
        if (checked.assessment.verdict() != Verdict::Intact || !checked.signer.certificate) {
            return;
        }
        fuzz::holds(checked.data.signers.size() == 1, "intact with several signers");
        PathQuestion question;
        question.certificate = *checked.signer.certificate;
        question.others = checked.data.certificates;
        question.at = fuzz::now();
        if (check_path(question, fuzz::trust(), checked.assessment).trust == Trust::Yes) {
            known.expect(attributes_of(checked), "these attributes were never signed");
        }
    });
    return 0;
}
