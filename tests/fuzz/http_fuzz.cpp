// SPDX-License-Identifier: Apache-2.0
// The bytes of a connection: one head, then its body, as a form and as an upload. What was read
// means the same when it is written plainly and read again.
#include "server/api/upload.h"
#include "server/http/message.h"
#include "tests/fuzz/fuzz.h"

using namespace yinxin;
using server::RequestHead;

namespace {

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        out += "%" + to_hex(as_bytes({&c, 1}));
    }
    return out;
}

std::string written(const RequestHead& head) {
    std::string out = head.method + " ";
    for (const std::string& segment : head.segments) {
        out += "/" + escaped(segment);
    }
    out += (head.query.empty() ? "" : "?" + head.query) +
           (head.http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    for (const server::HttpField& field : head.fields) {
        out += field.name + ":" + field.value + "\r\n";
    }
    return out + "\r\n";
}

bool alike(const RequestHead& a, const RequestHead& b) {
    const auto same_field = [](const auto& x, const auto& y) {
        return x.name == y.name && x.value == y.value;
    };
    return a.method == b.method && a.path == b.path && a.segments == b.segments &&
           a.query == b.query && a.content_length == b.content_length &&
           a.keep_alive == b.keep_alive && a.expects_continue == b.expects_continue &&
           std::equal(
               a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(), same_field);
}

/// RFC 9112, 6.3: where a body ends must be the same for everybody on the way.
void expect_one_framing(const RequestHead& head) {
    const auto count = [&](std::string_view name) {
        return std::count_if(head.fields.begin(), head.fields.end(), [&](const auto& field) {
            return field.name == name;
        });
    };
    fuzz::holds(count("transfer-encoding") == 0, "no transfer coding is taken");
    fuzz::holds(count("content-length") == (head.content_length ? 1 : 0), "one length, or none");
    for (const server::HttpField& field : head.fields) {
        fuzz::holds(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                    "a field stays in its line");
    }
    for (const std::string& segment : head.segments) {
        fuzz::holds(segment.find_first_of("/\\") == std::string::npos, "a segment is one");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = as_text({data, size});
    server::parse_form(bytes);
    server::percent_decode(bytes);
    const std::size_t end = bytes.find("\r\n\r\n");
    const std::size_t head_size = end == std::string_view::npos ? size : end + 4;
    auto parsed = server::parse_head(bytes.substr(0, head_size));
    if (auto* head = std::get_if<RequestHead>(&parsed)) {
        expect_one_framing(*head);
        const std::string text = written(*head);
        const auto again = server::parse_head(text);
        const auto* same = std::get_if<RequestHead>(&again);
        const bool too_long = head->path.size() * 3 + head->query.size() > 2000;
        fuzz::holds(too_long || (same != nullptr && alike(*head, *same)),
                    "a head written plainly means the same");
        head->parameter("lang");
        server::Request request;
        request.body = bytes.substr(head_size);
        request.head = std::move(*head);
        fuzz::accepts([&] {
            constexpr std::size_t kUploadMax = 1u << 16;
            const std::string file = server::uploaded_file(request, kUploadMax);
            fuzz::holds(!file.empty() && file.size() <= std::min(kUploadMax, request.body.size()),
                        "an upload is part of the body");
        });
    }
    return 0;
}
