// SPDX-License-Identifier: Apache-2.0
#include "server/bench/issue.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "server/app.h"
#include "server/bench/parts.h"
#include "server/control.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using Microseconds = std::chrono::microseconds;

constexpr int kInFlightPerCpu = 16;
constexpr int kWarmUp = 50;
constexpr std::chrono::milliseconds kRawSpan{2000};

/// CPU time of this process and the sealer.
Microseconds cpu_time(SealerClient& sealer) {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& time) {
        return std::chrono::seconds(time.tv_sec) + Microseconds(time.tv_usec);
    };
    return of(used.ru_utime) + of(used.ru_stime) + sealer.cpu_time();
}

double raw_rate(SealerClient& sealer, const std::string& key, int cpus) {
    std::vector<double> rates(static_cast<std::size_t>(cpus));
    {
        std::vector<std::jthread> callers;
        for (double& rate : rates) {
            callers.emplace_back([&] { rate = sealer.raw_signing_rate(key, kRawSpan); });
        }
    }
    return std::accumulate(rates.begin(), rates.end(), 0.0);
}

struct Measured {
    std::vector<double> latencies_us;
    double seconds = 0;
    Microseconds cpu{};
};

class Run {
  public:
    Run(App& app, int in_flight) : app_(app), in_flight_(in_flight), sample_(sample_data()) {
        keys::OpenSslRandom random;
        name_ = to_hex(random.bytes(8));
    }

    /// Issues until `enough` says so; every thread finishes what it began.
    Measured issue_until(const std::function<bool(std::uint64_t made)>& enough) {
        Measured measured;
        std::mutex mutex;
        std::exception_ptr failure;
        std::atomic<std::uint64_t> made{0};
        const Microseconds cpu = cpu_time(app_.sealer());
        const auto start = SteadyClock::now();
        const auto work = [&] {
            std::vector<double> latencies;
            try {
                while (!enough(made)) {
                    const IssueRequest request = request_for(sample_, name_, next_++);
                    const auto begin = SteadyClock::now();
                    app_.service().issue(local_operator, request);
                    latencies.push_back(
                        std::chrono::duration<double, std::micro>(SteadyClock::now() - begin)
                            .count());
                    ++made;
                }
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            measured.latencies_us.insert(
                measured.latencies_us.end(), latencies.begin(), latencies.end());
        };
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < in_flight_; ++i) {
                threads.emplace_back(work);
            }
        }
        if (failure) {
            std::rethrow_exception(failure);
        }
        measured.seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
        measured.cpu = cpu_time(app_.sealer()) - cpu;
        std::sort(measured.latencies_us.begin(), measured.latencies_us.end());
        return measured;
    }

    std::size_t pdf_bytes() {
        const IssueAnswer answer =
            app_.service().issue(local_operator, request_for(sample_, name_, next_++));
        return app_.service().pdf(local_operator, answer.body.at("id"), std::nullopt).pdf.size();
    }
    std::uint64_t issued() const { return next_; }

  private:
    App& app_;
    const int in_flight_;
    const Json sample_;
    std::string name_;
    std::atomic<std::uint64_t> next_{0};
};

}  // namespace

nlohmann::ordered_json bench_issue(const IssueBench& bench) {
    pin(bench.cpus);
    std::optional<TemporaryInstance> temporary;
    fs::path dir = bench.dir;
    if (dir.empty() || !seals_with(dir, bench.key)) {
        temporary.emplace(dir.empty() ? fs::current_path() : dir, bench.key);
        dir = temporary->dir();
    }
    Config config = load_config(dir, {});
    config.limits.issue_queue_max = kInFlightPerCpu * bench.cpus;
    const auto lock = InstanceLock::try_take(config.lock_file());
    if (!lock) {
        throw Error(ErrorCode::Conflict,
                    dir.string() + " is in use: stop its server, or leave out --dir");
    }
    double raw = 0;
    Measured measured;
    std::size_t pdf_bytes = 0;
    std::uint64_t issued = 0;
    {
        App app(config);
        app.service().recover();
        Run(app, kInFlightPerCpu * bench.cpus).issue_until([](std::uint64_t made) {
            return made >= kWarmUp;
        });
    }
    // What all documents share is in the register by now.
    const auto bytes_before = fs::file_size(config.database());
    {
        App app(config);
        raw = raw_rate(app.sealer(), config.seal_key, bench.cpus);
        Run run(app, kInFlightPerCpu * bench.cpus);
        run.issue_until([](std::uint64_t made) { return made >= kWarmUp; });
        const auto end = SteadyClock::now() + bench.span;
        measured = run.issue_until([end](std::uint64_t) { return SteadyClock::now() >= end; });
        pdf_bytes = run.pdf_bytes();
        issued = run.issued();
    }  // the register is closed: its file holds everything
    const auto stored = fs::file_size(config.database()) - bytes_before;

    const auto documents = static_cast<double>(measured.latencies_us.size());
    const double per_second = documents / measured.seconds;
    nlohmann::ordered_json line;
    line["key"] = keys::to_text(bench.key);
    line["raw_sign_per_s"] = rounded(raw, 1);
    line["issued_per_s"] = rounded(per_second, 1);
    line["ratio"] = rounded(per_second / raw, 4);
    line["overhead_us"] = rounded(1e6 / per_second - 1e6 / raw, 0);
    line["cpu_us_per_document"] = rounded(static_cast<double>(measured.cpu.count()) / documents, 0);
    line["p50_us"] = rounded(percentile(measured.latencies_us, 0.50), 0);
    line["p99_us"] = rounded(percentile(measured.latencies_us, 0.99), 0);
    line["pdf_bytes"] = pdf_bytes;
    line["stored_bytes_per_document"] = stored / issued;
    line["durable"] = is_durable(dir);
    return line;
}

}  // namespace yinxin::server
