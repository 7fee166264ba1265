// SPDX-License-Identifier: Apache-2.0
// Later revisions, and levels that are owed.
#include <gmock/gmock.h>

#include "tests/server/storage/register_fixture.h"

namespace yinxin::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class LevelsTest : public RegisterTest {
  protected:
    /// Issued at B-B, with `owed` still to be reached.
    std::string owing(Store& store, const std::string& key, const std::string& owed) {
        Issued made = issued(store.reserve(reservation(key)).document.id);
        made.owed_level = owed;
        store.settle_issued(made);
        return made.id;
    }
    static NewRevision next(Store& store, const std::string& id, const std::string& level) {
        const RevisionInfo last = store.revisions(id).back();
        NewRevision next{id, last.n + 1, store.revision_bytes(last), level, day(0), {}};
        const Bytes tail = to_bytes(as_bytes("more " + std::string(200, 'y')));
        next.pdf.insert(next.pdf.end(), tail.begin(), tail.end());
        for (const char* reached : {"B-T", "B-LT", "B-LTA"}) {
            next.reaches.emplace_back(reached);
            if (level == reached) {
                break;
            }
        }
        return next;
    }
};

TEST_F(LevelsTest, GivesBackEveryRevision) {
    auto store = open();
    const std::string id = issue(*store, reservation("k")).id;
    std::vector<Bytes> files{body_of(id)};
    for (const char* level : {"B-T", "B-LT", "B-LTA", "B-LTA"}) {
        const NewRevision revision = next(*store, id, level);
        store->add_revision(revision);
        files.push_back(revision.pdf);
    }
    const auto all = store->revisions(id);
    ASSERT_EQ(all.size(), files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        EXPECT_EQ(store->revision_bytes(all[i]), files[i]);
        EXPECT_EQ(store->revision_by_sha256(keys::sha256(files[i]))->n, static_cast<int>(i) + 1);
    }
    EXPECT_EQ(faults(), "");
}

TEST_F(LevelsTest, TakesOnlyTheNextRevision) {
    auto store = open();
    const std::string id = issue(*store, reservation("k")).id;
    const NewRevision second = next(*store, id, "B-T");
    store->add_revision(second);
    EXPECT_EQ(code_of([&] { store->add_revision(second); }), ErrorCode::Conflict);
    EXPECT_EQ(store->revisions(id).size(), 2U);
}

TEST_F(LevelsTest, ADebtIsOpenUntilALevelThatIncludesItIsReached) {
    auto store = open();
    const std::string wants_t = owing(*store, "t", "B-T"), wants_lta = owing(*store, "a", "B-LTA");
    EXPECT_EQ(store->debts().open, 2U);
    store->add_revision(next(*store, wants_t, "B-LT"));
    EXPECT_EQ(store->debts().open, 1U);
    store->add_revision(next(*store, wants_lta, "B-LT"));
    EXPECT_EQ(store->debts().open, 1U);
    store->add_revision(next(*store, wants_lta, "B-LTA"));
    EXPECT_EQ(store->debts().open, 0U);
    EXPECT_FALSE(store->debts().oldest);
    EXPECT_EQ(faults(), "");
}

TEST_F(LevelsTest, ADebtThatIsPutOffComesLater) {
    auto store = open();
    const std::string first = owing(*store, "1", "B-T"), second = owing(*store, "2", "B-T");
    store->put_off_debt(first, "no TSA", day(0) + seconds(5));
    const auto due = store->due_debts(day(0), 10);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].document_id, second);
    EXPECT_EQ(due[0].attempts, 0);
    const auto later = store->due_debts(day(0) + seconds(5), 10);
    ASSERT_EQ(later.size(), 2U);
    EXPECT_EQ(later[1].document_id, first);
    EXPECT_EQ(later[1].attempts, 1);
    EXPECT_EQ(store->debts().last_error, "no TSA");
    EXPECT_EQ(store->due_debts(day(0), 0).size(), 0U);
}

TEST_F(LevelsTest, CountsDebtsByAge) {
    auto store = open();
    owing(*store, "1", "B-T");
    owing(*store, "2", "B-LTA");
    const auto ages = [&](std::chrono::milliseconds later) {
        std::string text;
        for (const DebtGroup& group : store->debts_by_age(day(0) + later)) {
            EXPECT_EQ(group.open, 1U);
            EXPECT_EQ(group.oldest, day(0));
            text += group.wanted + " " + group.age + ";";
        }
        return text;
    };
    EXPECT_EQ(ages(minutes(1)), "B-LTA minute;B-T minute;");
    EXPECT_EQ(ages(minutes(2)), "B-LTA hour;B-T hour;");
    EXPECT_EQ(ages(hours(2)), "B-LTA day;B-T day;");
    EXPECT_EQ(ages(hours(25)), "B-LTA older;B-T older;");
}

}  // namespace
}  // namespace yinxin::server
