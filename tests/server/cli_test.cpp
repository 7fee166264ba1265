// SPDX-License-Identifier: Apache-2.0
// The program as its users start it, as far as no page has to be printed; tests/integration does
// the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "server/app.h"
#include "server/children.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

struct Output {
    int status = -1;
    std::string out, err;
};

class Program : public testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/yinxin-cli-XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        folder_ = name;
    }
    void TearDown() override { fs::remove_all(folder_); }

    Output run(const std::string& arguments) {
        const auto out = folder_ / "out", err = folder_ / "err";
        const std::string line = find_program("yinxin").string() + " " + arguments + " >" +
                                 out.string() + " 2>" + err.string();
        const int status = std::system(line.c_str());
        return {WEXITSTATUS(status), read(out), read(err)};
    }

    static std::string read(const fs::path& file) {
        std::ifstream stream(file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    static unsigned mode(const fs::path& path) {
        struct stat info {};
        EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
        return info.st_mode & 0777;
    }

    fs::path folder_;
};

TEST_F(Program, MakesADemoInstanceWithNothingOpenToOthers) {
    const fs::path dir = folder_ / "demo";
    const Output made = run("init " + dir.string() + " --demo");
    ASSERT_EQ(made.status, 0) << made.err;

    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(dir)) {
        found.insert(entry.path().filename());
    }
    EXPECT_EQ(found,
              (std::set<std::string>{"admin.key",
                                     "cache",
                                     "forms",
                                     "keys",
                                     "pki",
                                     "register.db",
                                     "run",
                                     "samples",
                                     "yinxin.toml"}));
    for (const char* file : {"admin.key",
                             "register.db",
                             "keys/passphrase",
                             "keys/pepper",
                             "keys/demo-seal.p8",
                             "keys/demo-token.p8",
                             "yinxin.toml"}) {
        EXPECT_EQ(mode(dir / file) & 077, 0u) << file;
    }
    EXPECT_EQ(mode(dir), 0700u);
    EXPECT_TRUE(fs::exists(dir / "pki/demo-root.pem"));
    EXPECT_TRUE(fs::exists(dir / "samples/tax-payment-record.one-year.json"));
    EXPECT_THAT(made.out, HasSubstr(read(dir / "admin.key").substr(0, 46)));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 3)
        << "demo, out, err: nothing is left beside";
    EXPECT_TRUE(load_config(dir, {}).demo);

    const Output again = run("init " + dir.string() + " --demo");
    EXPECT_EQ(again.status, 1);
    EXPECT_THAT(again.err, HasSubstr("is an instance already"));
}

TEST_F(Program, MakesAnInstanceForProductionAndSaysWhatIsNext) {
    const fs::path dir = folder_ / "real";
    const Output made = run("init " + dir.string());
    ASSERT_EQ(made.status, 0) << made.err;
    EXPECT_TRUE(fs::exists(dir / "keys/seal.csr"));
    EXPECT_TRUE(fs::exists(dir / "keys/token.csr"));
    EXPECT_THAT(made.out, HasSubstr("certified by your CA"));
    EXPECT_FALSE(fs::exists(dir / "samples"));

    std::ofstream(folder_ / "data.json") << "{}";
    const Output issued = run("issue invoice " + (folder_ / "data.json").string() + " --dir " +
                              dir.string() + " -o " + (folder_ / "x.pdf").string());
    EXPECT_EQ(issued.status, 1);
    EXPECT_THAT(issued.err, HasSubstr("seal.csr certified"));
    EXPECT_FALSE(fs::exists(folder_ / "x.pdf"));
}

TEST_F(Program, MakesNoInstanceOverOtherFiles) {
    fs::create_directories(folder_ / "full");
    std::ofstream(folder_ / "full/letter.txt") << "dear";
    const Output made = run("init " + (folder_ / "full").string() + " --demo");
    EXPECT_EQ(made.status, 1);
    EXPECT_THAT(made.err, HasSubstr("is not empty"));
    EXPECT_EQ(read(folder_ / "full/letter.txt"), "dear");

    fs::create_directories(folder_ / "empty");
    EXPECT_EQ(run("init " + (folder_ / "empty").string() + " --demo").status, 0);
}

