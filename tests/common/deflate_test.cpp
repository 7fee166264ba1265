// SPDX-License-Identifier: Apache-2.0
#include "common/deflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/open_streams.h"

namespace yinxin {
namespace {

/// By zlib, which is nobody's of this project.
Bytes inflated(const Bytes& zlib, std::size_t size) {
    Bytes out(size + 1);
    auto got = static_cast<uLongf>(out.size());
    EXPECT_EQ(uncompress(out.data(), &got, zlib.data(), static_cast<uLong>(zlib.size())), Z_OK);
    out.resize(got);
    return out;
}

std::string page_text() {
    std::string out;
    for (int row = 0; row < 300; ++row) {
        out += "1 0 0 1 51.53 " + std::to_string(8000 - row * 17) + " Tm <00070005" +
               std::to_string(1000 + row * 37 % 911) + "0008>Tj\n";
    }
    return out;
}

/// Bytes of few or many kinds, in runs or not.
Bytes drawn(std::mt19937& chance, std::size_t size) {
    Bytes out;
    const unsigned kinds = 1u + chance() % 256u, run = 1u + chance() % 40u;
    while (out.size() < size) {
        const auto byte = static_cast<std::uint8_t>(chance() % kinds);
        out.insert(out.end(), 1u + chance() % run, byte);
    }
    out.resize(size);
    return out;
}

TEST(SteadyDeflate, ComesBackWhateverItIs) {
    std::mt19937 chance(5);
    for (const std::size_t size :
         {0, 1, 2, 3, 4, 257, 258, 259, 4000, 32768, 32771, 70000, 300000}) {
        for (int i = 0; i < 12; ++i) {
            const Bytes plain = drawn(chance, size);
            ASSERT_EQ(inflated(steady_deflate(plain), size), plain) << size;
        }
    }
}

/// Counts as of Fibonacci: without a bound the longest code would have more than 15 bits.
Bytes steep() {
    std::mt19937 chance(17);
    Bytes all;
    std::size_t a = 1, b = 1;
    for (std::uint8_t byte = 0; byte < 24; ++byte) {
        for (std::size_t i = 0; i < a; ++i) {
            all.push_back(byte);
            all.push_back(static_cast<std::uint8_t>(100 + chance() % 150));
        }
        b += a, a = b - a;
    }
    return all;
}

TEST(SteadyDeflate, IsAsSmallAsZlib) {
    const std::string text = page_text();
    Bytes zlib(compressBound(text.size()));
    auto size = static_cast<uLongf>(zlib.size());
    compress2(zlib.data(), &size, as_bytes(text).data(), text.size(), 6);
    EXPECT_LT(steady_deflate(as_bytes(text)).size(), size * 102 / 100);
    std::mt19937 chance(7);
    Bytes noise(1000);
    for (std::uint8_t& byte : noise) {
        byte = static_cast<std::uint8_t>(chance());
    }
    EXPECT_LE(steady_deflate(noise).size(), noise.size() + 11);
}

/// The window's edge, the longest match, more places than are looked at, every small size.
std::vector<Bytes> edges() {
    std::vector<Bytes> all{Bytes(70000, 7)};
    std::mt19937 chance(13);
    const Bytes block = drawn(chance, 300);
    for (const std::size_t distance : {32767, 32768, 32769}) {
        Bytes far = block;
        for (std::uint8_t byte = 0; far.size() < distance; ++byte) {
            far.push_back(static_cast<std::uint8_t>(byte ^ chance() >> 3));
        }
        far.insert(far.end(), block.begin(), block.end());
        all.push_back(std::move(far));
    }
    for (const std::size_t period : {2, 3, 4, 5, 258, 259}) {
        Bytes round;
        for (std::size_t i = 0; i < 3000; ++i) {
            round.push_back(static_cast<std::uint8_t>(i % period));
        }
        all.push_back(std::move(round));
    }
    Bytes growing;
    for (std::size_t length = 4; length < 40; ++length) {
        growing.insert(growing.end(), block.begin(), block.begin() + static_cast<int>(length));
        growing.push_back(static_cast<std::uint8_t>(chance()));
    }
    all.push_back(std::move(growing));
    for (std::size_t size = 0; size <= 20; ++size) {
        all.push_back(drawn(chance, size));
    }
    return all;
}

/// What is registered is rebuilt with these bytes for ever.
TEST(SteadyDeflate, WritesWhatItAlwaysWrote) {
    std::mt19937 chance(11);
    Bytes all;
    for (const std::size_t size : {0, 5, 300, 5000, 90000}) {
        const Bytes small = steady_deflate(drawn(chance, size));
        all.insert(all.end(), small.begin(), small.end());
    }
    const Bytes text = steady_deflate(as_bytes(page_text()));
    all.insert(all.end(), text.begin(), text.end());
    EXPECT_EQ(all.size(), 16556u);
    EXPECT_EQ(crc32(0, all.data(), static_cast<uInt>(all.size())), 3882810153u);

    Bytes more;
    for (const Bytes& plain : edges()) {
        const Bytes small = steady_deflate(plain);
        ASSERT_EQ(inflated(small, plain.size()), plain);
        more.insert(more.end(), small.begin(), small.end());
    }
    EXPECT_EQ(more.size(), 99233u);
    EXPECT_EQ(crc32(0, more.data(), static_cast<uInt>(more.size())), 3563716786u);

    Bytes longest;
    for (const Bytes& plain : {steep(), drawn(chance, 300'000)}) {
        const Bytes small = steady_deflate(plain);
        ASSERT_EQ(inflated(small, plain.size()), plain);
        longest.insert(longest.end(), small.begin(), small.end());
    }
    EXPECT_EQ(longest.size(), 208530u);
    EXPECT_EQ(crc32(0, longest.data(), static_cast<uInt>(longest.size())), 256044739u);
}

/// What is left in the working memory of streams before is not taken for a part of this one: more
/// of them than have numbers of their own.
TEST(SteadyDeflate, KnowsNothingOfTheStreamsBefore) {
    std::mt19937 chance(17);
    const std::string text = page_text().substr(0, 150);
    const Bytes fresh = steady_deflate(as_bytes(text)), large = drawn(chance, 200000);
    for (int i = 0; i < 40000; ++i) {
        ASSERT_EQ(steady_deflate(as_bytes(text)), fresh) << i;
        if (i % 10000 == 0) {
            ASSERT_EQ(inflated(steady_deflate(large), large.size()), large);
        }
    }
}

TEST(OpenStreams, GiveTheFileBack) {
    const std::string first = page_text(), second = "q Q";
    const Bytes a = steady_deflate(as_bytes(first)), b = steady_deflate(as_bytes(second));
    Bytes file = to_bytes(as_bytes("head"));
    std::vector<OpenStream> streams{{file.size(), a.size(), to_bytes(as_bytes(first))}};
    file.insert(file.end(), a.begin(), a.end());
    streams.push_back({file.size(), b.size(), to_bytes(as_bytes(second))});
    file.insert(file.end(), b.begin(), b.end());
    file.push_back('!');
    const Bytes opened = with_streams_open(file, streams);
    EXPECT_NE(as_text(opened).find(first + second + "!"), std::string_view::npos);
    EXPECT_EQ(with_streams_closed(opened, file.size()), file);
    EXPECT_EQ(with_streams_closed(with_streams_open(file, {}), file.size()), file);
}

TEST(OpenStreams, RefuseWhatIsNone) {
    const std::string text = page_text();
    const Bytes file = steady_deflate(as_bytes(text));
    const std::vector<OpenStream> streams{{0, file.size(), to_bytes(as_bytes(text))}};
    const Bytes opened = with_streams_open(file, streams);
    EXPECT_THROW(with_streams_closed(opened, file.size() - 1), Error);
    for (const std::size_t size : {0u, 3u, 4u, 11u, 12u, 500u}) {
        EXPECT_THROW(with_streams_closed(ByteView(opened).subspan(0, size), file.size()), Error)
            << size;
    }
    Bytes many = opened;
    many[0] = 0xFF;  // four thousand million streams
    EXPECT_THROW(with_streams_closed(many, file.size()), Error);
}

}  // namespace
}  // namespace yinxin
