// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "server/storage/sqlite.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

class IssueTest : public ServiceTest {};

TEST_F(IssueTest, AnswersWhatIsInTheRegister) {
    const IssueAnswer answer = service_->issue(alice_, record("k1"));
    EXPECT_FALSE(answer.replayed);
    const Json& body = answer.body;
    EXPECT_EQ(body.at("number"), "202699000100000001");
    EXPECT_EQ(body.at("status"), "valid");
    EXPECT_EQ(body.at("issued_at"), "2026-01-31T01:00:00Z");
    EXPECT_EQ(body.at("links").at("verify"),
              "http://127.0.0.1:8080/v/" + body.at("code").get<std::string>());
    const auto file = service_->pdf(alice_, body.at("id"), std::nullopt);
    EXPECT_EQ(file.sha256, body.at("sha256").get<std::string>());
    EXPECT_EQ(to_hex(keys::sha256(file.pdf)), file.sha256);
    EXPECT_EQ(file.revision, 1);
    const Json document = service_->document(alice_, body.at("id"));
    EXPECT_EQ(document.at("revisions").size(), 1u);
    EXPECT_EQ(document.at("pages"), 1);
    EXPECT_EQ(code_of([&] {
                  service_->document({"bob", false}, body.at("id"));
              }),
              ErrorCode::NotFound);
    EXPECT_EQ(service_->document({"root", true}, body.at("id")).at("id"), body.at("id"));
    EXPECT_EQ(code_of([&] { service_->pdf(alice_, body.at("id"), 2); }), ErrorCode::NotFound);
    EXPECT_EQ(faults(), "");
}

TEST_F(IssueTest, TakesNoNumberForDataThatBreaksARule) {
    IssueRequest bad = record("k");
    bad.data["rows"][0]["amount"] = "12.345";
    EXPECT_EQ(code_of([&] { service_->issue(alice_, bad); }), ErrorCode::Invalid);
    IssueRequest unknown = record("k");
    unknown.type = "passport";
    EXPECT_EQ(code_of([&] { service_->issue(alice_, unknown); }), ErrorCode::NotFound);
    for (const Json& options :
         {Json{{"colour", "red"}}, Json{{"channel", "fax"}}, Json{{"level", "B-T"}}, Json("x")}) {
        IssueRequest odd = record("k");
        odd.options = options;
        EXPECT_EQ(code_of([&] { service_->issue(alice_, odd); }), ErrorCode::Invalid) << options;
    }
    for (const std::string& key :
         {std::string(), std::string(201, 'x'), std::string("a b"), std::string("\xe5")}) {
        EXPECT_EQ(code_of([&] { service_->issue(alice_, record(key)); }), ErrorCode::Invalid)
            << key;
    }
    EXPECT_EQ(fsck(options_, {}, world_->clock.now()).numbers, 0u);
    EXPECT_EQ(service_->issue(alice_, record("k")).body.at("number"), "202699000100000001");
}

