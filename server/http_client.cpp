// SPDX-License-Identifier: Apache-2.0
#include "server/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <utility>

#include "common/error.h"

namespace yinxin::server {
namespace {

constexpr std::size_t kIdleHandlesMax = 16;
constexpr std::size_t kHeaderBytesMax = 64u << 10;
constexpr const char* kSchemes = "http,https";

template <auto Free>
struct CurlFree {
    template <typename T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};
using Easy = std::unique_ptr<CURL, CurlFree<curl_easy_cleanup>>;
using Url = std::unique_ptr<CURLU, CurlFree<curl_url_cleanup>>;
using Fields = std::unique_ptr<curl_slist, CurlFree<curl_slist_free_all>>;
using CurlText = std::unique_ptr<char, CurlFree<curl_free>>;

void start_curl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) {
        throw Error(ErrorCode::Internal, "libcurl does not start");
    }
}

std::string lower(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

// ---- addresses

/// Where a request goes.
struct Target {
    Url url;
    std::string host;  ///< lower case; IPv6 in brackets
    int port = 0;
    bool default_port = false;  ///< the one of its scheme

    std::string name() const { return host + ":" + std::to_string(port); }
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK) {
        return {};
    }
    return CurlText(text).get();
}

Target parse(const std::string& text) {
    Target target;
    target.url.reset(curl_url());
    if (target.url == nullptr ||
        curl_url_set(target.url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) !=
            CURLUE_OK) {
        throw Error(ErrorCode::Invalid, "\"" + text + "\" is no address of the web");
    }
    const std::string scheme = part_of(target.url.get(), CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") {
        throw Error(ErrorCode::Invalid, "\"" + text + "\" should start with http:// or https://");
    }
    target.host = lower(part_of(target.url.get(), CURLUPART_HOST));
    target.port = std::stoi(part_of(target.url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT));
    target.default_port = target.port == (scheme == "http" ? 80 : 443);
    return target;
}

struct Allowed {
    std::string host;
    int port = 0;  ///< 0: the one of the scheme
};

Allowed allowed_from_text(const std::string& text) {
    const auto bad = [&text] {
        return Error(
            ErrorCode::Invalid,
            "[outbound] allow: \"" + text +
                "\" should be HOST or HOST:PORT, for example tsa.example.org or [::1]:8081");
    };
    const auto colon = text.rfind(':');
    const bool has_port =
        colon != std::string::npos && (text.front() != '[' || text[colon - 1] == ']');
    Allowed allowed{.host = lower(text.substr(0, has_port ? colon : std::string::npos))};
    if (allowed.host.empty() || allowed.host.find_first_of("/@ ") != std::string::npos ||
        (allowed.host.front() != '[' && allowed.host.find(':') != std::string::npos)) {
        throw bad();
    }
    if (has_port) {
        const char* const end = text.data() + text.size();
        const auto [read, fault] = std::from_chars(text.data() + colon + 1, end, allowed.port);
        if (fault != std::errc() || read != end || allowed.port < 1 || allowed.port > 65535) {
            throw bad();
        }
    }
    return allowed;
}

/// Not of the public internet (RFC 6890): nothing that a name may lead to by itself.
bool is_special(std::uint32_t ipv4) {
    struct Block {
        std::uint32_t base;
        int bits;
    };
    constexpr std::array blocks{Block{0x00000000, 8},
                                Block{0x0a000000, 8},
                                Block{0x64400000, 10},
                                Block{0x7f000000, 8},
                                Block{0xa9fe0000, 16},
                                Block{0xac100000, 12},
                                Block{0xc0000000, 24},
                                Block{0xc0a80000, 16},
                                Block{0xc6120000, 15},
                                Block{0xe0000000, 3}};
    return std::any_of(blocks.begin(), blocks.end(), [ipv4](const Block& block) {
        return (ipv4 ^ block.base) >> (32 - block.bits) == 0;
    });
}

