// SPDX-License-Identifier: Apache-2.0
// A nest (nest.h) as its parent sees it: a file goes in, what a child says of it comes out.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/bytes.h"
#include "server/children.h"

namespace yinxin::server {

/// Any thread.
class NestClient {
  public:
    /// `wall` is what the nest gives a child; `deadline` what it may take to have a file.
    NestClient(ChildOptions child,
               std::chrono::milliseconds wall,
               std::chrono::milliseconds deadline)
        : wall_(wall), deadline_(deadline), keeper_(std::move(child)) {}

    /// What a child answers within `wall`, or {"ended": why}. Throws Error{Unavailable} when none
    /// could be asked, Error{TooLarge}.
    nlohmann::json ask(const nlohmann::json& head, ByteView file, std::chrono::milliseconds wall);
    nlohmann::json ask(const nlohmann::json& head, ByteView file) { return ask(head, file, wall_); }

    /// Of the nest; -1 while none is running.
    pid_t pid() const { return keeper_.pid(); }

  private:
    std::optional<nlohmann::json> ask_nest(const nlohmann::json& head,
                                           ByteView file,
                                           std::chrono::milliseconds wall);
    bool has_taken(Keeper::Connection& nest);
    nlohmann::json answer_of(Keeper::Connection& nest,
                             std::chrono::steady_clock::time_point end,
                             std::chrono::milliseconds wall);

    const std::chrono::milliseconds wall_, deadline_;
    Keeper keeper_;
};

}  // namespace yinxin::server