TEST_F(IssueTest, MakesOneDocumentOfFiftyEqualRequests) {
    std::vector<std::thread> callers;
    std::mutex mutex;
    std::set<std::string> bodies;
    int fresh = 0;
    for (int t = 0; t < 50; ++t) {
        callers.emplace_back([&] {
            const IssueAnswer answer = service_->issue(alice_, record("same"));
            const std::lock_guard lock(mutex);
            bodies.insert(answer.body.dump());
            fresh += answer.replayed ? 0 : 1;
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(bodies.size(), 1u);
    EXPECT_EQ(fresh, 1);
    EXPECT_EQ(fsck(options_, {}, world_->clock.now()).numbers, 1u);
    IssueRequest other = record("same");
    other.options = {{"channel", "kiosk"}};
    EXPECT_EQ(code_of([&] { service_->issue(alice_, other); }), ErrorCode::Mismatch);
}

TEST_F(IssueTest, VoidsTheNumberWhenTheSealerIsAwayAndLetsTheKeyTryAgain) {
    service_->issue(alice_, record("first"));  // the signer has measured its placeholder
    world_->seal_key->away = true;
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k")); }), ErrorCode::Unavailable);
    world_->seal_key->away = false;
    const IssueAnswer answer = service_->issue(alice_, record("k"));
    EXPECT_FALSE(answer.replayed);
    EXPECT_EQ(answer.body.at("number"), "202699000100000003");
    const FsckReport report = fsck(options_, {}, world_->clock.now());
    EXPECT_EQ(report.voided, 1u);
    EXPECT_EQ(report.unsettled, 0u);
    EXPECT_EQ(faults(), "");
}

TEST_F(IssueTest, LosesOneNumberNotManyWhileTheSealerIsAway) {
    service_->issue(alice_, record("first"));
    for (const auto& key : {world_->seal_key.get(), world_->token_key.get()}) {
        key->away = true;
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k" + std::to_string(i))); }),
                      ErrorCode::Unavailable);
        }
        key->away = false;
        service_->issue(alice_, record("back-" + key->id()));
    }
    const FsckReport report = fsck(options_, {}, world_->clock.now());
    EXPECT_EQ(report.numbers, 5u);  // three issued, and one of each five in vain
    EXPECT_EQ(report.voided, 2u);
    EXPECT_EQ(faults(), "");
}

TEST_F(IssueTest, SettlesWhatItCouldNotSettleOnceItCanWriteAgain) {
    service_->issue(alice_, record("first"));
    Connection other(options_.path, SQLITE_OPEN_READWRITE, "");
    world_->seal_key->before_signing = [&](const keys::SignOrder&) {
        other.execute(
            "CREATE TRIGGER stuck BEFORE UPDATE ON document BEGIN SELECT abs(-1 << 63); "
            "END");
    };
    EXPECT_THROW(service_->issue(alice_, record("k")), Error);
    world_->seal_key->before_signing = nullptr;
    EXPECT_EQ(store_->unsettled().size(), 1u);
    other.execute("DROP TRIGGER stuck");
    service_->issue(alice_, record("next"));
    EXPECT_TRUE(store_->unsettled().empty());
    EXPECT_EQ(faults(), "");
}

TEST_F(IssueTest, TakesNoNumberBeforeTheSealerHasAnsweredOnce) {
    world_->seal_key->away = true;
    EXPECT_EQ(code_of([&] { service_->issue(alice_, record("k")); }), ErrorCode::Unavailable);
    world_->seal_key->away = false;
    EXPECT_EQ(service_->issue(alice_, record("k")).body.at("number"), "202699000100000001");
}

TEST_F(IssueTest, SealsNoMoreDocumentsAtOnceThanItHasWorkers) {
    world_->config.threads = 2;
    start();
    service_->issue(alice_, record("first"));
    std::atomic<int> at_work = 0, most = 0;
    world_->seal_key->before_signing = [&](const keys::SignOrder&) {
        const int now = ++at_work;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        --at_work;
    };
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 16; ++i) {
            callers.emplace_back(
                [&, i] { service_->issue(alice_, record("k" + std::to_string(i))); });
        }
    }
    world_->config.threads = 0;
    EXPECT_LE(most, 2);
    EXPECT_EQ(fsck(options_, {}, world_->clock.now()).issued, 17u);
}

