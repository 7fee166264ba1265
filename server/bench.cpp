// SPDX-License-Identifier: Apache-2.0
#include "server/bench.h"

#include <linux/magic.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "common/error.h"
#include "embedded/samples.h"
#include "keys/crypto/random.h"
#include "server/app.h"
#include "server/control.h"
#include "server/init.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using Microseconds = std::chrono::microseconds;

constexpr const char* kType = "tax-payment-record";
constexpr int kInFlightPerCpu = 16;
constexpr int kWarmUp = 50;
constexpr std::chrono::milliseconds kRawSpan{2000};

/// Whether fsync costs anything there: a file system in memory has no disk to wait for.
bool is_durable(const fs::path& folder) {
    struct statfs info {};
    if (::statfs(folder.c_str(), &info) != 0) {
        throw Error(ErrorCode::Unavailable, "cannot look at " + folder.string());
    }
    const auto type = static_cast<std::uint32_t>(info.f_type);
    return type != TMPFS_MAGIC && type != RAMFS_MAGIC;
}

void pin(int cpus) {
    cpu_set_t allowed;
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    cpu_set_t chosen;
    CPU_ZERO(&chosen);
    for (int cpu = 0, taken = 0; cpu < CPU_SETSIZE && taken < cpus; ++cpu) {
        if (CPU_ISSET(cpu, &allowed)) {
            CPU_SET(cpu, &chosen);
            ++taken;
        }
    }
    if (CPU_COUNT(&chosen) < cpus || ::sched_setaffinity(0, sizeof chosen, &chosen) != 0) {
        throw Error(ErrorCode::Invalid, "there are fewer than " + std::to_string(cpus) + " CPUs");
    }
}

/// A fresh demo instance that is gone afterwards.
class TemporaryInstance {
  public:
    TemporaryInstance(const fs::path& parent, keys::KeyAlgorithm algorithm) {
        std::string name = (parent / "yinxin-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw Error(ErrorCode::Unavailable, "no folder can be made in " + parent.string());
        }
        folder_ = name;
        keys::OpenSslRandom random;
        make_instance({.dir = folder_ / "instance", .demo = true, .algorithm = algorithm}, random);
    }
    ~TemporaryInstance() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    TemporaryInstance(const TemporaryInstance&) = delete;
    TemporaryInstance& operator=(const TemporaryInstance&) = delete;
    fs::path dir() const { return folder_ / "instance"; }

  private:
    fs::path folder_;
};

bool seals_with(const fs::path& dir, keys::KeyAlgorithm algorithm) {
    if (!fs::exists(dir / "yinxin.toml")) {
        return false;
    }
    const Config config = load_config(dir, {});
    SealerClient sealer(config.keys_dir(), config.passphrase_file);
    return sealer.key(config.seal_key)->algorithm() == algorithm;
}

Json sample_data() {
    for (const EmbeddedFile& file : embedded::samples()) {
        if (file.path.ends_with("tax-payment-record.one-year.json")) {
            return Json::parse(file.content);
        }
    }
    throw Error(ErrorCode::Internal, "the sample is missing");
}

std::string made_up_name(std::uint64_t serial) {
    constexpr std::array<const char*, 20> family{"王", "李", "张", "刘", "陈", "杨", "黄",
                                                 "赵", "吴", "周", "徐", "孙", "马", "朱",
                                                 "胡", "郭", "何", "林", "高", "罗"};
    constexpr std::array<const char*, 30> given{
        "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
        "明", "超", "霞", "平", "刚", "桂", "英", "华", "玉", "兰", "鹏", "宇", "欣", "晨", "浩"};
    return std::string(family[serial % family.size()]) +
           given[serial / family.size() % given.size()] +
           given[serial / family.size() / given.size() % given.size()];
}

IssueRequest request_for(const Json& sample, const std::string& run, std::uint64_t serial) {
    IssueRequest request;
    request.type = kType;
    request.data = sample;
    request.data["taxpayer"]["name"] = made_up_name(serial);
    request.data["taxpayer"]["id_number"] = made_up_id_number(serial);
    request.idempotency_key = "bench-" + run + "-" + std::to_string(serial);
    return request;
}

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

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) {
        return 0;
    }
    const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    return sorted[index];
}

/// With that many digits after the point; a plain decimal in JSON.
double rounded(double value, int digits) {
    const double scale = std::pow(10.0, digits);
    return std::round(value * scale) / scale;
}

}  // namespace

std::string made_up_id_number(std::uint64_t serial) {
    using namespace std::chrono;
    const sys_days birth = sys_days(year(1950) / 1 / 1) + days(serial % 20'000);
    const std::string order = std::to_string(1000 + serial / 20'000 % 1000).substr(1);
    const year_month_day day(birth);
    std::string number =
        "990000" +
        std::to_string(int(day.year()) * 10'000 + int(unsigned(day.month())) * 100 +
                       int(unsigned(day.day()))) +
        order;
    constexpr std::array<int, 17> weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += (number[i] - '0') * weights[i];
    }
    return number + "10X98765432"[sum % 11];  // ISO 7064, MOD 11-2
}

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
    const auto bytes_before = fs::file_size(config.database());
    double raw = 0;
    Measured measured;
    std::size_t pdf_bytes = 0;
    std::uint64_t issued = 0;
    {
        App app(config);
        app.service().recover();
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
