// SPDX-License-Identifier: Apache-2.0
// A child to keep: says hello and answers {"verb": "pid" | "die" | "leave" | "hang"}. Its argument
// is how it starts: "good", "refuses" (an error for a hello), "dies" (before the hello), "obeys"
// (says its order for a hello).
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <thread>

#include "common/error.h"
#include "server/ipc/channel.h"

using nlohmann::json;
using yinxin::server::Channel;

namespace {

json descriptors() {
    auto open = json::array();
    for (int fd = 0; fd < 256; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0) {
            open.push_back(fd);
        }
    }
    return open;
}

json environment() {
    auto names = json::array();
    for (char** entry = environ; *entry != nullptr; ++entry) {
        names.push_back(*entry);
    }
    return names;
}

void serve(Channel channel) {
    while (const auto request = channel.receive()) {
        const std::string verb = request->head.at("verb");
        if (verb == "die") {
            std::_Exit(7);
        }
        if (verb == "leave") {
            std::_Exit(0);
        }
        if (verb == "hang") {
            ::pause();
        }
        channel.send({json{{"pid", ::getpid()}}, request->body});
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    Channel door(3);
    if (mode == "dies") {
        return 9;
    }
    if (mode == "refuses") {
        const yinxin::Error why(yinxin::ErrorCode::Invalid, "no key is here");
        door.send({yinxin::server::error_to_json(why), {}});
        return 1;
    }
    json hello{{"descriptors", descriptors()}, {"environment", environment()}};
    if (mode == "once" || mode == "obeys") {
        hello = {{"order", door.receive()->head}};
    }
    door.send({hello, {}});
    if (mode == "once") {
        return 0;
    }
    while (auto connection = door.take()) {
        std::thread(serve, std::move(*connection)).detach();
    }
    std::_Exit(0);
}
