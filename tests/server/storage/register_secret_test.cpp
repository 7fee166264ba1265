// SPDX-License-Identifier: Apache-2.0
#include "server/storage/register_secret.h"

#include <sys/stat.h>

#include "common/files.h"
#include "keys/crypto/random.h"
#include "server/storage/store.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin::server {
namespace {

TEST(RegisterSecret, IsMadeOnceAndReadByItsOwnerOnly) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "pepper";
    keys::OpenSslRandom random;
    make_register_secret(file, random);
    const Bytes secret = read_register_secret(file);
    EXPECT_EQ(secret.size(), register_secret_bytes);
    EXPECT_ERROR(make_register_secret(file, random), Conflict, "pepper");
    EXPECT_EQ(read_register_secret(file), secret);

    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    EXPECT_ERROR(read_register_secret(file), Forbidden, "chmod 600");
}

TEST(RegisterSecret, IsNotTakenFromAFileThatIsShortLongOrAbsent) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "pepper";
    EXPECT_ERROR(read_register_secret(file), NotFound, "pepper");
    write_file(file, Bytes(31, 1), FileMode::Private, IfPresent::Refuse);
    EXPECT_ERROR(read_register_secret(file), Invalid, "from a backup");
    write_file(file, Bytes(33, 1), FileMode::Private, IfPresent::Replace);
    EXPECT_ERROR(read_register_secret(file), TooLarge, "32 bytes");
}

}  // namespace
}  // namespace yinxin::server
