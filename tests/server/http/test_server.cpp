// SPDX-License-Identifier: Apache-2.0
#include "tests/server/http/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "server/domain/verification_code.h"

namespace yinxin::server::test {

Bytes CountingRandom::bytes(std::size_t count) {
    Bytes result(count);
    for (auto& byte : result) byte = next++;
    return result;
}

std::string Answer::field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
}

Client::Client(std::uint16_t port, const std::string& from)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (::inet_pton(AF_INET, from.c_str(), &address.sin_addr) != 1 ||
        ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect from " + from);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect");
}

Client::~Client() {
    ::close(fd_);
}

bool Client::send(const std::string& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto sent = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        done += static_cast<std::size_t>(sent);
    }
    return true;
}

bool Client::fill(std::chrono::steady_clock::time_point until) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd poll{fd_, POLLIN, 0};
    if (ended_ || left.count() <= 0 || ::poll(&poll, 1, static_cast<int>(left.count())) <= 0)
        return false;
    char buffer[65536];
    const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) {
        ended_ = true;
        return false;
    }
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
}

Answer Client::read_answer(bool head) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    Answer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
        if (!fill(until))
            return answer;
    answer.status = std::stoi(received_.substr(9, 3));
    std::size_t line = received_.find("\r\n") + 2;
    while (line < end + 2) {
        const auto stop = received_.find("\r\n", line);
        const auto text = received_.substr(line, stop - line);
        const auto colon = text.find(": ");
        std::string name = text.substr(0, colon);
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        answer.fields[name] += (answer.fields[name].empty() ? "" : ", ") + text.substr(colon + 2);
        line = stop + 2;
    }
    const std::size_t size = head || answer.field("content-length").empty()
                                 ? 0
                                 : std::stoul(answer.field("content-length"));
    while (received_.size() < end + 4 + size)
        if (!fill(until))
            break;
    answer.body = received_.substr(end + 4, size);
    answer.raw = received_.substr(0, end + 4 + answer.body.size());
    received_.erase(0, answer.raw.size());
    return answer;
}

std::string Client::read_to_end(std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (fill(until)) {
    }
    return std::exchange(received_, "");
}

bool Client::closed_by_server(std::chrono::milliseconds patience) {
    const auto rest = read_to_end(patience);
    return ended_ && rest.empty();
}

Json tier0() {
    return {{"outcome", "on_record"},
            {"integrity", "not_checked"},
            {"status", "valid"},
            {"issuer",
             {{"name", "CN=示例市税务局"},
              {"certificate_sha256", std::string(64, 'a')},
              {"trusted", "yes"},
              {"valid_at_sealing", true}}},
            {"document",
             {{"type", "tax-payment-record"},
              {"title_zh", "个人所得税纳税记录"},
              {"title_en", "Individual income tax payment record"},
              {"issuer", "示例市税务局"},
              {"issued_on", "2026-01-31"}}},
            {"checked_at", "2026-02-01T08:00:00Z"}};
}

Json tier1() {
    Json answer = tier0();
    answer["document"]["number"] = "99000126013100000001";
    answer["document"]["pages"] = 2;
    answer["document"]["sha256"] = std::string(64, 'b');
    answer["facts"] = Json::array(
        {{{"name", "name"}, {"label_zh", "纳税人"}, {"label_en", "Taxpayer"}, {"value", "张*明"}},
         {{"name", "total"},
          {"label_zh", "金额合计"},
          {"label_en", "Total"},
          {"value", "12345.67"}}});
    return answer;
}

Json not_verified_answer() {
    return {{"outcome", "not_verified"},
            {"integrity", "not_checked"},
            {"status", "unknown"},
            {"issuer",
             {{"name", nullptr},
              {"certificate_sha256", nullptr},
              {"trusted", "unknown"},
              {"valid_at_sealing", nullptr}}},
            {"checked_at", "2026-02-01T08:00:00Z"}};
}

