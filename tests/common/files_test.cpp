// SPDX-License-Identifier: Apache-2.0
#include "common/files.h"

#include <sys/stat.h>

#include <iterator>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace yinxin {
namespace {

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777;
}

TEST(WriteFileDurably, WritesTheContentWithItsModeAndNothingElse) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "a";
    write_file_durably(file, as_bytes("one"), FileMode::Private, IfPresent::Refuse);
    EXPECT_EQ(as_text(read_private_file(file, 10)), "one");
    EXPECT_EQ(mode_of(file), 0600u);
    write_file_durably(file, as_bytes("two!"), FileMode::Public, IfPresent::Replace);
    EXPECT_EQ(as_text(read_public_file(file, 4)), "two!");
    EXPECT_EQ(mode_of(file), 0644u);
    EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(WriteFileDurably, NeverReplacesWhatItMayNot) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "a";
    write_file_durably(file, as_bytes("one"), FileMode::Private, IfPresent::Refuse);
    EXPECT_ERROR(write_file_durably(file, as_bytes("two"), FileMode::Private, IfPresent::Refuse),
                 Conflict,
                 file.string());
    EXPECT_EQ(as_text(read_private_file(file, 10)), "one");
    EXPECT_EQ(files_in(folder.path()), 1u) << "the temporary file is gone";
}

TEST(WriteFileDurably, NamesAFolderThatIsNotThere) {
    const tests::TemporaryFolder folder;
    EXPECT_ERROR(
        write_file_durably(folder.path() / "none" / "a", {}, FileMode::Private, IfPresent::Refuse),
        NotFound,
        "none");
}

TEST(WriteFileDurably, LeavesNothingBehindWhenItFails) {
    const tests::TemporaryFolder folder;
    std::filesystem::create_directory(folder.path() / "a");
    EXPECT_ERROR(write_file_durably(
                     folder.path() / "a", as_bytes("one"), FileMode::Private, IfPresent::Replace),
                 Unavailable,
                 "a: cannot create");
    EXPECT_EQ(files_in(folder.path()), 1u) << "the folder that was there";
}

TEST(WriteFile, GivesTheModeThatWasAskedForWhateverTheUmask) {
    const tests::TemporaryFolder folder;
    const mode_t before = ::umask(0177);
    write_file(folder.path() / "a", as_bytes("one"), FileMode{0664}, IfPresent::Refuse);
    ::umask(before);
    EXPECT_EQ(mode_of(folder.path() / "a"), 0664u);
    EXPECT_EQ(as_text(read_public_file(folder.path() / "a", 3)), "one");
    EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(MakeDurable, TakesFilesAndFoldersAndNamesWhatIsNotThere) {
    const tests::TemporaryFolder folder;
    write_file(folder.path() / "a", as_bytes("one"), FileMode::Private, IfPresent::Refuse);
    EXPECT_NO_THROW(make_durable(folder.path() / "a"));
    EXPECT_NO_THROW(make_durable(folder.path()));
    EXPECT_ERROR(make_durable(folder.path() / "none"), NotFound, "none");
}

TEST(ReadPrivateFile, RefusesAFileThatOthersMayRead) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "a";
    write_file_durably(file, as_bytes("secret"), FileMode::Private, IfPresent::Refuse);
    for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0777}) {
        ASSERT_EQ(::chmod(file.c_str(), mode), 0);
        EXPECT_ERROR(read_private_file(file, 10), Forbidden, "chmod 600");
    }
    for (const mode_t mode : {0600, 0400}) {
        ASSERT_EQ(::chmod(file.c_str(), mode), 0);
        EXPECT_EQ(as_text(read_private_file(file, 10)), "secret");
    }
}

TEST(ReadPrivateFile, RefusesFoldersAbsentAndLargeFiles) {
    const tests::TemporaryFolder folder;
    EXPECT_ERROR(read_private_file(folder.path(), 10), Invalid, "not a regular file");
    EXPECT_ERROR(read_private_file(folder.path() / "none", 10), NotFound, "none");
    const auto file = folder.path() / "a";
    write_file_durably(file, as_bytes("12345678901"), FileMode::Private, IfPresent::Refuse);
    EXPECT_ERROR(read_private_file(file, 10), TooLarge, "10 bytes");
}

}  // namespace
}  // namespace yinxin
