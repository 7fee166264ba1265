// SPDX-License-Identifier: Apache-2.0
#include "tests/server/storage/memory_disk.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace yinxin::server {
namespace {

constexpr std::size_t sector_bytes = 512;

void apply(Bytes& content, std::size_t offset, ByteView data) {
    if (content.size() < offset + data.size()) {
        content.resize(offset + data.size());
    }
    std::copy(data.begin(), data.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// One open file of SQLite's. Lives in memory SQLite gives.
struct Handle {
    sqlite3_file base{};
    MemoryDisk* disk = nullptr;
    std::string path;
    std::shared_ptr<MemoryDisk::File> file;
    int lock = SQLITE_LOCK_NONE;
    unsigned shm_shared = 0, shm_exclusive = 0;
    bool delete_on_close = false;
};

Handle& handle_of(sqlite3_file* file) {
    return *reinterpret_cast<Handle*>(file);
}

void unlock_to(Handle& h, int level) {
    MemoryDisk::File& f = *h.file;
    if (h.lock > SQLITE_LOCK_SHARED && level <= SQLITE_LOCK_SHARED) {
        f.reserved = f.reserved == &h ? nullptr : f.reserved;
        f.pending = f.pending == &h ? nullptr : f.pending;
        f.exclusive = f.exclusive == &h ? nullptr : f.exclusive;
    }
    if (h.lock >= SQLITE_LOCK_SHARED && level == SQLITE_LOCK_NONE) {
        --f.shared_locks;
    }
    h.lock = std::min(h.lock, level);
}

void shm_release(Handle& h, unsigned mask) {
    for (unsigned slot = 0; slot < SQLITE_SHM_NLOCK; ++slot) {
        if ((h.shm_shared & mask & (1u << slot)) != 0) {
            --h.file->shm_shared[slot];
        }
        if ((h.shm_exclusive & mask & (1u << slot)) != 0) {
            h.file->shm_exclusive[slot] = nullptr;
        }
    }
    h.shm_shared &= ~mask;
    h.shm_exclusive &= ~mask;
}

int x_close(sqlite3_file* file) {
    Handle& h = handle_of(file);
    {
        const std::lock_guard lock(h.disk->mutex);
        unlock_to(h, SQLITE_LOCK_NONE);
        shm_release(h, ~0u);
    }
    if (h.delete_on_close) {
        h.disk->remove(h.path);
    }
    h.~Handle();
    return SQLITE_OK;
}

int x_read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    const Bytes& content = h.file->content;
    const auto from = std::min(static_cast<std::size_t>(offset), content.size());
    const auto got = std::min(static_cast<std::size_t>(count), content.size() - from);
    std::memcpy(out, content.data() + from, got);
    std::memset(static_cast<char*>(out) + got, 0, static_cast<std::size_t>(count) - got);
    return got == static_cast<std::size_t>(count) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int x_write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
    Handle& h = handle_of(file);
    if (const int failure = h.disk->fail_writes; failure != SQLITE_OK) {
        return failure;
    }
    const ByteView bytes(static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(count));
    const std::lock_guard lock(h.disk->mutex);
    apply(h.file->content, static_cast<std::size_t>(offset), bytes);
    h.disk->record({MemoryDisk::Operation::Kind::Write,
                    h.path,
                    static_cast<std::size_t>(offset),
                    to_bytes(bytes)});
    return SQLITE_OK;
}

int x_truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    h.file->content.resize(static_cast<std::size_t>(size));
    h.disk->record(
        {MemoryDisk::Operation::Kind::Truncate, h.path, static_cast<std::size_t>(size), {}});
    return SQLITE_OK;
}

int x_sync(sqlite3_file* file, int /*flags*/) {
    Handle& h = handle_of(file);
    if (const int failure = h.disk->fail_syncs; failure != SQLITE_OK) {
        return failure;
    }
    const std::lock_guard lock(h.disk->mutex);
    h.disk->record({MemoryDisk::Operation::Kind::Sync, h.path, 0, {}});
    return SQLITE_OK;
}

int x_file_size(sqlite3_file* file, sqlite3_int64* size) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    *size = static_cast<sqlite3_int64>(h.file->content.size());
    return SQLITE_OK;
}

int x_lock(sqlite3_file* file, int level) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    MemoryDisk::File& f = *h.file;
    if (h.lock >= level) {
        return SQLITE_OK;
    }
    const auto held_by_other = [&](const void* owner) { return owner != nullptr && owner != &h; };
    if (level == SQLITE_LOCK_SHARED) {
        if (f.pending != nullptr || f.exclusive != nullptr) {
            return SQLITE_BUSY;
        }
        ++f.shared_locks;
    } else if (level == SQLITE_LOCK_RESERVED) {
        if (held_by_other(f.reserved) || held_by_other(f.pending) || held_by_other(f.exclusive)) {
            return SQLITE_BUSY;
        }
        f.reserved = &h;
    } else {
        if (held_by_other(f.reserved) || held_by_other(f.pending) || held_by_other(f.exclusive)) {
            return SQLITE_BUSY;
        }
        f.pending = &h;
        h.lock = SQLITE_LOCK_PENDING;
        if (f.shared_locks > 1) {
            return SQLITE_BUSY;
        }
        f.exclusive = &h;
    }
    h.lock = level;
    return SQLITE_OK;
}

