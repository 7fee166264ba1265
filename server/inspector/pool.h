// SPDX-License-Identifier: Apache-2.0
// The inspector as its parent sees it: files go in, reports come out, whatever is in the files. The
// protocol is in nest.h; the order is {"anchors": [DER in base64url], "own": [[DER in base64url,
// the sealer's certificate first]], "children": n}, the head of a file {"now": RFC 3339}, its
// report verify::to_json; with "elsewhere" in the head no certificate is own;
// "revocation" is {"asking": "never"|"list"|"asked", "ocsp": [DER in base64url], "crls": [...]};
// with "seal" (SealWork) the report is a SealDraft, with "paper" (how the wanted text begins) a
// verify::paper::Reading. Pages are painted by another program, yinxin-painter, whose head is
// {"signed_bytes": n} and whose answer ChangedPages. A file that ended its reader is not_checked:
// "inspection_timeout" (CPU or time), "limit" (memory), "inspection_failed" (anything else).
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/limits.h"
#include "common/ports.h"
#include "server/children.h"
#include "server/inspector/nest_client.h"
#include "server/inspector/queue.h"
#include "server/service/service.h"

namespace yinxin::server {

/// As many as there are CPUs, so that files in work do not slow each other; two even on one, so
/// that one file does not stop all; eight at most, each may take 256 MiB.
int inspectors_at_once();

/// Requests that wait for a turn keep their thread meanwhile.
inline constexpr std::size_t inspections_waiting_max = 32;

struct InspectorOptions {
    std::filesystem::path program = find_program("yinxin-inspector");
    std::filesystem::path painter{};  ///< empty: yinxin-painter, looked for when it is wanted
    int children = inspectors_at_once();
    std::chrono::milliseconds wall = std::chrono::seconds(limits::inspector_wall_seconds);
    std::chrono::milliseconds patience = std::chrono::seconds(5);  ///< of one who waits for a turn
    std::chrono::milliseconds nest_deadline = std::chrono::seconds(2);  ///< to take a file
    std::vector<Bytes> anchors;                                         ///< DER
    std::vector<std::vector<Bytes>> own_chains;  ///< DER, from who seals for this instance upwards
};

/// Any thread. `clock` outlives it.
class InspectorPool : public Inspector {
  public:
    InspectorPool(InspectorOptions options, const Clock& clock);

    verify::DocumentReport inspect(ByteView file,
                                   const Inspection& how,
                                   const std::string& caller) override;
    verify::paper::Reading read_paper(ByteView file,
                                      const std::string& wanted,
                                      const std::string& caller) override;
    SealDraft prepare(ByteView file, const SealWork& work, const std::string& caller) override;
    std::vector<ChangedPage> changed_pages(ByteView file,
                                           std::size_t signed_bytes,
                                           const std::string& caller) override;
    bool alive() override;

    /// Of the nest; -1 while none is running.
    pid_t pid() const { return reader_.pid(); }

  private:
    nlohmann::json ask(nlohmann::json head, ByteView file, std::chrono::milliseconds wall);
    NestClient& painter();

    const InspectorOptions options_;
    const Clock& clock_;
    InspectorQueue queue_;
    NestClient reader_;
    std::mutex mutex_;
    std::unique_ptr<NestClient> painter_;  ///< started when the first picture is wanted
};

}  // namespace yinxin::server
