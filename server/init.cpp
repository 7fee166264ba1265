// SPDX-License-Identifier: Apache-2.0
#include "server/init.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "common/error.h"
#include "common/files.h"
#include "embedded/samples.h"
#include "keys/pki/certificate.h"
#include "keys/pki/seal_record.h"
#include "server/app.h"
#include "server/children.h"
#include "server/config/config.h"
#include "server/free_port.h"
#include "server/service/seal_design.h"
#include "server/storage/store.h"
#include "signer/ses_seal.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kChainBytesMax = 64u << 10;
/// What stands in a new configuration until somebody writes the names of the organ.
pdf::IssuerNames nobody() {
    return {.organ = "机关名称",
            .organ_short = "简",
            .organ_code = "000000",
            .province = "00",
            .channel_digit = "0",
            .verify_host = ""};
}

[[noreturn]] void fail(const fs::path& path) {
    throw Error(errno == ENOSPC ? ErrorCode::StorageFull : ErrorCode::Unavailable,
                path.string() + ": " + std::strerror(errno));
}

void make_folder(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) != 0) {
        fail(path);
    }
}

void write_private(const fs::path& path, std::string_view text) {
    write_file(path, as_bytes(text), FileMode::Private, IfPresent::Refuse);
}

/// Everything below a folder reaches the disk before the folder gets its name.
void sync_tree(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() || entry.is_directory()) {
            make_durable(entry.path());
        }
    }
    make_durable(folder);
}

/// A folder beside its final place; gone again unless it is put there.
class Workplace {
  public:
    explicit Workplace(const fs::path& final_place) : final_(final_place) {
        fs::create_directories(final_.parent_path());
        path_ =
            (final_.parent_path() / ("." + final_.filename().string() + ".init-XXXXXX")).string();
        if (::mkdtemp(path_.data()) == nullptr) {
            fail(path_);
        }
    }
    ~Workplace() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    fs::path path() const { return path_; }
    void put_in_place() {
        sync_tree(path_);
        // Onto an empty folder too; rename(2) refuses one with anything in it.
        if (::rename(path_.c_str(), final_.c_str()) != 0) {
            fail(final_);
        }
        make_durable(final_.parent_path());
    }

  private:
    fs::path final_;
    std::string path_;
};

void refuse_what_is_there(const fs::path& dir) {
    std::error_code fault;
    if (fs::exists(dir / "yinxin.toml", fault)) {
        throw Error(
            ErrorCode::Conflict,
            dir.string() + " is an instance already. Nothing was changed; choose another folder");
    }
    if (fs::exists(dir, fault) && (!fs::is_directory(dir, fault) || !fs::is_empty(dir, fault))) {
        throw Error(ErrorCode::Conflict,
                    dir.string() + " is not empty; choose a new or an empty folder");
    }
}

InitialConfig initial(const InitOptions& options) {
    InitialConfig config;
    config.demo = options.demo;
    config.issuer = options.demo ? pdf::IssuerNames{.organ = "示例市税务局",
                                                    .organ_short = "示",
                                                    .organ_code = "990001",
                                                    .province = "99",
                                                    .channel_digit = "0",
                                                    .verify_host = ""}
                                 : nobody();
    config.seal_key = options.demo ? "demo-seal" : "seal";
    config.token_key = options.demo ? "demo-token" : "token";
    if (options.ses) {
        config.ses_key = options.demo ? "demo-ses" : "ses";
    }
    if (options.demo) {
        config.demo_pki_listen = with_free_port("127.0.0.1:" + std::to_string(options.pki_port));
    }
    return config;
}

json make_keys(const fs::path& place, const InitOptions& options, const InitialConfig& config) {
    return ask_once({.program = find_program("yinxin-sealer"), .arguments = {"make"}},
                    {{"demo", options.demo},
                     {"dir", place.string()},
                     {"algorithm", keys::to_text(options.algorithm)},
                     {"organ", config.issuer.organ},
                     {"seal_key", config.seal_key},
                     {"token_key", config.token_key},
                     {"ses_key", config.ses_key},
                     {"pki_url", options.demo ? "http://" + config.demo_pki_listen : ""}});
}

