// SPDX-License-Identifier: Apache-2.0
#include "server/storage/store.h"

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>

#include "server/domain/verification_code.h"
#include "server/storage/sqlite_store.h"
#include "server/storage/writer.h"
#include "tests/server/storage/memory_disk.h"
#include "tests/server/storage/register_fixture.h"
#include "tests/support/data.h"

namespace yinxin::server {
namespace {

class StoreTest : public RegisterTest {};

TEST_F(StoreTest, GivesBackWhatItWasGiven) {
    auto store = open();
    const Document made = store->reserve(reservation("k")).document;
    EXPECT_EQ(made.number, "record/2026-1");
    EXPECT_EQ(read_verification_code(made.code), made.code);
    const auto reserved = store->document(made.id, "alice");
    ASSERT_TRUE(reserved);
    EXPECT_EQ(reserved->state, DocumentState::Reserved);
    EXPECT_EQ(reserved->code, made.code);
    EXPECT_EQ(reserved->input, R"({"name":"张小明"})");

    store->settle_issued(issued(made.id));
    store.reset();
    store = open();
    const auto found = store->document_by_code(made.code);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, made.id);
    EXPECT_EQ(found->state, DocumentState::Issued);
    EXPECT_EQ(found->facts, R"({"title":"x"})");
    const auto revision = store->revision_by_sha256(keys::sha256(body_of(made.id)));
    ASSERT_TRUE(revision);
    EXPECT_EQ(store->revision_bytes(*revision), body_of(made.id));
    EXPECT_EQ(store->document_by_number(made.number)->id, made.id);
    EXPECT_FALSE(store->document_by_number("record/2026-2"));
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, ReadsBackWhatIsAnswered) {
    auto store = open();
    EXPECT_FALSE(store->read_back(std::string(32, 'a')));
    const Document made = store->reserve(reservation("k")).document;
    EXPECT_FALSE(store->read_back(made.id));
    store->settle_issued(issued(made.id));
    const auto back = store->read_back(made.id);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->document.id, made.id);
    EXPECT_EQ(back->document.number, made.number);
    EXPECT_EQ(back->document.code, made.code);
    EXPECT_EQ(back->document.state, DocumentState::Issued);
    EXPECT_EQ(back->document.issued_at, made.issued_at);
    EXPECT_EQ(back->document.issuer_organ, issued(made.id).issuer_organ);
    EXPECT_EQ(back->document.input, made.input);
    EXPECT_EQ(back->document.facts, issued(made.id).facts);
    EXPECT_EQ(back->first.n, 1);
    EXPECT_EQ(back->first.sha256, keys::sha256(body_of(made.id)));
    for (const std::string& harm : {"revision SET sha256 = zeroblob(32) WHERE document",
                                    "revision SET bytes = zeroblob(length(bytes)) WHERE document",
                                    "document SET facts = zeroblob(length(facts)) WHERE seq"}) {
        const Document other = issue(*store, reservation(harm));
        EXPECT_TRUE(store->read_back(other.id));
        store.reset();
        damage("UPDATE " + harm + " = (SELECT max(seq) FROM document)");
        store = open();
        EXPECT_EQ(code_of([&] { store->read_back(other.id); }), ErrorCode::Internal) << harm;
        EXPECT_TRUE(store->read_back(made.id));
    }
}

TEST_F(StoreTest, SealsEachCellWithANonceOfItsOwn) {
    auto store = open();
    for (int i = 0; i < 10; ++i) {
        issue(*store, reservation(std::to_string(i)));
    }
    Connection raw(options_.path, SQLITE_OPEN_READONLY, "");
    Query row = raw.query(
        "SELECT count(*), count(DISTINCT substr(cell, 1, 12)) FROM (SELECT code AS cell FROM "
        "document UNION ALL SELECT input FROM document UNION ALL SELECT facts FROM document UNION "
        "ALL SELECT bytes FROM revision UNION ALL SELECT salt FROM document)");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), 50);
    EXPECT_EQ(row.integer(1), 50);
}

