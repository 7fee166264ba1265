// SPDX-License-Identifier: Apache-2.0
#include "server/app.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>
#include <variant>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/random.h"
#include "keys/operation_counter.h"
#include "keys/pki/certificate.h"
#include "server/control.h"
#include "server/demo/http_client.h"
#include "server/http_client.h"
#include "server/inspector/pool.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

/// share/yinxin of this program: beside it in a build, ../share/yinxin where it is installed.
fs::path share_dir() {
    std::error_code ignored;
    const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    const fs::path beside = here / "share" / "yinxin";
    return fs::exists(beside, ignored) ? beside : (here / "../share/yinxin").lexically_normal();
}

std::string read_text(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Whether documents are marked SPECIMEN. In doubt they are; without a path none is issued anyway.
bool is_specimen(const std::vector<Bytes>& chain, const std::vector<Bytes>& anchors) {
    try {
        return keys::is_demo_chain(chain, anchors);
    } catch (const Error& error) {
        spdlog::error("nothing can be issued: {}", error.what());
        return true;
    }
}

}  // namespace

std::optional<InstanceLock> InstanceLock::try_take(const fs::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        throw Error(ErrorCode::Unavailable, file.string() + ": " + std::strerror(errno));
    }
    InstanceLock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return std::nullopt;
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
        spdlog::debug("{}: {}", file.string(), std::strerror(errno));  // who has it is a courtesy
    }
    return lock;
}

std::string InstanceLock::owner(const fs::path& file) {
    std::string text = read_text(file);
    text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
    return text;
}

InstanceLock::~InstanceLock() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

