// SPDX-License-Identifier: Apache-2.0
#include "server/bench/parts.h"

#include <linux/magic.h>
#include <sched.h>
#include <sys/vfs.h>

#include <array>
#include <cmath>
#include <numeric>
#include <thread>

#include "common/error.h"
#include "embedded/samples.h"
#include "keys/crypto/random.h"
#include "server/config/config.h"
#include "server/init.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kType = "tax-payment-record";
constexpr std::chrono::milliseconds kRawSpan{2000};

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

}  // namespace

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

bool is_durable(const fs::path& folder) {
    struct statfs info {};
    if (::statfs(folder.c_str(), &info) != 0) {
        throw Error(ErrorCode::Unavailable, "cannot look at " + folder.string());
    }
    const auto type = static_cast<std::uint32_t>(info.f_type);
    return type != TMPFS_MAGIC && type != RAMFS_MAGIC;
}

TemporaryInstance::Folder::Folder(const fs::path& parent) {
    const fs::path above = parent.empty() ? fs::current_path() : fs::absolute(parent);
    std::string name = (above / "yinxin-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw Error(ErrorCode::Unavailable, "no folder can be made in " + above.string());
    }
    path = name;
}

TemporaryInstance::Folder::~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
}

TemporaryInstance::TemporaryInstance(const fs::path& parent, keys::KeyAlgorithm algorithm)
    : folder_(parent) {
    keys::OpenSslRandom random;
    make_instance({.dir = dir(), .demo = true, .algorithm = algorithm}, random);
}

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

IssueRequest request_for(const Json& sample, const std::string& run, std::uint64_t serial) {
    IssueRequest request;
    request.type = kType;
    request.data = sample;
    request.data["taxpayer"]["name"] = made_up_name(serial);
    request.data["taxpayer"]["id_number"] = made_up_id_number(serial);
    request.idempotency_key = "bench-" + run + "-" + std::to_string(serial);
    return request;
}

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

double raw_signing_rate(SealerClient& sealer, const std::string& key, int cpus) {
    std::vector<double> rates(static_cast<std::size_t>(cpus));
    {
        std::vector<std::jthread> callers;
        for (double& rate : rates) {
            callers.emplace_back([&] { rate = sealer.raw_signing_rate(key, kRawSpan); });
        }
    }
    return std::accumulate(rates.begin(), rates.end(), 0.0);
}

void add_beside_signing(nlohmann::ordered_json& line,
                        const std::string& rate,
                        const Load& measured,
                        double raw_per_second) {
    line["raw_sign_per_s"] = rounded(raw_per_second, 1);
    line[rate] = rounded(measured.per_second(), 1);
    line["ratio"] = rounded(measured.per_second() / raw_per_second, 4);
    line["overhead_us"] = rounded(1e6 / measured.per_second() - 1e6 / raw_per_second, 0);
    line["cpu_us_per_document"] = rounded(measured.cpu_us(), 0);
    line["p50_us"] = rounded(percentile(measured.latencies_us, 0.50), 0);
    line["p99_us"] = rounded(percentile(measured.latencies_us, 0.99), 0);
}

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) {
        return 0;
    }
    const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    return sorted[index];
}

double rounded(double value, int digits) {
    const double scale = std::pow(10.0, digits);
    return std::round(value * scale) / scale;
}

}  // namespace yinxin::server
