// SPDX-License-Identifier: Apache-2.0
// HTTP/1.x messages as values. The head is read once, by this strict reader, so no two parsers can
// disagree about where a request ends: what RFC 9112 leaves to taste is refused.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/service/service.h"

namespace yinxin::server {

struct HttpField {
    std::string name;  ///< lower case in requests
    std::string value;
};

/// The request line and the fields. The path is split first and decoded then: no segment holds a
/// slash or a backslash. `query` is not decoded.
struct RequestHead {
    std::string method;
    std::string path;                   ///< the segments, joined again
    std::vector<std::string> segments;  ///< what stands between slashes; of "/": one, empty
    std::string query;
    bool http_1_0 = false;
    std::vector<HttpField> fields;
    std::optional<std::size_t> content_length;
    bool keep_alive = true;
    bool expects_continue = false;

    /// nullptr when absent; the first when repeated.
    const std::string* field(std::string_view lower_case_name) const;
    /// All values in order, as one list (RFC 9110, 5.3); "" when absent.
    std::string list_field(std::string_view lower_case_name) const;
    /// The decoded value of a query parameter; nullopt when absent or not decodable.
    std::optional<std::string> parameter(std::string_view name) const;
};

/// Why a head is refused; the connection closes after the answer.
struct HeadFault {
    int status;
    std::string problem;  ///< name of a problem type
    std::string detail;
};

/// `bytes` ends with the blank line. Framing (RFC 9112, 6): a body has exactly one digits-only
/// Content-Length, any Transfer-Encoding is refused, and so is a POST without a length.
std::variant<RequestHead, HeadFault> parse_head(std::string_view bytes);

/// Percent-decoding; nullopt for a broken escape, a control character or invalid UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// application/x-www-form-urlencoded; nullopt when broken or when a name repeats.
std::optional<std::map<std::string, std::string>> parse_form(std::string_view body);

/// What a handler gets.
struct Request {
    RequestHead head;
    std::map<std::string, std::string> path_values;  ///< by the names in the route's template
    std::string body;
    std::optional<Caller> caller;  ///< set where a valid API key was given
    std::string origin;            ///< whose request it is: the API key's owner, else the address
    std::function<void(std::size_t)> spend;  ///< so much more of the caller's quota; an API key's
    std::string trace_id;

    const std::string& path_value(const std::string& name) const { return path_values.at(name); }
};

struct Response {
    int status = 200;
    std::string content_type;
    std::string body;
    std::vector<HttpField> fields;
    std::string_view constant_fields;  ///< more of them, each ended by CR LF; never freed
    bool cacheable = false;            ///< false: Cache-Control: no-store
    bool close = false;
    std::string note;  ///< one word for the log: the outcome of a verification, a problem's name

    void set(std::string name, std::string value) {
        fields.push_back({std::move(name), std::move(value)});
    }
};

/// Status line, fields and, unless `head_only`, the body.
std::string serialize(const Response& response, bool head_only, std::string_view date);
std::string_view reason_phrase(int status);

}  // namespace yinxin::server
