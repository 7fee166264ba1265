// SPDX-License-Identifier: Apache-2.0
// Sealed files of several makers and kinds, each intact as it stands.
#pragma once

#include <string>
#include <vector>

#include "tests/keys/test_tsa.h"
#include "tests/verify/attacks/stranger.h"
#include "tests/verify/sealed_file.h"

namespace yinxin::tests {

struct Target {
    std::string name;
    Bytes file;
    bool own = false;  ///< sealed by this instance: judged by its stricter rules
};

/// Everybody who seals in these tests, and who is trusted.
class Makers {
  public:
    Makers();

    const SealedFiles& own() const { return own_; }
    const Person& other() const { return other_; }
    const Person& other_authority() const { return authority_; }
    Time now() const { return own_.now(); }
    /// A certificate's life as long as these tests run.
    CertificateWish wish(const std::string& name) const;

    /// A page with a form of one text field, sealed by the other maker in the revision that makes
    /// it. `reference`: of the signature dictionary; `perms`: of the catalog.
    Bytes by_other(const std::string& members, bool certifies, const CmsWish& cms = {}) const;
    /// Certified with this P.
    Bytes certified_by_other(int level) const;
    /// The same with a cross-reference stream and everything that may be in an object stream.
    Bytes compressed_by_other() const;
    /// Validation data and a document time stamp behind a sealed file.
    Bytes archived(const Bytes& sealed) const;
    /// One more signature of the other maker in an update.
    Bytes signed_again(const Bytes& file, const std::string& rect, const Person& signer) const;

    verify::DocumentReport check(ByteView file, bool own = false) const;

  private:
    SealedFiles own_;
    TestTsa tsa_{own_.now()};
    Person authority_, other_;
    verify::TrustStore trust_;
};

const Makers& makers();
const std::vector<Target>& targets();

}  // namespace yinxin::tests
