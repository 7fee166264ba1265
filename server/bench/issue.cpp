// SPDX-License-Identifier: Apache-2.0
#include "server/bench/issue.h"

#include <atomic>

#include "common/error.h"
#include "keys/crypto/random.h"
#include "server/app.h"
#include "server/bench/load.h"
#include "server/bench/parts.h"
#include "server/control.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

constexpr int kInFlightPerCpu = 16;
constexpr int kWarmUp = 50;

class Run {
  public:
    Run(App& app, int in_flight) : app_(app), in_flight_(in_flight), sample_(sample_data()) {
        keys::OpenSslRandom random;
        name_ = to_hex(random.bytes(8));
    }

    Load issue(const Enough& enough) {
        return carry(in_flight_, enough, [this] {
            app_.service().issue(local_operator, request_for(sample_, name_, next_++));
        });
    }

    std::size_t pdf_bytes() {
        const IssueAnswer answer =
            app_.service().issue(local_operator, request_for(sample_, name_, next_++));
        return app_.service().pdf(local_operator, answer.body.at("id"), std::nullopt).pdf.size();
    }
    std::uint64_t issued() const { return next_; }

  private:
    App& app_;
    const int in_flight_;
    const Json sample_;
    std::string name_;
    std::atomic<std::uint64_t> next_{0};
};

}  // namespace

nlohmann::ordered_json bench_issue(const IssueBench& bench) {
    pin(bench.cpus);
    std::optional<TemporaryInstance> temporary;
    fs::path dir = bench.dir;
    if (dir.empty() || !seals_with(dir, bench.key)) {
        temporary.emplace(dir, bench.key);
        dir = temporary->dir();
    }
    Config config = load_config(dir, {});
    config.limits.issue_queue_max = kInFlightPerCpu * bench.cpus;
    const auto lock = InstanceLock::try_take(config.lock_file());
    if (!lock) {
        throw Error(ErrorCode::Conflict,
                    dir.string() + " is in use: stop its server, or leave out --dir");
    }
    nlohmann::ordered_json line;
    line["key"] = keys::to_text(bench.key);
    if (bench.documents != 0) {
        App app(config);
        Run(app, 1).issue(after(bench.documents));
        line["documents"] = bench.documents;
        return line;
    }
    double raw = 0;
    Load measured;
    std::size_t pdf_bytes = 0;
    std::uint64_t issued = 0;
    {
        App app(config);
        app.service().recover();
        Run(app, kInFlightPerCpu * bench.cpus).issue(after(kWarmUp));
    }
    // What all documents share is in the register by now.
    const auto bytes_before = fs::file_size(config.database());
    {
        App app(config);
        raw = raw_signing_rate(app.sealer(), config.seal_key, bench.cpus);
        Run run(app, kInFlightPerCpu * bench.cpus);
        run.issue(after(kWarmUp));
        measured = run.issue(when_over(bench.span));
        pdf_bytes = run.pdf_bytes();
        issued = run.issued();
    }  // the register is closed: its file holds everything
    const auto stored = fs::file_size(config.database()) - bytes_before;

    add_beside_signing(line, "issued_per_s", measured, raw);
    line["pdf_bytes"] = pdf_bytes;
    line["stored_bytes_per_document"] = stored / issued;
    line["durable"] = is_durable(dir);
    return line;
}

}  // namespace yinxin::server
