// SPDX-License-Identifier: Apache-2.0
// The inspectors as their parent sees them: a few sandboxed children, each reading one upload at a
// time.
//
// yinxin-inspector says hello at its door (descriptor 3), takes a connection there and answers on
// it until it closes, then takes the next:
//   {"verb": "inspect", "now": RFC 3339, "anchors": [DER in base64url], "own": [SHA-256 in
//   base64url]} and the file as body
//   -> verify::to_json(report), or {"error": ...}
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "common/limits.h"
#include "common/ports.h"
#include "server/children.h"
#include "server/service/service.h"

namespace yinxin::server {

struct InspectorOptions {
    std::filesystem::path program = find_program("yinxin-inspector");
    int children = 2;
    std::chrono::milliseconds deadline = std::chrono::seconds(limits::inspector_wall_seconds);
    std::vector<Bytes> anchors;                 ///< DER
    std::vector<Bytes> own_certificate_sha256;  ///< verify::Policy
};

/// Any thread. `clock` outlives it.
class InspectorPool : public Inspector {
  public:
    InspectorPool(InspectorOptions options, const Clock& clock);
    ~InspectorPool() override;

    verify::DocumentReport inspect(ByteView file) override;

  private:
    struct Worker;
    class Borrowed;
    Worker& borrow();
    void give_back(Worker& worker);

    const InspectorOptions options_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<Worker*> idle_;
};

}  // namespace yinxin::server
