// SPDX-License-Identifier: Apache-2.0
#include "server/http/line_writer.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

namespace yinxin::server {
namespace {

class Pipe {
  public:
    Pipe() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~Pipe() {
        ::close(ends_[0]);
        close_writing();
    }
    int writing() const { return ends_[1]; }
    void close_writing() {
        if (ends_[1] >= 0)
            ::close(ends_[1]);
        ends_[1] = -1;
    }
    /// One read; "" at the end.
    std::string piece() const {
        std::array<char, 1 << 16> buffer;
        const auto got = ::read(ends_[0], buffer.data(), buffer.size());
        return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : "";
    }
    std::string rest() const {
        std::string all;
        for (std::string more = piece(); !more.empty(); more = piece()) all += more;
        return all;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

TEST(LineWriter, WritesALineWithoutBeingAskedTwice) {
    Pipe pipe;
    LineWriter writer(pipe.writing());
    writer.write("one");
    EXPECT_EQ(pipe.piece(), "one\n");
    writer.write("two");
    EXPECT_EQ(pipe.piece(), "two\n");
}

TEST(LineWriter, KeepsEveryLineWholeAndInTheOrderOfItsThread) {
    Pipe pipe;
    std::string all;
    std::jthread reader([&] { all = pipe.rest(); });
    {
        LineWriter writer(pipe.writing());
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&writer, t] {
                for (int i = 0; i < 5000; ++i)
                    writer.write(std::to_string(t) + " " + std::to_string(i) + " " +
                                 std::string(300, 'x'));
            });
        threads.clear();
    }
    pipe.close_writing();
    reader.join();
    std::map<int, int> next;
    std::istringstream lines(all);
    int thread = 0, number = 0;
    std::string filling;
    while (lines >> thread >> number >> filling) {
        EXPECT_EQ(number, next[thread]++);
        EXPECT_EQ(filling.size(), 300u);
    }
    for (int t = 0; t < 4; ++t) EXPECT_EQ(next[t], 5000);
}

TEST(LineWriter, TakesALineThatIsLongerThanAPipeTakesAtOnce) {
    Pipe pipe;
    {
        LineWriter writer(pipe.writing());
        writer.write(std::string(20'000, 'a'));
        writer.write("b");
    }
    pipe.close_writing();
    EXPECT_EQ(pipe.rest(), std::string(20'000, 'a') + "\nb\n");
}

}  // namespace
}  // namespace yinxin::server
