// SPDX-License-Identifier: Apache-2.0
// yinxin-painter: paints what somebody changed in a sealed file, each file in a forked child in the
// sandbox of the inspector. It is another program because it links Poppler, which is under the GPL
// and reads what our own reader refuses; nothing it says counts for a verdict.
#include <string>
#include <vector>

#include "common/limits.h"
#include "server/inspector/nest.h"
#include "server/inspector/paint.h"
#include "server/ipc/channel.h"

namespace {

using namespace yinxin;
using nlohmann::json;
using server::Channel;

/// What readers take for fonts that a file names and does not bring.
std::vector<std::string> fonts() {
    return {"/usr/share/fonts",
            "/usr/local/share/fonts",
            "/usr/share/poppler",
            "/usr/share/fontconfig",
            "/etc/fonts",
            "/var/cache/fontconfig"};
}

void serve(Channel& door) {
    const auto order = door.receive();
    if (!order) {
        return;
    }
    server::warm_up_painter();
    const server::NestOptions options{.children = order->head.at("children").get<unsigned>(),
                                      .limits = {.cpu_seconds = limits::painter_cpu_seconds,
                                                 .memory_bytes = limits::inspector_memory_bytes,
                                                 .readable = fonts()},
                                      .wall = std::chrono::seconds(limits::painter_wall_seconds)};
    server::keep_nest(door, options, [](const json& head, ByteView file) {
        return server::to_json(
            server::paint_changes(file, head.at("signed_bytes").get<std::size_t>()));
    });
}

}  // namespace

int main() {
    return server::run_at_door("yinxin-painter", serve);
}
