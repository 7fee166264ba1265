// SPDX-License-Identifier: Apache-2.0
#include "server/http/access_log.h"

#include <Poco/SHA2Engine.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "common/bytes.h"
#include "common/json_text.h"
#include "common/time_text.h"
#include "server/http/line_writer.h"

namespace yinxin::server {
namespace {

constexpr std::size_t kHashesMax = 4096;

std::string dump(const nlohmann::ordered_json& line) {
    return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

bool is_ascii(std::string_view text) {
    unsigned all = 0;  // of all bytes at once: the compiler takes many together
    for (const char c : text) all |= static_cast<unsigned char>(c);
    return all < 0x80;
}

/// `before` and the text as JSON, in ASCII.
void append_text(std::string& line, std::string_view before, std::string_view text) {
    line += before;
    if (is_ascii(text))
        append_json_text(line, text);
    else
        line += dump(text);
}

}  // namespace

LogSink stderr_log() {
    const auto writer = std::make_shared<LineWriter>(STDERR_FILENO);
    return [writer](std::string_view line) { writer->write(line); };
}

AccessLog::AccessLog(LogSink sink, const Clock& clock, Random& random)
    : sink_(std::move(sink)), clock_(clock), random_(random) {}

std::string AccessLog::address_hash(const std::string& group, Time now) {
    const auto today = std::chrono::floor<std::chrono::days>(now);
    const std::lock_guard lock(mutex_);
    if (key_.empty() || key_day_ != today) {
        const Bytes fresh = random_.bytes(32);
        key_.assign(fresh.begin(), fresh.end());
        key_day_ = today;
        hashes_.clear();
    }
    const auto known = hashes_.find(group);
    if (known != hashes_.end())
        return known->second;
    if (hashes_.size() == kHashesMax)
        hashes_.clear();
    return hashes_.emplace(group, fresh_hash(group)).first->second;
}

std::string AccessLog::fresh_hash(const std::string& group) const {
    // A secret prefix of fixed length and 8 bytes of digest: nothing to extend, nothing to look up.
    Poco::SHA2Engine engine;
    engine.update(key_);
    engine.update(group);
    const auto& digest = engine.digest();
    return to_hex(ByteView(digest.data(), 8));
}

void AccessLog::request(const LogEntry& entry) {
    const Time now = clock_.now();
    std::string line;
    line.reserve(320);
    append_text(line, "{\"time\":", to_rfc3339(now));
    append_text(line, ",\"trace_id\":", entry.trace_id);
    append_text(line, ",\"method\":", entry.method);
    append_text(line, ",\"route\":", entry.route);
    line += ",\"status\":" + std::to_string(entry.status);
    line += ",\"us\":" + std::to_string(entry.took.count());
    append_text(line, ",\"address\":", address_hash(entry.caller_group, now));
    if (!entry.api_caller.empty())
        append_text(line, ",\"caller\":", entry.api_caller);
    if (!entry.note.empty())
        append_text(line, ",\"note\":", entry.note);
    line += '}';
    sink_(line);
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
