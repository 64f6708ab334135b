// Making, opening and mapping block files.
#include "core/segment.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::Line;
using testing::message_thrown_by;
using testing::thrown_by;

class SegmentTest : public BlockTest {
 protected:
  Status create_status(const std::string& name, const BlockConfig& wanted = config()) const {
    return thrown_by([&] { create_segment(name, dir(), wanted); });
  }
  Status open_status(const std::string& name = kName, bool writable = true) const {
    return thrown_by([&] { open_segment(name, dir(), writable); });
  }
  struct stat facts(const std::string& name = kName) const {
    struct stat found {};
    EXPECT_EQ(stat(path(name).c_str(), &found), 0);
    return found;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(dir()), {}));
  }
};

// ---------------------------------------------------------------------------------------------- create

TEST_F(SegmentTest, CreateMakesAFileOfTheWholeSize) {
  create(config());
  EXPECT_EQ(static_cast<std::uint64_t>(facts().st_size), open_segment(kName, dir(), false).header.total_size);
}

TEST_F(SegmentTest, CreateReservesTheWholeSize) {
  create(config());
  EXPECT_GE(facts().st_blocks * 512, facts().st_size);
}

TEST_F(SegmentTest, CreateKeepsItsConfiguration) {
  BlockConfig wanted = multi_config(7);
  wanted.slot_size = 1000;
  wanted.checksum_algorithm = ChecksumAlgorithm::blake2b;
  wanted.checksum_policy = ChecksumPolicy::manual;
  wanted.overflow_policy = OverflowPolicy::fail;
  wanted.self_heal = false;
  wanted.timestamps = true;
  wanted.max_sync = 3;
  wanted.zones = {{"zone", 100}};
  wanted.fences = Fences::real;
  create(wanted);
  const SegmentFile file = open_segment(kName, dir(), false);
  EXPECT_TRUE(differences(file.header, file.zones, file.schema, wanted).empty());
}

TEST_F(SegmentTest, CreateNamesItsMaker) {
  create(config());
  const Header header = open_segment(kName, dir(), false).header;
  EXPECT_EQ(header.creator.pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(header.creator.uid, getuid());
  EXPECT_NE(header.creator.start_time, 0U);
  EXPECT_EQ(header.boot_id, boot_id());
  EXPECT_STREQ(header.creator_version.data(), kToolVersion);
}

TEST_F(SegmentTest, CreateGivesEveryBlockAnInstanceOfItsOwn) {
  create(config(), "one");
  create(config(), "two");
  EXPECT_NE(open_segment("one", dir(), false).header.instance,
            open_segment("two", dir(), false).header.instance);
}

TEST_F(SegmentTest, ANewBlockHasNoClaimNoHoldAndNoPin) {
  create(config());
  const auto block = raw();
  EXPECT_EQ(block.claim(), 0U);
  for (std::uint8_t id = 1; id <= 16; ++id) {
    EXPECT_EQ(block.hold(id), kNoHold);
    EXPECT_EQ(block.pin(id), kNoPin);
    EXPECT_EQ(block.entry(id).state(), EntryState::free);
  }
}

TEST_F(SegmentTest, ANewBlockIsValid) {
  create(config());
  EXPECT_EQ(violations(), "");
}

TEST_F(SegmentTest, ASecondCreateIsRefused) {
  create(config());
  EXPECT_EQ(create_status(kName), Status::EXISTS);
}

TEST_F(SegmentTest, ARefusedCreateLeavesTheOldBlockAlone) {
  create(config());
  const InstanceId before = open_segment(kName, dir(), false).header.instance;
  create_status(kName);
  EXPECT_EQ(open_segment(kName, dir(), false).header.instance, before);
}

TEST_F(SegmentTest, CreateReplacesNoOtherFile) {
  std::ofstream(path("file")) << "precious";
  std::filesystem::create_directory(path("directory"));
  std::filesystem::create_symlink("nowhere", path("link"));
  for (const char* name : {"file", "directory", "link"}) {
    EXPECT_EQ(create_status(name), Status::EXISTS) << name;
  }
  EXPECT_EQ(std::filesystem::file_size(path("file")), 8U);
}

TEST_F(SegmentTest, AFailedCreateLeavesNoFileBehind) {
  BlockConfig wanted = config();
  wanted.slot_size = std::uint64_t{1} << 40;  // a TiB a slot: more than there is
  EXPECT_EQ(create_status(kName, wanted), Status::NO_SPACE);
  EXPECT_EQ(files(), 0U);
}

TEST_F(SegmentTest, ModeDefaultsToTheOwnerOnly) {
  create(config());
  EXPECT_EQ(facts().st_mode & 07777U, 0600U);
}

TEST_F(SegmentTest, ModeIsWhatWasAskedForWhateverTheUmask) {
  const mode_t before = umask(0077);
  BlockConfig wanted = config();
  wanted.mode = 0664;
  create(wanted);
  umask(before);
  EXPECT_EQ(facts().st_mode & 07777U, 0664U);
}

TEST_F(SegmentTest, GroupIsWhatWasAskedFor) {
  if (getuid() != 0) {
    GTEST_SKIP() << "Only root may give a file to any group.";
  }
  BlockConfig wanted = config();
  wanted.gid = 4321;
  create(wanted);
  EXPECT_EQ(facts().st_gid, 4321U);
}

TEST_F(SegmentTest, CreateInADirectoryThatThereIsNotFails) {
  EXPECT_EQ(thrown_by([&] { create_segment(kName, dir() + "/no", config()); }), Status::NO_SUCH_BLOCK);
}

/// Runs `body` in a child that has a tmpfs of `size` bytes mounted on dir() in a mount namespace of its own.
/// The exit code is 77 when that is not permitted.
int with_small_tmpfs(const std::string& dir, std::size_t size, const std::function<void()>& body) {
  ChildProcess child([&](const Line&) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("small", dir.c_str(), "tmpfs", 0, ("size=" + std::to_string(size)).c_str()) != 0) {
      _exit(77);
    }
    body();
  });
  return child.wait();
}

