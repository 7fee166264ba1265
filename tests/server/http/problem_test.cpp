// SPDX-License-Identifier: Apache-2.0
#include "server/http/problem.h"

#include <gtest/gtest.h>

#include <set>

namespace yinxin::server {
namespace {

TEST(Problem, MapsEveryErrorCodeToItsStatus) {
    const std::map<ErrorCode, int> expected{{ErrorCode::Malformed, 400},
                                            {ErrorCode::Unauthorized, 401},
                                            {ErrorCode::Forbidden, 403},
                                            {ErrorCode::NotFound, 404},
                                            {ErrorCode::Conflict, 409},
                                            {ErrorCode::TooLarge, 413},
                                            {ErrorCode::Invalid, 422},
                                            {ErrorCode::Mismatch, 422},
                                            {ErrorCode::TooMany, 429},
                                            {ErrorCode::Refused, 422},
                                            {ErrorCode::Unavailable, 503},
                                            {ErrorCode::StorageFull, 507},
                                            {ErrorCode::Internal, 500}};
    for (const auto& [code, status] : expected) EXPECT_EQ(problem_kind(code).status, status);
}

TEST(Problem, HasUniqueNamesAndATitleForEach) {
    std::set<std::string_view> names;
    for (const auto& kind : problem_kinds()) {
        EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
        EXPECT_FALSE(kind.title.empty());
        EXPECT_EQ(find_problem(kind.name), &kind);
    }
    EXPECT_EQ(find_problem("no-such"), nullptr);
}

TEST(Problem, NamesTheFieldsByPointer) {
    const Error error(ErrorCode::Invalid,
                      "The data breaks a rule.",
                      {{"/data/a~1b", "resident_id", "The check digit is wrong."}});
    const auto response = problem_response(error, "https://v.example", "t1");
    EXPECT_EQ(response.content_type, "application/problem+json");
    const auto body = nlohmann::json::parse(response.body);
    EXPECT_EQ(body.at("type"), "https://v.example/problems/invalid");
    EXPECT_EQ(body.at("status"), 422);
    EXPECT_EQ(body.at("trace_id"), "t1");
    EXPECT_EQ(body.at("errors").at(0).at("pointer"), "/data/a~1b");
    EXPECT_EQ(body.at("errors").at(0).at("rule"), "resident_id");
}

TEST(Problem, NeverTellsWhatWentWrongInside) {
    const auto response = problem_response(
        Error(ErrorCode::Internal, "key store at /srv/keys is broken"), "https://v.example", "t2");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("/srv/keys"), std::string::npos);
    EXPECT_NE(response.body.find("t2"), std::string::npos);
}

TEST(Problem, SurvivesBrokenUtf8InADetail) {
    const auto response =
        problem_response(Error(ErrorCode::Malformed, "bad \xff byte"), "https://v.example", "t3");
    EXPECT_TRUE(nlohmann::json::accept(response.body));
}

TEST(Problem, SaysWhenToTryAgain) {
    for (const auto code : {ErrorCode::Unavailable, ErrorCode::StorageFull, ErrorCode::TooMany}) {
        const auto response = problem_response(Error(code, "x"), "https://v.example", "t4");
        EXPECT_TRUE(
            std::any_of(response.fields.begin(), response.fields.end(), [](const HttpField& field) {
                return field.name == "Retry-After";
            }));
    }
}

}  // namespace
}  // namespace yinxin::server
