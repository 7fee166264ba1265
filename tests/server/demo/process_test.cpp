// SPDX-License-Identifier: Apache-2.0
#include "server/demo/process.h"

#include <signal.h>

#include <filesystem>

#include "keys/crypto/random.h"
#include "keys/demo_pki.h"
#include "keys/key_store.h"
#include "server/http_client.h"
#include "tests/server/loopback_peer.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using Beside = DemoPkiProcess::Beside;

class DemoPkiProcessTest : public testing::Test {
  protected:
    DemoPkiProcessTest() {
        std::filesystem::create_directory(folder_.path() / "keys");
        config_.dir = folder_.path();
        config_.demo = true;
        config_.passphrase_file = config_.keys_dir() / "passphrase";
        keys::create_passphrase(config_.passphrase_file, random_);
        keys::DemoPki pki({config_.keys_dir(), config_.pki_dir()},
                          keys::read_passphrase(config_.passphrase_file),
                          random_);
        pki.create(SystemClock().now(), keys::demo_families().first(1));
        const tests::LoopbackPeer gone([](const tests::PeerConnection&) {});
        config_.demo_pki_listen = gone.entry();
    }
    int status_of(const std::string& path) {
        CurlHttpClient client({config_.demo_pki_listen});
        HttpRequest request;
        request.url = config_.demo_pki_url() + path;
        request.deadline = 20s;
        return client.send(request).status;
    }

    tests::TemporaryFolder folder_;
    keys::OpenSslRandom random_;
    Config config_;
};

TEST_F(DemoPkiProcessTest, AnswersUntilItsOwnerGoes) {
    {
        DemoPkiProcess process(config_, Beside::StandBy);
        process.wait_ready(20s);
        EXPECT_EQ(status_of("/crl/demo-ca.crl"), 200);
        EXPECT_GT(process.pid(), 0);
    }
    EXPECT_THROW(status_of("/crl/demo-ca.crl"), Error);
}

TEST_F(DemoPkiProcessTest, IsReplacedWhenItIsKilled) {
    DemoPkiProcess process(config_, Beside::StandBy);
    process.wait_ready(20s);
    const pid_t pid = process.pid();
    ASSERT_GT(pid, 0);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    process.wait_ready(20s);
    EXPECT_EQ(status_of("/crl/demo-ca.crl"), 200);
}

TEST_F(DemoPkiProcessTest, IsNotStartedBesideAnother) {
    auto first = std::make_unique<DemoPkiProcess>(config_, Beside::Use);
    first->wait_ready(20s);
    EXPECT_GT(first->pid(), 0);
    DemoPkiProcess guest(config_, Beside::Use);
    guest.wait_ready(20s);
    EXPECT_EQ(guest.pid(), -1);

    DemoPkiProcess next(config_, Beside::StandBy);
    next.wait_ready(20s);
    first.reset();
    next.wait_ready(20s);  // took over
    EXPECT_EQ(status_of("/crl/demo-ca.crl"), 200);
}

TEST_F(DemoPkiProcessTest, SaysWhenSomethingElseHasThePort) {
    const tests::LoopbackPeer stranger([](const tests::PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    });
    config_.demo_pki_listen = stranger.entry();
    DemoPkiProcess process(config_, Beside::Use);
    EXPECT_ERROR(process.wait_ready(100ms), Unavailable, "another program has the port");
}

TEST_F(DemoPkiProcessTest, SaysWhatKeepsItFromStarting) {
    std::filesystem::permissions(config_.passphrase_file, std::filesystem::perms(0644));
    DemoPkiProcess open_to_all(config_, Beside::Use);
    EXPECT_ERROR(open_to_all.wait_ready(), Forbidden, "passphrase");
    config_.demo = false;
    EXPECT_ERROR(DemoPkiProcess(config_, Beside::Use), Forbidden, "is no demo");
}

TEST_F(DemoPkiProcessTest, ListensOnLoopbackOnly) {
    DemoPkiProcess process(
        [this] {
            config_.demo_pki_listen = "0.0.0.0:8081";
            return config_;
        }(),
        Beside::StandBy);
    EXPECT_ERROR(process.wait_ready(), Invalid, "no loopback address");
}

}  // namespace
}  // namespace yinxin::server
