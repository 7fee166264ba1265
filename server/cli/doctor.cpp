// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "common/time_text.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "keys/private_key.h"
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

std::string in_dir(const Config& config) {
    return " --dir " + config.dir.string();
}

/// What the chain ends at is neither in it nor among the roots: the text of its name, else "".
std::string missing_issuer(const std::vector<Bytes>& chain, const std::vector<Bytes>& anchors) {
    const std::string issuer = keys::Certificate::from_der(chain.back()).issuer;
    const bool known = std::any_of(anchors.begin(), anchors.end(), [&](const Bytes& anchor) {
        return keys::Certificate::from_der(anchor).subject == issuer;
    });
    return known ? "" : issuer;
}

std::string remedy_of_certificate(const Config& config,
                                  const std::string& id,
                                  const std::vector<Bytes>& chain,
                                  const std::vector<Bytes>& anchors) {
    const std::string file = (config.keys_dir() / id).string();
    const std::string issuer = chain.empty() ? "" : missing_issuer(chain, anchors);
    if (!issuer.empty()) {
        return "put the certificate of \"" + issuer + "\" (PEM) into " +
               (config.pki_dir() / "NAME-root.pem").string() +
               " if it is the root, else behind those in " + file + ".pem";
    }
    return "yinxin keys csr " + id + in_dir(config) + "; have " + file +
           ".csr certified; yinxin keys import " + id + " CHAIN.pem" + in_dir(config);
}

void check_certificate(Report& report, const Config& config, const std::string& id, Time now) {
    const auto chain = installed_chain(config, id);
    const auto anchors = trust_anchors(config);
    const Preflight found = preflight_certificate(chain, anchors, now);
    for (const std::string& fault : found.faults) {
        report.fault(
            "certificates", id + ": " + fault, remedy_of_certificate(config, id, chain, anchors));
    }
    if (!found.faults.empty()) {
        return;
    }
    const auto own = keys::Certificate::from_der(chain.front());
    if (!found.warning.empty()) {
        report.warn("certificates",
                    id + ": " + found.warning,
                    remedy_of_certificate(config, id, chain, anchors));
    } else {
        report.good("certificates",
                    id + ": " + own.common_name + ", valid until " + to_rfc3339(own.not_after));
    }
}

/// An id that no key has yet.
std::string next_id(const Config& config, const std::string& use) {
    const auto ids = key_ids(config);
    for (int n = 2;; ++n) {
        const std::string id = use + "-" + std::to_string(n);
        if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
            return id;
        }
    }
}

/// Lines to copy, for a key that signs nothing more and has no successor.
std::string remedy_of_use(const Config& config, const std::string& id, const std::string& use) {
    const std::string next = next_id(config, use);
    const auto chain = installed_chain(config, id);
    const std::string algorithm =
        chain.empty()
            ? "p256"
            : to_text(keys::key_algorithm_of(keys::Certificate::from_der(chain.front()).spki));
    std::string lines =
        "yinxin keys generate " + next + " --key " + algorithm + " --use " + use + in_dir(config);
    if (!config.demo) {
        lines += "; have " + (config.keys_dir() / next).string() +
                 ".csr certified; yinxin keys import " + next + " CHAIN.pem" + in_dir(config);
    }
    return lines + "; yinxin keys rotate " + next + " --use " + use + in_dir(config);
}

bool is_active(Report& report,
               const Config& config,
               const std::vector<KeyChange>& changes,
               const std::string& id,
               const std::string& use) {
    const KeyState state = state_of(changes, id);
    if (state != KeyState::Active) {
        report.fault(
            "keys",
            id + " is " + to_text(state) + ", and no other has its place: nothing is issued",
            remedy_of_use(config, id, use));
    }
    return state == KeyState::Active;
}

std::string remedy_of_key(const Config& config, const std::string& id, const Error& error) {
    const bool pin =
        std::any_of(error.fields().begin(), error.fields().end(), [](const FieldError& field) {
            return field.rule == keys::pin_rule;
        });
    if (pin) {
        return "write the right PIN into the file that keys/" + id +
               ".p11 names (pin-source), or give the token this one; then: yinxin keys pin-retry " +
               id + in_dir(config);
    }
    if (fs::exists(config.keys_dir() / (id + ".p11"))) {
        return "see that the token of keys/" + id +
               ".p11 is there, and that the sealer's user may read the files of its module";
    }
    return "keys/ and keys/passphrase belong together; restore both from a backup";
}

void check_keys(Report& report, const Config& config) {
    keys::OpenSslRandom random;
    StoreOptions options = store_options(config);
    options.read_only = true;
    const auto changes = open_store(options, random)->key_register().key_changes();
    const KeysInUse used = keys_in_use(config, changes);
    const auto sealer = start_sealer(config, changes);
    sealer->wait_ready();
    report.good("keys", "the sealer opens them");
    if (sealer->is_root()) {
        report.warn("sealer's user",
                    "a key is in a token, and there is no user yinxin-sealer: the sealer stays the "
                    "user root, without his capabilities",
                    "adduser --system --group yinxin-sealer; give it the token's folder and what "
                    "its module reads (chown -R yinxin-sealer:yinxin-sealer FOLDER)");
    }
    std::vector<std::pair<std::string, std::string>> uses{{used.seal, "seal"},
                                                          {used.token, "token"}};
    if (!used.ses.empty()) {
        uses.emplace_back(used.ses, "ses");
    }
    for (const auto& [id, use] : uses) {
        if (is_active(report, config, changes, id, use)) {
            try {
                sealer->key(id)->check_alive();
            } catch (const Error& error) {
                report.fault("keys", error.what(), remedy_of_key(config, id, error));
            }
        }
        report.run("certificates",
                   "keys/" + id + ".pem is damaged: yinxin keys import " + id + " CHAIN.pem" +
                       in_dir(config),
                   [&] { check_certificate(report, config, id, SystemClock().now()); });
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
    std::string tsas;
    for (const std::string& url : config.tsa) {
        tsas += (tsas.empty() ? "" : ", ") + url;
    }
    report.warn("levels",
                std::to_string(owed.open) + " documents are below their level, the oldest since " +
                    to_rfc3339(*owed.oldest) + ": " +
                    (owed.last_error.empty() ? "no TSA has been asked since" : owed.last_error),
                "a running server raises them as soon as TSA and OCSP answer: see that one of " +
                    (tsas.empty() ? "[timestamps] tsa (there is none)" : tsas) +
                    " can be reached from here");
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
