// SPDX-License-Identifier: Apache-2.0
// The body of a seal record, with the signatures, the maker and the picture of the seeds.
#include "keys/pki/seal_record.h"

#include "tests/fuzz/fuzz.h"

using namespace yinxin;
using keys::StoredSealRecord;

namespace {

/// With what goes with it: the picture, and the signature of the seed that has one, too.
StoredSealRecord stored_with(ByteView body) {
    static const Bytes maker = fuzz::context("record-maker.der"), png = fuzz::context("seal.png");
    static const Bytes plain = fuzz::context("record.sig");
    static const Bytes pictured = fuzz::context("record-picture.sig");
    const bool picture = as_text(body).find("picture_sha256") != std::string_view::npos;
    return {.body = to_bytes(body),
            .signature = picture ? pictured : plain,
            .maker_certificate = maker,
            .picture = picture ? png : Bytes()};
}

bool opens(const StoredSealRecord& stored) {
    static const std::vector<Bytes> anchors{fuzz::context("record-anchor.der")};
    return fuzz::accepts([&] { open_seal_record(stored, anchors, fuzz::now()); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Signed<Bytes> known("seal_record",
                                           [](const Bytes& seed, std::set<Bytes>& out) {
                                               if (opens(stored_with(seed))) {
                                                   out.insert(seed);
                                               }
                                           });
    const StoredSealRecord stored = stored_with({data, size});
    fuzz::accepts([&] {
        StoredSealRecord again = stored;
        again.body = encode_seal_record(read_seal_record(stored));
        fuzz::holds(encode_seal_record(read_seal_record(again)) == again.body,
                    "a record reads as written");
    });
    if (opens(stored)) {
        known.expect(stored.body, "this record was never made");
    }
    return 0;
}
