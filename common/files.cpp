// SPDX-License-Identifier: Apache-2.0
#include "common/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "common/error.h"

namespace yinxin {
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
    ErrorCode code = ErrorCode::Unavailable;
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

/// Content on its way to `path`; gone again unless it got that name.
class Draft {
  public:
    explicit Draft(const std::filesystem::path& path)
        : path_(path),
          name_(path.string() + ".XXXXXX"),
          file_(::mkostemp(name_.data(), O_CLOEXEC)),
          named_(file_.fd() >= 0) {
        if (!named_) {
            fail(path_, "cannot create");
        }
    }
    ~Draft() {
        if (named_) {
            ::unlink(name_.c_str());
        }
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    void write(ByteView content, FileMode mode) {
        if (::fchmod(file_.fd(), static_cast<mode_t>(mode)) != 0) {
            fail(path_, "cannot set its mode");
        }
        std::size_t done = 0;
        while (done < content.size()) {
            const ssize_t count = ::write(file_.fd(), content.data() + done, content.size() - done);
            if (count < 0 && errno != EINTR) {
                fail(path_, "cannot write");
            }
            done += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
    }
    void make_durable() {
        if (::fsync(file_.fd()) != 0) {
            fail(path_, "cannot make it durable");
        }
    }
    void publish(IfPresent if_present) {
        const bool replaces = if_present == IfPresent::Replace;
        if ((replaces ? ::rename(name_.c_str(), path_.c_str())
                      : ::link(name_.c_str(), path_.c_str())) != 0) {
            fail(path_, "cannot create");
        }
        if (!replaces) {
            ::unlink(name_.c_str());
        }
        named_ = false;
    }

  private:
    const std::filesystem::path path_;
    std::string name_;
    File file_;
    bool named_;
};

}  // namespace

Bytes read_private_file(const std::filesystem::path& path, std::size_t bytes_max) {
    return read_file(path, bytes_max, true);
}

Bytes read_public_file(const std::filesystem::path& path, std::size_t bytes_max) {
    return read_file(path, bytes_max, false);
}

void write_file(const std::filesystem::path& path,
                ByteView content,
                FileMode mode,
                IfPresent if_present) {
    Draft draft(path);
    draft.write(content, mode);
    draft.publish(if_present);
}

void write_file_durably(const std::filesystem::path& path,
                        ByteView content,
                        FileMode mode,
                        IfPresent if_present) {
    Draft draft(path);
    draft.write(content, mode);
    draft.make_durable();
    draft.publish(if_present);
    make_durable(path.has_parent_path() ? path.parent_path() : ".");
}

void make_durable(const std::filesystem::path& path) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.fd() < 0 || ::fsync(file.fd()) != 0) {
        fail(path, "cannot make it durable");
    }
}

}  // namespace yinxin