TEST_F(StoreTest, FindsARevisionByWhatItsSealWasMadeOver) {
    const Bytes digest = keys::sha256(as_bytes("all but the Contents"));
    const auto use = [&](KeyUse::Phase phase, keys::KeyPurpose purpose, const Bytes& of) {
        return KeyUse{phase, purpose, "seal", "", of, day(0)};
    };
    auto store = open();
    EXPECT_FALSE(store->sealed_with(issued("").signer_sha256));
    const Document made = store->reserve(reservation("k")).document;
    // asked for, and nothing came of it
    KeyUse tried = use(KeyUse::Phase::Begin, keys::KeyPurpose::Document, keys::sha256({}));
    tried.subject = made.id;
    store->record_key_uses({tried});
    Issued done = issued(made.id);
    done.key_uses = {use(KeyUse::Phase::End, keys::KeyPurpose::Document, digest),
                     use(KeyUse::Phase::End, keys::KeyPurpose::Token, keys::sha256(digest))};
    store->settle_issued(done);

    const auto found = store->revision_by_seal(digest, done.pdf.size());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->document_id, made.id);
    EXPECT_EQ(found->n, 1);
    EXPECT_FALSE(store->revision_by_seal(digest, done.pdf.size() + 1));
    EXPECT_FALSE(store->revision_by_seal(tried.digest, done.pdf.size()));
    EXPECT_FALSE(store->revision_by_seal(keys::sha256(digest), done.pdf.size()));
    EXPECT_TRUE(store->sealed_with(done.signer_sha256));
    EXPECT_FALSE(store->sealed_with(Bytes(32, 8)));
    EXPECT_FALSE(store->sealed_with({}));
}

/// What the first migration alone makes, with the rows of a register of today; without its API
/// keys.
void write_first_version(const std::filesystem::path& path, const std::filesystem::path& today) {
    Connection db(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "");
    db.execute(tests::read_text(std::filesystem::path(YINXIN_MIGRATIONS) / "0001_initial.sql"));
    std::vector<std::string> triggers;  // they let no row be written in its last state
    for (Query each = db.query("SELECT sql, name FROM sqlite_schema WHERE type = 'trigger'");
         each.step();) {
        triggers.push_back(each.text(0));
        triggers.push_back("DROP TRIGGER " + each.text(1));
    }
    for (std::size_t i = 1; i < triggers.size(); i += 2) {
        db.execute(triggers[i]);
    }
    db.execute("ATTACH '" + today.string() + "' AS today");
    // as these tables were then
    db.execute(
        "CREATE TEMP VIEW old_counter AS SELECT series, n FROM today.counter;"
        "CREATE TEMP VIEW old_document AS SELECT d.*, c.series, f.type, f.version AS form_version,"
        " f.sha256 AS form_sha256, s.organ AS issuer_organ, s.name AS signer_name,"
        " s.sha256 AS signer_sha256 FROM today.document d JOIN today.counter c ON c.id = d.counter"
        " JOIN today.form f ON f.id = d.form LEFT JOIN today.signer s ON s.id = d.signer;"
        "CREATE TEMP VIEW old_revision AS SELECT d.id AS document, r.n, r.sha256, r.size, r.level,"
        " r.at, r.packing, r.bytes FROM today.revision r JOIN today.document d ON d.seq = "
        "r.document;"
        "CREATE TEMP VIEW old_idempotency AS SELECT i.owner, i.key, i.verb, i.request_sha256,"
        " d.id AS document FROM today.idempotency i JOIN today.document d ON d.seq = i.document;"
        "CREATE TEMP VIEW old_audit AS SELECT a.seq, a.at, a.phase, a.purpose, a.key_id,"
        " coalesce(d.id, a.subject) AS subject, a.digest, a.chain FROM today.audit a"
        " LEFT JOIN today.document d ON d.seq = a.document;"
        "CREATE TEMP VIEW old_event AS SELECT e.seq, d.id AS document, e.kind, e.at, e.actor,"
        " e.detail FROM today.event e JOIN today.document d ON d.seq = e.document;");
    std::vector<std::string> copies;
    for (Query each = db.query(
             "SELECT t.name, group_concat(c.name), coalesce((SELECT 'temp.' || v.name FROM"
             " sqlite_temp_schema v WHERE v.name = 'old_' || t.name), 'today.' || t.name)"
             " FROM pragma_table_list t,"
             " pragma_table_info(t.name, 'main') c WHERE t.schema = 'main' AND t.type = 'table'"
             " AND t.name NOT IN ('sqlite_schema', 'sqlite_sequence', 'api_key') GROUP BY t.name");
         each.step();) {
        copies.push_back("INSERT OR REPLACE INTO main." + each.text(0) + " (" + each.text(1) +
                         ") SELECT " + each.text(1) + " FROM " + each.text(2));
    }
    for (const std::string& copy : copies) {
        db.execute(copy);
    }
    for (std::size_t i = 0; i < triggers.size(); i += 2) {
        db.execute(triggers[i]);
    }
    for (const char* view : {"counter", "document", "revision", "idempotency", "audit", "event"}) {
        db.execute(std::string("DROP VIEW temp.old_") + view);
    }
    db.execute("DETACH today; PRAGMA user_version = 1");
    db.execute("PRAGMA application_id = " + std::to_string(register_application_id));
}

