// SPDX-License-Identifier: Apache-2.0
#include "server/sealer/make.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/files.h"
#include "keys/certificate_writer.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/random.h"
#include "keys/demo_pki.h"
#include "keys/key_store.h"
#include "keys/operation_counter.h"
#include "keys/pki/certificate.h"
#include "server/sealer/powers.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kImportBytesMax = 1u << 20;
constexpr const char* kTokenName = " QR";

std::string text(const json& order, const char* name) {
    return order.at(name).get<std::string>();
}

keys::KeyStore store_of(const json& order) {
    return {text(order, "keys_dir"), keys::read_passphrase(text(order, "passphrase_file"))};
}

json records_to_json(const std::vector<keys::StoredSealRecord>& records) {
    auto list = json::array();
    for (const keys::StoredSealRecord& record : records) {
        list.push_back({{"body", to_base64url(record.body)},
                        {"signature", to_base64url(record.signature)},
                        {"maker_certificate", to_base64url(record.maker_certificate)}});
    }
    return list;
}

/// Writes the request beside the key; answers the file's name.
std::string write_request(const keys::KeyStore& store, const std::string& id, const json& order) {
    keys::SubjectName subject;
    subject.organization = text(order, "organ");
    subject.common_name = order.value("common_name", subject.organization);
    const std::string request = store.request(id, subject);
    const fs::path file = store.folder() / (id + ".csr");
    write_file_durably(file, as_bytes(request), FileMode::Public, IfPresent::Replace);
    return file.filename().string();
}

// ---- a new instance

struct Instance {
    fs::path dir;
    keys::KeyAlgorithm algorithm;
    std::string organ, seal_key, token_key;
    std::string ses_key;   // "": none
    std::string pki_url;   // of a demo
    std::size_t families;  // of a demo: the first so many
};

json make_demo(const Instance& order, const keys::Secret& passphrase) {
    keys::OpenSslRandom random;
    const Time now = SystemClock().now();
    keys::DemoPki pki({.keys_folder = order.dir / "keys",
                       .pki_folder = order.dir / "pki",
                       .organ = order.organ,
                       .url = order.pki_url},
                      passphrase,
                      random);
    pki.create(now, keys::demo_families().first(order.families));
    const std::vector<Bytes> seal_chain = pki.add_seal_key(order.seal_key, order.algorithm, now);
    std::vector<Bytes> may_seal{seal_chain.front()};
    if (!order.ses_key.empty()) {
        may_seal.push_back(pki.add_seal_key(order.ses_key, keys::KeyAlgorithm::Sm2, now).front());
    }
    pki.add_token_key(order.token_key, now);
    return {{"seal_records", records_to_json(pki.make_seal_records(may_seal, now))}};
}

json make_keys(const Instance& order, keys::Secret passphrase) {
    keys::KeyStore store(order.dir / "keys", std::move(passphrase));
    auto requests = json::array();
    std::vector<std::pair<std::string, keys::KeyAlgorithm>> wanted{
        {order.seal_key, order.algorithm}, {order.token_key, keys::KeyAlgorithm::EcdsaP256}};
    if (!order.ses_key.empty()) {
        wanted.emplace_back(order.ses_key, keys::KeyAlgorithm::Sm2);
    }
    for (const auto& [id, algorithm] : wanted) {
        store.generate(id, algorithm);
        const std::string name = order.organ + (id == order.token_key ? kTokenName : "");
        requests.push_back(
            write_request(store, id, {{"organ", order.organ}, {"common_name", name}}));
    }
    return {{"requests", requests}};
}

/// The seals of a demo, by id: {"seal_infos": {id: SES_SealInfo}} gives {"maker", "signatures"}.
json sign_seals(const json& head) {
    const fs::path dir = text(head, "dir");
    const keys::Secret passphrase = keys::read_passphrase(dir / "keys" / "passphrase");
    keys::OpenSslRandom random;
    keys::DemoPki pki({.keys_folder = dir / "keys", .pki_folder = dir / "pki"}, passphrase, random);
    json reply{{"maker", ""}, {"signatures", json::object()}};
    for (const auto& [id, seal_info] : head.at("seal_infos").items()) {
        const auto made = pki.sign_seal_info(id, from_base64url(seal_info.get<std::string>()));
        reply["maker"] = to_base64url(made.maker_certificate);
        reply["signatures"][id] = to_base64url(made.signature);
    }
    return reply;
}

json make_instance(const json& head) {
    const Instance order{.dir = text(head, "dir"),
                         .algorithm = keys::key_algorithm_from_text(head.at("algorithm")),
                         .organ = head.at("organ"),
                         .seal_key = head.at("seal_key"),
                         .token_key = head.at("token_key"),
                         .ses_key = head.value("ses_key", ""),
                         .pki_url = head.value("pki_url", ""),
                         .families = head.value("families", keys::demo_families().size())};
    const auto passphrase_file = order.dir / "keys" / "passphrase";
    if (!fs::exists(passphrase_file)) {
        keys::OpenSslRandom random;
        keys::create_passphrase(passphrase_file, random);
    }
    keys::Secret passphrase = keys::read_passphrase(passphrase_file);
    return head.at("demo").get<bool>() ? make_demo(order, passphrase)
                                       : make_keys(order, std::move(passphrase));
}

