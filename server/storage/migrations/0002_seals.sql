-- SPDX-License-Identifier: Apache-2.0
-- Whose seal a file carries: found by what was signed, whatever was done to the rest of the file, and by the certificate.
CREATE INDEX audit_sealed ON audit (digest) WHERE purpose = 'document' AND phase = 'end';
CREATE INDEX document_signer ON document (signer_sha256) WHERE signer_sha256 IS NOT NULL;
