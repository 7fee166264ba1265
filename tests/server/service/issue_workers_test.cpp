// SPDX-License-Identifier: Apache-2.0
#include "server/service/issue_workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/error.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;
using Stage = IssueWorkers::Stage;

template <typename Call>
bool is_refused(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
        return true;
    }
    return false;
}

void await_waiting(const IssueWorkers& workers, int count) {
    while (workers.waiting() != count) std::this_thread::sleep_for(1ms);
}

/// Told of a commit by another thread, who does something else before.
template <typename Call>
void committed_after(CommitWaiter* waiter, const Call& call) {
    const std::jthread writer([waiter, &call] {
        call();
        waiter->settled();
    });
    waiter->wait();
}
void committed(CommitWaiter* waiter) {
    committed_after(waiter, [] {});
}

TEST(IssueWorkers, AreNeverMoreAtWorkThanThereAre) {
    IssueWorkers workers({.workers = 3, .waiting_max = 100, .patience = 1min});
    std::atomic<int> at_work = 0, most = 0, done = 0;
    const auto work = [&] {
        const int now = ++at_work;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --at_work;
    };
    {
        std::vector<std::jthread> requests;
        for (int i = 0; i < 20; ++i) {
            requests.emplace_back([&] {
                for (int n = 0; n < 50; ++n) {
                    {
                        const auto worker = workers.for_new();
                        work();
                    }
                    auto worker = workers.for_numbered();
                    work();
                    worker.outside([] {});
                    work();
                    worker.until_durable(Stage::Sign, committed);
                    work();
                    worker.go_on(Stage::Verify);
                    work();
                    ++done;
                }
            });
        }
    }
    EXPECT_EQ(done, 1000);
    EXPECT_LE(most, 3);
}

TEST(IssueWorkers, GoBackWhereNothingBecomesDurable) {
    IssueWorkers workers({.workers = 1, .waiting_max = 0, .patience = 1ms});
    const auto fail = [] { throw std::runtime_error("the disk is gone"); };
    for (const bool asked : {false, true}) {
        auto worker = workers.for_new();
        EXPECT_THROW(worker.until_durable(Stage::Sign,
                                          [&](CommitWaiter* waiter) {
                                              if (asked) {
                                                  committed(waiter);
                                              }
                                              fail();
                                          }),
                     std::runtime_error);
    }
    auto worker = workers.for_new();
    EXPECT_TRUE(is_refused([&] { workers.for_new(); }));
    worker.until_durable(Stage::Sign, [&](CommitWaiter* waiter) {
        EXPECT_TRUE(is_refused([&] { workers.for_new(); })) << "it is not waiting yet";
        committed_after(waiter, [&] {
            while (is_refused([&] { workers.for_new(); })) {
            }
        });
    });
    EXPECT_TRUE(is_refused([&] { workers.for_new(); }));
}

TEST(IssueWorkers, HavePlacesForTwoWaitingEachAndSomeMore) {
    IssueWorkers workers({.workers = 2, .waiting_max = 3, .patience = 1min});
    std::vector<std::unique_ptr<IssueWorkers::Place>> places;
    const auto enter = [&] {
        places.push_back(
            std::make_unique<IssueWorkers::Place>(workers, IssueWorkers::Kind::Document));
    };
    for (int i = 0; i < 2 + 2 * 2 + 3; ++i) enter();
    EXPECT_TRUE(is_refused(enter));
    places.pop_back();
    EXPECT_FALSE(is_refused(enter));
}

TEST(IssueWorkers, LeavePlacesToDocumentsHoweverManyReportsAreWanted) {
    using Kind = IssueWorkers::Kind;
    IssueWorkers workers({.workers = 2, .waiting_max = 0, .patience = 1min});
    std::vector<std::unique_ptr<IssueWorkers::Place>> places;
    const auto enter = [&](Kind kind) {
        places.push_back(std::make_unique<IssueWorkers::Place>(workers, kind));
    };
    enter(Kind::Report);
    enter(Kind::Report);
    EXPECT_TRUE(is_refused([&] { enter(Kind::Report); }));
    for (int i = 0; i < 4; ++i) {
        enter(Kind::Document);
    }
    EXPECT_TRUE(is_refused([&] { enter(Kind::Document); }));
    places.erase(places.begin());
    EXPECT_FALSE(is_refused([&] { enter(Kind::Report); }));
}

