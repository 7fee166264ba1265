// SPDX-License-Identifier: Apache-2.0
// The command `openssl` as a second opinion, in a folder of its own.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "common/bytes.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::tests {

class OpensslCommand {
  public:
    struct Result {
        int status = -1;
        std::string output;  ///< of both streams
    };
    /// For naming in arguments.
    std::string file(const std::string& name, ByteView content) const {
        const auto path = folder_.path() / name;
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(content.data()),
                   static_cast<std::streamsize>(content.size()));
        return path.string();
    }
    Result run(const std::string& arguments) const {
        const std::string line = "openssl " + arguments + " 2>&1";
        Result result;
        FILE* const pipe = ::popen(line.c_str(), "r");
        if (pipe == nullptr) {
            return result;
        }
        std::array<char, 4096> buffer{};
        for (std::size_t size = 0;
             (size = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
            result.output.append(buffer.data(), size);
        }
        const int status = ::pclose(pipe);
        result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        return result;
    }
    /// Whether the signature is SM2 with SM3 of the message, under the identifier of the Chinese
    /// profiles.
    bool verifies_sm2(ByteView spki, ByteView message, ByteView signature) const {
        return run("dgst -sm3 -sigopt distid:1234567812345678 -keyform DER -verify " +
                   file("key", spki) + " -signature " + file("signature", signature) + " " +
                   file("message", message))
                   .output == "Verified OK\n";
    }

  private:
    TemporaryFolder folder_;
};

}  // namespace yinxin::tests