TEST_F(IssueTest, RefusesWhatCannotWaitAndVerifiesMeanwhile) {
    const LimitConfig limits = world_->config.limits;
    world_->config.threads = 1;
    world_->config.limits.issue_queue_max = 1;
    world_->config.limits.issue_wait_seconds = 3600;
    start();
    const Json known = service_->issue(alice_, record("first")).body;
    std::mutex mutex;
    std::condition_variable changed;
    bool held = true;
    int refused = 0, issued = 0;
    world_->seal_key->before_signing = [&](const keys::SignOrder&) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !held; });
    };
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 6; ++i) {
            callers.emplace_back([&, i] {
                ErrorCode code = ErrorCode::Internal;
                bool done = false;
                try {
                    service_->issue(alice_, record("k" + std::to_string(i)));
                    done = true;
                } catch (const Error& error) {
                    code = error.code();
                }
                const std::lock_guard lock(mutex);
                issued += done ? 1 : 0;
                refused += code == ErrorCode::Unavailable ? 1 : 0;
                changed.notify_all();
            });
        }
        std::unique_lock lock(mutex);
        // One works, two may wait for it and one more.
        changed.wait(lock, [&] { return refused == 2; });
        lock.unlock();
        EXPECT_EQ(service_->verify_code(known.at("code")).at("outcome"), "on_record");
        lock.lock();
        held = false;
        changed.notify_all();
    }
    world_->config.threads = 0;
    world_->config.limits = limits;
    EXPECT_EQ(issued, 4);
    EXPECT_EQ(refused, 2);
    EXPECT_EQ(faults(), "");
}

TEST_F(IssueTest, KeepsCallersApart) {
    const Caller bob{"bob", false}, admin{"admin", true};
    const Json blue =
        service_->issue(alice_, {"invoice", sample("invoice.special.json"), Json::object(), "blue"})
            .body;
    Json red = sample("invoice.red.json");
    red["red"]["original_number"] = blue.at("number");
    EXPECT_EQ(service_->issue(bob, {"invoice", red, Json::object(), "red"}).body.at("original"),
              "external");
    EXPECT_EQ(service_->verify_code(blue.at("code")).at("document").at("reversal"), "none");
    const Json successor =
        service_->replace(admin, blue.at("id"), sample("invoice.special.json"), "x", "rep").body;
    EXPECT_EQ(service_->document(alice_, successor.at("id")).at("status"), "valid");
}

TEST_F(IssueTest, RefusesASealThatDoesNotListItsCertificate) {
    auto seals = world_->seals;
    for (auto& [use, seal] : seals) {
        seal.certificate_sha256 = {Bytes(32, 1)};
    }
    const auto other = service_with(*world_->seal_key, world_->anchors, seals);
    EXPECT_EQ(code_of([&] { other->issue(alice_, record("k")); }), ErrorCode::Unavailable);
    EXPECT_EQ(report().numbers, 0u);
}

TEST_F(IssueTest, RefusesASealLargerThanItsPlace) {
    auto seals = world_->seals;
    for (auto& [use, seal] : seals) {
        seal.width_mm = seal.height_mm = 47;
    }
    const auto other = service_with(*world_->seal_key, world_->anchors, seals);
    EXPECT_EQ(code_of([&] { other->issue(alice_, record("k")); }), ErrorCode::Unavailable);
    EXPECT_EQ(report().numbers, 0u);
}

/// The caller's data are not at fault, and nothing is numbered for it.
TEST_F(IssueTest, RefusesASealThatCannotBeDrawn) {
    auto seals = world_->seals;
    for (auto& [use, seal] : seals) {
        for (int i = 0; i < 29; ++i) {
            seal.owner += "税";
        }
    }
    const auto other = service_with(*world_->seal_key, world_->anchors, seals);
    EXPECT_EQ(code_of([&] { other->issue(alice_, record("k")); }), ErrorCode::Unavailable);
    EXPECT_EQ(rule_of([&] { other->issue(alice_, record("k")); }), "");
    EXPECT_EQ(report().numbers, 0u);
    EXPECT_EQ(other->readiness().at("checks").at("seals"), "failed");
    EXPECT_EQ(other->readiness().at("ready"), false);
}

