// SPDX-License-Identifier: Apache-2.0
// The nest with a reader that does what a file taken over by an attacker could make it do: the text
// of the file says what. Whatever it is not told is a file without seals.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "common/error.h"
#include "server/inspector/changed_pages.h"
#include "server/inspector/nest.h"
#include "verify/report.h"

namespace {

using namespace yinxin;
using nlohmann::json;

/// The compiler must not see that it never ends.
std::atomic<bool> for_ever{true};

[[noreturn]] json spin() {
    while (for_ever) {
    }
    std::abort();
}

[[noreturn]] json wait_for_ever() {
    ::poll(nullptr, 0, -1);
    std::abort();
}

/// MiB of memory that can be had.
int map_all() {
    constexpr std::size_t kStep = 1u << 20;
    int count = 0;
    for (;; ++count) {
        void* at = ::mmap(nullptr,
                          kStep,
                          PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
                          -1,
                          0);
        if (at == MAP_FAILED) {
            return count;
        }
    }
}

/// Through a call that is allowed, so that the question itself is.
json open_descriptors() {
    auto open = json::array();
    for (int fd = 0; fd < 1024; ++fd) {
        char byte = 0;
        if (::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EBADF) {
            open.push_back(fd);
        }
    }
    return {{"descriptors", open}};
}

json allowed(long result) {
    return {{"allowed", result}};
}

json painted(std::string_view picture) {
    return server::to_json({server::ChangedPage{1, {}, to_bytes(as_bytes(picture))}});
}

const std::map<std::string_view, std::function<json()>>& deeds() {
    static const std::map<std::string_view, std::function<json()>> all{
        {"pid",
         [] {
             return json{{"pid", ::getpid()}};
         }},
        {"spin", spin},
        {"wait", wait_for_ever},
        {"map",
         [] {
             return json{{"mib", map_all()}};
         }},
        {"eat",
         []() -> json {
             map_all();
             throw std::bad_alloc();
         }},
        {"crash",
         [] {
             *static_cast<volatile int*>(nullptr) = 1;
             return json();
         }},
        {"leave", []() -> json { std::_Exit(0); }},
        {"descriptors", open_descriptors},
        {"nonsense",
         [] {
             return json{{"integrity", 7}, {"signatures", "none"}};
         }},
        {"ended",
         [] {
             return json{{"ended", {1, 2}}};
         }},
        // what an honest painter answers, and the same with a picture that is none
        {"picture", [] { return painted("\x89PNG\r\n\x1a\n and so on"); }},
        {"no picture", [] { return painted("<svg onload='x'>"); }},
        {"invariant", []() -> json { throw Error(ErrorCode::Internal, "broken invariant"); }},
        {"open", [] { return allowed(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }},
        {"socket", [] { return allowed(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }},
        {"socketpair",
         [] {
             int ends[2];
             return allowed(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
         }},
        {"fork", [] { return allowed(::fork()); }},
        {"exec", [] { return allowed(::execl("/bin/true", "true", nullptr)); }},
        {"kill", [] { return allowed(::kill(::getppid(), 0)); }},
        {"ptrace", [] { return allowed(::ptrace(PTRACE_TRACEME)); }},
        {"shared memory", [] { return allowed(::memfd_create("x", 0)); }},
        {"font folder",
         [] { return allowed(::open("/usr/share/fonts", O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }},
        {"write",
         [] {
             return allowed(::open("/usr/share/fonts/x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
         }},
        {"owner",
         [] {
             return allowed(
                 ::fcntl(::open("/usr/share/fonts", O_RDONLY | O_CLOEXEC), F_SETOWN, ::getppid()));
         }},
        {"truncate",
         [] {
             return allowed(
                 ::open("/usr/share/fonts", O_RDONLY | O_DIRECTORY | O_TRUNC | O_CLOEXEC) >= 0 ? 0
                 : errno == EPERM ? -1   // by the filter
                                  : 1);  // only because it is a folder
         }},
        {"code", [] {
             return allowed(
                 ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                 MAP_FAILED);
         }}};
    return all;
}

json read_file(const json&, ByteView file) {
    const auto deed = deeds().find(as_text(file));
    if (deed != deeds().end()) {
        return deed->second();
    }
    verify::DocumentReport report;
    report.integrity = as_text(file).starts_with("%PDF") ? verify::Integrity::Unreadable
                                                         : verify::Integrity::Unsigned;
    report.pages = static_cast<int>(file.size());
    return verify::to_json(report);
}

}  // namespace

int main() {
    server::Channel door(3);
    const auto order = door.receive();
    if (!order) {
        return 0;
    }
    const server::NestOptions options{
        .children = order->head.at("children").get<unsigned>(),
        .limits = {.cpu_seconds = 1,
                   .memory_bytes = 64u << 20,
                   .readable = order->head.value("readable", std::vector<std::string>{})},
        .wall = std::chrono::milliseconds(order->head.value("wall_ms", 20'000))};
    server::keep_nest(door, options, read_file);
    std::_Exit(0);
}
