// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share. A target refuses its input by an Error, or keeps what it promises;
// all else ends the run and leaves the input behind.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/error.h"
#include "common/time_text.h"

namespace yinxin::fuzz {

inline void holds(bool promise, const std::string& what) {
    if (!promise) {
        std::fprintf(stderr, "broken promise: %s\n", what.c_str());
        std::abort();
    }
}

/// Whether `work` accepts its input. An Error refuses it, but for Internal, which says that a fault
/// is ours.
template <typename Work>
bool accepts(Work work) {
    try {
        work();
        return true;
    } catch (const Error& error) {
        holds(error.code() != ErrorCode::Internal, error.what());
        return false;
    }
}

/// When all targets look, and when the seeds were made.
inline Time now() {
    static const Time moment = *parse_rfc3339("2026-01-31T01:00:00Z");
    return moment;
}

inline Bytes read(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    holds(stream.good(), "there is no " + file.string() + "; make_seeds writes it");
    return Bytes(std::istreambuf_iterator<char>(stream), {});
}

/// What make_seeds wrote for the targets to go by: anchors, certificates, files.
inline Bytes context(const std::string& name) {
    return read(std::filesystem::path(YINXIN_FUZZ_SEEDS) / "context" / name);
}

inline std::vector<Bytes> seeds(const std::string& target) {
    std::vector<Bytes> all;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(YINXIN_FUZZ_SEEDS) / target)) {
        all.push_back(read(entry.path()));
    }
    return all;
}

/// What is signed in the seeds. The keys are gone, so nothing else can be signed by them, whatever
/// an input looks like.
template <typename T>
class Signed {
  public:
    /// `found` adds to the set what is signed in one seed.
    template <typename Found>
    Signed(const std::string& target, Found found) {
        for (const Bytes& seed : seeds(target)) {
            accepts([&] { found(seed, all_); });
        }
        holds(!all_.empty(), "no seed of " + target + " is signed");
    }
    void expect(const T& value, const char* what) const {
        holds(all_.contains(value), std::string("a forgery: ") + what);
    }

  private:
    std::set<T> all_;
};

}  // namespace yinxin::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
