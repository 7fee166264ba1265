// SPDX-License-Identifier: Apache-2.0
#include "pdf/color_profile.h"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yinxin::pdf {
namespace {

void put(std::string& out, unsigned value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) {
        out += static_cast<char>((value >> (8 * i)) & 255u);
    }
}

unsigned fixed(double v) {
    return static_cast<unsigned>(std::lround(v * 65536));
}  // s15Fixed16Number, not negative here

std::string xyz(double x, double y, double z) {
    std::string out("XYZ \0\0\0\0", 8);
    put(out, fixed(x), 4), put(out, fixed(y), 4), put(out, fixed(z), 4);
    return out;
}

std::string text(std::string_view words) {
    std::string out("text\0\0\0\0", 8);
    out += words;
    return out + '\0';
}

std::string description(
    std::string_view words) {  // 6.5.17: ASCII, then empty Unicode and ScriptCode parts
    std::string out("desc\0\0\0\0", 8);
    put(out, static_cast<unsigned>(words.size() + 1), 4);
    out += words;
    out += '\0';
    put(out, 0, 4), put(out, 0, 4), put(out, 0, 2), put(out, 0, 1);
    return out.append(67, '\0');
}

}  // namespace

Bytes srgb_profile() {
    std::string curve("curv\0\0\0\0", 8);
    put(curve, 1, 4), put(curve, 0x0233, 2);  // gamma 2.2 as u8Fixed8Number
    // sRGB primaries and white adapted to D50 (Bradford)
    const std::vector<std::pair<std::string, std::string>> tags = {
        {"desc", description("Yinxin RGB")},
        {"cprt", text("Public domain")},
        {"wtpt", xyz(0.9505, 1.0, 1.0891)},
        {"rXYZ", xyz(0.43607, 0.22249, 0.01392)},
        {"gXYZ", xyz(0.38515, 0.71687, 0.09708)},
        {"bXYZ", xyz(0.14307, 0.06061, 0.71410)},
        {"rTRC", curve},
        {"gTRC", curve},
        {"bTRC", curve},
    };
    std::string table, data;
    put(table, static_cast<unsigned>(tags.size()), 4);
    const std::size_t start = 128 + 4 + 12 * tags.size();
    std::size_t curve_at = 0;
    for (const auto& [name, body] : tags) {
        const bool shared = body == curve && curve_at != 0;
        const std::size_t at = shared ? curve_at : start + data.size();
        table += name;
        put(table, static_cast<unsigned>(at), 4), put(table, static_cast<unsigned>(body.size()), 4);
        if (body == curve) {
            curve_at = at;
        }
        if (!shared) {
            data += body;
            data.append((4 - data.size() % 4) % 4, '\0');
        }
    }
    std::string out;
    put(out, static_cast<unsigned>(start + data.size()), 4);
    put(out, 0, 4);           // no preferred module
    put(out, 0x02100000, 4);  // version 2.1
    out += "mntrRGB XYZ ";
    for (const unsigned part : {2026u, 1u, 1u, 0u, 0u, 0u}) {
        put(out, part, 2);
    }
    out += "acsp";
    out.append(28, '\0');  // platform, flags, manufacturer, model, attributes; intent 0: perceptual
    put(out, fixed(0.9642), 4), put(out, fixed(1.0), 4), put(out, fixed(0.8249), 4);  // D50
    out.append(128 - out.size(), '\0');
    out += table + data;
    return to_bytes(as_bytes(out));
}

}  // namespace yinxin::pdf
