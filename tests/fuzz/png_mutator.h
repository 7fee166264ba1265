// SPDX-License-Identifier: Apache-2.0
// Mutates bytes and puts the checksums of a PNG right, else libpng would look no further.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t size_max,
                                               unsigned seed) {
    size = LLVMFuzzerMutate(data, size, size_max);
    if (size < 4 || std::memcmp(data, "\x89PNG", 4) != 0) {
        return size;
    }
    constexpr std::size_t kSignature = 8, kAround = 12;  // length, type, checksum
    const auto number = [&](std::size_t at) {
        return std::size_t{data[at]} << 24 | std::size_t{data[at + 1]} << 16 |
               std::size_t{data[at + 2]} << 8 | data[at + 3];
    };
    std::size_t at = kSignature;
    while (seed % 4 != 0 && at + kAround <= size && number(at) <= size - at - kAround) {
        const std::size_t length = number(at);
        const auto sum = crc32(0, data + at + 4, static_cast<uInt>(length + 4));
        for (std::size_t i = 0; i < 4; ++i) {
            data[at + 8 + length + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
        }
        at += length + kAround;
    }
    return size;
}
