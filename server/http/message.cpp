// SPDX-License-Identifier: Apache-2.0
#include "server/http/message.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/limits.h"

namespace yinxin::server {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Letters, digits and `others`, to be asked by byte.
constexpr std::array<bool, 256> alphanumeric_and(std::string_view others) {
    std::array<bool, 256> set{};
    for (unsigned c = 0; c < set.size(); ++c) {
        const char symbol = static_cast<char>(c);
        set[c] =
            is_digit(symbol) || is_alpha(symbol) || others.find(symbol) != std::string_view::npos;
    }
    return set;
}

// RFC 9110, 5.6.2
bool is_token_char(char c) {
    static constexpr auto kSet = alphanumeric_and("!#$%&'*+-.^_`|~");
    return kSet[static_cast<unsigned char>(c)];
}
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}
// RFC 3986: pchar, "/" and "?"
bool is_target_char(char c) {
    static constexpr auto kSet = alphanumeric_and("-._~!$&'()*+,;=:@/?%");
    return kSet[static_cast<unsigned char>(c)];
}
// RFC 9110, 5.5: no control character but HTAB
bool is_value_char(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

int hex_value(char c) {
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// RFC 3629: shortest forms, no surrogates, at most U+10FFFF
bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80               ? 1
                                   : (lead & 0xe0U) == 0xc0U ? 2
                                   : (lead & 0xf0U) == 0xe0U ? 3
                                   : (lead & 0xf8U) == 0xf0U ? 4
                                                             : 0;
        if (length == 0 || length > text.size() - i)
            return false;
        std::uint32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if ((next & 0xc0U) != 0x80U)
                return false;
            point = (point << 6U) | (next & 0x3fU);
        }
        constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
        if (point < smallest.at(length) || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return false;
        i += length;
    }
    return true;
}

HeadFault bad(std::string detail) {
    return {400, "malformed", std::move(detail)};
}

// No router, proxy or file system after us may see other segments than we do.
std::optional<HeadFault> parse_path(std::string_view path, RequestHead& head) {
    head.path.reserve(path.size());
    head.segments.reserve(static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')));
    while (!path.empty()) {
        const auto end = path.find('/', 1);
        auto segment = percent_decode(path.substr(1, end - 1));
        if (!segment)
            return bad("The path holds a broken percent escape or a control character.");
        if (segment->find_first_of("/\\") != std::string::npos)
            return bad("The path holds an escaped slash or backslash.");
        head.path.append("/").append(*segment);
        head.segments.push_back(std::move(*segment));
        path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
    }
    return std::nullopt;
}

std::optional<HeadFault> parse_request_line(std::string_view line, RequestHead& head) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return bad("The request line needs a method, a target and a version.");
    const auto method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(method))
        return bad("The method is not a token.");
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        const bool other = version.size() == 8 && version.starts_with("HTTP/") &&
                           is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
        return other ? HeadFault{505, "version-not-supported", "Use HTTP/1.1."}
                     : bad("The request line does not end with an HTTP version.");
    }
    if (target.size() > limits::uri_bytes_max)
        return HeadFault{414, "uri-too-long", "The request target is longer than 2048 bytes."};
    if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_target_char))
        return bad("The request target must be a path: visible ASCII, others percent-encoded.");
    const auto question = target.find('?');
    head.method = method;
    head.query = question == std::string_view::npos ? "" : std::string(target.substr(question + 1));
    head.http_1_0 = version == "HTTP/1.0";
    return parse_path(target.substr(0, question), head);
}

std::optional<HeadFault> parse_field(std::string_view line, RequestHead& head) {
    if (line.front() == ' ' || line.front() == '\t')
        return bad("A header field is folded over two lines.");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
        return bad("A header line has no colon.");
    if (!is_token(line.substr(0, colon)))
        return bad("A header field's name is not a token (no space may stand before the colon).");
    const auto value = trim(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_char))
        return bad("A header field holds a control character.");
    if (head.fields.size() == limits::header_fields_max)
        return HeadFault{431, "header-too-large", "There are more than 64 header fields."};
    head.fields.push_back({lower(line.substr(0, colon)), std::string(value)});
    return std::nullopt;
}

// RFC 3986, 3.2: what can stand for a host; an empty Host belongs to targets we do not take
bool is_host(std::string_view host) {
    std::string_view rest;
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == std::string_view::npos)
            return false;
        const auto address = host.substr(1, end - 1);
        if (address.empty() || !std::all_of(address.begin(), address.end(), [](char c) {
                return hex_value(c) >= 0 || c == ':' || c == '.';
            }))
            return false;
        rest = host.substr(end + 1);
    } else {
        const auto colon = host.find(':');
        const auto name = host.substr(0, colon);
        if (name.empty() || !std::all_of(name.begin(), name.end(), [](char c) {
                return is_digit(c) || is_alpha(c) || c == '-' || c == '.' || c == '_';
            }))
            return false;
        rest = colon == std::string_view::npos ? "" : host.substr(colon);
    }
    return rest.empty() || (rest.size() >= 2 && rest.size() <= 6 && rest[0] == ':' &&
                            std::all_of(rest.begin() + 1, rest.end(), is_digit));
}

