// SPDX-License-Identifier: Apache-2.0
// What the measurements share: where they run, and what they issue.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "keys/private_key.h"
#include "server/bench/load.h"
#include "server/sealer/client.h"
#include "server/service/service.h"

namespace yinxin::server {

/// This process, and all it starts from now on, on that many CPUs. Throws Error{Invalid} when there
/// are fewer.
void pin(int cpus);

/// Whether fsync costs anything there: a file system in memory has no disk to wait for.
bool is_durable(const std::filesystem::path& folder);

/// A fresh demo instance that is gone afterwards, in a folder of its own below `parent`; "": the
/// current folder.
class TemporaryInstance {
  public:
    TemporaryInstance(const std::filesystem::path& parent, keys::KeyAlgorithm algorithm);
    std::filesystem::path dir() const { return folder_.path / "instance"; }

  private:
    struct Folder {  // gone also when the instance could not be made
        explicit Folder(const std::filesystem::path& parent);
        ~Folder();
        Folder(const Folder&) = delete;
        Folder& operator=(const Folder&) = delete;
        std::filesystem::path path;
    } folder_;
};

/// Whether there is an instance whose seal key is of this kind.
bool seals_with(const std::filesystem::path& dir, keys::KeyAlgorithm algorithm);

/// The sample of a tax payment record.
Json sample_data();
/// The same of another person for each `serial`, under a key of this `run`.
IssueRequest request_for(const Json& sample, const std::string& run, std::uint64_t serial);
/// A resident ID number with a right check symbol (GB 11643), of a region that does not exist:
/// another one for each `serial`.
std::string made_up_id_number(std::uint64_t serial);

/// Signatures per second of the bare key, asked by as many callers as there are CPUs.
double raw_signing_rate(SealerClient& sealer, const std::string& key, int cpus);
/// Adds raw_sign_per_s, `rate` (what was done per second), ratio, overhead_us (wall time of one
/// beyond the raw signature), cpu_us_per_document, p50_us, p99_us.
void add_beside_signing(nlohmann::ordered_json& line,
                        const std::string& rate,
                        const Load& measured,
                        double raw_per_second);

/// `share` of the values, which are sorted, are not larger; 0 of none.
double percentile(const std::vector<double>& sorted, double share);
/// With that many digits after the point; a plain decimal in JSON.
double rounded(double value, int digits);

}  // namespace yinxin::server
