-- SPDX-License-Identifier: Apache-2.0
-- What documents of one form version have in common, in clear: they are packed against it, and not one of them can be read
-- without it. So it stays for ever, whatever becomes of the form.
CREATE TABLE dictionary (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id > 0),
    type         TEXT NOT NULL,
    form_version TEXT NOT NULL,
    made_of      BLOB NOT NULL CHECK (length(made_of) = 32),               -- SHA-256; what it is found by
    sha256       BLOB NOT NULL CHECK (length(sha256) = 32),                -- of bytes
    created_at   INTEGER NOT NULL,
    bytes        BLOB NOT NULL CHECK (length(bytes) > 0)
) STRICT;
CREATE UNIQUE INDEX dictionary_made_of ON dictionary (made_of);
CREATE TRIGGER dictionary_is_kept BEFORE DELETE ON dictionary
BEGIN
    SELECT RAISE(ABORT, 'a dictionary is never deleted: documents are packed with it');
END;
CREATE TRIGGER dictionary_never_changes BEFORE UPDATE ON dictionary
BEGIN
    SELECT RAISE(ABORT, 'a dictionary never changes: documents are packed with it');
END;

-- NULL: packed without one, and input and facts not at all.
ALTER TABLE document ADD COLUMN dictionary INTEGER REFERENCES dictionary (id);   -- of input and facts
ALTER TABLE revision ADD COLUMN dictionary INTEGER REFERENCES dictionary (id);
CREATE TRIGGER document_keeps_its_dictionary BEFORE UPDATE OF dictionary ON document
BEGIN
    SELECT RAISE(ABORT, 'what was reserved does not change');
END;
