// SPDX-License-Identifier: Apache-2.0
// yinxin-demo-pki: the authorities of a demo, answering on loopback. It holds the demo's own
// throw-away keys and no key of an instance.
//   yinxin-demo-pki serve PKI_DIR PASSPHRASE_FILE ADDRESS:PORT
// Its door (descriptor 3) says {"listening": bool} and nothing more; when it closes, the process
// ends. While another process has the port it waits for it, so that one of several may go at any
// time.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "keys/key_store.h"
#include "server/demo/site.h"
#include "server/ipc/channel.h"
#include "server/loopback_listener.h"

namespace {

using namespace yinxin;
using server::Channel;

constexpr int kDoor = 3;
constexpr int kTryAgainMs = 500;

/// Null while another process has the port.
std::unique_ptr<server::LoopbackListener> try_listen(const std::string& listen,
                                                     const server::SmallHandler& handler) {
    try {
        return std::make_unique<server::LoopbackListener>(listen, handler);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Conflict) {
            throw;
        }
        return nullptr;
    }
}

int serve(const std::string& folder,
          const std::string& passphrase_file,
          const std::string& listen) {
    Channel door(kDoor);
    const SystemClock clock;
    keys::OpenSslRandom random;
    std::unique_ptr<server::DemoPkiSite> site;
    std::unique_ptr<server::LoopbackListener> listener;
    const server::SmallHandler handler = [&site](const server::SmallRequest& request) {
        return site->answer(request);
    };
    try {
        site = std::make_unique<server::DemoPkiSite>(
            folder, keys::read_passphrase(passphrase_file), clock, random);
        listener = try_listen(listen, handler);
    } catch (const std::exception& error) {
        door.send({server::error_to_json(error), {}});
        return 1;
    }
    door.send({{{"listening", listener != nullptr}}, {}});
    pollfd parent{.fd = kDoor, .events = POLLIN, .revents = 0};
    while (listener == nullptr && ::poll(&parent, 1, kTryAgainMs) == 0) {
        listener = try_listen(listen, handler);
    }
    while (door.take()) {  // nobody has anything to say to it
    }
    std::_Exit(0);  // requests under way are nobody's any more
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() != 4 || arguments[0] != "serve" || ::fcntl(kDoor, F_GETFD) < 0) {
        std::fputs("yinxin-demo-pki is started by yinxin\n", stderr);
        return 2;
    }
    ::signal(SIGPIPE, SIG_IGN);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_DUMPABLE, 0);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    try {
        return serve(arguments[1], arguments[2], arguments[3]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "yinxin-demo-pki: %s\n", error.what());
        return 1;
    }
}
