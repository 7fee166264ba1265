// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string>
#include <vector>

#include "common/limits.h"
#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/control.h"

namespace yinxin::server::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::string file, dir, out, at, seal, reason;
    int page = 0;
    bool invisible = false, riding = false, json = false;
    std::vector<std::string> overrides;
};

Json options_of(const Options& options) {
    Json out = Json::object();
    if (options.invisible) {
        out["place"] = "invisible";
    } else if (!options.at.empty()) {
        out["place"] = options.at;
    }
    if (options.page != 0) {
        out["page"] = options.page;
    }
    if (options.riding) {
        out["riding"] = true;
    }
    if (!options.seal.empty()) {
        out["seal"] = options.seal;
    }
    if (!options.reason.empty()) {
        out["reason"] = options.reason;
    }
    return out;
}

/// NAME.pdf becomes NAME.sealed.pdf beside it.
std::string beside(const std::string& file) {
    const fs::path path(file);
    return (path.parent_path() / (path.stem().string() + ".sealed.pdf")).string();
}

void say(const Json& body, const std::string& out) {
    const Json& place = body.at("place");
    std::cout << "Sealed\n  seal       " << body.at("seal").at("id").get<std::string>() << " "
              << body.at("seal").at("owner").get<std::string>() << "\n  place      "
              << (place.at("visible").get<bool>()
                      ? "page " + std::to_string(place.at("page").get<int>())
                      : std::string("invisible"))
              << (body.at("riding").get<bool>() ? ", and a strip on every page" : "")
              << "\n  level      " << body.at("level").get<std::string>() << "\n  sealed at  "
              << body.at("sealed_at").get<std::string>() << "\n  sha256     "
              << body.at("sha256").get<std::string>() << "\n  file       " << out << "\n";
    for (const Json& notice : body.at("notices")) {
        std::cout << "  notice     " << notice.get<std::string>() << "\n";
    }
}

int seal(const Options& options) {
    const std::string out = options.out.empty() ? beside(options.file) : options.out;
    check_output(out);
    const Config config = load_config(options.dir, options.overrides);
    const Bytes file = read_input(options.file, limits::upload_bytes_max);
    const Session session = open_session(config, [](const std::string& owner) {
        print_progress("waiting for another yinxin (process " + owner + ") on this instance ...");
    });
    const Service::Sealed sealed = session.use.seal(local_operator, file, options_of(options));
    write_output(out, sealed.pdf);
    if (options.json) {
        std::cout << sealed.body.dump() << std::endl;
    } else {
        say(sealed.body, out);
    }
    return Exit::Done;
}

}  // namespace

void add_seal(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand(
        "seal", "Seal a PDF that somebody else has made; or: seal extend ID");
    verb->add_option("FILE", options->file, "The PDF, - for standard input");
    verb->add_option("--dir", options->dir, "The instance");
    verb->add_option("-o,--out", options->out, "Where it goes; default: FILE.sealed.pdf beside it");
    verb->add_option("--page", options->page, "Page of the visible seal; default: the last")
        ->check(CLI::PositiveNumber);
    auto* at = verb->add_option("--at",
                                options->at,
                                "X,Y: millimetres from the page's upper left corner to the seal's; "
                                "default: the first corner where nothing is printed");
    verb->add_flag("--invisible", options->invisible, "No picture")->excludes(at);
    verb->add_flag("--riding", options->riding, "A strip of the seal on every page's right edge");
    verb->add_option("--seal", options->seal, "Use of the seal record; default: business");
    verb->add_option("--reason", options->reason, "Written into the signature");
    verb->add_option("--set", options->overrides, "section.key=value, over yinxin.toml")
        ->take_all();
    verb->add_flag("--json", options->json, "Print what was done as JSON");
    verb->footer(
        "Refused, with the reason as first word: unreadable, encrypted, certified (its first "
        "signature allows no other),\n"
        "invalid (a signature in it does not hold), altered (changed after it was signed).");
    add_seal_extend(*verb, chosen);
    verb->callback([options, verb, &chosen] {
        if (!verb->get_subcommands().empty()) {
            return;
        }
        for (const auto& [name, value] :
             {std::pair{"FILE", &options->file}, {"--dir", &options->dir}}) {
            if (value->empty()) {
                throw CLI::RequiredError(name);
            }
        }
        chosen.json = options->json;
        chosen.run = [options] { return seal(*options); };
    });
}

}  // namespace yinxin::server::cli
