// SPDX-License-Identifier: Apache-2.0
#include "server/storage/fsck.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "common/ports.h"
#include "server/app.h"
#include "server/cli/commands.h"

namespace yinxin::server::cli {
namespace {

int check(const std::string& dir, bool json) {
    const Config config = load_config(dir, {});
    const FsckReport report =
        fsck(store_options(config), {.operations = config.operations_file()}, SystemClock().now());
    if (json) {
        auto faults = nlohmann::json::array();
        for (const FsckFault& fault : report.faults) {
            faults.push_back({{"kind", fault.kind}, {"detail", fault.detail}});
        }
        std::cout << nlohmann::json{{"numbers", report.numbers},
                                    {"issued", report.issued},
                                    {"void", report.voided},
                                    {"unsettled", report.unsettled},
                                    {"orphan_bytes", report.orphan_bytes},
                                    {"operations", report.operations},
                                    {"unanswered", report.unanswered},
                                    {"faults", faults}}
                         .dump()
                  << std::endl;
    } else {
        std::cout << report.numbers << " numbers: " << report.issued << " issued, " << report.voided
                  << " void, " << report.unsettled << " under way; " << report.orphan_bytes
                  << " stored bytes without a document; " << report.operations
                  << " signatures counted\n";
        for (const FsckFault& fault : report.faults) {
            std::cout << "  FAULT " << fault.kind << ": " << fault.detail << "\n";
        }
        std::cout
            << (report.faults.empty()
                    ? "No faults.\n"
                    : "Stop the server, keep a copy of register.db and its -wal, and ask for help: "
                      "nothing repairs a register by itself.\n");
    }
    return report.faults.empty() ? Exit::Done : Exit::Failed;
}

}  // namespace

void add_fsck(CLI::App& program, Chosen& chosen) {
    struct Options {
        std::string dir;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* verb =
        program.add_subcommand("fsck", "Check the whole register; works beside a server");
    verb->add_option("--dir", options->dir, "The instance")->required();
    verb->add_flag("--json", options->json);
    verb->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] { return check(options->dir, options->json); };
    });
}

}  // namespace yinxin::server::cli
