// SPDX-License-Identifier: Apache-2.0
#include "server/cli/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "common/files.h"
#include "common/limits.h"
#include "keys/crypto/random.h"
#include "keys/pki/certificate.h"
#include "server/ipc/channel.h"
#include "server/json_input.h"

namespace yinxin::server::cli {
namespace {

mode_t user_mask = 022;

void refuse_special(const std::filesystem::path& file) {
    std::error_code unknown;
    const auto found = std::filesystem::status(file, unknown);
    if (std::filesystem::is_directory(found)) {
        throw Error(ErrorCode::Conflict,
                    file.string() + " is a folder; name the file to write, for example " +
                        (file / "document.pdf").string());
    }
    if (std::filesystem::exists(found) && !std::filesystem::is_regular_file(found)) {
        throw Error(ErrorCode::Conflict,
                    file.string() + " is no ordinary file and is not replaced; name another one");
    }
}

}  // namespace

void keep_new_files_private() {
    user_mask = ::umask(0077);
}

void write_output(const std::filesystem::path& file, ByteView content) {
    refuse_special(file);
    write_file(file, content, FileMode{0666 & ~user_mask}, IfPresent::Replace);
}

void check_output(const std::filesystem::path& file) {
    refuse_special(file);
    const std::string trial = file.string() + "." + to_hex(keys::OpenSslRandom().bytes(8));
    try {
        write_file(trial, {}, FileMode::Private, IfPresent::Refuse);
    } catch (const Error& error) {
        throw Error(error.code(),
                    "nothing can be written to " + file.string() + " (" + error.what() +
                        "); choose another place");
    }
    std::error_code ignored;
    std::filesystem::remove(trial, ignored);
}

Bytes read_input(const std::string& file, std::size_t bytes_max) {
    std::ifstream stream;
    if (file != "-") {
        std::error_code unknown;
        if (std::filesystem::is_directory(file, unknown)) {
            throw Error(ErrorCode::NotFound, file + " is a folder; name a file in it");
        }
        stream.open(file, std::ios::binary);
        if (!stream) {
            throw Error(ErrorCode::NotFound, file + " cannot be read: " + std::strerror(errno));
        }
    }
    std::istream& input = file == "-" ? std::cin : stream;
    Bytes content;
    char block[65536];
    while (input.read(block, sizeof block) || input.gcount() > 0) {
        content.insert(content.end(), block, block + input.gcount());
        if (content.size() > bytes_max) {
            throw Error(ErrorCode::TooLarge,
                        file + " is larger than " + std::to_string(bytes_max) + " bytes");
        }
    }
    return content;
}

nlohmann::json read_json(const std::string& file) {
    const Bytes content = read_input(file, limits::json_bytes_max);
    try {
        return parse_json(as_text(content));
    } catch (const Error& error) {
        throw Error(error.code(), file + ": " + error.what());
    }
}

std::vector<Bytes> read_anchors(const std::vector<std::string>& files) {
    std::vector<Bytes> anchors;
    for (const std::string& file : files) {
        const Bytes pem = read_input(file, 1u << 20);
        for (Bytes& der : keys::certificates_from_pem(as_text(pem))) {
            anchors.push_back(std::move(der));
        }
    }
    return anchors;
}

void print_error(const std::exception& error, bool json) {
    if (json) {
        std::cerr << error_to_json(error).dump(
                         -1, ' ', false, nlohmann::json::error_handler_t::replace)
                  << "\n";
        return;
    }
    std::cerr << "yinxin: " << error.what() << "\n";
    if (const auto* own = dynamic_cast<const Error*>(&error)) {
        for (const FieldError& field : own->fields()) {
            if (std::string(error.what()).find(field.detail) == std::string::npos) {
                std::cerr << "  " << (field.pointer.empty() ? "(whole)" : field.pointer) << ": "
                          << field.detail << "\n";
            }
        }
    }
}

void print_progress(const std::string& text) {
    if (::isatty(STDERR_FILENO) == 1) {
        std::cerr << text << std::endl;
    }
}

}  // namespace yinxin::server::cli
