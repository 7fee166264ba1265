// SPDX-License-Identifier: Apache-2.0
#include "keys/signing_rate.h"

#include <array>
#include <cstdint>

#include "keys/crypto/sm2.h"

namespace yinxin::keys {

double raw_signing_rate(const SoftwareKey& key, std::chrono::milliseconds span) {
    const ByteView message = as_bytes("yinxin: how fast is this key");
    std::array<unsigned char, 1024> signature{};
    const EvpMdCtxPtr context = signing_context(key.handle());
    const auto start = std::chrono::steady_clock::now();
    auto now = start;
    std::int64_t made = 0;
    for (; now < start + span; now = std::chrono::steady_clock::now(), ++made) {
        std::size_t size = signature.size();
        // Initialised again with the same key, which costs next to nothing.
        openssl_check(
            EVP_DigestSign(
                context.get(), signature.data(), &size, message.data(), message.size()) == 1 &&
                EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, nullptr) == 1,
            "measuring a key");
    }
    return static_cast<double>(made) / std::chrono::duration<double>(now - start).count();
}

}  // namespace yinxin::keys
