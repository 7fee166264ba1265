-- SPDX-License-Identifier: Apache-2.0
-- Files of others that this instance has sealed: what is needed to know them again, and no bytes of them.
CREATE TABLE external_seal (
    id            TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    owner         TEXT NOT NULL,
    seal          TEXT NOT NULL,                                           -- id of the seal record
    signer_sha256 BLOB NOT NULL CHECK (length(signer_sha256) = 32),
    input_sha256  BLOB NOT NULL CHECK (length(input_sha256) = 32),
    sha256        BLOB NOT NULL CHECK (length(sha256) = 32),
    signed_sha256 BLOB NOT NULL CHECK (length(signed_sha256) = 32),        -- of all but /Contents
    size          INTEGER NOT NULL CHECK (size > 0),
    level         TEXT NOT NULL,
    at            INTEGER NOT NULL
) STRICT;
CREATE INDEX external_seal_signed ON external_seal (signed_sha256);
CREATE INDEX external_seal_signer ON external_seal (signer_sha256);
CREATE TRIGGER external_seal_is_kept BEFORE DELETE ON external_seal
BEGIN
    SELECT RAISE(ABORT, 'a seal on a file is never forgotten');
END;
CREATE TRIGGER external_seal_never_changes BEFORE UPDATE ON external_seal
BEGIN
    SELECT RAISE(ABORT, 'a seal on a file never changes');
END;

-- Seal records come, go and are named by what they sealed.
ALTER TABLE seal_record ADD COLUMN picture BLOB;                           -- PNG; NULL: drawn
ALTER TABLE seal_record ADD COLUMN ses_seal BLOB;                          -- GB/T 38540, DER
ALTER TABLE seal_record ADD COLUMN ended_at INTEGER;
ALTER TABLE seal_record ADD COLUMN end_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE seal_record ADD COLUMN replaced_by TEXT NOT NULL DEFAULT '';   -- id
CREATE TRIGGER seal_record_is_kept BEFORE DELETE ON seal_record
BEGIN
    SELECT RAISE(ABORT, 'a seal record is never deleted');
END;
CREATE TRIGGER seal_record_ends_once BEFORE UPDATE ON seal_record
WHEN old.ended_at IS NOT NULL
  OR (old.id, old.body, old.signature, old.maker_certificate, old.added_at, old.picture)
     IS NOT (new.id, new.body, new.signature, new.maker_certificate, new.added_at, new.picture)
BEGIN
    SELECT RAISE(ABORT, 'a seal record does not change; it ends once');
END;
ALTER TABLE document ADD COLUMN seal TEXT NOT NULL DEFAULT '';
CREATE TRIGGER document_keeps_its_seal BEFORE UPDATE OF seal ON document WHEN old.state <> 'RESERVED' AND old.seal <> new.seal
BEGIN
    SELECT RAISE(ABORT, 'what was issued does not change');
END;
