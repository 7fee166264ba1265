// SPDX-License-Identifier: Apache-2.0
#include "server/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "common/error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {
namespace {

using testing::HasSubstr;

InitialConfig demo() {
    InitialConfig initial;
    initial.demo = true;
    initial.issuer = {.organ = "示例市税务局",
                      .organ_short = "示",
                      .organ_code = "990001",
                      .province = "99",
                      .channel_digit = "0",
                      .verify_host = ""};
    initial.seal_key = "demo-seal";
    initial.token_key = "demo-token";
    return initial;
}

class ConfigFile : public testing::Test {
  protected:
    ConfigFile() { write(initial_config(demo())); }

    void write(const std::string& text) { std::ofstream(dir_ / "yinxin.toml") << text; }
    void replace(const std::string& from, const std::string& to) {
        std::string text = initial_config(demo());
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        write(text.replace(at, from.size(), to));
    }

    struct Failure {
        std::string what, pointer, rule;
    };
    Failure failure(const std::vector<std::string>& overrides = {},
                    const std::string& listen = "") {
        try {
            load_config(dir_, overrides, listen);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Invalid) << error.what();
            const auto field = error.fields().empty() ? FieldError{} : error.fields()[0];
            return {error.what(), field.pointer, field.rule};
        }
        ADD_FAILURE() << "it loaded";
        return {};
    }

    const tests::TemporaryFolder place_;
    const std::filesystem::path& dir_ = place_.path();
};

TEST_F(ConfigFile, WrittenByInitLoadsWithTheDefaults) {
    const Config config = load_config(dir_, {});
    EXPECT_TRUE(config.demo);
    EXPECT_EQ(config.dir, dir_);
    EXPECT_EQ(config.listen, "127.0.0.1:8080");
    EXPECT_EQ(config.public_url, "http://127.0.0.1:8080");
    EXPECT_EQ(config.issuer.organ, "示例市税务局");
    EXPECT_EQ(config.issuer.verify_host, "127.0.0.1:8080");
    EXPECT_EQ(config.passphrase_file, dir_ / "keys/passphrase");
    EXPECT_TRUE(raised_limits(config.limits).empty());
    EXPECT_TRUE(config.outbound_allow.empty());
    EXPECT_EQ(config.demo_pki_url(), "http://127.0.0.1:8081");
}

TEST_F(ConfigFile, KeepsWhatIsNotForThePublicOnLoopback) {
    for (const char* good : {"127.0.0.1:9000", "127.1.2.3:1", "[::1]:65535"}) {
        EXPECT_EQ(load_config(dir_, {"demo_pki.listen=" + std::string(good)}).demo_pki_listen,
                  good);
    }
    for (const char* bad : {"0.0.0.0:8081", "localhost:8081", "127.0.0.1.example:80", "[::]:1"}) {
        EXPECT_THAT(failure({"demo_pki.listen=" + std::string(bad)}).what,
                    HasSubstr("should be a loopback address"))
            << bad;
    }
    for (const char* good : {"", "127.0.0.1:0", "[::1]:9090"}) {
        EXPECT_EQ(load_config(dir_, {"server.admin_listen=" + std::string(good)}).admin_listen,
                  good);
    }
    EXPECT_THAT(failure({"server.admin_listen=0.0.0.0:9090"}).what,
                HasSubstr("should be a loopback address"));
    EXPECT_THAT(failure({"demo_pki.listen=127.0.0.1:0"}).what, HasSubstr("--pki-port 0"));
    EXPECT_EQ(load_config(dir_, {"outbound.allow=tsa.example.org,a:1"}).outbound_allow,
              (std::vector<std::string>{"tsa.example.org", "a:1"}));
}

TEST_F(ConfigFile, IsWrittenForProductionWithoutTheDemo) {
    InitialConfig initial = demo();
    initial.demo = false;
    write(initial_config(initial));
    const Config config = load_config(dir_, {});
    EXPECT_FALSE(config.demo);
    EXPECT_EQ(config.public_url, "https://verify.example.org");
    EXPECT_EQ(config.issuer.verify_host, "verify.example.org");
}