bool is_special(const in6_addr& address) {
    const auto& bytes = address.s6_addr;
    const auto starts_with = [&bytes](std::initializer_list<std::uint8_t> prefix) {
        return std::equal(prefix.begin(), prefix.end(), std::begin(bytes));
    };
    if (starts_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}) ||        // IPv4 mapped
        starts_with({0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {  // NAT64, RFC 6052
        return is_special(static_cast<std::uint32_t>(bytes[12]) << 24 |
                          static_cast<std::uint32_t>(bytes[13]) << 16 |
                          static_cast<std::uint32_t>(bytes[14]) << 8 | bytes[15]);
    }
    // Of the global unicast addresses, 2000::/3, those that tunnel to an IPv4 address are left out.
    return (bytes[0] & 0xe0) != 0x20 || starts_with({0x20, 0x02}) ||
           starts_with({0x20, 0x01, 0x00, 0x00});
}

/// "" for an address of another kind.
std::string text_of(const sockaddr& address) {
    const void* const bytes =
        address.sa_family == AF_INET
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
            : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
    std::array<char, INET6_ADDRSTRLEN> text{};
    const char* const made =
        ::inet_ntop(address.sa_family, bytes, text.data(), static_cast<socklen_t>(text.size()));
    return made == nullptr ? "" : made;
}

// ---- one request under way

struct Transfer {
    bool special_allowed = false;
    std::size_t body_max = 0;
    std::string refused{};  ///< address that was not connected to
    bool connected = false;
    std::size_t header_bytes = 0;
    bool too_large = false;
    Bytes body{};
};

/// The address is looked at where it is connected to, so no later resolution can change it.
curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    try {
        std::string numeric = text_of(address->addr);
        if (!transfer.special_allowed && !is_public_address(numeric)) {
            transfer.refused = std::move(numeric);
            return CURL_SOCKET_BAD;
        }
    } catch (const std::exception&) {
        return CURL_SOCKET_BAD;
    }
    transfer.connected = true;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    if (size > transfer.body_max - transfer.body.size()) {
        transfer.too_large = true;
        return 0;
    }
    try {
        transfer.body.insert(transfer.body.end(), data, data + size);
    } catch (const std::exception&) {
        return 0;
    }
    return size;
}

std::size_t take_header(char*, std::size_t, std::size_t size, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.header_bytes += size;
    transfer.too_large = transfer.too_large || transfer.header_bytes > kHeaderBytesMax;
    return transfer.too_large ? 0 : size;
}

template <typename Value>
void set(CURL* curl, CURLoption option, Value value) {
    if (curl_easy_setopt(curl, option, value) != CURLE_OK) {
        throw Error(ErrorCode::Internal,
                    "libcurl does not take option " + std::to_string(static_cast<int>(option)));
    }
}

void add_field(Fields& fields, const std::string& line) {
    curl_slist* const longer = curl_slist_append(fields.get(), line.c_str());
    if (longer == nullptr) {
        throw std::bad_alloc();
    }
    static_cast<void>(fields.release());
    fields.reset(longer);
}

void prepare(CURL* curl, const Target& target, const HttpRequest& request, Transfer& transfer) {
    curl_easy_reset(curl);  // its connections stay
    set(curl, CURLOPT_CURLU, target.url.get());
    set(curl, CURLOPT_PROTOCOLS_STR, kSchemes);
    set(curl, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(curl, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    set(curl, CURLOPT_PROXY, "");
    set(curl, CURLOPT_NOSIGNAL, 1L);
    // Else a name server that does not answer would hold the caller beyond its deadline.
    set(curl, CURLOPT_QUICK_EXIT, 1L);
    set(curl,
        CURLOPT_TIMEOUT_MS,
        static_cast<long>(std::max<std::int64_t>(1, request.deadline.count())));
    set(curl, CURLOPT_USERAGENT, "yinxin");
    set(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(curl, CURLOPT_OPENSOCKETDATA, &transfer);
    set(curl, CURLOPT_WRITEFUNCTION, &take_body);
    set(curl, CURLOPT_WRITEDATA, &transfer);
    set(curl, CURLOPT_HEADERFUNCTION, &take_header);
    set(curl, CURLOPT_HEADERDATA, &transfer);
    if (!request.content_type.empty()) {
        set(curl, CURLOPT_POST, 1L);
        set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        // A null pointer would mean: read it from standard input.
        set(curl,
            CURLOPT_POSTFIELDS,
            request.body.empty() ? "" : reinterpret_cast<const char*>(request.body.data()));
    }
}

}  // namespace

struct CurlHttpClient::Impl {
    std::vector<Allowed> allowed;
    std::mutex mutex;
    std::vector<Easy> idle;

    /// The entry that lets this through; one with the port first.
    const Allowed* entry_for(const Target& target) const {
        const Allowed* found = nullptr;
        for (const Allowed& entry : allowed) {
            if (entry.host != target.host) {
                continue;
            }
            if (entry.port == target.port) {
                return &entry;
            }
            if (entry.port == 0 && target.default_port) {
                found = &entry;
            }
        }
        return found;
    }

    Easy take() {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                Easy handle = std::move(idle.back());
                idle.pop_back();
                return handle;
            }
        }
        Easy handle(curl_easy_init());
        if (handle == nullptr) {
            throw std::bad_alloc();
        }
        return handle;
    }

    void give_back(Easy handle) {
        const std::lock_guard lock(mutex);
        if (idle.size() < kIdleHandlesMax) {
            idle.push_back(std::move(handle));
        }
    }
};

