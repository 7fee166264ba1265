// SPDX-License-Identifier: Apache-2.0
// The body of a seal record, with the signatures, the maker and the picture of the seeds.
#include "keys/pki/seal_record.h"

#include "tests/fuzz/fuzz.h"

using namespace yinxin;
using keys::StoredSealRecord;

namespace {

/// Opened with one of the signatures that there are.
bool opens(StoredSealRecord stored) {
    static const std::vector<Bytes> anchors{fuzz::context("record-anchor.der")};
    for (const char* signature : {"record.sig", "record-picture.sig"}) {
        stored.signature = fuzz::context(signature);
        if (fuzz::accepts([&] { open_seal_record(stored, anchors, fuzz::now()); })) {
            return true;
        }
    }
    return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Bytes maker = fuzz::context("record-maker.der"), png = fuzz::context("seal.png");
    static const fuzz::Signed<Bytes> known("seal_record",
                                           [](const Bytes& seed, std::set<Bytes>& out) {
                                               for (const Bytes& picture : {Bytes(), png}) {
                                                   if (opens({.body = seed,
                                                              .signature = {},
                                                              .maker_certificate = maker,
                                                              .picture = picture})) {
                                                       out.insert(seed);
                                                   }
                                               }
                                           });
    for (const Bytes& picture : {Bytes(), png}) {
        const StoredSealRecord stored{.body = Bytes(data, data + size),
                                      .signature = {},
                                      .maker_certificate = maker,
                                      .picture = picture};
        fuzz::accepts([&] {
            const auto record = read_seal_record(stored);
            StoredSealRecord again = stored;
            again.body = encode_seal_record(record);
            fuzz::holds(encode_seal_record(read_seal_record(again)) == again.body,
                        "a record reads as written");
        });
        if (opens(stored)) {
            known.expect(stored.body, "this record was never made");
        }
    }
    return 0;
}
