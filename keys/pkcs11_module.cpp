// SPDX-License-Identifier: Apache-2.0
#include "keys/pkcs11_module.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "common/error.h"
#include "keys/crypto/openssl.h"
#include "keys/passphrase.h"

namespace yinxin::keys {
namespace {

using ParamBuilderPtr = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsPtr = Handle<OSSL_PARAM, OSSL_PARAM_free>;

/// A call that failed because what it stood on is gone; tried once more from the ground up.
struct Stale {
    CK_RV result;
};

std::string name_of(CK_RV result) {
    static const std::map<CK_RV, const char*> names{
        {CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
        {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
        {CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
        {CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
        {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
        {CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
        {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
        {CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
    };
    const auto found = names.find(result);
    if (found != names.end()) {
        return found->second;
    }
    char text[32];
    std::snprintf(text, sizeof text, "0x%lx", result);
    return text;
}

bool is_stale(CK_RV result) {
    static const std::set<CK_RV> stale{CKR_SESSION_HANDLE_INVALID,
                                       CKR_SESSION_CLOSED,
                                       CKR_OBJECT_HANDLE_INVALID,
                                       CKR_KEY_HANDLE_INVALID,
                                       CKR_USER_NOT_LOGGED_IN,
                                       CKR_TOKEN_NOT_PRESENT,
                                       CKR_TOKEN_NOT_RECOGNIZED,
                                       CKR_SLOT_ID_INVALID,
                                       CKR_DEVICE_REMOVED,
                                       CKR_DEVICE_ERROR,
                                       CKR_CRYPTOKI_NOT_INITIALIZED};
    return stale.contains(result);
}

void expect_ok(CK_RV result, const char* doing) {
    if (result == CKR_OK) {
        return;
    }
    if (is_stale(result)) {
        throw Stale{result};
    }
    throw Error(ErrorCode::Unavailable,
                std::string("PKCS#11 token: ") + doing + ": " + name_of(result));
}

/// Fixed fields of PKCS#11 are padded with blanks.
template <std::size_t Size>
std::string unpadded(const CK_UTF8CHAR (&field)[Size]) {
    std::string text(reinterpret_cast<const char*>(field), Size);
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

/// One token, as this process uses it.
struct Token {
    Pkcs11Uri uri;  // which token; any of its keys
    std::optional<CK_SLOT_ID> slot;
    bool logged_in = false;
    std::vector<CK_SESSION_HANDLE> idle;
    int open = 0;
    std::map<std::pair<std::string, Bytes>, CK_OBJECT_HANDLE> keys;
};

struct Library {
    explicit Library(const std::filesystem::path& path)
        : handle(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        if (handle == nullptr) {
            throw Error(ErrorCode::Unavailable, "PKCS#11 module: " + std::string(::dlerror()));
        }
        using GetList = CK_RV (*)(CK_FUNCTION_LIST**);
        const auto get = reinterpret_cast<GetList>(::dlsym(handle, "C_GetFunctionList"));
        if (get == nullptr || get(&functions) != CKR_OK || functions == nullptr) {
            ::dlclose(handle);
            throw Error(ErrorCode::Unavailable, path.string() + " is no PKCS#11 module");
        }
    }
    ~Library() { ::dlclose(handle); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    void* handle;
    CK_FUNCTION_LIST* functions = nullptr;
};

/// One file may hold the PIN of two tokens: what one has refused the other has not been asked.
std::string place_of_pin(const Pkcs11Uri& uri) {
    return uri.token_name() + uri.pin_source;
}

}  // namespace

struct Pkcs11Module::Impl {
    explicit Impl(const std::filesystem::path& path) : library(path), f(*library.functions) {
        initialize();
    }
    ~Impl() { f.C_Finalize(nullptr); }

    Library library;
    CK_FUNCTION_LIST& f;
    std::shared_mutex life;  // exclusive: while the library is begun anew
    std::mutex mutex;        // of all below
    std::condition_variable returned;
    std::list<Token> tokens;
    std::map<std::string, Secret> pins;               // by place_of_pin
    std::map<std::string, std::string> refused_pins;  // by place_of_pin: why
    std::uint64_t generation = 0;
    Pkcs11Counts counts;

    void initialize() {
        CK_C_INITIALIZE_ARGS arguments{};
        arguments.flags = CKF_OS_LOCKING_OK;
        const CK_RV result = f.C_Initialize(&arguments);
        if (result != CKR_OK && result != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
            throw Error(ErrorCode::Unavailable,
                        "PKCS#11 module: it does not begin: " + name_of(result));
        }
    }

    Token& token_of(const Pkcs11Uri& uri);
    CK_SLOT_ID find_slot(const Pkcs11Uri& uri);
    void log_in(Token& token, CK_SESSION_HANDLE session, const Pkcs11Uri& uri);
    void begin_anew(std::uint64_t seen);

    class Session;
    template <typename Work>
    auto with_session(const Pkcs11Uri& uri, Work work);
    CK_OBJECT_HANDLE find(Session& session, const Pkcs11Uri& uri, CK_OBJECT_CLASS kind);
    CK_OBJECT_HANDLE private_key(Session& session, const Pkcs11Uri& uri);
    Bytes attribute(Session& session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
    Bytes rsa_spki(Session& session, CK_OBJECT_HANDLE key);
    Bytes ec_spki(Session& session, const Pkcs11Uri& uri, CK_OBJECT_HANDLE key);
};

/// A session that is logged in, lent to one thread.
class Pkcs11Module::Impl::Session {
  public:
    Session(Impl& module, const Pkcs11Uri& uri) : module_(module) {
        std::unique_lock lock(module.mutex);
        token_ = &module.token_of(uri);
        module.returned.wait(lock,
                             [&] { return !token_->idle.empty() || token_->open < sessions_max; });
        if (!token_->idle.empty()) {
            handle_ = token_->idle.back();
            token_->idle.pop_back();
            return;
        }
        if (!token_->slot) {
            token_->slot = module.find_slot(uri);
        }
        expect_ok(
            module.f.C_OpenSession(*token_->slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle_),
            "opening a session");
        ++token_->open;
        ++module.counts.sessions_opened;
        try {
            module.log_in(*token_, handle_, uri);
        } catch (...) {
            module.f.C_CloseSession(handle_);
            --token_->open;
            throw;
        }
    }
    ~Session() {
        const std::lock_guard lock(module_.mutex);
        if (good_) {
            token_->idle.push_back(handle_);
        } else {
            module_.f.C_CloseSession(handle_);
            --token_->open;
        }
        module_.returned.notify_one();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    CK_SESSION_HANDLE handle() const { return handle_; }
    Token& token() { return *token_; }
    /// Nothing is under way in it: it may be lent again.
    void is_good() { good_ = true; }

  private:
    Impl& module_;
    Token* token_ = nullptr;
    CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
    bool good_ = false;
};

Token& Pkcs11Module::Impl::token_of(const Pkcs11Uri& uri) {
    for (Token& token : tokens) {
        if (token.uri.same_token(uri)) {
            return token;
        }
    }
    tokens.emplace_back().uri = uri;
    return tokens.back();
}

CK_SLOT_ID Pkcs11Module::Impl::find_slot(const Pkcs11Uri& uri) {
    CK_ULONG count = 0;
    expect_ok(f.C_GetSlotList(CK_TRUE, nullptr, &count), "listing its slots");
    std::vector<CK_SLOT_ID> slots(count);
    expect_ok(f.C_GetSlotList(CK_TRUE, slots.data(), &count), "listing its slots");
    slots.resize(count);
    for (const CK_SLOT_ID slot : slots) {
        CK_TOKEN_INFO info{};
        if (f.C_GetTokenInfo(slot, &info) == CKR_OK &&
            (uri.token.empty() || unpadded(info.label) == uri.token) &&
            (uri.serial.empty() || unpadded(info.serialNumber) == uri.serial)) {
            return slot;
        }
    }
    throw Stale{CKR_TOKEN_NOT_PRESENT};  // some libraries look for tokens only when they begin
}

/// With the mutex held, so that one thread logs in for all.
void Pkcs11Module::Impl::log_in(Token& token, CK_SESSION_HANDLE session, const Pkcs11Uri& uri) {
    if (token.logged_in) {
        return;
    }
    if (const auto refused = refused_pins.find(place_of_pin(uri)); refused != refused_pins.end()) {
        throw Error(ErrorCode::Forbidden, refused->second);
    }
    // The interface takes it as not constant.
    Bytes text = to_bytes(pins.at(place_of_pin(uri)).view());
    ++counts.logins;
    const CK_RV result = f.C_Login(session, CKU_USER, text.data(), text.size());
    Secret(std::move(text)).wipe();
    if (result == CKR_PIN_INCORRECT || result == CKR_PIN_LOCKED || result == CKR_PIN_EXPIRED ||
        result == CKR_PIN_INVALID || result == CKR_PIN_LEN_RANGE) {
        const std::string why = "that of " + uri.pin_source + ", " + name_of(result);
        refused_pins.emplace(place_of_pin(uri), why);
        throw Error(ErrorCode::Forbidden, why);
    }
    if (result != CKR_USER_ALREADY_LOGGED_IN) {
        expect_ok(result, "logging in");
    }
    token.logged_in = true;
}

/// Everything known of the tokens is forgotten and the library begun anew, unless another thread
/// has just done it. Who still has a session ends first.
void Pkcs11Module::Impl::begin_anew(std::uint64_t seen) {
    const std::unique_lock alone(life);
    const std::lock_guard lock(mutex);
    if (generation != seen) {
        return;
    }
    ++generation;
    ++counts.reconnects;
    tokens.clear();
    f.C_Finalize(nullptr);
    initialize();
}

template <typename Work>
auto Pkcs11Module::Impl::with_session(const Pkcs11Uri& uri, Work work) {
    for (bool again = false;; again = true) {
        std::uint64_t seen = 0;
        try {
            const std::shared_lock using_it(life);
            {
                const std::lock_guard lock(mutex);
                seen = generation;
            }
            Session session(*this, uri);
            auto result = work(session);
            session.is_good();
            return result;
        } catch (const Stale& stale) {
            if (again) {
                throw Error(ErrorCode::Unavailable,
                            "the PKCS#11 token \"" + (uri.token.empty() ? uri.serial : uri.token) +
                                "\" does not answer: " + name_of(stale.result));
            }
        }
        begin_anew(seen);
    }
}

CK_OBJECT_HANDLE Pkcs11Module::Impl::find(Session& session,
                                          const Pkcs11Uri& uri,
                                          CK_OBJECT_CLASS kind) {
    std::string label = uri.object;
    Bytes id = uri.id;
    std::vector<CK_ATTRIBUTE> wanted{{CKA_CLASS, &kind, sizeof kind}};
    if (!label.empty()) {
        wanted.push_back({CKA_LABEL, label.data(), label.size()});
    }
    if (!id.empty()) {
        wanted.push_back({CKA_ID, id.data(), id.size()});
    }
    expect_ok(f.C_FindObjectsInit(session.handle(), wanted.data(), wanted.size()),
              "looking for a key");
    CK_OBJECT_HANDLE found[2] = {CK_INVALID_HANDLE, CK_INVALID_HANDLE};
    CK_ULONG count = 0;
    const CK_RV result = f.C_FindObjects(session.handle(), found, 2, &count);
    f.C_FindObjectsFinal(session.handle());
    expect_ok(result, "looking for a key");
    if (count > 1) {
        throw Error(ErrorCode::Invalid, "the PKCS#11 URI fits several keys; add id=");
    }
    return count == 1 ? found[0] : CK_INVALID_HANDLE;
}

CK_OBJECT_HANDLE Pkcs11Module::Impl::private_key(Session& session, const Pkcs11Uri& uri) {
    const std::pair name(uri.object, uri.id);
    {
        const std::lock_guard lock(mutex);
        if (const auto known = session.token().keys.find(name);
            known != session.token().keys.end()) {
            return known->second;
        }
    }
    const CK_OBJECT_HANDLE key = find(session, uri, CKO_PRIVATE_KEY);
    if (key == CK_INVALID_HANDLE) {
        throw Error(ErrorCode::NotFound, "the PKCS#11 token has no such private key");
    }
    const std::lock_guard lock(mutex);
    session.token().keys.emplace(name, key);
    return key;
}

Bytes Pkcs11Module::Impl::attribute(Session& session,
                                    CK_OBJECT_HANDLE object,
                                    CK_ATTRIBUTE_TYPE type) {
    CK_ATTRIBUTE wanted{type, nullptr, 0};
    expect_ok(f.C_GetAttributeValue(session.handle(), object, &wanted, 1),
              "reading a key's public part");
    if (wanted.ulValueLen == CK_UNAVAILABLE_INFORMATION) {
        throw Error(ErrorCode::Invalid, "the PKCS#11 token does not show the key's public part");
    }
    Bytes value(wanted.ulValueLen);
    wanted.pValue = value.data();
    expect_ok(f.C_GetAttributeValue(session.handle(), object, &wanted, 1),
              "reading a key's public part");
    return value;
}

namespace {

Bytes spki_from(const char* type, OSSL_PARAM_BLD* builder) {
    const ParamsPtr params =
        openssl_required(ParamsPtr(OSSL_PARAM_BLD_to_param(builder)), "public key of a token");
    const EvpPkeyCtxPtr context = openssl_required(
        EvpPkeyCtxPtr(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)), "public key of a token");
    EVP_PKEY* made = nullptr;
    openssl_check(
        EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) == 1,
        "public key of a token");
    return to_der<i2d_PUBKEY>(EvpPkeyPtr(made).get());
}

}  // namespace

Bytes Pkcs11Module::Impl::rsa_spki(Session& session, CK_OBJECT_HANDLE key) {
    const Bytes modulus = attribute(session, key, CKA_MODULUS);
    const Bytes exponent = attribute(session, key, CKA_PUBLIC_EXPONENT);
    const BignumPtr n(BN_bin2bn(modulus.data(), openssl_length(modulus.size()), nullptr));
    const BignumPtr e(BN_bin2bn(exponent.data(), openssl_length(exponent.size()), nullptr));
    const ParamBuilderPtr builder =
        openssl_required(ParamBuilderPtr(OSSL_PARAM_BLD_new()), "public key of a token");
    openssl_check(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1,
                  "public key of a token");
    return spki_from("RSA", builder.get());
}

/// The point stands in the public key, which has the private one's name, as an OCTET STRING.
Bytes Pkcs11Module::Impl::ec_spki(Session& session, const Pkcs11Uri& uri, CK_OBJECT_HANDLE key) {
    Pkcs11Uri same = uri;
    same.object.clear();
    same.id = attribute(session, key, CKA_ID);
    const CK_OBJECT_HANDLE shown = find(session, same.id.empty() ? uri : same, CKO_PUBLIC_KEY);
    if (shown == CK_INVALID_HANDLE) {
        throw Error(ErrorCode::NotFound,
                    "the PKCS#11 token has no public key beside the private one (same CKA_ID)");
    }
    const Bytes wrapped = attribute(session, shown, CKA_EC_POINT);
    const auto point = from_der<Asn1OctetStringPtr, d2i_ASN1_OCTET_STRING>(wrapped, "EC point");
    const ParamBuilderPtr builder =
        openssl_required(ParamBuilderPtr(OSSL_PARAM_BLD_new()), "public key of a token");
    openssl_check(OSSL_PARAM_BLD_push_utf8_string(
                      builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
                      OSSL_PARAM_BLD_push_octet_string(
                          builder.get(),
                          OSSL_PKEY_PARAM_PUB_KEY,
                          ASN1_STRING_get0_data(point.get()),
                          static_cast<std::size_t>(ASN1_STRING_length(point.get()))) == 1,
                  "public key of a token");
    return spki_from("EC", builder.get());
}

Pkcs11Module::Pkcs11Module(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>(path)) {}
Pkcs11Module::~Pkcs11Module() = default;

std::shared_ptr<Pkcs11Module> Pkcs11Module::load(const Pkcs11Uri& uri, const Secret& pin) {
    const std::filesystem::path& path = uri.module_path;
    static std::mutex mutex;
    static std::map<std::filesystem::path, std::weak_ptr<Pkcs11Module>> loaded;
    const std::lock_guard lock(mutex);
    auto module = loaded[path].lock();
    if (module == nullptr) {
        for (const auto& [name, value] : uri.environment) {
            ::setenv(name.c_str(), value.c_str(), 1);
        }
        module.reset(new Pkcs11Module(path));
        loaded[path] = module;
    }
    const std::lock_guard pins(module->impl_->mutex);
    module->impl_->pins.emplace(place_of_pin(uri), pin.clone());
    return module;
}

Bytes Pkcs11Module::spki(const Pkcs11Uri& uri) {
    return impl_->with_session(uri, [&](Impl::Session& session) {
        const CK_OBJECT_HANDLE key = impl_->private_key(session, uri);
        const Bytes type = impl_->attribute(session, key, CKA_KEY_TYPE);
        CK_KEY_TYPE kind = 0;
        std::copy_n(type.begin(),
                    std::min(type.size(), sizeof kind),
                    reinterpret_cast<unsigned char*>(&kind));
        if (kind == CKK_RSA) {
            return impl_->rsa_spki(session, key);
        }
        if (kind == CKK_EC) {
            return impl_->ec_spki(session, uri, key);
        }
        throw Error(ErrorCode::Invalid, "a PKCS#11 key that is neither RSA nor EC");
    });
}

Bytes Pkcs11Module::sign(const Pkcs11Uri& uri, KeyAlgorithm algorithm, ByteView data) {
    return impl_->with_session(uri, [&](Impl::Session& session) {
        CK_MECHANISM mechanism{
            algorithm == KeyAlgorithm::EcdsaP256 ? CKM_ECDSA : CKM_RSA_PKCS, nullptr, 0};
        Bytes message = to_bytes(data);
        Bytes signature(1024);
        CK_ULONG size = signature.size();
        expect_ok(
            impl_->f.C_SignInit(session.handle(), &mechanism, impl_->private_key(session, uri)),
            "signing");
        expect_ok(impl_->f.C_Sign(
                      session.handle(), message.data(), message.size(), signature.data(), &size),
                  "signing");
        signature.resize(size);
        return signature;
    });
}

void Pkcs11Module::check(const Pkcs11Uri& uri) {
    impl_->with_session(uri, [&](Impl::Session& session) {
        CK_SESSION_INFO info{};
        expect_ok(impl_->f.C_GetSessionInfo(session.handle(), &info), "asking for a session");
        if (info.state != CKS_RO_USER_FUNCTIONS && info.state != CKS_RW_USER_FUNCTIONS) {
            throw Stale{CKR_USER_NOT_LOGGED_IN};
        }
        return true;
    });
}

Pkcs11Counts Pkcs11Module::counts() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->counts;
}

Secret read_pin(const std::string& pin_source) {
    constexpr std::string_view kFile = "file:";
    return read_passphrase(pin_source.starts_with(kFile) ? pin_source.substr(kFile.size())
                                                         : pin_source);
}

}  // namespace yinxin::keys
