// SPDX-License-Identifier: Apache-2.0
#include "server/key_set.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "common/error.h"
#include "keys/pki/certificate.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

std::vector<Bytes> trust_anchors(const Config& config) {
    std::vector<Bytes> anchors;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(config.pki_dir(), ignored)) {
        if (entry.path().filename().string().ends_with("-root.pem")) {
            for (Bytes& der : keys::certificates_from_pem(read_text(entry.path()))) {
                anchors.push_back(std::move(der));
            }
        }
    }
    return anchors;
}

std::vector<std::string> key_ids(const Config& config) {
    std::set<std::string> ids;
    for (const auto& entry : fs::directory_iterator(config.keys_dir())) {
        if (entry.path().extension() == ".p8" || entry.path().extension() == ".p11") {
            ids.insert(entry.path().stem().string());
        }
    }
    return {ids.begin(), ids.end()};
}

std::vector<Bytes> installed_chain(const Config& config, const std::string& id) {
    const fs::path file = config.keys_dir() / (id + ".pem");
    return fs::exists(file) ? keys::certificates_from_pem(read_text(file)) : std::vector<Bytes>{};
}

std::vector<Bytes> chain_of(const Config& config, const std::string& id) {
    const std::string file = (config.keys_dir() / id).string();
    if (!fs::exists(file + ".p8") && !fs::exists(file + ".p11")) {
        std::string names;
        for (const std::string& name : key_ids(config)) {
            names += (names.empty() ? "" : ", ") + name;
        }
        throw Error(ErrorCode::NotFound,
                    "there is no key \"" + id +
                        "\" in keys/; there is: " + (names.empty() ? "none" : names));
    }
    std::vector<Bytes> chain = installed_chain(config, id);
    if (chain.empty()) {
        throw Error(ErrorCode::Unavailable,
                    "the key \"" + id + "\" has no certificate yet: have " + file +
                        ".csr certified, put the certificate and its issuers (PEM, own certificate "
                        "first, without the root) into " +
                        file + ".pem and the root into " +
                        (config.pki_dir() / "NAME-root.pem").string());
    }
    return chain;
}

KeysInUse keys_in_use(const Config& config, const std::vector<KeyChange>& changes) {
    return {successor_of(changes, config.seal_key),
            successor_of(changes, config.token_key),
            successor_of(changes, config.ses_key)};
}

std::vector<std::string> closed_keys(const std::vector<KeyChange>& changes) {
    std::vector<std::string> closed;
    for (const KeyChange& change : changes) {
        if (change.state != KeyState::Active) {
            closed.push_back(change.key_id);
        }
    }
    return closed;
}

std::shared_ptr<SealerClient> start_sealer(const Config& config,
                                           const std::vector<KeyChange>& changes) {
    return std::make_shared<SealerClient>(
        config.keys_dir(), config.passphrase_file, closed_keys(changes));
}

SealUsers seal_users(const Config& config, KeyRegister& known) {
    return seal_users(config, keys_in_use(config, known.key_changes()));
}

SealUsers seal_users(const Config& config, const KeysInUse& used) {
    SealUsers users{chain_of(config, used.seal).front()};
    if (!used.ses.empty()) {
        users.ses = chain_of(config, used.ses).front();
    }
    return users;
}

std::vector<Bytes> earlier_certificates(const Config& config,
                                        const std::vector<KeyChange>& changes,
                                        const std::string& in_use) {
    std::vector<Bytes> found;
    for (const KeyChange& change : changes) {
        if (change.state == KeyState::Retired && change.key_id != in_use &&
            successor_of(changes, change.key_id) == in_use) {
            const auto chain = installed_chain(config, change.key_id);
            if (!chain.empty()) {
                found.push_back(chain.front());
            }
        }
    }
    return found;
}

}  // namespace yinxin::server
