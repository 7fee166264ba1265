// SPDX-License-Identifier: Apache-2.0
// An OCSP answer or a CRL about a known certificate, of an authority on P-256 and of one on SM2.
#include <algorithm>
#include <tuple>

#include "keys/pki/revocation.h"
#include "tests/fuzz/der_mutator.h"

using namespace yinxin;

namespace {

/// What an answer says.
using Said = std::tuple<int, Time, std::optional<Time>, std::optional<Time>, std::string>;

using Reader = keys::RevocationStatus (*)(ByteView, ByteView, ByteView);

struct Certified {
    Bytes certificate, issuer;
};

/// By the algorithm that the answer names: OpenSSL takes its time with SM2.
const Certified& asked_about(ByteView answer) {
    static const Certified p256{fuzz::context("subject.der"), fuzz::context("authority.der")};
    static const Certified sm2{fuzz::context("subject-sm2.der"),
                               fuzz::context("authority-sm2.der")};
    static const Bytes sm2_with_sm3 = from_hex("06082a811ccf55018375");
    const bool found =
        std::search(answer.begin(), answer.end(), sm2_with_sm3.begin(), sm2_with_sm3.end()) !=
        answer.end();
    return found ? sm2 : p256;
}

template <typename Found>
void read_all(ByteView input, Found found) {
    const Certified& about = asked_about(input);
    for (const Reader reader : {keys::read_ocsp, keys::read_crl}) {
        fuzz::accepts([&] {
            const auto status = reader(input, about.certificate, about.issuer);
            found(Said{static_cast<int>(status.kind),
                       status.this_update,
                       status.next_update,
                       status.revoked_at,
                       status.reason});
        });
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Signed<Said> known("revocation", [](const Bytes& seed, std::set<Said>& out) {
        read_all(seed, [&](const Said& said) { out.insert(said); });
    });
    read_all({data, size}, [](const Said& said) { known.expect(said, "nobody ever said that"); });
    return 0;
}
