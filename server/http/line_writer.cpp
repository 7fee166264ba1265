// SPDX-License-Identifier: Apache-2.0
#include "server/http/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>

namespace yinxin::server {
namespace {

constexpr std::size_t kHeldBytesMax = 1u << 20;
constexpr std::chrono::milliseconds kRest{10};

}  // namespace

LineWriter::LineWriter(int fd) : fd_(fd), thread_([this] { run(); }) {}

LineWriter::~LineWriter() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    waiting_.notify_one();
    thread_.join();
}

void LineWriter::write(std::string_view line) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return lines_.size() < kHeldBytesMax; });
    lines_.append(line).push_back('\n');
    if (idle_) {  // else it comes back by itself
        idle_ = false;
        waiting_.notify_one();
    }
}

void LineWriter::run() {
    std::string lines;
    std::unique_lock lock(mutex_);
    while (true) {
        idle_ = lines_.empty();
        waiting_.wait(lock, [this] { return !lines_.empty() || ending_; });
        idle_ = false;
        if (lines_.empty()) {
            return;
        }
        lines.clear();
        lines.swap(lines_);
        lock.unlock();
        room_.notify_all();
        put(lines);
        lock.lock();
        // Those that come meanwhile are written together.
        waiting_.wait_for(lock, kRest, [this] { return ending_; });
    }
}

// Whole lines, as many at once as a pipe takes in one piece: others write to it, too.
void LineWriter::put(std::string_view lines) const {
    while (!lines.empty()) {
        std::size_t size = lines.size();
        if (size > PIPE_BUF) {
            const auto end = lines.rfind('\n', PIPE_BUF - 1);
            size = (end != std::string_view::npos ? end : lines.find('\n')) + 1;
        }
        for (std::string_view piece = lines.substr(0, size); !piece.empty();) {
            const auto written = ::write(fd_, piece.data(), piece.size());
            if (written >= 0) {
                piece.remove_prefix(static_cast<std::size_t>(written));
            } else if (errno == EAGAIN) {
                pollfd poll{fd_, POLLOUT, 0};
                ::poll(&poll, 1, -1);
            } else if (errno != EINTR) {
                return;  // nobody reads any more
            }
        }
        lines.remove_prefix(size);
    }
}

}  // namespace yinxin::server
