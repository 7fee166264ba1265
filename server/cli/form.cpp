// SPDX-License-Identifier: Apache-2.0
#include "pdf/form.h"

#include <iostream>
#include <optional>

#include "pdf/form_proof.h"
#include "pdf/overprint.h"
#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/specimen.h"

namespace yinxin::server::cli {
namespace {

struct Options {
    std::string dir, type, folder, out, data;
    bool json = false;
};

std::optional<Config> config_of(const Options& options) {
    return options.dir.empty() ? std::nullopt : std::optional<Config>(load_config(options.dir, {}));
}

std::vector<std::filesystem::path> roots_of(const std::optional<Config>& config) {
    return form_roots(config ? &*config : nullptr);
}

int list(const Options& options) {
    pdf::FormLibrary library(roots_of(config_of(options)));
    if (options.json) {
        auto forms = Json::array();
        for (const auto& form : library.all()) {
            forms.push_back({{"type", form->type()},
                             {"version", form->version()},
                             {"title_zh", form->title_zh()},
                             {"title_en", form->title_en()}});
        }
        std::cout << forms.dump() << std::endl;
    } else {
        for (const auto& form : library.all()) {
            std::cout << form->type() << " " << form->version() << "  " << form->title_zh() << ", "
                      << form->title_en() << "\n";
        }
    }
    for (const pdf::FormFault& fault : library.faults()) {
        std::cerr << "yinxin: " << fault.file << " " << fault.pointer << ": " << fault.detail
                  << "\n";
    }
    return library.faults().empty() ? Exit::Done : Exit::Failed;
}

/// With the types it would be issued beside: the shipped ones, those of the instance, and those in
/// the folder it lies in.
void add_collisions(std::vector<pdf::FormFault>& faults,
                    const pdf::Form& form,
                    const Options& options) {
    std::vector<std::filesystem::path> roots = roots_of(config_of(options));
    roots.push_back(std::filesystem::absolute(options.folder) / ".." / "..");
    for (const auto& other : pdf::FormLibrary(std::move(roots)).all()) {
        if (const std::string fault = pdf::number_collision(form, *other); !fault.empty()) {
            faults.push_back({"form.json", "/number/pattern", fault});
        }
    }
}

int lint(const Options& options) {
    std::vector<pdf::FormFault> faults = pdf::lint_form(options.folder);
    if (faults.empty()) {
        const auto press = pdf::Press::create(pdf::Typefaces::load(), {});
        const auto form = pdf::Form::load(options.folder);
        faults = pdf::proof_form(form, *press, pdf::example_issuer(), SystemClock().now());
        add_collisions(faults, *form, options);
    }
    if (options.json) {
        auto list = Json::array();
        for (const pdf::FormFault& fault : faults) {
            list.push_back(
                {{"file", fault.file}, {"pointer", fault.pointer}, {"detail", fault.detail}});
        }
        std::cout << Json{{"faults", list}}.dump() << std::endl;
    } else {
        for (const pdf::FormFault& fault : faults) {
            std::cout << fault.file << " " << fault.pointer << ": " << fault.detail << "\n";
        }
        std::cout << (faults.empty() ? "No faults: it can be issued.\n" : "");
    }
    return faults.empty() ? Exit::Done : Exit::Failed;
}

int preview(const Options& options) {
    check_output(options.out);
    const std::optional<Config> config = config_of(options);
    pdf::FormLibrary library(roots_of(config));
    Specimen specimen;
    specimen.form = library.current(options.type);
    specimen.data = options.data.empty() ? specimen.form->example() : read_json(options.data);
    specimen.issuer = config ? config->issuer : pdf::example_issuer();
    specimen.public_url = config ? config->public_url : "";
    specimen.at = SystemClock().now();
    const auto press = pdf::Press::create(pdf::Typefaces::load(), {});
    const pdf::Rendered rendered = print_specimen(specimen, *press);
    write_output(options.out, rendered.pdf);
    std::cout << options.out << ": " << rendered.pages << (rendered.pages == 1 ? " page" : " pages")
              << " of " << specimen.form->type() << " " << specimen.form->version()
              << ", a specimen: not registered, not sealed\n";
    return Exit::Done;
}

}  // namespace

void add_form(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = program.add_subcommand("form", "Document types: list, preview, lint");
    verb->require_subcommand(1);

    CLI::App* listing = verb->add_subcommand("list", "The types that can be issued");
    listing->add_option("--dir", options->dir, "With those of this instance");
    listing->add_flag("--json", options->json);
    listing->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] { return list(*options); };
    });

    CLI::App* previewing = verb->add_subcommand("preview", "Print a type's example as a specimen");
    previewing->add_option("TYPE", options->type)->required();
    previewing->add_option("-o,--out", options->out, "Where the PDF goes")->required();
    previewing->add_option("--data", options->data, "Other values than the type's example, JSON");
    previewing->add_option("--dir", options->dir, "With the types and names of this instance");
    previewing->callback(
        [options, &chosen] { chosen.run = [options] { return preview(*options); }; });

    CLI::App* linting = verb->add_subcommand("lint", "Say what is wrong with the folder of a type");
    linting->add_option("FOLDER", options->folder, "TYPE/VERSION, with form.json in it")
        ->required()
        ->check(CLI::ExistingDirectory);
    linting->add_option("--dir", options->dir, "Beside the types of this instance");
    linting->add_flag("--json", options->json);
    linting->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.run = [options] { return lint(*options); };
    });
}

}  // namespace yinxin::server::cli