TEST_F(Program, KnowsAWrongUse) {
    for (const char* arguments : {"",
                                  "fly",
                                  "init",
                                  "issue",
                                  "verify",
                                  "serve",
                                  "form",
                                  "form list --nothing",
                                  "bench issue --key sm2",
                                  "issue t d --dir x -o y --level B-LTA",
                                  "verify 2222-2222-2222-2222",
                                  "verify nosuchfile.pdf",
                                  "verify ./nothing"}) {
        const Output result = run(arguments);
        EXPECT_EQ(result.status, 2) << arguments;
        EXPECT_NE(result.err, "") << arguments;
    }
    for (const char* arguments :
         {"--help", "issue --help", "--version", "version", "version --json"}) {
        EXPECT_EQ(run(arguments).status, 0) << arguments;
    }
}

TEST_F(Program, SaysWhereThereIsNoInstance) {
    for (const char* verb : {"serve ", "fsck --dir ", "doctor --dir "}) {
        const Output result = run(verb + (folder_ / "nothing").string());
        EXPECT_NE(result.status, 0) << verb;
        EXPECT_THAT(result.err + result.out, HasSubstr("yinxin init")) << verb;
    }
}

TEST_F(Program, ChecksAnEmptyRegister) {
    const fs::path dir = folder_ / "demo";
    ASSERT_EQ(run("init " + dir.string() + " --demo").status, 0);
    const Output checked = run("fsck --dir " + dir.string() + " --json");
    EXPECT_EQ(checked.status, 0) << checked.err;
    EXPECT_EQ(json::parse(checked.out),
              (json{{"numbers", 0},
                    {"issued", 0},
                    {"void", 0},
                    {"unsettled", 0},
                    {"orphan_bytes", 0},
                    {"faults", json::array()}}));
}

TEST_F(Program, RefusesLooseLimitsOutsideADemo) {
    const fs::path dir = folder_ / "demo";
    ASSERT_EQ(run("init " + dir.string() + " --demo").status, 0);
    const Output served =
        run("serve " + dir.string() +
            " --listen 127.0.0.1:0 --set instance.demo=false --set limits.requests_per_minute=31");
    EXPECT_EQ(served.status, 1);
    EXPECT_THAT(served.err, HasSubstr("limits.requests_per_minute = 31 (30)"));
    EXPECT_THAT(served.err, HasSubstr("--insecure-limits"));
}

TEST_F(Program, TheLockHasOneHolderAndNamesIt) {
    const fs::path file = folder_ / "lock";
    {
        const auto first = InstanceLock::try_take(file);
        ASSERT_TRUE(first);
        EXPECT_FALSE(InstanceLock::try_take(file));
        EXPECT_EQ(InstanceLock::owner(file), std::to_string(::getpid()));
        EXPECT_EQ(mode(file) & 077, 0u);
    }
    EXPECT_TRUE(InstanceLock::try_take(file));
}

/// What the front must not contain, whatever is linked by accident.
TEST_F(Program, TheFrontHasNoCodeThatOpensKeys) {
    const auto symbols = [this](const std::string& program) {
        const auto list = folder_ / program;
        const std::string line = "nm -C " + find_program(program).string() + " >" + list.string();
        EXPECT_EQ(std::system(line.c_str()), 0) << line;
        return read(list);
    };
    const std::string sealer = symbols("yinxin-sealer");
    const std::string front = symbols("yinxin");
    for (const char* name : {"yinxin::keys::KeyStore",
                             "yinxin::keys::SoftwareKey",
                             "yinxin::keys::read_passphrase",
                             "PEM_read_bio_PrivateKey"}) {
        EXPECT_THAT(front, Not(HasSubstr(name)));
    }
    EXPECT_THAT(sealer, HasSubstr("yinxin::keys::KeyStore"))
        << "the test looks for names that exist";
}

}  // namespace
}  // namespace yinxin::server
