// SPDX-License-Identifier: Apache-2.0
// pdf/reader_filters: five bytes of parameters, then the data. What was packed unpacks to itself.
#include "pdf/reader_filters.h"

#include <zlib.h>

#include "tests/fuzz/fuzz.h"

using namespace yinxin;
namespace reader = pdf::reader;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kHead = 5;
    if (size < kHead) {
        return 0;
    }
    const Bytes content(data + kHead, data + size);
    const reader::PredictorParameters parameters{data[0], data[1], data[2], data[3] << 8 | data[4]};
    fuzz::accepts([&] {
        fuzz::holds(reader::undo_predictor(content, parameters, 0).size() <= size,
                    "a predictor adds nothing");
    });
    fuzz::accepts([&] { reader::decode_ascii85(content, 0); });
    fuzz::accepts([&] { reader::decode_ascii_hex(content, 0); });
    fuzz::accepts([&] {
        reader::InflateBudget budget;
        const Bytes out = reader::inflate(content, budget, 0);
        fuzz::holds(out.size() + budget.left == limits::pdf_inflated_bytes_max,
                    "all that is inflated counts");
    });
    fuzz::holds(reader::decode_ascii_hex(as_bytes(to_hex(content)), 0) == content,
                "hexadecimal digits mean what they say");
    Bytes packed(compressBound(content.size()));
    uLongf packed_size = packed.size();
    compress(packed.data(), &packed_size, content.data(), content.size());
    packed.resize(packed_size);
    if (content.size() < limits::pdf_inflate_ratio_from_bytes) {
        reader::InflateBudget budget;
        fuzz::holds(reader::inflate(packed, budget, 0) == content, "what was packed unpacks");
    }
    return 0;
}
