// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/pool.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "common/error.h"
#include "common/time_text.h"

namespace yinxin::server {
namespace {

using Milliseconds = std::chrono::milliseconds;
using nlohmann::json;

/// For a file that takes no time.
constexpr Milliseconds kAliveWall{2000};

json list_of(const std::vector<Bytes>& items) {
    auto list = json::array();
    for (const Bytes& item : items) {
        list.push_back(to_base64url(item));
    }
    return list;
}

const char* word_of(verify::RevocationPolicy::Asking asking) {
    using Asking = verify::RevocationPolicy::Asking;
    return asking == Asking::Never ? "never" : asking == Asking::List ? "list" : "asked";
}

ChildOptions child_options(const InspectorOptions& options) {
    auto own = json::array();
    for (const std::vector<Bytes>& chain : options.own_chains) {
        own.push_back(list_of(chain));
    }
    return {.program = options.program,
            .arguments = {},
            .order = {{"anchors", list_of(options.anchors)},
                      {"own", std::move(own)},
                      {"children", options.children + 1}}};  // one for alive()
}

/// Nothing is known about the file, and that is what is said.
verify::DocumentReport not_checked(const std::string& code, const std::string& detail) {
    verify::DocumentReport report;
    report.integrity = verify::Integrity::NotChecked;
    report.findings.push_back({verify::Finding::Weight::Fault, code, detail});
    return report;
}

verify::DocumentReport failed() {
    return not_checked("inspection_failed", "the file ended the process that was reading it");
}

verify::DocumentReport too_slow() {
    return not_checked("inspection_timeout", "reading the file took longer than allowed");
}

/// Why there is no report, in the nest's words.
verify::DocumentReport ended(const json& head) {
    const std::string why = head.at("ended").get<std::string>();
    spdlog::warn("a file ended the process that was reading it: {} (signal {})",
                 why,
                 head.value("signal", 0));
    if (why == "cpu" || why == "time") {
        return too_slow();
    }
    return why == "memory" ? not_checked("limit", "the file needs more memory than is allowed")
                           : failed();
}

/// What the other side says of the file. It is a process that may have been taken over: what cannot
/// be understood is no report.
verify::DocumentReport report_of(const json& head) {
    try {
        if (head.contains("ended")) {
            return ended(head);
        }
        rethrow_if_error(head);
        return verify::report_from_json(head);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Unavailable) {  // no process was left to read it
            throw;
        }
        spdlog::warn("a file was not checked: {}", error.what());
    } catch (const json::exception& error) {
        spdlog::warn("a file was not checked: {}", error.what());
    }
    return failed();
}

/// The same for a file that is to be sealed: whatever ended its reader, it is not sealed.
SealDraft draft_of(const json& head) {
    constexpr const char* kFailed = "unreadable: the file ended the process that was reading it";
    try {
        if (head.contains("ended")) {
            throw Error(ErrorCode::Refused, "unreadable: " + ended(head).findings.front().detail);
        }
        rethrow_if_error(head);
        return seal_draft_from_json(head);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Refused || error.code() == ErrorCode::Invalid ||
            error.code() == ErrorCode::Unavailable) {
            throw;
        }
        spdlog::warn("a file was not sealed: {}", error.what());
    } catch (const json::exception& error) {
        spdlog::warn("a file was not sealed: {}", error.what());
    }
    throw Error(ErrorCode::Refused, kFailed);
}

/// The same for paper.
verify::paper::Reading reading_of(const json& head) {
    using State = verify::paper::Reading::State;
    verify::paper::Reading reading;
    reading.state = State::Broken;
    try {
        if (head.contains("ended")) {
            const std::string code = ended(head).findings.front().code;
            reading.state = code == "inspection_timeout" ? State::TooSlow
                            : code == "limit"            ? State::TooLarge
                                                         : State::Broken;
            return reading;
        }
        rethrow_if_error(head);
        return verify::paper::reading_from_json(head);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Unavailable) {
            throw;
        }
        spdlog::warn("a picture was not read: {}", error.what());
    } catch (const json::exception& error) {
        spdlog::warn("a picture was not read: {}", error.what());
    }
    return reading;
}

}  // namespace

int inspectors_at_once() {
    return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 2, 8);
}

InspectorPool::InspectorPool(InspectorOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      queue_(options_.children, inspections_waiting_max),
      reader_(child_options(options_), options_.wall, options_.nest_deadline) {}

verify::DocumentReport InspectorPool::inspect(ByteView file,
                                              const Inspection& how,
                                              const std::string& caller) {
    const InspectorQueue::Turn turn(queue_, caller, options_.patience);
    json head{{"revocation",
               {{"asking", word_of(how.revocation.asking)},
                {"ocsp", list_of(how.revocation.ocsp_responses)},
                {"crls", list_of(how.revocation.crls)}}}};
    if (how.elsewhere) {
        head["elsewhere"] = true;
    }
    return report_of(ask(head, file, options_.wall));
}

verify::paper::Reading InspectorPool::read_paper(ByteView file,
                                                 const std::string& wanted,
                                                 const std::string& caller) {
    const InspectorQueue::Turn turn(queue_, caller, options_.patience);
    return reading_of(ask({{"paper", wanted}}, file, options_.wall));
}

SealDraft InspectorPool::prepare(ByteView file, const SealWork& work, const std::string& caller) {
    const InspectorQueue::Turn turn(queue_, caller, options_.patience);
    return draft_of(ask({{"seal", to_json(work)}}, file, options_.wall));
}

/// A picture is a help to see: whatever becomes of its painter, the verdict stands without.
std::vector<ChangedPage> InspectorPool::changed_pages(ByteView file,
                                                      std::size_t signed_bytes,
                                                      const std::string& caller) {
    try {
        const InspectorQueue::Turn turn(queue_, caller, options_.patience);
        const json head = painter().ask({{"signed_bytes", signed_bytes}}, file);
        if (head.contains("ended")) {
            spdlog::warn("a file ended the process that was painting it: {} (signal {})",
                         head.at("ended").get<std::string>(),
                         head.value("signal", 0));
            return {};
        }
        rethrow_if_error(head);
        return changed_pages_from_json(head);
    } catch (const Error& error) {
        spdlog::warn("a file was not painted: {}", error.what());
    } catch (const json::exception& error) {
        spdlog::warn("a file was not painted: {}", error.what());
    }
    return {};
}

NestClient& InspectorPool::painter() {
    const std::lock_guard lock(mutex_);
    if (painter_ == nullptr) {
        painter_ = std::make_unique<NestClient>(
            ChildOptions{.program = options_.painter.empty() ? find_program("yinxin-painter")
                                                             : options_.painter,
                         .arguments = {},
                         .order = {{"children", options_.children}}},
            std::chrono::seconds(limits::painter_wall_seconds),
            options_.nest_deadline);
    }
    return *painter_;
}

json InspectorPool::ask(json head, ByteView file, Milliseconds wall) {
    head["now"] = to_rfc3339(clock_.now());
    return reader_.ask(head, file, wall);
}

bool InspectorPool::alive() {
    return report_of(
               ask(json::object(), as_bytes("%PDF-1.7\n"), std::min(options_.wall, kAliveWall)))
               .integrity == verify::Integrity::Unreadable;
}

}  // namespace yinxin::server
