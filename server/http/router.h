// SPDX-License-Identifier: Apache-2.0
// Which handler answers a path, and on what conditions.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "server/domain/role.h"
#include "server/http/message.h"
#include "server/http/problem.h"

namespace yinxin::server {

enum class Access {
    Free,    ///< static and health: no limit
    Public,  ///< limited per caller; an API key, where given, has its own quota
    Key,     ///< needs an API key of one of the route's roles
};
enum class BodyKind { None, JsonText, Form, Upload };

struct Route {
    std::string method;  ///< GET answers HEAD too
    std::string path;    ///< "/api/v1/documents/{id}/pdf"; this text is what logs show
    Access access = Access::Free;
    BodyKind body = BodyKind::None;
    std::size_t body_bytes_max = 0;  ///< where it is less than limits.* allow; 0: as they say
    bool page = false;               ///< errors are pages, not problem+json
    std::vector<Role> roles{Role::Issuer, Role::Admin};  ///< with Access::Key
    std::function<Response(const Request&)> handler;
};

struct RouteTable {
    std::vector<Route> routes;
    /// Renders a problem for people; `retry_after` 0: no advice when.
    std::function<Response(
        const Request&, const ProblemKind&, const std::string& detail, int retry_after)>
        error_page;
};

class Router {
  public:
    explicit Router(const std::vector<Route>& routes);

    struct Match {
        const Route* route;
        std::map<std::string, std::string> values;
    };
    struct NoMethod {
        std::string allow;  ///< value of the Allow field
        bool page;
    };
    struct NoPath {};
    /// `segments`: those of RequestHead.
    std::variant<Match, NoMethod, NoPath> match(std::string_view method,
                                                const std::vector<std::string>& segments) const;

  private:
    struct Entry {
        const Route* route;
        std::vector<std::string> segments;
    };
    std::vector<Entry> entries_;
};

}  // namespace yinxin::server
