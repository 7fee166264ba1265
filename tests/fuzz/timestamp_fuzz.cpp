// SPDX-License-Identifier: Apache-2.0
// The answer of a TSA, or the token of one (RFC 3161), over known bytes and a known nonce.
#include "signer/timestamp.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/trust.h"
#include "verify/timestamp_token.h"

using namespace yinxin;

namespace {

verify::TokenAnswer look(ByteView input) {
    static const Bytes imprint = keys::sha256(fuzz::context("content.bin"));
    static const Bytes nonce{1, 2, 3, 4, 5, 6, 7, 8};
    Bytes token = to_bytes(input);
    fuzz::accepts([&] { token = signer::timestamp_token(input); });
    return check_token_alone(token, imprint, nonce, fuzz::trust(), fuzz::now());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Signed<Time> known("timestamp", [](const Bytes& seed, std::set<Time>& out) {
        const auto answer = look(seed);
        if (answer.good) {
            out.insert(answer.at);
        }
    });
    const verify::TokenAnswer answer = look({data, size});
    fuzz::holds(answer.good == answer.why.empty(), "a token that is not good says why");
    if (answer.good) {
        fuzz::holds(!answer.certificates.empty(), "a good token has its TSA's certificate");
        known.expect(answer.at, "this time was never stamped");
    }
    return 0;
}