TEST_F(SegmentTest, CreateOnAFullFileSystemSaysSoAndLeavesNothing) {
  const int code = with_small_tmpfs(dir(), 1 << 20, [&] {
    BlockConfig wanted = config();
    wanted.slot_size = 1 << 20;
    REQUIRE_IN_CHILD(create_status(kName, wanted) == Status::NO_SPACE);
    REQUIRE_IN_CHILD(files() == 0);
    REQUIRE_IN_CHILD(create_status(kName) == Status::OK);  // a small one still fits
  });
  if (code == 77) {
    GTEST_SKIP() << "A mount namespace of our own is not permitted here.";
  }
  EXPECT_EQ(code, 0);
}

TEST_F(SegmentTest, CreateOnAFullFileSystemNamesNeedAndHave) {
  const int code = with_small_tmpfs(dir(), 1 << 20, [&] {
    BlockConfig wanted = config();
    wanted.slot_size = 1 << 20;
    const std::string message = message_thrown_by([&] { create_segment(kName, dir(), wanted); });
    REQUIRE_IN_CHILD(message.find("It needs 4.2 MiB") != std::string::npos);
    REQUIRE_IN_CHILD(message.find(dir() + " has 1.0 MiB") != std::string::npos);
  });
  if (code == 77) {
    GTEST_SKIP() << "A mount namespace of our own is not permitted here.";
  }
  EXPECT_EQ(code, 0);
}

TEST_F(SegmentTest, NobodyEverSeesAHalfMadeBlock) {
  std::atomic<bool> done{false};
  std::atomic<int> half{0};
  std::thread looking([&] {
    while (!done) {
      const Status status = open_status();
      half += status == Status::OK || status == Status::NO_SUCH_BLOCK ? 0 : 1;
    }
  });
  for (int i = 0; i < 100; ++i) {
    create(config(1000));
    ASSERT_EQ(unlink(path().c_str()), 0);
  }
  done = true;
  looking.join();
  EXPECT_EQ(half, 0);
}

