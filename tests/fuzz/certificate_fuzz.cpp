// SPDX-License-Identifier: Apache-2.0
// A certificate, in DER or PEM: what it says, what it may do, where its state is asked for, and
// whom it leads to.
#include "keys/pki/certificate.h"

#include "keys/pki/revocation.h"
#include "tests/fuzz/der_mutator.h"
#include "verify/path_check.h"
#include "verify/tlv.h"

using namespace yinxin;

namespace {

/// The part that is signed (RFC 5280, 4.1).
Bytes signed_part(ByteView certificate) {
    verify::TlvReader outer(certificate);
    const verify::Tlv whole = outer.next();
    return to_bytes(outer.inside(whole).next().whole);
}

bool leads_to_an_anchor(ByteView certificate) {
    static const verify::TrustStore trust(
        {fuzz::context("authority.der"), fuzz::context("authority-sm2.der")});
    verify::PathQuestion question;
    question.certificate = certificate;
    question.at = fuzz::now();
    question.time_stamping = true;  // the key usage is then for others to look at
    verify::Assessment assessment;
    return check_path(question, trust, assessment).trust == verify::Trust::Yes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Signed<Bytes> known("certificate",
                                           [](const Bytes& seed, std::set<Bytes>& out) {
                                               if (leads_to_an_anchor(seed)) {
                                                   out.insert(signed_part(seed));
                                               }
                                           });
    const ByteView input(data, size);
    fuzz::accepts([&] {
        const auto certificate = keys::Certificate::from_der(input);
        const auto again =
            keys::certificates_from_pem(keys::certificates_to_pem({certificate.der}));
        fuzz::holds(again.size() == 1 && again[0] == certificate.der, "PEM gives back what it got");
        const auto places = keys::revocation_places(input);
        for (const auto* list : {&places.ocsp, &places.crl}) {
            for (const std::string& url : *list) {
                fuzz::holds(url.starts_with("http"), "a state is asked for by HTTP only");
            }
        }
        verify::usage_fault(input);
        verify::is_time_stamping_certificate(input);
        if (leads_to_an_anchor(input)) {
            known.expect(signed_part(input), "this certificate was never issued");
        }
    });
    fuzz::accepts([&] { keys::certificates_from_pem(as_text(input)); });
    return 0;
}
