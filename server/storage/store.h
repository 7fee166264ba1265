// SPDX-License-Identifier: Apache-2.0
// The register: numbers, codes, states, revisions, idempotency keys, events, audit and log leaf
// rows, API keys and seal records. SQL lives behind this interface only. README.md describes the
// tables and the order of commits.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/open_streams.h"
#include "common/ports.h"
#include "keys/pki/seal_record.h"
#include "keys/private_key.h"
#include "server/domain/document.h"
#include "server/domain/reversal.h"
#include "server/domain/role.h"
#include "server/storage/key_register.h"

namespace yinxin::server {

/// One use of a private key, for the audit table: a row before the key is asked and one after.
/// Discarded instead of End: it answered, and nothing was kept of it.
struct KeyUse {
    enum class Phase { Begin, End, Discarded } phase = Phase::Begin;
    keys::KeyPurpose purpose = keys::KeyPurpose::Document;
    std::string key_id;
    std::string subject;  ///< id of the document; "" in a Reservation, where the store puts it in
    Bytes digest;         ///< SHA-256 (of SM2 keys SM3) of what is signed; empty while it is not
                          ///< known
    Time at{};
};

/// Who did it and with which request: one row per (owner, key), kept as long as the register.
struct RequestKey {
    std::string owner;
    std::string key;
    std::string verb;  ///< issue, replace, revoke
    Bytes request_sha256;
};

/// How a thread waits for a commit. One that has a second thing to wait for is woken once for both.
class CommitWaiter {
  public:
    virtual ~CommitWaiter() = default;
    /// In the writer's thread: it is durable, or has failed. Once, and quick.
    virtual void settled() noexcept = 0;
    /// In the waiting thread, until settled().
    virtual void wait() = 0;
};

/// Phase A: everything that is known before a number is taken.
struct Reservation {
    RequestKey request;
    std::string owner;  ///< of the document; "" when it is who asks
    std::string type, form_version;
    Bytes form_sha256;
    std::string series;
    std::function<std::string(std::uint64_t serial)>
        number;                   ///< runs inside the transaction: pure and quick
    std::string input;            ///< canonical JSON, kept encrypted
    std::int64_t dictionary = 0;  ///< that this document is packed with; 0: none
    std::string options;          ///< JSON
    Time at{};                    ///< issued_at is the later of this and the last one given
    Time last_max = Time::max();  ///< that one is not later than this, or a clock is wrong
    std::string replaces, replace_reason;  ///< id of an ISSUED document; "" when none
    std::string original;                  ///< red invoices: "registered" or "external"; else ""
    std::optional<Reversal> reversal;
    std::vector<KeyUse> key_uses;
    std::vector<std::string> seal_keys;  ///< that will seal it: with one that may not it is refused
                                         ///< before the number
    CommitWaiter* waiter = nullptr;      ///< null: the thread waits for the commit alone
};

/// Of a document what verification needs to say.
struct VerifiableDocument {
    std::string id, number;
    std::string type;
    DocumentState state = DocumentState::Reserved;
    std::string facts;  ///< JSON of what verification may show and ask; "" until issued
    Time issued_at{};
    std::optional<Time> status_at;  ///< of VOID, SUPERSEDED, REVOKED
    std::string status_reason;
    int pages = 0;
    std::string issuer_organ, signer_name;
    Bytes signer_sha256;
};

/// All of it.
struct Document : VerifiableDocument {
    std::string code;
    std::string series;
    std::uint64_t serial = 0;
    std::string form_version;
    Bytes form_sha256;
    std::string owner;
    std::string input, options;
    std::string replaces, replaced_by, replace_reason;
    std::string original;
    std::string seal;  ///< id of the seal record; "" of what was issued before they were named
};

/// What documents of one form version have in common, to pack them against.
struct NewDictionary {
    std::string type, form_version;
    Bytes made_of;  ///< SHA-256 of all it was made of: what it is found by
    Bytes bytes;    ///< of no person; kept in clear
    Time at{};
};

struct RevisionInfo {
    std::string document_id;
    int n = 0;
    Bytes sha256;
    std::size_t size_bytes = 0;
    std::string level;
    Time at{};
};

/// A later state of a file: the revision before is its exact prefix.
struct NewRevision {
    std::string document_id;
    int n = 0;  ///< the last one and 1
    Bytes pdf;
    std::string level;
    Time at{};
    std::vector<std::string> reaches;  ///< this level and those below: a debt of one is paid
};

/// A level that was promised and is not reached yet.
struct LevelDebt {
    std::string document_id, wanted;
    Time since{};
    int attempts = 0;
    std::string last_error;
};
struct DebtSum {
    std::uint64_t open = 0;
    std::optional<Time> oldest;
    std::string last_error;
};

/// Open debts of one level and age.
struct DebtGroup {
    std::string wanted, age;  ///< `age`: one of debt_ages, the shortest that is not exceeded
    std::uint64_t open = 0;
    Time oldest{};
};
inline constexpr std::array<const char*, 4> debt_ages{"minute", "hour", "day", "older"};

/// Phase D: what was made of a reservation.
struct Issued {
    std::string id;
    std::string facts;
    int pages = 0;
    std::string issuer_organ, signer_name;
    Bytes signer_sha256;
    std::string seal;  ///< id of the seal record
    std::string level;
    std::string owed_level;  ///< one it is still to reach; "": none
    Bytes pdf;
    std::vector<OpenStream> streams;  ///< of the pdf, which make it smaller to keep
    std::vector<KeyUse> key_uses;
    CommitWaiter* waiter = nullptr;  ///< null: the thread waits for the commit alone
};

/// A seal record as it is kept.
struct SealRecordRow {
    std::string id;
    keys::StoredSealRecord record;
    Time added_at{};
    std::optional<Time> ended_at;  ///< it never seals again, whatever it says itself
    std::string end_reason, replaced_by;
};

/// A seal on a file of somebody else, which is not kept.
struct ExternalSeal {
    std::string id;     ///< 32 hexadecimal digits
    std::string owner;  ///< who asked for it
    std::string seal;   ///< id of the seal record
    Bytes signer_sha256, input_sha256, sha256;
    Bytes signed_sha256;  ///< of what was signed: all but /Contents
    std::size_t size_bytes = 0;
    std::string level;
    Time at{};
    KeyUse key_use;  ///< the end of it
};

/// How far red invoices have taken an invoice back.
struct ReversedSum {
    int invoices = 0;
    std::int64_t reversed_fen = 0, original_gross_fen = 0;
};

struct FactLimits {
    int failed_per_10_minutes = 5;
    int failed_per_day = 20;
};

struct ApiKey {
    std::string id;
    Role role = Role::Issuer;
    Time created_at{};
    std::optional<Time> revoked_at;
};

/// Any thread. A call that changes something returns after it is durable, or throws and nothing of
/// it happened: Error{StorageFull} when there is no room. A failed fsync ends the process
/// (StoreOptions::on_fatal).
class Store {
  public:
    virtual ~Store() = default;

