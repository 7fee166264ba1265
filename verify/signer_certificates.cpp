// SPDX-License-Identifier: Apache-2.0
#include "verify/signer_certificates.h"

#include <algorithm>

#include "keys/pki/certificate.h"
#include "pdf/reader.h"
#include "verify/coverage.h"
#include "verify/ses_reader.h"
#include "verify/signature_fields.h"
#include "verify/signed_data.h"

namespace yinxin::verify {
namespace {

bool same(ByteView a, ByteView b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::vector<Bytes> signer_first(const SignedData& data) {
    std::vector<Bytes> out;
    if (data.signers.size() != 1) {
        return out;
    }
    const SignerInfo& signer = data.signers.front();
    for (const ByteView der : data.certificates) {
        const keys::Certificate certificate = keys::Certificate::from_der(der);
        const bool is_signer = same(certificate.serial_number, signer.serial) &&
                               same(certificate.issuer_name, signer.issuer);
        out.insert(is_signer ? out.begin() : out.end(), certificate.der);
        if (is_signer && out.size() > 1 && same(out[1], certificate.der)) {
            out.erase(out.begin() + 1);  // listed twice
        }
    }
    if (!out.empty()) {
        const keys::Certificate first = keys::Certificate::from_der(out.front());
        if (!same(first.serial_number, signer.serial) || !same(first.issuer_name, signer.issuer)) {
            out.clear();
        }
    }
    return out;
}

void add_tokens(const SignedData& seal, std::size_t end, std::vector<SignerCertificates>& to) {
    for (const SignerInfo& signer : seal.signers) {
        for (const Attribute& attribute : signer.unsigned_list) {
            if (attribute.oid == kTimeStampToken && attribute.values.size() == 1) {
                to.push_back(
                    {true, signer_first(read_signed_data(attribute.values.front())), {}, end});
            }
        }
    }
}

}  // namespace

std::vector<SignerCertificates> signer_certificates(ByteView pdf) {
    const pdf::reader::Document document = pdf::reader::Document::open(pdf);
    std::vector<Finding> ignored;
    std::vector<SignerCertificates> out;
    for (const FoundSignature& found : find_signatures(document, document.newest(), ignored)) {
        Assessment assessment;
        if (auto coverage = check_coverage(document, found, assessment);
            coverage && !has_ses_shape(coverage->value)) {
            const SignedData data = read_signed_data(coverage->value);
            const bool timestamp = found.is_document_timestamp();
            out.push_back({timestamp, signer_first(data), coverage->contents, coverage->end});
            if (!timestamp) {
                add_tokens(data, coverage->end, out);
            }
        }
    }
    return out;
}

}  // namespace yinxin::verify
