// SPDX-License-Identifier: Apache-2.0
#include "server/serve.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include "common/error.h"
#include "server/app.h"
#include "server/control.h"
#include "server/demo/process.h"
#include "server/free_port.h"
#include "server/http/server.h"
#include "server/inspector/pool.h"
#include "server/loopback_listener.h"
#include "server/service/recovery.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

sigset_t our_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        ::sigaddset(&set, signal);
    }
    return set;
}

void refuse_loose_limits(const Config& config) {
    const auto raised = raised_limits(config.limits);
    if (raised.empty() || config.demo || config.insecure_limits) {
        return;
    }
    std::string list;
    for (const std::string& limit : raised) {
        list += "\n  " + limit;
    }
    throw Error(ErrorCode::Forbidden,
                "these limits are looser than the defaults (in brackets):" + list +
                    "\nLower them, or say --insecure-limits if somebody else limits the callers");
}

InstanceLock take_lock(const Config& config) {
    for (const auto end = std::chrono::steady_clock::now() + 5s;;
         std::this_thread::sleep_for(50ms)) {
        if (auto lock = InstanceLock::try_take(config.lock_file())) {
            return std::move(*lock);
        }
        if (std::chrono::steady_clock::now() >= end) {
            throw Error(
                ErrorCode::Conflict,
                config.dir.string() + " is in use by process " +
                    InstanceLock::owner(config.lock_file()) +
                    ": an instance has one server. Stop that one first, or use another instance");
        }
    }
}

/// DIR/run/NAME: where the running server listens. There only while it answers.
class ListenFile {
  public:
    ListenFile(fs::path file, const std::string& listen) : file_(std::move(file)) {
        const fs::path fresh = file_.string() + ".new";
        std::ofstream stream(fresh);
        stream << listen << std::endl;
        std::error_code fault;
        if (!stream) {
            fault = std::make_error_code(std::errc::no_space_on_device);
        } else {
            fs::rename(fresh, file_, fault);
        }
        if (fault) {  // a convenience: whoever started us knows where we listen
            spdlog::warn("{} cannot be written: {}", file_.string(), fault.message());
        }
    }
    ~ListenFile() {
        std::error_code ignored;
        fs::remove(file_, ignored);
    }
    ListenFile(const ListenFile&) = delete;
    ListenFile& operator=(const ListenFile&) = delete;

  private:
    fs::path file_;
};

void await_stop(App& app) {
    const sigset_t signals = our_signals();
    for (;;) {
        int signal = 0;
        if (::sigwait(&signals, &signal) != 0 || signal != SIGHUP) {
            return;
        }
        try {
            app.forms().rescan();
            spdlog::info("read the forms again: {} loaded", app.forms().all().size());
            for (const pdf::FormFault& fault : app.forms().faults()) {
                spdlog::warn("{} {}: {}", fault.file, fault.pointer, fault.detail);
            }
        } catch (const std::exception& error) {
            spdlog::error("the forms stay as they were: {}", error.what());
        }
    }
}

/// Ends the process at a second request to stop, whatever is still under way: every acknowledged
/// document is durable.
void stop_at_second_signal() {
    std::thread([] {
        const sigset_t signals = our_signals();
        int signal = 0;
        do {
            ::sigwait(&signals, &signal);
        } while (signal == SIGHUP);
        std::_Exit(130);
    }).detach();
}

// A request to issue keeps its thread while it waits, a file to be read, too; lookups find others.
static_assert(3 * issue_workers_max + issue_queue_cap + inspections_waiting_max + 8 <
              http_threads_max);

/// /metrics, for whoever watches this instance.
SmallAnswer admin_answer(App& app, const SmallRequest& request) {
    SmallAnswer answer;
    if (request.target != "/metrics") {
        answer.status = 404;
    } else if (request.method != "GET") {
        answer.status = 405;
        answer.allow = "GET";
    } else {
        try {
            answer.content_type = metrics_type;
            answer.body = to_bytes(as_bytes(metrics_text(app.metrics())));
        } catch (const std::exception& error) {
            spdlog::warn("/metrics: {}", error.what());
            answer = {};
            answer.status = 503;
        }
    }
    return answer;
}

