// SPDX-License-Identifier: Apache-2.0
#include "server/api/page.h"

namespace yinxin::server {

PageData page_values(const ApiContext& context, const Request& request, Language language) {
    const bool chinese = language == Language::Chinese;
    PageData values(PageData::type::object);
    values.set("lang", chinese ? "zh-CN" : "en");
    values.set("other_lang", chinese ? "en" : "zh-CN");
    values.set(
        "query",
        request.head.parameter("lang") ? std::string("?lang=") + (chinese ? "zh-CN" : "en") : "");
    values.set("path", request.head.path.empty() ? "/" : request.head.path);
    values.set("organ", context.config.issuer.organ);
    values.set("demo", context.config.demo);
    values.set("public_url", context.config.public_url);
    return values;
}

Page::Page(const ApiContext& context, const Web& web, const Request& request)
    : web_(web),
      language_(language_of(request.head)),
      values_(page_values(context, request, language_)) {}

void Page::error(const std::string& key) {
    values_.set("has_error", true);
    values_.set("error", text(key));
}

void Page::verdict(const PageState& state, const std::string& more) {
    title(text(state.key + "_title"));
    set("headline", text(state.key + "_title"));
    set("meaning", text(state.key + "_meaning"));
    set("tone", state.tone);
    PageData next(PageData::type::list);
    const auto add = [&](const std::string& key) {
        PageData step(PageData::type::object);
        step.set("text", text(key));
        next.push_back(step);
    };
    if (!more.empty()) {
        add(more);
    }
    for (int n = 1; web_.has_text(language_, state.key + "_next" + std::to_string(n)); ++n) {
        add(state.key + "_next" + std::to_string(n));
    }
    set("has_next", !next.is_empty_list());
    set("next", next);
}

void PageRows::add(const std::string& label, const std::string& value) {
    if (value.empty()) {
        return;
    }
    PageData row(PageData::type::object);
    row.set("label", label);
    row.set("value", value);
    rows_.push_back(row);
}

}  // namespace yinxin::server
