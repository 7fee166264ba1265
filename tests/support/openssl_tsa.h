// SPDX-License-Identifier: Apache-2.0
// A time-stamping authority on the `openssl` command, with a key of a PKI in memory.
#pragma once

#include <iterator>
#include <string>

#include "common/error.h"
#include "keys/pki/certificate.h"
#include "keys/software_key.h"
#include "tests/support/openssl_command.h"

namespace yinxin::tests {

class OpensslTsa {
  public:
    /// `key`: RSA or P-256, certified for time stamping.
    explicit OpensslTsa(const keys::SoftwareKey& key) {
        const std::string serial = openssl_.file("serial", as_bytes("01\n"));
        configuration_ =
            openssl_.file("tsa.cnf",
                          as_bytes("[tsa]\ndefault_tsa = t\n[t]\nserial = " + serial +
                                   "\ndefault_policy = 1.2.3.4\ndigests = sha256, sm3\n"
                                   "signer_digest = sha256\ness_cert_id_alg = sha256\n"));
        key_ = openssl_.file("key.p8", key.to_encrypted_pem(as_bytes("p")));
        signer_ =
            openssl_.file("tsa.pem", as_bytes(keys::certificates_to_pem({key.chain().front()})));
        chain_ = openssl_.file("chain.pem", as_bytes(keys::certificates_to_pem(key.chain())));
    }

    /// DER of a token (RFC 3161) over the digest ("sha256", "sm3") of these bytes.
    Bytes token(ByteView stamped, const std::string& digest = "sha256") const {
        const std::string query = openssl_.file("query", {}), reply = openssl_.file("reply", {});
        const auto asked = openssl_.run("ts -query -cert -" + digest + " -data " +
                                        openssl_.file("data", stamped) + " -out " + query);
        const auto answered =
            openssl_.run("ts -reply -section t -config " + configuration_ + " -queryfile " + query +
                         " -inkey " + key_ + " -passin pass:p -signer " + signer_ + " -chain " +
                         chain_ + " -token_out -out " + reply);
        if (asked.status != 0 || answered.status != 0) {
            throw Error(ErrorCode::Internal, "openssl ts: " + asked.output + answered.output);
        }
        std::ifstream file(reply, std::ios::binary);
        return Bytes(std::istreambuf_iterator<char>(file), {});
    }

  private:
    OpensslCommand openssl_;
    std::string configuration_, key_, signer_, chain_;
};

}  // namespace yinxin::tests
