-- SPDX-License-Identifier: Apache-2.0
-- The register. Times are milliseconds since 1970 UTC. "sealed": encrypted with the register's secret (README.md).

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Last serial of each series: a row lock, not a sequence, so that no number is skipped by a rollback.
CREATE TABLE counter (
    series TEXT NOT NULL PRIMARY KEY,
    n      INTEGER NOT NULL CHECK (n > 0)
) STRICT;

CREATE TABLE document (
    id             TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    number         TEXT NOT NULL,
    series         TEXT NOT NULL,
    serial         INTEGER NOT NULL CHECK (serial > 0),
    type           TEXT NOT NULL,
    form_version   TEXT NOT NULL,
    form_sha256    BLOB NOT NULL CHECK (length(form_sha256) = 32),
    owner          TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('RESERVED', 'ISSUED', 'SUPERSEDED', 'REVOKED', 'VOID')),
    code_index     BLOB NOT NULL CHECK (length(code_index) = 32),
    code           BLOB NOT NULL,                                     -- sealed
    salt           BLOB NOT NULL CHECK (length(salt) = 16),
    issued_at      INTEGER NOT NULL,
    status_at      INTEGER,                                           -- of VOID, SUPERSEDED, REVOKED
    status_reason  TEXT NOT NULL DEFAULT '',
    replaces       TEXT REFERENCES document (id),
    replaced_by    TEXT REFERENCES document (id),
    replace_reason TEXT NOT NULL DEFAULT '',
    original       TEXT NOT NULL DEFAULT '' CHECK (original IN ('', 'registered', 'external')),
    pages          INTEGER NOT NULL DEFAULT 0,
    issuer_organ   TEXT NOT NULL DEFAULT '',
    signer_name    TEXT NOT NULL DEFAULT '',
    signer_sha256  BLOB,
    options        TEXT NOT NULL,
    facts          BLOB,                                              -- sealed
    input          BLOB NOT NULL,                                     -- sealed
    CHECK ((state IN ('RESERVED', 'VOID')) = (facts IS NULL)),
    CHECK ((state IN ('RESERVED', 'ISSUED')) = (status_at IS NULL)),
    CHECK ((state = 'SUPERSEDED') = (replaced_by IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX document_number ON document (number);
CREATE UNIQUE INDEX document_serial ON document (series, serial);
CREATE UNIQUE INDEX document_code ON document (code_index);
CREATE INDEX document_unsettled ON document (issued_at) WHERE state = 'RESERVED';
CREATE INDEX document_replaces ON document (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX document_replaced_by ON document (replaced_by) WHERE replaced_by IS NOT NULL;

CREATE TRIGGER document_is_kept BEFORE DELETE ON document
BEGIN
    SELECT RAISE(ABORT, 'a document is never deleted');
END;
CREATE TRIGGER document_begins_reserved BEFORE INSERT ON document WHEN new.state <> 'RESERVED'
BEGIN
    SELECT RAISE(ABORT, 'a document begins RESERVED');
END;
CREATE TRIGGER document_keeps_its_number
BEFORE UPDATE OF id, number, series, serial, type, form_version, form_sha256, owner, code_index, code, salt, issued_at,
                 replaces, original, options, input ON document
BEGIN
    SELECT RAISE(ABORT, 'what was reserved does not change');
END;
CREATE TRIGGER document_states BEFORE UPDATE ON document
WHEN NOT (old.state = 'RESERVED' AND new.state IN ('ISSUED', 'VOID')
       OR old.state = 'ISSUED' AND new.state IN ('SUPERSEDED', 'REVOKED'))
BEGIN
    SELECT RAISE(ABORT, 'this state does not follow the other');
END;
CREATE TRIGGER document_keeps_its_facts BEFORE UPDATE ON document
WHEN old.state <> 'RESERVED'
 AND (old.facts, old.pages, old.issuer_organ, old.signer_name, old.signer_sha256)
     IS NOT (new.facts, new.pages, new.issuer_organ, new.signer_name, new.signer_sha256)
BEGIN
    SELECT RAISE(ABORT, 'what was issued does not change');
END;

-- The exact bytes of each revision, packed (0: as they are, 1: zstd), then sealed.
CREATE TABLE revision (
    document TEXT NOT NULL REFERENCES document (id),
    n        INTEGER NOT NULL CHECK (n > 0),
    sha256   BLOB NOT NULL CHECK (length(sha256) = 32),
    size     INTEGER NOT NULL CHECK (size > 0),
    level    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    packing  INTEGER NOT NULL,
    bytes    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX revision_n ON revision (document, n);
CREATE UNIQUE INDEX revision_sha256 ON revision (sha256);
CREATE TRIGGER revision_is_kept BEFORE DELETE ON revision
BEGIN
    SELECT RAISE(ABORT, 'a revision is never deleted');
END;
CREATE TRIGGER revision_never_changes BEFORE UPDATE ON revision
BEGIN
    SELECT RAISE(ABORT, 'a revision never changes');
END;

CREATE TABLE idempotency (
    owner          TEXT NOT NULL,
    key            TEXT NOT NULL,
    verb           TEXT NOT NULL CHECK (verb IN ('issue', 'replace', 'revoke')),
    request_sha256 BLOB NOT NULL CHECK (length(request_sha256) = 32),
    document       TEXT NOT NULL REFERENCES document (id)
) STRICT;
CREATE UNIQUE INDEX idempotency_key ON idempotency (owner, key);
CREATE INDEX idempotency_document ON idempotency (document);

-- What red invoices take back.
CREATE TABLE reversal (
    red                TEXT NOT NULL PRIMARY KEY REFERENCES document (id),
    original           TEXT NOT NULL REFERENCES document (id),
    original_gross_fen INTEGER NOT NULL
) STRICT;
CREATE INDEX reversal_original ON reversal (original);
CREATE TABLE reversal_line (
    red        TEXT NOT NULL REFERENCES reversal (red),
    line       INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen >= 0),
    tax_fen    INTEGER NOT NULL CHECK (tax_fen >= 0),
    PRIMARY KEY (red, line)
) STRICT, WITHOUT ROWID;

-- Every change of a document, once.
CREATE TABLE event (
    seq      INTEGER NOT NULL PRIMARY KEY,
    document TEXT NOT NULL REFERENCES document (id),
    kind     TEXT NOT NULL CHECK (kind IN ('RESERVE', 'ISSUE', 'VOID', 'SUPERSEDE', 'REVOKE')),
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    detail   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_once ON event (document, kind);
CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'an event is never deleted');
END;
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'an event never changes');
END;

-- Leaves of the transparency log, contiguous from 0.
CREATE TABLE log_leaf (
    leaf_index INTEGER NOT NULL PRIMARY KEY CHECK (leaf_index >= 0),
    event      INTEGER NOT NULL REFERENCES event (seq),
    hash       BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE UNIQUE INDEX log_leaf_event ON log_leaf (event);
CREATE TRIGGER log_leaf_is_kept BEFORE DELETE ON log_leaf
BEGIN
    SELECT RAISE(ABORT, 'a leaf is never deleted');
END;
CREATE TRIGGER log_leaf_never_changes BEFORE UPDATE ON log_leaf
BEGIN
    SELECT RAISE(ABORT, 'a leaf never changes');
END;

-- Each use of a private key: a row before and a row after. `chain` hashes the row and the chain before it.
CREATE TABLE audit (
    seq     INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    phase   TEXT NOT NULL CHECK (phase IN ('begin', 'end')),
    purpose TEXT NOT NULL,
    key_id  TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest  BLOB NOT NULL,
    chain   BLOB NOT NULL CHECK (length(chain) = 32)
) STRICT;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'an audit row is never deleted');
END;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'an audit row never changes');
END;

-- Wrong facts, for codes that exist and codes that do not.
CREATE TABLE failed_fact (
    id         INTEGER NOT NULL PRIMARY KEY,
    code_index BLOB NOT NULL CHECK (length(code_index) = 32),
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX failed_fact_code ON failed_fact (code_index, at);
CREATE INDEX failed_fact_at ON failed_fact (at);

CREATE TABLE api_key (
    id         TEXT NOT NULL PRIMARY KEY,
    key_sha256 BLOB NOT NULL CHECK (length(key_sha256) = 32),
    admin      INTEGER NOT NULL CHECK (admin IN (0, 1)),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_key_sha256 ON api_key (key_sha256);

CREATE TABLE seal_record (
    id                TEXT NOT NULL PRIMARY KEY,
    body              BLOB NOT NULL,
    signature         BLOB NOT NULL,
    maker_certificate BLOB NOT NULL,
    added_at          INTEGER NOT NULL
) STRICT;
