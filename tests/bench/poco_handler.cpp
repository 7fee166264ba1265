// SPDX-License-Identifier: Apache-2.0
// A bare Poco server that gives every request the same answer: poco_handler PORT HEADERS BODY.
// HEADERS is a file of "Name: value" lines.
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace net = Poco::Net;

struct Answer {
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
};

Answer read_answer(const char* headers, const char* body) {
    Answer answer;
    std::ifstream lines(headers);
    for (std::string line; std::getline(lines, line);) {
        if (const auto colon = line.find(": "); colon != std::string::npos) {
            answer.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
        }
    }
    std::ifstream stream(body, std::ios::binary);
    answer.body.assign(std::istreambuf_iterator<char>(stream), {});
    return answer;
}

class Handler : public net::HTTPRequestHandler {
  public:
    explicit Handler(const Answer& answer) : answer_(answer) {}
    void handleRequest(net::HTTPServerRequest&, net::HTTPServerResponse& response) override {
        for (const auto& [name, value] : answer_.fields) {
            response.set(name, value);
        }
        response.sendBuffer(answer_.body.data(), answer_.body.size());
    }

  private:
    const Answer& answer_;
};

class Factory : public net::HTTPRequestHandlerFactory {
  public:
    explicit Factory(Answer answer) : answer_(std::move(answer)) {}
    net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
        return std::make_unique<Handler>(answer_).release();
    }

  private:
    const Answer answer_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        return 2;
    }
    constexpr int threads = 64;
    net::HTTPServerParams::Ptr params(new net::HTTPServerParams);
    params->setMaxThreads(threads);
    params->setMaxKeepAliveRequests(1000);
    Poco::ThreadPool pool(threads, threads);
    net::HTTPRequestHandlerFactory::Ptr factory(
        new Factory(read_answer(arguments[2], arguments[3])));
    net::HTTPServer server(factory,
                           pool,
                           net::ServerSocket(net::SocketAddress(
                               "127.0.0.1", static_cast<Poco::UInt16>(std::atoi(arguments[1])))),
                           params);
    server.start();
    ::pause();
}
