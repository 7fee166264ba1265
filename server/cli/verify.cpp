// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/limits.h"
#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/cli/verify_offline.h"
#include "server/inspector/pool.h"
#include "server/service/answers.h"
#include "verify/paper/reading.h"

namespace yinxin::server::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::string subject, dir, keys;
    std::vector<std::string> trust, facts;
    bool json = false, offline = false;
};

verify::DocumentReport inspect(ByteView file, std::vector<Bytes> anchors) {
    const SystemClock clock;
    InspectorOptions options;
    options.children = 1;
    options.anchors = std::move(anchors);
    return InspectorPool(std::move(options), clock).inspect(file, {}, "");
}

/// By the signatures alone, as if there were no register to ask.
Json verify_signatures(ByteView file, const std::vector<Bytes>& anchors) {
    const verify::DocumentReport report = inspect(file, anchors);
    VerificationAnswer answer(SystemClock().now());
    if (report.integrity == verify::Integrity::Intact) {
        answer.outcome("sealed_elsewhere");
    } else if (report.integrity == verify::Integrity::Altered ||
               report.integrity == verify::Integrity::Invalid) {
        answer.outcome("altered");
    }
    return answer.checked(report).json();
}

Json verify_file(const Session& session,
                 const Config& config,
                 ByteView file,
                 const std::vector<Bytes>& more) {
    Json answer = session.use.verify_file(file, "");
    if (!more.empty() && answer.at("outcome") == "sealed_elsewhere") {
        // Only its issuer is judged anew: what the register says of it (status, document) stays.
        std::vector<Bytes> anchors = trust_anchors(config);
        anchors.insert(anchors.end(), more.begin(), more.end());
        const Json again = verify_signatures(file, anchors);
        for (const char* name : {"outcome", "integrity", "issuer", "signatures"}) {
            if (again.contains(name)) {
                answer[name] = again.at(name);
            } else {
                answer.erase(name);
            }
        }
    }
    return answer;
}

Json verify_code(const Session& session, const Options& options) {
    if (options.facts.empty()) {
        return session.use.verify_code(options.subject);
    }
    Json request{{"code", options.subject}, {"fact", Json::object()}};
    for (const std::string& fact : options.facts) {
        const auto equals = fact.find('=');
        if (equals == std::string::npos) {
            throw Error(ErrorCode::Malformed,
                        "--fact " + fact + " should be name=value, for example id_last6=123456");
        }
        request["fact"][fact.substr(0, equals)] = fact.substr(equals + 1);
    }
    return session.use.verify_fact(request);
}

Json ask(const Options& options, bool is_file) {
    const std::vector<Bytes> anchors = read_anchors(options.trust);
    const Bytes file = is_file ? read_input(options.subject, limits::upload_bytes_max) : Bytes();
    if (options.dir.empty() && verify::paper::is_picture(file)) {
        throw Error(ErrorCode::Invalid,
                    "what the QR code in a picture leads to is looked up in a register: add --dir "
                    "DIR");
    }
    if (options.dir.empty()) {
        return verify_signatures(file, anchors);
    }
    const Config config = load_config(options.dir, {});
    const Session session = open_session(config, [](const std::string& owner) {
        print_progress("waiting for another yinxin (process " + owner + ") on this instance ...");
    });
    return is_file ? verify_file(session, config, file, anchors) : verify_code(session, options);
}

std::string text_at(const Json& object, const Json::json_pointer& pointer) {
    const Json value = object.value(pointer, Json());
    return value.is_string() ? value.get<std::string>()
           : value.is_null() ? std::string()
                             : value.dump();
}

