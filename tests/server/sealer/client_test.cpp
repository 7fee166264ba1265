// SPDX-License-Identifier: Apache-2.0
// The real sealer, started as the server starts it.
#include "server/sealer/client.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <thread>

#include "common/error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

Bytes sha256(ByteView bytes) {
    Bytes digest(SHA256_DIGEST_LENGTH);
    SHA256(bytes.data(), bytes.size(), digest.data());
    return digest;
}

class Sealer : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        place_ = std::make_unique<tests::TemporaryFolder>();
        dir_ = place_->path();
        std::filesystem::create_directories(dir_ / "keys");
        std::ofstream(dir_ / "keys/passphrase") << "correct horse\n";
        ::chmod((dir_ / "keys/passphrase").c_str(), 0600);
        made_ = ask_once({.program = find_program("yinxin-sealer"), .arguments = {"make"}},
                         {{"verb", "instance"},
                          {"demo", true},
                          {"dir", dir_.string()},
                          {"algorithm", "p256"},
                          {"organ", "示例市税务局"},
                          {"families", 1},
                          {"seal_key", "seal"},
                          {"token_key", "token"}});
    }
    static void TearDownTestSuite() { place_.reset(); }

    SealerClient start(std::chrono::milliseconds deadline = 5s) {
        return {dir_ / "keys", dir_ / "keys/passphrase", {}, deadline};
    }

    /// A report is signed over anything, so that the test needs no document.
    static Bytes sign_report(keys::PrivateKey& key) {
        const std::string text = "a report";
        const Bytes digest = sha256(as_bytes(text));
        return key.sign({.purpose = keys::KeyPurpose::Report,
                         .subject = "test",
                         .digest = digest,
                         .message = as_bytes(text)});
    }

    static bool signs_within(keys::PrivateKey& key, std::chrono::milliseconds span) {
        const auto end = std::chrono::steady_clock::now() + span;
        while (std::chrono::steady_clock::now() < end) {
            try {
                sign_report(key);
                return true;
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), ErrorCode::Unavailable) << error.what();
            }
        }
        return false;
    }

    static inline std::unique_ptr<tests::TemporaryFolder> place_;
    static inline std::filesystem::path dir_;
    static inline json made_;
};

TEST_F(Sealer, MakesADemosKeysAndSealRecords) {
    EXPECT_EQ(made_.at("seal_records").size(), 3u);
    for (const char* name : {"keys/seal.p8", "keys/token.p8"}) {
        struct stat info {};
        ASSERT_EQ(::stat((dir_ / name).c_str(), &info), 0) << name;
        EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
    }
    EXPECT_TRUE(std::filesystem::exists(dir_ / "pki/demo-root.pem"));
}

TEST_F(Sealer, DescribesItsKeysAndSigns) {
    SealerClient sealer = start();
    const auto key = sealer.key("seal");
    EXPECT_EQ(key->id(), "seal");
    EXPECT_EQ(key->algorithm(), keys::KeyAlgorithm::EcdsaP256);
    EXPECT_EQ(key->chain().size(), 2u);
    EXPECT_EQ(sign_report(*key).at(0), 0x30);
}

TEST_F(Sealer, CountsWhatItSigned) {
    SealerClient sealer = start();
    const auto key = sealer.key("seal");
    EXPECT_EQ(sealer.counts(), (json{{"seal", json::object()}, {"token", json::object()}}));
    sign_report(*key);
    sign_report(*key);
    EXPECT_EQ(sealer.counts(), (json{{"seal", {{"report", 2}}}, {"token", json::object()}}));
    EXPECT_GT(sealer.raw_signing_rate("seal", 50ms), 10.0);
    EXPECT_EQ(sealer.counts().at("seal"), (json{{"report", 2}}));
}

TEST_F(Sealer, DeclinesADigestThatIsNotOfTheMessage) {
    SealerClient sealer = start();
    const auto key = sealer.key("seal");
    const Bytes digest(32, 0);
    try {
        key->sign({.purpose = keys::KeyPurpose::Report,
                   .subject = "test",
                   .digest = digest,
                   .message = as_bytes("a report")});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Refused);
    }
    EXPECT_EQ(sealer.counts().at("seal"), json::object());
    EXPECT_NO_THROW(sign_report(*key)) << "the connection is still good";
}

TEST_F(Sealer, AnswersNonsenseWithAnErrorAndGoesOn) {
    SealerClient sealer = start();
    const pid_t pid = (sealer.wait_ready(), sealer.pid());
    for (const json& request : {json::object(),
                                json{{"verb", 5}},
                                json{{"verb", "fly"}},
                                json{{"verb", "sign"}},
                                json{{"verb", "sign"},
                                     {"key", "nobody"},
                                     {"purpose", "token"},
                                     {"subject", ""},
                                     {"digest", ""}},
                                json{{"verb", "sign"},
                                     {"key", "seal"},
                                     {"purpose", "love"},
                                     {"subject", ""},
                                     {"digest", ""}}}) {
        EXPECT_THROW(sealer.call({request, {}}), Error) << request;
    }
    EXPECT_EQ(sealer.pid(), pid);
}

TEST_F(Sealer, NamesTheKeysThereAre) {
    SealerClient sealer = start();
    try {
        sealer.key("other");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::NotFound);
        EXPECT_THAT(error.what(), HasSubstr("seal, token"));
    }
}

