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
#include <set>
#include <thread>
#include <utility>
#include <variant>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "server/control.h"
#include "server/inspector_pool.h"
#include "server/ses_seals.h"

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

/// The certificate of a key and its issuers, from keys/ID.pem. What stands there is public; the key
/// itself is the sealer's, which need not be there yet.
std::vector<Bytes> chain_of(const Config& config, const std::string& id) {
    const std::string file = (config.keys_dir() / id).string();
    if (!fs::exists(file + ".p8")) {
        std::set<std::string> ids;
        for (const auto& entry : fs::directory_iterator(config.keys_dir())) {
            if (entry.path().extension() == ".p8") {
                ids.insert(entry.path().stem().string());
            }
        }
        std::string names;
        for (const std::string& name : ids) {
            names += (names.empty() ? "" : ", ") + name;
        }
        throw Error(ErrorCode::NotFound,
                    "there is no key \"" + id +
                        "\" in keys/; there is: " + (names.empty() ? "none" : names));
    }
    if (!fs::exists(file + ".pem")) {
        throw Error(ErrorCode::Unavailable,
                    "the key \"" + id + "\" has no certificate yet: have " + file +
                        ".csr certified, put the certificate and its issuers (PEM, own certificate "
                        "first, without the root) into " +
                        file + ".pem and the root into " +
                        (config.pki_dir() / "NAME-root.pem").string());
    }
    return keys::certificates_from_pem(read_text(file + ".pem"));
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
          sealer(config.keys_dir(), config.passphrase_file),
          typefaces(pdf::Typefaces::load()),
          forms(form_roots(&config)),
          press(pdf::Press::create(typefaces, config.dir / "cache")),
          store(open_store(store_options(config), random)),
          api_keys(*store),
          anchors(trust_anchors(config)),
          seal_key(sealer.key(config.seal_key, chain_of(config, config.seal_key))),
          token_key(sealer.key(config.token_key, chain_of(config, config.token_key))),
          ses_key(config.ses_key.empty()
                      ? nullptr
                      : sealer.key(config.ses_key, chain_of(config, config.ses_key))),
          ses(ses_key == nullptr ? std::nullopt
                                 : std::optional(SesParts{*ses_key, read_ses_seals(config.dir)})),
          inspector({.anchors = anchors,
                     .intermediates = intermediates(seal_keys()),
                     .own_certificate_sha256 = own_certificates(seal_keys())},
                    clock),
          service(ServiceParts{.config = config,
                               .store = *store,
                               .forms = forms,
                               .press = *press,
                               .typefaces = typefaces,
                               .seal_key = *seal_key,
                               .token_key = *token_key,
                               .inspector = inspector,
                               .trust_anchors = anchors,
                               .seals = usable_seals(*store, anchors, clock.now()),
                               .specimen = specimen(),
                               .clock = clock,
                               .random = random,
                               .ses = ses ? &*ses : nullptr}) {}

    SealRecords::Parts seal_parts() {
        return {
            .config = config,
            .store = *store,
            .anchors = anchors,
            .seal_certificate = seal_key->chain().front(),
            .clock = clock,
            .changed = [this] { service.use_seals(usable_seals(*store, anchors, clock.now())); }};
    }

    SealKeys seal_keys() const {
        return ses_key == nullptr ? SealKeys{seal_key.get()}
                                  : SealKeys{ses_key.get(), seal_key.get()};
    }
    bool specimen() const {
        const SealKeys keys = seal_keys();
        return std::any_of(keys.begin(), keys.end(), [this](const keys::PrivateKey* key) {
            return is_specimen(key->chain(), anchors);
        });
    }

    const Config config;
    SystemClock clock;
    keys::OpenSslRandom random;
    SealerClient sealer;  // opens its keys while the rest is put together
    std::shared_ptr<const pdf::Typefaces> typefaces;
    pdf::FormLibrary forms;
    std::unique_ptr<pdf::Press> press;
    std::unique_ptr<Store> store;
    ApiKeys api_keys;
    std::vector<Bytes> anchors;
    std::unique_ptr<keys::PrivateKey> seal_key, token_key, ses_key;
    std::optional<SesParts> ses;
    InspectorPool inspector;
    Service service;
    SealRecords seals{seal_parts()};
};

App::App(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}
App::~App() = default;
const Config& App::config() const {
    return impl_->config;
}
Service& App::service() {
    return impl_->service;
}
Store& App::store() {
    return *impl_->store;
}
SealerClient& App::sealer() {
    return impl_->sealer;
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

SealUseCases seal_use_cases(SealRecords& seals) {
    return {.create = std::bind_front(&SealRecords::create, &seals),
            .replace = std::bind_front(&SealRecords::replace, &seals),
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