CurlHttpClient::CurlHttpClient(std::vector<std::string> allowed) : impl_(std::make_unique<Impl>()) {
    start_curl();
    for (const std::string& entry : allowed) {
        impl_->allowed.push_back(allowed_from_text(entry));
    }
}

CurlHttpClient::~CurlHttpClient() = default;

HttpAnswer CurlHttpClient::send(const HttpRequest& request) {
    const Target target = parse(request.url);
    const Allowed* const entry = impl_->entry_for(target);
    if (entry == nullptr) {
        throw Error(
            ErrorCode::Forbidden,
            target.name() + " may not be asked: it is not in [outbound] allow of yinxin.toml");
    }
    Transfer transfer{.special_allowed = entry->port != 0, .body_max = request.answer_bytes_max};
    Fields fields;
    add_field(fields, "Expect:");
    if (!request.content_type.empty()) {
        add_field(fields, "Content-Type: " + request.content_type);
    }
    Easy curl = impl_->take();
    prepare(curl.get(), target, request, transfer);
    set(curl.get(), CURLOPT_HTTPHEADER, fields.get());
    const CURLcode result = curl_easy_perform(curl.get());

    if (transfer.too_large) {
        throw Error(ErrorCode::Unavailable,
                    target.name() + ": the answer is larger than " +
                        std::to_string(request.answer_bytes_max) + " bytes");
    }
    if (result != CURLE_OK && !transfer.refused.empty() && !transfer.connected) {
        throw Error(ErrorCode::Forbidden,
                    target.name() + " is " + transfer.refused +
                        ", an address of this machine or a private network: it is asked only when "
                        "[outbound] allow names it with its port");
    }
    if (result != CURLE_OK) {
        throw Error(ErrorCode::Unavailable, target.name() + ": " + curl_easy_strerror(result));
    }
    HttpAnswer answer;
    long status = 0;
    const char* content_type = nullptr;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_TYPE, &content_type);
    answer.status = static_cast<int>(status);
    answer.content_type = content_type == nullptr ? "" : content_type;
    answer.body = std::move(transfer.body);
    impl_->give_back(std::move(curl));
    return answer;
}

bool is_public_address(const std::string& address) {
    in_addr ipv4{};
    if (::inet_pton(AF_INET, address.c_str(), &ipv4) == 1) {
        return !is_special(ntohl(ipv4.s_addr));
    }
    in6_addr ipv6{};
    return ::inet_pton(AF_INET6, address.c_str(), &ipv6) == 1 && !is_special(ipv6);
}

std::string host_and_port(const std::string& url) {
    return parse(url).name();
}

std::vector<std::string> outbound_hosts(const Config& config) {
    std::vector<std::string> hosts = config.outbound_allow;
    if (config.demo) {
        hosts.push_back(config.demo_pki_listen);
    }
    return hosts;
}

}  // namespace yinxin::server
