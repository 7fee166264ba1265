// SPDX-License-Identifier: Apache-2.0
#include "server/ipc/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "common/error.h"

namespace yinxin::server {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr int kDepthMax = 64;  // a document's data (limits::json_depth_max) inside a request

/// When a whole frame has to be over; never, for a zero deadline.
class Deadline {
  public:
    explicit Deadline(Milliseconds span)
        : limited_(span > Milliseconds::zero()), end_(SteadyClock::now() + span) {}

    /// Waits for readiness. Throws Error{Unavailable} when time is up.
    void wait_for(int fd, short events) const {
        for (;;) {
            pollfd entry{.fd = fd, .events = events, .revents = 0};
            const int ready = ::poll(&entry, 1, remaining_ms());
            if (ready > 0) {
                return;  // readable, writable, or an error that the next call names
            }
            if (ready == 0) {
                throw Error(ErrorCode::Unavailable, "no answer in time");
            }
            if (errno != EINTR) {
                throw Error(ErrorCode::Unavailable, std::strerror(errno));
            }
        }
    }

  private:
    int remaining_ms() const {
        if (!limited_) {
            return -1;
        }
        const auto left = std::chrono::ceil<Milliseconds>(end_ - SteadyClock::now()).count();
        return left > 0 ? static_cast<int>(left) : 0;
    }

    bool limited_;
    SteadyClock::time_point end_;
};

void put_u32(std::uint8_t* to, std::size_t value) {
    for (int i = 0; i < 4; ++i) {
        to[i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
}

std::size_t get_u32(const std::uint8_t* from) {
    std::size_t value = 0;
    for (int i = 3; i >= 0; --i) {
        value = value << 8 | from[i];
    }
    return value;
}

/// Reads exactly `into.size()` bytes; false when the other side closed before the first of them.
bool read_all(int fd, std::span<std::uint8_t> into, const Deadline& deadline) {
    std::size_t got = 0;
    while (got < into.size()) {
        const ssize_t n = ::recv(fd, into.data() + got, into.size() - got, MSG_DONTWAIT);
        if (n > 0) {
            got += static_cast<std::size_t>(n);
        } else if (n == 0 || errno == ECONNRESET) {
            if (got == 0) {
                return false;
            }
            throw Error(ErrorCode::Unavailable, "the other side closed inside a message");
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            deadline.wait_for(fd, POLLIN);
        } else if (errno != EINTR) {
            throw Error(ErrorCode::Unavailable, std::strerror(errno));
        }
    }
    return true;
}

nlohmann::json parse_head(ByteView text) {
    const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > kDepthMax) {
            throw Error(ErrorCode::Malformed, "a message is nested too deeply");
        }
        return true;
    };
    auto head = nlohmann::json::parse(text.begin(), text.end(), shallow, false);
    if (!head.is_object()) {
        throw Error(ErrorCode::Malformed, "a message without a JSON object");
    }
    return head;
}

struct CodeName {
    ErrorCode code;
    std::string_view name;
};
constexpr std::array kCodeNames{
    CodeName{ErrorCode::Malformed, "malformed"},
    CodeName{ErrorCode::Unauthorized, "unauthorized"},
    CodeName{ErrorCode::Forbidden, "forbidden"},
    CodeName{ErrorCode::NotFound, "not_found"},
    CodeName{ErrorCode::Conflict, "conflict"},
    CodeName{ErrorCode::TooLarge, "too_large"},
    CodeName{ErrorCode::Invalid, "invalid"},
    CodeName{ErrorCode::Mismatch, "mismatch"},
    CodeName{ErrorCode::TooMany, "too_many"},
    CodeName{ErrorCode::Refused, "refused"},
    CodeName{ErrorCode::Unavailable, "unavailable"},
    CodeName{ErrorCode::StorageFull, "storage_full"},
    CodeName{ErrorCode::Internal, "internal"},
};

/// One byte that carries one descriptor (SCM_RIGHTS), on its way out or with room for one to come.
struct DescriptorMessage {
    DescriptorMessage() {
        header.msg_iov = &data;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
    }
    DescriptorMessage(const DescriptorMessage&) = delete;
    DescriptorMessage& operator=(const DescriptorMessage&) = delete;

