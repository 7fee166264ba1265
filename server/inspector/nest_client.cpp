// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/nest_client.h"

#include <algorithm>
#include <utility>

#include "common/error.h"

namespace yinxin::server {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using nlohmann::json;

/// How much longer than a child's own time its nest may take to say that it ended.
constexpr Milliseconds kGrace{1000};
/// Answers come without; a process that was taken over could send one.
constexpr std::size_t kBodyBytesMax = 0;

}  // namespace

/// Twice only when the nest was gone before it had the file, which therefore cannot be the reason.
json NestClient::ask(const json& head, ByteView file, Milliseconds wall) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (auto answer = ask_nest(head, file, wall)) {
            return std::move(*answer);
        }
    }
    throw Error(ErrorCode::Unavailable,
                "the process that reads files does not answer; it is being restarted");
}

/// nullopt: the nest did not take the file.
std::optional<json> NestClient::ask_nest(const json& head, ByteView file, Milliseconds wall) {
    Keeper::Connection nest = keeper_.connect(deadline_);
    if (!has_taken(nest)) {
        return std::nullopt;
    }
    const auto end = SteadyClock::now() + wall + kGrace;
    try {
        nest.channel.send(head, file, wall + kGrace);
    } catch (const Error& error) {  // gone already; why is still to be read
        if (error.code() == ErrorCode::TooLarge) {
            throw;
        }
    }
    return answer_of(nest, end, wall);
}

bool NestClient::has_taken(Keeper::Connection& nest) {
    try {
        return nest.channel.receive(deadline_, kBodyBytesMax).has_value();
    } catch (const Error&) {  // it hangs, or went in the middle of a word
        keeper_.replace(nest.generation);
        return false;
    }
}

json NestClient::answer_of(Keeper::Connection& nest,
                           SteadyClock::time_point end,
                           Milliseconds wall) {
    std::optional<Message> answer;
    try {
        const auto left = std::chrono::ceil<Milliseconds>(end - SteadyClock::now());
        answer = nest.channel.receive(std::max(left, Milliseconds(1)), kBodyBytesMax);
    } catch (const Error&) {
        if (SteadyClock::now() >= end) {
            if (wall >= wall_) {  // the nest should have ended the child
                keeper_.replace(nest.generation);
            }
            return {{"ended", "time"}};
        }
    }
    if (!answer) {  // a child that ends has the nest to say so
        throw Error(ErrorCode::Unavailable,
                    "the process that reads files went while it read one; it is being restarted");
    }
    return std::move(answer->head);
}

}  // namespace yinxin::server