// ---- later

keys::DemoPki demo_pki(const json& order, Random& random) {
    return {{.keys_folder = text(order, "keys_dir"),
             .pki_folder = text(order, "pki_dir"),
             .organ = text(order, "organ"),
             .url = order.value("pki_url", "")},
            keys::read_passphrase(text(order, "passphrase_file")),
            random};
}

json generate(const json& order) {
    const auto algorithm = keys::key_algorithm_from_text(order.at("algorithm"));
    const std::string id = text(order, "id");
    if (order.value("demo", false)) {
        keys::OpenSslRandom random;
        keys::DemoPki pki = demo_pki(order, random);
        const Time now = SystemClock().now();
        if (order.value("use", "seal") == "token") {
            pki.add_token_key(id, now);
        } else {
            pki.add_seal_key(id, algorithm, now);
        }
        return {{"certified", true}};
    }
    keys::KeyStore store = store_of(order);
    store.generate(id, algorithm);
    return {{"request", write_request(store, id, order)}};
}

json csr(const json& order) {
    const keys::KeyStore store = store_of(order);
    const std::string file = write_request(store, text(order, "id"), order);
    return {{"file", file},
            {"request", as_text(read_public_file(store.folder() / file, kImportBytesMax))}};
}

json take_in(const json& order) {
    keys::KeyStore store = store_of(order);
    const fs::path file = text(order, "file");
    const Bytes content = read_public_file(file, kImportBytesMax);
    if (as_text(content).find("-----BEGIN CERTIFICATE") != std::string_view::npos) {
        const auto chain = keys::certificates_from_pem(as_text(content));
        store.install_chain(text(order, "id"), chain);
        return {{"certificates", chain.size()}};
    }
    const auto source = order.find("source_passphrase_file");
    if (source == order.end()) {
        throw Error(ErrorCode::Invalid,
                    file.string() +
                        " is no PEM of certificates; for a PKCS#12 file name the file "
                        "of its passphrase, too (--passphrase-file)");
    }
    const keys::Secret passphrase = keys::read_passphrase(source->get<std::string>());
    return {{"certificates", store.import_pkcs12(text(order, "id"), content, passphrase)}};
}

/// The PINs its token has refused may be offered again.
json retry_pin(const json& order) {
    store_of(order).forget_refused_pins(text(order, "id"));
    return json::object();
}

json in_token(const json& order) {
    keys::KeyStore store = store_of(order);
    store.import_token(text(order, "id"), text(order, "uri"));
    return {{"request", write_request(store, text(order, "id"), order)}, {"certificates", 0}};
}

/// Whether the order is for a key in a token that is reached over a network.
bool reaches_network(const std::string& verb, const json& order) {
    if (verb == "token") {
        return keys::read_pkcs11_uri(text(order, "uri")).network;
    }
    if (verb != "csr" && verb != "import") {
        return false;
    }
    const keys::KeyStore store = store_of(order);
    const std::string id = text(order, "id");
    return store.in_token(id) && store.token_uri(id).network;
}

}  // namespace

json make_record(const json& order) {
    give_up_powers_of_maker(false);
    const keys::KeyStore store(text(order, "pki"),
                               keys::read_passphrase(text(order, "passphrase_file")));
    keys::OperationCounter counter(text(order, "operations"));
    std::vector<std::unique_ptr<keys::SoftwareKey>> makers;  // all are there before one signs
    for (const json& each : order.at("orders")) {
        makers.push_back(store.open(text(each, "key")));
        counter.add_key(text(each, "counted_as"));
    }
    json reply{{"signed", json::array()}};
    for (std::size_t i = 0; i < makers.size(); ++i) {
        const json& each = order.at("orders").at(i);
        const Bytes message = from_base64url(text(each, "message"));
        const Bytes digest = keys::sha256(message);
        const Bytes signature =
            makers[i]->sign({keys::KeyPurpose::SealRecord, text(order, "id"), digest, message});
        counter.count(text(each, "counted_as"), keys::KeyPurpose::SealRecord);
        reply["signed"].push_back({{"signature", to_base64url(signature)},
                                   {"certificate", to_base64url(makers[i]->chain().front())}});
    }
    return reply;
}

json make(const json& order) {
    const std::string verb = order.value("verb", "instance");
    give_up_powers_of_maker(reaches_network(verb, order));
    if (verb == "instance") {
        return make_instance(order);
    }
    if (verb == "seals") {
        return sign_seals(order);
    }
    if (verb == "generate") {
        return generate(order);
    }
    if (verb == "csr") {
        return csr(order);
    }
    if (verb == "import") {
        return take_in(order);
    }
    if (verb == "token") {
        return in_token(order);
    }
    if (verb == "pin_retry") {
        return retry_pin(order);
    }
    throw Error(ErrorCode::NotFound, "the sealer does not know the verb \"" + verb + "\"");
}

}  // namespace yinxin::server