TEST(IssueWorkers, LetNobodyWaitForEver) {
    IssueWorkers workers({.workers = 1, .waiting_max = 9, .patience = 20ms});
    {
        const auto worker = workers.for_new();
        EXPECT_TRUE(is_refused([&] { workers.for_new(); }));
        EXPECT_EQ(workers.waiting(), 0);
    }
    EXPECT_FALSE(is_refused([&] { workers.for_new(); }));
}

/// One worker, and requests that queue for it one by one and write down how they go on.
struct Queueing {
    IssueWorkers workers{{.workers = 1, .waiting_max = 99, .patience = 1min}};
    std::string order;
    std::vector<std::jthread> requests;

    template <typename Call>
    void add(const Call& call) {
        requests.emplace_back(call);
        await_waiting(workers, static_cast<int>(requests.size()));
    }
    void add_new(char name) {
        add([this, name] {
            const auto mine = workers.for_new();
            order += name;
        });
    }
    void add_numbered(char name) {
        add([this, name] {
            const auto mine = workers.for_numbered();
            order += name;
        });
    }
};

TEST(IssueWorkers, TakeThoseWithANumberFirst) {
    Queueing queue;
    {
        auto worker = queue.workers.for_numbered();
        queue.add_new('a');
        queue.add_new('b');
        queue.add_numbered('n');
        worker.go_on(Stage::Sign);  // lets n go first, then asks again
        queue.order += 's';
    }
    queue.requests.clear();
    EXPECT_EQ(queue.order, "nsab");
}

TEST(IssueWorkers, TakeOneDocumentAfterTheOtherThroughAStage) {
    Queueing queue;
    {
        auto worker = queue.workers.for_numbered();
        for (const char name : std::string("abc")) {
            queue.add([&queue, name] {
                auto mine = queue.workers.for_numbered();
                queue.order += name;
                mine.go_on(Stage::Print);
                queue.order += static_cast<char>(name - 'a' + 'A');
            });
        }
        worker.leave();
    }
    queue.requests.clear();
    EXPECT_EQ(queue.order, "abcABC");
}

TEST(IssueWorkers, KeepNobodyWaitingForAnEndlessRow) {
    Queueing queue;
    {
        const auto worker = queue.workers.for_new();
        for (int i = 0; i < IssueWorkers::in_a_row_max + 1; ++i) {
            queue.add_new('n');
        }
        queue.add_numbered('N');
    }
    queue.requests.clear();
    // The first of the row is who held the worker.
    EXPECT_EQ(queue.order, std::string(IssueWorkers::in_a_row_max - 1, 'n') + "Nnn");
}

TEST(IssueWorkers, WorkForOthersMeanwhile) {
    IssueWorkers workers({.workers = 1, .waiting_max = 9, .patience = 20ms});
    auto worker = workers.for_numbered();
    worker.outside([&] { EXPECT_FALSE(is_refused([&] { workers.for_new(); })); });
    EXPECT_TRUE(is_refused([&] { workers.for_new(); }));
    EXPECT_THROW(worker.outside([] { throw std::runtime_error("planted"); }), std::runtime_error);
    EXPECT_FALSE(is_refused([&] { workers.for_new(); })) << "given back by who failed outside";
}

TEST(IssueWorkers, AreOnePerCpuUnlessSaid) {
    IssueWorkers workers({.workers = 0, .waiting_max = 0, .patience = 1min});
    EXPECT_FALSE(
        is_refused([&] { IssueWorkers::Place place(workers, IssueWorkers::Kind::Document); }));
    EXPECT_FALSE(is_refused([&] { workers.for_new(); }));
}

}  // namespace
}  // namespace yinxin::server
