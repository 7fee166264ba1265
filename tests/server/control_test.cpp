// SPDX-License-Identifier: Apache-2.0
#include "server/control.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <filesystem>
#include <thread>

#include "common/error.h"
#include "server/ipc/channel.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;

class ControlSocket : public testing::Test {
  protected:
    void SetUp() override {
        use_.issue = [this](const Caller& caller, const IssueRequest& request) {
            during_issue_();
            return IssueAnswer{.body = {{"caller", caller.id},
                                        {"admin", caller.admin},
                                        {"type", request.type},
                                        {"data", request.data},
                                        {"options", request.options},
                                        {"key", request.idempotency_key}},
                               .replayed = true};
        };
        use_.pdf = [](const Caller&, const std::string& id, std::optional<int> revision) {
            return Service::File{.pdf = Bytes(3u << 20, 7),
                                 .sha256 = "ab",
                                 .file_name = id,
                                 .revision = revision.value_or(9)};
        };
        use_.verify_code = [](const std::string& code) -> Json {
            throw Error(ErrorCode::Malformed, "typing error", {{"/code", "check_symbol", code}});
        };
        use_.verify_file = [](ByteView file, const std::string&) {
            return Json{{"bytes", file.size()}};
        };
    }

    const tests::TemporaryFolder folder_;
    const std::filesystem::path socket_ = folder_.path() / "control.sock";
    UseCases use_;
    KeyUseCases keys_;
    std::function<void()> during_issue_ = [] {};
};

TEST_F(ControlSocket, CarriesCallsFilesAndErrors) {
    const ControlServer server(socket_, use_, keys_);
    struct stat info {};
    ASSERT_EQ(::stat(socket_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);

    const auto remote = remote_use_cases(socket_);
    ASSERT_TRUE(remote);
    const IssueAnswer answer = remote->issue({.id = "somebody"},
                                             {.type = "invoice",
                                              .data = {{"a", "王𠮷"}},
                                              .options = {{"level", "B-B"}},
                                              .idempotency_key = "k"});
    EXPECT_TRUE(answer.replayed);
    EXPECT_EQ(answer.body,
              (Json{{"caller", "admin"},
                    {"admin", true},
                    {"type", "invoice"},
                    {"data", {{"a", "王𠮷"}}},
                    {"options", {{"level", "B-B"}}},
                    {"key", "k"}}));
    EXPECT_EQ(remote->pdf({}, "id", std::nullopt).revision, 9);
    const Service::File file = remote->pdf({}, "id", 2);
    EXPECT_EQ(file.revision, 2);
    EXPECT_EQ(file.pdf, Bytes(3u << 20, 7));
    EXPECT_EQ(remote->verify_file(Bytes(1234), ""), (Json{{"bytes", 1234}}));
    try {
        remote->verify_code("2222");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Malformed);
        ASSERT_EQ(error.fields().size(), 1u);
        EXPECT_EQ(error.fields()[0].detail, "2222");
    }
}

TEST_F(ControlSocket, CarriesTheKeysOfCallers) {
    keys_.add = [](const std::string& name, Role role) { return name + " as " + to_text(role); };
    keys_.list = [] { return Json::array({{{"name", "bank"}}}); };
    keys_.revoke = [](const std::string& name) {
        throw Error(ErrorCode::NotFound, "there is no API key " + name);
    };
    EXPECT_FALSE(remote_key_use_cases(socket_));
    const ControlServer server(socket_, use_, keys_);
    const auto remote = remote_key_use_cases(socket_);
    ASSERT_TRUE(remote);
    EXPECT_EQ(remote->add("bank", Role::Verifier), "bank as verifier");
    EXPECT_EQ(remote->list(), keys_.list());
    try {
        remote->revoke("nobody");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::NotFound);
    }
}

TEST_F(ControlSocket, AnswersNonsenseWithAnError) {
    const ControlServer server(socket_, use_, keys_);
    for (const Json& head : {Json::object(),
                             Json{{"verb", 1}},
                             Json{{"verb", "fly"}},
                             Json{{"verb", "issue"}},
                             Json{{"verb", "add_key"}, {"name", "a"}, {"role", "king"}},
                             Json{{"verb", "pdf"}, {"id", 5}}}) {
        Channel channel = Channel::connect(socket_);
        channel.send({head, {}});
        const auto reply = channel.receive(5s);
        ASSERT_TRUE(reply);
        EXPECT_TRUE(reply->head.contains("error")) << head;
    }
}

TEST_F(ControlSocket, NobodyListensWithoutAServer) {
    EXPECT_FALSE(remote_use_cases(socket_));
    { const ControlServer server(socket_, use_, keys_); }
    EXPECT_FALSE(remote_use_cases(socket_));
    EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(ControlSocket, ReplacesTheSocketOfAServerThatWasKilled) {
    Channel(Channel::listen(socket_));
    EXPECT_TRUE(std::filesystem::exists(socket_));
    EXPECT_FALSE(remote_use_cases(socket_));
    const ControlServer server(socket_, use_, keys_);
    EXPECT_TRUE(remote_use_cases(socket_));
}

TEST_F(ControlSocket, AnswersWhatIsUnderWayBeforeItGoes) {
    // Every call is under way before the server begins to go, and ends after.
    std::atomic<int> entered{0};
    during_issue_ = [&] {
        ++entered;
        while (std::filesystem::exists(socket_)) std::this_thread::sleep_for(1ms);
    };
    auto server = std::make_unique<ControlServer>(socket_, use_, keys_);
    const auto remote = remote_use_cases(socket_);
    const Channel idle = Channel::connect(socket_);
    std::atomic<int> answered{0};
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 4; ++i) {
            callers.emplace_back([&] {
                remote->issue({}, {.type = "t", .data = {}, .options = {}, .idempotency_key = "k"});
                ++answered;
            });
        }
        while (entered < 4) std::this_thread::sleep_for(1ms);
        server.reset();  // does not wait for the idle one
    }
    EXPECT_EQ(answered, 4);
}

TEST_F(ControlSocket, WaitsQuietlyWhenThereAreNoDescriptorsLeft) {
    const ControlServer server(socket_, use_, keys_);
    const int mine = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_GE(mine, 0);
    Channel channel(mine);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = ::dup(mine);
    ASSERT_GE(next, 0);
    ::close(next);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(next);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.string().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::connect(mine, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::clock_t from = std::clock();
    std::this_thread::sleep_for(500ms);
    const double used = static_cast<double>(std::clock() - from) / CLOCKS_PER_SEC;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_LT(used, 0.1);
    channel.send({{{"verb", "pdf"}, {"id", "x"}}, {}});
    EXPECT_TRUE(channel.receive(5s));
}

}  // namespace
}  // namespace yinxin::server
