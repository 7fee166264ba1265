// SPDX-License-Identifier: Apache-2.0
// The verbs of the command line: each add_… puts one verb with its options into the program. The
// chosen verb leaves its work in `Chosen`, so that parsing and doing stay apart.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

namespace yinxin::server::cli {

/// Exit status of every verb; `verify` is the only one that uses Undecided.
enum Exit { Done = 0, Failed = 1, Usage = 2, Undecided = 3 };

struct Chosen {
    std::function<int()> run;
    bool json = false;  ///< errors as JSON too
    int status_of_error = Exit::Failed;
};

void add_init(CLI::App& program, Chosen& chosen);
void add_serve(CLI::App& program, Chosen& chosen);
void add_issue(CLI::App& program, Chosen& chosen);
void add_seal(CLI::App& program, Chosen& chosen);
void add_seal_extend(CLI::App& seal, Chosen& chosen);  // seal extend
void add_seals(CLI::App& program, Chosen& chosen);
void add_verify(CLI::App& program, Chosen& chosen);
void add_form(CLI::App& program, Chosen& chosen);
void add_fsck(CLI::App& program, Chosen& chosen);
void add_doctor(CLI::App& program, Chosen& chosen);
void add_apikey(CLI::App& program, Chosen& chosen);
void add_keys(CLI::App& program, Chosen& chosen);
void add_pki(CLI::App& program, Chosen& chosen);
void add_bench(CLI::App& program, Chosen& chosen);
void add_version(CLI::App& program, Chosen& chosen);

}  // namespace yinxin::server::cli