namespace {

Json issued_answer(const std::string& id) {
    return {{"id", id},
            {"number", "99000126013100000001"},
            {"code", known_code},
            {"type", "tax-payment-record"},
            {"status", "valid"},
            {"issued_at", "2026-01-31T01:00:00Z"},
            {"sha256", std::string(64, 'b')},
            {"links", {{"self", "http://localhost/api/v1/documents/" + id}}}};
}

UseCases fake_use_cases() {
    UseCases use;
    use.issue = [](const Caller&, const IssueRequest& request) {
        return IssueAnswer{issued_answer("d1"), request.idempotency_key == "replayed"};
    };
    use.replace =
        [](const Caller&, const std::string&, const Json&, const std::string&, const std::string&) {
            return IssueAnswer{issued_answer("d2"), false};
        };
    use.revoke = [](const Caller&, const std::string& id, const std::string&, const std::string&) {
        Json answer = issued_answer(id);
        answer["status"] = "revoked";
        return answer;
    };
    use.document = [](const Caller& caller, const std::string& id) {
        if (id != "d1")
            throw Error(ErrorCode::NotFound, "there is no such document");
        Json answer = issued_answer(id);
        answer["owner"] = caller.id;
        return answer;
    };
    use.pdf = [](const Caller&, const std::string&, std::optional<int> revision) {
        if (revision.value_or(1) != 1)
            throw Error(ErrorCode::NotFound, "the document has 1 revisions");
        return Service::File{
            to_bytes(as_bytes("%PDF-1.7 exact bytes")), std::string(64, '0'), "纳税记录 1.pdf", 1};
    };
    use.verify_code = [](const std::string& code) {
        return read_verification_code(code) == known_code ? tier0() : not_verified_answer();
    };
    use.verify_fact = [](const Json& request) {
        if (!request.contains("fact") && !request.contains("token"))
            return request.at("code") == known_code ? tier0() : not_verified_answer();

        const bool right = request.value("token", "") == "genuine-token-of-the-test" ||
                           request.value("fact", Json::object()).value("id_last6", "") == "31002X";
        return right && request.value("code", known_code) == known_code ? tier1()
                                                                        : not_verified_answer();
    };
    use.askable = [](const std::string&) {
        return std::vector<pdf::AskedFact>{
            {"id_last6",
             "证件号码后六位",
             "Last 6 characters of the ID",
             "例如 31002X",
             "For example 31002X",
             "id_tail",
             ""},
            {"total", "金额合计", "Total amount", "写到分", "To the fen", "amount", ""}};
    };
    use.verify_file = [](ByteView file, const std::string&) {
        Json answer = not_verified_answer();
        if (as_text(file).starts_with("%PDF-genuine")) {
            answer = tier0();
            answer["outcome"] = "genuine";
            answer["integrity"] = "intact";
        } else {
            answer["integrity"] = "unreadable";
        }
        return answer;
    };
    use.jwks = [] { return Json{{"keys", Json::array()}}; };
    use.seal_certificates_pem = [] { return std::string("-----BEGIN CERTIFICATE-----\n"); };
    use.readiness = [] { return Json{{"ready", true}, {"checks", {{"database", "ok"}}}}; };
    return use;
}

}  // namespace

TestServer::TestServer() : use(fake_use_cases()) {
    config.listen = "127.0.0.1:0";
    config.public_url = "http://localhost:8080";
    config.issuer.organ = "示例市税务局";
    config.limits.requests_per_minute = 600'000;
    config.limits.requests_burst = 100'000;
    config.limits.connections_per_address = 4096;
    config.limits.header_seconds = 2;
    config.limits.body_seconds = 2;
}

void TestServer::start() {
    use.verify_code_as_text = [ask = use.verify_code](const std::string& code) {
        const Json answer = ask(code);
        return CodeAnswer{answer.dump(), answer.value("outcome", "")};
    };
    server_ = std::make_unique<HttpServer>(HttpParts{
        .config = config,
        .use_cases = use,
        .authenticate = [this](const std::string& key) -> std::optional<KeyOwner> {
            authenticated();
            return key == api_key ? std::optional(KeyOwner{"caller-1", role}) : std::nullopt;
        },
        .clock = clock,
        .random = random,
        .threads_max = threads_max,
        .log =
            [this](std::string_view line) {
                const std::lock_guard lock(mutex_);
                log_.emplace_back(line);
            }});
    server_->start();
}

Answer TestServer::send(const std::string& raw, bool head) {
    Client client(port());
    client.send(raw);
    return client.read_answer(head);
}

Answer TestServer::get(const std::string& target, const std::string& extra_fields) {
    return send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + extra_fields + "\r\n");
}

Answer TestServer::post(const std::string& target,
                        const std::string& body,
                        const std::string& extra_fields) {
    return send("POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n" + extra_fields + "\r\n" + body);
}

std::vector<std::string> TestServer::log() const {
    const std::lock_guard lock(mutex_);
    return log_;
}

std::string TestServer::log_text() const {
    std::string text;
    for (const auto& line : log()) text += line + "\n";
    return text;
}

}  // namespace yinxin::server::test