    /// nullptr when a message came without any.
    cmsghdr* rights() { return CMSG_FIRSTHDR(&header); }

    std::uint8_t mark = 1;
    iovec data{&mark, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
};

/// A directory's descriptor, so that a socket in it has a short name however deep it lies (sun_path
/// holds 108 bytes).
class Folder {
  public:
    explicit Folder(const std::filesystem::path& path)
        : fd_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
    ~Folder() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    sockaddr_un address(const std::filesystem::path& name) const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string text = "/proc/self/fd/" + std::to_string(fd_) + "/" + name.string();
        if (fd_ < 0 || text.size() >= sizeof address.sun_path) {
            throw Error(ErrorCode::Unavailable, "no socket can be reached at " + name.string());
        }
        std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
        return address;
    }

  private:
    int fd_;
};

std::filesystem::path folder_of(const std::filesystem::path& socket) {
    return socket.has_parent_path() ? socket.parent_path() : std::filesystem::path(".");
}

}  // namespace

Channel::~Channel() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

Channel::Channel(Channel&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Channel& Channel::operator=(Channel&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

void Channel::send(const nlohmann::json& head_json, ByteView body, Milliseconds span) {
    // What came in as JSON is valid UTF-8 already; only the text of an error can hold something
    // else.
    const std::string head =
        head_json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (head.size() > ipc_head_bytes_max || body.size() > ipc_body_bytes_max) {
        throw Error(ErrorCode::TooLarge, "a message between yinxin's processes is too large");
    }
    std::array<std::uint8_t, 8> lengths{};
    put_u32(lengths.data(), head.size());
    put_u32(lengths.data() + 4, body.size());

    const std::array<ByteView, 3> parts{ByteView(lengths), as_bytes(head), body};
    const std::size_t total = lengths.size() + head.size() + body.size();
    const Deadline deadline(span);
    for (std::size_t sent = 0; sent < total;) {
        std::array<iovec, 3> rest{};
        std::size_t count = 0;
        std::size_t skip = sent;
        for (const ByteView part : parts) {
            if (skip >= part.size()) {
                skip -= part.size();
                continue;
            }
            const ByteView left = part.subspan(skip);
            skip = 0;
            rest.at(count++) = {const_cast<std::uint8_t*>(left.data()), left.size()};
        }
        msghdr header{};
        header.msg_iov = rest.data();
        header.msg_iovlen = count;
        const ssize_t n = ::sendmsg(fd_, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            sent += static_cast<std::size_t>(n);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            deadline.wait_for(fd_, POLLOUT);
        } else if (errno != EINTR) {
            throw Error(ErrorCode::Unavailable, "the other side is gone");
        }
    }
}

std::optional<Message> Channel::receive(Milliseconds span, std::size_t body_bytes_max) {
    const Deadline deadline(span);
    std::array<std::uint8_t, 8> lengths{};
    if (!read_all(fd_, lengths, deadline)) {
        return std::nullopt;
    }
    const std::size_t head_size = get_u32(lengths.data());
    const std::size_t body_size = get_u32(lengths.data() + 4);
    if (head_size > ipc_head_bytes_max || body_size > body_bytes_max) {
        throw Error(ErrorCode::Malformed, "a message over the size limit");
    }
    Bytes head(head_size);
    Message message;
    message.body.resize(body_size);
    if ((head_size > 0 && !read_all(fd_, head, deadline)) ||
        (body_size > 0 && !read_all(fd_, message.body, deadline))) {
        throw Error(ErrorCode::Unavailable, "the other side closed inside a message");
    }
    message.head = parse_head(head);
    return message;
}

Channel Channel::connect(const std::filesystem::path& socket) {
    const Folder folder(folder_of(socket));
    const sockaddr_un address = folder.address(socket.filename());
    Channel channel(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (channel.fd_ < 0 ||
        ::connect(channel.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw Error(ErrorCode::Unavailable,
                    "nobody listens at " + socket.string() + ": " + std::strerror(errno));
    }
    return channel;
}

std::pair<Channel, Channel> Channel::pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw Error(ErrorCode::Unavailable, std::string("socketpair: ") + std::strerror(errno));
    }
    return {Channel(ends[0]), Channel(ends[1])};
}

int Channel::listen(const std::filesystem::path& socket) {
    std::error_code ignored;
    std::filesystem::remove(socket, ignored);
    const Folder folder(folder_of(socket));
    const sockaddr_un address = folder.address(socket.filename());
    Channel listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // The mode of the descriptor becomes that of the socket file, so that it never exists with a
    // wider one.
    if (listener.fd_ < 0 || ::fchmod(listener.fd_, 0600) != 0 ||
        ::bind(listener.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.fd_, 64) != 0) {
        throw Error(ErrorCode::Unavailable,
                    "cannot listen at " + socket.string() + ": " + std::strerror(errno));
    }
    return std::exchange(listener.fd_, -1);
}

bool Channel::peer_is_same_user() const {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

void Channel::pass(int fd) {
    DescriptorMessage message;
    cmsghdr* rights = message.rights();
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    while (::sendmsg(fd_, &message.header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        if (errno != EINTR) {
            throw Error(ErrorCode::Unavailable, "the other side is gone");
        }
    }
}

std::optional<Channel> Channel::take() {
    DescriptorMessage message;
    ssize_t n = 0;
    do {
        n = ::recvmsg(fd_, &message.header, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        return std::nullopt;
    }
    const cmsghdr* rights = message.rights();
    if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS ||
        rights->cmsg_len != CMSG_LEN(sizeof(int))) {
        throw Error(ErrorCode::Malformed, "a message without a descriptor");
    }
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    return Channel(fd);
}

nlohmann::json error_to_json(const std::exception& error) {
    const auto* own = dynamic_cast<const Error*>(&error);
    const ErrorCode code = own != nullptr ? own->code() : ErrorCode::Internal;
    std::string_view name = "internal";
    for (const CodeName& entry : kCodeNames) {
        if (entry.code == code) {
            name = entry.name;
        }
    }
    auto fields = nlohmann::json::array();
    if (own != nullptr) {
        for (const FieldError& field : own->fields()) {
            fields.push_back(
                {{"pointer", field.pointer}, {"rule", field.rule}, {"detail", field.detail}});
        }
    }
    return {{"error", {{"code", name}, {"detail", error.what()}, {"fields", std::move(fields)}}}};
}

void rethrow_if_error(const nlohmann::json& head) {
    const auto found = head.find("error");
    if (found == head.end()) {
        return;
    }
    if (!found->is_object()) {
        throw Error(ErrorCode::Malformed, "an error that is not an object");
    }
    const auto text = [](const nlohmann::json& object, const char* key) {
        const auto member = object.find(key);
        return member != object.end() && member->is_string() ? member->get<std::string>()
                                                             : std::string();
    };
    const std::string name = text(*found, "code");
    ErrorCode code = ErrorCode::Internal;
    for (const CodeName& entry : kCodeNames) {
        if (entry.name == name) {
            code = entry.code;
        }
    }
    std::vector<FieldError> fields;
    if (const auto list = found->find("fields"); list != found->end() && list->is_array()) {
        for (const auto& field : *list) {
            if (field.is_object()) {
                fields.push_back(
                    {text(field, "pointer"), text(field, "rule"), text(field, "detail")});
            }
        }
    }
    throw Error(code, text(*found, "detail"), std::move(fields));
}

}  // namespace yinxin::server
