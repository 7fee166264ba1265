// SPDX-License-Identifier: Apache-2.0
#include "server/domain/role.h"

#include <gtest/gtest.h>

namespace yinxin::server {
namespace {

TEST(Role, HasAWord) {
    for (const Role role : {Role::Issuer, Role::Verifier, Role::Admin}) {
        EXPECT_EQ(role_from_text(to_text(role)), role);
    }
    EXPECT_EQ(to_text(Role::Verifier), "verifier");
    for (const char* word : {"", "Admin", "root", "issuer "}) {
        EXPECT_EQ(role_from_text(word), std::nullopt) << word;
    }
}

}  // namespace
}  // namespace yinxin::server
