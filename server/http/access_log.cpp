// SPDX-License-Identifier: Apache-2.0
#include "server/http/access_log.h"

#include <Poco/SHA2Engine.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "common/bytes.h"
#include "common/time_text.h"

namespace yinxin::server {
namespace {

std::string dump(const nlohmann::ordered_json& line) {
    return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

LogSink stderr_log() {
    auto logger =
        std::make_shared<spdlog::logger>("http", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%v");
    return [logger](std::string_view line) {
        logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    };
}

AccessLog::AccessLog(LogSink sink, const Clock& clock, Random& random)
    : sink_(std::move(sink)), clock_(clock), random_(random) {}

std::string AccessLog::address_hash(const std::string& group, Time now) {
    const auto today = std::chrono::floor<std::chrono::days>(now);
    std::string key;
    {
        const std::lock_guard lock(mutex_);
        if (key_.empty() || key_day_ != today) {
            const Bytes fresh = random_.bytes(32);
            key_.assign(fresh.begin(), fresh.end());
            key_day_ = today;
        }
        key = key_;
    }
    // A secret prefix of fixed length and 8 bytes of digest: nothing to extend, nothing to look up.
    Poco::SHA2Engine engine;
    engine.update(key);
    engine.update(group);
    const auto& digest = engine.digest();
    return to_hex(ByteView(digest.data(), 8));
}

void AccessLog::request(const LogEntry& entry) {
    const Time now = clock_.now();
    nlohmann::ordered_json line = {{"time", to_rfc3339(now)},
                                   {"trace_id", entry.trace_id},
                                   {"method", entry.method},
                                   {"route", entry.route},
                                   {"status", entry.status},
                                   {"us", entry.took.count()},
                                   {"address", address_hash(entry.caller_group, now)}};
    if (!entry.api_caller.empty())
        line["caller"] = entry.api_caller;
    if (!entry.note.empty())
        line["note"] = entry.note;
    sink_(dump(line));
}

void AccessLog::fault(const std::string& trace_id,
                      const std::string& route,
                      const std::string& detail) {
    sink_(dump({{"time", to_rfc3339(clock_.now())},
                {"level", "error"},
                {"trace_id", trace_id},
                {"route", route},
                {"detail", detail}}));
}

}  // namespace yinxin::server
