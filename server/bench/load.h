// SPDX-License-Identifier: Apache-2.0
// Something done over and over by several callers at once, and what it took.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace yinxin::server {

struct Load {
    std::vector<double> latencies_us;  ///< sorted, one for each time it was done
    double seconds = 0;
    std::chrono::microseconds cpu{};  ///< of this process and its children

    double count() const { return static_cast<double>(latencies_us.size()); }
    double per_second() const { return count() / seconds; }
    double cpu_us() const { return static_cast<double>(cpu.count()) / count(); }
};

/// Whether that many were enough; any thread asks.
using Enough = std::function<bool(std::uint64_t done)>;
Enough after(std::uint64_t times);
Enough when_over(std::chrono::milliseconds span);  ///< from now

/// Calls `once` in `callers` threads until `enough` says so; each finishes what it began. Throws
/// what `once` threw last.
Load carry(int callers, const Enough& enough, const std::function<void()>& once);

/// CPU time that this process and all its descendants have used so far; of children in steps of
/// 10 ms.
std::chrono::microseconds cpu_of_all_processes();

}  // namespace yinxin::server
