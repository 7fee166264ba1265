// SPDX-License-Identifier: Apache-2.0
#include "server/serve.h"

#include <spdlog/spdlog.h>

#include <iostream>
#include <string>
#include <vector>

#include "server/cli/commands.h"
#include "server/cli/output.h"

namespace yinxin::server::cli {
namespace {

struct Options {
    std::string dir, listen;
    std::vector<std::string> overrides;
    bool insecure_limits = false;
};

void say_ready(const Config& config) {
    std::cout << "yinxin serves " << config.dir.string() << " on " << config.listen << "\n"
              << "  check a document   " << config.public_url << "/\n"
              << "  interface          " << config.public_url << "/docs\n"
              << "  API key            " << (config.dir / "admin.key").string() << "\n"
              << (config.demo ? "  TSA, OCSP, CRL    " + config.demo_pki_url() +
                                    "/\n  This is a demo: everything it issues is a SPECIMEN.\n"
                              : "")
              << "Stop with Ctrl-C." << std::endl;
}

}  // namespace

void add_serve(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand(
        "serve", "Serve an instance until Ctrl-C or SIGTERM; SIGHUP reads the forms again");
    verb->add_option("DIR", options->dir, "The instance")->required();
    verb->add_option("--listen",
                     options->listen,
                     "ADDRESS:PORT instead of the configured one; port 0 picks a free one");
    verb->add_option("--set", options->overrides, "section.key=value, over yinxin.toml")
        ->take_all();
    verb->add_flag("--insecure-limits",
                   options->insecure_limits,
                   "Allow limits per caller that are looser than the defaults");
    verb->callback([options, &chosen] {
        chosen.run = [options] {
            Config config = load_config(options->dir, options->overrides, options->listen);
            config.insecure_limits = options->insecure_limits;
            spdlog::set_level(spdlog::level::info);
            serve(std::move(config), say_ready);
            return Exit::Done;
        };
    });
}

}  // namespace yinxin::server::cli
