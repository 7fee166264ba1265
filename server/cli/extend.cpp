// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string>
#include <vector>

#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/control.h"

namespace yinxin::server::cli {
namespace {

struct Options {
    std::string id, dir, out, level = "B-LTA";
    std::vector<std::string> overrides;
    bool json = false;
};

int extend(const Options& options) {
    if (!options.out.empty()) {
        check_output(options.out);
    }
    const Config config = load_config(options.dir, options.overrides);
    const Session session = open_session(config, [](const std::string& owner) {
        print_progress("waiting for another yinxin (process " + owner + ") on this instance ...");
    });
    const Json revision = session.use.extend(local_operator, options.id, options.level);
    if (!options.out.empty()) {
        const int n = revision.at("n");
        write_output(options.out, session.use.pdf(local_operator, options.id, n).pdf);
    }
    if (options.json) {
        std::cout << revision.dump() << std::endl;
    } else {
        std::cout << "Revision " << revision.at("n") << " is at "
                  << revision.at("level").get<std::string>() << "\n"
                  << "  at      " << revision.at("at").get<std::string>() << "\n"
                  << "  sha256  " << revision.at("sha256").get<std::string>() << "\n";
    }
    return Exit::Done;
}

}  // namespace

void add_seal_extend(CLI::App& seal, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = seal.add_subcommand(
        "extend",
        "Append time stamps and validation data to an issued document: a higher level, or a "
        "renewal of B-LTA");
    verb->add_option("ID", options->id, "The document's id, as answered when it was issued")
        ->required();
    verb->add_option("--dir", options->dir, "The instance")->required();
    verb->add_option("-o,--out", options->out, "Where the new revision goes, too");
    verb->add_option("--level", options->level, "The PAdES level to reach")
        ->check(CLI::IsMember({"B-T", "B-LT", "B-LTA"}))
        ->capture_default_str();
    verb->add_option("--set", options->overrides, "section.key=value, over yinxin.toml")
        ->take_all();
    verb->add_flag("--json", options->json, "Print {n, sha256, size, level, at}");
    verb->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] { return extend(*options); };
    });
}

}  // namespace yinxin::server::cli
