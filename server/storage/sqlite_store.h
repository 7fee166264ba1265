// SPDX-License-Identifier: Apache-2.0
// The register on SQLite: many readers, one writer.
#pragma once

#include <memory>
#include <string>

#include "keys/crypto/prefix_digest.h"
#include "server/storage/dictionaries.h"
#include "server/storage/readers.h"
#include "server/storage/register_secret.h"
#include "server/storage/shared_rows.h"
#include "server/storage/sqlite_keys.h"
#include "server/storage/store.h"
#include "server/storage/writer.h"

namespace yinxin::server {

inline constexpr int register_application_id = 0x59585247;  // "YXRG"

/// Brings a database to the newest version, each migration in one transaction.
void migrate(Connection& connection);
/// Throws Error{Invalid} unless it is a register of this version.
void check_version(Connection& connection);

class SqliteStore : public Store {
  public:
    /// `writing` is migrated; nullptr: read-only.
    SqliteStore(const StoreOptions& options, std::unique_ptr<Connection> writing, Random& random);

    std::optional<std::int64_t> dictionary(ByteView made_of) override;
    std::int64_t keep_dictionary(const NewDictionary& made) override;

    Reserved reserve(const Reservation& reservation) override;
    void record_key_uses(const std::vector<KeyUse>& uses, CommitWaiter* waiter) override;
    void settle_issued(const Issued& issued) override;
    void settle_void(const std::string& id, const std::string& reason, Time at) override;
    Revoked revoke(const std::string& id,
                   const std::optional<std::string>& owner,
                   const std::string& reason,
                   const RequestKey& request,
                   Time at) override;
    void settle_external_seal(const ExternalSeal& act) override;
    std::vector<std::string> unsettled() override;
    std::optional<Time> last_issued_at() override;

    void add_revision(const NewRevision& revision) override;
    std::vector<LevelDebt> due_debts(Time now, std::size_t count_max) override;
    void put_off_debt(const std::string& document, const std::string& why, Time next_try) override;
    DebtSum debts() override;
    std::vector<DebtGroup> debts_by_age(Time now) override;

    std::optional<Document> document(const std::string& id,
                                     const std::optional<std::string>& owner) override;
    std::optional<VerifiableDocument> document_by_code(const std::string& code) override;
    std::optional<Document> document_by_number(const std::string& number) override;
    std::optional<Document> document_by_request(const RequestKey& request) override;
    std::vector<RevisionInfo> revisions(const std::string& id) override;
    std::optional<RevisionInfo> revision_by_sha256(ByteView sha256) override;
    std::optional<RevisionInfo> revision_by_seal(ByteView signed_sha256,
                                                 std::size_t size_bytes) override;
    bool sealed_externally(ByteView signed_sha256) override;
    bool sealed_with(ByteView certificate_sha256) override;
    Bytes revision_bytes(const RevisionInfo& revision) override;
    std::optional<ReadBack> read_back(const std::string& id) override;
    ReversedSum reversed(const std::string& id) override;

    std::optional<std::int64_t> begin_fact_attempt(const std::string& code,
                                                   const FactLimits& limits,
                                                   Time now) override;
    void forgive_fact_attempt(std::int64_t attempt) override;

    std::string add_api_key(const std::string& id, Role role) override;
    std::optional<ApiKey> find_api_key(std::string_view key) override;
    std::vector<ApiKey> api_keys() override;
    void revoke_api_key(const std::string& id) override;

    void put_seal_record(const std::string& id,
                         const keys::StoredSealRecord& record,
                         const std::vector<KeyUse>& key_uses,
                         const std::string& replaces,
                         const std::string& reason) override;
    void end_seal_record(const std::string& id,
                         const std::string& reason,
                         Time at,
                         const std::string& replaced_by) override;
    std::vector<SealRecordRow> seal_records() override;

    KeyRegister& key_register() override { return key_register_; }

    void put_setting(const std::string& name, const std::string& value) override;
    std::optional<std::string> setting(const std::string& name) override;

    void probe_write() override;
    Counts counts() const override;

  private:
    Writer& writer();
    /// A row of `revision`, opened but not unpacked.
    struct KeptRevision {
        std::string document;
        int n = 0;
        std::size_t size = 0;
        int packing = 0;
        Bytes packed, sha256;
        const Dictionary* dictionary = nullptr;
    };
    KeptRevision kept_revision(Connection& db, const std::string& document, int n);
    /// Both throw Error{Internal} unless the bytes have the SHA-256 of their row; it is worked out
    /// from all of them. `before`: those of the revision before a tail.
    Bytes whole(Connection& db, const KeptRevision& kept);
    static Bytes unpacked(const KeptRevision& kept, Bytes before);
    /// Input and facts as they are kept: packed, where there is a dictionary, then sealed.
    Bytes seal_text(const std::string& column,
                    const std::string& document,
                    const std::string& text,
                    const Dictionary* dictionary);

    Document read_document(Connection& db, const Query& row);
    std::optional<Document> find_request(Connection& db, const RequestKey& request);
    std::int64_t insert_document(Connection& db,
                                 const Reservation& reservation,
                                 const Dictionary* dictionary,
                                 std::int64_t counter,
                                 Document& document);

    RegisterSecret secret_;
    Dictionaries dictionaries_;
    SharedRows shared_;
    keys::PrefixDigest sha256_{keys::Digest::Kind::Sha256};  ///< of new documents
    Random& random_;
    std::unique_ptr<Writer> writer_;
    Readers lookups_;  ///< for the short questions of every request
    Readers readers_;  ///< last, so closed first: the writer's connection is the one that clears
                       ///< the log away
    SqliteKeys key_register_{[this]() -> Writer& { return writer(); }, readers_};
};

/// The columns read_document expects, in its order.
#define YINXIN_SELECT_DOCUMENT                                                                  \
    "SELECT d.id, d.number, d.code, c.series, d.serial, f.type, f.version, f.sha256, d.owner, " \
    "d.state, d.input, d.options, d.facts, d.issued_at, d.status_at, d.status_reason, "         \
    "d.replaces, d.replaced_by, d.replace_reason, d.original, d.pages, s.organ, s.name, "       \
    "s.sha256, "                                                                                \
    "s.seal, d.dictionary FROM document d LEFT JOIN counter c ON c.id = d.counter "             \
    "LEFT JOIN form f ON f.id = d.form LEFT JOIN signer s ON s.id = d.signer "
inline constexpr std::string_view select_document_by_id = YINXIN_SELECT_DOCUMENT "WHERE d.id = ?";
inline constexpr std::string_view select_document_by_id_and_owner =
    YINXIN_SELECT_DOCUMENT "WHERE d.id = ?1 AND (?2 IS NULL OR d.owner = ?2)";
inline constexpr std::string_view select_document_by_number =
    YINXIN_SELECT_DOCUMENT "WHERE d.number = ?";
#undef YINXIN_SELECT_DOCUMENT

/// A cell of `column` that seal_text() made, opened; with the dictionary of its row.
std::string open_text(const RegisterSecret& secret,
                      const std::string& column,
                      const std::string& document,
                      ByteView cell,
                      const Dictionary* dictionary);

/// A row of the audit table, chained to the one before. In the writer's thread.
void in_audit(Connection& db, const KeyUse& use, const std::string& subject);

std::int64_t to_ms(Time time);
Time from_ms(std::int64_t ms);

}  // namespace yinxin::server
