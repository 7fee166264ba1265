// SPDX-License-Identifier: Apache-2.0
// The anchors of the seeds, and what makes a PDF with signatures below them no forgery.
#pragma once

#include "keys/crypto/digest.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/shown.h"
#include "verify/document_verifier.h"

namespace yinxin::fuzz {

inline const verify::TrustStore& trust() {
    static const verify::TrustStore store(
        {context("root.der"),
         context("tsa-root.der"),
         context("sm2-root.der"),
         context("state-root.der"),
         read(YINXIN_TEST_DATA "/ses/root.cer")},
        {context("issuer-sm2.der"), read(YINXIN_TEST_DATA "/ses/ca.cer")});
    return store;
}

/// Seals of the seeds count as this instance's own.
inline const verify::Policy& own() {
    static const verify::Policy policy{
        {keys::sha256(context("own.der")), keys::sha256(context("own-sm2.der"))}};
    return policy;
}

inline bool is_own(const verify::SignatureReport& signature) {
    const auto& all = own().own_certificate_sha256;
    return signature.signer &&
           std::find(all.begin(), all.end(), signature.signer->certificate_sha256) != all.end();
}

/// Of all but its /Contents.
inline Bytes signed_digest(const verify::SignatureReport& signature, ByteView file) {
    return keys::Sha256()
        .update(file.first(signature.gap_begin))
        .update(file.subspan(signature.gap_end, signature.signed_bytes - signature.gap_end))
        .finish();
}

inline const Signed<Bytes>& sealed_in_seeds() {
    static const Signed<Bytes> known("document", [](const Bytes& seed, std::set<Bytes>& out) {
        for (const auto& signature : verify_document(seed, trust(), own(), now()).signatures) {
            if (signature.signer && signature.signer->trusted == verify::Trust::Yes) {
                out.insert(signed_digest(signature, seed));
            }
        }
    });
    return known;
}

/// The revision that a signature covers.
inline std::size_t revision_of(const pdf::reader::Document& document,
                               const verify::SignatureReport& signature) {
    std::size_t revision = 0;
    while (revision < document.newest() &&
           document.revisions()[revision].marker_end < signature.signed_bytes) {
        ++revision;
    }
    return revision;
}

/// Nobody else's bytes under a trusted seal, and nothing else on the pages than was sealed.
inline void expect_no_forgery(ByteView file, const verify::DocumentReport& report) {
    for (const verify::SignatureReport& signature : report.signatures) {
        if (!signature.signer || signature.signer->trusted != verify::Trust::Yes) {
            continue;
        }
        holds(signature.holds(), "a signature that does not hold is trusted");
        sealed_in_seeds().expect(signed_digest(signature, file), "these bytes were never sealed");
        if (signature.verdict == verify::Verdict::Intact && is_own(signature)) {
            const auto document = pdf::reader::Document::open(file);
            holds(ShownAlike(document, revision_of(document, signature)).check(),
                  "something else is shown than was sealed");
        }
    }
}

}  // namespace yinxin::fuzz
