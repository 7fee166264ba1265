// SPDX-License-Identifier: Apache-2.0
#include "verify/algorithms.h"

#include <gtest/gtest.h>

namespace yinxin::verify {
namespace {

TEST(Digests, OfWhatASignatureCoversAreThoseOfItsParts) {
    for (const char* oid : {"2.16.840.1.101.3.4.2.1",
                            "2.16.840.1.101.3.4.2.2",
                            "2.16.840.1.101.3.4.2.3",
                            "1.2.156.10197.1.401",
                            "1.3.14.3.2.26"}) {
        const DigestAlgorithm* algorithm = digest_algorithm(oid);
        ASSERT_NE(algorithm, nullptr);
        for (std::uint8_t document = 0; document < 6; ++document) {
            Bytes first(20'000, 7);  // how all of them begin
            first.insert(first.end(), 500 * document, document);
            const Bytes second(900, document);
            EXPECT_EQ(digest_of_covered(*algorithm, first, second),
                      digest_of(*algorithm, {first, second}))
                << oid << " " << int{document};
        }
    }
}

}  // namespace
}  // namespace yinxin::verify
