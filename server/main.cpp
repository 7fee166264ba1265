// SPDX-License-Identifier: Apache-2.0
// yinxin: the program that faces the network, and the command line. It holds no private key: see
// sealer/main.cpp.
#include <signal.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/time_text.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/version.h"

namespace {

using namespace yinxin::server;

/// One JSON object a line, like the lines of requests.
class LogLine : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
        const auto level = spdlog::level::to_string_view(message.level);
        const nlohmann::ordered_json object{
            {"time",
             yinxin::to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(message.time))},
            {"level", std::string(level.data(), level.size())},
            {"message", std::string(message.payload.data(), message.payload.size())}};
        const std::string text =
            object.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
        line.append(text.data(), text.data() + text.size());
    }
    std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<LogLine>();
    }
};

/// What CLI11 calls a missing subcommand is most often a mistyped one.
std::string unknown_verb(const CLI::App& program, int argc, char** argv) {
    const CLI::App* at = &program;
    std::string path = program.get_name();
    for (int n = 1; n < argc; ++n) {
        const std::string word = argv[n];
        const auto verbs = at->get_subcommands([](const CLI::App*) { return true; });
        const auto values =
            at->get_options([](const CLI::Option* o) { return o->get_positional(); });
        if (verbs.empty() || !values.empty() || word.starts_with("-")) {
            return {};
        }
        const auto verb = std::find_if(
            verbs.begin(), verbs.end(), [&](const CLI::App* v) { return v->check_name(word); });
        if (verb == verbs.end()) {
            std::string known;
            for (const CLI::App* each : verbs) {
                known += (known.empty() ? "" : ", ") + each->get_name();
            }
            return path + ": there is no verb '" + word + "'; there are " + known +
                   "\nRun with --help for more information.\n";
        }
        at = *verb;
        path += " " + word;
    }
    return {};
}

/// Logs go to standard error, because standard output is for answers; only `serve` turns them on.
void set_up_log() {
    auto log = spdlog::stderr_logger_mt("yinxin");
    log->set_formatter(std::make_unique<LogLine>());
    log->set_level(spdlog::level::off);
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
    cli::add_seal(program, chosen);
    cli::add_seals(program, chosen);
    cli::add_verify(program, chosen);
    cli::add_form(program, chosen);
    cli::add_fsck(program, chosen);
    cli::add_doctor(program, chosen);
    cli::add_apikey(program, chosen);
    cli::add_keys(program, chosen);
    cli::add_pki(program, chosen);
    cli::add_bench(program, chosen);
    cli::add_version(program, chosen);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (const std::string unknown = unknown_verb(program, argc, argv); !unknown.empty()) {
            std::cerr << unknown;
            return cli::Exit::Usage;
        }
        return program.exit(error) == 0 ? cli::Exit::Done : cli::Exit::Usage;
    }
    try {
        const int status = chosen.run();
        if (!std::cout.flush()) {
            throw yinxin::Error(
                yinxin::ErrorCode::StorageFull,
                "what was done stands, but the answer could not be written to standard "
                "output; ask again");
        }
        return status;
    } catch (const std::exception& error) {
        cli::print_error(error, chosen.json);
        return chosen.status_of_error;
    }
}
