// SPDX-License-Identifier: Apache-2.0
#include "server/init.h"

#include <iostream>

#include "keys/crypto/random.h"
#include "server/cli/commands.h"

namespace yinxin::server::cli {
namespace {

int init(const InitOptions& options) {
    keys::OpenSslRandom random;
    const NewInstance made = make_instance(options, random);
    const std::string dir = made.dir.string();
    std::cout << "Made " << dir
              << (options.demo ? ", a demo: everything it issues is a SPECIMEN" : "") << ".\n\n"
              << "  API key of the administrator, also in " << dir << "/admin.key:\n  "
              << made.admin_key << "\n\n";
    if (options.demo) {
        std::cout << "  yinxin serve " << dir << "\n  yinxin issue tax-payment-record " << dir
                  << "/samples/tax-payment-record.one-year.json --dir " << dir << " -o out.pdf\n"
                  << "  yinxin verify out.pdf --dir " << dir
                  << "\n\nThe root of its certificates is " << dir << "/pki/demo-root.pem.\n";
        return Exit::Done;
    }
    const std::string at = " --dir " + dir + "\n";
    std::cout << "Before it can issue:\n"
                 "  1. Write the organ's names and codes and public_url into "
              << dir << "/yinxin.toml\n"
              << "  2. Make the requests in its name, and have them certified by your CA for "
                 "digital signature and\n     non-repudiation:\n";
    for (const std::string& request : made.requests) {
        const std::string key = request.substr(0, request.rfind('.'));
        std::cout << "       yinxin keys csr " << key << at;
    }
    std::cout << "  3. Put the root into " << dir
              << "/pki/NAME-root.pem, and take in each certificate with its issuers\n"
                 "     (PEM, own certificate first, without the root):\n";
    for (const std::string& request : made.requests) {
        const std::string key = request.substr(0, request.rfind('.'));
        std::cout << "       yinxin keys import " << key << " CHAIN.pem" << at;
    }
    std::cout << "  4. Have seals made, one for each use of your forms (business, tax, invoice). "
                 "With a seal maker's key here\n     (pki/seal-maker.p8, encrypted with the "
                 "passphrase in keys/passphrase, and pki/seal-maker.pem"
              << (options.ses ? ";\n     for SESeals pki/sm2-seal-maker.p8 and .pem" : "")
              << "):\n       yinxin seals create --use USE" << at
              << "     Made elsewhere, by a maker whose root is in pki/:\n       yinxin seals "
                 "import FILE"
              << at
              << (options.ses ? "     (a SESeal for keys/ses.pem, DER, goes into seals/ID.esl)\n"
                              : "")
              << "  5. yinxin doctor" << at << "\nKeep " << dir
              << "/keys/passphrase and keys/pepper apart from backups of the register: together "
                 "they open it.\n";
    return Exit::Done;
}

}  // namespace

void add_init(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<InitOptions>();
    auto key = std::make_shared<std::string>("p256");
    CLI::App* verb = program.add_subcommand("init", "Make an instance");
    verb->add_option("DIR", options->dir, "Folder to make; it must be absent or empty")->required();
    verb->add_flag("--demo",
                   options->demo,
                   "With throw-away certificates and samples; documents are SPECIMEN");
    verb->add_option("--key", *key, "Kind of the seal key")
        ->check(CLI::IsMember({"p256", "rsa2048", "rsa3072", "sm2"}));
    verb->add_flag("--ses",
                   options->ses,
                   "Also an SM2 key: every document has a seal of GB/T 38540 first, and that of "
                   "--key behind it");
    verb->add_option("--pki-port",
                     options->pki_port,
                     "With --demo: where its TSA, OCSP and CRL will answer; its certificates name "
                     "it. 0 picks a free one")
        ->capture_default_str()
        ->check(CLI::Range(0, 65535));
    verb->callback([options, key, &chosen] {
        chosen.run = [options, key] {
            options->algorithm = keys::key_algorithm_from_text(*key);
            return init(*options);
        };
    });
}

}  // namespace yinxin::server::cli
