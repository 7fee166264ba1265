// SPDX-License-Identifier: Apache-2.0
#include "server/api/web.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "common/bytes.h"
#include "common/error.h"
#include "embedded/web_files.h"

namespace yinxin::server {
namespace {

namespace mustache = kainjow::mustache;

struct TypeOf {
    std::string_view extension, content_type;
};
constexpr std::array kTypes{TypeOf{".css", "text/css; charset=utf-8"},
                            TypeOf{".js", "text/javascript; charset=utf-8"},
                            TypeOf{".svg", "image/svg+xml"}};

const EmbeddedFile& embedded_file(std::string_view path) {
    const auto files = embedded::web_files();
    const auto found = std::find_if(
        files.begin(), files.end(), [path](const EmbeddedFile& file) { return file.path == path; });
    if (found == files.end())
        throw Error(ErrorCode::Internal, "not embedded: " + std::string(path));
    return *found;
}

using Texts = std::map<std::string, std::string>;

Texts read_texts(std::string_view path) {
    try {
        return nlohmann::json::parse(embedded_file(path).content).get<Texts>();
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::Internal, std::string(path) + ": " + error.what());
    }
}

mustache::data as_data(const Texts& texts) {
    mustache::data t(mustache::data::type::object);
    for (const auto& [key, text] : texts) t.set(key, text);
    mustache::data root(mustache::data::type::object);
    root.set("t", t);
    return root;
}

// Quality of a language range in Accept-Language (RFC 9110, 12.5.4); 0 when it is not named.
double quality(std::string_view accept, std::string_view language) {
    double best = 0;
    while (!accept.empty()) {
        const auto comma = accept.find(',');
        std::string range(accept.substr(0, comma));
        accept = comma == std::string_view::npos ? std::string_view{} : accept.substr(comma + 1);
        std::erase_if(range, [](char c) { return c == ' ' || c == '\t'; });
        const auto semicolon = range.find(';');
        const std::string tag = range.substr(0, semicolon);
        double q = 1;
        if (semicolon != std::string::npos && range.compare(semicolon, 3, ";q=") == 0)
            q = range.compare(semicolon + 3, 1, "1") == 0
                    ? 1
                    : std::min(
                          0.999,
                          0.1 * (range.size() > semicolon + 5 ? range[semicolon + 5] - '0' : 0));
        if (tag.substr(0, 2) == language && (tag.size() == 2 || tag[2] == '-'))
            best = std::max(best, q);
    }
    return best;
}

}  // namespace

Language language_of(const RequestHead& head) {
    if (const auto wanted = head.parameter("lang")) {
        if (*wanted == "en")
            return Language::English;
        if (*wanted == "zh-CN")
            return Language::Chinese;
    }
    const auto* accept = head.field("accept-language");
    return accept != nullptr && quality(*accept, "en") > quality(*accept, "zh") ? Language::English
                                                                                : Language::Chinese;
}

// FNV-1a
std::string fingerprint(std::string_view content) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    std::array<std::uint8_t, 8> bytes{};
    for (unsigned i = 0; i < 8; ++i) bytes.at(i) = static_cast<std::uint8_t>(hash >> (56 - 8 * i));
    return to_hex(bytes);
}

struct Web::Impl {
    std::map<Language, Texts> texts;
    std::map<Language, mustache::data> data;
    /// Rendering changes a template only where it holds partials or lambdas; ours hold none.
    std::map<std::string, mustache::mustache> templates;
};

Web::Web() : impl_(std::make_unique<Impl>()) {
    impl_->texts[Language::Chinese] = read_texts("web/messages.zh-CN.json");
    impl_->texts[Language::English] = read_texts("web/messages.en.json");
    for (const auto& [language, texts] : impl_->texts)
        impl_->data.emplace(language, as_data(texts));
    for (const auto& file : embedded::web_files()) {
        const auto slash = file.path.rfind('/');
        const auto dot = file.path.rfind('.');
        const std::string_view extension = file.path.substr(dot);
        if (extension == ".mustache") {
            mustache::mustache parsed{std::string(file.content)};
            if (!parsed.is_valid())
                throw Error(ErrorCode::Internal,
                            std::string(file.path) + ": " + parsed.error_message());
            impl_->templates.emplace(file.path.substr(slash + 1, dot - slash - 1),
                                     std::move(parsed));
            continue;
        }
        for (const auto& type : kTypes)
            if (type.extension == extension)
                static_files_.push_back({std::string(file.path.substr(slash + 1)),
                                         std::string(type.content_type),
                                         fingerprint(file.content),
                                         file.content});
    }
}

Web::~Web() = default;

bool Web::has_text(Language language, const std::string& key) const {
    return impl_->texts.at(language).contains(key);
}

const std::string& Web::text(Language language, const std::string& key) const {
    const auto& texts = impl_->texts.at(language);
    const auto found = texts.find(key);
    if (found == texts.end())
        throw Error(ErrorCode::Internal, "no text for " + key);
    return found->second;
}

Response Web::page(const std::string& name, Language language, mustache::data values) const {
    for (const auto& file : static_files_)
        values.set("asset_" + file.name.substr(0, file.name.find('.')),
                   "/static/" + file.name + "?v=" + file.version);
    const auto render = [&](const std::string& which) {
        mustache::context<std::string> context(&impl_->data.at(language));
        context.push(&values);
        return impl_->templates.at(which).render(context);
    };
    values.set("content", render(name));
    Response response;
    response.content_type = "text/html; charset=utf-8";
    response.body = render("layout");
    response.set("Content-Language", language == Language::Chinese ? "zh-CN" : "en");
    response.set("Vary", "Accept-Language");
    return response;
}

std::string_view Web::description() const {
    return embedded_file("openapi.json").content;
}

}  // namespace yinxin::server
