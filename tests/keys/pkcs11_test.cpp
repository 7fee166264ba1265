// SPDX-License-Identifier: Apache-2.0
// Keys in tokens of SoftHSM2, through a module that can be told to fail.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/crypto/random.h"
#include "keys/key_store.h"
#include "keys/pki/certificate.h"
#include "tests/support/expect_error.h"
#include "tests/support/openssl_command.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::keys {
namespace {

using tests::code_of;

constexpr const char* kPin = "pin-73529";

void run(const std::string& command) {
    ASSERT_EQ(std::system((command + " > /dev/null 2>&1").c_str()), 0) << command;
}

void write_private(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
    ::chmod(file.c_str(), 0600);
}

std::size_t size_of(const std::filesystem::path& file) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    return missing ? 0 : size;
}

SignOrder probe() {
    static const Bytes digest = sha256(probe_message());
    return {KeyPurpose::Probe, "test", digest, probe_message()};
}

/// A token with an RSA and an EC key, made anew for each test; the module is the process's one.
class Pkcs11Test : public testing::Test {
  protected:
    Pkcs11Test() {
        std::filesystem::create_directories(place_ / "tokens");
        std::filesystem::create_directories(place_ / "keys");
        std::ofstream(place_ / "softhsm2.conf")
            << "directories.tokendir = " << (place_ / "tokens").string()
            << "\nobjectstore.backend = file\nlog.level = ERROR\n";
        ::setenv("YINXIN_SHIM", place_.c_str(), 1);
        ::setenv("SOFTHSM2_CONF", (place_ / "softhsm2.conf").c_str(), 1);
        write_private(place_ / "pin", std::string(kPin) + "\n");
        write_private(place_ / "passphrase", "not used\n");
        write_private(place_ / "keys/pepper", std::string(32, 'p'));
        make_token();
    }

    void make_token() {
        run("softhsm2-util --init-token --free --label yinxin --pin " + std::string(kPin) +
            " --so-pin so-pin-1");
        for (const char* type : {"EC:prime256v1", "rsa:2048"}) {
            const std::string name = type[0] == 'E' ? "ec" : "rsa";
            run("pkcs11-tool --module " YINXIN_SOFTHSM " --token-label yinxin --login --pin " +
                std::string(kPin) + " --keypairgen --key-type " + type + " --label " + name +
                " --id " + (name == "ec" ? "01" : "02"));
        }
    }
    void remove_token() {
        std::filesystem::remove_all(place_ / "tokens");
        std::filesystem::create_directories(place_ / "tokens");
    }

    std::string uri(const std::string& object) const {
        return "pkcs11:token=yinxin;object=" + object +
               "?module-path=" YINXIN_SHIM_MODULE "&pin-source=file:" + (place_ / "pin").string();
    }
    std::unique_ptr<Pkcs11Key> key(const std::string& object) const {
        return std::make_unique<Pkcs11Key>(
            object, read_pkcs11_uri(uri(object)), std::vector<Bytes>{}, Secret(kPin));
    }
    KeyStore store() const { return {place_ / "keys", read_passphrase(place_ / "passphrase")}; }
    /// Of this public key, by a key of the test's.
    static Bytes certificate_of(const Bytes& spki) {
        OpenSslRandom random;
        const auto issuer = SoftwareKey::generate("ca", KeyAlgorithm::EcdsaP256);
        CertificateOrder order;
        order.subject = {.organization = "o", .common_name = "seal"};
        order.spki = spki;
        order.not_before = SystemClock().now();
        order.not_after = order.not_before + std::chrono::hours(1);
        order.use = CertificateUse::Root;
        return write_certificate(order, *issuer, random);
    }
    /// A file with the certificate request.
    std::string request(const KeyStore& keys) const {
        std::ofstream(place_ / "seal.csr") << keys.request("seal", {.common_name = "seal"});
        return (place_ / "seal.csr").string();
    }
    void fail(const std::string& function, unsigned long result, int times) const {
        std::ofstream(place_ / "fail")
            << function << ' ' << std::hex << result << ' ' << std::dec << times;
    }
    std::size_t calls(const char* function) const { return size_of(place_ / function); }
    static bool good(Pkcs11Key& key) {
        return verify_signature(key.spki(), probe_message(), key.sign(probe()));
    }

    const tests::TemporaryFolder folder_;
    const std::filesystem::path place_ = folder_.path();
};

TEST_F(Pkcs11Test, SignsWithBothKindsOfKeys) {
    const auto ec = key("ec");
    const auto rsa = key("rsa");
    EXPECT_EQ(ec->algorithm(), KeyAlgorithm::EcdsaP256);
    EXPECT_EQ(rsa->algorithm(), KeyAlgorithm::Rsa2048);
    EXPECT_TRUE(good(*ec));
    EXPECT_TRUE(good(*rsa));
    EXPECT_EQ(calls("C_Login"), 1u) << "one login for the token";
    EXPECT_EQ(code_of([&] {
                  ec->sign({KeyPurpose::Token, "x", sha256(as_bytes("x")), as_bytes("x")});
              }),
              ErrorCode::Refused);
}

