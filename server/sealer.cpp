// SPDX-License-Identifier: Apache-2.0
// yinxin-sealer: the process that holds the private keys. It listens nowhere: connections come
// through its door (descriptor 3), handed over by the parent that started it.
//   yinxin-sealer serve KEYS_DIR PASSPHRASE_FILE    signs until the door closes
//   yinxin-sealer maker                             signs one seal record by the seal maker's key
//   yinxin-sealer make                              makes the keys of a new instance: one order at
//   the door
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "common/error.h"
#include "common/files.h"
#include "keys/certificate_writer.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/random.h"
#include "keys/demo_pki.h"
#include "keys/key_store.h"
#include "keys/signing_rate.h"
#include "server/ipc/channel.h"

namespace {

using namespace yinxin;
using nlohmann::json;
using server::Channel;
using server::Message;
using Keys = std::map<std::string, std::unique_ptr<keys::SoftwareKey>>;

constexpr int kDoor = 3;
constexpr int kConnectionsMax = 256;
constexpr std::size_t kStackBytes = 512u << 10;

// ---- making oneself small

/// Keys stay out of core dumps, other processes' reach and swap.
void keep_memory_private() {
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);

    // Locked pages count in full, so stacks and arenas stay small. An ordinary user may lock too
    // little for what is to come: then only what is there now, and if even that is refused the keys
    // may be swapped, as doctor says.
    ::mallopt(M_ARENA_MAX, 2);
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, kStackBytes);
    ::pthread_setattr_default_np(&attributes);
    ::pthread_attr_destroy(&attributes);
    rlimit lockable{};
    ::getrlimit(RLIMIT_MEMLOCK, &lockable);
    const bool ample = lockable.rlim_cur == RLIM_INFINITY || ::geteuid() == 0;
    static_cast<void>(::mlockall(ample ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT));
}

/// No way to a network, another program or another process's memory.
void give_up_powers() {
    static_cast<void>(
        ::unshare(CLONE_NEWNET));  // allowed to root only; the filter below is for everybody
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const std::unique_ptr<void, decltype(&::seccomp_release)> filter(::seccomp_init(SCMP_ACT_ALLOW),
                                                                     &::seccomp_release);
    bool held = filter != nullptr;
    for (const int call : {SCMP_SYS(socket),
                           SCMP_SYS(connect),
                           SCMP_SYS(bind),
                           SCMP_SYS(listen),
                           SCMP_SYS(io_uring_setup),  // makes sockets without the calls above
                           SCMP_SYS(pidfd_getfd),
                           SCMP_SYS(execve),
                           SCMP_SYS(execveat),
                           SCMP_SYS(ptrace),
                           SCMP_SYS(process_vm_readv),
                           SCMP_SYS(process_vm_writev),
                           SCMP_SYS(fork),
                           SCMP_SYS(vfork)}) {
        held = held && ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
    }
    if (!held || ::seccomp_load(filter.get()) != 0) {
        throw Error(ErrorCode::Internal, "the sealer cannot give up the network (seccomp)");
    }
}

// ---- answering

Keys open_keys(const std::string& folder, const std::string& passphrase_file) {
    const keys::KeyStore store(folder, keys::read_passphrase(passphrase_file));
    Keys opened;
    for (const std::string& id : store.ids()) {
        opened.emplace(id, store.open(id));
    }
    return opened;
}

keys::SoftwareKey& find_key(const Keys& keys, const json& request) {
    const auto found = keys.find(request.at("key").get<std::string>());
    if (found == keys.end()) {
        throw Error(ErrorCode::NotFound, "the sealer has no such key");
    }
    return *found->second;
}

json describe(const Keys& keys) {
    auto list = json::array();
    for (const auto& [id, key] : keys) {
        auto chain = json::array();
        for (const Bytes& certificate : key->chain()) {
            chain.push_back(to_base64url(certificate));
        }
        list.push_back({{"id", id}, {"algorithm", to_text(key->algorithm())}, {"chain", chain}});
    }
    return {{"keys", list}};
}