TEST_F(ConfigFile, SaysWhereItIsWrong) {
    struct Case {
        std::string from, to, where, word, rule;
    };
    const std::vector<Case> cases{
        {"threads = 0",
         "threads = \"two\"",
         "yinxin.toml:",
         "server.threads should be a whole number",
         "type"},
        {"threads = 0", "threads = -1", "yinxin.toml:", "should be 0 to 64", "value"},
        {"clock_step_seconds_max = 5",
         "clock_step_seconds_max = 0",
         "yinxin.toml:",
         "clock_step_seconds_max should be 1 to 3600",
         "value"},
        {"demo = true", "demo = 1", "yinxin.toml:", "true or false", "type"},
        {"threads = 0",
         "thread = 0",
         "yinxin.toml:",
         "server.thread is not a key; [server] has listen",
         "unknown"},
        {"[forms]", "[froms]", "yinxin.toml:", "no section [froms]", "unknown"},
        {"folders = []", "folders = [1]", "yinxin.toml:", "a list of texts", "type"},
        {"folders = []", "folders = \"forms\"", "yinxin.toml:", "a list of texts", "type"},
        {"demo = true", "demo = ", "yinxin.toml:", "", "syntax"},
        {"demo = true", "demo = true\ndemo = true", "yinxin.toml:", "", "syntax"},
        {"[instance]", "demo = true\n[instance]", "yinxin.toml:", "no section [demo]", "unknown"},
        {"organ_code = \"990001\"",
         "organ_code = \"9900\"",
         "yinxin.toml:",
         "should be 6 digits",
         "value"},
        {"organ_code = \"990001\"",
         "organ_code = 990001",
         "yinxin.toml:",
         "text in quotes",
         "type"},
        {"province = \"99\"", "province = \"9x\"", "yinxin.toml:", "should be 2 digits", "value"},
        {"organ = \"示例市税务局\"",
         "organ = \"\"",
         "yinxin.toml:",
         "issuer.organ is empty",
         "value"},
        {"seal = \"demo-seal\"", "", "yinxin.toml", "keys.seal is missing", "required"},
        {"passphrase_file = ",
         "passphrase = \"secret\"\npassphrase_file = ",
         "yinxin.toml:",
         "keys.passphrase_file names",
         "secret"},
        {"requests_per_minute = 30",
         "requests_per_minute = 0",
         "yinxin.toml:",
         "should be 1 to",
         "value"},
        {"requests_per_minute = 30",
         "requests_per_minute = 99999999999",
         "yinxin.toml:",
         "should be 1 to",
         "value"},
        {"json_bytes_max = 1048576",
         "json_bytes_max = 1048577",
         "yinxin.toml:",
         "should be 1 to 1048576",
         "value"},
        {"upload_bytes_max = 10485760",
         "upload_bytes_max = 10485761",
         "yinxin.toml:",
         "should be 1 to 10485760",
         "value"},
        {"http://127.0.0.1:8080",
         "ftp://127.0.0.1",
         "yinxin.toml:",
         "should start with https://",
         "value"},
        {"http://127.0.0.1:8080", "http://", "yinxin.toml:", "scheme and host", "value"},
        {"http://127.0.0.1:8080", "https://查验.example", "yinxin.toml:", "xn--", "value"},
        {"http://127.0.0.1:8080",
         "https://a.example/?q=1",
         "yinxin.toml:",
         "without query",
         "value"},
        {"http://127.0.0.1:8080",
         "https://" + std::string(80, 'a'),
         "yinxin.toml:",
         "longer than 80",
         "value"},
        {"listen = \"127.0.0.1:8080\"",
         "listen = \"8080\"",
         "yinxin.toml:",
         "ADDRESS:PORT",
         "value"},
        {"listen = \"127.0.0.1:8080\"",
         "listen = \"::1:8080\"",
         "yinxin.toml:",
         "brackets",
         "value"},
        {"listen = \"127.0.0.1:8080\"",
         "listen = \"127.0.0.1:70000\"",
         "yinxin.toml:",
         "0 to 65535",
         "value"},
    };
    for (const Case& bad : cases) {
        replace(bad.from, bad.to);
        const Failure found = failure();
        EXPECT_THAT(found.what, HasSubstr(bad.where)) << bad.to;
        EXPECT_THAT(found.what, HasSubstr(bad.word)) << bad.to;
        EXPECT_EQ(found.rule, bad.rule) << bad.to;
    }
}

TEST_F(ConfigFile, NamesLineAndColumn) {
    write("[instance]\ndemo = true\n\n[server]\n  threads = 1.5\n");
    EXPECT_THAT(failure().what, HasSubstr("yinxin.toml:5:13: "));
    EXPECT_EQ(failure().pointer, "/server/threads");
    write("limits = 5\n");
    EXPECT_THAT(failure().what, HasSubstr("yinxin.toml:1:10: [limits] is a section"));
}

