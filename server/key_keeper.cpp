// SPDX-License-Identifier: Apache-2.0
#include "server/key_keeper.h"

#include <algorithm>
#include <functional>
#include <map>

#include "common/error.h"
#include "common/files.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"
#include "server/children.h"
#include "server/service/audited_key.h"
#include "server/service/preflight.h"

namespace yinxin::server {
namespace {

constexpr std::size_t reason_bytes_max = 500;
constexpr std::size_t kImportBytesMax = 1u << 20;

std::string check_reason(const std::string& reason) {
    if (reason.empty() || reason.size() > reason_bytes_max) {
        throw Error(ErrorCode::Invalid, "give a reason of 1 to 500 bytes (--reason)");
    }
    return reason;
}

std::vector<Bytes> fingerprints(const std::vector<Bytes>& chain) {
    return chain.empty() ? std::vector<Bytes>{} : std::vector<Bytes>{keys::sha256(chain.front())};
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : "; ") + word;
    }
    return text;
}

/// Throws Error{Invalid} for a use there is not.
std::string in_use_as(const KeysInUse& used, const std::string& use) {
    if (use == "seal") {
        return used.seal;
    }
    if (use == "token") {
        return used.token;
    }
    if (use != "ses") {
        throw Error(ErrorCode::Invalid, "a key is used as \"seal\", \"token\" or \"ses\"");
    }
    if (used.ses.empty()) {
        throw Error(ErrorCode::Conflict,
                    "documents have no first seal by GB/T 38540 here; to give them one write the "
                    "id of its key into keys.ses of yinxin.toml");
    }
    return used.ses;
}

/// What the register tells once this has been changed.
std::vector<KeyChange> after(std::vector<KeyChange> changes, const KeyChange& change) {
    std::erase_if(changes, [&](const KeyChange& each) { return each.key_id == change.key_id; });
    changes.push_back(change);
    return changes;
}

Json things_to_json(const std::vector<SignedThing>& things) {
    auto list = Json::array();
    for (const SignedThing& thing : things) {
        Json entry{{"purpose", thing.purpose}, {"id", thing.subject}, {"at", to_rfc3339(thing.at)}};
        if (!thing.sha256.empty()) {
            entry["sha256"] = to_hex(thing.sha256);
        }
        if (!thing.number.empty()) {
            entry["number"] = thing.number;
            entry["type"] = thing.type;
            entry["status"] = status_word(document_state_from_text(thing.state));
        }
        list.push_back(std::move(entry));
    }
    return list;
}

}  // namespace

void KeyKeeper::check_known(const std::string& id) {
    const auto ids = key_ids(parts_.config);
    const auto changes = parts_.store.key_register().key_changes();
    const bool once = std::any_of(
        changes.begin(), changes.end(), [&](const KeyChange& each) { return each.key_id == id; });
    if (!once && std::find(ids.begin(), ids.end(), id) == ids.end()) {
        throw Error(ErrorCode::NotFound,
                    "there is no key \"" + id + "\"; yinxin keys list shows those there are");
    }
}

Json KeyKeeper::list() {
    const auto changes = parts_.store.key_register().key_changes();
    const KeysInUse used = keys_in_use(parts_.config, changes);
    const Time now = parts_.clock.now();
    const auto anchors = trust_anchors(parts_.config);
    auto list = Json::array();
    for (const std::string& id : key_ids(parts_.config)) {
        const auto chain = installed_chain(parts_.config, id);
        const auto change = std::find_if(
            changes.begin(), changes.end(), [&](const auto& each) { return each.key_id == id; });
        Json key{{"id", id},
                 {"use",
                  id == used.seal    ? "seal"
                  : id == used.token ? "token"
                  : id == used.ses   ? "ses"
                                     : "none"},
                 {"state", to_text(state_of(changes, id))}};
        if (change != changes.end()) {
            key["since"] = to_rfc3339(change->at);
            if (!change->successor.empty()) {
                key["successor"] = change->successor;
            }
            if (!change->reason.empty()) {
                key["reason"] = change->reason;
            }
        }
        const Preflight found = preflight_certificate(chain, anchors, now);
        if (!chain.empty()) {
            const auto certificate = keys::Certificate::from_der(chain.front());
            key["algorithm"] = to_text(keys::key_algorithm_of(certificate.spki));
            key["subject"] = certificate.subject;
            key["certificate_sha256"] = to_hex(certificate.sha256);
            key["not_after"] = to_rfc3339(certificate.not_after);
        }
        key["faults"] = found.faults;
        if (!found.warning.empty()) {
            key["warning"] = found.warning;
        }
        list.push_back(std::move(key));
    }
    return list;
}

