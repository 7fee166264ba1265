-- SPDX-License-Identifier: Apache-2.0
-- What may be done with a private key: its last row counts. A key without a row is as good as active.
CREATE TABLE key_change (
    seq       INTEGER NOT NULL PRIMARY KEY,
    key_id    TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('active', 'retired', 'compromised')),
    at        INTEGER NOT NULL,
    successor TEXT NOT NULL,
    reason    TEXT NOT NULL
) STRICT;
CREATE INDEX key_change_key ON key_change (key_id, seq);
CREATE TRIGGER key_change_is_kept BEFORE DELETE ON key_change
BEGIN
    SELECT RAISE(ABORT, 'a change of a key is never deleted');
END;
CREATE TRIGGER key_change_never_changes BEFORE UPDATE ON key_change
BEGIN
    SELECT RAISE(ABORT, 'a change of a key never changes');
END;
CREATE TRIGGER key_change_never_leads_back BEFORE INSERT ON key_change
WHEN EXISTS (SELECT 1 FROM key_change o WHERE o.key_id = new.key_id
             AND (o.state = 'compromised' AND new.state <> 'compromised' OR o.state = 'retired' AND new.state = 'active'))
BEGIN
    SELECT RAISE(ABORT, 'this state does not follow the other');
END;

-- Certificates of compromised keys: what was sealed with them is marked.
CREATE TABLE compromised_certificate (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    key_id TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

-- The counters the sealer has counted with (DIR/keys/operations), and the last audit row before each.
CREATE TABLE operation_counter (
    id        TEXT NOT NULL PRIMARY KEY,
    audit_seq INTEGER NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