TEST_F(Sealer, HoldsNoKeyThatIsClosed) {
    SealerClient sealer(dir_ / "keys", dir_ / "keys/passphrase", {"token"});
    EXPECT_NO_THROW(sign_report(*sealer.key("seal")));
    try {
        sealer.key("token");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
        EXPECT_THAT(error.what(), HasSubstr("signs nothing more"));
    }
    const auto asked_all_the_same = sealer.key("token", start().key("token")->chain());
    try {
        sign_report(*asked_all_the_same);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    }
}

TEST_F(Sealer, OneBrokenTokenKeepsNoKeyFromSigning) {
    std::ofstream(dir_ / "keys/pepper") << std::string(32, 'p');
    ::chmod((dir_ / "keys/pepper").c_str(), 0600);
    std::ofstream(dir_ / "keys/hsm.p11") << "no URI\n";
    ::chmod((dir_ / "keys/hsm.p11").c_str(), 0600);
    SealerClient sealer = start();
    EXPECT_NO_THROW(sign_report(*sealer.key("seal")));
    try {
        sealer.key("hsm");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("PKCS#11 URI"));
    }
    std::filesystem::remove(dir_ / "keys/hsm.p11");
}

TEST_F(Sealer, SaysWhyItDoesNotStart) {
    const auto wrong = dir_ / "wrong-passphrase";
    std::ofstream(wrong) << "incorrect horse";
    ::chmod(wrong.c_str(), 0600);
    SealerClient closed(dir_ / "keys", wrong);
    EXPECT_THROW(closed.wait_ready(), Error);

    ::chmod(wrong.c_str(), 0644);
    SealerClient open_to_all(dir_ / "keys", wrong);
    try {
        open_to_all.wait_ready();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Forbidden);
    }
}

TEST_F(Sealer, SignsAgainAfterItWasKilled) {
    SealerClient sealer = start();
    const auto key = sealer.key("seal");
    for (int i = 0; i < 3; ++i) {
        sign_report(*key);
        const pid_t pid = sealer.pid();
        ASSERT_EQ(::kill(pid, SIGKILL), 0);
        ASSERT_TRUE(signs_within(*key, 10s));
        EXPECT_NE(sealer.pid(), pid);
    }
}

TEST_F(Sealer, KilledUnderLoadOnlyFailsWhatIsInFlight) {
    SealerClient sealer = start();
    const auto key = sealer.key("seal");
    std::atomic<int> good{0};
    std::atomic<int> unavailable{0};
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 4; ++i) {
            callers.emplace_back([&](const std::stop_token& stop) {
                while (!stop.stop_requested()) {
                    try {
                        ++(sign_report(*key).at(0) == 0x30 ? good : wrong);
                    } catch (const Error& error) {
                        ++(error.code() == ErrorCode::Unavailable ? unavailable : wrong);
                    }
                }
            });
        }
        for (int i = 0; i < 5; ++i) {
            std::this_thread::sleep_for(200ms);
            if (const pid_t pid = sealer.pid(); pid > 0) {
                ::kill(pid, SIGKILL);
            }
        }
    }
    EXPECT_GT(good, 20);
    EXPECT_GT(unavailable, 0);
    EXPECT_EQ(wrong, 0);
    EXPECT_TRUE(signs_within(*key, 10s));
}

/// kill() returns before every thread of the other process has stopped.
void wait_stopped(pid_t pid) {
    for (std::string state; state != "T";) {
        std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
        std::string number, name;
        stat >> number >> name >> state;
        std::this_thread::sleep_for(10ms);
    }
}

TEST_F(Sealer, ThatHangsIsReplacedAtTheDeadline) {
    SealerClient sealer = start(300ms);
    const auto key = sealer.key("seal");
    sign_report(*key);
    const pid_t pid = sealer.pid();
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    wait_stopped(pid);
    const auto begin = std::chrono::steady_clock::now();
    try {
        sign_report(*key);
        FAIL() << "a stopped sealer signed";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    EXPECT_TRUE(signs_within(*key, 10s));
    EXPECT_NE(sealer.pid(), pid);
}

TEST_F(Sealer, CannotBeDumpedAndReachesNoNetwork) {
    SealerClient sealer = start();
    sealer.wait_ready();
    const std::string proc = "/proc/" + std::to_string(sealer.pid());
    std::ifstream status(proc + "/status");
    const std::string text((std::istreambuf_iterator<char>(status)), {});
    EXPECT_THAT(text, HasSubstr("Seccomp:\t2"));
    EXPECT_THAT(text, HasSubstr("NoNewPrivs:\t1"));
    std::ifstream limits(proc + "/limits");
    const std::string caps((std::istreambuf_iterator<char>(limits)), {});
    EXPECT_THAT(caps, testing::ContainsRegex("Max core file size +0 +0"));
    struct stat info {};
    ASSERT_EQ(::stat((proc + "/mem").c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 0u) << "not dumpable: /proc/PID/mem belongs to root";
}

TEST_F(Sealer, StartedByHandSaysWhoStartsIt) {
    const std::string line = find_program("yinxin-sealer").string() + " 3>&- 2>/dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 2);
}

}  // namespace
}  // namespace yinxin::server
