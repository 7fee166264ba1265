-- SPDX-License-Identifier: Apache-2.0
-- What the holder of a key may do, in place of the one switch.
ALTER TABLE api_key ADD COLUMN role TEXT NOT NULL DEFAULT 'issuer' CHECK (role IN ('issuer', 'verifier', 'admin'));
UPDATE api_key SET role = 'admin' WHERE admin = 1;
ALTER TABLE api_key DROP COLUMN admin;
