// SPDX-License-Identifier: Apache-2.0
#include "server/cli/verify_offline.h"

#include <iostream>

#include "server/app.h"
#include "server/cli/commands.h"
#include "server/cli/output.h"
#include "server/domain/verification_code.h"
#include "server/offline/token_answer.h"

namespace yinxin::server::cli {
namespace {

constexpr std::size_t kTextBytesMax = 4u << 10;

std::string text_of(const std::string& subject) {
    constexpr const char* kSpace = " \t\r\n";
    const Bytes input = subject == "-" ? read_input(subject, kTextBytesMax) : Bytes();
    std::string text = subject == "-" ? std::string(as_text(input)) : subject;
    text.erase(text.find_last_not_of(kSpace) + 1);
    text.erase(0, text.find_first_not_of(kSpace));
    return text;
}

void say(const Json& answer) {
    if (answer.at("token") != "genuine") {
        std::cout << "NOT GENUINE: " << answer.at("why").get<std::string>() << "\n";
        return;
    }
    std::cout << "TOKEN GENUINE: issued with these facts. Whether it is still valid only the "
                 "issuer's register knows.\n";
    const Json &issuer = answer.at("issuer"), &document = answer.at("document");
    std::cout << "  issuer     " << issuer.at("name").get<std::string>() << "\n"
              << "  trusted    " << issuer.at("trusted").get<std::string>() << "\n"
              << "  type       " << document.at("type").get<std::string>() << "\n"
              << "  code       " << print_verification_code(document.at("code").get<std::string>())
              << "\n"
              << "  issued at  " << document.at("issued_at").get<std::string>() << "\n";
    for (const Json& fact : answer.at("facts")) {
        std::cout << "  " << fact.at("label_zh").get<std::string>() << "  "
                  << fact.at("value").get<std::string>() << "\n";
    }
    std::cout << "Compare each with the paper: a QR can be copied onto another.\n";
}

}  // namespace

int verify_offline(const OfflineQuestion& question) {
    const auto keys = read_key_set(read_json(question.keys));
    const Json answer = answer_offline(
        text_of(question.text), keys, read_anchors(question.trust), SystemClock().now());
    if (question.json) {
        std::cout << answer.dump() << std::endl;
    } else {
        say(answer);
    }
    return answer.at("token") == "genuine" ? Exit::Undecided : Exit::Failed;
}

}  // namespace yinxin::server::cli
