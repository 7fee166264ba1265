// SPDX-License-Identifier: Apache-2.0
// The use cases over real parts: a demo PKI, the shipped forms, the press, the signer, the verifier
// and a register on disk. Only the processes are missing: keys sign here, and the inspector looks
// in this process.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/random.h"
#include "keys/demo_pki.h"
#include "keys/pki/certificate.h"
#include "server/inspector/prepare.h"
#include "server/service/service.h"
#include "server/storage/fsck.h"
#include "tests/support/data.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_clock.h"
#include "verify/paper/paper.h"

namespace yinxin::server {

using tests::code_of;
using tests::sample;
using tests::TestClock;

/// Looks in this process, and can be told to lie.
class HereInspector : public Inspector {
  public:
    HereInspector(const std::vector<Bytes>& anchors, const Bytes& own, const Clock& clock)
        : trust_(anchors), policy_{{keys::sha256(own)}, {}}, clock_(clock) {}
    verify::DocumentReport inspect(ByteView file,
                                   const Inspection& how,
                                   const std::string&) override {
        verify::Policy policy = how.elsewhere ? verify::Policy{} : policy_;
        policy.revocation = how.revocation;
        auto report = verify::verify_document(file, trust_, policy, clock_.now());
        if (edit) {
            edit(report);
        }
        return report;
    }
    verify::paper::Reading read_paper(ByteView file,
                                      const std::string& wanted,
                                      const std::string&) override {
        if (before_reading) {
            before_reading();
        }
        return reading ? *reading : verify::paper::read_paper(file, wanted);
    }
    std::vector<ChangedPage> changed_pages(ByteView,
                                           std::size_t signed_bytes,
                                           const std::string&) override {
        painted_from = signed_bytes;
        return changed;
    }
    SealDraft prepare(ByteView file, const SealWork& work, const std::string&) override {
        return prepare_seal(file, work, trust_, clock_.now());
    }
    bool alive() override { return true; }
    std::function<void(verify::DocumentReport&)> edit;
    std::optional<verify::paper::Reading> reading;  ///< instead of looking
    std::function<void()> before_reading;           ///< of a picture or a scan
    std::vector<ChangedPage> changed;               ///< instead of painting
    std::size_t painted_from = 0;

  private:
    verify::TrustStore trust_;
    verify::Policy policy_;
    const Clock& clock_;
};

/// Signs, and can be told to be away.
class WatchedKey : public keys::PrivateKey {
  public:
    explicit WatchedKey(std::unique_ptr<keys::SoftwareKey> key) : key_(std::move(key)) {}
    const std::string& id() const override { return key_->id(); }
    keys::KeyAlgorithm algorithm() const override { return key_->algorithm(); }
    const std::vector<Bytes>& chain() const override { return key_->chain(); }
    Bytes sign(const keys::SignOrder& order) override {
        if (away) {
            throw Error(ErrorCode::Unavailable, "the sealer does not answer");
        }
        if (before_signing) {
            before_signing(order);
        }
        return key_->sign(order);
    }
    void check_alive() override {
        if (away) {
            throw Error(ErrorCode::Unavailable, "the sealer does not answer");
        }
    }
    std::atomic<bool> away{false};
    std::function<void(const keys::SignOrder&)> before_signing;

  private:
    std::unique_ptr<keys::SoftwareKey> key_;
};

/// Where the certificates of the world say their state can be asked for.
inline const std::string authorities_url = "http://pki.example";

/// What is dear to make, once for all tests.
struct World {
    World() {
        const keys::Secret passphrase(std::string_view("for tests only"));
        keys::DemoPki pki(
            {.keys_folder = folder / "keys", .pki_folder = folder / "pki", .url = authorities_url},
            passphrase,
            random);
        const Time now = clock.now();
        pki.create(now, keys::demo_families().first(1));
        anchors = {pki.root()};
        pki.add_seal_key("seal", keys::KeyAlgorithm::EcdsaP256, now);
        pki.add_token_key("token", now);
        const keys::KeyStore store(folder / "keys",
                                   keys::Secret(std::string_view("for tests only")));
        seal_key = std::make_unique<WatchedKey>(store.open("seal"));
        token_key = std::make_unique<WatchedKey>(store.open("token"));
        for (const auto& record : pki.make_seal_records({seal_key->chain().front()}, now)) {
            const auto seal = keys::open_seal_record(record, anchors, now);
            seals[seal.use] = seal;
        }
        typefaces = pdf::Typefaces::load();
        press = pdf::Press::create(typefaces, folder / "cache");
        inspector = std::make_unique<HereInspector>(anchors, seal_key->chain().front(), clock);
        config.dir = folder;
        config.public_url = "http://127.0.0.1:8080";
        config.issuer = {"示例市税务局", "示", "990001", "99", "0", "127.0.0.1:8080"};
    }

