-- SPDX-License-Identifier: Apache-2.0
-- The same in less room: what many documents share stands once, and rows of a document name it by a number.

CREATE TABLE form (
    id      INTEGER NOT NULL PRIMARY KEY,
    type    TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256  BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT;
CREATE UNIQUE INDEX form_once ON form (type, version, sha256);
CREATE TRIGGER form_is_kept BEFORE DELETE ON form
BEGIN
    SELECT RAISE(ABORT, 'a form that has issued is never forgotten');
END;
CREATE TRIGGER form_never_changes BEFORE UPDATE ON form
BEGIN
    SELECT RAISE(ABORT, 'a form that has issued never changes');
END;
INSERT INTO form (type, version, sha256) SELECT DISTINCT type, form_version, form_sha256 FROM document;

-- In whose name, with which certificate and by which seal record documents were sealed.
CREATE TABLE signer (
    id     INTEGER NOT NULL PRIMARY KEY,
    organ  TEXT NOT NULL,
    name   TEXT NOT NULL,
    sha256 BLOB NOT NULL,                                                  -- of the certificate
    seal   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX signer_once ON signer (sha256, seal, organ, name);
CREATE TRIGGER signer_is_kept BEFORE DELETE ON signer
BEGIN
    SELECT RAISE(ABORT, 'who has sealed is never forgotten');
END;
CREATE TRIGGER signer_never_changes BEFORE UPDATE ON signer
BEGIN
    SELECT RAISE(ABORT, 'who has sealed never changes');
END;
INSERT INTO signer (organ, name, sha256, seal)
SELECT DISTINCT issuer_organ, signer_name, coalesce(signer_sha256, x''), seal FROM document WHERE facts IS NOT NULL;

CREATE TABLE counter_ (
    id     INTEGER NOT NULL PRIMARY KEY,
    series TEXT NOT NULL UNIQUE,
    n      INTEGER NOT NULL CHECK (n > 0)
) STRICT;
INSERT INTO counter_ (series, n) SELECT series, n FROM counter;
DROP TABLE counter;
ALTER TABLE counter_ RENAME TO counter;
CREATE TRIGGER counter_keeps_its_series BEFORE UPDATE OF id, series ON counter
BEGIN
    SELECT RAISE(ABORT, 'a series keeps its name');
END;

CREATE TABLE document_ (
    seq            INTEGER NOT NULL PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
    number         TEXT NOT NULL,
    counter        INTEGER NOT NULL REFERENCES counter (id),
    serial         INTEGER NOT NULL CHECK (serial > 0),
    form           INTEGER NOT NULL REFERENCES form (id),
    owner          TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('RESERVED', 'ISSUED', 'SUPERSEDED', 'REVOKED', 'VOID')),
    code_index     BLOB NOT NULL CHECK (length(code_index) = 32),
    code           BLOB NOT NULL,                                          -- sealed
    salt           BLOB NOT NULL CHECK (length(salt) = 16),
    issued_at      INTEGER NOT NULL,
    status_at      INTEGER,                                                -- of VOID, SUPERSEDED, REVOKED
    status_reason  TEXT NOT NULL DEFAULT '',
    replaces       TEXT REFERENCES document (id),
    replaced_by    TEXT REFERENCES document (id),
    replace_reason TEXT NOT NULL DEFAULT '',
    original       TEXT NOT NULL DEFAULT '' CHECK (original IN ('', 'registered', 'external')),
    pages          INTEGER NOT NULL DEFAULT 0,
    signer         INTEGER REFERENCES signer (id),
    options        TEXT NOT NULL,
    dictionary     INTEGER REFERENCES dictionary (id),                     -- of input and facts
    input          BLOB NOT NULL,                                          -- sealed
    facts          BLOB,                                                   -- sealed
    CHECK ((state IN ('RESERVED', 'VOID')) = (facts IS NULL)),
    CHECK ((state IN ('RESERVED', 'VOID')) = (signer IS NULL)),
    CHECK ((state IN ('RESERVED', 'ISSUED')) = (status_at IS NULL)),
    CHECK ((state = 'SUPERSEDED') = (replaced_by IS NOT NULL))
) STRICT;
INSERT INTO document_
SELECT d.rowid, d.id, d.number, c.id, d.serial, f.id, d.owner, d.state, d.code_index, d.code, d.salt, d.issued_at, d.status_at,
       d.status_reason, d.replaces, d.replaced_by, d.replace_reason, d.original, d.pages, s.id, d.options, d.dictionary, d.input, d.facts
FROM document d
LEFT JOIN counter c ON c.series = d.series
LEFT JOIN form f ON (f.type, f.version, f.sha256) = (d.type, d.form_version, d.form_sha256)
LEFT JOIN signer s ON d.facts IS NOT NULL
      AND (s.organ, s.name, s.sha256, s.seal) = (d.issuer_organ, d.signer_name, coalesce(d.signer_sha256, x''), d.seal)
ORDER BY d.rowid;

CREATE TABLE revision_ (
    document   INTEGER NOT NULL REFERENCES document (seq),
    n          INTEGER NOT NULL CHECK (n > 0),
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    size       INTEGER NOT NULL CHECK (size > 0),
    level      TEXT NOT NULL,
    at         INTEGER NOT NULL,
    packing    INTEGER NOT NULL,
    dictionary INTEGER REFERENCES dictionary (id),
    bytes      BLOB NOT NULL
) STRICT;
INSERT INTO revision_
SELECT d.rowid, r.n, r.sha256, r.size, r.level, r.at, r.packing, r.dictionary, r.bytes
FROM revision r LEFT JOIN document d ON d.id = r.document ORDER BY r.rowid;

CREATE TABLE idempotency_ (
    owner          TEXT NOT NULL,
    key            TEXT NOT NULL,
    verb           TEXT NOT NULL CHECK (verb IN ('issue', 'replace', 'revoke')),
    request_sha256 BLOB NOT NULL CHECK (length(request_sha256) = 32),
    document       INTEGER NOT NULL REFERENCES document (seq),
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency_
SELECT i.owner, i.key, i.verb, i.request_sha256, d.rowid FROM idempotency i LEFT JOIN document d ON d.id = i.document ORDER BY i.rowid;

CREATE TABLE event_ (
    seq      INTEGER NOT NULL PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (seq),
    kind     TEXT NOT NULL CHECK (kind IN ('RESERVE', 'ISSUE', 'VOID', 'SUPERSEDE', 'REVOKE')),
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    detail   TEXT NOT NULL
) STRICT;
INSERT INTO event_
SELECT e.seq, d.rowid, e.kind, e.at, e.actor, e.detail FROM event e LEFT JOIN document d ON d.id = e.document ORDER BY e.seq;

CREATE TABLE audit_ (
    seq      INTEGER NOT NULL PRIMARY KEY,
    at       INTEGER NOT NULL,
    phase    TEXT NOT NULL CHECK (phase IN ('begin', 'end')),
    purpose  TEXT NOT NULL,
    key_id   TEXT NOT NULL,
    document INTEGER REFERENCES document (seq),                            -- what was signed for, or
    subject  TEXT NOT NULL CHECK (document IS NULL OR subject = ''),       -- its name where it is no document
    digest   BLOB NOT NULL,
    chain    BLOB NOT NULL CHECK (length(chain) = 32)
) STRICT;
INSERT INTO audit_
SELECT a.seq, a.at, a.phase, a.purpose, a.key_id, d.rowid, iif(d.rowid IS NULL, a.subject, ''), a.digest, a.chain
FROM audit a LEFT JOIN document d ON d.id = a.subject ORDER BY a.seq;

DROP TABLE audit;
ALTER TABLE audit_ RENAME TO audit;
DROP TABLE event;
ALTER TABLE event_ RENAME TO event;
DROP TABLE idempotency;
ALTER TABLE idempotency_ RENAME TO idempotency;
DROP TABLE revision;
ALTER TABLE revision_ RENAME TO revision;
DROP TABLE document;
ALTER TABLE document_ RENAME TO document;

CREATE UNIQUE INDEX document_number ON document (number);
CREATE UNIQUE INDEX document_serial ON document (counter, serial);
CREATE UNIQUE INDEX document_code ON document (code_index);
CREATE INDEX document_unsettled ON document (issued_at) WHERE state = 'RESERVED';
CREATE INDEX document_replaces ON document (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX document_replaced_by ON document (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE UNIQUE INDEX revision_n ON revision (document, n);
CREATE UNIQUE INDEX revision_sha256 ON revision (sha256);
CREATE UNIQUE INDEX event_once ON event (document, kind);
CREATE INDEX audit_sealed ON audit (digest) WHERE purpose = 'document' AND phase = 'end';

CREATE TRIGGER document_is_kept BEFORE DELETE ON document
BEGIN
    SELECT RAISE(ABORT, 'a document is never deleted');
END;
CREATE TRIGGER document_begins_reserved BEFORE INSERT ON document WHEN new.state <> 'RESERVED'
BEGIN
    SELECT RAISE(ABORT, 'a document begins RESERVED');
END;
CREATE TRIGGER document_keeps_its_number
BEFORE UPDATE OF seq, id, number, counter, serial, form, owner, code_index, code, salt, issued_at, replaces, original, options,
                 dictionary, input ON document
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
WHEN old.state <> 'RESERVED' AND (old.facts, old.pages, old.signer) IS NOT (new.facts, new.pages, new.signer)
BEGIN
    SELECT RAISE(ABORT, 'what was issued does not change');
END;
CREATE TRIGGER revision_is_kept BEFORE DELETE ON revision
BEGIN
    SELECT RAISE(ABORT, 'a revision is never deleted');
END;
CREATE TRIGGER revision_never_changes BEFORE UPDATE ON revision
BEGIN
    SELECT RAISE(ABORT, 'a revision never changes');
END;
CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'an event is never deleted');
END;
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'an event never changes');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'an audit row is never deleted');
END;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'an audit row never changes');
END;
