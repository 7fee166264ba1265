// SPDX-License-Identifier: Apache-2.0
#include "server/demo/faults.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <string_view>

#include "common/error.h"
#include "common/files.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

struct Known {
    std::string_view name, meaning;
    bool slow = false;
};
constexpr std::array kKnown{
    Known{"tsa-down", "hangs up"},
    Known{"tsa-slow", "waits MILLISECONDS", true},
    Known{"tsa-wrong-imprint", "stamps something else"},
    Known{"tsa-wrong-nonce", "answers somebody else"},
    Known{"tsa-expired", "shows a certificate that has ended"},
    Known{"tsa-no-usage", "shows a certificate without the usage timeStamping"},
    Known{"tsa-future", "is a day ahead"},
    Known{"ocsp-down", "hangs up"},
    Known{"ocsp-slow", "waits MILLISECONDS", true},
    Known{"ocsp-stale", "gives an answer of last week"},
    Known{"ocsp-revoked", "calls every certificate revoked"},
    Known{"ocsp-unknown", "knows no certificate"},
    Known{"ocsp-foreign", "signs with a key the authority never certified"},
    Known{"crl-down", "hangs up"},
};
constexpr int kSpanMax = 600'000;

DemoFault from_word(const std::string& word) {
    const auto fail = [&word](const std::string& why) -> Error {
        return {ErrorCode::Invalid, "\"" + word + "\": " + why + "\n" + demo_faults_help()};
    };
    const auto equals = word.find('=');
    const std::string head = word.substr(0, equals);
    const auto at = head.find('@');
    DemoFault fault{.name = head.substr(0, at),
                    .where = at == std::string::npos ? "" : head.substr(at + 1)};
    const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&fault](const Known& one) {
        return one.name == fault.name;
    });
    if (known == kKnown.end()) {
        throw fail("there is no such fault");
    }
    if (known->slow != (equals != std::string::npos)) {
        throw fail(known->slow ? "say how slow: " + fault.name + "=MILLISECONDS"
                               : "this one takes no number");
    }
    if (known->slow) {
        int span = 0;
        const char* const end = word.data() + word.size();
        const auto [read, wrong] = std::from_chars(word.data() + equals + 1, end, span);
        if (wrong != std::errc() || read != end || span < 0 || span > kSpanMax) {
            throw fail("should be 0 to 600000 milliseconds");
        }
        fault.span = std::chrono::milliseconds(span);
    }
    return fault;
}

}  // namespace

std::string demo_faults_help() {
    std::string text = "Faults, of all or @FAMILY (@AUTHORITY of crl-down):";
    for (const Known& known : kKnown) {
        const std::string name = std::string(known.name) + (known.slow ? "=MILLISECONDS" : "");
        text += "\n  " + name + std::string(24 - name.size(), ' ') + std::string(known.meaning);
    }
    return text;
}

std::vector<DemoFault> demo_faults_from_words(const std::vector<std::string>& words) {
    std::vector<DemoFault> faults;
    std::transform(words.begin(), words.end(), std::back_inserter(faults), from_word);
    return faults;
}

void write_demo_faults(const fs::path& file, const std::vector<std::string>& words) {
    static_cast<void>(demo_faults_from_words(words));
    std::string text;
    for (const std::string& word : words) {
        text += word + "\n";
    }
    write_file(file, as_bytes(text), FileMode::Private, IfPresent::Replace);
}

std::vector<DemoFault> read_demo_faults(const fs::path& file) {
    std::ifstream stream(file);
    std::vector<std::string> words;
    for (std::string word; std::getline(stream, word);) {
        words.push_back(word);
    }
    return demo_faults_from_words(words);
}

const DemoFault* find_demo_fault(const std::vector<DemoFault>& faults,
                                 const std::string& name,
                                 const std::string& where) {
    const auto found = std::find_if(faults.begin(), faults.end(), [&](const DemoFault& fault) {
        return fault.name == name && (fault.where.empty() || fault.where == where);
    });
    return found == faults.end() ? nullptr : &*found;
}

}  // namespace yinxin::server
