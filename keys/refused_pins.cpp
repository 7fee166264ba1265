// SPDX-License-Identifier: Apache-2.0
#include "keys/refused_pins.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/error.h"
#include "common/files.h"
#include "keys/crypto/digest.h"

namespace yinxin::keys {
namespace {

[[noreturn]] void fail(const char* doing) {
    throw Error(ErrorCode::Unavailable,
                std::string("keys/refused-pins: ") + doing + ": " + std::strerror(errno));
}

/// Other processes stay out as long as it lives.
class Turn {
  public:
    explicit Turn(int fd) : fd_(fd) {
        while (::flock(fd_, LOCK_EX) != 0) {
            if (errno != EINTR) {
                fail("cannot lock");
            }
        }
    }
    ~Turn() { ::flock(fd_, LOCK_UN); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    int fd_;
};

void write_at(int fd, const std::string& text, std::size_t offset) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t count =
            ::pwrite(fd, text.data() + done, text.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno != EINTR) {
            fail("cannot write");
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    if (::fdatasync(fd) != 0) {
        fail("cannot make it durable");
    }
}

}  // namespace

RefusedPins::RefusedPins(const std::filesystem::path& file, ByteView secret)
    : fd_(-1),
      token_key_(hmac_sha256(secret, as_bytes("yinxin refused PINs: token"))),
      pin_key_(hmac_sha256(secret, as_bytes("yinxin refused PINs: PIN"))) {
    if (!std::filesystem::exists(file)) {
        try {
            write_file_durably(file, {}, FileMode::Private, IfPresent::Refuse);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Conflict) {  // another process has just made it
                throw;
            }
        }
    }
    fd_ = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (fd_ < 0) {
        fail("cannot open");
    }
}

RefusedPins::~RefusedPins() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

RefusedPins::RefusedPins(RefusedPins&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      token_key_(std::move(other.token_key_)),
      pin_key_(std::move(other.pin_key_)) {}

std::string RefusedPins::token_of(const Pkcs11Uri& uri) const {
    return to_hex(hmac_sha256(token_key_.view(), as_bytes(uri.token_name()))) + " ";
}

std::string RefusedPins::line_of(const Pkcs11Uri& uri, const Secret& pin) const {
    Bytes text = to_bytes(as_bytes(uri.token_name()));
    text.reserve(text.size() + pin.view().size());  // no copy of the PIN is left behind
    text.insert(text.end(), pin.view().begin(), pin.view().end());
    const Secret offered(std::move(text));
    return token_of(uri) + to_hex(hmac_sha256(pin_key_.view(), offered.view())) + "\n";
}

std::string RefusedPins::content() const {
    std::string text;
    char block[4096];
    for (;;) {
        const ssize_t count = ::pread(fd_, block, sizeof block, static_cast<off_t>(text.size()));
        if (count == 0) {
            return text;
        }
        if (count > 0) {
            text.append(block, static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            fail("cannot read");
        }
    }
}

bool RefusedPins::contains(const Pkcs11Uri& uri, const Secret& pin) const {
    const Turn turn(fd_);
    return content().find(line_of(uri, pin)) != std::string::npos;
}

void RefusedPins::add(const Pkcs11Uri& uri, const Secret& pin) {
    const Turn turn(fd_);
    const std::string before = content();
    const std::string line = line_of(uri, pin);
    if (before.find(line) == std::string::npos) {
        const bool torn = !before.empty() && before.back() != '\n';  // by a crash
        write_at(fd_, (torn ? "\n" : "") + line, before.size());
    }
}

void RefusedPins::forget(const Pkcs11Uri& uri) {
    const Turn turn(fd_);
    const std::string before = content();
    const std::string token = token_of(uri);
    std::string kept;
    for (std::size_t at = 0; at < before.size();) {
        const std::size_t end = std::min(before.find('\n', at), before.size() - 1) + 1;
        if (before.compare(at, token.size(), token) != 0) {
            kept.append(before, at, end - at);
        }
        at = end;
    }
    // A crash between the two leaves lines twice or one too many: a PIN more that is not offered.
    write_at(fd_, kept, 0);
    if (::ftruncate(fd_, static_cast<off_t>(kept.size())) != 0 || ::fdatasync(fd_) != 0) {
        fail("cannot write");
    }
}

}  // namespace yinxin::keys