json count(const Keys& keys) {
    auto counts = json::object();
    for (const auto& [id, key] : keys) {
        auto& of_key = counts[id] = json::object();
        for (const auto& [purpose, operations] : key->operations()) {
            of_key[to_text(purpose)] = operations;
        }
    }
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto microseconds = [](const timeval& time) {
        return time.tv_sec * 1'000'000 + time.tv_usec;
    };
    return {{"counts", counts},
            {"cpu_us", microseconds(used.ru_utime) + microseconds(used.ru_stime)}};
}

Message sign(const Keys& keys, const Message& request) {
    const Bytes digest = from_base64url(request.head.at("digest").get<std::string>());
    keys::SignOrder order;
    order.purpose = keys::key_purpose_from_text(request.head.at("purpose"));
    order.subject = request.head.at("subject").get<std::string>();
    order.digest = digest;
    order.message = request.body;
    return {json::object(), find_key(keys, request.head).sign(order)};
}

json measure(const Keys& keys, const json& request) {
    const std::chrono::milliseconds span(request.at("milliseconds").get<int>());
    return {{"per_second", keys::raw_signing_rate(find_key(keys, request), span)}};
}

Message answer(const Keys& keys, const Message& request) {
    const std::string verb = request.head.value("verb", "");
    if (verb == "sign") {
        return sign(keys, request);
    }
    if (verb == "keys") {
        return {describe(keys), {}};
    }
    if (verb == "counts") {
        return {count(keys), {}};
    }
    if (verb == "measure") {
        return {measure(keys, request.head), {}};
    }
    throw Error(ErrorCode::NotFound, "the sealer does not know this verb");
}

void converse(Channel channel, const Keys& keys) {
    try {
        while (const auto request = channel.receive()) {
            Message reply;
            try {
                reply = answer(keys, *request);
            } catch (const json::exception&) {
                reply.head = server::error_to_json(
                    Error(ErrorCode::Malformed, "a request that is not as agreed"));
            } catch (const std::exception& error) {
                reply.head = server::error_to_json(error);
            }
            channel.send(reply, std::chrono::seconds(5));
        }
    } catch (const Error&) {  // the other side is gone or talks nonsense: this connection is over
    }
}

int serve(const std::string& folder, const std::string& passphrase_file) {
    Channel door(kDoor);
    Keys keys;
    try {
        keys = open_keys(folder, passphrase_file);
        give_up_powers();
    } catch (const std::exception& error) {
        door.send({server::error_to_json(error), {}});
        return 1;
    }
    door.send({describe(keys), {}});
    std::atomic<int> connections{0};
    while (auto channel = door.take()) {
        if (!channel->peer_is_same_user() || connections >= kConnectionsMax) {
            continue;
        }
        ++connections;
        std::thread([&keys, &connections, taken = std::move(*channel)]() mutable {
            converse(std::move(taken), keys);
            --connections;
        }).detach();
    }
    std::_Exit(0);  // threads may still be in a signature nobody waits for
}

// ---- making keys

struct Order {
    std::filesystem::path dir;
    keys::KeyAlgorithm algorithm;
    std::string organ, seal_key, token_key;
    std::string ses_key;   // "": none
    std::string pki_url;   // of a demo
    std::size_t families;  // of a demo: the first so many
};

json make_demo(const Order& order, const keys::Secret& passphrase) {
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
    auto records = json::array();
    for (const keys::StoredSealRecord& record : pki.make_seal_records(may_seal, now)) {
        records.push_back({{"body", to_base64url(record.body)},
                           {"signature", to_base64url(record.signature)},
                           {"maker_certificate", to_base64url(record.maker_certificate)}});
    }
    return {{"seal_records", records}};
}

