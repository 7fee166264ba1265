// SPDX-License-Identifier: Apache-2.0
// Every bit of a registered document, flipped one at a time and checked twice: with the register,
// as an uploaded file is, and by its signature alone.
//   flips INSTANCE FILE.pdf ROOT.der      prints one JSON object
#include <array>
#include <atomic>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "server/config/config.h"
#include "server/service/verification.h"
#include "verify/document_verifier.h"

namespace {

using namespace yinxin;
using server::Json;

constexpr std::size_t threads_used = 2;

Bytes read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

/// The inspector without its process; remembers what the signature alone proved.
class InProcess : public server::Inspector {
  public:
    InProcess(const Bytes& root, const verify::Policy& policy) : trust_({root}), policy_(policy) {}
    verify::DocumentReport inspect(ByteView file,
                                   const server::Inspection& how,
                                   const std::string&) override {
        auto report = verify::verify_document(
            file, trust_, how.elsewhere ? verify::Policy{} : policy_, SystemClock().now());
        last = report.integrity;
        return report;
    }
    server::SealDraft prepare(ByteView, const server::SealWork&, const std::string&) override {
        throw Error(ErrorCode::Refused, "only files are checked");
    }
    bool alive() override { return true; }
    thread_local static verify::Integrity last;

  private:
    verify::TrustStore trust_;
    verify::Policy policy_;
};
thread_local verify::Integrity InProcess::last = verify::Integrity::NotChecked;

/// Checking needs no key, no form and no press.
class NoKey : public keys::PrivateKey {
  public:
    const std::string& id() const override { return id_; }
    keys::KeyAlgorithm algorithm() const override { return keys::KeyAlgorithm::EcdsaP256; }
    const std::vector<Bytes>& chain() const override { return chain_; }
    Bytes sign(const keys::SignOrder&) override { throw Error(ErrorCode::Refused, "no key"); }

  private:
    std::string id_ = "none";
    std::vector<Bytes> chain_;
};
class NoPress : public pdf::Press {
  public:
    std::unique_ptr<pdf::Plan> plan(std::shared_ptr<const pdf::Form>,
                                    const pdf::Values&,
                                    const pdf::IssuerNames&) override {
        throw Error(ErrorCode::Refused, "no press");
    }
    pdf::Rendered print(const pdf::Plan&,
                        const pdf::Values&,
                        const pdf::IssuerNames&,
                        const pdf::Issuance&) override {
        throw Error(ErrorCode::Refused, "no press");
    }
};

/// The hexadecimal digits of the signature value: between the two parts of the ByteRange.
struct Contents {
    std::size_t from = 0, to = 0;
};
Contents contents_of(const Bytes& pdf) {
    const std::string_view text = as_text(pdf);
    const std::size_t at = text.rfind("/Contents", text.rfind("/ByteRange"));
    const std::size_t other = text.find("/Contents", text.rfind("/ByteRange"));
    const std::size_t name = other != std::string_view::npos ? other : at;
    const std::size_t from = text.find('<', name), to = text.find('>', from);
    if (from == std::string_view::npos || to == std::string_view::npos) {
        throw Error(ErrorCode::Malformed, "no Contents");
    }
    return {from + 1, to};
}

/// A letter of a hexadecimal digit in the other case.
bool same_digit(std::uint8_t a, std::uint8_t b) {
    const auto letter = [](std::uint8_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'f'; };
    return letter(a) && letter(b) && (a | 0x20) == (b | 0x20);
}

struct Tally {
    std::mutex mutex;
    std::map<std::string, std::size_t> outcomes, integrities;
    Json genuine = Json::array(), intact = Json::array();
    std::size_t flips = 0, intact_same_value = 0;
};

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 4) {
        std::cerr << "usage: flips INSTANCE FILE.pdf ROOT.der\n";
        return 2;
    }
    const Bytes original = read(argv[2]), root = read(argv[3]);
    const server::Config config = server::load_config(argv[1], {});
    keys::OpenSslRandom random;
    const auto store =
        server::open_store({.path = config.database(),
                            .secret = server::read_register_secret(config.keys_dir() / "pepper"),
                            .create = false,
                            .read_only = true,
                            .vfs = {},
                            .on_fatal = {}},
                           random);
    SystemClock clock;
    const auto whole =
        verify::verify_document(original, verify::TrustStore({root}), {}, clock.now());
    verify::Policy policy;
    for (const auto& signature : whole.signatures) {
        policy.own_certificate_sha256.push_back(signature.signer.value().certificate_sha256);
    }
    InProcess inspector(root, policy);
    NoKey key;
    NoPress press;
    pdf::FormLibrary forms({});
    server::Verification verification({.config = config,
                                       .store = *store,
                                       .forms = forms,
                                       .press = press,
                                       .typefaces = nullptr,
                                       .seal_key = key,
                                       .token_key = key,
                                       .inspector = inspector,
                                       .trust_anchors = {root},
                                       .seals = {},
                                       .clock = clock,
                                       .random = random});
    const auto untouched = verification.by_file(original, "");
    const Contents contents = contents_of(original);

    Tally tally;
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        Bytes file = original;
        std::map<std::string, std::size_t> outcomes, integrities;
        for (std::size_t at = next++; at < original.size(); at = next++) {
            for (unsigned bit = 0; bit < 8; ++bit) {
                file[at] = static_cast<std::uint8_t>(original[at] ^ (1u << bit));
                const std::string outcome = verification.by_file(file, "").at("outcome");
                ++outcomes[outcome];
                ++integrities[verify::to_text(InProcess::last)];
                const bool intact = InProcess::last == verify::Integrity::Intact;
                if (intact || outcome == "genuine" || outcome == "on_record") {
                    const std::lock_guard lock(tally.mutex);
                    const bool same_value = at >= contents.from && at < contents.to &&
                                            same_digit(file[at], original[at]);
                    if (outcome == "genuine" || outcome == "on_record") {
                        tally.genuine.push_back({at, bit});
                    }
                    if (intact && same_value) {
                        ++tally.intact_same_value;
                    } else if (intact) {
                        tally.intact.push_back({at, bit});
                    }
                }
            }
            file[at] = original[at];
        }
        const std::lock_guard lock(tally.mutex);
        for (const auto& [name, count] : outcomes) {
            tally.outcomes[name] += count;
            tally.flips += count;
        }
        for (const auto& [name, count] : integrities) {
            tally.integrities[name] += count;
        }
    };
    std::array<std::thread, threads_used> threads;
    for (auto& thread : threads) {
        thread = std::thread(work);
    }
    for (auto& thread : threads) {
        thread.join();
    }
    std::cout << Json({{"bytes", original.size()},
                       {"flips", tally.flips},
                       {"untouched", untouched.at("outcome")},
                       {"outcomes", tally.outcomes},
                       {"integrities", tally.integrities},
                       {"genuine", tally.genuine},
                       {"intact_same_value", tally.intact_same_value},
                       {"intact_elsewhere", tally.intact}})
              << '\n';
    return 0;
} catch (const std::exception& error) {
    std::cerr << "flips: " << error.what() << '\n';
    return 1;
}
