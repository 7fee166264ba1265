// SPDX-License-Identifier: Apache-2.0
#include "server/control.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "common/error.h"
#include "server/ipc/channel.h"

namespace yinxin::server {
namespace {

constexpr std::size_t kConnectionsMax = 64;
constexpr std::chrono::seconds kSendDeadline{30};
constexpr std::chrono::milliseconds kBackOff{100};

Json of_issue(const IssueAnswer& answer) {
    return {{"body", answer.body}, {"replayed", answer.replayed}};
}

struct Verbs {
    const UseCases use;
    const KeyUseCases keys;
    const KeyUses signing;
    const SealUseCases seals;
};

Role role_of(const std::string& word) {
    const auto role = role_from_text(word);
    if (!role) {
        throw Error(ErrorCode::Malformed, "there is no role \"" + word + "\"");
    }
    return *role;
}

Message answer(const Verbs& verbs, const Message& request) {
    const UseCases& use = verbs.use;
    const Json& head = request.head;
    const auto text = [&head](const char* name) { return head.at(name).get<std::string>(); };
    const std::string verb = text("verb");
    if (verb == "issue") {
        return {of_issue(use.issue(local_operator,
                                   {.type = text("type"),
                                    .data = head.at("data"),
                                    .options = head.at("options"),
                                    .idempotency_key = text("idempotency_key")})),
                {}};
    }
    if (verb == "replace") {
        return {of_issue(use.replace(local_operator,
                                     text("id"),
                                     head.at("data"),
                                     text("reason"),
                                     text("idempotency_key"))),
                {}};
    }
    if (verb == "revoke") {
        return {use.revoke(local_operator, text("id"), text("reason"), text("idempotency_key")),
                {}};
    }
    if (verb == "document") {
        return {use.document(local_operator, text("id")), {}};
    }
    if (verb == "pdf") {
        const auto revision = head.find("revision");
        Service::File file = use.pdf(
            local_operator,
            text("id"),
            revision == head.end() ? std::nullopt : std::optional<int>(revision->get<int>()));
        return {
            {{"sha256", file.sha256}, {"file_name", file.file_name}, {"revision", file.revision}},
            std::move(file.pdf)};
    }
    if (verb == "extend") {
        return {use.extend(local_operator, text("id"), text("level")), {}};
    }
    if (verb == "seal") {
        Service::Sealed sealed = use.seal(local_operator, request.body, head.at("options"));
        return {{{"body", std::move(sealed.body)}}, std::move(sealed.pdf)};
    }
    if (verb == "verify_code") {
        return {use.verify_code(text("code")), {}};
    }
    if (verb == "verify_fact") {
        return {use.verify_fact(head.at("request")), {}};
    }
    if (verb == "verify_file") {
        return {use.verify_file(request.body, ""), {}};
    }
    if (verb == "seals") {
        return {{{"seals", verbs.seals.list()}}, {}};
    }
    if (verb == "show_seal") {
        return {verbs.seals.show(text("id")), {}};
    }
    if (verb == "create_seal") {
        return {verbs.seals.create(head.at("order"), request.body), {}};
    }
    if (verb == "replace_seal") {
        return {verbs.seals.replace(text("id"), head.at("order"), request.body, text("reason")),
                {}};
    }
    if (verb == "import_seal") {
        return {verbs.seals.take_in(request.body), {}};
    }
    if (verb == "expire_seal") {
        return {verbs.seals.expire(text("id"), text("reason")), {}};
    }
    if (verb == "add_key") {
        return {{{"key", verbs.keys.add(text("name"), role_of(text("role")))}}, {}};
    }
    if (verb == "keys") {
        return {{{"keys", verbs.keys.list()}}, {}};
    }
    if (verb == "revoke_key") {
        verbs.keys.revoke(text("name"));
        return {Json::object(), {}};
    }
    if (verb == "signing_keys") {
        return {{{"keys", verbs.signing.list()}}, {}};
    }
    if (verb == "make_signing_key") {
        return {verbs.signing.make(head.at("order")), {}};
    }
    if (verb == "rotate_signing_key") {
        return {verbs.signing.rotate(text("id"), text("use")), {}};
    }
    if (verb == "retire_signing_key") {
        return {verbs.signing.retire(text("id"), text("reason")), {}};
    }
    if (verb == "compromise_signing_key") {
        // As many documents as there are: as bytes, which may be more than a head.
        Json answer = verbs.signing.compromise(text("id"), text("reason"));
        return {Json::object(), to_bytes(as_bytes(answer.dump()))};
    }
    if (verb == "retry_pin") {
        return {verbs.signing.retry_pin(text("id")), {}};
    }
    throw Error(ErrorCode::NotFound,
                "the server does not know the verb \"" + verb + "\"; is it an older yinxin?");
}

Message answer_or_error(const Verbs& verbs, const Message& request) {
    try {
        return answer(verbs, request);
    } catch (const Json::exception&) {
        return {error_to_json(Error(ErrorCode::Malformed, "a request that is not as agreed")), {}};
    } catch (const std::exception& error) {
        return {error_to_json(error), {}};
    }
}

}  // namespace

struct ControlServer::Impl {
    Impl(const std::filesystem::path& path, Verbs known)
        : socket(path), verbs(std::move(known)), listener(Channel::listen(path)) {}

