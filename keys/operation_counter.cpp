// SPDX-License-Identifier: Apache-2.0
#include "keys/operation_counter.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "common/error.h"
#include "keys/crypto/random.h"

namespace yinxin::keys {
namespace {

constexpr std::string_view kMagic = "YXOPS-1\n";
constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kBootBytes = 36;
constexpr std::size_t kKeys = 128;
constexpr std::size_t kPurposes = 16;

struct Slot {
    char key_id[64];  ///< padded with zeros; all zero: free
    std::atomic<std::uint64_t> operations[kPurposes];
};
/// The file. Plain bytes and lock-free counters, so two processes may map it.
struct File {
    char magic[8];
    char id[kIdBytes];
    char boot[kBootBytes];               ///< of the machine while it was last open
    std::atomic<std::uint32_t> at_work;  ///< how many have it open; not 0 after a crash
    Slot slots[kKeys];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

std::string text_of(const char* bytes, std::size_t size) {
    return {bytes, ::strnlen(bytes, size)};
}

std::string this_boot() {
    std::ifstream stream("/proc/sys/kernel/random/boot_id");
    std::string id;
    stream >> id;
    id.resize(kBootBytes, '-');
    return id;
}

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw Error(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Unavailable,
                file.string() + ": " + std::strerror(errno));
}

class Descriptor {
  public:
    Descriptor(const std::filesystem::path& file, int flags)
        : fd_(::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {
        if (fd_ < 0) {
            fail(file);
        }
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    bool whole() const {
        struct stat info {};
        return ::fstat(fd_, &info) == 0 && info.st_size == static_cast<off_t>(sizeof(File));
    }

  private:
    int fd_;
};

struct Unmap {
    void operator()(File* file) const noexcept { ::munmap(file, sizeof(File)); }
};
using Mapping = std::unique_ptr<File, Unmap>;

Mapping map(const Descriptor& fd, int protection, const std::filesystem::path& file) {
    void* at = ::mmap(nullptr, sizeof(File), protection, MAP_SHARED, fd.get(), 0);
    if (at == MAP_FAILED) {
        fail(file);
    }
    return Mapping(static_cast<File*>(at));
}

bool is_counter(const File& file) {
    return std::string_view(file.magic, sizeof file.magic) == kMagic;
}

void begin(File& file) {
    std::memset(static_cast<void*>(&file), 0, sizeof file);
    const std::string id = to_hex(OpenSslRandom().bytes(kIdBytes / 2));
    std::memcpy(file.id, id.data(), kIdBytes);
    std::memcpy(file.magic, kMagic.data(), sizeof file.magic);
}

}  // namespace

struct OperationCounter::Impl {
    Mapping file;
    std::string id;
    std::map<std::string, Slot*, std::less<>> slots;
    bool closed = false;
};

OperationCounter::OperationCounter(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>()) {
    const Descriptor fd(path, O_RDWR | O_CREAT);
    ::flock(fd.get(), LOCK_EX);  // two that begin at once begin one counter
    const bool there = fd.whole();
    if (!there && ::ftruncate(fd.get(), sizeof(File)) != 0) {
        fail(path);
    }
    impl_->file = map(fd, PROT_READ | PROT_WRITE, path);
    File& file = *impl_->file;
    const std::string boot = this_boot();
    const bool cut_off =
        std::string_view(file.boot, kBootBytes) != boot && file.at_work.load() != 0;
    if (!there || !is_counter(file) || cut_off) {
        begin(file);
    }
    std::memcpy(file.boot, boot.data(), kBootBytes);
    ++file.at_work;
    ::msync(&file, sizeof file, MS_SYNC);
    impl_->id.assign(file.id, kIdBytes);
    ::flock(fd.get(), LOCK_UN);  // else the mapping keeps it
}

OperationCounter::~OperationCounter() {
    close();
}

void OperationCounter::close() noexcept {
    if (!std::exchange(impl_->closed, true)) {
        ::msync(impl_->file.get(), sizeof(File), MS_SYNC);
        --impl_->file->at_work;
        ::msync(impl_->file.get(), sizeof(File), MS_SYNC);
    }
}

std::string OperationCounter::prepare(const std::filesystem::path& file) {
    const OperationCounter counter(file);
    counter.impl_->file->at_work = 1;  // those that were killed did not say that they left
    return counter.id();
}

const std::string& OperationCounter::id() const {
    return impl_->id;
}

void OperationCounter::add_key(const std::string& key_id) {
    for (Slot& slot : impl_->file->slots) {
        const std::string taken = text_of(slot.key_id, sizeof slot.key_id);
        if (taken.empty()) {
            std::memcpy(slot.key_id, key_id.data(), std::min(key_id.size(), sizeof slot.key_id));
        }
        if (taken.empty() || taken == key_id) {
            impl_->slots.emplace(key_id, &slot);
            return;
        }
    }
    throw Error(ErrorCode::TooLarge, "operations of more than " + std::to_string(kKeys) + " keys");
}

void OperationCounter::count(const std::string& key_id, KeyPurpose purpose) noexcept {
    if (const auto slot = impl_->slots.find(key_id); slot != impl_->slots.end()) {
        ++slot->second->operations[static_cast<std::size_t>(purpose)];
    }
}

StoredOperations read_operations(const std::filesystem::path& path) {
    const Descriptor fd(path, O_RDONLY);
    const Mapping mapped = fd.whole() ? map(fd, PROT_READ, path) : nullptr;
    if (mapped == nullptr || !is_counter(*mapped)) {
        throw Error(ErrorCode::Malformed, path.string() + " is no counter of operations");
    }
    StoredOperations found{.counter_id = std::string(mapped->id, kIdBytes), .counts = {}};
    for (const Slot& slot : mapped->slots) {
        const std::string key_id = text_of(slot.key_id, sizeof slot.key_id);
        for (std::size_t i = 0; i < kPurposes && !key_id.empty(); ++i) {
            if (const std::uint64_t operations = slot.operations[i].load(); operations > 0) {
                found.counts[key_id][static_cast<KeyPurpose>(i)] = operations;
            }
        }
    }
    return found;
}

}  // namespace yinxin::keys
