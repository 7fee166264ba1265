// SPDX-License-Identifier: Apache-2.0
#include "server/http/application.h"

#include <algorithm>
#include <cstring>

#include "common/limits.h"
#include "server/api/routes.h"

namespace yinxin::server {
namespace {

// Of every answer. reliability: threats, TH22. The pages have no inline script and no inline style.
constexpr std::string_view kSecurityFields =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
constexpr std::size_t kFormBytesMax = 16u << 10;
// A multipart envelope around an uploaded file
constexpr std::size_t kEnvelopeBytesMax = 16u << 10;

std::uint64_t seed_from(const Bytes& bytes) {
    std::uint64_t seed = 0;
    std::memcpy(&seed, bytes.data(), std::min(bytes.size(), sizeof seed));
    return seed;
}

// splitmix64: a bijection, so counting up never repeats an id
std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

bool wants_page(const RequestHead& head) {
    const auto* accept = head.field("accept");
    return accept != nullptr && accept->find("text/html") != std::string::npos &&
           !head.path.starts_with("/api/");
}

/// Whether the detail is for the log only: it says what happened inside, to paths, processes and
/// statements of the register.
bool is_for_the_log(const Error& error) {
    return error.code() == ErrorCode::Internal || error.code() == ErrorCode::Unavailable ||
           error.code() == ErrorCode::StorageFull ||
           std::string_view(error.what()).starts_with("register: ");
}

std::string words_for_caller(ErrorCode code) {
    switch (code) {
        case ErrorCode::Unavailable:
            return "A part of the server does not answer, or has too much to do. Try again in a "
                   "moment; what has an Idempotency-Key, with the same one.";
        case ErrorCode::StorageFull:
            return "The register has no room to store it durably. Nothing was acknowledged; send "
                   "it "
                   "again later with the same Idempotency-Key.";
        default:
            return "";
    }
}

std::size_t body_limit(BodyKind kind, const LimitConfig& limits) {
    switch (kind) {
        case BodyKind::None:
            return 0;
        case BodyKind::JsonText:
            return static_cast<std::size_t>(limits.json_bytes_max);
        case BodyKind::Form:
            return kFormBytesMax;
        case BodyKind::Upload:
            return static_cast<std::size_t>(limits.upload_bytes_max) + kEnvelopeBytesMax;
    }
    return 0;
}

std::size_t body_limit(const Route& route, const LimitConfig& limits) {
    const std::size_t most = body_limit(route.body, limits);
    return route.body_bytes_max == 0 ? most : std::min(most, route.body_bytes_max);
}

}  // namespace

Application::Application(HttpParts parts)
    : config_(parts.config),
      authenticate_(std::move(parts.authenticate)),
      log_(std::move(parts.log), parts.clock, parts.random),
      table_(make_routes({parts.config, std::move(parts.use_cases), parts.clock})),
      router_(table_.routes),
      proxies_(parts.config.trusted_proxies),
      callers_({config_.limits.requests_per_minute, config_.limits.requests_burst}),
      failed_keys_({config_.limits.requests_per_minute, config_.limits.requests_burst}, 1u << 15),
      api_callers_({config_.limits.api_requests_per_minute, config_.limits.api_requests_burst},
                   1u << 15),
      trace_seed_(seed_from(parts.random.bytes(8))) {}

std::string Application::new_trace_id() {
    const std::uint64_t id = mix(trace_seed_ + 0x9e3779b97f4a7c15U * ++trace_count_);
    std::uint8_t bytes[8];
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(id >> (56 - 8 * i));
    return to_hex(bytes);
}

Poco::Net::IPAddress Application::client_address(const RequestHead& head,
                                                 const Poco::Net::IPAddress& peer) const {
    if (!proxies_.contains(peer))
        return peer;
    const std::string forwarded = head.list_field("x-forwarded-for");
    // From the right: what our own proxies added is true, the first stranger is the caller.
    std::string_view rest = forwarded;
    Poco::Net::IPAddress client = peer;
    while (!rest.empty()) {
        const auto comma = rest.rfind(',');
        auto last = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
        while (last.starts_with(' ')) last.remove_prefix(1);
        while (last.ends_with(' ')) last.remove_suffix(1);
        if (!Poco::Net::IPAddress::tryParse(std::string(last), client))
            return peer;
        if (!proxies_.contains(client))
            return client;
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
    }
    return client;
}

Response Application::problem(const Exchange& exchange,
                              const ProblemKind& kind,
                              const std::string& detail,
                              int retry_after) {
    const std::string& trace_id = exchange.request.trace_id;
    const bool page =
        exchange.route != nullptr ? exchange.route->page : wants_page(exchange.request.head);
    if (retry_after == 0)
        retry_after = retry_after_seconds(kind);
    Response response;
    try {
        if (page)
            response = table_.error_page(exchange.request, kind, detail, retry_after);
    } catch (const std::exception& error) {
        log_.fault(trace_id, "error page", error.what());
    }
    if (response.content_type.empty())
        response = problem_response(kind, config_.public_url, {detail, trace_id, {}});
    response.note = kind.name;
    if (retry_after > 0) {
        std::erase_if(response.fields, [](const HttpField& f) { return f.name == "Retry-After"; });
        response.set("Retry-After", std::to_string(retry_after));
    }
    return response;
}

std::optional<Response> Application::take(Limiter& limiter,
                                          const std::string& key,
                                          const Exchange& exchange) {
    const auto seconds = limiter.take(key, exchange.started);
    return seconds ? std::optional(wait(exchange, *seconds)) : std::nullopt;
}

Response Application::wait(const Exchange& exchange, int seconds) {
    return problem(exchange,
                   problem_kind(ErrorCode::TooMany),
                   "Wait " + std::to_string(seconds) + " seconds, then try again.",
                   seconds);
}

Exchange Application::nameless(const Poco::Net::IPAddress& peer) {
    Exchange exchange;
    exchange.started = std::chrono::steady_clock::now();
    exchange.request.trace_id = new_trace_id();
    exchange.caller_group = caller_group(peer);
    return exchange;
}

Exchange Application::admit(RequestHead head, const Poco::Net::IPAddress& peer) {
    Exchange exchange = nameless(client_address(head, peer));
    exchange.request.head = std::move(head);
    admit_route(exchange);
    if (!exchange.refusal)
        admit_caller(exchange);
    const auto& caller = exchange.request.caller;
    exchange.request.origin = caller ? "key " + caller->id : exchange.caller_group;
    const auto length = exchange.request.head.content_length.value_or(0);
    if (!exchange.refusal && length > exchange.body_bytes_max)
        exchange.refusal =
            problem(exchange,
                    problem_kind(ErrorCode::TooLarge),
                    "The body has " + std::to_string(length) + " bytes; at most " +
                        std::to_string(exchange.body_bytes_max) + " are taken here.");
    return exchange;
}

void Application::admit_route(Exchange& exchange) {
    const auto& head = exchange.request.head;
    auto match = router_.match(head.method, head.segments);
    if (auto* found = std::get_if<Router::Match>(&match)) {
        exchange.route = found->route;
        exchange.request.path_values = std::move(found->values);
        exchange.body_bytes_max = body_limit(*found->route, config_.limits);
    } else if (const auto* other = std::get_if<Router::NoMethod>(&match)) {
        exchange.refusal = problem(
            exchange, *find_problem("method-not-allowed"), "Allowed here: " + other->allow + ".");
        exchange.refusal->set("Allow", other->allow);
    } else {
        exchange.refusal = problem(exchange,
                                   problem_kind(ErrorCode::NotFound),
                                   "No route has this path; /openapi.json lists them.");
    }
}

void Application::admit_caller(Exchange& exchange) {
    if (exchange.route->access == Access::Free)
        return;
    const auto* authorization = exchange.request.head.field("authorization");
    if (authorization == nullptr && exchange.route->access == Access::Public) {
        exchange.refusal = take(callers_, exchange.caller_group, exchange);
        return;
    }
    constexpr std::string_view scheme = "Bearer ";
    if (authorization != nullptr && authorization->starts_with(scheme) &&
        authorization->size() <= scheme.size() + 512)
        admit_key(exchange, authorization->substr(scheme.size()));
    if (exchange.refusal)
        return;
    if (exchange.request.caller) {
        exchange.refusal = take(api_callers_, exchange.request.caller->id, exchange);
        exchange.request.spend = [this, key = exchange.request.caller->id](std::size_t more) {
            api_callers_.spend(key, std::chrono::steady_clock::now(), more);
        };
        if (!exchange.refusal)
            admit_role(exchange);
        return;
    }
    exchange.refusal = take(failed_keys_, exchange.caller_group, exchange);
    if (!exchange.refusal)
        exchange.refusal = problem(exchange,
                                   problem_kind(ErrorCode::Unauthorized),
                                   authorization == nullptr ? "Send Authorization: Bearer KEY."
                                                            : "This API key is not known.");
}

// Only failures count. An address that has too many of them is not looked up any more, but for keys
// that were good before: a stranger behind the same address cannot lock out a caller at work.
void Application::admit_key(Exchange& exchange, const std::string& key) {
    const auto seconds = failed_keys_.look(exchange.caller_group, exchange.started);
    if (seconds && !good_keys_.contains(key)) {
        exchange.refusal = wait(exchange, *seconds);
        return;
    }
    try {
        if (const auto owner = authenticate_(key)) {
            exchange.request.caller = Caller{owner->name, owner->role == Role::Admin};
            exchange.role = owner->role;
            good_keys_.add(key);
        }
    } catch (const Error& error) {
        log_.fault(exchange.request.trace_id, exchange.route->path, error.what());
        exchange.refusal = problem(exchange,
                                   problem_kind(ErrorCode::Unavailable),
                                   "API keys cannot be checked at the moment.",
                                   5);
    }
}

void Application::admit_role(Exchange& exchange) {
    const auto& roles = exchange.route->roles;
    if (exchange.route->access != Access::Key ||
        std::find(roles.begin(), roles.end(), exchange.role) != roles.end())
        return;
    std::string needed;
    for (const Role role : roles) needed += (needed.empty() ? "" : " or ") + to_text(role);
    exchange.refusal = problem(
        exchange,
        problem_kind(ErrorCode::Forbidden),
        "This API key has the role " + to_text(exchange.role) + "; here " + needed + " is needed.");
}

Response Application::answer(const Exchange& exchange) {
    const std::string& trace_id = exchange.request.trace_id;
    try {
        return exchange.route->handler(exchange.request);
    } catch (const Error& error) {
        if (is_for_the_log(error)) {
            log_.fault(trace_id, exchange.route->path, error.what());
            // What stands in fields is for the caller: the clock is wrong, a certificate has ended.
            return problem(exchange,
                           Error(error.code(), words_for_caller(error.code()), error.fields()));
        }
        return problem(exchange, error);
    } catch (const std::exception& error) {
        log_.fault(trace_id, exchange.route->path, error.what());
        return problem(exchange, problem_kind(ErrorCode::Internal), "");
    }
}

Response Application::problem(const Exchange& exchange, const Error& error) {
    if (!exchange.route->page)
        return problem_response(error, config_.public_url, exchange.request.trace_id);
    return problem(exchange, problem_kind(error.code()), error.what());
}

Response Application::refuse(const Exchange& exchange,
                             std::string_view name,
                             const std::string& detail) {
    Response response = problem(exchange, *find_problem(name), detail);
    response.close = true;
    return response;
}

void Application::finish(const Exchange& exchange, Response& response) {
    if (!response.cacheable)
        response.set("Cache-Control", "no-store");
    response.constant_fields = kSecurityFields;
    response.set("X-Trace-Id", exchange.request.trace_id);
    const auto& head = exchange.request.head;
    log_.request(
        {.trace_id = exchange.request.trace_id,
         // An unknown method is the caller's text: it stays out of the log.
         .method = exchange.route != nullptr ? std::string_view(head.method) : "-",
         .route = exchange.route != nullptr ? std::string_view(exchange.route->path) : "-",
         .status = response.status,
         .took = std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now() - exchange.started),
         .caller_group = exchange.caller_group,
         .api_caller = exchange.request.caller ? std::string_view(exchange.request.caller->id) : "",
         .note = response.note});
}

}  // namespace yinxin::server