TEST_F(SegmentTest, ACreatorThatIsKilledLeavesAWholeBlockOrNone) {
  for (int i = 0; i < 30; ++i) {
    ChildProcess child([&](const Line& line) {
      line.say();
      BlockConfig wanted = config(1000);
      wanted.slot_size = 4096;
      create(wanted);
      line.stay();
    });
    child.hear();
    NativeEnv::nap(static_cast<std::uint64_t>(i) * 200'000);
    child.kill();
    const Status status = open_status();
    if (status == Status::OK) {
      EXPECT_EQ(violations(), "");
      ASSERT_EQ(unlink(path().c_str()), 0);
    }
    EXPECT_TRUE(status == Status::OK || status == Status::NO_SUCH_BLOCK);
    EXPECT_EQ(files(), 0U);
  }
}

TEST_F(SegmentTest, OfTwoCreatorsOneMakesTheBlock) {
  for (int i = 0; i < 30; ++i) {
    std::array<Status, 2> status{};
    std::thread first([&] { status[0] = create_status(kName); });
    std::thread second([&] { status[1] = create_status(kName); });
    first.join();
    second.join();
    std::sort(status.begin(), status.end());
    EXPECT_EQ(status[0], Status::OK);
    EXPECT_EQ(status[1], Status::EXISTS);
    EXPECT_EQ(files(), 1U);
    ASSERT_EQ(unlink(path().c_str()), 0);
  }
}

// ---------------------------------------------------------------------------------------------- names

TEST_F(SegmentTest, GoodNamesAreTaken) {
  for (const std::string& name :
       {std::string("a"), std::string("sensor-1.raw_A"), std::string("-"), std::string(200, 'x')}) {
    EXPECT_EQ(create_status(name), Status::OK) << name;
    EXPECT_EQ(open_status(name), Status::OK) << name;
  }
}

TEST_F(SegmentTest, BadNamesAreRefusedByCreateAndOpen) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string(".hidden"), std::string("a/b"),
        std::string("../x"), std::string("a b"), std::string("ä"), std::string("a\n"), std::string("a\0b", 3),
        std::string(201, 'x')}) {
    EXPECT_EQ(create_status(name), Status::NAME_INVALID) << name;
    EXPECT_EQ(open_status(name), Status::NAME_INVALID) << name;
    EXPECT_EQ(thrown_by([&] { unlink_segment(name, dir(), {}, false); }), Status::NAME_INVALID) << name;
  }
}

TEST_F(SegmentTest, DirectoryComesFromTheArgumentThenTheEnvironmentThenTheDefault) {
  ASSERT_EQ(setenv("DATABLOCK_DIR", "/somewhere", 1), 0);
  EXPECT_EQ(segment_path("x", "/here"), "/here/x");
  EXPECT_EQ(segment_path("x"), "/somewhere/x");
  ASSERT_EQ(setenv("DATABLOCK_DIR", "", 1), 0);
  EXPECT_EQ(segment_path("x"), "/dev/shm/x");
  ASSERT_EQ(unsetenv("DATABLOCK_DIR"), 0);
  EXPECT_EQ(segment_path("x"), "/dev/shm/x");
}

// ---------------------------------------------------------------------------------------------- open

TEST_F(SegmentTest, OpeningWhatIsNotThereMakesNothing) {
  EXPECT_EQ(open_status("missing"), Status::NO_SUCH_BLOCK);
  EXPECT_EQ(files(), 0U);
}

TEST_F(SegmentTest, ASymbolicLinkIsNotFollowed) {
  create(config());
  std::filesystem::create_symlink(path(), path("link"));
  EXPECT_EQ(open_status("link"), Status::NOT_A_BLOCK);
  EXPECT_EQ(open_status("link", false), Status::NOT_A_BLOCK);
}

TEST_F(SegmentTest, AFifoIsRefusedWithoutWaitingForItsOtherEnd) {
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(open_status("fifo"), Status::NOT_A_BLOCK);
  EXPECT_EQ(open_status("fifo", false), Status::NOT_A_BLOCK);
}

TEST_F(SegmentTest, ADirectoryIsRefused) {
  std::filesystem::create_directory(path("directory"));
  EXPECT_EQ(open_status("directory"), Status::NOT_A_BLOCK);
  EXPECT_EQ(open_status("directory", false), Status::NOT_A_BLOCK);
}

TEST_F(SegmentTest, ASocketIsRefused) {
  const FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path("socket").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(open_status("socket"), Status::NOT_A_BLOCK);
}

/// In a child that is nobody in particular; the exit code is 77 when we cannot become that.
int as_nobody(const std::function<void()>& body) {
  ChildProcess child([&](const Line&) {
    if (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0) {
      _exit(77);
    }
    body();
  });
  return child.wait();
}

TEST_F(SegmentTest, WhatWeMayNotOpenIsAMatterOfPermission) {
  create(config());
  ASSERT_EQ(chmod(dir().c_str(), 0755), 0);
  const int code = as_nobody([&] {
    REQUIRE_IN_CHILD(open_status(kName, false) == Status::PERMISSION);
    REQUIRE_IN_CHILD(open_status(kName, true) == Status::PERMISSION);
  });
  if (code == 77) {
    GTEST_SKIP() << "Only root can become somebody else.";
  }
  EXPECT_EQ(code, 0);
}

