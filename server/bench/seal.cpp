// SPDX-License-Identifier: Apache-2.0
#include "server/bench/seal.h"

#include <atomic>
#include <vector>

#include "server/app.h"
#include "server/bench/load.h"
#include "server/bench/parts.h"
#include "server/control.h"
#include "server/specimen.h"

namespace yinxin::server {
namespace {

constexpr int kInFlightPerCpu = 2;  // more would wait for those who read files
constexpr std::uint64_t kWarmUp = 20;
constexpr std::uint64_t kPages = 32;

/// Pages of other persons, as a program that knows nothing of seals prints them.
std::vector<Bytes> unsealed_pages(App& app) {
    const Json sample = sample_data();
    const auto press = pdf::Press::create(pdf::Typefaces::load(), {});
    Specimen specimen;
    specimen.issuer = app.config().issuer;
    specimen.public_url = app.config().public_url;
    specimen.at = app.clock().now();
    std::vector<Bytes> pages;
    for (std::uint64_t serial = 0; serial < kPages; ++serial) {
        const IssueRequest request = request_for(sample, "seal", serial);
        specimen.form = app.forms().current(request.type);
        specimen.data = request.data;
        pages.push_back(print_specimen(specimen, *press).pdf);
    }
    return pages;
}

}  // namespace

nlohmann::ordered_json bench_seal(const SealBench& bench) {
    pin(bench.cpus);
    const TemporaryInstance instance(bench.dir, bench.key);
    App app(load_config(instance.dir(), {}));
    const std::vector<Bytes> pages = unsealed_pages(app);
    std::atomic<std::uint64_t> next{0};
    const auto seal_one = [&] {
        return app.service().seal(local_operator, pages[next++ % kPages], Json::object()).pdf;
    };
    const auto discard = [&] { seal_one(); };
    const int in_flight = kInFlightPerCpu * bench.cpus;
    const double raw = raw_signing_rate(app.sealer(), app.config().seal_key, bench.cpus);
    carry(in_flight, after(kWarmUp), discard);
    const Load measured = carry(in_flight, when_over(bench.span), discard);

    nlohmann::ordered_json line;
    line["key"] = keys::to_text(bench.key);
    add_beside_signing(line, "sealed_per_s", measured, raw);
    line["input_bytes"] = pages[next % kPages].size();
    line["pdf_bytes"] = seal_one().size();
    line["durable"] = is_durable(instance.dir());
    return line;
}

}  // namespace yinxin::server