/// The outcome in words; some of them mean more beside the rest of the answer.
std::string meaning_of(const Json& answer, bool is_file) {
    const std::string outcome = answer.at("outcome");
    if (answer.contains("picture") && outcome == "on_record") {
        return "ON RECORD: the QR code leads to a valid document of this register. Whether the "
               "paper is that document is for you to see: the picture was not judged";
    }
    if (answer.contains("picture") && outcome == "not_verified") {
        const std::string found = text_at(answer, Json::json_pointer("/picture/found"));
        return found == "token" || found == "code"
                   ? "NOT VERIFIED: the QR code names this issuer, but no document with its code "
                     "is "
                     "on record"
                   : "NOT VERIFIED: " + text_at(answer, Json::json_pointer("/picture/detail"));
    }
    if (outcome == "sealed_elsewhere" && answer.contains("document")) {
        return "SEALED ELSEWHERE: a document of this register, but not the registered file; its "
               "seal "
               "is intact";
    }
    if (outcome == "not_verified") {
        static const std::map<std::string, std::string> reasons{
            {"intact",
             "NOT VERIFIED: sealed with the key of this instance, but not in its register"},
            {"unsigned", "NOT VERIFIED: the file has no seal"},
            {"unreadable", "NOT VERIFIED: the file cannot be read as a PDF"},
            {"not_checked", "NOT VERIFIED: the file could not be checked"}};
        const auto reason = reasons.find(text_at(answer, Json::json_pointer("/integrity")));
        return is_file && reason != reasons.end()
                   ? reason->second
                   : "NOT VERIFIED: no document with this code and this fact";
    }
    static const std::map<std::string, std::string> meanings{
        {"genuine", "GENUINE: byte for byte a document of this register, and valid"},
        {"on_record", "ON RECORD: a valid document of this register; its file was not looked at"},
        {"superseded", "SUPERSEDED: replaced by a later document"},
        {"revoked", "REVOKED: taken back by its issuer"},
        {"altered", "ALTERED: changed after it was sealed, or a seal that does not hold"},
        {"sealed_elsewhere", "SEALED ELSEWHERE: not of this register; its seal is intact"}};
    const auto meaning = meanings.find(outcome);
    return meaning == meanings.end() ? outcome : meaning->second;
}

void say(const Json& answer, bool is_file) {
    std::cout << meaning_of(answer, is_file) << "\n";
    const auto line = [&answer](const char* name, const char* pointer) {
        if (const std::string value = text_at(answer, Json::json_pointer(pointer));
            !value.empty()) {
            std::cout << "  " << name << value << "\n";
        }
    };
    line("integrity  ", "/integrity");
    line("status     ", "/status");
    line("reason     ", "/status_reason");
    const bool sure = text_at(answer, Json::json_pointer("/issuer/trusted")) == "yes";
    line(sure ? "issuer     " : "claims to be  ", "/issuer/name");
    line("trusted    ", "/issuer/trusted");
    line("key        ", "/issuer/key");
    line("document   ", "/document/title_zh");
    line("number     ", "/document/number");
    line("issued on  ", "/document/issued_on");
    const bool to_compare = answer.contains("compare");
    if (to_compare) {
        std::cout << "  compare each line with the paper:\n";
    }
    for (const Json& fact : answer.value(to_compare ? "compare" : "facts", Json::array())) {
        std::cout << "  " << text_at(fact, Json::json_pointer("/label_zh")) << "  "
                  << text_at(fact, Json::json_pointer("/value")) << "\n";
    }
    const auto findings = [](const Json& holder) {
        for (const Json& finding : holder.value("findings", Json::array())) {
            std::cout << "  finding    " << text_at(finding, Json::json_pointer("/detail")) << "\n";
        }
    };
    findings(answer);
    for (const Json& signature : answer.value("signatures", Json::array())) {
        findings(signature);
    }
}

