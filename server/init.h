// SPDX-License-Identifier: Apache-2.0
// Makes an instance: a folder with yinxin.toml, the register, keys, and in a demo a PKI of its own
// and samples.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/ports.h"
#include "keys/private_key.h"
#include "pdf/form.h"

namespace yinxin::server {

struct InitOptions {
    std::filesystem::path dir;
    bool demo = false;
    keys::KeyAlgorithm algorithm = keys::KeyAlgorithm::EcdsaP256;
    bool ses = false;     ///< also an SM2 key for a first seal by GB/T 38540
    int pki_port = 8081;  ///< of a demo: where its PKI will answer; 0: one that is free now
};

struct NewInstance {
    std::filesystem::path dir;
    std::string admin_key;
    std::vector<std::string> requests;  ///< without a demo: certificate requests in DIR/keys
};

/// Made beside DIR and renamed, so that DIR is a whole instance or none. Throws Error{Conflict}
/// unless DIR is absent or empty.
NewInstance make_instance(const InitOptions& options, Random& random);

/// Whether they are still, or in part, those of a new instance that is no demo.
bool names_of_nobody(const pdf::IssuerNames& names);

}  // namespace yinxin::server