TEST_F(Pkcs11Test, KeepsItsSessions) {
    const auto ec = key("ec");
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(good(*ec));
    }
    EXPECT_EQ(calls("C_OpenSession"), 1u);
}

TEST_F(Pkcs11Test, ManyThreadsShareAPool) {
    const auto ec = key("ec");
    std::atomic<int> made{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2 * Pkcs11Module::sessions_max; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 5; ++n) {
                made += good(*ec) ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(made, 2 * Pkcs11Module::sessions_max * 5);
    EXPECT_LE(calls("C_OpenSession"), static_cast<std::size_t>(Pkcs11Module::sessions_max));
    EXPECT_EQ(calls("C_Login"), 1u);
}

TEST_F(Pkcs11Test, AWrongPinIsOfferedOnce) {
    write_private(place_ / "pin", "wrong-pin\n");
    KeyStore keys = store();
    EXPECT_EQ(code_of([&] { keys.import_token("seal", uri("ec")); }), ErrorCode::Forbidden);
    EXPECT_EQ(calls("C_Login"), 1u);
    // Again, in this process and as another one would: the module forgets nothing of the kind.
    EXPECT_EQ(code_of([&] { keys.import_token("seal", uri("ec")); }), ErrorCode::Forbidden);
    write_private(place_ / "keys/seal.p11", uri("ec") + "\n");
    const auto held = keys.in_its_token("seal");
    held->try_to_open();
    EXPECT_EQ(code_of([&] { static_cast<void>(held->algorithm()); }), ErrorCode::Unavailable)
        << "no certificate tells it";
    EXPECT_ERROR(held->sign(probe()), Unavailable, "yinxin keys pin-retry seal");
    EXPECT_EQ(calls("C_Login"), 1u);
    // A right one is tried.
    write_private(place_ / "pin", std::string(kPin) + "\n");
    EXPECT_TRUE(good(*key("ec")));
    EXPECT_EQ(calls("C_Login"), 2u);
}

TEST_F(Pkcs11Test, AWrongPinIsOfferedOnceInWhateverFileItComes) {
    KeyStore keys = store();
    const auto import = [&](const std::string& id, const std::string& pin) {
        std::filesystem::remove(place_ / "pin");
        write_private(place_ / "pin", pin + "\n");
        return code_of([&] { keys.import_token(id, uri("ec")); });
    };
    EXPECT_EQ(import("seal", "wrong-pin"), ErrorCode::Forbidden);
    EXPECT_EQ(import("seal", "wrong-pin"), ErrorCode::Forbidden);
    EXPECT_EQ(calls("C_Login"), 1u) << "the same PIN in another file";
    EXPECT_EQ(import("other", "wrong-pin"), ErrorCode::Forbidden);
    EXPECT_EQ(calls("C_Login"), 1u) << "the same PIN for another key of the token";
    EXPECT_EQ(import("seal", "another-wrong-pin"), ErrorCode::Forbidden);
    EXPECT_EQ(calls("C_Login"), 2u);
    EXPECT_EQ(import("seal", "wrong-pin"), ErrorCode::Forbidden);
    EXPECT_EQ(calls("C_Login"), 2u) << "the first one is not forgotten over the second";
    write_private(place_ / "pin", std::string(kPin) + "\n");
    EXPECT_NO_THROW(keys.import_token("seal", uri("ec")));
    EXPECT_EQ(calls("C_Login"), 3u);
}

TEST_F(Pkcs11Test, APinIsOfferedAgainWhenItsTokenWasCorrected) {
    KeyStore keys = store();
    keys.import_token("seal", uri("ec"));
    write_private(place_ / "pin", "wrong-pin\n");
    EXPECT_EQ(code_of([&] { keys.request("seal", {.common_name = "seal"}); }),
              ErrorCode::Forbidden);
    run("pkcs11-tool --module " YINXIN_SOFTHSM " --token-label yinxin --login --pin " +
        std::string(kPin) + " --change-pin --new-pin wrong-pin");
    EXPECT_EQ(code_of([&] { keys.request("seal", {.common_name = "seal"}); }),
              ErrorCode::Forbidden);
    keys.forget_refused_pins("seal");
    EXPECT_NO_THROW(keys.request("seal", {.common_name = "seal"}));
    EXPECT_EQ(code_of([&] { keys.forget_refused_pins("nobody"); }), ErrorCode::Invalid);
}

TEST_F(Pkcs11Test, OfARefusedPinOnlyAKeyedDigestIsKept) {
    const auto file = place_ / "keys/refused-pins";
    const auto uri_of = [](const std::string& token) {
        Pkcs11Uri uri;
        uri.token = token;
        return uri;
    };
    const Bytes secret(32, 1), other_secret(32, 2);
    const Secret pin("1234"), other_pin("4321");
    {
        RefusedPins refused(file, secret);
        refused.add(uri_of("a"), pin);
        refused.add(uri_of("a"), pin);
        refused.add(uri_of("b"), pin);
        refused.add(uri_of("a"), other_pin);
    }
    EXPECT_EQ(size_of(file), 3u * (64 + 1 + 64 + 1)) << "one line for each";
    RefusedPins refused(file, secret);
    EXPECT_TRUE(refused.contains(uri_of("a"), pin));
    EXPECT_FALSE(refused.contains(uri_of("b"), other_pin));
    EXPECT_FALSE(RefusedPins(file, other_secret).contains(uri_of("a"), pin)) << "keyed";
    refused.forget(uri_of("a"));
    EXPECT_FALSE(refused.contains(uri_of("a"), pin));
    EXPECT_FALSE(refused.contains(uri_of("a"), other_pin));
    EXPECT_TRUE(RefusedPins(file, secret).contains(uri_of("b"), pin));
    struct stat info {};
    ASSERT_EQ(::stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(Pkcs11Test, StaleSessionsAfterARestartAreMadeAnew) {
    const auto ec = key("ec");
    EXPECT_TRUE(good(*ec));
    for (const auto& [function, result] :
         {std::pair("C_SignInit", 0xB3UL),  // CKR_SESSION_HANDLE_INVALID
          std::pair("C_SignInit", 0x60UL),  // CKR_KEY_HANDLE_INVALID
          std::pair("C_Sign", 0x101UL),     // CKR_USER_NOT_LOGGED_IN
          std::pair("C_Sign", 0x32UL)}) {   // CKR_DEVICE_REMOVED
        fail(function, result, 1);
        EXPECT_TRUE(good(*ec)) << function << " " << result;
    }
    const auto logins = calls("C_Login");
    EXPECT_EQ(logins, 5u) << "one for each time it was begun anew";
}

TEST_F(Pkcs11Test, WhatKeepsFailingIsToldAndTriedAgainNextTime) {
    const auto ec = key("ec");
    fail("C_SignInit", 0x32, 2);
    EXPECT_EQ(code_of([&] { ec->sign(probe()); }), ErrorCode::Unavailable);
    EXPECT_EQ(calls("C_SignInit"), 2u) << "once, and once more from the ground up";
    EXPECT_TRUE(good(*ec));
    fail("C_SignInit", 0x6, 1);  // CKR_FUNCTION_FAILED: says nothing about sessions
    EXPECT_EQ(code_of([&] { ec->sign(probe()); }), ErrorCode::Unavailable);
    EXPECT_TRUE(good(*ec));
}

TEST_F(Pkcs11Test, ATokenThatWasTakenOutIsFoundWhenItIsBack) {
    const auto ec = key("ec");
    EXPECT_TRUE(good(*ec));
    EXPECT_NO_THROW(ec->check_alive());
    const auto away = place_ / "away";
    std::filesystem::rename(place_ / "tokens", away);
    std::filesystem::create_directories(place_ / "tokens");
    fail("C_SignInit", 0x32, 1);
    EXPECT_EQ(code_of([&] { ec->sign(probe()); }), ErrorCode::Unavailable);
    EXPECT_EQ(code_of([&] { ec->check_alive(); }), ErrorCode::Unavailable);
    const auto logins = calls("C_Login");
    std::filesystem::remove_all(place_ / "tokens");
    std::filesystem::rename(away, place_ / "tokens");
    EXPECT_TRUE(good(*ec));
    EXPECT_EQ(calls("C_Login"), logins + 1);
}

TEST_F(Pkcs11Test, TheSealersKeyMayComeLater) {
    {
        KeyStore keys = store();
        keys.import_token("seal", uri("ec"));
        keys.install_chain("seal", {certificate_of(key("ec")->spki())});
        EXPECT_EQ(tests::OpensslCommand().run("req -verify -noout -in " + request(keys)).status, 0);
    }
    const auto away = place_ / "away";
    std::filesystem::rename(place_ / "tokens", away);
    std::filesystem::create_directories(place_ / "tokens");
    const auto held = store().in_its_token("seal");
    held->try_to_open();
    std::filesystem::rename(place_ / "pin", place_ / "pin-out-of-reach");
    EXPECT_EQ(held->algorithm(), KeyAlgorithm::EcdsaP256);
    EXPECT_EQ(code_of([&] { held->sign(probe()); }), ErrorCode::Unavailable);
    std::filesystem::remove_all(place_ / "tokens");
    std::filesystem::rename(away, place_ / "tokens");
    const Bytes spki = Certificate::from_der(held->chain().front()).spki;
    EXPECT_TRUE(verify_signature(spki, probe_message(), held->sign(probe())));
}

TEST_F(Pkcs11Test, SaysWhatIsWrong) {
    EXPECT_EQ(code_of([&] { key("nobody"); }), ErrorCode::NotFound);
    Pkcs11Uri other = read_pkcs11_uri(uri("ec"));
    other.token = "another";
    EXPECT_ERROR(
        Pkcs11Key("x", other, {}, Secret(kPin)), Unavailable, "\"another\" does not answer");
    other = read_pkcs11_uri(uri("ec"));
    other.module_path = "/nowhere.so";
    EXPECT_EQ(code_of([&] { Pkcs11Key("x", other, {}, Secret(kPin)); }), ErrorCode::Unavailable);
    other.module_path = "/usr/lib/x86_64-linux-gnu/libz.so.1";
    EXPECT_EQ(code_of([&] { Pkcs11Key("x", other, {}, Secret(kPin)); }), ErrorCode::Unavailable);
    ::chmod((place_ / "pin").c_str(), 0644);
    KeyStore keys = store();
    EXPECT_EQ(code_of([&] { keys.import_token("open", uri("ec")); }), ErrorCode::Forbidden);
}

TEST(Pkcs11UriTest, IsReadAsTheStandardSays) {
    const auto uri = read_pkcs11_uri(
        "pkcs11:token=The%20Token;object=seal;id=%01%ff;type=private"
        "?module-path=/usr/lib/m.so&pin-source=credential:pin&x-network=yes"
        "&x-environment=SOFTHSM2_CONF=/etc/a.conf\n");
    EXPECT_EQ(uri.token, "The Token");
    EXPECT_EQ(uri.object, "seal");
    EXPECT_EQ(uri.id, (Bytes{0x01, 0xff}));
    EXPECT_EQ(uri.module_path, "/usr/lib/m.so");
    EXPECT_EQ(uri.pin_source, "credential:pin");
    EXPECT_TRUE(uri.network);
    EXPECT_EQ(uri.environment.at("SOFTHSM2_CONF"), "/etc/a.conf");
}

TEST(Pkcs11UriTest, RefusesWhatIsMissingOrGivesThePinAway) {
    const std::string good = "pkcs11:token=t;object=o?module-path=/m.so&pin-source=file:/pin";
    EXPECT_NO_THROW(read_pkcs11_uri(good));
    for (const char* bad : {"",
                            "token=t",
                            "pkcs11:object=o?module-path=/m.so&pin-source=file:/pin",
                            "pkcs11:token=t?module-path=/m.so&pin-source=file:/pin",
                            "pkcs11:token=t;object=o?pin-source=file:/pin",
                            "pkcs11:token=t;object=o?module-path=m.so&pin-source=file:/pin",
                            "pkcs11:token=t;object=o?module-path=/m.so",
                            "pkcs11:token=t;object=o?module-path=/m.so&pin-source=pin",
                            "pkcs11:token=t;object=o?module-path=/m.so&pin-value=1234",
                            "pkcs11:token=t;object=%4?module-path=/m.so&pin-source=file:/pin",
                            "pkcs11:token=t;flavour=o?module-path=/m.so&pin-source=file:/pin"}) {
        EXPECT_EQ(code_of([&] { read_pkcs11_uri(bad); }), ErrorCode::Invalid) << bad;
    }
}

class PassphraseTest : public testing::Test {
  protected:
    ~PassphraseTest() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }
    const tests::TemporaryFolder folder_;
};

TEST_F(PassphraseTest, ACredentialIsReadFromWhereSystemdPutsIt) {
    EXPECT_EQ(code_of([] { read_passphrase("credential:keys"); }), ErrorCode::Invalid);
    ::setenv("CREDENTIALS_DIRECTORY", folder_.path().c_str(), 1);
    std::ofstream(folder_.path() / "keys") << "correct horse\n";
    ::chmod((folder_.path() / "keys").c_str(), 0440);
    EXPECT_EQ(as_text(read_passphrase("credential:keys").view()), "correct horse");
    ::chmod((folder_.path() / "keys").c_str(), 0444);
    EXPECT_EQ(code_of([] { read_passphrase("credential:keys"); }), ErrorCode::Forbidden);
    EXPECT_EQ(code_of([] { read_passphrase("credential:other"); }), ErrorCode::NotFound);
    EXPECT_EQ(code_of([] { read_passphrase("credential:../keys"); }), ErrorCode::Invalid);
}

}  // namespace
}  // namespace yinxin::keys
