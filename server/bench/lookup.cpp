// SPDX-License-Identifier: Apache-2.0
#include "server/bench/lookup.h"

#include <atomic>
#include <fstream>
#include <optional>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "server/app.h"
#include "server/bench/bulk_load.h"
#include "server/bench/parts.h"
#include "server/control.h"
#include "server/init.h"
#include "server/storage/register_secret.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr int kCodesWritten = 20'000;

double seconds_since(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

double resident_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            double kilobytes = 0;
            status >> kilobytes;
            return kilobytes / 1024;
        }
    }
    return 0;
}

/// One issued document, and copies of it.
void fill(const Config& config, std::uint64_t rows) {
    {
        App app(config);
        app.service().issue(local_operator, request_for(sample_data(), "lookup", 0));
    }
    bulk_load(config.database(), read_register_secret(config.keys_dir() / "pepper"), rows);
}

/// Codes of rows far from each other, the same in each run. Any thread.
class Codes {
  public:
    explicit Codes(std::uint64_t rows) : rows_(rows) {}
    std::string next() {
        const std::uint64_t n = ++given_ * 0x9e3779b97f4a7c15U;  // Weyl's sequence
        return bulk_code((n >> 33U) % rows_);
    }

  private:
    const std::uint64_t rows_;
    std::atomic<std::uint64_t> given_{0};
};

Load look_up(App& app, std::uint64_t rows, std::chrono::seconds span, int threads) {
    Codes codes(rows);
    return carry(threads, when_over(span), [&] {
        const std::string answer = app.service().verify_code_as_text(codes.next()).json;
        if (answer.find("on_record") == std::string::npos) {
            throw Error(ErrorCode::Internal, "a code of the register was not found");
        }
    });
}

void write_codes(const fs::path& file, std::uint64_t rows) {
    std::ofstream stream(file);
    Codes codes(rows);
    for (int i = 0; i < kCodesWritten; ++i) {
        stream << codes.next() << "\n";
    }
    if (!stream.flush()) {
        throw Error(ErrorCode::Unavailable, file.string() + " cannot be written");
    }
}

}  // namespace

nlohmann::ordered_json bench_lookup(const LookupBench& bench) {
    std::optional<TemporaryInstance> temporary;
    fs::path dir = bench.dir;
    bool make = true;
    if (dir.empty()) {
        temporary.emplace(fs::current_path(), bench.key);
        dir = temporary->dir();
    } else if (fs::exists(dir / "yinxin.toml")) {
        make = false;
    } else {
        keys::OpenSslRandom random;
        // Several may be served at once, each with its own authorities.
        make_instance({.dir = dir, .demo = true, .algorithm = bench.key, .pki_port = 0}, random);
    }
    const Config config = load_config(dir, {});
    const auto lock = InstanceLock::try_take(config.lock_file());
    if (!lock) {
        throw Error(ErrorCode::Conflict, dir.string() + " is in use: stop its server");
    }
    nlohmann::ordered_json line;
    line["rows"] = bench.rows;
    if (make) {
        const auto start = SteadyClock::now();
        fill(config, bench.rows);
        line["load_s"] = rounded(seconds_since(start), 1);
    } else {
        line["rows"] = bulk_rows(config.database());
    }
    const std::uint64_t rows = line.at("rows");
    if (rows == 0) {
        throw Error(
            ErrorCode::Conflict,
            dir.string() + " was not made by bench lookup; name a folder that is not there yet");
    }
    if (!bench.codes.empty()) {
        write_codes(bench.codes, rows);
    }
    line["database_mb"] = fs::file_size(config.database()) >> 20U;
    const auto start = SteadyClock::now();
    App app(config);
    app.service().recover();
    if (!app.service().readiness().at("ready").get<bool>()) {
        throw Error(ErrorCode::Unavailable, "the instance does not become ready");
    }
    line["ready_ms"] = rounded(seconds_since(start) * 1e3, 0);
    const Load load = look_up(app, rows, bench.span, bench.threads);
    line["threads"] = bench.threads;
    line["lookups_per_s"] = rounded(load.per_second(), 0);
    line["p50_us"] = rounded(percentile(load.latencies_us, 0.50), 1);
    line["p99_us"] = rounded(percentile(load.latencies_us, 0.99), 1);
    line["resident_mb"] = rounded(resident_mb(), 0);
    return line;
}

}  // namespace yinxin::server
