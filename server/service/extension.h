// SPDX-License-Identifier: Apache-2.0
// Later revisions of issued documents: at a higher level, or renewed. Pays what was owed.
#pragma once

#include <stop_token>

#include "server/levels/raise.h"
#include "server/service/service.h"

namespace yinxin::server {

/// Any thread.
class Extension {
  public:
    Extension(const ServiceParts& parts, IssueCounts& counts);

    /// Takes the newest revision of an issued document to this level; the same one when it is there
    /// already, but B-LTA again is a renewal. Throws Error{Unavailable} when a TSA or a responder
    /// does not answer.
    RevisionInfo extend(const Document& document, Level wanted);
    /// Tries every debt that is due, until `stop`; answers how many are open. After a TSA that does
    /// not answer the others wait.
    std::size_t pay(const std::stop_token& stop);

  private:
    /// False: nobody answers.
    bool pay(const LevelDebt& debt);
    RevisionInfo add(const Document& document, const RevisionInfo& last, Level wanted);

    const ServiceParts& parts_;
    const verify::TrustStore trust_;
    IssueCounts& counts_;
};

}  // namespace yinxin::server
