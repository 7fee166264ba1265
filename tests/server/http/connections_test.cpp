// SPDX-License-Identifier: Apache-2.0
#include "server/http/connections.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace yinxin::server {
namespace {

using State = Connections::Seat::State;

/// A connection with its two ends.
class Line {
  public:
    Line(Connections& connections, const std::string& group, State state) {
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) != 0)
            throw std::runtime_error("no socket");
        seat_ = std::make_unique<Connections::Seat>(connections, ends_[0], group, true);
        seat_->now(state);
    }
    ~Line() {
        seat_.reset();
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    bool admitted() const { return seat_->admitted(); }
    /// Whether its thread would see the end of the stream.
    bool given_up() const {
        char byte = 0;
        return ::recv(ends_[0], &byte, 1, MSG_DONTWAIT) == 0;
    }
    void now(State state) { seat_->now(state); }

  private:
    std::array<int, 2> ends_{};
    std::unique_ptr<Connections::Seat> seat_;
};

struct Lines {
    Line& open(const std::string& group, State state) {
        lines.push_back(std::make_unique<Line>(connections, group, state));
        return *lines.back();
    }
    std::string given_up() const {
        std::string which;
        for (const auto& line : lines) which += line->given_up() ? 'x' : '-';
        return which;
    }

    explicit Lines(int per_address_max) : connections(per_address_max) {}
    Connections connections;
    std::vector<std::unique_ptr<Line>> lines;
};

TEST(Connections, OfOneAddressAreSoMany) {
    Lines all(2);
    EXPECT_TRUE(all.open("a", State::Busy).admitted());
    EXPECT_FALSE(all.connections.full("a"));
    EXPECT_TRUE(all.open("a", State::Head).admitted());
    EXPECT_TRUE(all.connections.full("a"));
    EXPECT_FALSE(all.open("a", State::Idle).admitted());
    EXPECT_FALSE(all.connections.full("b"));
    EXPECT_TRUE(all.open("b", State::Busy).admitted());
    EXPECT_EQ(all.given_up(), "----");
}

TEST(Connections, GiveUpTheOldestIdleOneOfTheSameAddress) {
    Lines all(3);
    all.open("b", State::Idle);
    all.open("a", State::Busy);
    all.open("a", State::Idle);
    all.open("a", State::Idle);
    EXPECT_FALSE(all.connections.full("a"));
    EXPECT_TRUE(all.open("a", State::Busy).admitted());
    EXPECT_EQ(all.given_up(), "--x--");
    EXPECT_TRUE(all.open("a", State::Busy).admitted());
    EXPECT_EQ(all.given_up(), "--xx--");
    EXPECT_TRUE(all.connections.full("a"));
    EXPECT_FALSE(all.open("a", State::Idle).admitted());
    all.lines.clear();
    EXPECT_FALSE(all.connections.full("a"));
}

TEST(Connections, MakeRoomByThoseThatOnlyWait) {
    Lines all(9);
    all.open("a", State::Head);
    all.open("b", State::Busy);
    all.open("c", State::Idle);
    all.open("d", State::Head);
    all.open("e", State::Idle);
    all.connections.shed_to(4);
    EXPECT_EQ(all.given_up(), "--x--");
    EXPECT_EQ(all.connections.open(), 4) << "one is on its way";
    all.connections.shed_to(4);
    EXPECT_EQ(all.given_up(), "--x--");
    all.lines.erase(all.lines.begin() + 2);  // gone
    all.connections.shed_to(4);
    EXPECT_EQ(all.given_up(), "----");
    all.connections.shed_to(2);
    EXPECT_EQ(all.given_up(), "x--x");
    all.connections.shed_to(-1);
    EXPECT_EQ(all.given_up(), "x-xx") << "what is at work stays";
    EXPECT_EQ(all.connections.open(), 1);
}

TEST(Connections, LetANewOneSendItsRequestBeforeOlderOnesThatDoNot) {
    Lines all(2);
    all.open("a", State::Head);
    all.open("b", State::New);
    all.open("c", State::Head);
    all.open("d", State::New);
    all.connections.shed_to(2);
    EXPECT_EQ(all.given_up(), "xx--");
    all.open("d", State::Idle);
    EXPECT_FALSE(all.connections.full("d"));
    EXPECT_TRUE(all.open("d", State::Busy).admitted());
    EXPECT_EQ(all.given_up(), "xx--x-") << "the one that had its answer";
    EXPECT_TRUE(all.open("d", State::Busy).admitted());
    EXPECT_EQ(all.given_up(), "xx-xx--");
    EXPECT_TRUE(all.connections.full("d"));
}

TEST(Connections, CountTheTimeFromTheLastChange) {
    Lines all(9);
    Line& first = all.open("a", State::Idle);
    all.open("b", State::Idle);
    first.now(State::Busy);
    first.now(State::Idle);
    all.connections.shed_to(1);
    EXPECT_EQ(all.given_up(), "-x");
}

}  // namespace
}  // namespace yinxin::server
