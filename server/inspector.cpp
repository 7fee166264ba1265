// SPDX-License-Identifier: Apache-2.0
// yinxin-inspector: reads one upload at a time, in a sandbox, and says what it found. It has no
// key, no file and no network, and may die without harm: its parent then answers "not checked" and
// starts another. Its side of the protocol is in inspector_pool.h.
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>

#include "common/error.h"
#include "common/limits.h"
#include "common/time_text.h"
#include "server/inspector_sandbox.h"
#include "server/ipc/channel.h"
#include "verify/algorithms.h"
#include "verify/document_verifier.h"

namespace {

using namespace yinxin;
using nlohmann::json;
using server::Channel;
using server::Message;

constexpr int kDoor = 3;

/// Whatever is loaded or read on first use has to be there before the files are out of reach.
void warm_up() {
    ::tzset();  // gmtime_r would look for /etc/localtime
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS |
                            OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                        nullptr);
    for (const char* oid : {"2.16.840.1.101.3.4.2.1",
                            "2.16.840.1.101.3.4.2.2",
                            "2.16.840.1.101.3.4.2.3",
                            "1.3.14.3.2.26"}) {
        verify::digest_of(*verify::digest_algorithm(oid), {});
    }
    const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> rsa(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
    const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> ec(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
}

std::vector<Bytes> byte_strings(const json& list) {
    std::vector<Bytes> all;
    for (const json& each : list) {
        all.push_back(from_base64url(each.get<std::string>()));
    }
    return all;
}

/// Trust anchors are the same from request to request; they are parsed again only when they change.
class Anchors {
  public:
    const verify::TrustStore& store(const json& list) {
        if (!store_ || list != list_) {
            store_ = std::make_unique<verify::TrustStore>(byte_strings(list));
            list_ = list;
        }
        return *store_;
    }

  private:
    json list_;
    std::unique_ptr<verify::TrustStore> store_;
};

json inspect(const Message& request, Anchors& anchors) {
    const auto now = parse_rfc3339(request.head.at("now").get<std::string>());
    if (!now) {
        throw Error(ErrorCode::Malformed, "\"now\" is no time");
    }
    const verify::Policy policy{byte_strings(request.head.at("own"))};
    const verify::TrustStore& trust = anchors.store(request.head.at("anchors"));
    server::bound_cpu_seconds(limits::inspector_cpu_seconds);
    json report = verify::to_json(verify::verify_document(request.body, trust, policy, *now));
    server::bound_cpu_seconds(0);
    return report;
}

/// For the tests: tries what the sandbox must not allow. An answer means that it was allowed.
json try_forbidden(const std::string& what) {
    long result = -1;
    if (what == "open") {
        result = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    } else if (what == "socket") {
        result = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    } else if (what == "fork") {
        result = ::fork();
    } else if (what == "kill") {
        result = ::kill(::getppid(), 0);
    } else if (what == "cpu") {
        server::bound_cpu_seconds(1);
        for (std::atomic<unsigned> spin = 0;; ++spin) {
        }
    } else if (what == "memory") {
        try {
            const Bytes large(2 * limits::inspector_memory_bytes, 1);
            result = large.back();
        } catch (const std::bad_alloc&) {
            return {{"refused", what}};
        }
    }
    return {{"allowed", what}, {"result", result}};
}

json answer(const Message& request, Anchors& anchors) {
    const std::string verb = request.head.value("verb", "");
    if (verb == "inspect") {
        return inspect(request, anchors);
    }
    if (verb == "selftest") {
        return try_forbidden(request.head.at("try").get<std::string>());
    }
    throw Error(ErrorCode::NotFound, "the inspector does not know this verb");
}

void converse(Channel channel, Anchors& anchors) {
    try {
        while (const auto request = channel.receive()) {
            Message reply;
            try {
                reply.head = answer(*request, anchors);
            } catch (const json::exception&) {
                reply.head = server::error_to_json(
                    Error(ErrorCode::Malformed, "a request that is not as agreed"));
            } catch (const std::exception& error) {
                reply.head = server::error_to_json(error);
            }
            channel.send(reply, std::chrono::seconds(limits::inspector_wall_seconds));
        }
    } catch (const Error&) {  // the other side is gone: this connection is over
    }
}

int serve() {
    Channel door(kDoor);
    try {
        warm_up();
        server::enter_sandbox(kDoor);
    } catch (const std::exception& error) {
        door.send({server::error_to_json(error), {}});
        return 1;
    }
    door.send({json::object(), {}});
    Anchors anchors;
    while (auto channel = door.take()) {
        converse(std::move(*channel), anchors);
    }
    return 0;
}

}  // namespace

int main() {
    if (::fcntl(kDoor, F_GETFD) < 0) {
        std::fputs("yinxin-inspector is started by yinxin\n", stderr);
        return 2;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
        std::_Exit(serve());  // no exit handlers: they may need calls that are gone
    } catch (const std::exception& error) {
        std::fprintf(stderr, "yinxin-inspector: %s\n", error.what());
        std::_Exit(1);
    }
}
