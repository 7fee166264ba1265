// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/revocation_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/time_text.h"

namespace yinxin::keys {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kBytesMax = 16u << 20;

[[noreturn]] void fail(const fs::path& file) {
    throw Error(errno == ENOSPC ? ErrorCode::StorageFull : ErrorCode::Unavailable,
                file.string() + ": " + std::strerror(errno));
}

class File {
  public:
    File(const fs::path& path, int flags)
        : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool is_open() const { return fd_ >= 0; }
    void lock(int how) const { require(::flock(fd_, how) == 0); }
    void sync() const { require(::fsync(fd_) == 0); }
    void cut(std::size_t size) const { require(::ftruncate(fd_, static_cast<off_t>(size)) == 0); }
    void append(std::string_view text, std::size_t at) const {
        require(::pwrite(fd_, text.data(), text.size(), static_cast<off_t>(at)) ==
                static_cast<ssize_t>(text.size()));
    }
    std::string read() const {
        struct stat info {};
        require(::fstat(fd_, &info) == 0);
        if (static_cast<std::size_t>(info.st_size) > kBytesMax) {
            throw Error(ErrorCode::TooLarge, path_.string() + " has grown beyond 16 MiB");
        }
        std::string text(static_cast<std::size_t>(info.st_size), '\0');
        const ssize_t got = ::pread(fd_, text.data(), text.size(), 0);
        require(got >= 0);
        text.resize(static_cast<std::size_t>(got));
        return text;
    }

  private:
    void require(bool done) const {
        if (!done) {
            fail(path_);
        }
    }
    const fs::path path_;
    int fd_;
};

Revocation from_line(std::string_view line) {
    const json object = json::parse(line);
    const auto text = [&object](const char* name) { return object.at(name).get<std::string>(); };
    Revocation revocation;
    revocation.key = text("key");
    revocation.issuer_name = from_base64url(text("issuer"));
    revocation.serial_number = from_hex(text("serial"));
    revocation.reason = text("reason");
    const auto at = parse_rfc3339(text("revoked_at"));
    if (!at) {
        throw Error(ErrorCode::Malformed, "revoked_at is no time");
    }
    revocation.revoked_at = *at;
    return revocation;
}

/// The whole lines of a journal.
std::vector<Revocation> from_text(std::string_view text, const fs::path& file) {
    std::vector<Revocation> found;
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        try {
            found.push_back(from_line(text.substr(0, end)));
        } catch (const std::exception& error) {
            throw Error(
                ErrorCode::Malformed,
                file.string() + ":" + std::to_string(found.size() + 1) + ": " + error.what());
        }
        text.remove_prefix(end + 1);
    }
    return found;
}

}  // namespace

std::vector<Revocation> read_revocations(const fs::path& file) {
    const File journal(file, O_RDONLY);
    if (!journal.is_open()) {
        if (errno == ENOENT) {
            return {};
        }
        fail(file);
    }
    return from_text(journal.read(), file);
}

void record_revocation(const fs::path& file, const Revocation& revocation) {
    if (std::find(revocation_reasons.begin(), revocation_reasons.end(), revocation.reason) ==
        revocation_reasons.end()) {
        throw Error(ErrorCode::Invalid, "\"" + revocation.reason + "\" is no reason of RFC 5280");
    }
    const File journal(file, O_RDWR | O_CREAT);
    if (!journal.is_open()) {
        fail(file);
    }
    journal.lock(LOCK_EX);
    const std::string text = journal.read();
    for (const Revocation& before : from_text(text, file)) {
        if (before.issuer_name == revocation.issuer_name &&
            before.serial_number == revocation.serial_number) {
            throw Error(ErrorCode::Conflict,
                        revocation.key + " is revoked already, from " +
                            to_rfc3339(before.revoked_at) + " (" + before.reason + ")");
        }
    }
    const std::string line = json{{"key", revocation.key},
                                  {"issuer", to_base64url(revocation.issuer_name)},
                                  {"serial", to_hex(revocation.serial_number)},
                                  {"revoked_at", to_rfc3339(revocation.revoked_at)},
                                  {"reason", revocation.reason}}
                                 .dump() +
                             "\n";
    const std::size_t whole = text.rfind('\n') + 1;  // npos + 1 is 0
    journal.cut(whole);
    journal.append(line, whole);
    journal.sync();
    const File folder(file.parent_path(), O_RDONLY | O_DIRECTORY);
    folder.sync();
}

}  // namespace yinxin::keys
