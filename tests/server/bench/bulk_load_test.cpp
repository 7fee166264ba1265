// SPDX-License-Identifier: Apache-2.0
#include "server/bench/bulk_load.h"

#include <set>

#include "server/domain/verification_code.h"
#include "tests/server/storage/register_fixture.h"

namespace yinxin::server {
namespace {

class BulkLoad : public RegisterTest {
  protected:
    std::set<std::string> schema() const {
        Connection db(options_.path, SQLITE_OPEN_READWRITE, "");
        std::set<std::string> statements;
        Query row = db.query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
        while (row.step()) {
            statements.insert(row.text(0));
        }
        return statements;
    }

    void load(std::uint64_t rows) { bulk_load(options_.path, options_.secret, rows); }
};

TEST_F(BulkLoad, CopiesAreDocumentsUnderTheirOwnCodes) {
    Document original;
    {
        const auto store = open();
        Reservation r = reservation("a");
        r.dictionary = store->keep_dictionary(dictionary("d"));
        original = issue(*store, r);
    }
    load(50);
    const auto store = open();
    std::set<std::string> ids{original.id}, numbers;
    for (std::uint64_t n = 0; n < 50; ++n) {
        const auto copy = store->document_by_code(bulk_code(n));
        ASSERT_TRUE(copy) << n;
        EXPECT_EQ(store->document(copy->id, std::nullopt)->code, bulk_code(n));
        EXPECT_EQ(copy->state, DocumentState::Issued);
        EXPECT_EQ(copy->facts, issued(original.id).facts);
        EXPECT_EQ(copy->signer_name, issued(original.id).signer_name);
        ids.insert(copy->id);
        numbers.insert(copy->number);
    }
    EXPECT_EQ(ids.size(), 51u);
    EXPECT_EQ(numbers.size(), 50u);
    EXPECT_FALSE(store->document_by_code(bulk_code(50)));
    EXPECT_EQ(store->document_by_code(original.code)->id, original.id);
}

TEST_F(BulkLoad, TheSchemaIsAsBeforeAndTheRegisterGoesOn) {
    const auto first = issue(*open(), reservation("a"));
    const auto before = schema();
    EXPECT_EQ(bulk_rows(options_.path), 0u);
    load(3);
    EXPECT_EQ(schema(), before);
    EXPECT_EQ(bulk_rows(options_.path), 3u);
    {
        Connection db(options_.path, SQLITE_OPEN_READWRITE, "");
        EXPECT_EQ(code_of([&] { db.execute("DELETE FROM document"); }), ErrorCode::Conflict);
    }
    const auto store = open();
    EXPECT_NE(issue(*store, reservation("b")).number, first.number);
}

TEST_F(BulkLoad, ARegisterInUseIsRefused) {
    {
        const auto store = open();
        issue(*store, reservation("a"));
        issue(*store, reservation("b"));
    }
    EXPECT_EQ(code_of([&] { load(3); }), ErrorCode::Conflict);
    EXPECT_EQ(faults(), "") << "nothing was left of it";
}

TEST_F(BulkLoad, ARegisterWithoutADocumentIsRefused) {
    open();
    EXPECT_EQ(code_of([&] { load(3); }), ErrorCode::Conflict);
}

}  // namespace
}  // namespace yinxin::server