InstanceLock::InstanceLock(InstanceLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

std::vector<fs::path> form_roots(const Config* config) {
    std::vector<fs::path> roots{share_dir() / "forms"};
    if (config != nullptr) {
        roots.insert(roots.end(), config->form_folders.begin(), config->form_folders.end());
        roots.push_back(config->dir / "forms");
    }
    return roots;
}

StoreOptions store_options(const Config& config) {
    StoreOptions options;
    options.path = config.database();
    options.secret = read_register_secret(config.keys_dir() / "pepper");
    options.spare = config.dir / "run" / "spare";
    return options;
}

struct App::Impl {
    explicit Impl(Config given)
        : config(std::move(given)),
          counter_id(keys::OperationCounter::prepare(config.operations_file())),
          store(open_store(store_options(config), random)),
          sealer(start_sealer(config, store->key_register().key_changes())),
          typefaces(pdf::Typefaces::load()),
          forms(form_roots(&config)),
          press(pdf::Press::create(typefaces, config.dir / "cache")),
          api_keys(*store),
          anchors(trust_anchors(config)),
          http(outbound_hosts(config)),
          demo_http(config, http),
          timestamps(config.timestamp_policy == "off" ? std::vector<std::string>{} : config.tsa,
                     std::chrono::milliseconds(config.timestamp_deadline_ms),
                     {outward(), trust, clock, random}),
          revocations(outward(), clock, std::chrono::milliseconds(config.timestamp_deadline_ms)),
          raiser({timestamps, revocations, anchors, clock}),
          levels{timestamps, raiser},
          live(first_service()) {}

    HttpClient& outward() { return config.demo ? static_cast<HttpClient&>(demo_http) : http; }

    /// What changes when a key does. The service stands on the rest.
    struct Signers {
        std::shared_ptr<SealerClient> sealer;
        std::unique_ptr<keys::PrivateKey> seal_key, token_key, ses_key;
        std::optional<SesParts> ses;
        std::optional<InspectorPool> inspector;
        std::optional<Service> service;
    };

    LiveService::Pointer first_service() {
        store->key_register().count_from_now(counter_id, clock.now());
        return make_service(store->key_register().key_changes(), sealer);
    }

    LiveService::Pointer make_service(const std::vector<KeyChange>& changes,
                                      std::shared_ptr<SealerClient> fresh) {
        sealer = fresh != nullptr ? std::move(fresh) : start_sealer(config, changes);
        const KeysInUse used = keys_in_use(config, changes);
        const SealUsers users = seal_users(config, used);
        const auto made = std::make_shared<Signers>();
        made->sealer = sealer;
        made->seal_key = sealer->key(used.seal, chain_of(config, used.seal));
        made->token_key = sealer->key(used.token, chain_of(config, used.token));
        SealKeys seal_keys{made->seal_key.get()};
        if (!used.ses.empty()) {
            made->ses_key = sealer->key(used.ses, chain_of(config, used.ses));
            made->ses.emplace(
                SesParts{*made->ses_key, earlier_certificates(config, changes, used.ses)});
            seal_keys.insert(seal_keys.begin(), made->ses_key.get());
        }
        made->inspector.emplace(inspector_options(), clock);
        made->service.emplace(ServiceParts{
            .config = config,
            .store = *store,
            .forms = forms,
            .press = *press,
            .typefaces = typefaces,
            .seal_key = *made->seal_key,
            .token_key = *made->token_key,
            .inspector = *made->inspector,
            .trust_anchors = anchors,
            .seals = usable_seals(*store, config, anchors, users, clock.now()),
            .specimen = std::any_of(
                seal_keys.begin(),
                seal_keys.end(),
                [this](const keys::PrivateKey* key) { return is_specimen(key->chain(), anchors); }),
            .clock = clock,
            .random = random,
            .ses = made->ses ? &*made->ses : nullptr,
            .levels = timestamps.configured() ? &levels : nullptr,
            .revocations = &revocations,
            .compromised_certificates = store->key_register().compromised_certificates(),
            .retired_token_certificates = earlier_certificates(config, changes, used.token)});
        return {made, &*made->service};
    }

    /// Of the keys in use, which change.
    SealUsers users() const { return seal_users(config, store->key_register()); }

    SealRecords::Parts seal_parts() {
        return {.config = config,
                .store = *store,
                .anchors = anchors,
                .users = [this] { return users(); },
                .uses = [this] { return seal_uses(forms); },
                .clock = clock,
                .changed =
                    [this] {
                        // No other service comes meanwhile, which would have the seals of before.
                        const LiveService::Issuing now(live);
                        now->use_seals(usable_seals(*store, config, anchors, users(), clock.now()));
                    }};
    }

    /// It knows the certificates of every key there is: each may have sealed, or may be about to.
    InspectorOptions inspector_options() const {
        InspectorOptions options;
        options.anchors = anchors;
        for (const std::string& id : key_ids(config)) {
            if (auto chain = installed_chain(config, id); !chain.empty()) {
                options.own_chains.push_back(std::move(chain));
            }
        }
        return options;
    }

    const Config config;
    SystemClock clock;
    keys::OpenSslRandom random;
    const std::string counter_id;
    std::unique_ptr<Store> store;
    std::shared_ptr<SealerClient> sealer;  // opens its keys while the rest is put together
    std::shared_ptr<const pdf::Typefaces> typefaces;
    pdf::FormLibrary forms;
    std::unique_ptr<pdf::Press> press;
    ApiKeys api_keys;
    std::vector<Bytes> anchors;
    CurlHttpClient http;
    DemoHttpClient demo_http;
    const verify::TrustStore trust{anchors};
    Timestamps timestamps;
    Revocations revocations;
    const LevelRaiser raiser;
    const LevelParts levels;
    LiveService live;
    SealRecords seals{seal_parts()};
    KeyKeeper keeper{{.config = config,
                      .store = *store,
                      .clock = clock,
                      .seals = seals,
                      .put_in_use = [this](const std::vector<KeyChange>& changes,
                                           std::shared_ptr<SealerClient> fresh,
                                           const std::function<void()>& change) {
                          live.exchange([&] {
                              auto service = make_service(changes, std::move(fresh));
                              change();
                              return service;
                          });
                      }}};
};

App::App(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}
App::~App() = default;
const Config& App::config() const {
    return impl_->config;
}
Service& App::service() {
    return *impl_->live.now();
}
LiveService& App::live() {
    return impl_->live;
}
KeyKeeper& App::keeper() {
    return impl_->keeper;
}
Store& App::store() {
    return *impl_->store;
}
SealerClient& App::sealer() {
    return *impl_->sealer;
}
pdf::FormLibrary& App::forms() {
    return impl_->forms;
}
SealRecords& App::seals() {
    return impl_->seals;
}
ApiKeys& App::api_keys() {
    return impl_->api_keys;
}
Random& App::random() {
    return impl_->random;
}
const Clock& App::clock() const {
    return impl_->clock;
}
Metrics App::metrics() {
    const Time now = impl_->clock.now();
    return {impl_->live.now()->counts(),
            impl_->store->debts_by_age(now),
            impl_->timestamps.states(),
            now};
}

SealUseCases seal_use_cases(SealRecords& seals) {
    return {.create = std::bind_front(&SealRecords::create, &seals),
            .replace = std::bind_front(&SealRecords::replace, &seals),
            .take_in = std::bind_front(&SealRecords::take_in, &seals),
            .expire = std::bind_front(&SealRecords::expire, &seals),
            .list = std::bind_front(&SealRecords::list, &seals),
            .show = std::bind_front(&SealRecords::show, &seals)};
}

namespace {

/// Destroyed from the bottom up: the lock goes last.
struct OwnApp {
    InstanceLock lock;
    App app;
};
struct OwnKeys {
    OwnKeys(InstanceLock taken, const StoreOptions& options)
        : lock(std::move(taken)), store(open_store(options, random)), keys(*store) {}

    InstanceLock lock;
    keys::OpenSslRandom random;
    std::unique_ptr<Store> store;
    ApiKeys keys;
};

/// Changes of keys in an instance nobody serves, which may not be able to issue yet.
struct OwnSigningKeys {
    OwnSigningKeys(InstanceLock taken, const Config& given)
        : lock(std::move(taken)), config(given), store(open_store(store_options(config), random)) {
        store->key_register().count_from_now(
            keys::OperationCounter::prepare(config.operations_file()), clock.now());
    }

    InstanceLock lock;
    const Config config;
    SystemClock clock;
    keys::OpenSslRandom random;
    std::unique_ptr<Store> store;
    SealRecords seals{{.config = config,
                       .store = *store,
                       .anchors = trust_anchors(config),
                       .users = [this] { return seal_users(config, store->key_register()); },
                       .uses =
                           [this] {
                               pdf::FormLibrary forms(form_roots(&config));
                               return seal_uses(forms);
                           },
                       .clock = clock,
                       .changed = [] {}}};
    KeyKeeper keeper{{.config = config,
                      .store = *store,
                      .clock = clock,
                      .seals = seals,
                      .put_in_use = [](const std::vector<KeyChange>&,
                                       const std::shared_ptr<SealerClient>&,
                                       const std::function<void()>& change) { change(); }}};
};

/// What `remote` finds at a running server, or the lock of an instance that has none.
template <typename Use>
std::variant<Use, InstanceLock> server_or_lock(
    const Config& config,
    const Waiting& waiting,
    std::chrono::seconds patience,
    std::optional<Use> (*remote)(const fs::path& socket)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (bool told = false;; std::this_thread::sleep_for(std::chrono::milliseconds(50))) {
        if (auto use = remote(config.control_socket())) {
            return std::move(*use);
        }
        if (auto lock = InstanceLock::try_take(config.lock_file())) {
            return std::move(*lock);
        }
        const std::string owner = InstanceLock::owner(config.lock_file());
        if (std::chrono::steady_clock::now() >= end) {
            throw Error(ErrorCode::Unavailable,
                        "another yinxin (process " + owner + ") is at work on " +
                            config.dir.string() + "; try again when it is done");
        }
        if (!std::exchange(told, true)) {
            waiting(owner);
        }
    }
}

}  // namespace

Session open_session(const Config& config, const Waiting& waiting, std::chrono::seconds patience) {
    auto found = server_or_lock(config, waiting, patience, remote_use_cases);
    if (auto* use = std::get_if<UseCases>(&found)) {
        return {.use = std::move(*use),
                .seals = *remote_seal_use_cases(config.control_socket()),
                .by_server = true,
                .keeps = nullptr};
    }
    const std::shared_ptr<OwnApp> own(
        new OwnApp{std::get<InstanceLock>(std::move(found)), App(config)});
    own->app.service().recover();
    return {.use = use_cases(own->app.service()),
            .seals = seal_use_cases(own->app.seals()),
            .by_server = false,
            .keeps = own};
}

SigningKeySession open_signing_key_session(const Config& config,
                                           const Waiting& waiting,
                                           std::chrono::seconds patience) {
    auto found = server_or_lock(config, waiting, patience, remote_key_uses);
    if (auto* use = std::get_if<KeyUses>(&found)) {
        return {.use = std::move(*use), .keeps = nullptr};
    }
    const auto own =
        std::make_shared<OwnSigningKeys>(std::get<InstanceLock>(std::move(found)), config);
    return {.use = own->keeper.uses(), .keeps = own};
}

KeySession open_key_session(const Config& config,
                            const Waiting& waiting,
                            std::chrono::seconds patience) {
    auto found = server_or_lock(config, waiting, patience, remote_key_use_cases);
    if (auto* use = std::get_if<KeyUseCases>(&found)) {
        return {.use = std::move(*use), .keeps = nullptr};
    }
    const auto own =
        std::make_shared<OwnKeys>(std::get<InstanceLock>(std::move(found)), store_options(config));
    return {.use = key_use_cases(own->keys), .keeps = own};
}

}  // namespace yinxin::server
