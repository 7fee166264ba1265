// SPDX-License-Identifier: Apache-2.0
#include "server/service/api_keys.h"

#include <gtest/gtest.h>

#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

class ApiKeysTest : public ServiceTest {
  protected:
    ApiKeys keys_{*store_};
};

TEST_F(ApiKeysTest, AreToldOnceAndListedByName) {
    const std::string key = keys_.add("window-7", Role::Issuer);
    keys_.add("bank", Role::Verifier);
    EXPECT_EQ(store_->find_api_key(key)->id, "window-7");
    keys_.revoke("window-7");
    EXPECT_FALSE(store_->find_api_key(key));
    const Json list = keys_.list();
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].at("name"), "bank");
    EXPECT_EQ(list[0].at("role"), "verifier");
    EXPECT_FALSE(list[0].contains("revoked_at"));
    EXPECT_EQ(list[1].at("name"), "window-7");
    EXPECT_TRUE(list[1].contains("revoked_at"));
    EXPECT_EQ(list.dump().find(key.substr(3)), std::string::npos);
}

TEST_F(ApiKeysTest, RefuseNamesThatAreNoneOrTaken) {
    for (const std::string& name : {std::string(),
                                    std::string(65, 'a'),
                                    std::string("a b"),
                                    std::string("王"),
                                    std::string("a/b"),
                                    std::string("a\nb")}) {
        EXPECT_EQ(code_of([&] { keys_.add(name, Role::Issuer); }), ErrorCode::Invalid) << name;
    }
    keys_.add(std::string(64, 'a'), Role::Issuer);
    keys_.add("once", Role::Issuer);
    keys_.revoke("once");
    EXPECT_EQ(code_of([&] { keys_.add("once", Role::Admin); }), ErrorCode::Conflict);
    EXPECT_EQ(code_of([&] { keys_.revoke("nobody"); }), ErrorCode::NotFound);
}

}  // namespace
}  // namespace yinxin::server
