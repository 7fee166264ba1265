// SPDX-License-Identifier: Apache-2.0
#include "server/service/seal_levels.h"

#include "common/error.h"
#include "keys/crypto/digest.h"

namespace yinxin::server {

SealLevels::Goal SealLevels::goal(const Json& options) const {
    const auto asked = options.find("level");
    const bool by_name = asked != options.end();
    Goal goal;
    if (parts_.seal_key.algorithm() == keys::KeyAlgorithm::Sm2) {
        if (by_name) {
            throw Error(ErrorCode::Invalid,
                        "the level cannot be reached",
                        {{"/options/level",
                          "level",
                          "This instance seals in SM2, which the levels of ETSI do not know; leave "
                          "the level out."}});
        }
        return goal;
    }
    goal.wanted = level_from_text(by_name ? asked->get<std::string>() : parts_.config.seal_level);
    if (goal.wanted == Level::BB) {
        return goal;
    }
    if (parts_.levels == nullptr) {
        const std::string what =
            "This instance has no TSA, so there is no level but B-B; set "
            "[timestamps] in yinxin.toml.";
        throw Error(
            ErrorCode::Invalid, "the level cannot be reached", {{"/options/level", "level", what}});
    }
    goal.required = parts_.config.timestamp_policy == "required";
    goal.now = by_name || goal.required;
    return goal;
}

bool SealLevels::had(const Goal& goal, const std::function<void()>& call) const {
    try {
        call();
        return true;
    } catch (const Error& error) {
        if (goal.required || error.code() != ErrorCode::Unavailable) {
            throw;
        }
        return false;
    }
}

std::size_t SealLevels::token_bytes(const Goal& goal) const {
    std::size_t bytes = 0;
    if (goal.now && goal.wanted > Level::BB) {
        had(goal, [&] { bytes = parts_.levels->timestamps.token_bytes(); });
    }
    return bytes;
}

std::size_t SealLevels::token_bytes_after(const Goal& goal, ByteView stamp, int attempts) const {
    if (attempts == 1) {
        return stamp.size();
    }
    had(goal, [] {
        throw Error(ErrorCode::Unavailable, "the TSA's time stamps grow from one to the next");
    });
    return 0;
}

Bytes SealLevels::token(const Goal& goal, ByteView signature) const {
    Bytes token;
    had(goal, [&] { token = parts_.levels->timestamps.token(keys::sha256(signature)).token; });
    return token;
}

Bytes SealLevels::raise(const Goal& goal, Bytes sealed, bool stamped) const {
    if (!goal.now || (!stamped && goal.wanted > Level::BB && !goal.required)) {
        return sealed;  // no TSA answered a moment ago
    }
    Bytes raised;
    const Level has = stamped ? Level::BT : Level::BB;
    return had(goal, [&] { raised = parts_.levels->raiser.raise(sealed, has, goal.wanted); })
               ? raised
               : sealed;
}

}  // namespace yinxin::server
