// SPDX-License-Identifier: Apache-2.0
#include "server/storage/readers.h"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "tests/server/storage/register_fixture.h"

namespace yinxin::server {
namespace {

Readers::Few few(std::size_t most) {
    return {.most = most, .cache_bytes = 3u << 20};
}

class ReadersTest : public RegisterTest {
  protected:
    ReadersTest() { open(); }
};

TEST_F(ReadersTest, LendsOutNoMoreThanToldAndLetsOthersWait) {
    Readers readers(options_.path, "", few(2));
    std::atomic<int> at_once = 0, most = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 50; ++i) {
                    auto reader = readers.take();
                    const int now = ++at_once;
                    int seen = most;
                    while (seen < now && !most.compare_exchange_weak(seen, now)) {
                    }
                    Query row = reader->query("SELECT count(*) FROM document");
                    EXPECT_TRUE(row.step());
                    std::this_thread::yield();
                    --at_once;
                }
            });
        }
    }
    EXPECT_GE(most, 1);
    EXPECT_LE(most, 2);
}

TEST_F(ReadersTest, WhoHasToWaitGetsTheOneThatIsGivenBack) {
    Readers readers(options_.path, "", few(1));
    Connection* lent = nullptr;
    std::future<Connection*> waiting;
    {
        auto reader = readers.take();
        lent = &*reader;
        waiting = std::async(std::launch::async, [&readers] { return &*readers.take(); });
        EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    }
    EXPECT_EQ(waiting.get(), lent);
}

TEST_F(ReadersTest, ARegisterThatCannotBeOpenedTakesNoPlace) {
    Readers readers(folder_.path() / "none", "", few(1));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(code_of([&] { readers.take(); }), ErrorCode::Unavailable);
    }
}

TEST_F(ReadersTest, WithoutABoundNobodyWaits) {
    Readers readers(options_.path, "");
    const auto first = readers.take(), second = readers.take(), third = readers.take();
}

TEST_F(ReadersTest, EachKeepsAsManyPagesAsTold) {
    Readers readers(options_.path, "", few(1));
    auto reader = readers.take();
    Query row = reader->query("PRAGMA cache_size");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), -3 * 1024);
}

}  // namespace
}  // namespace yinxin::server
