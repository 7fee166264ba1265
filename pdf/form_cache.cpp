// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "pdf/fingerprint.h"
#include "pdf/form_compiler.h"

namespace yinxin::pdf {
namespace {

// A file is: fingerprint of what follows in hexadecimal, a line of JSON, header and streams.
constexpr std::size_t kSumSize = 32;

std::string sum_of(std::string_view rest) {
    return to_hex(fingerprint(as_bytes(rest)));
}

}  // namespace

bool FormCache::load(const std::string& key, CompiledForm& out) const {
    if (folder_.empty()) {
        return false;
    }
    std::ifstream file(folder_ / (key + ".form"), std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    const std::size_t line = all.find('\n', kSumSize);
    if (all.size() <= kSumSize || line == std::string::npos ||
        sum_of(std::string_view(all).substr(kSumSize)) !=
            std::string_view(all).substr(0, kSumSize)) {
        return false;
    }
    try {
        const Json head = Json::parse(all.substr(kSumSize, line - kSumSize));
        if (head.at("key") != key) {
            return false;
        }
        CompiledForm form;
        form.objects.offsets = head.at("offsets").get<std::vector<std::uint32_t>>();
        form.objects.packed = head.at("packed").get<std::vector<std::pair<int, std::string>>>();
        form.contents = head.at("contents").get<std::vector<int>>();
        form.icc_profile = head.at("icc").get<int>();
        for (const Json& json : head.at("fonts")) {
            BlankFont font;
            font.face = static_cast<FaceId>(json.at("face").get<unsigned>() % kFaceCount);
            font.number = json.at("number").get<int>();
            for (const Json& glyph : json.at("glyphs")) {
                font.glyphs.emplace_back(static_cast<char32_t>(glyph.at(0).get<std::uint32_t>()),
                                         glyph.at(1).get<std::uint16_t>());
            }
            form.fonts.push_back(std::move(font));
        }
        form.objects.bytes = to_bytes(as_bytes(std::string_view(all).substr(line + 1)));
        out = std::move(form);
        return true;
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

void FormCache::store(const std::string& key, const CompiledForm& form) const {
    if (folder_.empty()) {
        return;
    }
    Json fonts = Json::array();
    for (const BlankFont& font : form.fonts) {
        Json glyphs = Json::array();
        for (const auto& [character, glyph] : font.glyphs) {
            glyphs.push_back({static_cast<std::uint32_t>(character), glyph});
        }
        fonts.push_back({{"face", static_cast<unsigned>(font.face)},
                         {"number", font.number},
                         {"glyphs", glyphs}});
    }
    const Json head = {{"key", key},
                       {"offsets", form.objects.offsets},
                       {"packed", form.objects.packed},
                       {"contents", form.contents},
                       {"icc", form.icc_profile},
                       {"fonts", fonts}};
    const std::string rest = head.dump() + "\n" + std::string(as_text(form.objects.bytes));
    std::error_code failed;
    std::filesystem::create_directories(folder_, failed);
    const auto path = folder_ / (key + ".form");
    auto draft = path;
    draft += "." + std::to_string(getpid()) + ".new";
    {
        std::ofstream file(draft, std::ios::binary | std::ios::trunc);
        file << sum_of(rest) << rest;
        if (!file.flush()) {
            std::filesystem::remove(draft, failed);
            return;
        }
    }
    std::filesystem::rename(draft, path, failed);
}

}  // namespace yinxin::pdf