    // Dictionaries: each stays for ever
    virtual std::optional<std::int64_t> dictionary(ByteView made_of) = 0;
    /// Its number. One made of the same is there already: that one's.
    virtual std::int64_t keep_dictionary(const NewDictionary& made) = 0;

    // Issuing
    struct Reserved {
        Document document;
        bool existed =
            false;  ///< the same request came before: `document` is the one it made (never VOID)
    };
    /// Takes number and code. Throws Error{Mismatch} when the key was used with another request,
    /// Error{Conflict} when `replaces` is not ISSUED, Error{Invalid} when the reversal takes back
    /// more than is left, Error{Unavailable} with the rule "clock" when the last time given is in
    /// the future.
    virtual Reserved reserve(const Reservation& reservation) = 0;
    virtual void record_key_uses(const std::vector<KeyUse>& uses,
                                 CommitWaiter* waiter = nullptr) = 0;
    /// RESERVED -> ISSUED with revision 1; what it replaces becomes SUPERSEDED in the same
    /// transaction. Throws Error{Conflict} when it is not RESERVED any more, when the replaced or
    /// the reversed one is not ISSUED any more, or when the replaced one was reversed.
    virtual void settle_issued(const Issued& issued) = 0;
    /// RESERVED -> VOID. Throws Error{Conflict} when it is not RESERVED any more.
    virtual void settle_void(const std::string& id, const std::string& reason, Time at) = 0;
    /// ISSUED -> REVOKED. The same request again: the same row. Throws Error{NotFound},
    /// Error{Conflict}, Error{Mismatch}.
    struct Revoked {
        Document document;
        bool existed = false;
    };
    virtual Revoked revoke(const std::string& id,
                           const std::optional<std::string>& owner,
                           const std::string& reason,
                           const RequestKey& request,
                           Time at) = 0;
    /// The row of a seal on somebody else's file, with the end of its key use.
    virtual void settle_external_seal(const ExternalSeal& act) = 0;
    virtual std::vector<std::string> unsettled() = 0;  ///< ids of RESERVED rows, oldest first
    virtual std::optional<Time> last_issued_at() = 0;  ///< the latest time given

    // Levels
    /// Throws Error{Conflict} when it is not the next revision.
    virtual void add_revision(const NewRevision& revision) = 0;
    /// Those to be tried by now, the longest waiting first.
    virtual std::vector<LevelDebt> due_debts(Time now, std::size_t count_max) = 0;
    virtual void put_off_debt(const std::string& document,
                              const std::string& why,
                              Time next_try) = 0;
    virtual DebtSum debts() = 0;
    virtual std::vector<DebtGroup> debts_by_age(Time now) = 0;

