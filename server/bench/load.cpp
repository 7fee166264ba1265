// SPDX-License-Identifier: Apache-2.0
#include "server/bench/load.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using Microseconds = std::chrono::microseconds;

Microseconds used_by(int who) {
    rusage used{};
    ::getrusage(who, &used);
    const auto of = [](const timeval& time) {
        return std::chrono::seconds(time.tv_sec) + Microseconds(time.tv_usec);
    };
    return of(used.ru_utime) + of(used.ru_stime);
}

struct Process {
    pid_t parent = 0;
    Microseconds cpu{};  ///< with that of its children that have ended
};

/// proc(5): after the name, which is in brackets and may hold anything, the fields from state on.
Process read_stat(const std::string& stat) {
    std::istringstream fields(stat.substr(std::min(stat.rfind(')'), stat.size() - 1) + 1));
    std::string skipped;
    Process process;
    fields >> skipped >> process.parent;
    for (int field = 5; field < 14; ++field) {
        fields >> skipped;
    }
    std::int64_t ticks = 0;
    for (int field = 14; field < 18; ++field) {  // utime, stime, cutime, cstime
        std::int64_t value = 0;
        fields >> value;
        ticks += value;
    }
    process.cpu = Microseconds(ticks * 1'000'000 / ::sysconf(_SC_CLK_TCK));
    return process;
}

}  // namespace

Enough after(std::uint64_t times) {
    return [times](std::uint64_t done) { return done >= times; };
}

Enough when_over(std::chrono::milliseconds span) {
    return [end = SteadyClock::now() + span](std::uint64_t) { return SteadyClock::now() >= end; };
}

Load carry(int callers, const Enough& enough, const std::function<void()>& once) {
    Load load;
    std::mutex mutex;
    std::exception_ptr failure;
    std::atomic<std::uint64_t> done{0};
    const Microseconds cpu = cpu_of_all_processes();
    const auto start = SteadyClock::now();
    const auto call = [&] {
        std::vector<double> latencies;
        try {
            while (!enough(done)) {
                const auto begin = SteadyClock::now();
                once();
                latencies.push_back(
                    std::chrono::duration<double, std::micro>(SteadyClock::now() - begin).count());
                ++done;
            }
        } catch (...) {
            const std::lock_guard lock(mutex);
            failure = std::current_exception();
        }
        const std::lock_guard lock(mutex);
        load.latencies_us.insert(load.latencies_us.end(), latencies.begin(), latencies.end());
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < callers; ++i) {
            threads.emplace_back(call);
        }
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    load.seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
    load.cpu = cpu_of_all_processes() - cpu;
    std::sort(load.latencies_us.begin(), load.latencies_us.end());
    return load;
}

Microseconds cpu_of_all_processes() {
    std::map<pid_t, Process> all;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") == std::string::npos) {
            std::string stat;
            std::ifstream file(entry.path() / "stat");
            if (std::getline(file, stat)) {  // else it has ended meanwhile
                all[std::stoi(name)] = read_stat(stat);
            }
        }
    }
    Microseconds sum = used_by(RUSAGE_SELF) + used_by(RUSAGE_CHILDREN);
    for (const auto& [pid, process] : all) {
        pid_t above = process.parent;
        while (above != ::getpid() && all.contains(above)) {
            above = all.at(above).parent;
        }
        if (above == ::getpid()) {
            sum += process.cpu;
        }
    }
    return sum;
}

}  // namespace yinxin::server
