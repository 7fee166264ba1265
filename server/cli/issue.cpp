// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string>
#include <vector>

#include "keys/crypto/random.h"
#include "pdf/form.h"
#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/control.h"

namespace yinxin::server::cli {
namespace {

struct Options {
    std::string type, data, dir, out, level, channel, key;
    std::vector<std::string> overrides;
    bool json = false;
};

void say(const Json& issued, const std::string& level, const Options& options, bool replayed) {
    std::cout << (replayed ? "Issued before: " : "Issued ") << options.type << "\n"
              << "  id         " << issued.at("id").get<std::string>() << "\n"
              << "  number     " << issued.at("number").get<std::string>() << "\n"
              << "  code       " << issued.at("code").get<std::string>() << "\n"
              << "  issued at  " << issued.at("issued_at").get<std::string>() << "\n"
              << "  level      " << level
              << (options.level.empty() || level == options.level
                      ? ""
                      : " for now; " + options.level + " follows when TSA and responder answer")
              << "\n"
              << "  sha256     " << issued.at("sha256").get<std::string>() << "\n"
              << "  file       " << options.out << "\n";
}

/// Where forms were looked for, when there is not one.
[[noreturn]] void no_forms(const Config& config) {
    std::string places;
    for (const std::filesystem::path& root : form_roots(&config)) {
        places += (places.empty() ? "" : ", ") + root.string();
    }
    throw Error(ErrorCode::NotFound,
                "there is no form to issue by: none was found in " + places +
                    "; put the shipped folder share/yinxin/forms back beside the program, or name "
                    "a folder of forms in yinxin.toml ([forms] folders)");
}

IssueAnswer issue_or_name_type(const Session& session,
                               const Config& config,
                               const IssueRequest& request) {
    try {
        return session.use.issue(local_operator, request);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::NotFound) {
            if (pdf::FormLibrary(form_roots(&config)).all().empty()) {
                no_forms(config);
            }
            throw Error(error.code(), request.type + ": " + error.what(), error.fields());
        }
        throw;
    }
}

/// The number is used up and the document valid, so whoever asked must be able to get at it.
void write_issued(const Session& session,
                  const Options& options,
                  const Json& issued,
                  const std::string& key) {
    try {
        write_output(options.out, session.use.pdf(local_operator, issued.at("id"), 1).pdf);
    } catch (const Error& error) {
        throw Error(
            error.code(),
            "the document is issued (number " + issued.at("number").get<std::string>() + ", code " +
                issued.at("code").get<std::string>() + ") but not written: " + error.what() +
                "; for its file run this again with another -o and --idempotency-key " + key);
    }
}

int issue(const Options& options) {
    check_output(options.out);
    const Config config = load_config(options.dir, options.overrides);
    IssueRequest request;
    request.type = options.type;
    request.data = read_json(options.data);
    if (!options.level.empty()) {
        request.options["level"] = options.level;
    }
    if (!options.channel.empty()) {
        request.options["channel"] = options.channel;
    }
    request.idempotency_key =
        options.key.empty() ? "cli-" + to_hex(keys::OpenSslRandom().bytes(16)) : options.key;

    const Session session = open_session(config, [](const std::string& owner) {
        print_progress("waiting for another yinxin (process " + owner + ") on this instance ...");
    });
    const IssueAnswer answer = issue_or_name_type(session, config, request);
    write_issued(session, options, answer.body, request.idempotency_key);
    if (options.json) {
        std::cout << answer.body.dump() << std::endl;
    } else {
        const Json first =
            session.use.document(local_operator, answer.body.at("id")).at("revisions").at(0);
        say(answer.body, first.at("level"), options, answer.replayed);
    }
    return Exit::Done;
}

}  // namespace

void add_issue(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand("issue", "Issue one document and write its PDF");
    verb->add_option("TYPE", options->type, "Document type, see: yinxin form list")->required();
    verb->add_option("DATA", options->data, "JSON file with the values, - for standard input")
        ->required();
    verb->add_option("--dir", options->dir, "The instance")->required();
    verb->add_option("-o,--out", options->out, "Where the PDF goes")->required();
    verb->add_option(
            "--level", options->level, "PAdES level; default: [seal] level of the instance")
        ->check(CLI::IsMember({"B-B", "B-T", "B-LT", "B-LTA"}));
    verb->add_option("--channel", options->channel, "How it reaches its holder")
        ->check(CLI::IsMember({"self", "counter", "kiosk", "postal"}));
    verb->add_option("--idempotency-key",
                     options->key,
                     "Run again with the same key: the same document, not another one. Default: a "
                     "new key each time");
    verb->add_option("--set", options->overrides, "section.key=value, over yinxin.toml")
        ->take_all();
    verb->add_flag("--json", options->json, "Print the answer of POST /api/v1/documents");
    verb->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] { return issue(*options); };
    });
}

}  // namespace yinxin::server::cli
