// SPDX-License-Identifier: Apache-2.0
#include "server/bench/store.h"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <mutex>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/random.h"
#include "server/app.h"
#include "server/bench/load.h"
#include "server/bench/parts.h"
#include "server/control.h"
#include "server/service/packing_dictionary.h"
#include "server/storage/packing.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

constexpr int kWritersPerCpu = 16;
constexpr std::uint64_t kTemplates = 32;
constexpr std::uint64_t kSerialBase = 10'000'000'000'000'000;  // all serials are as long

/// A document as it was issued: what another row of the register is made like.
struct Kept {
    Document document;
    Bytes pdf;
};

std::vector<Kept> issued_documents(const Config& config) {
    App app(config);
    const Json sample = sample_data();
    std::vector<Kept> kept;
    for (std::uint64_t serial = 0; serial < kTemplates; ++serial) {
        const std::string id =
            app.service().issue(local_operator, request_for(sample, "store", serial)).body.at("id");
        kept.push_back({app.store().document(id, std::nullopt).value(),
                        app.service().pdf(local_operator, id, std::nullopt).pdf});
    }
    return kept;
}

/// The same with another signature, which nobody looks at here: it ends with `serial`.
Bytes another(const Bytes& pdf, std::uint64_t serial) {
    const std::string digits = std::to_string(kSerialBase + serial);
    const std::size_t end = as_text(pdf).find('>', as_text(pdf).rfind("/Contents"));
    if (end == std::string_view::npos || digits.size() > end) {
        throw Error(ErrorCode::Internal, "a sealed document has no signature");
    }
    Bytes other = pdf;
    std::copy(digits.begin(),
              digits.end(),
              other.begin() + static_cast<std::ptrdiff_t>(end - digits.size()));
    return other;
}

/// Sorted microseconds of CPU.
std::vector<double> timed(const std::vector<Kept>& kept,
                          const Enough& enough,
                          const std::function<void(std::size_t)>& once) {
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
    };
    std::vector<double> taken;
    while (!enough(taken.size())) {
        const double begin = now();
        once(taken.size() % kept.size());
        taken.push_back(now() - begin);
    }
    std::sort(taken.begin(), taken.end());
    return taken;
}

/// Rows like those of issuing, in the same three transactions.
class Rows {
  public:
    Rows(Store& store, const Config& config, const std::vector<Kept>& kept, std::int64_t dictionary)
        : store_(store), config_(config), kept_(kept), dictionary_(dictionary) {}

    void write() {
        const std::uint64_t serial = next_++;
        const Kept& like = kept_[serial % kept_.size()];
        const Time now = SystemClock().now();
        const auto use =
            [&](KeyUse::Phase phase, keys::KeyPurpose purpose, const std::string& document) {
                const bool token = purpose == keys::KeyPurpose::Token;
                return KeyUse{phase,
                              purpose,
                              token ? config_.token_key : config_.seal_key,
                              document,
                              keys::sha256(as_bytes(document)),
                              now};
            };
        using enum KeyUse::Phase;
        using enum keys::KeyPurpose;

        Reservation r;
        r.request = {local_operator.id, std::to_string(serial), "issue", Bytes(32, 1)};
        r.type = like.document.type;
        r.form_version = like.document.form_version;
        r.form_sha256 = like.document.form_sha256;
        r.series = "bench";
        r.number = [](std::uint64_t n) { return "bench-" + std::to_string(n); };
        r.input = like.document.input;
        r.options = like.document.options;
        r.dictionary = dictionary_;
        r.at = now;
        r.seal_keys = {config_.seal_key};
        r.key_uses = {use(Begin, Token, "")};
        const std::string id = store_.reserve(r).document.id;

        store_.record_key_uses({use(End, Token, id), use(Begin, keys::KeyPurpose::Document, id)});

        Issued issued;
        issued.id = id;
        issued.facts = like.document.facts;
        issued.pages = like.document.pages;
        issued.issuer_organ = like.document.issuer_organ;
        issued.signer_name = like.document.signer_name;
        issued.signer_sha256 = like.document.signer_sha256;
        issued.seal = like.document.seal;
        issued.level = "B-B";
        issued.pdf = another(like.pdf, serial);
        issued.key_uses = {use(End, keys::KeyPurpose::Document, id)};
        store_.settle_issued(issued);
        const std::lock_guard lock(mutex_);
        ids_.push_back(id);
    }

