// SPDX-License-Identifier: Apache-2.0
// What the routes need from the service, one function each: the handlers see nothing else of it,
// and a test gives lambdas.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "server/service/api_keys.h"
#include "server/service/service.h"

namespace yinxin::server {

/// Any function may be called from any thread and throws yinxin::Error only.
struct UseCases {
    std::function<IssueAnswer(const Caller&, IssueRequest)> issue;
    std::function<IssueAnswer(const Caller&,
                              const std::string& id,
                              const Json& data,
                              const std::string& reason,
                              const std::string& idempotency_key)>
        replace;
    std::function<Json(const Caller&,
                       const std::string& id,
                       const std::string& reason,
                       const std::string& idempotency_key)>
        revoke;
    std::function<Service::Sealed(const Caller&, ByteView file, const Json& options)> seal;
    std::function<Json(const Caller&, const std::string& id)> document;
    std::function<Service::File(const Caller&, const std::string& id, std::optional<int> revision)>
        pdf;
    std::function<Json(const Caller&, const std::string& id, const std::string& level)> extend;
    std::function<Json(const std::string& code)> verify_code;
    std::function<CodeAnswer(const std::string& code)> verify_code_as_text;  ///< over HTTP only
    std::function<Json(const Json& request)> verify_fact;
    std::function<std::vector<pdf::AskedFact>(const std::string& code)> askable;
    std::function<Json(ByteView file, const std::string& caller)> verify_file;
    std::function<Service::Report(
        const Caller&, ByteView file, const Json& data, const std::string& idempotency_key)>
        report;
    std::function<Json()> jwks;
    std::function<std::string()> seal_certificates_pem;
    std::function<Json()> readiness;
};

/// The local operator's own, not routed.
struct KeyUseCases {
    std::function<std::string(const std::string& name, Role role)> add;
    std::function<Json()> list;
    std::function<void(const std::string& name)> revoke;
};

/// The local operator's own, too: seal records (server/seal_records.h).
struct SealUseCases {
    std::function<Json(const Json& order, ByteView picture)> create;
    std::function<Json(
        const std::string& id, const Json& order, ByteView picture, const std::string& reason)>
        replace;
    std::function<Json(ByteView file)> take_in;
    std::function<Json(const std::string& id, const std::string& reason)> expire;
    std::function<Json()> list;
    std::function<Json(const std::string& id)> show;
};

/// What is given outlives the result.
UseCases use_cases(Service& service);
KeyUseCases key_use_cases(ApiKeys& keys);

}  // namespace yinxin::server