int status_of(const Json& answer, bool is_file) {
    const std::string outcome = answer.at("outcome");
    if (outcome == "genuine" || outcome == "on_record") {
        return Exit::Done;
    }
    if (outcome == "sealed_elsewhere") {
        return text_at(answer, Json::json_pointer("/issuer/trusted")) == "yes" ? Exit::Done
                                                                               : Exit::Undecided;
    }
    if (outcome == "altered" || outcome == "superseded" || outcome == "revoked") {
        return Exit::Failed;
    }
    // A code the register does not know, or a wrong fact, is decided, also when it was read off a
    // picture; a file nobody can judge is not.
    static const std::set<std::string> decided{"token", "code", "forged", "other_code"};
    return is_file && !decided.contains(text_at(answer, Json::json_pointer("/picture/found")))
               ? Exit::Undecided
               : Exit::Failed;
}

/// A question that is none is no answer about a document.
int or_usage(const Options& options, const std::function<int()>& work) {
    try {
        return work();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Malformed || error.code() == ErrorCode::Invalid) {
            print_error(error, options.json);
            return Exit::Usage;
        }
        throw;
    }
}

int verify(const Options& options) {
    if (options.offline) {
        if (options.keys.empty() || !options.dir.empty() || !options.facts.empty()) {
            std::cerr << "yinxin: --offline goes with --keys FILE, and asks no register\n";
            return Exit::Usage;
        }
        return or_usage(options, [&] {
            return verify_offline({options.subject, options.keys, options.trust, options.json});
        });
    }
    const bool is_file = options.subject == "-" || fs::exists(options.subject);
    if (!is_file && options.subject.find_first_of("./") != std::string::npos) {
        std::cerr << "yinxin: there is no file " << options.subject << "\n";
        return Exit::Usage;
    }
    if (!is_file && options.dir.empty()) {
        std::cerr << "yinxin: " << options.subject
                  << " is no file; a code is looked up in a register: add --dir DIR\n";
        return Exit::Usage;
    }
    if (is_file && !options.facts.empty()) {
        std::cerr << "yinxin: a fact goes with a code, not with a file\n";
        return Exit::Usage;
    }
    return or_usage(options, [&] {
        const Json answer = ask(options, is_file);
        if (options.json) {
            std::cout << answer.dump() << std::endl;
        } else {
            say(answer, is_file);
        }
        return status_of(answer, is_file);
    });
}

}  // namespace

void add_verify(CLI::App& program, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* verb =
        program.add_subcommand("verify", "Check a file, or a code printed on a document");
    verb->add_option("FILE|CODE",
                     options->subject,
                     "A PDF, a photo or a scan (- for standard input), or the 16 symbols")
        ->required();
    verb->add_option(
        "--dir",
        options->dir,
        "The instance whose register is asked; without it only signatures are checked");
    verb->add_option("--trust", options->trust, "PEM file of roots to trust")->take_all();
    verb->add_option("--fact",
                     options->facts,
                     "With a code: something read off the paper, as name=value (id_last6, total)")
        ->take_all();
    verb->add_flag("--offline",
                   options->offline,
                   "Check the text of a QR (instead of FILE|CODE) by the published keys alone");
    verb->add_option("--keys",
                     options->keys,
                     "With --offline: the issuer's /.well-known/jwks.json, fetched earlier");
    verb->add_flag("--json", options->json);
    verb->footer(
        "Exit status: 0 genuine, on record, or sealed by a trusted issuer; 1 altered, superseded, "
        "revoked, an unknown code,\n"
        "a wrong fact or a forged QR code; 2 usage; 3 not decided: not sealed, not readable, a "
        "picture without our\n"
        "QR code, an issuer that is not trusted, or the instance's own key without an entry in its "
        "register.\n"
        "On record, of a picture, says nothing of the paper: compare what is printed here with "
        "it.\n"
        "With --offline: 1 not genuine, 3 genuine, because a QR proves what was issued and not "
        "what "
        "is still valid.");
    verb->callback([options, &chosen] {
        chosen.json = options->json;
        chosen.status_of_error = Exit::Undecided;
        chosen.run = [options] { return verify(*options); };
    });
}

}  // namespace yinxin::server::cli
