// SPDX-License-Identifier: Apache-2.0
// An OCSP answer or a CRL about a known certificate, of an authority on P-256 and of one on SM2.
#include <tuple>

#include "keys/pki/revocation.h"
#include "tests/fuzz/der_mutator.h"

using namespace yinxin;

namespace {

/// What an answer says.
using Said = std::tuple<int, Time, std::optional<Time>, std::optional<Time>, std::string>;

using Reader = keys::RevocationStatus (*)(ByteView, ByteView, ByteView);

template <typename Found>
void read_all(ByteView input, Found found) {
    struct Certified {
        Bytes certificate, issuer;
    };
    static const Certified all[] = {
        {fuzz::context("subject.der"), fuzz::context("authority.der")},
        {fuzz::context("subject-sm2.der"), fuzz::context("authority-sm2.der")}};
    for (const Certified& each : all) {
        for (const Reader reader : {keys::read_ocsp, keys::read_crl}) {
            fuzz::accepts([&] {
                const auto status = reader(input, each.certificate, each.issuer);
                found(Said{static_cast<int>(status.kind),
                           status.this_update,
                           status.next_update,
                           status.revoked_at,
                           status.reason});
            });
        }
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
