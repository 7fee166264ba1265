// SPDX-License-Identifier: Apache-2.0
// The program as its users start it; tests/integration does the long ways.
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

#include "keys/pki/certificate.h"
#include "pdf/evidence_update.h"
#include "server/app.h"
#include "server/children.h"
#include "tests/support/data.h"
#include "tests/support/temporary_folder.h"

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
    static std::string read(const fs::path& file) {
        std::ifstream stream(file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    Output run(const std::string& arguments) { return run(find_program("yinxin"), arguments); }

    Output run(const fs::path& program, const std::string& arguments) {
        const auto out = folder_ / "out", err = folder_ / "err";
        const std::string line =
            program.string() + " " + arguments + " >" + out.string() + " 2>" + err.string();
        const int status = std::system(line.c_str());
        return {WEXITSTATUS(status), read(out), read(err)};
    }

    /// A demo instance with its name as folder.
    fs::path demo(const std::string& name) {
        const fs::path dir = folder_ / name;
        const Output made = run("init " + dir.string() + " --demo --pki-port 0");
        EXPECT_EQ(made.status, 0) << made.err;
        return dir;
    }

    static unsigned mode(const fs::path& path) {
        struct stat info {};
        EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
        return info.st_mode & 0777;
    }

    const tests::TemporaryFolder place_;
    const fs::path& folder_ = place_.path();
};

TEST_F(Program, MakesADemoInstanceWithNothingOpenToOthers) {
    const fs::path dir = folder_ / "demo";
    const Output made = run("init " + dir.string() + " --demo --pki-port 0");
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
                                     "seals",
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

    const Output again = run("init " + dir.string() + " --demo --pki-port 0");
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
    const Output made = run("init " + (folder_ / "full").string() + " --demo --pki-port 0");
    EXPECT_EQ(made.status, 1);
    EXPECT_THAT(made.err, HasSubstr("is not empty"));
    EXPECT_EQ(read(folder_ / "full/letter.txt"), "dear");

    fs::create_directories(folder_ / "empty");
    EXPECT_EQ(run("init " + (folder_ / "empty").string() + " --demo --pki-port 0").status, 0);
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
                                  "apikey",
                                  "apikey add --dir x",
                                  "apikey list",
                                  "seal",
                                  "seal x.pdf",
                                  "seals",
                                  "seals create --dir x",
                                  "seals expire --dir x 1",
                                  "bench issue --key dsa",
                                  "issue t d --dir x -o y --level B-X",
                                  "seal",
                                  "seal extend",
                                  "seal extend id --dir x --level B-B",
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

TEST_F(Program, NamesAnUnknownVerbAndTheOnesThereAre) {
    const Output top = run("fly --high");
    EXPECT_EQ(top.status, 2);
    EXPECT_THAT(top.err, HasSubstr("yinxin: there is no verb 'fly'; there are init, serve, issue"));
    const Output under = run("keys fly --dir x");
    EXPECT_EQ(under.status, 2);
    EXPECT_THAT(under.err, HasSubstr("yinxin keys: there is no verb 'fly'"));
    EXPECT_THAT(run("apikey").err, Not(HasSubstr("there is no verb")));
}

TEST_F(Program, SaysThatAFolderIsNoFile) {
    const std::string folder = folder_.string();
    EXPECT_THAT(run("verify " + folder).err, HasSubstr(folder + " is a folder"));
}

TEST_F(Program, SaysWhereThereIsNoInstance) {
    for (const char* verb : {"serve ", "fsck --dir ", "doctor --dir "}) {
        const Output result = run(verb + (folder_ / "nothing").string());
        EXPECT_NE(result.status, 0) << verb;
        EXPECT_THAT(result.err + result.out, HasSubstr("yinxin init")) << verb;
    }
}

TEST_F(Program, SaysWhereItLookedForFormsWhenThereAreNone) {
    // The programs without what belongs beside them
    const fs::path bin = folder_ / "bin";
    fs::create_directories(bin);
    for (const char* name : {"yinxin", "yinxin-sealer", "yinxin-inspector"}) {
        std::error_code elsewhere;
        fs::create_hard_link(find_program(name), bin / name, elsewhere);
        if (elsewhere) {
            fs::copy_file(find_program(name), bin / name);
        }
    }
    const fs::path dir = demo("demo");
    const std::string issue = "issue invoice " + (dir / "samples/invoice.special.json").string() +
                              " --dir " + dir.string() + " -o " + (folder_ / "x.pdf").string();
    const Output lost = run(bin / "yinxin", issue);
    EXPECT_EQ(lost.status, 1);
    EXPECT_THAT(lost.err, HasSubstr((dir / "forms").string()));
    EXPECT_THAT(lost.err, HasSubstr("[forms] folders"));
    EXPECT_THAT(lost.err, Not(HasSubstr("Known types: .")));
    EXPECT_FALSE(fs::exists(folder_ / "x.pdf"));
}

TEST_F(Program, AFileNobodyCanJudgeIsUndecidedAndAnUnknownCodeFails) {
    const std::string dir = " --dir " + demo("demo").string();
    std::ofstream(folder_ / "letter.pdf") << "dear";
    for (const std::string& where : {std::string(), dir}) {
        const Output checked =
            run("verify " + (folder_ / "letter.pdf").string() + where + " --json");
        EXPECT_EQ(checked.status, 3) << checked.err;
        EXPECT_EQ(json::parse(checked.out).at("outcome"), "not_verified");
        EXPECT_EQ(json::parse(checked.out).at("integrity"), "unreadable");
        EXPECT_EQ(json::parse(checked.out).at("findings").at(0).at("code"), "unreadable");
        const Output said = run("verify " + (folder_ / "letter.pdf").string() + where);
        EXPECT_THAT(said.out, HasSubstr("NOT VERIFIED: the file cannot be read as a PDF\n"));
        EXPECT_THAT(said.out, HasSubstr("  finding  "));
    }
    EXPECT_EQ(run("verify ABCD-EFGH-JKLM-NPQ5" + dir).status, 1);
    EXPECT_EQ(run("verify ABCD-EFGH-JKLM-NPQ5 --fact total=1" + dir).status, 1);
}

/// Validation data, as other programs append it.
void append_validation_data(const fs::path& from, const fs::path& pem, const fs::path& to) {
    pdf::Evidence evidence;
    evidence.certificates = keys::certificates_from_pem(tests::read_text(pem));
    const Bytes file = append_evidence(as_bytes(tests::read_text(from)), evidence, "");
    tests::write_text(to, std::string(as_text(file)));
}

TEST_F(Program, TrustJudgesTheIssuerAndNothingElse) {
    const fs::path ours = demo("ours"), theirs = demo("theirs");
    const fs::path sealed = folder_ / "sealed.pdf", updated = folder_ / "updated.pdf";
    const Output issued = run("issue tax-payment-record " +
                              (theirs / "samples/tax-payment-record.one-year.json").string() +
                              " --dir " + theirs.string() + " -o " + sealed.string());
    ASSERT_EQ(issued.status, 0) << issued.err;
    append_validation_data(sealed, theirs / "pki/demo-root.pem", updated);
    const auto verify = [this](const fs::path& file, const fs::path& dir, const fs::path& trust) {
        return run("verify " + file.string() + " --json --dir " + dir.string() +
                   (trust.empty() ? "" : " --trust " + (trust / "pki/demo-root.pem").string()));
    };

    const Output stranger = verify(sealed, ours, {});
    EXPECT_EQ(stranger.status, 3);
    EXPECT_EQ(json::parse(stranger.out).at("issuer").at("trusted"), "no");
    const Output trusted = verify(sealed, ours, theirs);
    EXPECT_EQ(trusted.status, 0);
    EXPECT_EQ(json::parse(trusted.out).at("outcome"), "sealed_elsewhere");
    EXPECT_EQ(json::parse(trusted.out).at("issuer").at("trusted"), "yes");
    EXPECT_EQ(json::parse(trusted.out).at("status"), "unknown");

    // Of the register's own document, changed by nobody: what the register knows stays.
    const json plain = json::parse(verify(updated, theirs, {}).out);
    EXPECT_EQ(plain.at("outcome"), "sealed_elsewhere");
    EXPECT_EQ(plain.at("status"), "valid");
    const Output with_trust = verify(updated, theirs, ours);
    EXPECT_EQ(with_trust.status, 0);
    json answer = json::parse(with_trust.out);
    for (const char* judged_anew : {"checked_at", "signatures"}) {
        answer[judged_anew] = plain.at(judged_anew);
    }
    EXPECT_EQ(answer, plain);
}

TEST_F(Program, AContainerWrittenAnewHidesNoDocumentAndTheKeyAloneIsNoRegister) {
    const fs::path dir = demo("demo"), forgetful = folder_ / "forgetful";
    fs::copy(dir, forgetful, fs::copy_options::recursive);
    const fs::path sealed = folder_ / "sealed.pdf", changed = folder_ / "changed.pdf";
    const Output issued = run("issue tax-payment-record " +
                              (dir / "samples/tax-payment-record.one-year.json").string() +
                              " --dir " + dir.string() + " -o " + sealed.string());
    ASSERT_EQ(issued.status, 0) << issued.err;
    std::string file = read(sealed);
    const auto at = file.find_first_of("abcdefABCDEF", file.rfind("/Contents <") + 11);
    file[at] = static_cast<char>(file[at] ^ 0x20);
    std::ofstream(changed, std::ios::binary) << file;

    const Output known = run("verify " + changed.string() + " --dir " + dir.string());
    EXPECT_EQ(known.status, 0) << known.err;
    EXPECT_THAT(known.out, HasSubstr("a document of this register"));
    EXPECT_THAT(known.out, HasSubstr("status     valid"));
    for (const fs::path& one : {sealed, changed}) {
        const std::string line = "verify " + one.string();
        const Output lost = run(line + " --dir " + forgetful.string());
        EXPECT_EQ(lost.status, 3) << lost.err;
        EXPECT_THAT(lost.out, HasSubstr("not in its register"));
        // by the signature alone
        EXPECT_EQ(run(line + " --trust " + (dir / "pki/demo-root.pem").string()).status, 0);
        EXPECT_EQ(run(line).status, 3);
    }
}

TEST_F(Program, HoldsAFileToTheRulesOfARequest) {
    const fs::path data = folder_ / "data.json";
    const auto preview = [&](const std::string& text) {
        std::ofstream(data) << text;
        return run("form preview invoice --data " + data.string() + " -o " +
                   (folder_ / "x.pdf").string());
    };
    const std::size_t deep = 500'000;
    const Output nested = preview(std::string(deep, '[') + std::string(deep, ']'));
    EXPECT_EQ(nested.status, 1);
    EXPECT_THAT(nested.err, HasSubstr(data.string() + ": The JSON is nested"));
    const Output twice = preview("{\"kind\": \"ordinary\",\n \"kind\": \"special\"}");
    EXPECT_EQ(twice.status, 1);
    EXPECT_THAT(twice.err, HasSubstr("\"kind\" appears twice"));
    const Output broken = preview("{\n  \"kind\": }");
    EXPECT_EQ(broken.status, 1);
    EXPECT_THAT(broken.err, HasSubstr("data.json: This is not JSON (line 2, column 11)"));
}

TEST_F(Program, IssuesNothingThatItCannotWrite) {
    const fs::path dir = demo("demo");
    const std::string issue = "issue invoice " + (dir / "samples/invoice.special.json").string() +
                              " --dir " + dir.string() + " -o ";
    fs::create_directories(folder_ / "bills");
    for (const fs::path& place : {folder_ / "bills", folder_ / "nowhere/x.pdf"}) {
        const Output refused = run(issue + place.string());
        EXPECT_EQ(refused.status, 1);
        EXPECT_THAT(refused.err, HasSubstr(place.string()));
    }
    EXPECT_TRUE(fs::is_empty(folder_ / "bills"));
    const Output checked = run("fsck --dir " + dir.string() + " --json");
    EXPECT_EQ(json::parse(checked.out).at("numbers"), 0);
}

TEST_F(Program, TellsWhatItIssuedWhenTheFileCannotBeWrittenAnyMore) {
    const fs::path dir = demo("demo");
    const fs::path bills = folder_ / "bills", data = folder_ / "data";
    fs::create_directories(bills);
    ASSERT_EQ(::mkfifo(data.c_str(), 0600), 0);
    // The data can be opened only when the program has looked at the place and asks for them.
    const std::string writer = "(exec 3>" + data.string() + "; rmdir " + bills.string() + "; cat " +
                               (dir / "samples/invoice.special.json").string() + " >&3) &";
    ASSERT_EQ(std::system(writer.c_str()), 0);
    const std::string issue = "issue invoice " + data.string() + " --dir " + dir.string();
    const Output lost = run(issue + " -o " + (bills / "x.pdf").string());
    EXPECT_EQ(lost.status, 1);
    const std::string again = "--idempotency-key cli-";
    const std::size_t key = lost.err.find(again);
    ASSERT_NE(key, std::string::npos) << lost.err;

    fs::create_directories(bills);
    ASSERT_EQ(std::system(writer.c_str()), 0);
    const std::string repeat = lost.err.substr(key, again.size() + 32);
    const Output found = run(issue + " -o " + (folder_ / "x.pdf").string() + " --json " + repeat);
    ASSERT_EQ(found.status, 0) << found.err;
    for (const char* member : {"number", "code"}) {
        EXPECT_THAT(lost.err, HasSubstr(json::parse(found.out).at(member).get<std::string>()));
    }
    EXPECT_THAT(read(folder_ / "x.pdf"), testing::StartsWith("%PDF-"));
}

TEST_F(Program, ManagesTheKeysOfCallers) {
    // Not certified yet: it cannot issue, and its callers can be set up.
    const fs::path dir = folder_ / "real";
    ASSERT_EQ(run("init " + dir.string()).status, 0);
    const std::string at = " --dir " + dir.string();
    const Output added = run("apikey add window-7" + at + " --json");
    ASSERT_EQ(added.status, 0) << added.err;
    const std::string key = json::parse(added.out).at("key");
    EXPECT_EQ(key.size(), 46u);
    EXPECT_EQ(json::parse(added.out).at("role"), "issuer");
    const Output bank = run("apikey add bank --role verifier" + at);
    EXPECT_THAT(bank.out, HasSubstr("shown this once"));
    EXPECT_THAT(bank.out, HasSubstr("\n  yx_"));

    const Output again = run("apikey add bank" + at);
    EXPECT_EQ(again.status, 1);
    EXPECT_THAT(again.err, HasSubstr("exists already"));
    EXPECT_EQ(run("apikey add x --role king" + at).status, 2);
    EXPECT_EQ(run("apikey add 'a b'" + at).status, 1);
    EXPECT_EQ(run("apikey revoke nobody" + at).status, 1);
    EXPECT_EQ(run("apikey revoke window-7" + at).status, 0);

    const Output listed = run("apikey list" + at + " --json");
    const json answer = json::parse(listed.out);
    std::map<std::string, std::string> roles;
    for (const json& entry : answer.at("keys")) {
        roles[entry.at("name")] = entry.at("role");
        EXPECT_EQ(entry.contains("revoked_at"), entry.at("name") == "window-7");
    }
    EXPECT_EQ(roles,
              (std::map<std::string, std::string>{
                  {"admin", "admin"}, {"bank", "verifier"}, {"window-7", "issuer"}}));
    EXPECT_THAT(listed.out, Not(HasSubstr(key.substr(3))));
    EXPECT_THAT(run("apikey list" + at).out, HasSubstr("window-7  issuer  since 20"));
    EXPECT_THAT(run("apikey revoke bank" + at).out, Not(HasSubstr("No admin is left")));
    EXPECT_THAT(run("apikey revoke admin" + at).out, HasSubstr("No admin is left"));
}

TEST_F(Program, ChecksAnEmptyRegister) {
    const fs::path dir = folder_ / "demo";
    ASSERT_EQ(run("init " + dir.string() + " --demo --pki-port 0").status, 0);
    const Output checked = run("fsck --dir " + dir.string() + " --json");
    EXPECT_EQ(checked.status, 0) << checked.err;
    EXPECT_EQ(json::parse(checked.out),
              (json{{"numbers", 0},
                    {"issued", 0},
                    {"void", 0},
                    {"unsettled", 0},
                    {"orphan_bytes", 0},
                    {"operations", 0},
                    {"unanswered", 0},
                    {"faults", json::array()}}));
}

TEST_F(Program, LooksCodesUpInARegisterItFilledAndKeepsIt) {
    const fs::path codes = folder_ / "codes";
    const std::string line = "bench lookup --dir " + (folder_ / "full").string() +
                             " --seconds 1 --json --codes " + codes.string();
    const Output made = run(line + " --rows 300 --key rsa2048");
    ASSERT_EQ(made.status, 0) << made.err;
    const json first = json::parse(made.out);
    EXPECT_EQ(first.at("rows"), 300);
    EXPECT_GT(first.at("lookups_per_s"), 0);
    EXPECT_EQ(read(codes).size(), 20'000 * (16 + 1));
    const Output again = run(line);
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(json::parse(again.out).at("rows"), 300);
    EXPECT_FALSE(json::parse(again.out).contains("load_s"));

    const Output other = run("bench lookup --dir " + demo("other").string());
    EXPECT_EQ(other.status, 1);
    EXPECT_THAT(other.err, HasSubstr("was not made by bench lookup"));
}

TEST_F(Program, RefusesLooseLimitsOutsideADemo) {
    const fs::path dir = folder_ / "demo";
    ASSERT_EQ(run("init " + dir.string() + " --demo --pki-port 0").status, 0);
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
