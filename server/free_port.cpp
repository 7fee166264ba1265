// SPDX-License-Identifier: Apache-2.0
#include "server/free_port.h"

#include <netdb.h>
#include <sys/socket.h>

#include <memory>

#include "server/ipc/channel.h"

namespace yinxin::server {

std::string with_free_port(const std::string& listen) {
    const auto colon = listen.rfind(':');
    if (listen.substr(colon + 1) != "0") {
        return listen;
    }
    std::string host = listen.substr(0, colon);
    if (host.front() == '[') {
        host = host.substr(1, host.size() - 2);
    }
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (::getaddrinfo(host.c_str(), "0", &hints, &list) != 0) {
        return listen;  // the listener says what is wrong with it
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found(list, &::freeaddrinfo);
    const Channel probe(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    char port[16] = "0";
    if (::bind(probe.fd(), found->ai_addr, found->ai_addrlen) == 0 &&
        ::getsockname(probe.fd(), reinterpret_cast<sockaddr*>(&bound), &size) == 0) {
        ::getnameinfo(reinterpret_cast<sockaddr*>(&bound),
                      size,
                      nullptr,
                      0,
                      port,
                      sizeof port,
                      NI_NUMERICSERV);
    }
    return listen.substr(0, colon + 1) + port;
}

}  // namespace yinxin::server