int x_unlock(sqlite3_file* file, int level) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    unlock_to(h, level);
    return SQLITE_OK;
}

int x_check_reserved_lock(sqlite3_file* file, int* reserved) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    *reserved = h.file->reserved != nullptr ? 1 : 0;
    return SQLITE_OK;
}

int x_file_control(sqlite3_file* /*file*/, int /*op*/, void* /*argument*/) {
    return SQLITE_NOTFOUND;
}
int x_sector_size(sqlite3_file* /*file*/) {
    return static_cast<int>(sector_bytes);
}
int x_device_characteristics(sqlite3_file* /*file*/) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int x_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    auto& regions = h.file->shared_memory;
    *out = nullptr;
    if (size != 32768) {
        return SQLITE_IOERR_SHMMAP;
    }
    while (regions.size() <= static_cast<std::size_t>(region)) {
        if (extend == 0) {
            return SQLITE_OK;
        }
        if (!h.disk->has_room()) {
            return SQLITE_IOERR_SHMSIZE;
        }
        regions.push_back(std::make_unique<std::array<std::uint8_t, 32768>>());
    }
    *out = regions[static_cast<std::size_t>(region)]->data();
    return SQLITE_OK;
}

int x_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    const auto mask = ((1u << (offset + count)) - (1u << offset));
    MemoryDisk::File& f = *h.file;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        shm_release(h, mask);
        return SQLITE_OK;
    }
    for (auto slot = static_cast<std::size_t>(offset);
         slot < static_cast<std::size_t>(offset + count);
         ++slot) {
        const bool ours = (h.shm_shared & (1u << slot)) != 0;
        const bool taken = f.shm_exclusive[slot] != nullptr && f.shm_exclusive[slot] != &h;
        if (taken || ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && f.shm_shared[slot] > (ours ? 1 : 0))) {
            return SQLITE_BUSY;
        }
    }
    for (auto slot = static_cast<std::size_t>(offset);
         slot < static_cast<std::size_t>(offset + count);
         ++slot) {
        if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
            f.shm_exclusive[slot] = &h;
            h.shm_exclusive |= 1u << slot;
        } else if ((h.shm_shared & (1u << slot)) == 0) {
            ++f.shm_shared[slot];
            h.shm_shared |= 1u << slot;
        }
    }
    return SQLITE_OK;
}

void x_shm_barrier(sqlite3_file* /*file*/) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

int x_shm_unmap(sqlite3_file* file, int remove) {
    Handle& h = handle_of(file);
    const std::lock_guard lock(h.disk->mutex);
    shm_release(h, ~0u);
    if (remove != 0) {
        h.file->shared_memory.clear();
    }
    return SQLITE_OK;
}

const sqlite3_io_methods& io_methods() {
    static const sqlite3_io_methods methods{2,
                                            x_close,
                                            x_read,
                                            x_write,
                                            x_truncate,
                                            x_sync,
                                            x_file_size,
                                            x_lock,
                                            x_unlock,
                                            x_check_reserved_lock,
                                            x_file_control,
                                            x_sector_size,
                                            x_device_characteristics,
                                            x_shm_map,
                                            x_shm_lock,
                                            x_shm_barrier,
                                            x_shm_unmap,
                                            nullptr,
                                            nullptr};
    return methods;
}

MemoryDisk& disk_of(sqlite3_vfs* vfs) {
    return *static_cast<MemoryDisk*>(vfs->pAppData);
}

int x_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* out_flags) {
    MemoryDisk& disk = disk_of(vfs);
    out->pMethods = nullptr;
    const std::string name = path == nullptr ? "temporary" : path;
    auto file = disk.open(name, (flags & SQLITE_OPEN_CREATE) != 0);
    if (!file) {
        return SQLITE_CANTOPEN;
    }
    auto* handle = new (out) Handle;
    handle->disk = &disk;
    handle->path = name;
    handle->file = std::move(file);
    handle->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle->base.pMethods = &io_methods();
    if (out_flags != nullptr) {
        *out_flags = flags;
    }
    return SQLITE_OK;
}

int x_delete(sqlite3_vfs* vfs, const char* path, int /*sync_directory*/) {
    disk_of(vfs).remove(path);
    return SQLITE_OK;
}

int x_access(sqlite3_vfs* vfs, const char* path, int /*flags*/, int* out) {
    *out = disk_of(vfs).exists(path) ? 1 : 0;
    return SQLITE_OK;
}

int x_full_pathname(sqlite3_vfs* /*vfs*/, const char* path, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", path);
    return SQLITE_OK;
}

