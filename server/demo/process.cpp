// SPDX-License-Identifier: Apache-2.0
#include "server/demo/process.h"

#include <thread>

#include "common/error.h"
#include "common/files.h"
#include "keys/pki/certificate.h"
#include "server/http_client.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* kRoot = "demo-root";
constexpr std::size_t kCertificateBytesMax = 64u << 10;

Bytes root_of(const Config& config) {
    const Bytes text =
        read_public_file(config.pki_dir() / (std::string(kRoot) + ".pem"), kCertificateBytesMax);
    return keys::certificates_from_pem(as_text(text)).front();
}

}  // namespace

DemoPkiProcess::DemoPkiProcess(const Config& config, Beside beside) : url_(config.demo_pki_url()) {
    if (!config.demo) {
        throw Error(ErrorCode::Forbidden,
                    config.dir.string() + " is no demo: it has authorities of its own");
    }
    root_ = root_of(config);
    client_ = std::make_unique<CurlHttpClient>(std::vector<std::string>{config.demo_pki_listen});
    if (beside == Beside::Use && answers()) {
        return;
    }
    keeper_ = std::make_unique<Keeper>(ChildOptions{.program = find_program("yinxin-demo-pki"),
                                                    .arguments = {"serve",
                                                                  config.pki_dir().string(),
                                                                  config.passphrase_file.string(),
                                                                  config.demo_pki_listen}});
}

DemoPkiProcess::~DemoPkiProcess() = default;

bool DemoPkiProcess::answers() {
    HttpRequest request;
    request.url = url_ + "/ca/" + kRoot + ".cer";
    request.deadline = 1s;
    try {
        const HttpAnswer answer = client_->send(request);
        return answer.status == 200 && answer.body == root_;
    } catch (const Error&) {
        return false;
    }
}

void DemoPkiProcess::wait_ready(std::chrono::milliseconds deadline) {
    const auto end = SteadyClock::now() + deadline;
    const bool listening = keeper_ == nullptr || keeper_->wait_ready().value("listening", false);
    while (!answers()) {
        if (SteadyClock::now() >= end) {
            throw Error(ErrorCode::Unavailable,
                        listening ? "the demo PKI does not answer at " + url_
                                  : "another program has the port of the demo PKI, " + url_ +
                                        ": stop it, or make the demo with another --pki-port");
        }
        std::this_thread::sleep_for(20ms);
    }
}

pid_t DemoPkiProcess::pid() const {
    return keeper_ == nullptr ? -1 : keeper_->pid();
}

}  // namespace yinxin::server
