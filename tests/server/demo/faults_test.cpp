// SPDX-License-Identifier: Apache-2.0
#include "server/demo/faults.h"

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {
namespace {

using namespace std::chrono_literals;

TEST(DemoPkiFaults, AreWhatWasWritten) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "faults";
    EXPECT_TRUE(read_demo_faults(file).empty());
    write_demo_faults(file, {"tsa-down@rsa", "ocsp-slow=1500"});
    const auto faults = read_demo_faults(file);
    EXPECT_NE(find_demo_fault(faults, "tsa-down", "rsa"), nullptr);
    EXPECT_EQ(find_demo_fault(faults, "tsa-down", "p256"), nullptr);
    const DemoFault* const slow = find_demo_fault(faults, "ocsp-slow", "p256");
    ASSERT_NE(slow, nullptr);
    EXPECT_EQ(slow->span, 1500ms);
    write_demo_faults(file, {});
    EXPECT_TRUE(read_demo_faults(file).empty());
}

TEST(DemoPkiFaults, ThatAreNoneAreRefusedAndChangeNothing) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "faults";
    write_demo_faults(file, {"tsa-down"});
    for (const char* word :
         {"", "down", "tsa-slow", "tsa-slow=", "tsa-slow=x", "tsa-slow=-1", "tsa-slow=600001"}) {
        EXPECT_ERROR(write_demo_faults(file, {"ocsp-down", word}), Invalid, "ocsp-stale");
    }
    EXPECT_ERROR(write_demo_faults(file, {"tsa-down=5"}), Invalid, "takes no number");
    EXPECT_EQ(read_demo_faults(file).size(), 1u);
}

}  // namespace
}  // namespace yinxin::server
