// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/changed_pages.h"

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::server {
namespace {

Bytes picture(const nlohmann::json& text) {
    Bytes png = from_base64url(text.get<std::string>());
    if (!png.empty() && (png.size() > changed_picture_bytes_max ||
                         !as_text(png).starts_with("\x89PNG\r\n\x1a\n"))) {
        throw Error(ErrorCode::Malformed, "a picture of a page is no small PNG");
    }
    return png;
}

}  // namespace

nlohmann::json to_json(const std::vector<ChangedPage>& pages) {
    nlohmann::json all = nlohmann::json::array();
    for (const ChangedPage& each : pages) {
        all.push_back({{"page", each.page},
                       {"before", to_base64url(each.before)},
                       {"after", to_base64url(each.after)}});
    }
    return {{"pages", all}};
}

std::vector<ChangedPage> changed_pages_from_json(const nlohmann::json& json) {
    std::vector<ChangedPage> pages;
    for (const nlohmann::json& each : json.at("pages")) {
        ChangedPage page{
            each.at("page").get<int>(), picture(each.at("before")), picture(each.at("after"))};
        if (page.page < 1 || page.page > static_cast<int>(limits::pdf_pages_max) ||
            pages.size() == changed_pages_max || (page.before.empty() && page.after.empty())) {
            throw Error(ErrorCode::Malformed, "there is no such page, or too many of them");
        }
        pages.push_back(std::move(page));
    }
    return pages;
}

}  // namespace yinxin::server
