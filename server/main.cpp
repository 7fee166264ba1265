// SPDX-License-Identifier: Apache-2.0
// yinxin: the program that faces the network, and the command line. It holds no private key: see
// sealer.cpp.
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <iostream>

#include "common/error.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/version.h"

namespace {

using namespace yinxin::server;

/// Logs go to standard error; standard output is for answers.
void set_up_log() {
    auto log = spdlog::stderr_logger_mt("yinxin");
    log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    spdlog::set_default_logger(std::move(log));
}

}  // namespace

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN);
    cli::keep_new_files_private();
    set_up_log();

    CLI::App program{
        "Yinxin 印信: issues sealed tax certificates and invoices, keeps the register, answers who "
        "asks.",
        "yinxin"};
    program.set_version_flag("--version", "yinxin " + std::string(version));
    program.require_subcommand(1);
    cli::Chosen chosen;
    cli::add_init(program, chosen);
    cli::add_serve(program, chosen);
    cli::add_issue(program, chosen);
    cli::add_verify(program, chosen);
    cli::add_form(program, chosen);
    cli::add_fsck(program, chosen);
    cli::add_doctor(program, chosen);
    cli::add_bench(program, chosen);
    cli::add_version(program, chosen);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? cli::Exit::Done : cli::Exit::Usage;
    }
    try {
        return chosen.run();
    } catch (const std::exception& error) {
        cli::print_error(error, chosen.json);
        return chosen.status_of_error;
    }
}