    const std::filesystem::path socket;
    const Verbs verbs;
    Channel listener;
    std::thread thread;
    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;
    std::set<int> open;  // connections, so that waiting ones can be woken

    void accept_all();
    void converse(Channel channel);
};

void ControlServer::Impl::accept_all() {
    for (;;) {
        Channel channel(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        const bool no_room = channel.fd() < 0 && (errno == EMFILE || errno == ENFILE ||
                                                  errno == ENOBUFS || errno == ENOMEM);
        std::unique_lock lock(mutex);
        if (no_room) {  // the connection stays in the queue and would be offered at once again
            changed.wait_for(lock, kBackOff, [this] { return stopping; });
        }
        if (stopping) {
            return;
        }
        if (channel.fd() < 0 || !channel.peer_is_same_user() || open.size() >= kConnectionsMax) {
            continue;
        }
        const int fd = channel.fd();
        open.insert(fd);
        try {
            std::thread([this, taken = std::move(channel)]() mutable {
                converse(std::move(taken));
            }).detach();
        } catch (const std::system_error& error) {
            open.erase(fd);
            spdlog::error("control socket: {}", error.what());
        }
    }
}

void ControlServer::Impl::converse(Channel channel) {
    try {
        while (const auto request = channel.receive()) {
            channel.send(answer_or_error(verbs, *request), kSendDeadline);
        }
    } catch (const Error& error) {
        spdlog::debug("control socket: {}", error.what());
    }
    const std::lock_guard lock(mutex);
    open.erase(channel.fd());
    changed.notify_all();
}

ControlServer::ControlServer(const std::filesystem::path& socket,
                             UseCases use_cases,
                             KeyUseCases keys,
                             KeyUses signing_keys,
                             SealUseCases seals)
    : impl_(std::make_unique<Impl>(
          socket,
          Verbs{
              std::move(use_cases), std::move(keys), std::move(signing_keys), std::move(seals)})) {
    impl_->thread = std::thread([this] { impl_->accept_all(); });
}

ControlServer::~ControlServer() {
    std::error_code ignored;
    std::filesystem::remove(impl_->socket, ignored);
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
        impl_->changed.notify_all();
        for (const int fd : impl_->open) {
            ::shutdown(fd, SHUT_RD);  // ends the wait for another request; an answer still goes out
        }
    }
    ::shutdown(impl_->listener.fd(), SHUT_RDWR);
    impl_->thread.join();
    std::unique_lock lock(impl_->mutex);
    impl_->changed.wait(lock, [this] { return impl_->open.empty(); });
}

namespace {

bool listens(const std::filesystem::path& socket) {
    try {
        Channel::connect(socket);
        return true;
    } catch (const Error&) {
        return false;
    }
}

/// One question and its answer, on a connection of its own.
class Call {
  public:
    explicit Call(std::filesystem::path socket) : socket_(std::move(socket)) {}

    Message operator()(Json head, ByteView body = {}) const {
        Channel channel = Channel::connect(socket_);
        channel.send({std::move(head), to_bytes(body)});
        auto reply = channel.receive();
        if (!reply) {
            throw Error(ErrorCode::Unavailable, "the server stopped before it answered; ask again");
        }
        rethrow_if_error(reply->head);
        return std::move(*reply);
    }