Json KeyKeeper::make(Json order) {
    const std::lock_guard lock(mutex_);
    return ask_maker(std::move(order));
}

Json KeyKeeper::ask_maker(Json order) {
    order["keys_dir"] = parts_.config.keys_dir().string();
    order["passphrase_file"] = parts_.config.passphrase_file.string();
    order["pki_dir"] = parts_.config.pki_dir().string();
    order["pki_url"] = parts_.config.demo ? parts_.config.demo_pki_url() : "";
    order["organ"] = parts_.config.issuer.organ;
    order["demo"] = parts_.config.demo;
    const auto ask = [&] {
        return ask_once({.program = find_program("yinxin-sealer"), .arguments = {"make"}}, order);
    };
    if (order.value("verb", "") != "import") {
        return ask();
    }
    const std::string id = order.at("id");
    const Bytes file = read_public_file(order.at("file").get<std::string>(), kImportBytesMax);
    if (as_text(file).find("-----BEGIN CERTIFICATE") != std::string_view::npos) {
        return import_chain(id, keys::certificates_from_pem(as_text(file)), ask);
    }
    Json answer = ask();
    const Preflight found = preflight_certificate(
        installed_chain(parts_.config, id), trust_anchors(parts_.config), parts_.clock.now());
    if (!found.faults.empty()) {
        answer["warning"] = "as yet it cannot take over: " + joined(found.faults);
    }
    return answer;
}

/// A renewed certificate of a key in use: first the seals that list it, then the certificate, then
/// both at once for the next document.
Json KeyKeeper::import_chain(const std::string& id,
                             const std::vector<Bytes>& chain,
                             const std::function<Json()>& install) {
    const Preflight found =
        preflight_certificate(chain, trust_anchors(parts_.config), parts_.clock.now());
    if (!found.faults.empty()) {
        throw Error(ErrorCode::Refused,
                    "with these certificates the key " + id + " could not sign (" +
                        joined(found.faults) +
                        "); nothing was changed. Issuers belong into the same file, the root into "
                        "pki/NAME-root.pem first");
    }
    const auto changes = parts_.store.key_register().key_changes();
    const KeysInUse used = keys_in_use(parts_.config, changes);
    const auto before = installed_chain(parts_.config, id);
    std::map<std::string, std::string> replaced;
    if (used.has(id) && !before.empty() && before.front() != chain.front()) {
        if (keys::Certificate::from_der(before.front()).spki !=
            keys::Certificate::from_der(chain.front()).spki) {
            throw Error(ErrorCode::Invalid,
                        "key " + id + ": the first certificate is not of this key");
        }
        replaced = seals_for(used, id, chain.front());
    }
    Json answer = install();
    if (used.has(id)) {
        parts_.put_in_use(changes, nullptr, [] {});
        parts_.seals.end(replaced, "the key " + id + " has another certificate");
    }
    if (!replaced.empty()) {
        answer["seals"] = replaced;
    }
    if (!found.warning.empty()) {
        answer["warning"] = found.warning;
    }
    return answer;
}

/// None for a token key, nor before every key that seals has a certificate.
std::map<std::string, std::string> KeyKeeper::seals_for(const KeysInUse& used,
                                                        const std::string& id,
                                                        const Bytes& certificate) {
    const auto of = [&](const std::string& key) {
        const auto chain = installed_chain(parts_.config, key);
        return key == id ? certificate : chain.empty() ? Bytes() : chain.front();
    };
    const SealUsers users{of(used.seal), used.ses.empty() ? Bytes() : of(used.ses)};
    if ((id != used.seal && id != used.ses) || users.seal.empty() ||
        (!used.ses.empty() && users.ses.empty())) {
        return {};
    }
    return parts_.seals.make_for(users);
}

