// SPDX-License-Identifier: Apache-2.0
// A registered document changed in very many ways, each checked twice: with the register, as an
// uploaded file is, and by its signature alone. Prints one JSON object.
//   flips INSTANCE FILE.pdf ROOT.der bits=all|N [truncations=N] [revisions=N] [seed=N]
// Bits are flipped one at a time, all of them or so many at random; truncations and appended
// revisions are at random, too, and the same for the same seed.
#include <array>
#include <atomic>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "server/config/config.h"
#include "server/service/verification.h"
#include "tests/verify/attacks/editing.h"
#include "verify/document_verifier.h"
#include "verify/paper/paper.h"

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
        if (!how.elsewhere) {
            alone = report.integrity;
        }
        return report;
    }
    verify::paper::Reading read_paper(ByteView file,
                                      const std::string& wanted,
                                      const std::string&) override {
        return verify::paper::read_paper(file, wanted);
    }
    std::vector<server::ChangedPage> changed_pages(ByteView,
                                                   std::size_t,
                                                   const std::string&) override {
        return {};
    }
    server::SealDraft prepare(ByteView, const server::SealWork&, const std::string&) override {
        throw Error(ErrorCode::Refused, "only files are checked");
    }
    bool alive() override { return true; }
    thread_local static verify::Integrity alone;

  private:
    verify::TrustStore trust_;
    verify::Policy policy_;
};
thread_local verify::Integrity InProcess::alone = verify::Integrity::NotChecked;

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
                        const pdf::Issuance&,
                        const pdf::SignatureSpec*) override {
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

/// What became of one kind of change.
struct Tally {
    std::mutex mutex;
    std::map<std::string, std::size_t> outcomes, integrities;
    std::size_t changes = 0, same_value = 0;
    Json genuine = Json::array(), intact = Json::array();  ///< which, in words

    Json json() const {
        return {{"changes", changes},
                {"outcomes", outcomes},
                {"integrities", integrities},
                {"genuine", genuine},
                {"intact", intact},
                {"intact_same_value", same_value}};
    }
};

/// One change of the document.
struct Change {
    Bytes file;
    std::string words;
    bool same_value = false;  ///< it leaves the decoded value of Contents as it was
};

using Dice = std::mt19937_64;

std::size_t below(Dice& random, std::size_t limit) {
    return static_cast<std::size_t>(random() % limit);
}

Change flipped(const Bytes& original, const Contents& contents, std::size_t bit) {
    Change change{original, "bit " + std::to_string(bit), false};
    const std::size_t at = bit / 8;
    change.file[at] = static_cast<std::uint8_t>(original[at] ^ (1u << bit % 8));
    change.same_value =
        at >= contents.from && at < contents.to && same_digit(change.file[at], original[at]);
    return change;
}

/// Something else than what stands there, of the same kind or of another.
std::string other_value(Dice& random, std::string text) {
    constexpr std::array<const char*, 6> kValues{
        "null", "(other)", "42", "[1 2 3]", "/Other", "<< /Other 1 >>"};
    const std::size_t digit = text.find_first_of("0123456789", below(random, text.size()));
    if (digit != std::string::npos && below(random, 2) == 0) {
        text[digit] = text[digit] == '9' ? '0' : static_cast<char>(text[digit] + 1);
        return text;
    }
    return kValues.at(below(random, kValues.size()));
}

/// One more revision, or what pretends to be one. None of them is what may follow our seals.
Change with_revision(Dice& random, const Bytes& original) {
    using tests::Update;
    Update update(original);
    const auto& document = update.document();
    std::vector<std::uint32_t> numbers;
    for (const std::uint32_t each : document.reachable(document.newest())) {
        numbers.push_back(each);
    }
    const std::uint32_t number = numbers[below(random, numbers.size())];
    const std::uint32_t other = numbers[below(random, numbers.size())];
    const tests::Reference id{number, document.entry(number, document.newest())->generation};
    const auto& object = *document.load(id, document.newest());
    const std::string body(
        as_text(object.source.subspan(object.value.extent().begin, object.value.extent().size())));
    const std::string words = " object " + std::to_string(number);
    std::string junk(1 + below(random, 200), '\0');
    for (char& each : junk) {
        each = static_cast<char>(random() & 0xFF);
    }
    switch (below(random, 12)) {
        case 0:
            update.put(id, other_value(random, body));
            return {update.done(), "another value of" + words};
        case 1:
            update.put(id, test::stream_of(junk));
            return {update.done(), "a stream for" + words};
        case 2:
            update.add(body);
            return {update.done(), "a copy under a new number of" + words};
        case 3:
            return {tests::with_table(original, "", {{number, 0, 1, 'f'}}), "freed" + words};
        case 4:
            return {tests::with_table(original, "", {{number, below(random, original.size())}}),
                    "elsewhere" + words};
        case 5:
            return {tests::with_table(original,
                                      "",
                                      {{number, tests::offset_of(original, other)},
                                       {other, tests::offset_of(original, number)}}),
                    "exchanged" + words + " and " + std::to_string(other)};
        case 6: {
            Bytes longer = original;
            longer.insert(longer.end(), junk.begin(), junk.end());
            return {std::move(longer), std::to_string(junk.size()) + " bytes behind"};
        }
        case 7: {
            constexpr std::array<const char*, 8> kKeys{
                "OpenAction", "Metadata", "Names", "Perms", "AcroForm", "Lang", "Pages", "AA"};
            const char* key = kKeys.at(below(random, kKeys.size()));
            update.edit(update.catalog(),
                        {{key, "<< /Other " + std::to_string(below(random, 1000)) + " >>"}});
            return {update.done(), std::string("the catalog's /") + key};
        }
        case 8: {
            constexpr std::array<const char*, 6> kKeys{
                "Rotate", "MediaBox", "Contents", "Resources", "Annots", "UserUnit"};
            const char* key = kKeys.at(below(random, kKeys.size()));
            const std::string old = update.text(update.page().id, key);
            update.edit(update.page().id, {{key, old.empty() ? "90" : other_value(random, old)}});
            return {update.done(), std::string("the page's /") + key};
        }
        case 9: {
            const auto picture =
                update.add(test::stream_of(junk, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]"));
            update.append_to(
                update.page().id,
                "Annots",
                tests::ref(
                    update.add("<< /Type /Annot /Subtype /Stamp /Rect [0 0 99 99] /F 4 /AP << /N " +
                               tests::ref(picture) + " >> >>")));
            return {update.done(), "an annotation"};
        }
        case 10:
            update.edit(update.catalog(), {});
            return {below(random, 2) == 0 ? update.done() : tests::with_table(original, "", {}),
                    "nothing new"};
        default: {
            const auto size = document.revisions().back().section().size;
            return {tests::with_table(original, "", {}, below(random, size)), "a smaller /Size"};
        }
    }
}

std::map<std::string, std::string> options(int argc, char** argv) {
    std::map<std::string, std::string> named;
    for (int i = 4; i < argc; ++i) {
        const std::string word = argv[i];
        named[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
    }
    return named;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 4) {
        std::cerr << "usage: flips INSTANCE FILE.pdf ROOT.der bits=all|N [truncations=N] "
                     "[revisions=N] [seed=N]\n";
        return 2;
    }
    const auto named = options(argc, argv);
    const auto count = [&](const char* name) {
        return named.contains(name) ? std::stoul(named.at(name)) : 0;
    };
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

    Tally bits, truncations, revisions;
    const auto check = [&](Tally& tally, const Change& change) {
        const std::string outcome = verification.by_file(change.file, "").at("outcome");
        const verify::Integrity alone = InProcess::alone;
        const std::lock_guard lock(tally.mutex);
        ++tally.changes;
        ++tally.outcomes[outcome];
        ++tally.integrities[verify::to_text(alone)];
        if (outcome == "genuine" || outcome == "on_record") {
            tally.genuine.push_back(change.words);
        }
        if (alone == verify::Integrity::Intact && change.same_value) {
            ++tally.same_value;
        } else if (alone == verify::Integrity::Intact) {
            tally.intact.push_back(change.words);
        }
    };
    // Each change has a number and a generator of its own, so that threads make no difference.
    const bool every_bit = named.contains("bits") && named.at("bits") == "all";
    const std::size_t bit_count = every_bit ? original.size() * 8 : count("bits");
    const std::size_t total = bit_count + count("truncations") + count("revisions");
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t each = next++; each < total; each = next++) {
            std::seed_seq seeds{count("seed"), each};
            Dice choose(seeds);
            if (each < bit_count) {
                check(
                    bits,
                    flipped(
                        original, contents, every_bit ? each : below(choose, original.size() * 8)));
            } else if (each < bit_count + count("truncations")) {
                const std::size_t size = below(choose, original.size());
                check(truncations,
                      {to_bytes(ByteView(original).first(size)),
                       std::to_string(size) + " bytes",
                       false});
            } else {
                check(revisions, with_revision(choose, original));
            }
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
                       {"untouched", untouched.at("outcome")},
                       {"bits", bits.json()},
                       {"truncations", truncations.json()},
                       {"revisions", revisions.json()}})
              << '\n';
    return 0;
} catch (const std::exception& error) {
    std::cerr << "flips: " << error.what() << '\n';
    return 1;
}
