// SPDX-License-Identifier: Apache-2.0
#include "keys/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "common/error.h"

namespace yinxin::keys {
namespace {

class File {
  public:
    explicit File(int fd) : fd_(fd) {}
    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return fd_; }

  private:
    int fd_;
};

[[noreturn]] void fail(const std::filesystem::path& path, const char* doing) {
    const int reason = errno;
    ErrorCode code = ErrorCode::Internal;
    if (reason == ENOENT) {
        code = ErrorCode::NotFound;
    } else if (reason == ENOSPC || reason == EDQUOT) {
        code = ErrorCode::StorageFull;
    } else if (reason == EEXIST) {
        code = ErrorCode::Conflict;
    } else if (reason == EACCES || reason == EPERM) {
        code = ErrorCode::Forbidden;
    }
    throw Error(code,
                path.string() + ": " + doing + ": " + std::generic_category().message(reason));
}

Bytes read_all(const File& file, const std::filesystem::path& path, std::size_t size) {
    Bytes content(size);
    std::size_t done = 0;
    while (done < size) {
        const ssize_t count = ::read(file.fd(), content.data() + done, size - done);
        if (count < 0 && errno != EINTR) {
            fail(path, "cannot read");
        }
        if (count == 0) {
            break;
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    content.resize(done);
    return content;
}

Bytes read_file(const std::filesystem::path& path, std::size_t bytes_max, bool only_owner) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0) {
        fail(path, "cannot open");
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Invalid, path.string() + ": not a regular file");
    }
    if (only_owner && (status.st_mode & 077) != 0) {
        throw Error(
            ErrorCode::Forbidden,
            path.string() + ": others may read or write it; run: chmod 600 " + path.string());
    }
    if (static_cast<std::uintmax_t>(status.st_size) > bytes_max) {
        throw Error(ErrorCode::TooLarge,
                    path.string() + ": larger than " + std::to_string(bytes_max) + " bytes");
    }
    return read_all(file, path, static_cast<std::size_t>(status.st_size));
}

/// Removed again unless it got its final name.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::filesystem::path& final_path, FileMode mode)
        : name_(final_path.string() + ".XXXXXX"), file_(::mkostemp(name_.data(), O_CLOEXEC)) {
        if (file_.fd() < 0 || ::fchmod(file_.fd(), static_cast<mode_t>(mode)) != 0) {
            fail(name_, "cannot create");
        }
    }
    ~TemporaryFile() {
        if (!moved_) {
            ::unlink(name_.c_str());
        }
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    void write(ByteView content) {
        std::size_t done = 0;
        while (done < content.size()) {
            const ssize_t count = ::write(file_.fd(), content.data() + done, content.size() - done);
            if (count < 0 && errno != EINTR) {
                fail(name_, "cannot write");
            }
            done += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
        if (::fsync(file_.fd()) != 0) {
            fail(name_, "cannot make it durable");
        }
    }
    void move_to(const std::filesystem::path& path, IfPresent if_present) {
        if (if_present == IfPresent::Replace) {
            moved_ = ::rename(name_.c_str(), path.c_str()) == 0;
        } else if (::link(name_.c_str(), path.c_str()) == 0) {
            moved_ = ::unlink(name_.c_str()) == 0;
        }
        if (!moved_) {
            fail(path, "cannot create");
        }
    }

  private:
    std::string name_;
    File file_;
    bool moved_ = false;
};

}  // namespace

Bytes read_private_file(const std::filesystem::path& path, std::size_t bytes_max) {
    return read_file(path, bytes_max, true);
}

Bytes read_public_file(const std::filesystem::path& path, std::size_t bytes_max) {
    return read_file(path, bytes_max, false);
}

void write_file_durably(const std::filesystem::path& path,
                        ByteView content,
                        FileMode mode,
                        IfPresent if_present) {
    TemporaryFile temporary(path, mode);
    temporary.write(content);
    temporary.move_to(path, if_present);
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const File directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.fd() < 0 || ::fsync(directory.fd()) != 0) {
        fail(folder, "cannot make it durable");
    }
}

}  // namespace yinxin::keys
