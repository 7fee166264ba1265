// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/revocation_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/files.h"
#include "common/time_text.h"

namespace yinxin::keys {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kBytesMax = 16u << 20;

/// The journal, open for one writer.
class Journal {
  public:
    explicit Journal(const fs::path& path)
        : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        require(fd_ >= 0 && ::flock(fd_, LOCK_EX) == 0);
    }
    ~Journal() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Behind its first `size` bytes, whatever followed them.
    void append(std::string_view line, std::size_t size) const {
        const auto at = static_cast<off_t>(size);
        require(::ftruncate(fd_, at) == 0 &&
                ::pwrite(fd_, line.data(), line.size(), at) == static_cast<ssize_t>(line.size()) &&
                ::fsync(fd_) == 0);
        make_durable(path_.parent_path());
    }

  private:
    void require(bool done) const {
        if (!done) {
            throw Error(errno == ENOSPC ? ErrorCode::StorageFull : ErrorCode::Unavailable,
                        path_.string() + ": " + std::strerror(errno));
        }
    }
    const fs::path path_;
    const int fd_;
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
    try {
        const Bytes text = read_public_file(file, kBytesMax);
        return from_text(as_text(text), file);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::NotFound) {
            return {};
        }
        throw;
    }
}

void record_revocation(const fs::path& file, const Revocation& revocation) {
    if (std::find(revocation_reasons.begin(), revocation_reasons.end(), revocation.reason) ==
        revocation_reasons.end()) {
        throw Error(ErrorCode::Invalid, "\"" + revocation.reason + "\" is no reason of RFC 5280");
    }
    const Journal journal(file);
    const Bytes text = read_public_file(file, kBytesMax);
    for (const Revocation& before : from_text(as_text(text), file)) {
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
    journal.append(line, as_text(text).rfind('\n') + 1);  // npos + 1 is 0
}

}  // namespace yinxin::keys
