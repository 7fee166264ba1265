// SPDX-License-Identifier: Apache-2.0
// Seals a PDF in every Chinese way that signer/ knows, with keys that live as long as this program:
// sign_gm IN.pdf FOLDER writes FOLDER/c.pdf (a seal of GB/T 38540), c-digest.pdf (one that lists
// its signers by digest), b.pdf (SM2 in CMS), c-a.pdf (first c, then PAdES), and root.cer, ca.cer.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "signer/ses_signer.h"
#include "tests/signer/ses_fixture.h"

namespace {

using namespace yinxin;
namespace fs = std::filesystem;

Bytes read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return to_bytes(as_bytes(std::string(std::istreambuf_iterator<char>(in), {})));
}

void write(const fs::path& path, ByteView bytes) {
    std::ofstream out(path, std::ios::binary);
    out << as_text(bytes);
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

void seal_all(const Bytes& pdf, const fs::path& folder) {
    const tests::SesFixture made;
    signer::SealOrder order;
    order.subject = "interop";
    order.signing_time = made.now;
    order.certify = false;

    const Bytes chinese = signer::SesSigner(*made.key, made.seal()).seal(pdf, order);
    write(folder / "c.pdf", chinese);
    write(folder / "c-digest.pdf",
          signer::SesSigner(*made.key, made.seal(/*by_digest=*/true)).seal(pdf, order));
    write(folder / "b.pdf", signer::PadesSigner(*made.key).seal(pdf, order));

    tests::TestPki international(made.now);
    const auto key = international.key(keys::CertificateUse::Seal, keys::KeyAlgorithm::EcdsaP256);
    write(folder / "c-a.pdf", signer::PadesSigner(*key).seal(chinese, order));
    write(folder / "root.cer", made.pki.root());
    write(folder / "ca.cer", made.key->chain().at(1));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "sign_gm IN.pdf FOLDER\n";
        return 2;
    }
    try {
        seal_all(read(argv[1]), argv[2]);
    } catch (const std::exception& error) {
        std::cerr << "sign_gm: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