json make_keys(const Order& order, keys::Secret passphrase) {
    keys::KeyStore store(order.dir / "keys", std::move(passphrase));
    auto requests = json::array();
    std::vector<std::pair<std::string, keys::KeyAlgorithm>> wanted{
        {order.seal_key, order.algorithm}, {order.token_key, keys::KeyAlgorithm::EcdsaP256}};
    if (!order.ses_key.empty()) {
        wanted.emplace_back(order.ses_key, keys::KeyAlgorithm::Sm2);
    }
    for (const auto& [id, algorithm] : wanted) {
        store.generate(id, algorithm);
        keys::SubjectName subject;
        subject.organization = order.organ;
        subject.common_name = order.organ + (id == order.token_key ? " QR" : "");
        const std::string request = keys::certificate_request(*store.open(id), subject);
        const auto file = order.dir / "keys" / (id + ".csr");
        write_file_durably(file, as_bytes(request), FileMode::Public, IfPresent::Refuse);
        requests.push_back(file.filename().string());
    }
    return {{"requests", requests}};
}

/// The one key of DIR/pki that is a seal maker's.
std::unique_ptr<keys::SoftwareKey> open_maker(const keys::KeyStore& store) {
    for (const std::string& id : store.ids()) {
        if (id.ends_with("seal-maker")) {
            return store.open(id);
        }
    }
    throw Error(ErrorCode::NotFound,
                "there is no key of a seal maker (…seal-maker.p8) in pki/: an instance that is no "
                "demo has its seals made elsewhere");
}

json make_record(const json& order) {
    const keys::KeyStore store(
        order.at("pki").get<std::string>(),
        keys::read_passphrase(order.at("passphrase_file").get<std::string>()));
    const auto maker = open_maker(store);
    const Bytes body = from_base64url(order.at("body").get<std::string>());
    const Bytes digest = keys::sha256(body);
    const Bytes signature =
        maker->sign({keys::KeyPurpose::SealRecord, order.at("id"), digest, body});
    return {{"signature", to_base64url(signature)},
            {"certificate", to_base64url(maker->chain().front())}};
}

/// The seals of a demo, by id: {"seal_infos": {id: SES_SealInfo}} gives {"maker", "signatures"}.
json sign_seals(const json& head, const keys::Secret& passphrase) {
    const std::filesystem::path dir = head.at("dir").get<std::string>();
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

json make(const json& head) {
    const std::filesystem::path dir = head.at("dir").get<std::string>();
    const auto passphrase_file = dir / "keys" / "passphrase";
    if (head.contains("seal_infos")) {
        return sign_seals(head, keys::read_passphrase(passphrase_file));
    }
    const Order order{.dir = dir,
                      .algorithm = keys::key_algorithm_from_text(head.at("algorithm")),
                      .organ = head.at("organ"),
                      .seal_key = head.at("seal_key"),
                      .token_key = head.at("token_key"),
                      .ses_key = head.value("ses_key", ""),
                      .pki_url = head.value("pki_url", ""),
                      .families = head.value("families", keys::demo_families().size())};
    if (!std::filesystem::exists(passphrase_file)) {
        keys::OpenSslRandom random;
        keys::create_passphrase(passphrase_file, random);
    }
    keys::Secret passphrase = keys::read_passphrase(passphrase_file);
    return head.at("demo").get<bool>() ? make_demo(order, passphrase)
                                       : make_keys(order, std::move(passphrase));
}

/// One order at the door, one answer.
int answer_one(json (*work)(const json&)) {
    Channel door(kDoor);
    const auto request = door.receive();
    if (!request) {
        return 2;
    }
    Message reply;
    try {
        reply.head = work(request->head);
    } catch (const std::exception& error) {
        reply.head = server::error_to_json(error);
    }
    door.send(reply);
    return reply.head.contains("error") ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const bool serves = arguments.size() == 3 && arguments[0] == "serve";
    const bool makes = arguments.size() == 1 && arguments[0] == "make";
    const bool maker = arguments.size() == 1 && arguments[0] == "maker";
    if ((!serves && !makes && !maker) || ::fcntl(kDoor, F_GETFD) < 0) {
        std::fputs("yinxin-sealer is started by yinxin\n", stderr);
        return 2;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
        keep_memory_private();
        if (maker) {
            return answer_one(make_record);
        }
        return serves ? serve(arguments[1], arguments[2]) : answer_one(make);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "yinxin-sealer: %s\n", error.what());
        return 1;
    }
}
