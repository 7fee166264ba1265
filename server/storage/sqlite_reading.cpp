// SPDX-License-Identifier: Apache-2.0
// What is read, each call on a connection of its own.
#include "common/error.h"
#include "keys/crypto/digest.h"
#include "server/storage/packing.h"
#include "server/storage/sqlite_store.h"

namespace yinxin::server {
namespace {

constexpr std::string_view select_revision =
    "SELECT d.id, r.n, r.sha256, r.size, r.level, r.at FROM document d JOIN revision r ON "
    "r.document = d.seq WHERE d.id = ? ORDER BY r.n";

RevisionInfo read_revision(const Query& row) {
    return {row.text(0),
            static_cast<int>(row.integer(1)),
            row.blob(2),
            static_cast<std::size_t>(row.integer(3)),
            row.text(4),
            from_ms(row.integer(5))};
}

[[noreturn]] void refuse_bytes(const std::string& document) {
    throw Error(ErrorCode::Internal,
                "register: the bytes of " + document +
                    " are not those registered; run yinxin fsck, and put the register back from a "
                    "backup");
}

}  // namespace

Bytes SqliteStore::seal_text(const std::string& column,
                             const std::string& document,
                             const std::string& text,
                             const Dictionary* dictionary) {
    const std::string name = packed_cell_name(column, dictionary);
    if (dictionary == nullptr) {
        return secret_.seal(name, document, as_bytes(text), random_);
    }
    return secret_.seal(name, document, pack_text(as_bytes(text), *dictionary), random_);
}

std::string open_text(const RegisterSecret& secret,
                      const std::string& column,
                      const std::string& document,
                      ByteView cell,
                      const Dictionary* dictionary) {
    const Bytes text = secret.open(packed_cell_name(column, dictionary), document, cell);
    return std::string(as_text(dictionary == nullptr ? text : unpack_text(text, *dictionary)));
}

std::optional<std::int64_t> SqliteStore::dictionary(ByteView made_of) {
    auto reader = readers_.take();
    Query row = reader->query("SELECT id FROM dictionary WHERE made_of = ?", made_of);
    return row.step() ? std::optional(row.integer(0)) : std::nullopt;
}

Document SqliteStore::read_document(Connection& db, const Query& row) {
    const Dictionary* dictionary = dictionaries_.get(db, row.integer_or_null(25));
    Document d;
    d.id = row.text(0);
    d.number = row.text(1);
    d.code = as_text(secret_.open("code", d.id, row.blob(2)));
    d.series = row.text(3);
    d.serial = static_cast<std::uint64_t>(row.integer(4));
    d.type = row.text(5);
    d.form_version = row.text(6);
    d.form_sha256 = row.blob(7);
    d.owner = row.text(8);
    d.state = document_state_from_text(row.text(9));
    d.input = open_text(secret_, "input", d.id, row.blob(10), dictionary);
    d.options = row.text(11);
    if (!row.is_null(12)) {
        d.facts = open_text(secret_, "facts", d.id, row.blob(12), dictionary);
    }
    d.issued_at = from_ms(row.integer(13));
    if (const auto at = row.integer_or_null(14)) {
        d.status_at = from_ms(*at);
    }
    d.status_reason = row.text(15);
    d.replaces = row.text(16);
    d.replaced_by = row.text(17);
    d.replace_reason = row.text(18);
    d.original = row.text(19);
    d.pages = static_cast<int>(row.integer(20));
    d.issuer_organ = row.text(21);
    d.signer_name = row.text(22);
    d.signer_sha256 = row.blob(23);
    d.seal = row.text(24);
    return d;
}

std::optional<Document> SqliteStore::find_request(Connection& db, const RequestKey& request) {
    std::string id;
    {
        Query row = db.query(
            "SELECT i.verb, i.request_sha256, d.id FROM idempotency i JOIN document d ON d.seq = "
            "i.document WHERE i.owner = ? AND i.key = ?",
            request.owner,
            request.key);
        if (!row.step()) {
            return std::nullopt;
        }
        if (row.text(0) != request.verb || row.blob(1) != request.request_sha256) {
            throw Error(ErrorCode::Mismatch,
                        "this Idempotency-Key was used with other data; make a new key");
        }
        id = row.text(2);
    }
    Query row = db.query(select_document_by_id, id);
    YINXIN_ASSERT(row.step());
    return read_document(db, row);
}

std::optional<Document> SqliteStore::document(const std::string& id,
                                              const std::optional<std::string>& owner) {
    auto reader = readers_.take();
    Query row = reader->query(select_document_by_id_and_owner, id, owner);
    return row.step() ? std::optional(read_document(*reader, row)) : std::nullopt;
}

/// The way of every lookup: one row of one table, what it shares with others is known, and the only
/// cell that is opened is the one that is asked for.
std::optional<VerifiableDocument> SqliteStore::document_by_code(const std::string& code) {
    const Bytes code_index = secret_.code_index(code);
    auto reader = lookups_.take();
    Query row = reader->query(
        "SELECT id, number, form, state, dictionary, facts, issued_at, status_at, status_reason, "
        "pages, signer FROM document WHERE code_index = ?",
        code_index);
    if (!row.step()) {
        return std::nullopt;
    }
    VerifiableDocument d;
    d.id = row.text(0);
    d.number = row.text(1);
    d.type = shared_.form_type(*reader, row.integer(2));
    d.state = document_state_from_text(row.text(3));
    if (!row.is_null(5)) {
        const Dictionary* dictionary = dictionaries_.get(*reader, row.integer_or_null(4));
        d.facts = open_text(secret_, "facts", d.id, row.blob(5), dictionary);
    }
    d.issued_at = from_ms(row.integer(6));
    if (const auto at = row.integer_or_null(7)) {
        d.status_at = from_ms(*at);
    }
    d.status_reason = row.text(8);
    d.pages = static_cast<int>(row.integer(9));
    if (const auto signer = row.integer_or_null(10)) {
        const SharedRows::Signer& known = shared_.signer(*reader, *signer);
        d.issuer_organ = known.organ;
        d.signer_name = known.name;
        d.signer_sha256 = known.sha256;
    }
    return d;
}

std::optional<Document> SqliteStore::document_by_number(const std::string& number) {
    auto reader = readers_.take();
    Query row = reader->query(select_document_by_number, number);
    return row.step() ? std::optional(read_document(*reader, row)) : std::nullopt;
}

std::optional<Document> SqliteStore::document_by_request(const RequestKey& request) {
    auto reader = readers_.take();
    return find_request(*reader, request);
}

std::vector<RevisionInfo> SqliteStore::revisions(const std::string& id) {
    auto reader = readers_.take();
    std::vector<RevisionInfo> revisions;
    Query row = reader->query(select_revision, id);
    while (row.step()) {
        revisions.push_back(read_revision(row));
    }
    return revisions;
}

std::optional<RevisionInfo> SqliteStore::revision_by_sha256(ByteView sha256) {
    auto reader = readers_.take();
    Query row = reader->query(
        "SELECT d.id, r.n, r.sha256, r.size, r.level, r.at FROM revision r JOIN document d ON "
        "d.seq = r.document WHERE r.sha256 = ?",
        sha256);
    return row.step() ? std::optional(read_revision(row)) : std::nullopt;
}

std::optional<RevisionInfo> SqliteStore::revision_by_seal(ByteView signed_sha256,
                                                          std::size_t size_bytes) {
    auto reader = readers_.take();
    Query row = reader->query(
        "SELECT d.id, r.n, r.sha256, r.size, r.level, r.at FROM audit a "
        "JOIN document d ON d.seq = a.document JOIN revision r ON r.document = d.seq "
        "WHERE a.digest = ? AND a.purpose = 'document' AND a.phase = 'end' AND r.size >= ? "
        "ORDER BY r.n LIMIT 1",
        signed_sha256,
        static_cast<std::int64_t>(size_bytes));
    return row.step() ? std::optional(read_revision(row)) : std::nullopt;
}

bool SqliteStore::sealed_with(ByteView certificate_sha256) {
    auto reader = readers_.take();
    Query row = reader->query(
        "SELECT 1 FROM signer WHERE sha256 = ?1 AND ?1 <> x'' UNION ALL "
        "SELECT 1 FROM external_seal WHERE signer_sha256 = ?1 LIMIT 1",
        certificate_sha256);
    return row.step();
}

SqliteStore::KeptRevision SqliteStore::kept_revision(Connection& db,
                                                     const std::string& document,
                                                     int n) {
    Query row = db.query(
        "SELECT size, packing, bytes, sha256, dictionary FROM revision WHERE document = "
        "(SELECT seq FROM document WHERE id = ?) AND n = ?",
        document,
        n);
    if (!row.step()) {
        throw Error(ErrorCode::NotFound, "there is no such revision");
    }
    KeptRevision kept{document, n, static_cast<std::size_t>(row.integer(0))};
    kept.packing = static_cast<int>(row.integer(1));
    kept.dictionary = dictionaries_.get(db, row.integer_or_null(4));
    kept.packed = secret_.open(
        packed_cell_name("revision " + std::to_string(n), kept.dictionary), document, row.blob(2));
    kept.sha256 = row.blob(3);
    return kept;
}

/// Of a later revision only what follows the one before is kept.
Bytes SqliteStore::whole(Connection& db, const KeptRevision& kept) {
    if (!is_tail(kept.packing) || kept.n == 1) {
        return unpacked(kept, {});
    }
    return unpacked(kept, whole(db, kept_revision(db, kept.document, kept.n - 1)));
}

Bytes SqliteStore::unpacked(const KeptRevision& kept, Bytes before) {
    const std::size_t size = kept.size >= before.size() ? kept.size - before.size() : 0;
    Bytes pdf = std::move(before);
    Bytes own = unpack(kept.packing, kept.packed, size, kept.dictionary);
    if (pdf.empty()) {
        pdf = std::move(own);
    } else {
        pdf.insert(pdf.end(), own.begin(), own.end());
    }
    if (keys::sha256(pdf) != kept.sha256) {
        refuse_bytes(kept.document);
    }
    return pdf;
}

Bytes SqliteStore::revision_bytes(const RevisionInfo& revision) {
    auto reader = readers_.take();
    const KeptRevision kept = kept_revision(*reader, revision.document_id, revision.n);
    if (kept.sha256 != revision.sha256) {
        refuse_bytes(revision.document_id);
    }
    return whole(*reader, kept);
}

std::optional<Store::ReadBack> SqliteStore::read_back(const std::string& id) {
    ReadBack back;
    KeptRevision kept;
    {
        auto reader = readers_.take();
        // As long as this row is read, all that follows is read from the same state of the
        // register.
        Query row = reader->query(select_document_by_id, id);
        if (!row.step()) {
            return std::nullopt;
        }
        back.document = read_document(*reader, row);
        Query revision = reader->query(select_revision, id);
        if (!revision.step()) {
            return std::nullopt;
        }
        back.first = read_revision(revision);
        kept = kept_revision(*reader, id, back.first.n);
    }
    if (kept.sha256 != back.first.sha256) {
        refuse_bytes(id);
    }
    unpacked(kept, {});
    return back;
}

ReversedSum SqliteStore::reversed(const std::string& id) {
    auto reader = lookups_.take();
    ReversedSum sum;
    Query row = reader->query(
        "SELECT count(DISTINCT r.red), coalesce(sum(l.amount_fen + l.tax_fen), 0), "
        "coalesce(max(r.original_gross_fen), 0) "
        "FROM reversal r JOIN reversal_line l ON l.red = r.red JOIN document d ON d.id = r.red "
        "WHERE r.original = ? AND d.state = 'ISSUED'",
        id);
    if (row.step()) {
        sum = {static_cast<int>(row.integer(0)), row.integer(1), row.integer(2)};
    }
    return sum;
}

}  // namespace yinxin::server