int x_randomness(sqlite3_vfs* /*vfs*/, int count, char* out) {
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    return real->xRandomness(real, count, out);
}

int x_sleep(sqlite3_vfs* /*vfs*/, int microseconds) {
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    return real->xSleep(real, microseconds);
}

int x_current_time(sqlite3_vfs* /*vfs*/, double* out) {
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    return real->xCurrentTime(real, out);
}

int x_last_error(sqlite3_vfs* /*vfs*/, int /*count*/, char* /*out*/) {
    return 0;
}

}  // namespace

MemoryDisk::MemoryDisk(std::string name, const Image& image)
    : name_(std::move(name)), vfs_(std::make_unique<sqlite3_vfs>()) {
    for (const auto& [path, content] : image) {
        files_[path] = std::make_shared<File>();
        files_[path]->content = content;
    }
    *vfs_ = {};
    vfs_->iVersion = 1;
    vfs_->szOsFile = static_cast<int>(sizeof(Handle));
    vfs_->mxPathname = 512;
    vfs_->zName = name_.c_str();
    vfs_->pAppData = this;
    vfs_->xOpen = x_open;
    vfs_->xDelete = x_delete;
    vfs_->xAccess = x_access;
    vfs_->xFullPathname = x_full_pathname;
    vfs_->xRandomness = x_randomness;
    vfs_->xSleep = x_sleep;
    vfs_->xCurrentTime = x_current_time;
    vfs_->xGetLastError = x_last_error;
    sqlite3_vfs_register(vfs_.get(), 0);
}

MemoryDisk::~MemoryDisk() {
    sqlite3_vfs_unregister(vfs_.get());
}

std::size_t MemoryDisk::position() const {
    const std::lock_guard lock(mutex);
    return operations_.size();
}

std::vector<MemoryDisk::Operation> MemoryDisk::operations() const {
    const std::lock_guard lock(mutex);
    return operations_;
}

std::shared_ptr<MemoryDisk::File> MemoryDisk::open(const std::string& path, bool create) {
    const std::lock_guard lock(mutex);
    const auto at = files_.find(path);
    if (at != files_.end()) {
        return at->second;
    }
    return create ? files_[path] = std::make_shared<File>() : nullptr;
}

bool MemoryDisk::exists(const std::string& path) const {
    const std::lock_guard lock(mutex);
    return files_.contains(path);
}

void MemoryDisk::remove(const std::string& path) {
    const std::lock_guard lock(mutex);
    files_.erase(path);
    operations_.push_back({Operation::Kind::Delete, path, 0, {}});
}

void MemoryDisk::record(Operation operation) {
    operations_.push_back(std::move(operation));
}

namespace {

struct Written {
    Bytes durable;
    bool there = false;  ///< its name is on the disk
    std::vector<const MemoryDisk::Operation*> pending;
};

void apply(Bytes& content, const MemoryDisk::Operation& operation) {
    if (operation.kind == MemoryDisk::Operation::Kind::Truncate) {
        content.resize(operation.offset);
    } else {
        apply(content, operation.offset, operation.data);
    }
}

/// Each sector of it by chance.
void tear(Bytes& content, const MemoryDisk::Operation& operation, std::mt19937& dice) {
    for (std::size_t at = 0; at < operation.data.size();) {
        const std::size_t in_sector = sector_bytes - (operation.offset + at) % sector_bytes;
        const std::size_t size = std::min(in_sector, operation.data.size() - at);
        if (dice() % 2 == 0) {
            apply(content, operation.offset + at, ByteView(operation.data).subspan(at, size));
        }
        at += size;
    }
}

}  // namespace

MemoryDisk::Image MemoryDisk::after_power_loss(const std::vector<Operation>& operations,
                                               std::size_t count,
                                               Loss loss,
                                               std::uint32_t seed) {
    std::map<std::string, Written> files;
    for (std::size_t i = 0; i < count; ++i) {
        const Operation& operation = operations[i];
        if (operation.kind == Operation::Kind::Delete) {
            files.erase(operation.file);
            continue;
        }
        Written& file = files[operation.file];
        if (operation.kind != Operation::Kind::Sync) {
            file.pending.push_back(&operation);
            continue;
        }
        for (const Operation* pending : file.pending) {
            apply(file.durable, *pending);
        }
        file.pending.clear();
        file.there = true;
    }
    std::mt19937 dice(seed);
    Image image;
    for (auto& [path, file] : files) {
        for (const Operation* pending : file.pending) {
            const bool keep = loss != Loss::All && dice() % 2 == 0;
            if (loss == Loss::Torn && pending->kind == Operation::Kind::Write) {
                tear(file.durable, *pending, dice);
                file.there = true;
            } else if (keep) {
                apply(file.durable, *pending);
                file.there = true;
            }
        }
        if (file.there) {
            image[path] = std::move(file.durable);
        }
    }
    return image;
}

}  // namespace yinxin::server
