// SPDX-License-Identifier: Apache-2.0
#include <iomanip>
#include <iostream>

#include "server/bench/issue.h"
#include "server/bench/lookup.h"
#include "server/bench/page.h"
#include "server/bench/seal.h"
#include "server/bench/store.h"
#include "server/bench/verify.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"

namespace yinxin::server::cli {
namespace {

using Line = nlohmann::ordered_json;

struct Options {
    std::string dir, key;
    int seconds = 10, threads = 1;
    std::uint64_t documents = 0;
    bool json = false;

    keys::KeyAlgorithm algorithm() const { return keys::key_algorithm_from_text(key); }
    std::chrono::seconds span() const { return std::chrono::seconds(seconds); }
};

/// One of the measurements.
struct Bench {
    const char* name;
    const char* what;
    const char* key;  ///< unless another is named
    bool on_some_cpus;
    bool of_an_instance;  ///< --dir may name one to work on
    Line (*run)(const Options& options);
};

constexpr const char* kOnItsDisk = "The folder whose disk is measured on; default: the current one";
constexpr const char* kOnInstance =
    "Issue on this instance if its seal key is of this kind; else only on its disk. Default: the "
    "current folder's";

Line run_issue(const Options& options) {
    return bench_issue({.dir = options.dir,
                        .key = options.algorithm(),
                        .span = options.span(),
                        .cpus = options.threads,
                        .documents = options.documents});
}

Line run_page(const Options& options) {
    return bench_page({.dir = options.dir, .key = options.algorithm(), .span = options.span()});
}

Line run_seal(const Options& options) {
    return bench_seal({.dir = options.dir,
                       .key = options.algorithm(),
                       .span = options.span(),
                       .cpus = options.threads});
}

Line run_store(const Options& options) {
    return bench_store({.dir = options.dir,
                        .key = options.algorithm(),
                        .span = options.span(),
                        .cpus = options.threads});
}

Line run_verify(const Options& options) {
    return bench_verify({.dir = options.dir, .key = options.algorithm(), .span = options.span()});
}

constexpr Bench kBenches[] = {
    {"issue",
     "Whole documents per second, beside bare signatures, on one CPU",
     "rsa2048",
     true,
     true,
     run_issue},
    {"page",
     "Pages drawn and sealed per second, and nothing else that issuing does",
     "rsa2048",
     false,
     false,
     run_page},
    {"seal",
     "PDFs made elsewhere sealed per second, the same way",
     "rsa2048",
     true,
     false,
     run_seal},
    {"verify",
     "A full validation of a document, alone and in the sandbox",
     "p256",
     false,
     false,
     run_verify},
    {"store",
     "The register alone: packing, group commits, reading back",
     "rsa2048",
     true,
     false,
     run_store},
};

int show(const Line& line, bool json) {
    if (json) {
        std::cout << line.dump() << std::endl;
    } else {
        for (const auto& [name, value] : line.items()) {
            std::cout << std::left << std::setw(28) << name
                      << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
        }
    }
    if (line.contains("durable") && !line.at("durable").get<bool>()) {
        std::cerr << "yinxin: the register was in memory, where making it durable is free; "
                     "name a folder on a disk with --dir\n";
    }
    return Exit::Done;
}

int run(const Bench& bench, const Options& options) {
    if (options.documents == 0) {
        print_progress("measuring for about " + std::to_string(options.seconds + 3) + " s on " +
                       std::to_string(options.threads) + " CPU ...");
    }
    return show(bench.run(options), options.json);
}

void add(CLI::App& verb, const Bench& bench, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    options->key = bench.key;
    CLI::App* command = verb.add_subcommand(bench.name, bench.what);
    command->add_option("--dir", options->dir, bench.of_an_instance ? kOnInstance : kOnItsDisk)
        ->check(CLI::ExistingDirectory);
    command->add_option("--key", options->key, "Kind of the seal key")
        ->check(CLI::IsMember({"p256", "rsa2048", "rsa3072", "sm2"}))
        ->capture_default_str();
    command->add_option("--seconds", options->seconds)
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    if (bench.on_some_cpus) {
        command->add_option("--threads", options->threads, "CPUs to use")
            ->check(CLI::Range(1, 1024))
            ->capture_default_str();
    }
    if (bench.of_an_instance) {
        command->add_option("--documents",
                            options->documents,
                            "So many, one after the other, and nothing is measured: for a program "
                            "that counts instructions");
    }
    command->add_flag("--json", options->json, "One line of JSON");
    command->callback([options, &bench, &chosen] {
        chosen.json = options->json;
        chosen.run = [options, &bench] { return run(bench, *options); };
    });
}

void add_lookup(CLI::App& bench, Chosen& chosen) {
    struct LookupOptions : LookupBench {
        std::string key_kind = "p256";
        int seconds = 5;
        bool json = false;
    };
    auto options = std::make_shared<LookupOptions>();
    CLI::App* lookup = bench.add_subcommand("lookup", "Answers by code in a register of many rows");
    lookup->add_option("--dir",
                       options->dir,
                       "Keep the filled instance there, or use the one that an earlier run left. "
                       "Default: a throw-away instance in the current folder, removed afterwards");
    lookup->add_option("--key", options->key_kind, "Kind of the seal key of a new instance")
        ->check(CLI::IsMember({"p256", "rsa2048", "rsa3072", "sm2"}));
    lookup->add_option("--rows", options->rows, "Documents in a new instance")
        ->check(CLI::Range(1, 100'000'000));
    lookup->add_option("--seconds", options->seconds)->check(CLI::Range(1, 3600));
    lookup->add_option("--threads", options->threads, "That ask at once")
        ->check(CLI::Range(1, 1024));
    lookup->add_option("--codes", options->codes, "Write random codes of it there, one a line");
    lookup->add_flag("--json", options->json, "One line of JSON");
    lookup->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] {
            options->key = keys::key_algorithm_from_text(options->key_kind);
            options->span = std::chrono::seconds(options->seconds);
            print_progress("filling and asking; ten million rows take minutes ...");
            return show(bench_lookup(*options), options->json);
        };
    });
}

}  // namespace

void add_bench(CLI::App& program, Chosen& chosen) {
    CLI::App* verb = program.add_subcommand("bench", "Measure, on a throw-away instance");
    verb->require_subcommand(1);
    for (const Bench& bench : kBenches) {
        add(*verb, bench, chosen);
    }
    add_lookup(*verb, chosen);
}

}  // namespace yinxin::server::cli
