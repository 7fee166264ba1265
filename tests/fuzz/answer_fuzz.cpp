// SPDX-License-Identifier: Apache-2.0
// What a process that read a stranger's file may say, were it taken over: bytes on the socket, a
// report, a revision to be sealed.
#include <sys/socket.h>

#include "server/inspector/external_seal.h"
#include "server/ipc/channel.h"
#include "tests/fuzz/fuzz.h"
#include "tests/pdf/small_pdf.h"
#include "verify/report.h"

using namespace yinxin;
using nlohmann::json;

namespace {

/// As server/inspector/pool: words that are not as agreed are refused by either exception.
template <typename Work>
void read_as_agreed(Work work) {
    fuzz::accepts([&] {
        try {
            work();
        } catch (const json::exception&) {
        }
    });
}

void read_words(const json& head) {
    read_as_agreed([&] {
        const auto report = verify::report_from_json(head);
        const json written = to_json(report);
        fuzz::holds(to_json(verify::report_from_json(written)) == written,
                    "a report reads as written");
    });
    read_as_agreed([&] {
        static const std::string file = test::one_page_pdf();
        const auto draft = server::seal_draft_from_json(head);
        const auto whole = server::joined(as_bytes(file), draft, 64);
        fuzz::holds(whole.byte_range[1] >= file.size() && as_text(whole.pdf).starts_with(file) &&
                        whole.byte_range[2] + whole.byte_range[3] == whole.pdf.size(),
                    "a revision follows the file");
    });
    // An Error of any code may come across, Internal too: it is somebody else's.
    try {
        server::rethrow_if_error(head);
    } catch (const Error&) {
    } catch (const json::exception&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kSocketHolds = 100'000;
    if (size > kSocketHolds) {
        return 0;
    }
    auto [here, there] = server::Channel::pair();
    fuzz::holds(::send(there.fd(), data, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size),
                "a socket takes it at once");
    ::shutdown(there.fd(), SHUT_WR);
    fuzz::accepts([&, &here = here] {
        while (const auto message = here.receive()) {
            read_words(message->head);
        }
    });
    return 0;
}