TEST_F(IssueTest, IsReadyForWhatHasASeal) {
    EXPECT_EQ(service_->readiness().at("checks").at("seals"), "ok");
    auto seals = world_->seals;
    seals.erase("invoice");
    const auto other = service_with(*world_->seal_key, world_->anchors, seals);
    EXPECT_EQ(other->readiness().at("checks").at("seals"), "partial");
    EXPECT_EQ(other->readiness().at("ready"), true);
}

TEST_F(IssueTest, TheNextSealBeginsWhenItIsTime) {
    auto seals = one_each(world_->seals);
    keys::SealRecord now = world_->seals.at("business"), next = now;
    now.valid_to = world_->clock.now() + std::chrono::hours(1);
    next.id = "99000000000088";
    next.valid_from = now.valid_to + std::chrono::seconds(1);
    seals["business"] = {std::make_shared<const keys::SealRecord>(next),
                         std::make_shared<const keys::SealRecord>(now)};
    service_->use_seals(seals);
    const auto seal_of = [&](const std::string& key) {
        const Json id = service_->issue(alice_, record(key)).body.at("id");
        return service_->document(alice_, id).at("seal").get<std::string>();
    };
    EXPECT_EQ(seal_of("before"), now.id);
    world_->clock.set(next.valid_from);
    EXPECT_EQ(seal_of("after"), next.id);
    EXPECT_EQ(faults(), "");
}

/// Signs, but not what it is asked.
class Forger : public keys::PrivateKey {
  public:
    explicit Forger(keys::PrivateKey& key) : key_(key) {}
    const std::string& id() const override { return key_.id(); }
    keys::KeyAlgorithm algorithm() const override { return key_.algorithm(); }
    const std::vector<Bytes>& chain() const override { return key_.chain(); }
    Bytes sign(const keys::SignOrder&) override {
        return key_.sign({keys::KeyPurpose::Probe,
                          "",
                          keys::sha256(keys::probe_message()),
                          keys::probe_message()});
    }

  private:
    keys::PrivateKey& key_;
};

TEST_F(IssueTest, RefusesToReleaseWhatAStrangerWouldNotTrust) {
    Forger forger(*world_->seal_key);
    const auto other = service_with(forger, world_->anchors, world_->seals);
    EXPECT_EQ(code_of([&] { other->issue(alice_, record("k")); }), ErrorCode::Internal);
    EXPECT_EQ(report().voided, 1u);
}

TEST_F(IssueTest, TakesTwoSpellingsOfATextForOne) {
    IssueRequest composed = record("k"), decomposed = record("k");
    composed.data["taxpayer"]["name"] = "Maria Gon\u00e7alves";
    decomposed.data["taxpayer"]["name"] = "Maria Gonc\u0327alves";
    const IssueAnswer first = service_->issue(alice_, decomposed);
    const IssueAnswer again = service_->issue(alice_, composed);
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.body, first.body);
    const auto kept = store_->document(first.body.at("id"), std::nullopt);
    EXPECT_EQ(Json::parse(kept->input).at("taxpayer").at("name"), "Maria Gon\u00e7alves");
    // What nobody sees stays refused, by its place.
    for (const char* name : {"张\u202E明", "张\u200B明", "张\n明", "Gonc\u0327\u200Dalves"}) {
        IssueRequest odd = record("odd");
        odd.data["taxpayer"]["name"] = name;
        try {
            service_->issue(alice_, odd);
            FAIL() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Invalid);
            ASSERT_EQ(error.fields().size(), 1u);
            EXPECT_EQ(error.fields()[0].pointer, "/taxpayer/name");
        }
    }
    const std::string id = first.body.at("id");
    const Json data = sample("tax-payment-record.foreigner.json");
    const IssueAnswer next = service_->replace(alice_, id, data, "Mari\u0301a", "r");
    EXPECT_TRUE(service_->replace(alice_, id, data, "Mar\u00eda", "r").replayed);
    const Json revoked = service_->revoke(alice_, next.body.at("id"), "Mari\u0301a", "v");
    EXPECT_EQ(service_->revoke(alice_, next.body.at("id"), "Mar\u00eda", "v"), revoked);
    EXPECT_EQ(revoked.at("status_reason"), "Mar\u00eda");
}

