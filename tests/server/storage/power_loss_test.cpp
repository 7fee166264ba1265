// SPDX-License-Identifier: Apache-2.0
// Power goes at hundreds of points of a run that issues documents: what was acknowledged is there,
// nothing is twice, fsck finds no fault. The same harness is shown red on three deliberate defects;
// this program's writer.cpp is compiled with YINXIN_DEFECTS, the shipped one is not.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "server/storage/defects.h"
#include "server/storage/sqlite.h"
#include "tests/server/storage/memory_disk.h"
#include "tests/server/storage/register_fixture.h"

namespace yinxin::server {
namespace {

Defects chosen_defects;

}  // namespace

const Defects& defects() {
    return chosen_defects;
}

namespace {

struct Acknowledged {
    std::size_t position = 0;  ///< of the disk, when the caller was told
    Document document;
    DocumentState state = DocumentState::Reserved;
};

struct Recording {
    std::vector<MemoryDisk::Operation> operations;
    std::vector<Acknowledged> acknowledged;
};

struct Findings {
    int points = 0, lost = 0, doubled = 0, faults = 0, unreadable = 0;
    std::string first;
    bool clean() const { return lost + doubled + faults + unreadable == 0; }
};

class PowerLoss : public testing::Test {
  protected:
    ~PowerLoss() override { chosen_defects = {}; }

    StoreOptions options(const MemoryDisk& disk) const {
        StoreOptions options;
        options.path = "register.db";
        options.secret = Bytes(32, 5);
        options.create = true;
        options.vfs = disk.name();
        return options;
    }

    /// `threads` issue, and void every fifth, each with a dictionary of its own.
    Recording issue_documents(int threads, int each) {
        MemoryDisk disk("recording");
        auto store = open_store(options(disk), random_);
        Recording run;
        std::mutex mutex;
        const auto acknowledge = [&](const Document& document, DocumentState state) {
            const std::size_t position = disk.position();
            const std::lock_guard lock(mutex);
            run.acknowledged.push_back({position, document, state});
        };
        std::vector<std::int64_t> dictionaries;
        for (int t = 0; t < threads; ++t) {
            dictionaries.push_back(store->keep_dictionary(dictionary(std::to_string(t))));
        }
        store->probe_write();  // the commit of the last one has been made, with any defect
        std::vector<std::thread> issuers;
        for (int t = 0; t < threads; ++t) {
            issuers.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    Reservation r = reservation(std::to_string(t) + "/" + std::to_string(i));
                    r.dictionary = dictionaries[static_cast<std::size_t>(t)];
                    const Document d = store->reserve(r).document;
                    acknowledge(d, DocumentState::Reserved);
                    if (i % 5 == 4) {
                        store->settle_void(d.id, "every fifth", day(0));
                        acknowledge(d, DocumentState::Void);
                    } else {
                        store->settle_issued(issued(d.id));
                        acknowledge(d, DocumentState::Issued);
                    }
                }
            });
        }
        for (std::thread& issuer : issuers) {
            issuer.join();
        }
        checkpoints_ = store->counts().checkpoints;
        store.reset();
        run.operations = disk.operations();
        return run;
    }

    Findings lose_power(const Recording& run, int points) {
        Findings findings;
        for (int i = 0; i < points; ++i) {
            const std::size_t count = run.operations.size() * static_cast<std::size_t>(i + 1) /
                                      static_cast<std::size_t>(points);
            const auto loss = static_cast<MemoryDisk::Loss>(i % 3);
            look(run,
                 count,
                 MemoryDisk::after_power_loss(
                     run.operations, count, loss, static_cast<std::uint32_t>(i)),
                 findings);
            ++findings.points;
        }
        return findings;
    }

    void note(Findings& findings, int& counter, const std::string& what) {
        if (counter++ == 0 && findings.first.empty()) {
            findings.first = what;
        }
    }

    void look(const Recording& run,
              std::size_t count,
              const MemoryDisk::Image& image,
              Findings& findings) {
        MemoryDisk disk("after", image);
        const std::string where = " after operation " + std::to_string(count);
        try {
            auto store = open_store(options(disk), random_);
            for (const Acknowledged& ack : run.acknowledged) {
                if (ack.position <= count && !holds(*store, ack)) {
                    note(findings, findings.lost, "lost " + ack.document.number + where);
                }
            }
            for (const std::string& id : store->unsettled()) {
                store->settle_void(id, "power loss", day(0));
            }
            issue(*store, reservation("afterwards"));
            const FsckReport report = fsck(options(disk), {}, day(0));
            for (const FsckFault& fault : report.faults) {
                const bool twice = fault.kind.starts_with("duplicate");
                note(findings,
                     twice ? findings.doubled : findings.faults,
                     fault.kind + " " + fault.detail + where);
            }
            if (report.unsettled != 0) {
                note(findings, findings.faults, "unsettled" + where);
            }
        } catch (const Error& error) {
            note(findings, findings.unreadable, error.what() + where);
        }
    }

    static bool holds(Store& store, const Acknowledged& ack) {
        const auto found = store.document(ack.document.id, std::nullopt);
        if (!found || found->number != ack.document.number || found->code != ack.document.code) {
            return false;
        }
        if (ack.state == DocumentState::Reserved) {
            return true;
        }
        if (found->state != ack.state) {
            return false;
        }
        const auto revisions = store.revisions(ack.document.id);
        return ack.state == DocumentState::Void ||
               (revisions.size() == 1 &&
                store.revision_bytes(revisions.front()) == body_of(ack.document.id));
    }

    keys::OpenSslRandom random_;
    std::uint64_t checkpoints_ = 0;
};