Json KeyKeeper::rotate(const std::string& id, const std::string& use) {
    const std::lock_guard lock(mutex_);
    check_known(id);
    KeyRegister& known = parts_.store.key_register();
    const auto changes = known.key_changes();
    const KeysInUse used = keys_in_use(parts_.config, changes);
    const std::string before = in_use_as(used, use);
    if (used.has(id)) {
        throw Error(ErrorCode::Conflict, "the key " + id + " is in use already");
    }
    if (const KeyState state = state_of(changes, id); state != KeyState::Active) {
        throw Error(ErrorCode::Conflict,
                    "the key " + id + " is " + to_text(state) + "; make another one");
    }
    chain_of(parts_.config, id);  // or says how to get one
    const Time now = parts_.clock.now();
    const KeyChange comes{.key_id = id, .state = KeyState::Active, .at = now};
    const KeyChange goes{.key_id = before,
                         .state = std::max(KeyState::Retired, state_of(changes, before)),
                         .at = now,
                         .successor = id};
    const auto then = after(after(changes, comes), goes);
    // Another sealer beside the one in use: that one holds the keys there were when it started.
    const auto sealer = start_sealer(parts_.config, then);
    const auto key = sealer->key(id);
    AuditedKey audited(*key, parts_.store, parts_.clock);
    Preflight found = preflight(audited, trust_anchors(parts_.config), parts_.clock.now());
    if (use == "token" && key->algorithm() != keys::KeyAlgorithm::EcdsaP256) {
        found.faults.emplace_back("tokens are signed with p256");
    }
    if (use == "ses" && key->algorithm() != keys::KeyAlgorithm::Sm2) {
        found.faults.emplace_back("a seal of GB/T 38540 is made with sm2");
    }
    if (!found.faults.empty()) {
        throw Error(ErrorCode::Refused,
                    "the key " + id + " is not fit to take over: " + joined(found.faults));
    }
    std::map<std::string, std::string> replaced;
    if (use != "token") {
        KeysInUse next = used;
        (use == "seal" ? next.seal : next.ses) = id;
        const SealUsers users = seal_users(parts_.config, next);
        if (!parts_.seals.any()) {
            throw Error(ErrorCode::Refused,
                        "there is no seal that is valid now: make one first (yinxin seals create)");
        }
        replaced = parts_.seals.make_for(users);
    }
    parts_.put_in_use(then, sealer, [&] {
        known.change_key(comes);
        known.change_key(goes);
    });
    parts_.seals.end(replaced, "the key " + id + " has come in the place of " + before);
    Json answer{{"id", id},
                {"use", use},
                {"state", "active"},
                {"before", before},
                {"before_state", to_text(goes.state)}};
    if (!replaced.empty()) {
        answer["seals"] = replaced;
    }
    if (!found.warning.empty()) {
        answer["warning"] = found.warning;
    }
    return answer;
}

Json KeyKeeper::retire(const std::string& id, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    check_known(id);
    KeyRegister& known = parts_.store.key_register();
    const KeysInUse used = keys_in_use(parts_.config, known.key_changes());
    if (used.has(id)) {
        throw Error(ErrorCode::Conflict,
                    "the key " + id +
                        " is in use; put another in its place first: yinxin keys "
                        "rotate");
    }
    known.change_key({.key_id = id,
                      .state = KeyState::Retired,
                      .at = parts_.clock.now(),
                      .reason = check_reason(reason)});
    parts_.put_in_use(known.key_changes(), nullptr, [] {});
    return {{"id", id}, {"state", "retired"}};
}

Json KeyKeeper::retry_pin(const std::string& id) {
    const std::lock_guard lock(mutex_);
    check_known(id);
    ask_maker({{"verb", "pin_retry"}, {"id", id}});
    // A sealer offers a PIN once: another one does it again.
    const auto changes = parts_.store.key_register().key_changes();
    const auto sealer = start_sealer(parts_.config, changes);
    parts_.put_in_use(changes, sealer, [] {});
    sealer->key(id)->check_alive();
    return {{"id", id}};
}

Json KeyKeeper::compromise(const std::string& id, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    check_known(id);
    KeyRegister& known = parts_.store.key_register();
    auto changes = known.key_changes();
    if (state_of(changes, id) != KeyState::Compromised) {
        const std::string successor = successor_of(changes, id);
        known.change_key({.key_id = id,
                          .state = KeyState::Compromised,
                          .at = parts_.clock.now(),
                          .successor = successor == id ? "" : successor,
                          .reason = check_reason(reason),
                          .certificates = fingerprints(installed_chain(parts_.config, id))});
        changes = known.key_changes();
        // What was sealed is marked from now on; what is under way has ended, in vain.
        parts_.put_in_use(changes, nullptr, [] {});
    }
    Json affected = things_to_json(known.signed_with(id));
    return {{"id", id}, {"state", "compromised"}, {"affected", std::move(affected)}};
}

KeyUses KeyKeeper::uses() {
    return {.list = std::bind_front(&KeyKeeper::list, this),
            .make = std::bind_front(&KeyKeeper::make, this),
            .rotate = std::bind_front(&KeyKeeper::rotate, this),
            .retire = std::bind_front(&KeyKeeper::retire, this),
            .compromise = std::bind_front(&KeyKeeper::compromise, this),
            .retry_pin = std::bind_front(&KeyKeeper::retry_pin, this)};
}

}  // namespace yinxin::server
