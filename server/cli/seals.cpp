// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string>
#include <vector>

#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"
#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"

namespace yinxin::server::cli {
namespace {

constexpr std::size_t kPictureBytesMax = 1u << 20;
constexpr std::size_t kRecordBytesMax = 3u << 20;

struct Options {
    std::string dir, id, picture, ses_seal, reason, file;
    std::string new_id, use, shape, owner, middle_text, tax_id, from, to;
    double width_mm = 0, height_mm = 0;
    std::vector<std::string> certificates;
    bool json = false;
};

Session session_of(const Options& options) {
    return open_session(load_config(options.dir, {}), [](const std::string& owner) {
        print_progress("waiting for another yinxin (process " + owner + ") on this instance ...");
    });
}

/// What was given, and nothing else.
Json order_of(const Options& options) {
    Json order = Json::object();
    for (const auto& [name, value] : {std::pair{"id", &options.new_id},
                                      {"use", &options.use},
                                      {"shape", &options.shape},
                                      {"owner", &options.owner},
                                      {"middle_text", &options.middle_text},
                                      {"tax_id", &options.tax_id},
                                      {"valid_from", &options.from},
                                      {"valid_to", &options.to}}) {
        if (!value->empty()) {
            order[name] = *value;
        }
    }
    if (options.width_mm > 0) {
        order["width_mm"] = options.width_mm;
    }
    if (options.height_mm > 0) {
        order["height_mm"] = options.height_mm;
    }
    for (const std::string& file : options.certificates) {
        const Bytes pem = read_input(file, 1u << 20);
        order["certificates"].push_back(
            to_base64url(keys::certificates_from_pem(as_text(pem)).front()));
    }
    return order;
}

Bytes picture_of(const Options& options) {
    return options.picture.empty() ? Bytes() : read_input(options.picture, kPictureBytesMax);
}

std::string text_at(const Json& seal, const char* name) {
    return seal.value(name, "");
}

void say(const Json& seal) {
    std::cout << (seal.value("seals", false) ? "* " : "  ") << text_at(seal, "id") << "  "
              << text_at(seal, "state") << "  " << text_at(seal, "use") << "  "
              << text_at(seal, "owner");
    if (!text_at(seal, "middle_text").empty()) {
        std::cout << "  " << text_at(seal, "middle_text");
    }
    std::cout << "\n    " << text_at(seal, "shape") << (seal.value("drawn", true) ? "" : ", PNG")
              << ", " << seal.value("width_mm", 0.0) << " x " << seal.value("height_mm", 0.0)
              << " mm, " << text_at(seal, "valid_from") << " to " << text_at(seal, "valid_to")
              << "\n";
    if (seal.contains("ended_at")) {
        std::cout << "    ended " << text_at(seal, "ended_at") << ": "
                  << text_at(seal, "end_reason")
                  << (seal.contains("replaced_by") ? "; replaced by " + text_at(seal, "replaced_by")
                                                   : "")
                  << "\n";
    }
    if (seal.contains("fault")) {
        std::cout << "    " << text_at(seal, "fault") << "\n";
    }
    if (seal.contains("warning")) {
        std::cout << "    Note: " << text_at(seal, "warning") << "\n";
    }
    if (text_at(seal, "state") == "valid" && seal.value("compromised", false)) {
        std::cout << "    lists compromised keys only, and never seals again: yinxin seals expire "
                  << text_at(seal, "id") << " --reason REASON\n";
    } else if (text_at(seal, "state") == "valid" && !seal.value("first_seal", true)) {
        std::cout
            << "    documents need a first seal by GB/T 38540, which it does not make; to have "
               "one that does: yinxin seals replace "
            << text_at(seal, "id") << " --reason REASON\n";
    }
}

int answer(const Options& options, const Json& seal) {
    if (options.json) {
        std::cout << seal.dump() << std::endl;
    } else {
        say(seal);
    }
    return Exit::Done;
}

int create(const Options& options) {
    return answer(options,
                  session_of(options).seals.create(order_of(options), picture_of(options)));
}

int replace(const Options& options) {
    return answer(options,
                  session_of(options).seals.replace(
                      options.id, order_of(options), picture_of(options), options.reason));
}

int take_in(const Options& options) {
    return answer(options,
                  session_of(options).seals.take_in(read_input(options.file, kRecordBytesMax)));
}

int expire(const Options& options) {
    return answer(options, session_of(options).seals.expire(options.id, options.reason));
}

int show(const Options& options) {
    const Json seal = session_of(options).seals.show(options.id);
    if (!options.picture.empty()) {
        if (!seal.contains("picture")) {
            throw Error(ErrorCode::NotFound,
                        "the seal " + options.id + " is drawn from its record; it has no PNG");
        }
        write_output(options.picture, from_base64url(seal.at("picture").get<std::string>()));
    }
    if (!options.ses_seal.empty()) {
        if (!seal.contains("ses_seal")) {
            throw Error(ErrorCode::NotFound,
                        "the seal " + options.id + " has no SESeal (GB/T 38540)");
        }
        write_output(options.ses_seal, from_base64url(seal.at("ses_seal").get<std::string>()));
    }
    if (!options.json) {
        for (const Json& each : seal.at("certificate_sha256")) {
            std::cout << "certificate " << each.get<std::string>() << "\n";
        }
        std::cout << "maker " << text_at(seal, "maker") << "\n";
        if (seal.contains("ses_seal")) {
            const Bytes der = from_base64url(seal.at("ses_seal").get<std::string>());
            std::cout << "SESeal (GB/T 38540) " << der.size() << " bytes, SHA-256 "
                      << to_hex(keys::sha256(der)) << "\n";
        }
    }
    return answer(options, seal);
}

int list(const Options& options) {
    const Json seals = session_of(options).seals.list();
    if (options.json) {
        std::cout << Json{{"seals", seals}}.dump() << std::endl;
        return Exit::Done;
    }
    for (const Json& seal : seals) {
        say(seal);
    }
    std::cout << "* seals what is issued now, of those with its use\n";
    return Exit::Done;
}

void add_description(CLI::App* verb, const std::shared_ptr<Options>& options) {
    verb->add_option("--id", options->new_id, "14 digits; default: the next of this place");
    verb->add_option("--shape", options->shape, "Default: round")
        ->check(CLI::IsMember({"round", "oval"}));
    verb->add_option("--owner", options->owner, "Name on the arc; default: the issuing organ");
    verb->add_option("--text", options->middle_text, "Line below the star or the number");
    verb->add_option("--tax-id", options->tax_id, "Number in the middle of an oval seal");
    verb->add_option("--width", options->width_mm, "Millimetres; default: 42, an oval one 40");
    verb->add_option("--height", options->height_mm, "Millimetres; default: 42, an oval one 30");
    verb->add_option("--from", options->from, "First moment, RFC 3339; default: now");
    verb->add_option("--to", options->to, "Last moment; default: three years later");
    verb->add_option("--certificate",
                     options->certificates,
                     "PEM of who may seal with it; default: of the keys in use that seal")
        ->take_all();
    verb->add_option(
        "--picture", options->picture, "PNG of 64 to 720 pixels a side, in place of a drawn seal");
}

}  // namespace

void add_seals(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand(
        "seals", "Seal records: create, import, list, show, expire, replace");
    verb->require_subcommand(1);
    const auto under = [&](const char* name, const char* about, int (*work)(const Options&)) {
        CLI::App* part = verb->add_subcommand(name, about);
        part->add_option("--dir", options->dir, "The instance")->required();
        part->add_flag("--json", options->json);
        part->callback([options, work, &chosen] {
            chosen.json = options->json;
            chosen.run = [options, work] { return work(*options); };
        });
        return part;
    };
    const auto of_one = [&](CLI::App* part) {
        part->add_option("ID", options->id, "14 digits, see: yinxin seals list")->required();
    };
    const auto with_reason = [&](CLI::App* part) {
        part->add_option("--reason", options->reason, "Shown with the seal")->required();
    };
    CLI::App* creating = under("create", "Have the seal maker sign a new seal", create);
    creating->add_option("--use", options->use, "business, tax, invoice: the word a form names")
        ->required();
    add_description(creating, options);
    under("import", "Take in a seal record that was made elsewhere", take_in)
        ->add_option("FILE",
                     options->file,
                     "JSON with body, signature and maker_certificate (also picture, ses_seal) in "
                     "base64url, as seals show ID --json prints it")
        ->required();
    under("list", "Every seal there ever was", list);
    CLI::App* showing = under("show", "One seal, with all that was signed (--json)", show);
    of_one(showing);
    showing->add_option("--picture", options->picture, "Write its PNG there");
    showing->add_option(
        "--ses-seal", options->ses_seal, "Write its SESeal (GB/T 38540, DER) there");
    CLI::App* expiring = under("expire", "End a seal: it never seals again", expire);
    of_one(expiring);
    with_reason(expiring);
    CLI::App* replacing =
        under("replace", "A new seal in place of one, which never seals again", replace);
    of_one(replacing);
    with_reason(replacing);
    replacing->add_option("--use", options->use);
    add_description(replacing, options);
}

}  // namespace yinxin::server::cli
