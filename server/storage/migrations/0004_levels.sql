-- SPDX-License-Identifier: Apache-2.0
-- Levels that were promised and are still owed: a document that went out at a lower one, because a TSA or a responder did
-- not answer or because the policy defers it. A row stays when it is paid.
CREATE TABLE level_debt (
    document   TEXT NOT NULL PRIMARY KEY REFERENCES document (id),
    wanted     TEXT NOT NULL CHECK (wanted IN ('B-T', 'B-LT', 'B-LTA')),
    since      INTEGER NOT NULL,
    next_try   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    paid_at    INTEGER
) STRICT;
CREATE INDEX level_debt_open ON level_debt (next_try) WHERE paid_at IS NULL;
CREATE TRIGGER level_debt_is_kept BEFORE DELETE ON level_debt
BEGIN
    SELECT RAISE(ABORT, 'a debt is paid, never deleted');
END;