TEST_F(StoreTest, MigratesARegisterOfTheFirstVersion) {
    Document made;
    {
        auto today = open();
        made = issue(*today, reservation("k"));
    }
    const auto today = options_.path;
    options_.path = folder_.path() / "first.db";
    write_first_version(options_.path, today);

    EXPECT_EQ(code_of([&] { check(); }), ErrorCode::Invalid);
    auto store = open();
    EXPECT_TRUE(store->sealed_with(issued("").signer_sha256));
    EXPECT_EQ(store->document_by_code(made.code)->id, made.id);
    EXPECT_EQ(store->document(made.id, "alice")->input, reservation("k").input);
    EXPECT_EQ(store->revision_bytes(store->revisions(made.id).front()), body_of(made.id));
    Reservation packed = reservation("l");
    packed.dictionary = store->keep_dictionary(dictionary("of a form"));
    const Document next = issue(*store, packed);
    EXPECT_EQ(store->revision_bytes(store->revisions(next.id).front()), body_of(next.id));
    store.reset();
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, ShowsADocumentToItsOwnerOnly) {
    auto store = open();
    const Document made = issue(*store, reservation("k"));
    EXPECT_TRUE(store->document(made.id, "alice"));
    EXPECT_TRUE(store->document(made.id, std::nullopt));
    EXPECT_FALSE(store->document(made.id, "bob"));
}