// RFC 9112, 6.3, made strict: one digits-only Content-Length or no body at all
std::optional<HeadFault> decide_framing(RequestHead& head) {
    std::size_t hosts = 0, lengths = 0, codings = 0;
    for (const auto& field : head.fields) {
        hosts += field.name == "host" ? 1 : 0;
        lengths += field.name == "content-length" ? 1 : 0;
        codings += field.name == "transfer-encoding" ? 1 : 0;
    }
    if (hosts > 1 || (hosts == 0 && !head.http_1_0))
        return bad("Exactly one Host field is needed.");
    if (hosts == 1 && !is_host(*head.field("host")))
        return bad("The Host field is not a host with an optional port.");
    if (codings == 1 && lengths == 0 && *head.field("transfer-encoding") == "chunked")
        return HeadFault{
            411, "length-required", "Chunked bodies are not accepted: send Content-Length."};
    if (codings > 0)
        return bad("Transfer-Encoding is not accepted: send the body with Content-Length.");
    if (lengths > 1)
        return bad("There is more than one Content-Length.");
    if (lengths == 1) {
        const auto& text = *head.field("content-length");
        std::size_t length = 0;
        const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), is_digit) &&
                           (text == "0" || text[0] != '0');
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
        if (!plain || parsed.ec != std::errc())
            return bad("Content-Length is not a plain decimal number.");
        head.content_length = length;
    }
    if (!head.content_length &&
        (head.method == "POST" || head.method == "PUT" || head.method == "PATCH"))
        return HeadFault{411, "length-required", "Send the body with Content-Length."};
    if ((head.method == "GET" || head.method == "HEAD") && head.content_length.value_or(0) > 0)
        return bad("A GET or HEAD request must not have a body.");
    return std::nullopt;
}

bool has_option(std::string_view list, std::string_view option) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (lower(trim(list.substr(0, comma))) == option)
            return true;
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return false;
}

std::optional<HeadFault> decide_connection(RequestHead& head) {
    head.keep_alive = !head.http_1_0;
    for (const auto& field : head.fields)
        if (field.name == "connection" && has_option(field.value, "close"))
            head.keep_alive = false;
    if (const auto* expect = head.field("expect")) {
        if (lower(*expect) != "100-continue")
            return HeadFault{417, "expectation-failed", "Only Expect: 100-continue is understood."};
        head.expects_continue = !head.http_1_0;
    }
    return std::nullopt;
}

}  // namespace

std::variant<RequestHead, HeadFault> parse_head(std::string_view bytes) {
    RequestHead head;
    bool first = true;
    while (true) {
        const auto end = bytes.find('\n');
        if (end == std::string_view::npos || end == 0 || bytes[end - 1] != '\r')
            return bad("Each line of the head must end with CR LF.");
        const auto line = bytes.substr(0, end - 1);
        bytes.remove_prefix(end + 1);
        if (line.empty() && !first)
            break;
        auto fault = first ? parse_request_line(line, head) : parse_field(line, head);
        if (fault)
            return *fault;
        first = false;
    }
    if (!bytes.empty())
        return bad("The head does not end with its blank line.");
    if (auto fault = decide_framing(head))
        return *fault;
    if (auto fault = decide_connection(head))
        return *fault;
    return head;
}

const std::string* RequestHead::field(std::string_view lower_case_name) const {
    for (const auto& field : fields)
        if (field.name == lower_case_name)
            return &field.value;
    return nullptr;
}

std::string RequestHead::list_field(std::string_view lower_case_name) const {
    std::string list;
    for (const auto& field : fields)
        if (field.name == lower_case_name)
            list += (list.empty() ? "" : ", ") + field.value;
    return list;
}

std::optional<std::string> RequestHead::parameter(std::string_view name) const {
    const auto values = parse_form(query);
    if (!values)
        return std::nullopt;
    const auto found = values->find(std::string(name));
    return found == values->end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string result;
    result.reserve(text.size());
    const bool escapes = text.find('%') != std::string_view::npos ||
                         (plus_is_space && text.find('+') != std::string_view::npos);
    if (!escapes)
        result = text;
    for (std::size_t i = result.size(); i < text.size(); ++i) {
        if (text[i] == '%') {
            if (text.size() - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
                return std::nullopt;
            result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            result += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    const bool clean = std::all_of(
        result.begin(), result.end(), [](char c) { return is_value_char(c) && c != '\t'; });
    if (!clean || !is_utf8(result))
        return std::nullopt;
    return result;
}

std::optional<std::map<std::string, std::string>> parse_form(std::string_view body) {
    std::map<std::string, std::string> values;
    while (!body.empty()) {
        const auto end = body.find('&');
        const auto pair = body.substr(0, end);
        body = end == std::string_view::npos ? std::string_view{} : body.substr(end + 1);
        if (pair.empty())
            continue;
        const auto equals = pair.find('=');
        const auto name = percent_decode(pair.substr(0, equals), true);
        const auto value = equals == std::string_view::npos
                               ? std::optional<std::string>("")
                               : percent_decode(pair.substr(equals + 1), true);
        if (!name || !value || !values.emplace(*name, *value).second)
            return std::nullopt;
    }
    return values;
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:
            return "Internal Server Error";
    }
}

std::string serialize(const Response& response, bool head_only, std::string_view date) {
    std::string text;
    text.reserve(768 + (head_only ? 0 : response.body.size()));
    text.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    text.append(reason_phrase(response.status)).append("\r\nDate: ").append(date).append("\r\n");
    if (!response.content_type.empty())
        text.append("Content-Type: ").append(response.content_type).append("\r\n");
    if (response.status != 304)
        text.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
    for (const auto& field : response.fields)
        text.append(field.name).append(": ").append(field.value).append("\r\n");
    text.append(response.constant_fields);
    text.append(response.close ? "Connection: close\r\n\r\n" : "\r\n");
    if (!head_only && response.status != 304)
        text.append(response.body);
    return text;
}

}  // namespace yinxin::server
