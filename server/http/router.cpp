// SPDX-License-Identifier: Apache-2.0
#include "server/http/router.h"

#include <optional>
#include <set>

namespace yinxin::server {
namespace {

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    for (path.remove_prefix(1);;) {
        const auto slash = path.find('/');
        segments.emplace_back(path.substr(0, slash));
        if (slash == std::string_view::npos)
            return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_variable(const std::string& segment) {
    return segment.starts_with('{');
}

std::optional<std::map<std::string, std::string>> fit(const std::vector<std::string>& pattern,
                                                      const std::vector<std::string>& path) {
    if (pattern.size() != path.size())
        return std::nullopt;
    for (std::size_t i = 0; i < path.size(); ++i)
        if (is_variable(pattern[i]) ? path[i].empty() : pattern[i] != path[i])
            return std::nullopt;
    std::map<std::string, std::string> values;
    for (std::size_t i = 0; i < path.size(); ++i)
        if (is_variable(pattern[i]))
            values.emplace(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
    return values;
}

std::string allowed(const std::set<std::string>& methods) {
    std::string text;
    for (const auto& method : methods)
        text += (text.empty() ? "" : ", ") + method + (method == "GET" ? ", HEAD" : "");
    return text;
}

}  // namespace

Router::Router(const std::vector<Route>& routes) {
    for (const auto& route : routes) entries_.push_back({&route, split(route.path)});
}

std::variant<Router::Match, Router::NoMethod, Router::NoPath> Router::match(
    std::string_view method, const std::vector<std::string>& segments) const {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    std::set<std::string> others;
    bool page = false;
    for (const auto& entry : entries_) {
        auto values = fit(entry.segments, segments);
        if (!values)
            continue;
        if (entry.route->method == wanted)
            return Match{entry.route, std::move(*values)};
        others.insert(entry.route->method);
        page = page || entry.route->page;
    }
    if (others.empty())
        return NoPath{};
    return NoMethod{allowed(others), page};
}

}  // namespace yinxin::server
