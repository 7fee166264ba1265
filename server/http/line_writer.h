// SPDX-License-Identifier: Apache-2.0
// Lines to a descriptor by a thread of its own, so that who has answered a request does not wait
// for whoever reads the log.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace yinxin::server {

/// Any thread.
class LineWriter {
  public:
    /// `fd` stays the caller's and stays open as long as this.
    explicit LineWriter(int fd);
    /// Writes what is left.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// `line` without its newline. It is written within a hundredth of a second, and at once when
    /// there are few; waits while nobody takes a megabyte of earlier ones.
    void write(std::string_view line);

  private:
    void run();
    void put(std::string_view lines) const;

    const int fd_;
    std::mutex mutex_;
    std::condition_variable waiting_, room_;
    std::string lines_;
    bool idle_ = false, ending_ = false;
    std::thread thread_;
};

}  // namespace yinxin::server
