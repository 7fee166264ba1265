// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "common/time_text.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "pdf/form_proof.h"
#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/demo/process.h"
#include "server/init.h"
#include "server/service/preflight.h"
#include "server/service/seal_design.h"
#include "server/storage/fsck.h"

namespace yinxin::server::cli {
namespace {

namespace fs = std::filesystem;

enum class State { Good, Warning, Fault };

struct Finding {
    State state;
    std::string check, detail, remedy;
};

class Report {
  public:
    void good(const std::string& check, const std::string& detail) {
        findings_.push_back({State::Good, check, detail, ""});
    }
    void warn(const std::string& check, const std::string& detail, const std::string& remedy) {
        findings_.push_back({State::Warning, check, detail, remedy});
    }
    void fault(const std::string& check, const std::string& detail, const std::string& remedy) {
        findings_.push_back({State::Fault, check, detail, remedy});
    }
    /// Runs a check; what it throws is its fault.
    template <class Check>
    void run(const std::string& name, const std::string& remedy, Check check) {
        try {
            check();
        } catch (const std::exception& error) {
            fault(name, error.what(), remedy);
        }
    }
    const std::vector<Finding>& findings() const { return findings_; }

  private:
    std::vector<Finding> findings_;
};

void check_config(Report& report, const Config& config) {
    if (names_of_nobody(config.issuer)) {
        report.fault("config",
                     "the organ is still the one that init wrote: documents would name nobody",
                     "write its names and codes into [issuer] of yinxin.toml, then yinxin keys csr "
                     "for each key, and have these requests certified");
    } else {
        report.good(
            "config",
            config.issuer.organ + ", " + config.public_url + (config.demo ? ", a demo" : ""));
    }
    if (!config.demo && !config.public_url.starts_with("https://")) {
        report.warn("config",
                    "public_url is not https",
                    "put TLS in front and change [instance] public_url");
    }
    if (const auto raised = raised_limits(config.limits); !raised.empty() && !config.demo) {
        report.fault(
            "limits", raised.front() + " is looser than the default", "lower it in [limits]");
    } else {
        report.good("limits", "none is looser than the defaults");
    }
}

void check_forms(Report& report, const Config& config) {
    pdf::FormLibrary forms(form_roots(&config));
    std::vector<pdf::FormFault> faults = forms.faults();
    const auto press = pdf::Press::create(pdf::Typefaces::load(), {});
    for (const auto& form : forms.all()) {
        for (pdf::FormFault& fault :
             pdf::proof_form(form, *press, config.issuer, SystemClock().now())) {
            fault.file.insert(0, form->type() + "/" + form->version() + "/");
            faults.push_back(std::move(fault));
        }
    }
    for (const pdf::FormFault& fault : faults) {
        report.fault("forms",
                     fault.file + " " + fault.pointer + ": " + fault.detail,
                     "yinxin form lint FOLDER");
    }
    if (forms.all().empty()) {
        report.fault("forms",
                     "there is none",
                     "the shipped ones belong to share/yinxin/forms beside the program");
    } else {
        report.good("forms", std::to_string(forms.all().size()) + " types can be issued");
    }
}

void check_certificate(
    Report& report, const Config& config, SealerClient& sealer, const std::string& id, Time now) {
    const auto key = sealer.key(id);
    key->check_alive();
    const Preflight found = preflight_certificate(key->chain(), trust_anchors(config), now);
    const std::string remedy = "yinxin keys csr " + id + " --dir " + config.dir.string() +
                               "; have it certified; yinxin keys import " + id + " CHAIN.pem";
    for (const std::string& fault : found.faults) {
        report.fault("certificates", id + ": " + fault, remedy);
    }
    if (!found.faults.empty()) {
        return;
    }
    const auto own = keys::Certificate::from_der(key->chain().front());
    if (!found.warning.empty()) {
        report.warn("certificates", id + ": " + found.warning, remedy);
    } else {
        report.good("certificates",
                    id + ": " + own.common_name + ", valid until " + to_rfc3339(own.not_after));
    }
}

void check_key_state(Report& report,
                     const std::vector<KeyChange>& changes,
                     const std::string& id,
                     const std::string& use) {
    if (const KeyState state = state_of(changes, id); state != KeyState::Active) {
        report.fault(
            "keys",
            id + " is " + to_text(state) + ", and no other has its place: nothing is issued",
            "yinxin keys generate NEW --use " + use + "; yinxin keys rotate NEW --use " + use);
    }
}

void check_keys(Report& report, const Config& config) {
    keys::OpenSslRandom random;
    StoreOptions options = store_options(config);
    options.read_only = true;
    const auto changes = open_store(options, random)->key_register().key_changes();
    const KeysInUse used = keys_in_use(config, changes);
    check_key_state(report, changes, used.seal, "seal");
    check_key_state(report, changes, used.token, "token");
    SealerClient sealer(config.keys_dir(), config.passphrase_file);
    sealer.wait_ready();
    report.good("keys", "the sealer opens them");
    std::vector<std::string> ids{used.seal, used.token};
    if (!used.ses.empty()) {
        check_key_state(report, changes, used.ses, "ses");
        ids.push_back(used.ses);
    }
    for (const std::string& id : ids) {
        report.run("certificates",
                   "the root belongs to pki/NAME-root.pem, the issuers into keys/" + id + ".pem",
                   [&] { check_certificate(report, config, sealer, id, SystemClock().now()); });
    }
}

std::string how_to_make(const Config& config, const SealUsers& users, const std::string& use) {
    return makers_here(config, users)
               ? "yinxin seals create --use " + use + " --dir " + config.dir.string()
               : "the seal maker's key is not in pki/: have a record made elsewhere, then yinxin "
                 "seals import FILE; or put it there (keys/README.md), then yinxin seals create "
                 "--use " +
                     use;
}

/// The seals of a use, the preferred first.
void check_seals_of(Report& report,
                    const Config& config,
                    const SealUsers& users,
                    const pdf::Typefaces& typefaces,
                    const std::string& use,
                    const std::vector<SealPtr>& all,
                    Time now) {
    const SealPtr seal = seal_at(all, now);
    if (!seal) {
        report.fault("seals",
                     "none is valid for \"" + use + "\": what needs it is not issued",
                     how_to_make(config, users, use));
        return;
    }
    const std::string replace =
        "yinxin seals replace " + seal->id + " --reason REASON --dir " + config.dir.string();
    if (!fits(*seal, users)) {
        report.fault("seals",
                     seal->id + ": " + use + ", is not made for the keys in use",
                     makers_here(config, users) ? replace : how_to_make(config, users, use));
        return;
    }
    try {
        seal_picture(*seal, typefaces);
    } catch (const Error& error) {
        report.fault(
            "seals", seal->id + ": " + use + ", cannot be drawn: " + error.what(), replace);
        return;
    }
    const auto until = sealed_until(all, fingerprints(users), now);
    const std::string soon = until ? ends_soon(*until, now) : "";
    if (soon.empty()) {
        report.good("seals", seal->id + ": " + use);
    } else {
        report.warn("seals",
                    seal->id + ": " + use + ", the record or its maker's certificate ends in " +
                        soon + ", and no other follows",
                    how_to_make(config, users, use));
    }
}

void check_seals(Report& report, const Config& config) {
    keys::OpenSslRandom random;
    StoreOptions options = store_options(config);
    options.read_only = true;
    const auto store = open_store(options, random);
    const KeysInUse used = keys_in_use(config, store->key_register().key_changes());
    if (installed_chain(config, used.seal).empty() ||
        (!used.ses.empty() && installed_chain(config, used.ses).empty())) {
        return;  // which is said of the keys
    }
    const SealUsers users = seal_users(config, used);
    const Time now = SystemClock().now();
    auto seals = usable_seals(*store, config, trust_anchors(config), users, now);
    pdf::FormLibrary forms(form_roots(&config));
    for (const std::string& use : seal_uses(forms)) {
        seals[use];
    }
    const auto typefaces = pdf::Typefaces::load();
    for (const auto& [use, all] : seals) {
        check_seals_of(report, config, users, *typefaces, use, all, now);
    }
}

void check_demo_pki(Report& report, const Config& config) {
    try {
        DemoPkiProcess(config, DemoPkiProcess::Beside::Use).wait_ready(std::chrono::seconds(2));
        report.good("demo PKI", "answers at " + config.demo_pki_url());
    } catch (const std::exception& error) {
        report.warn(
            "demo PKI", error.what(), "until it answers there are no time stamps, OCSP, CRL");
    }
}

void check_modes(Report& report, const Config& config) {
    std::vector<fs::path> secret{
        config.dir / "admin.key", config.database(), config.passphrase_file};
    for (const auto& entry : fs::directory_iterator(config.keys_dir())) {
        if (entry.path().extension() == ".p8" || entry.path().filename() == "pepper") {
            secret.push_back(entry.path());
        }
    }
    bool good = true;
    for (const fs::path& file : secret) {
        struct stat info {};
        if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
            report.fault("permissions",
                         file.string() + " is open to other users",
                         "chmod 600 " + file.string());
            good = false;
        }
    }
    if (good) {
        report.good("permissions", "keys, register and secrets are readable by their owner only");
    }
}

void check_database(Report& report, const Config& config) {
    const FsckReport found =
        fsck(store_options(config), {.operations = config.operations_file()}, SystemClock().now());
    for (const FsckFault& fault : found.faults) {
        report.fault("register",
                     fault.kind + ": " + fault.detail,
                     "yinxin fsck --dir " + config.dir.string());
    }
    if (found.faults.empty()) {
        report.good("register", std::to_string(found.issued) + " documents, no faults");
    }
}

void check_levels(Report& report, const Config& config) {
    StoreOptions options = store_options(config);
    options.read_only = true;
    keys::OpenSslRandom random;
    const DebtSum owed = open_store(options, random)->debts();
    if (owed.open == 0) {
        report.good("levels",
                    config.timestamp_policy == "off"
                        ? "no time stamps are wanted"
                        : "no document is below the level it was to reach");
        return;
    }
    report.warn(
        "levels",
        std::to_string(owed.open) + " documents are below their level, the oldest since " +
            to_rfc3339(*owed.oldest) + (owed.last_error.empty() ? "" : ": " + owed.last_error),
        "a running server raises them as soon as TSA and OCSP answer: look at [timestamps]");
}

void check_disk(Report& report, const Config& config) {
    struct statvfs disk {};
    if (::statvfs(config.dir.c_str(), &disk) != 0 || disk.f_blocks == 0) {
        report.warn("disk", "its free space is not known", "look at it by hand");
        return;
    }
    const auto free_mib = disk.f_bavail * disk.f_frsize >> 20;
    const auto percent = disk.f_bavail * 100 / disk.f_blocks;
    const std::string words =
        std::to_string(free_mib) + " MiB (" + std::to_string(percent) + " %) free";
    if (free_mib < 512 || percent < 5) {
        report.fault("disk", words, "make room: below 512 MiB or 5 % nothing is issued safely");
    } else {
        report.good("disk", words);
    }
}

void check_clock(Report& report) {
    struct timex clock {};
    if (::adjtimex(&clock) == TIME_ERROR || (clock.status & STA_UNSYNC) != 0) {
        report.warn("clock",
                    "not known to be synchronised",
                    "run an NTP client (systemd-timesyncd, chrony)");
    } else {
        report.good("clock", "synchronised");
    }
}

void check_process_limits(Report& report) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 1024) {
        report.warn("files",
                    std::to_string(files.rlim_cur) + " may be open at once",
                    "ulimit -n 4096 (LimitNOFILE=)");
    } else {
        report.good("files", std::to_string(files.rlim_cur) + " may be open at once");
    }
    rlimit locked{};
    ::getrlimit(RLIMIT_MEMLOCK, &locked);
    if (locked.rlim_cur != RLIM_INFINITY && ::geteuid() != 0) {
        report.warn("memory",
                    "the sealer may not lock its memory, so keys may reach swap",
                    "ulimit -l unlimited (LimitMEMLOCK=infinity), or no swap");
    } else {
        report.good("memory", "the sealer locks its memory");
    }
}