    // Reading. `owner`: only his; nullopt: everybody's.
    virtual std::optional<Document> document(const std::string& id,
                                             const std::optional<std::string>& owner) = 0;
    /// Nothing else of it is told to who comes with a code.
    virtual std::optional<VerifiableDocument> document_by_code(const std::string& code) = 0;
    virtual std::optional<Document> document_by_number(const std::string& number) = 0;
    /// The document an earlier request with this key made; throws Error{Mismatch} when the request
    /// was another one.
    virtual std::optional<Document> document_by_request(const RequestKey& request) = 0;
    virtual std::vector<RevisionInfo> revisions(const std::string& id) = 0;
    virtual std::optional<RevisionInfo> revision_by_sha256(ByteView sha256) = 0;
    /// The revision of this length that was sealed over bytes with this SHA-256: all but the
    /// /Contents of its signature, which others can write anew without breaking the seal.
    virtual std::optional<RevisionInfo> revision_by_seal(ByteView signed_sha256,
                                                         std::size_t size_bytes) = 0;
    /// Whether a seal on somebody else's file was made over bytes with this SHA-256.
    virtual bool sealed_externally(ByteView signed_sha256) = 0;
    /// Whether something of this register was sealed with this certificate, now or long ago.
    virtual bool sealed_with(ByteView certificate_sha256) = 0;
    /// The exact bytes; throws Error{Internal} naming document and remedy when they do not have
    /// their SHA-256.
    virtual Bytes revision_bytes(const RevisionInfo& revision) = 0;
    /// All of it, for the answer to whoever had it issued, with its first revision, whose bytes
    /// were read as revision_bytes() does. nullopt: it has none.
    struct ReadBack {
        Document document;
        RevisionInfo first;
    };
    virtual std::optional<ReadBack> read_back(const std::string& id) = 0;
    virtual ReversedSum reversed(const std::string& id) = 0;

    // Failed facts. One row per attempt, written before the fact is looked at.
    /// nullopt: the limit is reached, answer as for a wrong fact. Else an attempt that stays
    /// counted unless forgiven.
    virtual std::optional<std::int64_t> begin_fact_attempt(const std::string& code,
                                                           const FactLimits& limits,
                                                           Time now) = 0;
    virtual void forgive_fact_attempt(std::int64_t attempt) = 0;

    // Keys of callers
    /// Makes a key, stores its SHA-256 and returns the key itself: "yx_" and 43 characters. Throws
    /// Error{Conflict} when the id is taken.
    virtual std::string add_api_key(const std::string& id, Role role) = 0;
    /// nullopt: unknown or revoked.
    virtual std::optional<ApiKey> find_api_key(std::string_view key) = 0;
    virtual std::vector<ApiKey> api_keys() = 0;
    virtual void revoke_api_key(const std::string& id) = 0;  // Error{NotFound}

    // Seal records
    /// With the rows of its maker's key; ends the one it replaces, where it does. Throws
    /// Error{Conflict} when the id is taken or the other one has ended, Error{NotFound}.
    virtual void put_seal_record(const std::string& id,
                                 const keys::StoredSealRecord& record,
                                 const std::vector<KeyUse>& key_uses = {},
                                 const std::string& replaces = {},
                                 const std::string& reason = {}) = 0;
    /// `replaced_by`: the one that seals in its place already.
    virtual void end_seal_record(const std::string& id,
                                 const std::string& reason,
                                 Time at,
                                 const std::string& replaced_by = {}) = 0;
    virtual std::vector<SealRecordRow> seal_records() = 0;  ///< all there ever were, by id

    virtual KeyRegister& key_register() = 0;

    // Small things an instance remembers
    virtual void put_setting(const std::string& name, const std::string& value) = 0;
    virtual std::optional<std::string> setting(const std::string& name) = 0;

    /// Commits an empty change: throws when the register cannot be written.
    virtual void probe_write() = 0;
    /// Counts since start: transactions asked for, commits made, checkpoints.
    struct Counts {
        std::uint64_t units = 0, commits = 0, checkpoints = 0;
    };
    virtual Counts counts() const = 0;
};

struct StoreOptions {
    std::filesystem::path path;
    Bytes secret;  ///< 32 bytes, from read_register_secret: keys the code index and encrypts what
                   ///< is personal
    bool create = false;     ///< make the database if there is none (init)
    bool read_only = false;  ///< beside a running server: every change is Error{Unavailable}
    std::string vfs;         ///< name of an SQLite VFS; "": the system's
    /// A file of 1 MiB that is kept only to be given up when there is no room to open the register:
    /// even reading needs a little. "": none.
    std::filesystem::path spare;
    /// Called instead of abort() after a failed fsync or write, by tests that want to look on. The
    /// store refuses everything then.
    std::function<void(const std::string& what)> on_fatal;
};

/// Opens, migrates and starts the writer. `random` outlives the store. The caller holds the
/// instance's lock unless it is read_only. Throws Error{NotFound} when there is none and not
/// `create`, Error{Invalid} when it is from a newer yinxin or no register.
std::unique_ptr<Store> open_store(const StoreOptions& options, Random& random);

/// DIR/keys/pepper, 0600: 32 random bytes. Throws Error{Conflict} when it exists. Without this file
/// the register cannot be read.
void make_register_secret(const std::filesystem::path& file, Random& random);
/// Throws Error naming the file and the remedy: absent, open to others, or not 32 bytes.
Bytes read_register_secret(const std::filesystem::path& file);

}  // namespace yinxin::server
