// SPDX-License-Identifier: Apache-2.0
// A store that asks another one: a test overrides what it wants to watch or to break.
#pragma once

#include "server/storage/store.h"

namespace yinxin::server {

class ForwardingStore : public Store {
  public:
    explicit ForwardingStore(Store& store) : store_(store) {}

    std::optional<std::int64_t> dictionary(ByteView made_of) override {
        return store_.dictionary(made_of);
    }
    std::int64_t keep_dictionary(const NewDictionary& made) override {
        return store_.keep_dictionary(made);
    }
    Reserved reserve(const Reservation& reservation) override {
        return store_.reserve(reservation);
    }
    void record_key_uses(const std::vector<KeyUse>& uses, CommitWaiter* waiter) override {
        return store_.record_key_uses(uses, waiter);
    }
    void settle_issued(const Issued& issued) override { return store_.settle_issued(issued); }
    void settle_void(const std::string& id, const std::string& reason, Time at) override {
        return store_.settle_void(id, reason, at);
    }
    Revoked revoke(const std::string& id,
                   const std::optional<std::string>& owner,
                   const std::string& reason,
                   const RequestKey& request,
                   Time at) override {
        return store_.revoke(id, owner, reason, request, at);
    }
    std::vector<std::string> unsettled() override { return store_.unsettled(); }
    void add_revision(const NewRevision& revision) override {
        return store_.add_revision(revision);
    }
    std::vector<LevelDebt> due_debts(Time now, std::size_t count_max) override {
        return store_.due_debts(now, count_max);
    }
    void put_off_debt(const std::string& document, const std::string& why, Time next_try) override {
        return store_.put_off_debt(document, why, next_try);
    }
    DebtSum debts() override { return store_.debts(); }
    std::vector<DebtGroup> debts_by_age(Time now) override { return store_.debts_by_age(now); }
    std::optional<Document> document(const std::string& id,
                                     const std::optional<std::string>& owner) override {
        return store_.document(id, owner);
    }
    std::optional<VerifiableDocument> document_by_code(const std::string& code) override {
        return store_.document_by_code(code);
    }
    std::optional<Document> document_by_number(const std::string& number) override {
        return store_.document_by_number(number);
    }
    std::optional<Document> document_by_request(const RequestKey& request) override {
        return store_.document_by_request(request);
    }
    std::vector<RevisionInfo> revisions(const std::string& id) override {
        return store_.revisions(id);
    }
    std::optional<RevisionInfo> revision_by_sha256(ByteView sha256) override {
        return store_.revision_by_sha256(sha256);
    }
    std::optional<RevisionInfo> revision_by_seal(ByteView signed_sha256,
                                                 std::size_t size_bytes) override {
        return store_.revision_by_seal(signed_sha256, size_bytes);
    }
    void settle_external_seal(const ExternalSeal& act) override {
        return store_.settle_external_seal(act);
    }
    bool sealed_externally(ByteView signed_sha256) override {
        return store_.sealed_externally(signed_sha256);
    }
    bool sealed_with(ByteView certificate_sha256) override {
        return store_.sealed_with(certificate_sha256);
    }
    Bytes revision_bytes(const RevisionInfo& revision) override {
        return store_.revision_bytes(revision);
    }
    std::optional<ReadBack> read_back(const std::string& id) override {
        return store_.read_back(id);
    }
    KeyRegister& key_register() override { return store_.key_register(); }
    ReversedSum reversed(const std::string& id) override { return store_.reversed(id); }
    std::optional<std::int64_t> begin_fact_attempt(const std::string& code,
                                                   const FactLimits& limits,
                                                   Time now) override {
        return store_.begin_fact_attempt(code, limits, now);
    }
    void forgive_fact_attempt(std::int64_t attempt) override {
        return store_.forgive_fact_attempt(attempt);
    }
    std::string add_api_key(const std::string& id, Role role) override {
        return store_.add_api_key(id, role);
    }
    std::optional<ApiKey> find_api_key(std::string_view key) override {
        return store_.find_api_key(key);
    }
    std::vector<ApiKey> api_keys() override { return store_.api_keys(); }
    void revoke_api_key(const std::string& id) override { return store_.revoke_api_key(id); }
    void put_seal_record(const std::string& id,
                         const keys::StoredSealRecord& record,
                         const std::vector<KeyUse>& key_uses,
                         const std::string& replaces,
                         const std::string& reason) override {
        store_.put_seal_record(id, record, key_uses, replaces, reason);
    }
    void end_seal_record(const std::string& id,
                         const std::string& reason,
                         Time at,
                         const std::string& replaced_by) override {
        store_.end_seal_record(id, reason, at, replaced_by);
    }
    std::vector<SealRecordRow> seal_records() override { return store_.seal_records(); }
    void put_setting(const std::string& name, const std::string& value) override {
        return store_.put_setting(name, value);
    }
    std::optional<std::string> setting(const std::string& name) override {
        return store_.setting(name);
    }
    std::optional<Time> last_issued_at() override { return store_.last_issued_at(); }
    void probe_write() override { return store_.probe_write(); }
    Counts counts() const override { return store_.counts(); }

  private:
    Store& store_;
};

}  // namespace yinxin::server