std::string word(State state) {
    return state == State::Good ? "ok" : state == State::Warning ? "warning" : "fault";
}

int examine(const std::string& dir, bool json) {
    Report report;
    report.run("config", "correct yinxin.toml", [&] {
        const Config config = load_config(dir, {});
        check_config(report, config);
        report.run("fonts", "install the package it names", [&] {
            pdf::Typefaces::load();
            report.good("fonts", "all faces are there");
        });
        report.run("forms", "yinxin form lint FOLDER", [&] { check_forms(report, config); });
        report.run("keys",
                   "keys/ and keys/passphrase belong together; restore both from a backup",
                   [&] { check_keys(report, config); });
        report.run("seals", "yinxin seals list", [&] { check_seals(report, config); });
        if (config.demo) {
            check_demo_pki(report, config);
        }
        report.run("permissions", "chmod -R go= keys", [&] { check_modes(report, config); });
        report.run("register", "restore register.db and keys/pepper from a backup", [&] {
            check_database(report, config);
        });
        report.run("levels", "see the register", [&] { check_levels(report, config); });
        check_disk(report, config);
    });
    check_clock(report);
    check_process_limits(report);

    bool good = true;
    auto list = Json::array();
    for (const Finding& finding : report.findings()) {
        good = good && finding.state != State::Fault;
        list.push_back({{"check", finding.check},
                        {"state", word(finding.state)},
                        {"detail", finding.detail},
                        {"remedy", finding.remedy}});
        if (!json) {
            std::cout << word(finding.state) << std::string(9 - word(finding.state).size(), ' ')
                      << finding.check << ": " << finding.detail << "\n";
            if (!finding.remedy.empty()) {
                std::cout << std::string(9, ' ') << "-> " << finding.remedy << "\n";
            }
        }
    }
    if (json) {
        std::cout << Json{{"healthy", good}, {"checks", list}}.dump() << std::endl;
    }
    return good ? Exit::Done : Exit::Failed;
}

}  // namespace

void add_doctor(CLI::App& program, Chosen& chosen) {
    struct Options {
        std::string dir;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand(
        "doctor", "Say whether an instance is healthy, and what to do if not");
    verb->add_option("--dir", options->dir, "The instance")->required();
    verb->add_flag("--json", options->json);
    verb->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] { return examine(options->dir, options->json); };
    });
}

}  // namespace yinxin::server::cli