  private:
    std::filesystem::path socket_;
};

}  // namespace

std::optional<KeyUseCases> remote_key_use_cases(const std::filesystem::path& socket) {
    if (!listens(socket)) {
        return std::nullopt;
    }
    const Call call(socket);
    return KeyUseCases{
        .add =
            [call](const std::string& name, Role role) {
                const Json head{{"verb", "add_key"}, {"name", name}, {"role", to_text(role)}};
                return call(head).head.at("key").get<std::string>();
            },
        .list =
            [call] {
                return call({{"verb", "keys"}}).head.at("keys");
            },
        .revoke =
            [call](const std::string& name) {
                call({{"verb", "revoke_key"}, {"name", name}});
            }};
}

std::optional<KeyUses> remote_key_uses(const std::filesystem::path& socket) {
    if (!listens(socket)) {
        return std::nullopt;
    }
    const Call call(socket);
    return KeyUses{
        .list =
            [call] {
                return call({{"verb", "signing_keys"}}).head.at("keys");
            },
        .make =
            [call](const Json& order) {
                return call({{"verb", "make_signing_key"}, {"order", order}}).head;
            },
        .rotate =
            [call](const std::string& id, const std::string& use) {
                return call({{"verb", "rotate_signing_key"}, {"id", id}, {"use", use}}).head;
            },
        .retire =
            [call](const std::string& id, const std::string& reason) {
                return call({{"verb", "retire_signing_key"}, {"id", id}, {"reason", reason}}).head;
            },
        .compromise =
            [call](const std::string& id, const std::string& reason) {
                return Json::parse(
                    call({{"verb", "compromise_signing_key"}, {"id", id}, {"reason", reason}})
                        .body);
            },
        .retry_pin =
            [call](const std::string& id) {
                return call({{"verb", "retry_pin"}, {"id", id}}).head;
            }};
}

std::optional<SealUseCases> remote_seal_use_cases(const std::filesystem::path& socket) {
    if (!listens(socket)) {
        return std::nullopt;
    }
    const Call call(socket);
    return SealUseCases{
        .create =
            [call](const Json& order, ByteView picture) {
                return call({{"verb", "create_seal"}, {"order", order}}, picture).head;
            },
        .replace =
            [call](const std::string& id,
                   const Json& order,
                   ByteView picture,
                   const std::string& reason) {
                const Json head{
                    {"verb", "replace_seal"}, {"id", id}, {"order", order}, {"reason", reason}};
                return call(head, picture).head;
            },
        .take_in =
            [call](ByteView file) {
                return call({{"verb", "import_seal"}}, file).head;
            },
        .expire =
            [call](const std::string& id, const std::string& reason) {
                return call({{"verb", "expire_seal"}, {"id", id}, {"reason", reason}}).head;
            },
        .list =
            [call] {
                return call({{"verb", "seals"}}).head.at("seals");
            },
        .show =
            [call](const std::string& id) {
                return call({{"verb", "show_seal"}, {"id", id}}).head;
            }};
}

std::optional<UseCases> remote_use_cases(const std::filesystem::path& socket) {
    if (!listens(socket)) {
        return std::nullopt;
    }
    const Call call(socket);
    const auto issued = [](Json head) {
        return IssueAnswer{.body = std::move(head.at("body")), .replayed = head.at("replayed")};
    };

    UseCases use;
    use.issue = [call, issued](const Caller&, const IssueRequest& request) {
        return issued(call({{"verb", "issue"},
                            {"type", request.type},
                            {"data", request.data},
                            {"options", request.options},
                            {"idempotency_key", request.idempotency_key}})
                          .head);
    };
    use.replace = [call, issued](const Caller&,
                                 const std::string& id,
                                 const Json& data,
                                 const std::string& reason,
                                 const std::string& key) {
        return issued(call({{"verb", "replace"},
                            {"id", id},
                            {"data", data},
                            {"reason", reason},
                            {"idempotency_key", key}})
                          .head);
    };
    use.revoke = [call](const Caller&,
                        const std::string& id,
                        const std::string& reason,
                        const std::string& key) {
        return call({{"verb", "revoke"}, {"id", id}, {"reason", reason}, {"idempotency_key", key}})
            .head;
    };
    use.document = [call](const Caller&, const std::string& id) {
        return call({{"verb", "document"}, {"id", id}}).head;
    };
    use.pdf = [call](const Caller&, const std::string& id, std::optional<int> revision) {
        Json head{{"verb", "pdf"}, {"id", id}};
        if (revision) {
            head["revision"] = *revision;
        }
        Message reply = call(std::move(head));
        return Service::File{.pdf = std::move(reply.body),
                             .sha256 = reply.head.at("sha256"),
                             .file_name = reply.head.at("file_name"),
                             .revision = reply.head.at("revision")};
    };
    use.extend = [call](const Caller&, const std::string& id, const std::string& level) {
        return call({{"verb", "extend"}, {"id", id}, {"level", level}}).head;
    };
    use.seal = [call](const Caller&, ByteView file, const Json& options) {
        Message reply = call({{"verb", "seal"}, {"options", options}}, file);
        return Service::Sealed{std::move(reply.body), std::move(reply.head.at("body"))};
    };
    use.verify_code = [call](const std::string& code) {
        return call({{"verb", "verify_code"}, {"code", code}}).head;
    };
    use.verify_fact = [call](const Json& request) {
        return call({{"verb", "verify_fact"}, {"request", request}}).head;
    };
    use.verify_file = [call](ByteView file, const std::string&) {
        return call({{"verb", "verify_file"}}, file).head;
    };
    return use;
}

}  // namespace yinxin::server
