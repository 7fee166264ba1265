// SPDX-License-Identifier: Apache-2.0
// A signature with a seal of GM/T 0031 or GB/T 38540 over a known content.
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/trust.h"
#include "verify/ses_check.h"
#include "verify/ses_reader.h"

using namespace yinxin;
using namespace yinxin::verify;

namespace {

/// Whether it is intact and its seal trusted; what was signed then goes to `out`.
bool holds(ByteView ses, Bytes& out) {
    static const Bytes hash = keys::sm3(fuzz::context("content.bin"));
    TlvReader reader(ses);
    const Tlv value = reader.next();
    Assessment assessment;
    const SesAnswer answer = check_ses(value, {hash, {}, fuzz::now()}, fuzz::trust(), assessment);
    if (assessment.verdict() != Verdict::Intact || answer.seal.trust != Trust::Yes) {
        return false;
    }
    fuzz::holds(has_ses_shape(value), "what is intact looks like it");
    const SesSignature signature = read_ses_signature(value);
    out = to_bytes(signature.to_sign);
    out.insert(out.end(), signature.seal.signed_bytes.begin(), signature.seal.signed_bytes.end());
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Signed<Bytes> known("ses", [](const Bytes& seed, std::set<Bytes>& out) {
        Bytes what;
        if (holds(seed, what)) {
            out.insert(what);
        }
    });
    fuzz::accepts([&] {
        Bytes what;
        if (holds({data, size}, what)) {
            known.expect(what, "this was never sealed");
        }
    });
    return 0;
}
