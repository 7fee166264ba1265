// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "common/files.h"
#include "common/time_text.h"
#include "keys/pki/certificate.h"
#include "keys/pki/revocation_journal.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/config/config.h"
#include "server/demo/faults.h"

namespace yinxin::server::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCertificateBytesMax = 64u << 10;

struct Options {
    std::string key, dir, reason = "unspecified", at;
    std::vector<std::string> faults;
    bool json = false;
};

Config demo_config(const std::string& dir) {
    Config config = load_config(dir, {});
    if (!config.demo) {
        throw Error(ErrorCode::Forbidden,
                    dir + " is no demo: ask the authority that certified its keys");
    }
    return config;
}

/// Of a key of the instance or of its authorities.
keys::Certificate certificate_of(const Config& config, const std::string& key) {
    const bool plain = std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    for (const fs::path& folder : {config.keys_dir(), config.pki_dir()}) {
        if (const fs::path file = folder / (key + ".pem"); plain && fs::exists(file)) {
            const Bytes text = read_public_file(file, kCertificateBytesMax);
            return keys::Certificate::from_der(keys::certificates_from_pem(as_text(text)).front());
        }
    }
    throw Error(ErrorCode::NotFound,
                "there is no certificate of a key \"" + key + "\" in " +
                    config.keys_dir().string() + " or " + config.pki_dir().string());
}

Time time_of(const std::string& at) {
    const Time now = SystemClock().now();
    if (at.empty()) {
        return now;
    }
    const auto time = parse_rfc3339(at);
    if (!time) {
        throw Error(ErrorCode::Invalid,
                    "--at " + at + ": should be a time like 2026-01-31T09:00:00+08:00");
    }
    if (*time > now) {
        throw Error(ErrorCode::Invalid, "--at " + at + " has not come yet");
    }
    return *time;
}

int revoke(const Options& options) {
    const Config config = demo_config(options.dir);
    if (options.key.ends_with("-root")) {
        throw Error(ErrorCode::Invalid,
                    options.key + " is a root: nobody is above it who could say so");
    }
    const keys::Certificate certificate = certificate_of(config, options.key);
    const keys::Revocation revocation{.key = options.key,
                                      .issuer_name = certificate.issuer_name,
                                      .serial_number = certificate.serial_number,
                                      .revoked_at = time_of(options.at),
                                      .reason = options.reason};
    keys::record_revocation(config.pki_dir() / keys::revocation_journal_name, revocation);
    if (options.json) {
        std::cout << nlohmann::json{{"key", revocation.key},
                                    {"certificate_sha256", to_hex(certificate.sha256)},
                                    {"revoked_at", to_rfc3339(revocation.revoked_at)},
                                    {"reason", revocation.reason}}
                         .dump()
                  << std::endl;
    } else {
        std::cout << "Revoked the certificate of " << revocation.key << " ("
                  << certificate.common_name << ") from " << to_rfc3339(revocation.revoked_at)
                  << ", " << revocation.reason << ". OCSP and CRL say so from now on.\n";
    }
    return Exit::Done;
}

int order_faults(const Options& options) {
    const Config config = demo_config(options.dir);
    const bool none = options.faults == std::vector<std::string>{"none"};
    write_demo_faults(config.pki_dir() / demo_pki_faults_name,
                      none ? std::vector<std::string>{} : options.faults);
    std::cout << (none ? "The demo PKI behaves.\n" : "The demo PKI misbehaves as ordered, until: ")
              << (none ? "" : "yinxin pki fault none --dir " + options.dir + "\n");
    return Exit::Done;
}

}  // namespace

void add_pki(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb =
        program.add_subcommand("pki", "The authorities of a demo: revoke, and misbehave for tests");
    verb->require_subcommand(1);

    CLI::App* revoking = verb->add_subcommand(
        "revoke", "Revoke a certificate; a running demo says so from the next question on");
    revoking->add_option("KEY", options->key, "Id of the certified key, as in keys/ and pki/")
        ->required();
    revoking->add_option("--dir", options->dir, "The instance")->required();
    revoking->add_option("--reason", options->reason, "Why")
        ->check(CLI::IsMember(std::vector<std::string>(keys::revocation_reasons.begin(),
                                                       keys::revocation_reasons.end())));
    revoking->add_option("--at", options->at, "From when, RFC 3339; now, unless given");
    revoking->add_flag("--json", options->json);
    revoking->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] { return revoke(*options); };
    });

    CLI::App* spoiling =
        verb->add_subcommand("fault", "Order faults for tests: exactly these, or none");
    spoiling->footer(demo_faults_help());
    spoiling->add_option("FAULT", options->faults, "NAME[@FAMILY][=MILLISECONDS], or none")
        ->required();
    spoiling->add_option("--dir", options->dir, "The instance")->required();
    spoiling->callback(
        [options, &chosen] { chosen.run = [options] { return order_faults(*options); }; });
}

}  // namespace yinxin::server::cli