TEST_F(ConfigFile, IsOverriddenByTheCommandLine) {
    const Config config = load_config(dir_,
                                      {"server.threads=3",
                                       "server.clock_step_seconds_max=60",
                                       "limits.body_seconds=20",
                                       "server.trusted_proxies=10.0.0.1,::1",
                                       "instance.demo=false",
                                       "forms.folders=types"});
    EXPECT_EQ(config.threads, 3);
    EXPECT_EQ(config.clock_step_seconds_max, 60);
    EXPECT_EQ(config.limits.body_seconds, 20);
    EXPECT_EQ(config.trusted_proxies, (std::vector<std::string>{"10.0.0.1", "::1"}));
    EXPECT_FALSE(config.demo);
    EXPECT_EQ(config.form_folders, std::vector<std::filesystem::path>{dir_ / "types"});
    EXPECT_THAT(raised_limits(config.limits),
                testing::ElementsAre("limits.body_seconds = 20 (15)"));
}

TEST_F(ConfigFile, ALongerQueueRaisesNoLimitOfCallers) {
    const LimitConfig defaults;
    const int longer = defaults.issue_queue_max + 1;
    const Config config = load_config(dir_, {"limits.issue_queue_max=" + std::to_string(longer)});
    EXPECT_EQ(config.limits.issue_queue_max, longer);
    EXPECT_TRUE(raised_limits(config.limits).empty());
}

TEST_F(ConfigFile, NamesTheOverrideThatIsWrong) {
    for (const auto& [text, word] : std::vector<std::pair<std::string, std::string>>{
             {"server.threads", "section.key=value"},
             {"threads=1", "section.key=value"},
             {"=", "section.key=value"},
             {"server.thread=1", "is not a key"},
             {"server.threads=1x", "a whole number"},
             {"server.threads=", "a whole number"},
             {"instance.demo=yes", "true or false"},
             {"keys.passphrase=x", "keys.passphrase_file names"}}) {
        const Failure found = failure({text});
        EXPECT_THAT(found.what, HasSubstr("--set")) << text;
        EXPECT_THAT(found.what, HasSubstr(word)) << text;
    }
}

TEST_F(ConfigFile, IsOverriddenByTheEnvironmentBelowTheCommandLine) {
    ::setenv("YINXIN__SERVER__THREADS", "5", 1);
    ::setenv("YINXIN__LIMITS__HEADER_SECONDS", "4", 1);
    const Config config = load_config(dir_, {"limits.header_seconds=3"});
    ::unsetenv("YINXIN__LIMITS__HEADER_SECONDS");
    EXPECT_EQ(config.threads, 5);
    EXPECT_EQ(config.limits.header_seconds, 3);

    ::setenv("YINXIN__SERVER__THREADS", "many", 1);
    EXPECT_THAT(failure().what, HasSubstr("YINXIN__SERVER__THREADS: "));
    ::unsetenv("YINXIN__SERVER__THREADS");
    ::setenv("YINXIN__SERVER", "1", 1);
    EXPECT_THAT(failure().what, HasSubstr("YINXIN__SECTION__KEY"));
    ::unsetenv("YINXIN__SERVER");
}

TEST_F(ConfigFile, ADemosPublicUrlFollowsTheListeningAddress) {
    const Config config = load_config(dir_, {}, "127.0.0.1:9000");
    EXPECT_EQ(config.listen, "127.0.0.1:9000");
    EXPECT_EQ(config.public_url, "http://127.0.0.1:9000");
    EXPECT_EQ(config.issuer.verify_host, "127.0.0.1:9000");
    EXPECT_THAT(failure({}, "nowhere").what, HasSubstr("--listen nowhere"));

    InitialConfig initial = demo();
    initial.demo = false;
    write(initial_config(initial));
    EXPECT_EQ(load_config(dir_, {}, "127.0.0.1:9000").public_url, "https://verify.example.org");
}

TEST_F(ConfigFile, DropsTheSlashAtTheEndOfThePublicUrl) {
    replace("http://127.0.0.1:8080", "https://a.example/tax/");
    const Config config = load_config(dir_, {});
    EXPECT_EQ(config.public_url, "https://a.example/tax");
    EXPECT_EQ(config.issuer.verify_host, "a.example");
}

TEST_F(ConfigFile, SaysHowToMakeAnInstanceWhereThereIsNone) {
    std::filesystem::remove(dir_ / "yinxin.toml");
    try {
        load_config(dir_, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::NotFound);
        EXPECT_THAT(error.what(), HasSubstr("yinxin init"));
    }
}

}  // namespace
}  // namespace yinxin::server
