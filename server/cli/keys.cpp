// SPDX-License-Identifier: Apache-2.0
// The instance's own keys: made, certified, put in use, retired, compromised. Works beside a server
// and without one.
#include <filesystem>
#include <iostream>
#include <string>

#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"

namespace yinxin::server::cli {
namespace {

struct Options {
    std::string dir, id, algorithm, use = "seal", file, passphrase_file, reason, out;
    bool json = false;
};

KeyUses uses_of(const Options& options, std::shared_ptr<void>& keeps) {
    SigningKeySession session =
        open_signing_key_session(load_config(options.dir, {}), [](const std::string& owner) {
            print_progress("waiting for another yinxin (process " + owner +
                           ") on this instance ...");
        });
    keeps = session.keeps;
    return session.use;
}

/// The answer for machines, or else these words.
int tell(const Options& options, const Json& answer, const std::string& words) {
    std::cout << (options.json ? answer.dump() + "\n" : words);
    return Exit::Done;
}

std::string absolute(const std::string& path) {
    return std::filesystem::absolute(path).string();
}

/// What a first seal by GB/T 38540 is made with, there is only one kind of.
std::string algorithm_of(const Options& options) {
    if (!options.algorithm.empty()) {
        return options.algorithm;
    }
    return options.use == "ses" ? "sm2" : "p256";
}

std::string to_certify(const Options& options, const Json& made) {
    return "Have keys/" + made.value("request", "") + " certified, then: yinxin keys import " +
           options.id + " CHAIN.pem --dir " + options.dir + "\n";
}

int generate(const Options& options) {
    std::shared_ptr<void> keeps;
    const Json made = uses_of(options, keeps)
                          .make({{"verb", "generate"},
                                 {"id", options.id},
                                 {"algorithm", algorithm_of(options)},
                                 {"use", options.use}});
    const std::string next = made.value("certified", false) ? "The demo CA has certified it.\n"
                                                            : to_certify(options, made);
    return tell(options, made, "Made the key " + options.id + ". " + next);
}

int csr(const Options& options) {
    std::shared_ptr<void> keeps;
    const Json made = uses_of(options, keeps).make({{"verb", "csr"}, {"id", options.id}});
    return tell(options, made, made.at("request").get<std::string>());
}

/// Which seals were replaced, and what is to be noted.
std::string consequences(const Json& done) {
    std::string words;
    const Json seals = done.value("seals", Json::object());
    for (const auto& [before, seal] : seals.items()) {
        words += "The seal " + seal.get<std::string>() + " replaces " + before + ".\n";
    }
    if (done.contains("warning")) {
        words += "Note: " + done.at("warning").get<std::string>() + "\n";
    }
    return words;
}

int take_in(const Options& options) {
    Json order{{"verb", "import"}, {"id", options.id}, {"file", options.file}};
    if (options.file.starts_with("pkcs11:")) {
        order = {{"verb", "token"}, {"id", options.id}, {"uri", options.file}};
    } else {
        order["file"] = absolute(options.file);
    }
    if (!options.passphrase_file.empty()) {
        order["source_passphrase_file"] = absolute(options.passphrase_file);
    }
    std::shared_ptr<void> keeps;
    const Json made = uses_of(options, keeps).make(order);
    const int certificates = made.value("certificates", 0);
    return tell(
        options,
        made,
        (certificates == 0 ? "The key " + options.id + " is known. " + to_certify(options, made)
                           : "The key " + options.id + " has " + std::to_string(certificates) +
                                 (certificates == 1 ? " certificate.\n" : " certificates.\n")) +
            consequences(made));
}

int list(const Options& options) {
    std::shared_ptr<void> keeps;
    const Json keys = uses_of(options, keeps).list();
    std::string words;
    for (const Json& key : keys) {
        words +=
            key.at("id").get<std::string>() + "  " + key.at("state").get<std::string>() + "  " +
            key.at("use").get<std::string>() + "  " + key.value("algorithm", "-") + "  " +
            (key.contains("not_after") ? "valid until " + key.at("not_after").get<std::string>()
                                       : "no certificate");
        if (key.contains("successor")) {
            words += "  successor " + key.at("successor").get<std::string>();
        }
        words += "\n";
        for (const Json& fault : key.at("faults")) {
            words += "    cannot sign: " + fault.get<std::string>() + "\n";
        }
        if (key.contains("warning")) {
            words += "    " + key.at("warning").get<std::string>() + "\n";
        }
    }
    return tell(options, {{"keys", keys}}, words);
}

int rotate(const Options& options) {
    std::shared_ptr<void> keeps;
    const Json done = uses_of(options, keeps).rotate(options.id, options.use);
    const auto before = done.at("before").get<std::string>();
    const bool compromised = done.value("before_state", "") == "compromised";
    return tell(options,
                done,
                options.id + " is in use now; " + before + " signs nothing more, " +
                    (compromised ? "and what it has signed proves nothing by itself: yinxin keys "
                                   "compromise " +
                                       before + " --reason REASON lists it again.\n"
                                 : "what it has signed stays valid.\n") +
                    consequences(done));
}

int retire(const Options& options) {
    std::shared_ptr<void> keeps;
    const Json done = uses_of(options, keeps).retire(options.id, options.reason);
    return tell(options, done, options.id + " is retired: it signs nothing more.\n");
}

int compromise(const Options& options) {
    if (!options.out.empty()) {
        check_output(options.out);
    }
    std::shared_ptr<void> keeps;
    const Json done = uses_of(options, keeps).compromise(options.id, options.reason);
    const Json& affected = done.at("affected");
    if (!options.out.empty()) {
        std::string lines;
        for (const Json& thing : affected) {
            lines += thing.dump() + "\n";
        }
        write_output(options.out, as_bytes(lines));
    }
    std::string words = options.id + " is compromised: it signs nothing more.\n" +
                        std::to_string(affected.size()) + " things it has signed are affected" +
                        (options.out.empty() ? ":\n" : ", listed in " + options.out + "\n");
    if (options.out.empty()) {
        for (const Json& thing : affected) {
            const std::string name = thing.contains("sha256")
                                         ? "sha256 " + thing.at("sha256").get<std::string>()
                                         : thing.value("number", thing.at("id").get<std::string>());
            words += "  " + thing.at("purpose").get<std::string>() + "  " + name + "  " +
                     thing.value("status", "") + "  " + thing.at("at").get<std::string>() + "\n";
        }
    }
    words += "Next: have its certificate revoked, and yinxin keys rotate another in its place.\n";
    return tell(options, done, words);
}

int retry_pin(const Options& options) {
    std::shared_ptr<void> keeps;
    const Json done = uses_of(options, keeps).retry_pin(options.id);
    return tell(options, done, "The token has taken the PIN of " + options.id + ".\n");
}

}  // namespace

void add_keys(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand("keys",
                                            "The instance's own keys: generate, csr, import, list, "
                                            "rotate, retire, compromise, pin-retry");
    verb->require_subcommand(1);
    const auto under = [&](const char* name, const char* about, int (*work)(const Options&)) {
        CLI::App* part = verb->add_subcommand(name, about);
        part->add_option("--dir", options->dir, "The instance")->required();
        part->add_flag("--json", options->json);
        part->callback([options, work, &chosen] {
            chosen.json = options->json;
            chosen.run = [options, work] { return work(*options); };
        });
        return part;
    };
    const auto named = [&](CLI::App* part) {
        part->add_option("ID", options->id, "1 to 64 of a-z, 0-9 and -")->required();
        return part;
    };
    const auto used = [&](CLI::App* part) {
        part->add_option("--use",
                         options->use,
                         "seal (the default), token, or ses: the first seal by GB/T 38540")
            ->check(CLI::IsMember({"seal", "token", "ses"}));
        return part;
    };
    used(named(under("generate", "Make a key; it is not used before keys rotate", generate)))
        ->add_option("--key",
                     options->algorithm,
                     "p256 (the default), rsa3072, rsa2048 or sm2 (that of ses)")
        ->check(CLI::IsMember({"p256", "rsa3072", "rsa2048", "sm2"}));
    named(under("csr", "Write the certificate request (PKCS#10) and print it", csr));
    CLI::App* importing = named(under("import",
                                      "Take in the certificates of a key (PEM), a key with its "
                                      "certificates (PKCS#12), or a key in a token (pkcs11:...)",
                                      take_in));
    importing->add_option("FILE", options->file, "PEM, PKCS#12 or a pkcs11: URI")->required();
    importing->add_option("--passphrase-file",
                          options->passphrase_file,
                          "Of a PKCS#12 file: a file (0600) with its passphrase");
    under("list", "Every key with its state, use and certificate", list);
    used(named(under("rotate", "Put this key in the place of the one in use", rotate)));
    named(under("retire", "A key that is not in use signs nothing more", retire))
        ->add_option("--reason", options->reason)
        ->required();
    CLI::App* compromising =
        named(under("compromise",
                    "Somebody else may have the key: it stops at once, what it signed is marked",
                    compromise));
    compromising->add_option("--reason", options->reason)->required();
    compromising->add_option("--out", options->out, "Write what is affected here, one JSON a line");
    named(under("pin-retry",
                "Offer the PIN of a key in a token once more: it or the token was corrected",
                retry_pin));
}

}  // namespace yinxin::server::cli
