// SPDX-License-Identifier: Apache-2.0
// yinxin-inspector: reads uploads, each in a forked child in a sandbox, and says what it found. It
// has no key, no file and no network, and a child may die without harm. How it is talked to is in
// nest.h and pool.h.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <algorithm>
#include <ctime>
#include <memory>

#include "common/error.h"
#include "common/limits.h"
#include "common/ports.h"
#include "common/time_text.h"
#include "keys/pki/certificate.h"
#include "server/inspector/nest.h"
#include "server/inspector/prepare.h"
#include "server/ipc/channel.h"
#include "verify/algorithms.h"
#include "verify/document_verifier.h"
#include "verify/paper/paper.h"
#include "verify/path_check.h"

namespace {

using namespace yinxin;
using nlohmann::json;
using server::Channel;

/// Whatever is loaded or read on first use has to be there before the files are out of reach, and
/// what is made once in the nest is not made again for each file.
void warm_up() {
    ::tzset();  // gmtime_r would look for /etc/localtime
    verify::paper::warm_up();
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS |
                            OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                        nullptr);
    for (const char* oid : {"2.16.840.1.101.3.4.2.1",
                            "2.16.840.1.101.3.4.2.2",
                            "2.16.840.1.101.3.4.2.3",
                            "1.3.14.3.2.26",
                            "1.2.156.10197.1.401"}) {
        verify::digest_of(*verify::digest_algorithm(oid), {});
        verify::digest_of_covered(*verify::digest_algorithm(oid), {}, {});
    }
    const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> rsa(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
    const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> ec(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
    const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> sm2(
        EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr), EVP_PKEY_CTX_free);
}

std::vector<Bytes> byte_strings(const json& list) {
    std::vector<Bytes> all;
    for (const json& each : list) {
        all.push_back(from_base64url(each.get<std::string>()));
    }
    return all;
}

verify::RevocationPolicy revocation_policy(const json& head) {
    using Asking = verify::RevocationPolicy::Asking;
    const std::string word = head.at("asking");
    verify::RevocationPolicy policy;
    policy.asking = word == "asked" ? Asking::Asked : word == "list" ? Asking::List : Asking::Never;
    policy.ocsp_responses = byte_strings(head.at("ocsp"));
    policy.crls = byte_strings(head.at("crls"));
    return policy;
}

json inspect(const json& head,
             ByteView file,
             const verify::TrustStore& trust,
             const verify::Policy& policy) {
    const auto now = parse_rfc3339(head.at("now").get<std::string>());
    if (!now) {
        throw Error(ErrorCode::Malformed, "\"now\" is no time");
    }
    if (head.contains("seal")) {
        return server::to_json(
            server::prepare_seal(file, server::seal_work_from_json(head.at("seal")), trust, *now));
    }
    if (head.contains("paper")) {
        const auto wanted = head.at("paper").get<std::string>();
        return verify::paper::to_json(verify::paper::read_paper(file, wanted));
    }
    verify::Policy rules = head.value("elsewhere", false) ? verify::Policy{} : policy;
    if (head.contains("revocation")) {
        rules.revocation = revocation_policy(head.at("revocation"));
    }
    return verify::to_json(verify::verify_document(file, trust, rules, *now));
}

void serve(Channel& door) {
    const auto order = door.receive();
    if (!order) {
        return;
    }
    warm_up();
    std::vector<std::vector<Bytes>> own;
    std::vector<Bytes> above;  // a seal of GB/T 38540 does not carry those above its own
    verify::Policy policy;
    for (const json& each : order->head.at("own")) {
        const auto& chain = own.emplace_back(byte_strings(each));
        policy.own_certificate_sha256.push_back(keys::Certificate::from_der(chain.at(0)).sha256);
        for (auto der = chain.begin() + 1; der != chain.end(); ++der) {
            if (std::find(above.begin(), above.end(), *der) == above.end()) {
                above.push_back(*der);
            }
        }
    }
    const verify::TrustStore trust(byte_strings(order->head.at("anchors")), above);
    for (const auto& chain : own) {
        verify::get_to_know(chain, trust, SystemClock().now());
    }
    const server::NestOptions options{.children = order->head.at("children").get<unsigned>(),
                                      .limits = {.cpu_seconds = limits::inspector_cpu_seconds,
                                                 .memory_bytes = limits::inspector_memory_bytes},
                                      .wall = std::chrono::seconds(limits::inspector_wall_seconds)};
    server::keep_nest(door, options, [&](const json& head, ByteView file) {
        return inspect(head, file, trust, policy);
    });
}

}  // namespace

int main() {
    return server::run_at_door("yinxin-inspector", serve);
}
