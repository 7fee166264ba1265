// SPDX-License-Identifier: Apache-2.0
#include "server/bench/verify.h"

#include <algorithm>
#include <ctime>
#include <functional>

#include "common/error.h"
#include "keys/crypto/digest.h"
#include "server/app.h"
#include "server/bench/parts.h"
#include "server/control.h"
#include "server/inspector/pool.h"

namespace yinxin::server {
namespace {

using Steady = std::chrono::steady_clock;

double microseconds(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Sorted, in microseconds.
std::vector<double> repeated(std::chrono::milliseconds span, const std::function<double()>& once) {
    std::vector<double> taken;
    once();
    for (const auto end = Steady::now() + span; Steady::now() < end;) {
        taken.push_back(once());
    }
    std::sort(taken.begin(), taken.end());
    return taken;
}

}  // namespace

nlohmann::ordered_json bench_verify(const VerifyBench& bench) {
    const TemporaryInstance instance(bench.dir, bench.key);
    const Config config = load_config(instance.dir(), {});
    Bytes file;
    std::vector<Bytes> chain;
    {
        App app(config);
        const IssueAnswer issued =
            app.service().issue(local_operator, request_for(sample_data(), "verify", 0));
        file = app.service().pdf(local_operator, issued.body.at("id"), std::nullopt).pdf;
        chain = app.sealer().key(config.seal_key)->chain();
    }
    const std::vector<Bytes> anchors = trust_anchors(config);
    const verify::TrustStore trust(anchors);
    const verify::Policy policy{{keys::sha256(chain.front())}, {}};
    const SystemClock clock;
    const auto check = [&] {
        if (verify::verify_document(file, trust, policy, clock.now()).integrity !=
            verify::Integrity::Intact) {
            throw Error(ErrorCode::Internal, "the document is not intact");
        }
    };
    const auto taken_by = [](clockid_t clock_id, const auto& call) {
        const double begin = microseconds(clock_id);
        call();
        return microseconds(clock_id) - begin;
    };
    const auto span = std::chrono::milliseconds(bench.span) / 3;
    const auto cpu = repeated(span, [&] { return taken_by(CLOCK_THREAD_CPUTIME_ID, check); });
    const auto alone = repeated(span, [&] { return taken_by(CLOCK_MONOTONIC, check); });

    InspectorOptions options;
    options.anchors = anchors;
    options.own_chains = {chain};
    InspectorPool pool(std::move(options), clock);
    const auto inspect = [&] {
        if (pool.inspect(file, {}, "").integrity != verify::Integrity::Intact) {
            throw Error(ErrorCode::Internal, "the inspector does not call the document intact");
        }
    };
    const auto through = repeated(span, [&] { return taken_by(CLOCK_MONOTONIC, inspect); });

    nlohmann::ordered_json line;
    line["key"] = keys::to_text(bench.key);
    line["pdf_bytes"] = file.size();
    line["cpu_us_per_validation"] = rounded(percentile(cpu, 0.5), 0);
    line["validation_us"] = rounded(percentile(alone, 0.5), 0);
    line["inspection_us"] = rounded(percentile(through, 0.5), 0);
    line["sandbox_us"] = rounded(percentile(through, 0.5) - percentile(alone, 0.5), 0);
    line["inspection_p99_us"] = rounded(percentile(through, 0.99), 0);
    return line;
}

}  // namespace yinxin::server