constexpr Recovery::Pauses kDebtPauses{.least = 1s, .most = 10s};

/// A demo's authorities. Without them it issues all the same, so what keeps them away is logged
/// only.
std::unique_ptr<DemoPkiProcess> start_demo_pki(const Config& config) {
    try {
        return config.demo
                   ? std::make_unique<DemoPkiProcess>(config, DemoPkiProcess::Beside::StandBy)
                   : nullptr;
    } catch (const std::exception& error) {
        spdlog::error("the demo PKI does not start: {}", error.what());
        return nullptr;
    }
}

void await_demo_pki(DemoPkiProcess& demo_pki) {
    try {
        demo_pki.wait_ready(2s);
    } catch (const std::exception& error) {
        spdlog::error("no time stamps and no OCSP for now: {}", error.what());
    }
}

Authenticator authenticator(Store& store) {
    return [&store](const std::string& key) -> std::optional<KeyOwner> {
        if (const auto found = store.find_api_key(key)) {
            return KeyOwner{.name = found->id, .role = found->role};
        }
        return std::nullopt;
    };
}

}  // namespace

void serve(Config config, const std::function<void(const Config&)>& ready) {
    const sigset_t signals = our_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    refuse_loose_limits(config);
    const InstanceLock lock = take_lock(config);
    std::error_code ignored;
    for (const char* name : {"listen", "admin-listen"}) {  // of a server that was killed
        fs::remove(config.dir / "run" / name, ignored);
    }
    // Known before the service is made: in a demo it becomes part of every QR.
    if (const std::string listen = with_free_port(config.listen); listen != config.listen) {
        set_listen(config, listen);
    }
    const auto demo_pki = start_demo_pki(config);
    App app(config);
    HttpServer http({.config = app.config(),
                     .use_cases = use_cases(app.live()),
                     .authenticate = authenticator(app.store()),
                     .clock = app.clock(),
                     .random = app.random()});
    std::optional<ControlServer> control;
    control.emplace(config.control_socket(),
                    use_cases(app.live()),
                    key_use_cases(app.api_keys()),
                    app.keeper().uses(),
                    seal_use_cases(app.seals()));
    http.start();
    // What the last run left is settled before we say that we are ready, unless that takes long.
    std::optional<Recovery> recovery;
    recovery.emplace(
        [&app](const std::stop_token& stop) {
            return LiveService::Issuing(app.live())->recover(stop);
        },
        Recovery::Pauses{});
    std::optional<Recovery> debts;
    debts.emplace([&app](const std::stop_token& stop) { return app.live().now()->pay_debts(stop); },
                  kDebtPauses);
    std::optional<LoopbackListener> admin;
    std::optional<ListenFile> admin_file;
    if (const std::string& where = app.config().admin_listen; !where.empty()) {
        admin.emplace(where,
                      [&app](const SmallRequest& request) { return admin_answer(app, request); });
        admin_file.emplace(config.dir / "run" / "admin-listen",
                           where.substr(0, where.rfind(':') + 1) + std::to_string(admin->port()));
    }
    recovery->await_first(5s);
    // Keys are looked at before they are needed: now, and then once a day.
    std::optional<Recovery> preflight;
    preflight.emplace(
        [&app](const std::stop_token&) {
            app.live().now()->preflight();
            return std::size_t{1};  // never done
        },
        Recovery::Pauses{.least = 24h, .most = 24h});
    std::optional<ListenFile> listen_file;
    if (demo_pki != nullptr) {
        await_demo_pki(*demo_pki);
    }
    listen_file.emplace(config.dir / "run" / "listen", config.listen);
    ready(app.config());

    await_stop(app);
    stop_at_second_signal();
    spdlog::info("stopping: requests under way are answered first");
    listen_file.reset();
    http.drain_and_stop(10s);
    control.reset();
    preflight.reset();
    recovery.reset();
    debts.reset();
}

}  // namespace yinxin::server
