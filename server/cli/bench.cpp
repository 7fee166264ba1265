// SPDX-License-Identifier: Apache-2.0
#include "server/bench.h"

#include <iomanip>
#include <iostream>

#include "server/cli/commands.h"
#include "server/cli/output.h"

namespace yinxin::server::cli {
namespace {

struct Options {
    std::string dir, key = "rsa2048";
    int seconds = 10, threads = 1;
    bool json = false;
};

int run(const Options& options) {
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
    if (options.json) {
        std::cout << line.dump() << std::endl;
        return Exit::Done;
    }
    for (const auto& [name, value] : line.items()) {
        std::cout << std::left << std::setw(28) << name
                  << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
    }
    return Exit::Done;
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
        chosen.run = [options] { return run(*options); };
    });
}

}  // namespace yinxin::server::cli
