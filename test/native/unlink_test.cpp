// Removing a block's name: never somebody else's block, never under somebody's feet unless forced.
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::kLongMs;
using testing::Line;
using testing::put;
using testing::take;
using testing::thrown_by;

class UnlinkTest : public BlockTest {
 protected:
  InstanceId instance() const { return open_segment(kName, dir(), false).header.instance; }
  Status unlink_status(const InstanceId& wanted, bool force = false) const {
    return thrown_by([&] { unlink_segment(kName, dir(), wanted, force); });
  }
  bool exists() const { return access(path().c_str(), F_OK) == 0; }
};

TEST_F(UnlinkTest, RemovesABlockThatNobodyUses) {
  create(config());
  EXPECT_EQ(unlink_status(instance()), Status::OK);
  EXPECT_FALSE(exists());
}

TEST_F(UnlinkTest, OfWhatIsNotThereFails) {
  EXPECT_EQ(unlink_status({}), Status::NO_SUCH_BLOCK);
}

TEST_F(UnlinkTest, IsRefusedWhileSomebodyIsAttached) {
  create(config());
  const auto reader = consumer();
  EXPECT_EQ(unlink_status(instance()), Status::IN_USE);
  EXPECT_TRUE(exists());
}

TEST_F(UnlinkTest, IsPossibleAgainWhenTheLastOneHasLeft) {
  create(config());
  consumer()->close();
  EXPECT_EQ(unlink_status(instance()), Status::OK);
}

TEST_F(UnlinkTest, IsPossibleWhenTheOneAttachedIsDead) {
  create(config());
  ChildProcess child([&](const Line& line) {
    const auto reader = consumer();
    line.stay();
  });
  child.hear();
  child.kill();
  EXPECT_EQ(unlink_status(instance()), Status::OK);
}

TEST_F(UnlinkTest, ByForceLeavesTheAttachedAWorkingNamelessBlock) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  EXPECT_EQ(unlink_status(instance(), true), Status::OK);
  EXPECT_FALSE(exists());
  EXPECT_EQ(put(*writer, "hello"), Status::OK);
  EXPECT_EQ(take(*reader), "hello");
}

TEST_F(UnlinkTest, OfAnotherInstanceIsRefused) {
  create(config());
  InstanceId other = instance();
  other[3] ^= 1;
  EXPECT_EQ(unlink_status(other), Status::RECREATED);
  EXPECT_EQ(unlink_status(other, true), Status::RECREATED);
  EXPECT_TRUE(exists());
}

TEST_F(UnlinkTest, OfTheOldInstanceLeavesTheNewBlockOfThatName) {
  create(config());
  const InstanceId old = instance();
  ASSERT_EQ(unlink_status(old), Status::OK);
  create(config());
  EXPECT_EQ(unlink_status(old), Status::RECREATED);
  EXPECT_TRUE(exists());
}

TEST_F(UnlinkTest, RemovesADamagedBlockWhenNoInstanceIsNamed) {
  std::ofstream(path()) << "rubbish";
  EXPECT_EQ(unlink_status({}), Status::OK);
  EXPECT_FALSE(exists());
}

TEST_F(UnlinkTest, OfADamagedBlockByInstanceIsRefused) {
  std::ofstream(path()) << "rubbish";
  InstanceId wanted{};
  wanted[0] = 1;
  EXPECT_EQ(unlink_status(wanted), Status::RECREATED);
}

TEST_F(UnlinkTest, EndsTheWaitOfAReaderThatWatchesTheName) {
  create(config());
  ConsumerOptions options;
  options.watch_name = true;
  const auto reader = consumer(options);
  std::atomic<Status> ended{Status::OK};
  std::thread waiting([&] { ended = reader->acquire(kLongMs); });
  EXPECT_EQ(unlink_status(instance(), true), Status::OK);
  waiting.join();
  EXPECT_EQ(ended.load(), Status::RECREATED);
}

TEST_F(UnlinkTest, LeavesTheWaitOfAReaderThatDoesNotWatchTheName) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  std::string got;
  std::thread waiting([&] { got = take(*reader); });
  EXPECT_EQ(unlink_status(instance(), true), Status::OK);
  EXPECT_EQ(put(*writer, "still"), Status::OK);
  waiting.join();
  EXPECT_EQ(got, "still");
}

TEST_F(UnlinkTest, AgainstAttachersNeverLeavesSomebodyInABlockWithoutName) {
  // Each round: attachers and an unlinker meet. Whoever attached before the name went makes the unlinker
  // fail; whoever comes later finds no block. Nobody ends up in a nameless one.
  for (int round = 0; round < 60; ++round) {
    create(config());
    const InstanceId mine = instance();
    std::atomic<int> ready{0};
    std::atomic<int> nameless{0};
    std::vector<std::thread> attachers;
    for (int i = 0; i < 2; ++i) {
      attachers.emplace_back([&] {
        ++ready;
        while (ready < 3) {
        }
        try {
          const auto reader = consumer(ConsumerMode::latest);
          struct stat facts {};
          fstat(reader->attachment().file().fd.get(), &facts);
          nameless += facts.st_nlink == 0 ? 1 : 0;
        } catch (const Error& error) {
          EXPECT_EQ(error.status(), Status::NO_SUCH_BLOCK) << error.what();
        }
      });
    }
    ++ready;
    while (ready < 3) {
    }
    const Status status = unlink_status(mine);
    for (std::thread& attacher : attachers) {
      attacher.join();
    }
    EXPECT_EQ(nameless, 0);
    EXPECT_TRUE(status == Status::OK || status == Status::IN_USE);
    if (status != Status::OK) {
      ASSERT_EQ(unlink_status(mine), Status::OK);
    }
  }
}

TEST_F(UnlinkTest, WhileAnAttacherComesMakesItStartOverInsteadOfFindingTheTableFull) {
  // The unlinker has all bytes, and is slow: whoever attaches meanwhile must not take that for a full table.
  create(config());
  const SegmentFile file = open_segment(kName, dir(), true);
  FileDescriptor range = reopen(file.fd.get(), file.path.c_str(), O_RDWR);
  ASSERT_TRUE(try_lock(range.get(), kLockBase, kMaxParticipants + 1));
  std::thread unlinker([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    unlink(path().c_str());
    range.reset();
  });
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::NO_SUCH_BLOCK);
  unlinker.join();
}

}  // namespace
}  // namespace datablock
