// SPDX-License-Identifier: Apache-2.0
// What is packed against a dictionary comes back byte for byte, or not at all.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/server/storage/register_fixture.h"

namespace yinxin::server {
namespace {

using testing::HasSubstr;

class DictionaryTest : public RegisterTest {
  protected:
    static Document issue_with(Store& store, const std::string& key, std::int64_t dictionary) {
        Reservation r = reservation(key);
        r.dictionary = dictionary;
        return issue(store, r);
    }
    /// All that was given, as it was given.
    static void expect_whole(Store& store, const Document& made) {
        const auto found = store.document(made.id, std::nullopt);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->input, reservation("").input);
        EXPECT_EQ(found->facts, issued("").facts);
        const auto revisions = store.revisions(made.id);
        ASSERT_EQ(revisions.size(), 1u);
        EXPECT_EQ(store.revision_bytes(revisions.front()), body_of(made.id));
    }
    static std::string words_of_reading(Store& store, const std::string& id) {
        try {
            store.revision_bytes(store.revisions(id).front());
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Internal);
            return error.what();
        }
        return "read";
    }
    std::string one_value(const std::string& sql) {
        Connection raw(options_.path, SQLITE_OPEN_READONLY, "");
        Query row = raw.query(sql);
        return row.step() ? row.text(0) : "";
    }
};

TEST_F(DictionaryTest, KeepsLessAndGivesBackEverything) {
    auto store = open();
    const Document alone = issue_with(*store, "a", 0);
    const Document packed = issue_with(*store, "b", store->keep_dictionary(dictionary("form")));
    for (int restart = 0; restart < 2; ++restart) {
        expect_whole(*store, alone);
        expect_whole(*store, packed);
        store.reset();
        EXPECT_EQ(faults(), "");
        store = open();
    }
    EXPECT_EQ(one_value("SELECT (SELECT length(bytes) FROM revision WHERE dictionary = 1) < "
                        "(SELECT length(bytes) FROM revision WHERE dictionary IS NULL)"),
              "1");
}

TEST_F(DictionaryTest, IsKeptOnceAndFoundAgain) {
    auto store = open();
    const NewDictionary made = dictionary("form");
    EXPECT_FALSE(store->dictionary(made.made_of));
    const std::int64_t id = store->keep_dictionary(made);
    NewDictionary other_bytes = made;
    other_bytes.bytes.push_back(0);
    EXPECT_EQ(store->keep_dictionary(other_bytes), id);
    EXPECT_NE(store->keep_dictionary(dictionary("another form")), id);
    store = open();
    EXPECT_EQ(store->dictionary(made.made_of), id);
    issue_with(*store, "k", id);
    EXPECT_EQ(faults(), "");
}

TEST_F(DictionaryTest, WhoseRecipeWasReplacedStays) {
    auto store = open();
    const Document old = issue_with(*store, "a", store->keep_dictionary(dictionary("recipe 1")));
    const Document now = issue_with(*store, "b", store->keep_dictionary(dictionary("recipe 2")));
    store = open();
    expect_whole(*store, old);
    expect_whole(*store, now);
    EXPECT_EQ(one_value("SELECT count(DISTINCT dictionary) FROM revision"), "2");
}

TEST_F(DictionaryTest, NobodyUsesYetIsNoFault) {
    NewDictionary made = dictionary("form");
    const std::int64_t id = open()->keep_dictionary(made);  // and the power went
    EXPECT_EQ(faults(), "");
    auto store = open();
    EXPECT_EQ(store->dictionary(made.made_of), id);
    expect_whole(*store, issue_with(*store, "k", id));
}

TEST_F(DictionaryTest, ThatIsNotInTheRegisterTakesNoNumber) {
    auto store = open();
    EXPECT_EQ(code_of([&] { issue_with(*store, "k", 7); }), ErrorCode::Internal);
    EXPECT_EQ(check().numbers, 0u);
}

TEST_F(DictionaryTest, GivesNoByteOfAnotherOne) {
    std::string id;
    {
        auto store = open();
        id = issue_with(*store, "k", store->keep_dictionary(dictionary("form"))).id;
        store->keep_dictionary(dictionary("another form"));
    }
    damage("UPDATE dictionary SET bytes = CAST(bytes || 'x' AS BLOB) WHERE id = 1");
    EXPECT_THAT(words_of_reading(*open(), id), HasSubstr("dictionary 1"));
    EXPECT_THAT(words_of_reading(*open(), id), HasSubstr("backup"));
    EXPECT_THAT(faults(), HasSubstr("dictionary: "));

    // with the digest that goes with it: nothing opens that was sealed with the other content
    damage(
        "UPDATE dictionary SET (bytes, sha256) = (SELECT bytes, sha256 FROM dictionary WHERE id "
        "= 2) WHERE id = 1");
    EXPECT_THAT(words_of_reading(*open(), id), HasSubstr(id));
    EXPECT_EQ(code_of([&] { open()->document(id, "alice"); }), ErrorCode::Internal);
    EXPECT_THAT(faults(), testing::AllOf(HasSubstr("bytes: "), HasSubstr("facts: ")));

    damage("DELETE FROM dictionary WHERE id = 1");
    EXPECT_THAT(words_of_reading(*open(), id), HasSubstr("dictionary 1 is missing"));
    EXPECT_THAT(faults(), HasSubstr("dictionary: one is missing"));
}

TEST_F(DictionaryTest, GivesNoByteOfARowThatWasChanged) {
    std::string a, b;
    {
        auto store = open();
        const std::int64_t id = store->keep_dictionary(dictionary("form"));
        a = issue_with(*store, "a", id).id;
        b = issue_with(*store, "b", id).id;
        store->keep_dictionary(dictionary("other words before the same"));
    }
    damage(
        "UPDATE revision SET dictionary = 2 WHERE document = (SELECT seq FROM document WHERE id = "
        "'" +
        a + "')");
    EXPECT_THAT(words_of_reading(*open(), a), HasSubstr(a));
    damage(
        "UPDATE revision SET bytes = zeroblob(length(bytes)) WHERE document = (SELECT seq FROM "
        "document WHERE id = '" +
        b + "')");
    EXPECT_THAT(words_of_reading(*open(), b), HasSubstr(b));
    EXPECT_THAT(faults(), testing::AllOf(HasSubstr(a), HasSubstr(b)));
}

TEST_F(DictionaryTest, IsReadByManyWhileOthersIssue) {
    std::vector<Document> made;
    {
        auto store = open();
        for (int i = 0; i < 12; ++i) {
            const std::string name = "form " + std::to_string(i % 4);
            made.push_back(
                issue_with(*store, std::to_string(i), store->keep_dictionary(dictionary(name))));
        }
    }
    auto store = open();  // has read none of them
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
        threads.emplace_back([&, t] {
            for (int round = 0; round < 20; ++round) {
                for (const Document& each : made) {
                    const auto revisions = store->revisions(each.id);
                    wrong += store->revision_bytes(revisions.front()) != body_of(each.id) ? 1 : 0;
                    wrong += store->document(each.id, std::nullopt)->facts != issued("").facts;
                }
                issue_with(*store,
                           "more " + std::to_string(t) + "/" + std::to_string(round),
                           1 + round % 4);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
    store.reset();
    EXPECT_EQ(faults(), "");
}

}  // namespace
}  // namespace yinxin::server