TEST_F(IssueTest, ReplacesAndRevokes) {
    const Json old = service_->issue(alice_, record("k")).body;
    Json data = sample("tax-payment-record.one-year.json");
    data["rows"].erase(0);
    const IssueAnswer made = service_->replace(alice_, old.at("id"), data, "a row was wrong", "r1");
    EXPECT_EQ(made.body.at("replaces"), old.at("id"));
    EXPECT_TRUE(service_->replace(alice_, old.at("id"), data, "a row was wrong", "r1").replayed);
    const Json before = service_->document(alice_, old.at("id"));
    EXPECT_EQ(before.at("status"), "superseded");
    EXPECT_EQ(before.at("replaced_by"), made.body.at("id"));
    EXPECT_EQ(code_of([&] { service_->replace(alice_, old.at("id"), data, "again", "r2"); }),
              ErrorCode::Conflict);
    EXPECT_EQ(code_of([&] { service_->revoke(alice_, old.at("id"), "too late", "v0"); }),
              ErrorCode::Conflict);

    EXPECT_EQ(code_of([&] {
                  service_->revoke({"bob", false}, made.body.at("id"), "x", "v1");
              }),
              ErrorCode::NotFound);
    EXPECT_EQ(code_of([&] { service_->revoke(alice_, made.body.at("id"), " ", "v1"); }),
              ErrorCode::Invalid);
    const Json revoked = service_->revoke(alice_, made.body.at("id"), "issued by mistake", "v1");
    EXPECT_EQ(revoked.at("status"), "revoked");
    EXPECT_EQ(service_->revoke(alice_, made.body.at("id"), "issued by mistake", "v1"), revoked);
    // The first answer of an issue stays what it was.
    EXPECT_EQ(service_->issue(alice_, record("k")).body, old);
    EXPECT_EQ(faults(), "");
}

TEST_F(IssueTest, SaysItIsReadyAndWhatIsNot) {
    EXPECT_EQ(service_->readiness().at("ready"), true);
    world_->seal_key->away = true;
    start();
    const Json readiness = service_->readiness();
    world_->seal_key->away = false;
    EXPECT_EQ(readiness.at("ready"), false);
    EXPECT_EQ(readiness.at("checks").at("sealer"), "failed");
    EXPECT_EQ(readiness.at("checks").at("database"), "ok");
}

TEST_F(IssueTest, HoldsARedInvoiceAgainstItsOriginal) {
    const Json blue =
        service_->issue(alice_, {"invoice", sample("invoice.special.json"), Json::object(), "blue"})
            .body;
    Json red = sample("invoice.red.json");
    const auto issue_red = [&](const std::string& key) {
        return service_->issue(alice_, {"invoice", red, Json::object(), key}).body;
    };
    EXPECT_EQ(issue_red("external").at("original"), "external");

    red["red"]["original_number"] = blue.at("number");
    const Json first = issue_red("r1");
    EXPECT_EQ(first.at("original"), "registered");
    EXPECT_EQ(service_->verify_code(blue.at("code")).at("document").at("reversal"), "partial");
    EXPECT_EQ(code_of([&] {
                  service_->replace(
                      alice_, blue.at("id"), sample("invoice.special.json"), "x", "rep");
              }),
              ErrorCode::Conflict);

    red["buyer"]["name"] = "另一家公司";
    EXPECT_EQ(code_of([&] { issue_red("r2"); }), ErrorCode::Invalid);
    red = sample("invoice.red.json");
    red["red"]["original_number"] = first.at("number");
    EXPECT_EQ(code_of([&] { issue_red("r3"); }), ErrorCode::Invalid);
    EXPECT_EQ(faults(), "");
}

}  // namespace
}  // namespace yinxin::server