keys::StoredSealRecord stored_record(const json& record) {
    return {.body = from_base64url(record.at("body").get<std::string>()),
            .signature = from_base64url(record.at("signature").get<std::string>()),
            .maker_certificate = from_base64url(record.at("maker_certificate").get<std::string>())};
}

/// The demo's seal maker makes a seal of GB/T 38540 for each record.
void add_ses_seals(std::vector<keys::StoredSealRecord>& records,
                   const fs::path& place,
                   const std::string& ses_key) {
    Config there;
    there.dir = place;
    const std::vector<Bytes> anchors = trust_anchors(there);
    const Bytes certificate =
        keys::certificates_from_pem(
            as_text(read_public_file(there.keys_dir() / (ses_key + ".pem"), kChainBytesMax)))
            .at(0);
    const auto typefaces = pdf::Typefaces::load();
    json order{{"dir", place.string()}, {"verb", "seals"}, {"seal_infos", json::object()}};
    std::map<std::string, Bytes> infos;
    for (const keys::StoredSealRecord& stored : records) {
        const auto record = keys::open_seal_record(stored, anchors, SystemClock().now());
        const Bytes info = seal_info_of(record, certificate, *typefaces);
        order["seal_infos"][record.id] = to_base64url(info);
        infos.emplace(record.id, info);
    }
    const json signatures =
        ask_once({.program = find_program("yinxin-sealer"), .arguments = {"make"}}, order);
    const Bytes maker = from_base64url(signatures.at("maker").get<std::string>());
    for (keys::StoredSealRecord& stored : records) {
        const std::string id = keys::read_seal_record(stored).id;
        const Bytes value = from_base64url(signatures.at("signatures").at(id).get<std::string>());
        stored.ses_seal = signer::ses_seal(infos.at(id), maker, value);
    }
}

std::string make_register(const fs::path& place,
                          const std::vector<keys::StoredSealRecord>& records,
                          Random& random) {
    make_register_secret(place / "keys" / "pepper", random);
    StoreOptions options;
    options.path = place / "register.db";
    options.secret = read_register_secret(place / "keys" / "pepper");
    options.create = true;
    const auto store = open_store(options, random);
    for (const keys::StoredSealRecord& stored : records) {
        store->put_seal_record(keys::read_seal_record(stored).id, stored);
    }
    return store->add_api_key("admin", Role::Admin);
}

}  // namespace

bool names_of_nobody(const pdf::IssuerNames& names) {
    return names.organ == nobody().organ || names.organ_code == nobody().organ_code;
}

NewInstance make_instance(const InitOptions& options, Random& random) {
    NewInstance made;
    made.dir = fs::absolute(options.dir).lexically_normal();
    if (!made.dir.has_filename()) {
        made.dir = made.dir.parent_path();
    }
    refuse_what_is_there(made.dir);
    Workplace workplace(made.dir);
    const fs::path place = workplace.path();
    for (const char* folder : {"run", "keys", "pki", "seals", "forms", "cache"}) {
        make_folder(place / folder);
    }
    const InitialConfig config = initial(options);
    write_private(place / "yinxin.toml", initial_config(config));
    const json keys = make_keys(place, options, config);
    made.requests = keys.value("requests", std::vector<std::string>());
    std::vector<keys::StoredSealRecord> records;
    for (const json& record : keys.value("seal_records", json::array())) {
        records.push_back(stored_record(record));
    }
    if (options.demo && options.ses) {
        add_ses_seals(records, place, config.ses_key);
    }
    made.admin_key = make_register(place, records, random);
    write_private(place / "admin.key", made.admin_key + "\n");
    if (options.demo) {
        make_folder(place / "samples");
        for (const EmbeddedFile& sample : embedded::samples()) {
            write_file(place / "samples" / fs::path(sample.path).filename(),
                       as_bytes(sample.content),
                       FileMode::Public,
                       IfPresent::Refuse);
        }
    }
    workplace.put_in_place();
    return made;
}

}  // namespace yinxin::server