TEST_F(StoreTest, KeepsNoCodeNameOrDocumentInTheClear) {
    Document made;
    {
        auto store = open();
        made = issue(*store, reservation("k"));
    }
    std::ifstream in(options_.path, std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    EXPECT_NE(file.find(made.number), std::string::npos);  // the search itself works
    EXPECT_EQ(file.find(made.code), std::string::npos);
    EXPECT_EQ(file.find("张小明"), std::string::npos);
    EXPECT_EQ(file.find("%PDF of"), std::string::npos);
    struct stat info {};
    ASSERT_EQ(stat(options_.path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(StoreTest, CannotBeReadWithAnotherSecret) {
    const std::string id = issue(*open(), reservation("k")).id;
    options_.secret = random_.bytes(32);
    auto store = open();
    EXPECT_EQ(code_of([&] { store->document(id, std::nullopt); }), ErrorCode::Internal);
}

TEST_F(StoreTest, AnswersTheSameRequestWithTheSameDocument) {
    auto store = open();
    const auto first = store->reserve(reservation("k"));
    const auto again = store->reserve(reservation("k"));
    EXPECT_FALSE(first.existed);
    EXPECT_TRUE(again.existed);
    EXPECT_EQ(again.document.id, first.document.id);

    Reservation other = reservation("k");
    other.request.request_sha256 = keys::sha256(as_bytes("other data"));
    EXPECT_EQ(code_of([&] { store->reserve(other); }), ErrorCode::Mismatch);
    EXPECT_EQ(code_of([&] { store->document_by_request(other.request); }), ErrorCode::Mismatch);

    Reservation bobs = reservation("k");
    bobs.request.owner = "bob";
    EXPECT_FALSE(store->reserve(bobs).existed);
}

TEST_F(StoreTest, LetsAKeyTryAgainAfterVoid) {
    auto store = open();
    const Document first = store->reserve(reservation("k")).document;
    store->settle_void(first.id, "no ink", day(0));
    const auto second = store->reserve(reservation("k"));
    EXPECT_FALSE(second.existed);
    EXPECT_EQ(second.document.number, "record/2026-2");
    store->settle_issued(issued(second.document.id));
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, SettlesANumberOnce) {
    auto store = open();
    const Document a = issue(*store, reservation("a"));
    EXPECT_EQ(code_of([&] { store->settle_issued(issued(a.id)); }), ErrorCode::Conflict);
    EXPECT_EQ(code_of([&] { store->settle_void(a.id, "x", day(0)); }), ErrorCode::Conflict);
    const Document b = store->reserve(reservation("b")).document;
    store->settle_void(b.id, "x", day(0));
    EXPECT_EQ(code_of([&] { store->settle_issued(issued(b.id)); }), ErrorCode::Conflict);
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, ReplacesInOneStep) {
    auto store = open();
    const Document old = issue(*store, reservation("old"));
    Reservation r = reservation("new");
    r.replaces = old.id;
    r.replace_reason = "wrong name";
    const Document made = store->reserve(r).document;
    Reservation late = reservation("late");
    late.replaces = old.id;
    const Document loser = store->reserve(late).document;
    EXPECT_EQ(store->document(old.id, std::nullopt)->state, DocumentState::Issued);

    store->settle_issued(issued(made.id));
    const auto superseded = store->document(old.id, std::nullopt);
    EXPECT_EQ(superseded->state, DocumentState::Superseded);
    EXPECT_EQ(superseded->replaced_by, made.id);
    EXPECT_EQ(superseded->status_reason, "wrong name");

    EXPECT_EQ(code_of([&] { store->settle_issued(issued(loser.id)); }), ErrorCode::Conflict);
    EXPECT_EQ(store->document(loser.id, std::nullopt)->state, DocumentState::Reserved);
    EXPECT_TRUE(store->revisions(loser.id).empty());
    store->settle_void(loser.id, "replaced by another", day(0));
    Reservation again = reservation("again");
    again.replaces = old.id;
    EXPECT_EQ(code_of([&] { store->reserve(again); }), ErrorCode::Conflict);
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, RevokesForTheOwnerOnceAndForEver) {
    auto store = open();
    const Document made = issue(*store, reservation("k"));
    const RequestKey request{"alice", "revoke-1", "revoke", Bytes(32, 1)};
    EXPECT_EQ(code_of([&] { store->revoke(made.id, "bob", "x", request, day(1)); }),
              ErrorCode::NotFound);
    const auto revoked = store->revoke(made.id, "alice", "wrong person", request, day(1));
    EXPECT_EQ(revoked.document.state, DocumentState::Revoked);
    EXPECT_EQ(revoked.document.status_at, day(1));
    EXPECT_TRUE(store->revoke(made.id, "alice", "wrong person", request, day(2)).existed);
    const RequestKey second{"alice", "revoke-2", "revoke", Bytes(32, 1)};
    EXPECT_EQ(code_of([&] { store->revoke(made.id, "alice", "x", second, day(1)); }),
              ErrorCode::Conflict);
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, NeverGoesBackInTime) {
    auto store = open();
    Reservation later = reservation("a");
    later.at = day(3);
    EXPECT_EQ(store->reserve(later).document.issued_at, day(3));
    EXPECT_EQ(store->reserve(reservation("b")).document.issued_at, day(3));
}

TEST_F(StoreTest, TakesBackNoMoreThanThereIs) {
    auto store = open();
    const Document blue = issue(*store, reservation("blue"));
    const auto red = [&](const std::string& key, std::int64_t amount_fen) {
        Reservation r = reservation(key);
        r.original = "registered";
        r.reversal =
            Reversal{blue.id,
                     113'00,
                     {{0, amount_fen, amount_fen * 13 / 100, 100'00, 13'00, "/lines/0/amount"}}};
        return r;
    };
    const Document first = issue(*store, red("r1", 60'00));
    EXPECT_EQ(code_of([&] { store->reserve(red("r2", 60'00)); }), ErrorCode::Invalid);
    EXPECT_EQ(store->reversed(blue.id).reversed_fen, 67'80);
    const Document second = store->reserve(red("r3", 40'00)).document;
    EXPECT_EQ(code_of([&] { store->reserve(red("r4", 1)); }), ErrorCode::Invalid);
    store->settle_void(second.id, "x", day(0));
    EXPECT_EQ(issue(*store, red("r5", 40'00)).number, "record/2026-4");
    const ReversedSum sum = store->reversed(blue.id);
    EXPECT_EQ(sum.invoices, 2);
    EXPECT_EQ(sum.reversed_fen, sum.original_gross_fen);
    Reservation replacement = red("r6", 60'00);
    replacement.replaces = first.id;
    issue(*store, replacement);  // its own predecessor does not count against it
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, ReversesAndReplacesNoInvoiceThatChangedMeanwhile) {
    auto store = open();
    const Document blue = issue(*store, reservation("blue"));
    const auto red = [&](const std::string& key) {
        Reservation r = reservation(key);
        r.original = "registered";
        r.reversal = Reversal{blue.id, 113'00, {{0, 10'00, 1'30, 100'00, 13'00, "/lines/0"}}};
        return r;
    };
    Reservation replacement = reservation("new");
    replacement.replaces = blue.id;
    const Document first = store->reserve(red("r1")).document;
    const Document second = store->reserve(red("r2")).document;
    const Document successor = store->reserve(replacement).document;
    store->settle_issued(issued(first.id));
    EXPECT_EQ(code_of([&] { store->settle_issued(issued(successor.id)); }), ErrorCode::Conflict);
    EXPECT_EQ(store->document(blue.id, std::nullopt)->state, DocumentState::Issued);
    store->revoke(blue.id, std::nullopt, "x", {"alice", "rev", "revoke", Bytes(32, 1)}, day(0));
    EXPECT_EQ(code_of([&] { store->settle_issued(issued(second.id)); }), ErrorCode::Conflict);
    store->settle_void(second.id, "x", day(0));
    store->settle_void(successor.id, "x", day(0));
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, GivesNumbersWithoutGapToSixteenThreads) {
    auto store = open();
    constexpr int threads = 16, each = 100;
    std::vector<std::thread> issuers;
    for (int t = 0; t < threads; ++t) {
        issuers.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                const std::string key = std::to_string(t) + "-" + std::to_string(i);
                const std::string series = t % 2 == 0 ? "even" : "odd";
                const Document made = store->reserve(reservation(key, series)).document;
                if (i % 7 == 3) {
                    store->settle_void(made.id, "every seventh", day(0));
                } else {
                    store->settle_issued(issued(made.id));
                }
            }
        });
    }
    for (std::thread& issuer : issuers) {
        issuer.join();
    }
    const Store::Counts counts = store->counts();
    EXPECT_LT(counts.commits, counts.units) << "nothing was ever grouped";
    const FsckReport report = check();
    EXPECT_TRUE(report.faults.empty()) << faults();
    EXPECT_EQ(report.numbers, static_cast<std::uint64_t>(threads * each));
    EXPECT_EQ(report.unsettled, 0u);
    EXPECT_EQ(report.issued + report.voided, report.numbers);
    EXPECT_GT(counts.checkpoints, 0u);
}

TEST_F(StoreTest, MakesOneDocumentOfFiftyEqualRequests) {
    auto store = open();
    std::vector<std::thread> callers;
    std::mutex mutex;
    std::set<std::string> ids;
    int fresh = 0;
    for (int t = 0; t < 50; ++t) {
        callers.emplace_back([&] {
            const auto reserved = store->reserve(reservation("same"));
            const std::lock_guard lock(mutex);
            ids.insert(reserved.document.id);
            fresh += reserved.existed ? 0 : 1;
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(ids.size(), 1u);
    EXPECT_EQ(fresh, 1);
    EXPECT_EQ(check().numbers, 1u);
}

TEST_F(StoreTest, CountsFailedFactsAcrossRestartsAndForgivesRightOnes) {
    const FactLimits limits{2, 3};
    const Time noon = day(0) + std::chrono::hours(4);  // 12:00 in UTC+8
    auto store = open();
    const auto right = store->begin_fact_attempt("ABCD", limits, noon);
    ASSERT_TRUE(right);
    store->forgive_fact_attempt(*right);
    EXPECT_TRUE(store->begin_fact_attempt("ABCD", limits, noon));
    store.reset();
    store = open();
    EXPECT_TRUE(store->begin_fact_attempt("ABCD", limits, noon));
    EXPECT_FALSE(store->begin_fact_attempt("ABCD", limits, noon + std::chrono::minutes(9)));
    EXPECT_TRUE(store->begin_fact_attempt("EFGH", limits, noon));
    EXPECT_TRUE(store->begin_fact_attempt("ABCD", limits, noon + std::chrono::minutes(11)));
    EXPECT_FALSE(store->begin_fact_attempt("ABCD", limits, noon + std::chrono::hours(11)));
    // 00:00 in UTC+8, not in UTC
    EXPECT_TRUE(store->begin_fact_attempt("ABCD", limits, day(0) + std::chrono::hours(16)));
}

TEST_F(StoreTest, FindsAnApiKeyByTheKeyAloneUntilItIsRevoked) {
    auto store = open();
    const std::string key = store->add_api_key("kiosk-7", Role::Issuer);
    const std::string admin = store->add_api_key("admin", Role::Admin);
    const std::string bank = store->add_api_key("bank", Role::Verifier);
    EXPECT_EQ(key.size(), 46u);
    EXPECT_EQ(store->find_api_key(key)->id, "kiosk-7");
    EXPECT_EQ(store->find_api_key(key)->role, Role::Issuer);
    EXPECT_EQ(store->find_api_key(admin)->role, Role::Admin);
    EXPECT_EQ(store->find_api_key(bank)->role, Role::Verifier);
    EXPECT_FALSE(store->find_api_key(key + "x"));
    EXPECT_FALSE(store->find_api_key(""));
    EXPECT_EQ(code_of([&] { store->add_api_key("admin", Role::Issuer); }), ErrorCode::Conflict);
    store->revoke_api_key("kiosk-7");
    EXPECT_FALSE(store->find_api_key(key));
    EXPECT_EQ(code_of([&] { store->revoke_api_key("nobody"); }), ErrorCode::NotFound);
    EXPECT_EQ(store->api_keys().size(), 3u);
}

TEST_F(StoreTest, GivesTheKeysOfAnOlderRegisterTheirRoles) {
    {
        Connection older(options_.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "");
        std::ifstream first(std::string(YINXIN_MIGRATIONS) + "/0001_initial.sql");
        older.execute(std::string(std::istreambuf_iterator<char>(first), {}));
        older.execute("PRAGMA application_id = " + std::to_string(register_application_id));
        older.execute("PRAGMA user_version = 1");
        older.execute(
            "INSERT INTO api_key (id, key_sha256, admin, created_at) VALUES "
            "('boss', randomblob(32), 1, 5), ('desk', randomblob(32), 0, 5)");
    }
    const auto keys = open()->api_keys();
    ASSERT_EQ(keys.size(), 2u);
    EXPECT_EQ(keys[0].role, Role::Admin);
    EXPECT_EQ(keys[1].role, Role::Issuer);
    EXPECT_EQ(keys[1].created_at, Time(std::chrono::milliseconds(5)));
    EXPECT_TRUE(check().faults.empty());
}

TEST_F(StoreTest, KeepsSealRecordsAndSettings) {
    auto store = open();
    const keys::StoredSealRecord record{{1, 2}, {3}, {4, 5}};
    store->put_seal_record("99000000000001", record);
    EXPECT_EQ(code_of([&] { store->put_seal_record("99000000000001", record); }),
              ErrorCode::Conflict);
    ASSERT_EQ(store->seal_records().size(), 1u);
    EXPECT_EQ(store->seal_records().front().record.maker_certificate, (Bytes{4, 5}));
    EXPECT_FALSE(store->seal_records().front().ended_at);
    EXPECT_FALSE(store->seal_records().front().record.ses_seal);
    EXPECT_FALSE(store->setting("x"));
    store->put_setting("x", "1");
    store->put_setting("x", "2");
    EXPECT_EQ(store->setting("x"), "2");
}

TEST_F(StoreTest, ASealRecordEndsOnceAndStays) {
    auto store = open();
    keys::StoredSealRecord record{{1}, {2}, {3}};
    record.picture = {4};
    record.ses_seal = Bytes{5};
    store->put_seal_record("99000000000001", record);
    store->put_seal_record("99000000000002", record);
    const Time at = Time(std::chrono::milliseconds(1770000000000));
    const KeyUse use{
        KeyUse::Phase::End, keys::KeyPurpose::SealRecord, "maker", "99000000000003", {7}, at};
    KeyUse begin = use;
    begin.phase = KeyUse::Phase::Begin;
    store->record_key_uses({begin});
    store->put_seal_record("99000000000003", record, {use}, "99000000000001", "a new name");
    store->end_seal_record("99000000000002", "lost", at);
    EXPECT_EQ(code_of([&] { store->end_seal_record("99000000000001", "again", at); }),
              ErrorCode::Conflict);
    EXPECT_EQ(code_of([&] { store->end_seal_record("99000000000009", "none", at); }),
              ErrorCode::NotFound);
    // All or nothing: the new one is not there when the old one could not be ended.
    EXPECT_EQ(code_of([&] {
                  store->put_seal_record("99000000000004", record, {use}, "99000000000002", "x");
              }),
              ErrorCode::Conflict);
    const auto rows = store->seal_records();
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].ended_at, at);
    EXPECT_EQ(rows[0].replaced_by, "99000000000003");
    EXPECT_EQ(rows[0].end_reason, "a new name");
    EXPECT_EQ(rows[1].ended_at, at);
    EXPECT_EQ(rows[1].replaced_by, "");
    EXPECT_FALSE(rows[2].ended_at);
    EXPECT_EQ(rows[2].record.picture, Bytes{4});
    EXPECT_EQ(rows[2].record.ses_seal, Bytes{5});
    Connection db(options_.path, SQLITE_OPEN_READWRITE, "");
    for (const char* change : {"UPDATE seal_record SET ended_at = NULL",
                               "UPDATE seal_record SET body = x'00' WHERE id = '99000000000003'",
                               "DELETE FROM seal_record"}) {
        EXPECT_THROW(db.execute(change), Error) << change;
    }
}

TEST_F(StoreTest, KeepsWhatWasSealedForOthersAndNoByteOfIt) {
    auto store = open();
    ExternalSeal act;
    act.id = std::string(32, 'a');
    act.owner = "alice";
    act.seal = "99000000000001";
    act.signer_sha256 = Bytes(32, 1);
    act.input_sha256 = Bytes(32, 2);
    act.sha256 = Bytes(32, 3);
    act.signed_sha256 = Bytes(32, 4);
    act.size_bytes = 5;
    act.level = "B-B";
    act.key_use = {KeyUse::Phase::Begin,
                   keys::KeyPurpose::ExternalSeal,
                   "seal",
                   act.id,
                   act.signed_sha256,
                   {}};
    store->record_key_uses({act.key_use});
    act.key_use.phase = KeyUse::Phase::End;
    EXPECT_FALSE(store->sealed_externally(act.signed_sha256));
    store->settle_external_seal(act);
    EXPECT_TRUE(store->sealed_externally(act.signed_sha256));
    EXPECT_FALSE(store->sealed_externally(act.sha256));
    EXPECT_TRUE(store->sealed_with(act.signer_sha256));
    EXPECT_EQ(code_of([&] { store->settle_external_seal(act); }), ErrorCode::Conflict);
    EXPECT_EQ(faults(), "");
    {
        // The use of the key alone is a fault: what went out is not in the register.
        KeyUse alone = act.key_use;
        alone.subject = std::string(32, 'b');
        KeyUse begin = alone;
        begin.phase = KeyUse::Phase::Begin;
        store->record_key_uses({begin, alone});
        EXPECT_NE(faults().find("external_seal"), std::string::npos) << faults();
    }
    Connection db(options_.path, SQLITE_OPEN_READWRITE, "");
    EXPECT_THROW(db.execute("DELETE FROM external_seal"), Error);
    EXPECT_THROW(db.execute("UPDATE external_seal SET owner = 'bob'"), Error);
}

TEST_F(StoreTest, RefusesAMissingForeignOrNewerDatabase) {
    options_.create = false;
    EXPECT_EQ(code_of([&] { open(); }), ErrorCode::NotFound);
    try {
        const Connection none(options_.path, SQLITE_OPEN_READONLY, "");
        FAIL();
    } catch (const Error& error) {  // a stranger may read it
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
        EXPECT_EQ(std::string(error.what()).find('/'), std::string::npos) << error.what();
    }
    {
        Connection other(options_.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "");
        other.execute("CREATE TABLE something (x)");
    }
    EXPECT_EQ(code_of([&] { open(); }), ErrorCode::Invalid);
    std::filesystem::remove(options_.path);
    options_.create = true;
    open();
    {
        Connection newer(options_.path, SQLITE_OPEN_READWRITE, "");
        newer.execute("PRAGMA user_version = 99");
    }
    EXPECT_EQ(code_of([&] { open(); }), ErrorCode::Invalid);
    std::ofstream(options_.path) << std::string(5000, 'x');
    EXPECT_THROW(open(), Error);
}

TEST_F(StoreTest, ReadsBesideAWriterAndRefusesToWrite) {
    auto writing = open();
    const Document made = issue(*writing, reservation("k"));
    options_.read_only = true;
    auto reading = open();
    EXPECT_TRUE(reading->document(made.id, std::nullopt));
    EXPECT_EQ(code_of([&] { reading->reserve(reservation("x")); }), ErrorCode::Unavailable);
    EXPECT_TRUE(check().faults.empty());
    const Document next = issue(*writing, reservation("k2"));
    EXPECT_TRUE(reading->document(next.id, std::nullopt));
}

TEST_F(StoreTest, OpensOnAFullDiskByGivingUpItsSpareRoom) {
    MemoryDisk disk("full-at-open");
    options_.vfs = disk.name();
    options_.path = "register.db";
    options_.spare = folder_.path() / "spare";
    const std::string id = issue(*open(), reservation("k")).id;  // and closed: no shared memory
    ASSERT_EQ(std::filesystem::file_size(options_.spare), 1u << 20);
    disk.has_room = [this] { return !std::filesystem::exists(options_.spare); };
    EXPECT_EQ(open()->document(id, std::nullopt)->state, DocumentState::Issued);
    std::filesystem::remove(options_.spare);
    disk.has_room = [] { return false; };
    EXPECT_EQ(code_of([&] { open(); }), ErrorCode::StorageFull);
    disk.has_room = [] { return true; };
    open();
    EXPECT_TRUE(std::filesystem::exists(options_.spare)) << "kept again once there is room";
}

TEST_F(StoreTest, RefusesATimeBehindTheLastOne) {
    auto store = open();
    EXPECT_FALSE(store->last_issued_at());
    Reservation r = reservation("a");
    r.at = day(2);
    issue(*store, r);
    EXPECT_EQ(store->last_issued_at(), day(2));
    Reservation behind = reservation("b");
    behind.at = day(1);
    behind.last_max = day(2) - std::chrono::milliseconds(1);
    EXPECT_EQ(code_of([&] { store->reserve(behind); }), ErrorCode::Unavailable);
    behind.last_max = day(2);
    const Document document = store->reserve(behind).document;
    EXPECT_EQ(document.issued_at, day(2)) << "never before the last one";
    EXPECT_EQ(document.serial, 2u) << "the refusal took no number";
}

TEST_F(StoreTest, RefusesToChangeWhatIsKept) {
    {
        auto store = open();
        issue(*store, reservation("k"));
        store->keep_dictionary(dictionary("of no document yet"));
    }
    Connection raw(options_.path, SQLITE_OPEN_READWRITE, "");
    for (
        const char* sql :
        {"DELETE FROM document",
         "DELETE FROM event",
         "DELETE FROM revision",
         "DELETE FROM log_leaf",
         "DELETE FROM audit",
         "DELETE FROM dictionary",
         "UPDATE dictionary SET bytes = x'00'",
         "UPDATE document SET dictionary = 1",
         "UPDATE event SET detail = 'x'",
         "UPDATE revision SET level = 'x'",
         "UPDATE log_leaf SET event = 2",
         "UPDATE audit SET key_id = 'x'",
         "UPDATE document SET number = 'x'",
         "UPDATE document SET code_index = zeroblob(32)",
         "UPDATE document SET state = 'RESERVED', facts = NULL",
         "UPDATE document SET state = 'VOID', facts = NULL, status_at = 1",
         "UPDATE document SET facts = x'00'",
         "DELETE FROM form",
         "UPDATE form SET version = 'x'",
         "DELETE FROM signer",
         "UPDATE signer SET name = 'x'",
         "INSERT INTO document (id, number, counter, serial, form, owner, state, code_index, code, "
         "salt, issued_at, options, input) SELECT substr(id, 2) || 'x', number, counter, 2, form, "
         "owner, 'RESERVED', zeroblob(32), code, salt, issued_at, options, input FROM document",
         "INSERT INTO document (id, number, counter, serial, form, owner, state, code_index, code, "
         "salt, issued_at, options, input) SELECT substr(id, 2) || 'x', 'n', counter, 2, form, "
         "owner, 'RESERVED', code_index, code, salt, issued_at, options, input FROM document"}) {
        EXPECT_EQ(code_of([&] { raw.execute(sql); }), ErrorCode::Conflict) << sql;
    }
}

/// Gives the same bytes for a while: two documents draw the same code.
class StuckRandom : public Random {
  public:
    Bytes bytes(std::size_t count) override {
        ++calls_;
        return count == 15 && calls_ < 20 ? Bytes(count, 0) : real_.bytes(count);
    }

  private:
    keys::OpenSslRandom real_;
    int calls_ = 0;
};

TEST_F(StoreTest, DrawsAnotherCodeWhenOneIsTaken) {
    StuckRandom stuck;
    auto store = open_store(options_, stuck);
    const std::string first = store->reserve(reservation("a")).document.code;
    const std::string second = store->reserve(reservation("b")).document.code;
    EXPECT_EQ(first, "2222222222222222");
    EXPECT_NE(second, first);
    EXPECT_EQ(store->document_by_code(first)->number, "record/2026-1");
}

TEST_F(StoreTest, TellsTheWholeGroupWhenItsCommitFails) {
    open();
    auto connection =
        std::make_unique<Connection>(options_.path, SQLITE_OPEN_READWRITE, std::string());
    connection->execute("PRAGMA foreign_keys = ON");
    Writer writer(std::move(connection), [](const std::string& what) { FAIL() << what; });
    std::promise<void> running, queued;
    std::thread first([&] {
        writer.run([&](Connection&) {
            running.set_value();  // alone: the others make a group of their own
            queued.get_future().wait();
        });
    });
    running.get_future().wait();
    std::thread spoils([&] {
        EXPECT_THROW(writer.run([](Connection& db) {
            db.execute(
                "PRAGMA defer_foreign_keys = ON; INSERT INTO idempotency VALUES "
                "('a', 'k', 'issue', zeroblob(32), 99)");
        }),
                     Error);
    });
    while (writer.units() < 2) {
        std::this_thread::yield();
    }
    std::string told;
    std::thread refused([&] {
        try {
            writer.run([](Connection& db) {
                if (Query row = db.query("SELECT 1 FROM idempotency"); row.step()) {
                    throw Error(ErrorCode::Mismatch, "because of the one before");
                }
            });
        } catch (const Error& error) {
            told = error.what();
        }
    });
    while (writer.units() < 3) {
        std::this_thread::yield();
    }
    queued.set_value();
    for (std::thread* caller : {&first, &spoils, &refused}) {
        caller->join();
    }
    EXPECT_NE(told.find("FOREIGN KEY"), std::string::npos) << told;
}

TEST_F(StoreTest, SaysWhichTypeGivesANumberOfAnother) {
    auto store = open();
    store->reserve(reservation("a"));
    Reservation other = reservation("b", "receipt/2026");
    other.type = "receipt";
    other.number = reservation("a").number;
    try {
        store->reserve(other);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Conflict);
        EXPECT_NE(std::string(error.what()).find("number pattern of type receipt"),
                  std::string::npos)
            << error.what();
        EXPECT_NE(std::string(error.what()).find("record/2026-1"), std::string::npos);
    }
    EXPECT_EQ(faults(), "");
}

TEST_F(StoreTest, UndoesOnlyTheUnitThatFails) {
    auto store = open();
    std::vector<std::thread> callers;
    std::atomic<int> failed{0};
    for (int t = 0; t < 40; ++t) {
        callers.emplace_back([&, t] {
            Reservation r = reservation(std::to_string(t));
            if (t % 4 == 0) {
                r.number = [](std::uint64_t) -> std::string {
                    throw Error(ErrorCode::Invalid, "no number today");
                };
            }
            try {
                store->reserve(r);
            } catch (const Error&) {
                ++failed;
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(failed, 10);
    const FsckReport report = check();
    EXPECT_EQ(report.numbers, 30u);
    EXPECT_EQ(faults(), "");  // in particular: no gap
}

}  // namespace
}  // namespace yinxin::server