TEST_F(PowerLoss, LosesNothingAcknowledgedAtFiveHundredPoints) {
    const Recording run = issue_documents(4, 60);
    EXPECT_GT(checkpoints_, 0u) << "the run must hold a checkpoint";
    const Findings findings = lose_power(run, 500);
    EXPECT_EQ(findings.points, 500);
    EXPECT_TRUE(findings.clean()) << findings.lost << " lost, " << findings.doubled << " doubled, "
                                  << findings.faults << " faults, " << findings.unreadable
                                  << " unreadable; " << findings.first;
    RecordProperty("operations", static_cast<int>(run.operations.size()));
}

TEST_F(PowerLoss, SeesAnAcknowledgementBeforeTheCommit) {
    chosen_defects.acknowledge_before_commit = true;
    const Recording run = issue_documents(4, 30);
    chosen_defects = {};
    EXPECT_GT(lose_power(run, 200).lost, 0);
}

TEST_F(PowerLoss, SeesSynchronousOff) {
    chosen_defects.synchronous_off = true;
    const Recording run = issue_documents(4, 30);
    chosen_defects = {};
    EXPECT_GT(lose_power(run, 100).lost, 0);
}

TEST_F(PowerLoss, SeesThatUniqueWasDropped) {
    MemoryDisk disk("recording");
    auto store = open_store(options(disk), random_);
    Recording run;
    issue(*store, reservation("a"));
    {
        Connection raw("register.db", SQLITE_OPEN_READWRITE, disk.name());
        raw.execute(
            "DROP INDEX document_number; DROP INDEX document_serial; UPDATE counter SET n = n - 1 "
            "WHERE n > 1");
        raw.execute("DELETE FROM counter");
    }
    issue(*store, reservation("b"));
    store.reset();
    run.operations = disk.operations();
    Findings findings;
    look(run,
         run.operations.size(),
         MemoryDisk::after_power_loss(
             run.operations, run.operations.size(), MemoryDisk::Loss::All, 1),
         findings);
    EXPECT_GT(findings.doubled, 0);
}

TEST_F(PowerLoss, RefusesADoubledNumberWhileUniqueStands) {
    MemoryDisk disk("recording");
    auto store = open_store(options(disk), random_);
    issue(*store, reservation("a"));
    Connection("register.db", SQLITE_OPEN_READWRITE, disk.name()).execute("DELETE FROM counter");
    EXPECT_EQ(code_of([&] { store->reserve(reservation("b")); }), ErrorCode::Internal);
}

TEST_F(PowerLoss, AnswersAFullDiskAndGoesOnWhenThereIsRoom) {
    MemoryDisk disk("recording");
    auto store = open_store(options(disk), random_);
    const Document before = issue(*store, reservation("before"));
    const Document half = store->reserve(reservation("half")).document;
    disk.fail_writes = SQLITE_FULL;
    std::vector<std::thread> callers;
    std::atomic<int> refused{0};
    for (int t = 0; t < 8; ++t) {
        callers.emplace_back([&, t] {
            try {
                store->reserve(reservation(std::to_string(t)));
            } catch (const Error& error) {
                refused += error.code() == ErrorCode::StorageFull ? 1 : 0;
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(refused, 8);
    EXPECT_EQ(code_of([&] { store->settle_issued(issued(half.id)); }), ErrorCode::StorageFull);
    EXPECT_EQ(code_of([&] { store->probe_write(); }), ErrorCode::StorageFull);
    EXPECT_TRUE(store->document(before.id, std::nullopt));
    EXPECT_EQ(store->document(half.id, std::nullopt)->state, DocumentState::Reserved);

    disk.fail_writes = SQLITE_OK;
    store->settle_issued(issued(half.id));
    EXPECT_EQ(issue(*store, reservation("after")).number, "record/2026-3");
    const FsckReport report = fsck(options(disk), {}, day(0));
    EXPECT_TRUE(report.faults.empty()) << report.faults.front().detail;
    EXPECT_EQ(report.numbers, 3u);
}

TEST_F(PowerLoss, AcknowledgesNothingAfterAFailedSync) {
    MemoryDisk disk("recording");
    StoreOptions watched = options(disk);
    std::atomic<int> fatal{0};
    watched.on_fatal = [&](const std::string&) { ++fatal; };
    auto store = open_store(watched, random_);
    issue(*store, reservation("before"));
    disk.fail_syncs = SQLITE_IOERR_FSYNC;
    EXPECT_THROW(store->reserve(reservation("during")), Error);
    EXPECT_EQ(fatal, 1);
    disk.fail_syncs = SQLITE_OK;
    EXPECT_EQ(code_of([&] { store->reserve(reservation("later")); }), ErrorCode::Unavailable);
    store.reset();
    EXPECT_TRUE(fsck(options(disk), {}, day(0)).faults.empty());
}

TEST_F(PowerLoss, StopsTheProcessAfterAFailedSync) {
    MemoryDisk disk("recording");
    EXPECT_DEATH(
        {
            auto store = open_store(options(disk), random_);
            disk.fail_syncs = SQLITE_IOERR_FSYNC;
            store->reserve(reservation("during"));
        },
        "not known what is on the disk");
}

}  // namespace
}  // namespace yinxin::server