TEST_F(SegmentTest, AnObserverNeedsReadPermissionOnly) {
  BlockConfig wanted = config();
  wanted.mode = 0644;
  create(wanted);
  ASSERT_EQ(chmod(dir().c_str(), 0755), 0);
  const int code = as_nobody([&] {
    REQUIRE_IN_CHILD(open_status(kName, true) == Status::PERMISSION);
    Observer watcher(kName, dir());
    REQUIRE_IN_CHILD(watcher.snapshot(1, 1).claim == 0);
    REQUIRE_IN_CHILD(thrown_by([&] { consumer(); }) == Status::PERMISSION);
  });
  if (code == 77) {
    GTEST_SKIP() << "Only root can become somebody else.";
  }
  EXPECT_EQ(code, 0);
}

TEST_F(SegmentTest, CreateWhereWeMayNotWriteIsAMatterOfPermission) {
  ASSERT_EQ(chmod(dir().c_str(), 0755), 0);
  const int code = as_nobody([&] { REQUIRE_IN_CHILD(create_status(kName) == Status::PERMISSION); });
  if (code == 77) {
    GTEST_SKIP() << "Only root can become somebody else.";
  }
  EXPECT_EQ(code, 0);
}

// ---------------------------------------------------------------------------------------------- mapping

/// The signal that writing through `address` ends a child with; 0: none.
int signal_of_writing(volatile void* address) {
  ChildProcess child([&](const Line&) {
    signal(SIGSEGV, SIG_DFL);  // sanitizers have a handler of their own
    auto* byte = static_cast<volatile unsigned char*>(address);
    *byte = *byte;
  });
  return -child.wait();
}

class MappingTest : public SegmentTest {
 protected:
  MappingTest() {
    BlockConfig wanted = config();
    wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
    create(wanted);
  }
  MappedSegment map(Access access) const {
    return {open_segment(kName, dir(), access != Access::observer), access, false};
  }
};

TEST_F(MappingTest, AConsumerCannotWriteStatesChecksumsOrPayload) {
  const MappedSegment segment = map(Access::consumer);
  EXPECT_EQ(signal_of_writing(segment.view().states), SIGSEGV);
  EXPECT_EQ(signal_of_writing(segment.view().checksums), SIGSEGV);
  EXPECT_EQ(signal_of_writing(segment.view().payload), SIGSEGV);
  EXPECT_EQ(signal_of_writing(segment.view().participants), 0);
}

TEST_F(MappingTest, AProducerCanWriteAll) {
  const MappedSegment segment = map(Access::producer);
  EXPECT_EQ(signal_of_writing(segment.view().states), 0);
  EXPECT_EQ(signal_of_writing(segment.view().checksums), 0);
  EXPECT_EQ(signal_of_writing(segment.view().payload), 0);
  EXPECT_EQ(signal_of_writing(segment.view().control), 0);
}

TEST_F(MappingTest, AnObserverCannotWriteAnythingAndHasNoPayload) {
  const MappedSegment segment = map(Access::observer);
  EXPECT_EQ(signal_of_writing(segment.view().control), SIGSEGV);
  EXPECT_EQ(signal_of_writing(segment.view().participants), SIGSEGV);
  EXPECT_EQ(signal_of_writing(segment.view().recorder), SIGSEGV);
  EXPECT_EQ(signal_of_writing(segment.view().states), SIGSEGV);
  EXPECT_EQ(segment.payload(), nullptr);
}

TEST_F(MappingTest, RecoveryMapsNoPayload) {
  const MappedSegment segment = map(Access::recovery);
  EXPECT_EQ(signal_of_writing(segment.view().states), 0);
  EXPECT_EQ(segment.payload(), nullptr);
}

TEST_F(MappingTest, AHeaderScribbledOverLaterDoesNotMoveALiveHandle) {
  const auto writer = producer();
  const FileDescriptor fd(open(path().c_str(), O_WRONLY | O_CLOEXEC));
  const std::string rubbish(kHeaderSize, '\xff');
  ASSERT_EQ(pwrite(fd.get(), rubbish.data(), rubbish.size(), 0), static_cast<ssize_t>(rubbish.size()));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(testing::put(*writer, "still here"), Status::OK);
  }
}

// ---------------------------------------------------------------------------------------------- instance ids

TEST(InstanceIds, SurviveTheirText) {
  InstanceId id{};
  for (std::size_t i = 0; i < id.size(); ++i) {
    id[i] = static_cast<std::uint8_t>(i * 17);
  }
  EXPECT_EQ(to_hex(id), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(instance_from_hex(to_hex(id)), id);
}

TEST(InstanceIds, OfAnythingElseAreRefused) {
  for (const char* text :
       {"", "00", "00112233445566778899aabbccddeefg", "00112233445566778899aabbccddeeff0"}) {
    EXPECT_EQ(thrown_by([&] { instance_from_hex(text); }), Status::CONFIG_INVALID) << text;
  }
}

}  // namespace
}  // namespace datablock
