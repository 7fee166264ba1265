// SPDX-License-Identifier: Apache-2.0
// A defect to preload: what SQLite writes to its log reaches the file only after a while
// (YINXIN_LATE_MS, 60 unless set), and a sync of it does nothing. A server that runs with it
// acknowledges before it has committed; a crash harness has to see that. The process itself reads
// back what it wrote, so nothing but a crash shows the defect.
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Write {
    int fd;
    off_t offset;
    std::vector<std::uint8_t> bytes;
    Clock::time_point due;
};

std::mutex mutex;
std::deque<Write> waiting;

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool is_log(int fd) {
    char path[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t size = readlink(link.c_str(), path, sizeof path);
    const std::string text(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    return text.size() > 4 && text.compare(text.size() - 4, 4, "-wal") == 0;
}

ssize_t really_write(int fd, const void* bytes, std::size_t size, off_t offset) {
    static const auto function =
        next<ssize_t (*)(int, const void*, std::size_t, off_t)>("pwrite64");
    return function(fd, bytes, size, offset);
}

/// Call with the mutex held.
void write_due(Clock::time_point now) {
    while (!waiting.empty() && waiting.front().due <= now) {
        const Write& first = waiting.front();
        really_write(first.fd, first.bytes.data(), first.bytes.size(), first.offset);
        waiting.pop_front();
    }
}

void start_writer() {
    static const bool started = [] {
        std::thread([] {
            for (;;) {
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                const std::lock_guard lock(mutex);
                write_due(Clock::now());
            }
        }).detach();
        std::atexit([] {
            const std::lock_guard lock(mutex);
            write_due(Clock::time_point::max());
        });
        return true;
    }();
    static_cast<void>(started);
}

}  // namespace

extern "C" {

ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off_t offset) {
    if (!is_log(fd)) {
        return really_write(fd, bytes, size, offset);
    }
    start_writer();
    const auto* first = static_cast<const std::uint8_t*>(bytes);
    static const char* const set = std::getenv("YINXIN_LATE_MS");
    static const std::chrono::milliseconds late(set != nullptr ? std::atoi(set) : 60);
    const std::lock_guard lock(mutex);
    waiting.push_back({fd, offset, {first, first + size}, Clock::now() + late});
    return static_cast<ssize_t>(size);
}

ssize_t pread64(int fd, void* bytes, std::size_t size, off_t offset) {
    static const auto function = next<ssize_t (*)(int, void*, std::size_t, off_t)>("pread64");
    if (!is_log(fd)) {
        return function(fd, bytes, size, offset);
    }
    const std::lock_guard lock(mutex);
    ssize_t got = function(fd, bytes, size, offset);
    const off_t end = offset + static_cast<off_t>(size);
    for (const Write& write : waiting) {
        const off_t from = std::max(offset, write.offset);
        const off_t to = std::min(end, write.offset + static_cast<off_t>(write.bytes.size()));
        if (from < to) {
            std::copy(write.bytes.begin() + (from - write.offset),
                      write.bytes.begin() + (to - write.offset),
                      static_cast<std::uint8_t*>(bytes) + (from - offset));
            got = std::max(got, static_cast<ssize_t>(to - offset));
        }
    }
    return got;
}

int fdatasync(int fd) {
    static const auto function = next<int (*)(int)>("fdatasync");
    return is_log(fd) ? 0 : function(fd);
}

int fsync(int fd) {
    static const auto function = next<int (*)(int)>("fsync");
    return is_log(fd) ? 0 : function(fd);
}

int ftruncate64(int fd, off_t size) {
    static const auto function = next<int (*)(int, off_t)>("ftruncate64");
    if (is_log(fd)) {
        const std::lock_guard lock(mutex);
        write_due(Clock::time_point::max());
    }
    return function(fd, size);
}

}  // extern "C"
