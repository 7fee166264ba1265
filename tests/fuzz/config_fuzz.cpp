// SPDX-License-Identifier: Apache-2.0
// yinxin.toml, and the same text as one --set. What is accepted is accepted again.
#include <unistd.h>

#include "server/config/keys.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/temporary_folder.h"

using namespace yinxin;

namespace {

void expect_again(const server::Config& config) {
    server::Config copy = config;
    for (const server::ConfigKey& key : server::config_keys()) {
        const auto value = key.get(config);
        const bool left_out = value == key.get(server::Config{});
        fuzz::holds(left_out || key.set(copy, value).empty(),
                    key.dotted() + " is refused with the value it has");
    }
    server::raised_limits(config.limits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const tests::TemporaryFolder given, plain;
    static const std::string initial = [] {
        const std::string text(as_text(fuzz::context("yinxin.toml")));
        std::ofstream(plain.path() / "yinxin.toml") << text;
        return text;
    }();
    const std::string text(as_text({data, size}));
    std::ofstream(given.path() / "yinxin.toml", std::ios::binary) << text;
    fuzz::accepts([&] { expect_again(server::load_config(given.path(), {})); });
    fuzz::accepts([&] { expect_again(server::load_config(plain.path(), {text})); });
    return 0;
}