    const tests::TemporaryFolder place;
    const std::filesystem::path& folder = place.path();
    TestClock clock;
    keys::OpenSslRandom random;
    std::vector<Bytes> anchors;
    std::unique_ptr<WatchedKey> seal_key, token_key;
    std::map<std::string, keys::SealRecord> seals;
    std::shared_ptr<const pdf::Typefaces> typefaces;
    std::unique_ptr<pdf::Press> press;
    pdf::FormLibrary forms{{YINXIN_FORMS}};
    std::unique_ptr<HereInspector> inspector;
    Config config;
};

/// One seal for each use.
inline SealsByUse one_each(const std::map<std::string, keys::SealRecord>& seals) {
    SealsByUse found;
    for (const auto& [use, seal] : seals) {
        found[use] = {std::make_shared<const keys::SealRecord>(seal)};
    }
    return found;
}

class ServiceTest : public testing::Test {
  protected:
    static void SetUpTestSuite() { world_ = std::make_unique<World>(); }
    static void TearDownTestSuite() { world_.reset(); }

    ServiceTest() {
        world_->clock.set(*parse_rfc3339("2026-01-31T01:00:00Z"));
        std::filesystem::remove(world_->folder / "register.db");
        options_.path = world_->folder / "register.db";
        options_.secret = Bytes(32, 3);
        options_.create = true;
        start();
    }
    ~ServiceTest() override { world_->seal_key->before_signing = nullptr; }

    void start() {
        service_.reset();
        store_.reset();
        store_ = open_store(options_, world_->random);
        service_ = std::make_unique<Service>(parts(*store_));
    }
    static ServiceParts parts(Store& store) {
        return {world_->config,
                store,
                world_->forms,
                *world_->press,
                world_->typefaces,
                *world_->seal_key,
                *world_->token_key,
                *world_->inspector,
                world_->anchors,
                one_each(world_->seals),
                true,
                world_->clock,
                world_->random};
    }
    /// Another service on the same register.
    std::unique_ptr<Service> service_with(keys::PrivateKey& seal_key,
                                          const std::vector<Bytes>& anchors,
                                          const std::map<std::string, keys::SealRecord>& seals) {
        return std::make_unique<Service>(ServiceParts{world_->config,
                                                      *store_,
                                                      world_->forms,
                                                      *world_->press,
                                                      world_->typefaces,
                                                      seal_key,
                                                      *world_->token_key,
                                                      *world_->inspector,
                                                      anchors,
                                                      one_each(seals),
                                                      true,
                                                      world_->clock,
                                                      world_->random});
    }

    IssueRequest record(const std::string& key) const {
        return {
            "tax-payment-record", sample("tax-payment-record.one-year.json"), Json::object(), key};
    }
    FsckReport report() const { return fsck(options_, {}, world_->clock.now()); }
    std::string faults() const {
        std::string text;
        for (const FsckFault& fault : report().faults) {
            text += fault.kind + ": " + fault.detail + "\n";
        }
        return text;
    }

    static std::unique_ptr<World> world_;
    const Caller alice_{"alice", false};
    StoreOptions options_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Service> service_;
};

inline std::unique_ptr<World> ServiceTest::world_;

/// What a call says when it fails; "" when it does not.
inline std::string words_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// The rule of the one field it names.
inline std::string rule_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.fields().size() == 1 ? error.fields().front().rule : "";
    }
    return "";
}

}  // namespace yinxin::server
