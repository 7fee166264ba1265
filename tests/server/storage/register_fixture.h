// SPDX-License-Identifier: Apache-2.0
// A register of its own for each test, and small documents to put in.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/random.h"
#include "server/storage/fsck.h"
#include "server/storage/sqlite.h"
#include "server/storage/store.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {

using tests::code_of;

inline Time day(int n) {
    return Time(std::chrono::days(20'000 + n));
}

inline Reservation reservation(const std::string& key, const std::string& series = "record/2026") {
    Reservation r;
    r.request = {"alice", key, "issue", keys::sha256(as_bytes(key))};
    r.type = "record";
    r.form_version = "1";
    r.form_sha256 = Bytes(32, 7);
    r.series = series;
    r.number = [series](std::uint64_t serial) { return series + "-" + std::to_string(serial); };
    r.input = R"({"name":"张小明"})";
    r.options = "{}";
    r.at = day(0);
    r.key_uses = {{KeyUse::Phase::Begin, keys::KeyPurpose::Token, "token", "", {}, day(0)}};
    return r;
}

inline Bytes body_of(const std::string& id) {
    return to_bytes(as_bytes("%PDF of " + id + std::string(300, 'x')));
}

inline Issued issued(const std::string& id) {
    Issued i;
    i.id = id;
    i.facts = R"({"title":"x"})";
    i.pages = 1;
    i.issuer_organ = "示例市税务局";
    i.signer_name = "CN=示例市税务局";
    i.signer_sha256 = Bytes(32, 9);
    i.level = "B-B";
    i.pdf = body_of(id);
    return i;
}

/// Of what reservation() and issued() make.
inline NewDictionary dictionary(const std::string& name) {
    return {"record",
            "1",
            keys::sha256(as_bytes(name)),
            to_bytes(as_bytes(name + R"({"name":"某某某"})" + R"({"title":"x"})" + "%PDF of " +
                              std::string(300, 'x'))),
            day(0)};
}

inline Document issue(Store& store, const Reservation& r) {
    const Document document = store.reserve(r).document;
    store.settle_issued(issued(document.id));
    return document;
}

class RegisterTest : public testing::Test {
  protected:
    RegisterTest() {
        options_.path = folder_.path() / "register.db";
        options_.secret = random_.bytes(32);
        options_.create = true;
    }

    std::unique_ptr<Store> open() { return open_store(options_, random_); }
    FsckReport check(FsckOptions fsck_options = {}) { return fsck(options_, fsck_options, day(0)); }
    std::string faults() {
        std::string text;
        for (const FsckFault& fault : check().faults) {
            text += fault.kind + ": " + fault.detail + "\n";
        }
        return text;
    }

    void damage(const std::string& sql) const {
        Connection raw(options_.path, SQLITE_OPEN_READWRITE, "");
        // Whoever edits rows takes the guards down first and puts them up again.
        std::string guards;
        std::vector<std::string> names;
        {
            Query trigger = raw.query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
            while (trigger.step()) {
                names.push_back(trigger.text(0));
                guards += trigger.text(1) + ";";
            }
        }
        for (const std::string& name : names) {
            raw.execute("DROP TRIGGER " + name);
        }
        raw.execute(sql);
        raw.execute(guards);
    }

    keys::OpenSslRandom random_;
    tests::TemporaryFolder folder_;
    StoreOptions options_;
};

}  // namespace yinxin::server
