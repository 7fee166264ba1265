// SPDX-License-Identifier: Apache-2.0
#include <iomanip>
#include <iostream>

#include "server/bench/issue.h"
#include "server/bench/lookup.h"
#include "server/bench/verify.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"

namespace yinxin::server::cli {
namespace {

struct Options {
    std::string dir, key = "rsa2048";
    int seconds = 10, threads = 1;
    bool json = false;
};

int show(const nlohmann::ordered_json& line, bool json) {
    if (json) {
        std::cout << line.dump() << std::endl;
        return Exit::Done;
    }
    for (const auto& [name, value] : line.items()) {
        std::cout << std::left << std::setw(28) << name
                  << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
    }
    return Exit::Done;
}

int run_verify(const Options& options) {
    print_progress("measuring for about " + std::to_string(options.seconds) + " s ...");
    return show(bench_verify({.key = keys::key_algorithm_from_text(options.key),
                              .span = std::chrono::seconds(options.seconds)}),
                options.json);
}

int run_issue(const Options& options) {
    IssueBench bench;
    bench.dir = options.dir;
    bench.key = keys::key_algorithm_from_text(options.key);
    bench.span = std::chrono::seconds(options.seconds);
    bench.cpus = options.threads;
    print_progress("measuring for about " + std::to_string(options.seconds + 3) + " s on " +
                   std::to_string(options.threads) + " CPU ...");
    const auto line = bench_issue(bench);
    if (!line.at("durable").get<bool>()) {
        std::cerr << "yinxin: the register was in memory, where making it durable is free; "
                     "name a folder on a disk with --dir\n";
    }
    return show(line, options.json);
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
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand("bench", "Measure");
    verb->require_subcommand(1);
    CLI::App* issue = verb->add_subcommand(
        "issue", "Whole documents per second, beside bare signatures, on one CPU");
    issue
        ->add_option("--dir",
                     options->dir,
                     "Issue on this instance if its seal key is of this kind; else only on its "
                     "disk. Default: a throw-away "
                     "instance in the current folder, removed afterwards")
        ->check(CLI::ExistingDirectory);
    issue->add_option("--key", options->key, "Kind of the seal key")
        ->check(CLI::IsMember({"p256", "rsa2048", "rsa3072", "sm2"}));
    issue->add_option("--seconds", options->seconds)->check(CLI::Range(1, 3600));
    issue->add_option("--threads", options->threads, "CPUs to use")->check(CLI::Range(1, 1024));
    issue->add_flag("--json", options->json, "One line of JSON");
    issue->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] { return run_issue(*options); };
    });

    auto of_verify = std::make_shared<Options>();
    of_verify->key = "p256";
    CLI::App* verify =
        verb->add_subcommand("verify", "A full validation of a document, alone and in the sandbox");
    verify->add_option("--key", of_verify->key, "Kind of the key that sealed it")
        ->check(CLI::IsMember({"p256", "rsa2048", "rsa3072", "sm2"}));
    verify->add_option("--seconds", of_verify->seconds)->check(CLI::Range(1, 3600));
    verify->add_flag("--json", of_verify->json, "One line of JSON");
    verify->callback([of_verify, &chosen] {
        chosen.json = of_verify->json;
        chosen.run = [of_verify] { return run_verify(*of_verify); };
    });
    add_lookup(*verb, chosen);
}

}  // namespace yinxin::server::cli