    void read() {
        // A prime beside few factors of the count: from everywhere in the file.
        const std::string& id = ids_[next_read_++ * 7919 % ids_.size()];
        store_.revision_bytes(store_.revisions(id).back());
    }

    std::uint64_t written() const { return ids_.size(); }

  private:
    Store& store_;
    const Config& config_;
    const std::vector<Kept>& kept_;
    const std::int64_t dictionary_;
    std::atomic<std::uint64_t> next_{0}, next_read_{0};
    std::mutex mutex_;  ///< of the ids
    std::vector<std::string> ids_;
};

}  // namespace

nlohmann::ordered_json bench_store(const StoreBench& bench) {
    pin(bench.cpus);
    const TemporaryInstance instance(bench.dir, bench.key);
    const Config config = load_config(instance.dir(), {});
    const std::vector<Kept> kept = issued_documents(config);
    const auto span = std::chrono::milliseconds(bench.span) / 4;
    const Document& first = kept.front().document;
    const Bytes content = packing_dictionary({first.input, first.facts, kept.front().pdf});
    const Bytes sha256 = keys::sha256(content);
    keys::OpenSslRandom random;
    nlohmann::ordered_json line;
    line["key"] = keys::to_text(bench.key);
    {
        const Dictionary dictionary(1, content, sha256);
        std::vector<Packed> packed;
        for (const Kept& each : kept) {
            packed.push_back(pack(each.pdf, &dictionary));
        }
        const auto packing =
            timed(kept, when_over(span), [&](std::size_t i) { pack(kept[i].pdf, &dictionary); });
        const auto unpacking = timed(kept, when_over(span), [&](std::size_t i) {
            unpack(static_cast<int>(packed[i].packing),
                   packed[i].bytes,
                   kept[i].pdf.size(),
                   &dictionary);
        });
        line["pdf_bytes"] = kept.back().pdf.size();
        line["packed_bytes"] = packed.back().bytes.size();
        line["pack_us"] = rounded(percentile(packing, 0.5), 1);
        line["unpack_us"] = rounded(percentile(unpacking, 0.5), 1);
    }
    const auto bytes_before = fs::file_size(config.database());
    std::uint64_t written = 0;
    {
        const auto store = open_store(store_options(config), random);
        const std::int64_t dictionary = store->keep_dictionary(
            {first.type, first.form_version, sha256, content, SystemClock().now()});
        Rows rows(*store, config, kept, dictionary);
        const Store::Counts before = store->counts();
        const Load writing =
            carry(kWritersPerCpu * bench.cpus, when_over(span), [&] { rows.write(); });
        const Store::Counts after = store->counts();
        const Load reading = carry(bench.cpus, when_over(span), [&] { rows.read(); });
        written = rows.written();
        const auto commits = static_cast<double>(after.commits - before.commits);
        line["written_per_s"] = rounded(writing.per_second(), 1);
        line["commits_per_s"] = rounded(commits / writing.seconds, 1);
        line["units_per_commit"] =
            rounded(static_cast<double>(after.units - before.units) / commits, 1);
        line["write_p50_us"] = rounded(percentile(writing.latencies_us, 0.50), 0);
        line["write_p99_us"] = rounded(percentile(writing.latencies_us, 0.99), 0);
        line["reads_per_s"] = rounded(reading.per_second(), 1);
        line["read_us"] = rounded(percentile(reading.latencies_us, 0.50), 1);
    }  // the register is closed: its file holds everything
    line["stored_bytes_per_document"] =
        (fs::file_size(config.database()) - bytes_before - content.size()) / written;
    line["durable"] = is_durable(instance.dir());
    return line;
}

}  // namespace yinxin::server
