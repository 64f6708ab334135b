// Observers change nothing, and need read permission only.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "core/snapshot_file.hpp"
#include "core/validation.hpp"
#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::Line;
using testing::put;
using testing::put_numbers;

class ObserverTest : public BlockTest {
 protected:
  /// A block in the middle of life: the living, the dead, a slot in hand, a pin, a hold, a scribbled word.
  void create_a_lively_one() {
    BlockConfig wanted = multi_config(8);
    wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
    create(wanted);
    writer_ = producer();
    reader_ = consumer();
    tap_ = consumer(ConsumerMode::latest);
    put_numbers(*writer_, 0, 3);
    writer_->acquire(0);
    reader_->acquire(0);
    tap_->acquire(0);
    ChildProcess child([&](const Line& line) {
      const auto dead = producer();
      REQUIRE_IN_CHILD(dead->acquire(0) == Status::OK);
      line.stay();
    });
    child.hear();
    child.kill();
    raw().set_word(7, SlotWord{0xdeadbeef});
  }

  void look_at_everything() const {
    const Observer watcher(kName, dir());
    watcher.snapshot(0, 100);
    watcher.slots(0, 100, 0);
    watcher.metrics();
    watcher.history();
    verdict_table(watcher.file(), watcher.view());
    plan_recovery(watcher.file(), watcher.view());
    const SegmentFile file = open_segment(kName, dir(), false);
    const MappedSegment whole(file, Access::observer_payload, true);
    validate(file, whole.view(), true);
  }

  std::unique_ptr<Producer> writer_;
  std::unique_ptr<Consumer> reader_;
  std::unique_ptr<Consumer> tap_;
};

TEST_F(ObserverTest, LeavesEveryByteAsItWas) {
  create_a_lively_one();
  const std::string before = file_bytes();
  look_at_everything();
  EXPECT_TRUE(file_bytes() == before);
}

TEST_F(ObserverTest, LeavesTheFilesTimesAsTheyWere) {
  create_a_lively_one();
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(stat(path().c_str(), &before), 0);
  look_at_everything();
  ASSERT_EQ(stat(path().c_str(), &after), 0);
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  EXPECT_EQ(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
}

TEST_F(ObserverTest, TakesNoLock) {
  create(config());
  const Observer watcher(kName, dir());
  watcher.snapshot(0, 1);
  for (unsigned id = 0; id <= 16; ++id) {
    EXPECT_FALSE(raw().is_locked(id));
  }
}

TEST_F(ObserverTest, HasTheFileOpenForReadingOnly) {
  create(config());
  const Observer watcher(kName, dir());
  EXPECT_EQ(fcntl(watcher.file().fd.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
}

TEST_F(ObserverTest, MapsNothingWritable) {
  create(config());
  const Observer watcher(kName, dir());
  std::ifstream maps("/proc/self/maps");
  int mappings = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(path()) != std::string::npos) {
      ++mappings;
      EXPECT_NE(line.find(" r--s "), std::string::npos) << line;
    }
  }
  EXPECT_GE(mappings, 2);
}

TEST_F(ObserverTest, WorksOnAFileThatNobodyMayWrite) {
  create(config());
  ASSERT_EQ(chmod(path().c_str(), 0400), 0);
  look_at_everything();
}

TEST_F(ObserverTest, SeesTheBlockWhileItIsUsed) {
  create(config());
  const Observer watcher(kName, dir());
  put_numbers(*producer(), 0, 3);
  EXPECT_EQ(watcher.snapshot(0, 1).claim, 3U);
}

// ---------------------------------------------------------------------------------------------- snapshot
// files

class SnapshotFileTest : public ObserverTest {
 protected:
  void take_snapshot(bool with_payload) const {
    const SegmentFile file = open_segment(kName, dir(), false);
    const MappedSegment map(file, with_payload ? Access::observer_payload : Access::observer, false);
    write_snapshot(file, map.view(), path("snapshot"), with_payload);
  }
};

TEST_F(SnapshotFileTest, SaysLaterWhatWasTrueThen) {
  create_a_lively_one();
  const Snapshot then = Observer(kName, dir()).snapshot(0, 100);
  take_snapshot(false);
  writer_.reset();
  reader_.reset();
  tap_.reset();
  const Snapshot later = Observer(open_snapshot(path("snapshot"))).snapshot(0, 100);
  EXPECT_EQ(later.claim, then.claim);
  EXPECT_EQ(later.by_phase, then.by_phase);
  EXPECT_EQ(later.by_verdict, then.by_verdict);
  ASSERT_EQ(later.participants.size(), then.participants.size());
  for (std::size_t i = 0; i < later.participants.size(); ++i) {
    EXPECT_EQ(later.participants[i].verdict, then.participants[i].verdict);
    EXPECT_EQ(later.participants[i].name, then.participants[i].name);
    EXPECT_EQ(later.participants[i].hold, then.participants[i].hold);
  }
}

TEST_F(SnapshotFileTest, KnowsWhichBlockItIsOf) {
  create(config());
  take_snapshot(false);
  EXPECT_EQ(open_snapshot(path("snapshot")).name, kName);
}

TEST_F(SnapshotFileTest, OfABlockInFullFlowIsFreeOfViolations) {
  BlockConfig wanted = config();
  wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
  wanted.checksum_policy = ChecksumPolicy::enforced;
  create(wanted);
  std::atomic<bool> done{false};
  std::thread writing([&] {
    const auto writer = producer();
    while (!done) {
      put(*writer, "flowing");
    }
  });
  for (int i = 0; i < 200; ++i) {
    take_snapshot(true);
    const ValidationReport report = validate(open_snapshot(path("snapshot")), true);
    EXPECT_TRUE(report.violations.empty()) << report.violations.front().detail;
    EXPECT_EQ(unlink(path("snapshot").c_str()), 0);
  }
  done = true;
  writing.join();
}

TEST_F(SnapshotFileTest, CallsNobodyDeadWhoHasLeftMeanwhile) {
  // A copy takes milliseconds under a sanitizer: it needs a while in which nobody comes or goes.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::uint64_t kBetweenNs = 30'000'000;
#else
  constexpr std::uint64_t kBetweenNs = 2'000'000;
#endif
  create(multi_config());
  std::atomic<bool> done{false};
  std::thread coming_and_going([&] {
    while (!done) {
      put(*producer(), "x");
      NativeEnv::nap(kBetweenNs);
    }
  });
  for (int i = 0; i < 200; ++i) {
    take_snapshot(false);
    const Snapshot then = Observer(open_snapshot(path("snapshot"))).snapshot(0, 100);
    for (const ParticipantReport& one : then.participants) {
      EXPECT_NE(one.verdict, Verdict::dead) << i;
    }
    EXPECT_EQ(unlink(path("snapshot").c_str()), 0);
  }
  done = true;
  coming_and_going.join();
}

TEST_F(SnapshotFileTest, LeavesTheBlockAsItWas) {
  create_a_lively_one();
  const std::string before = file_bytes();
  take_snapshot(true);
  EXPECT_TRUE(file_bytes() == before);
}

TEST_F(SnapshotFileTest, ReplacesNoFile) {
  create(config());
  take_snapshot(false);
  EXPECT_EQ(testing::thrown_by([&] { take_snapshot(false); }), Status::EXISTS);
}

TEST_F(SnapshotFileTest, OfAnythingElseIsRefused) {
  create(config());
  EXPECT_EQ(testing::thrown_by([&] { open_snapshot(path("none")); }), Status::NO_SUCH_BLOCK);
  std::ofstream(path("rubbish")) << std::string(10'000, 'x');
  EXPECT_EQ(testing::thrown_by([&] { open_snapshot(path("rubbish")); }), Status::NOT_A_BLOCK);
  EXPECT_EQ(testing::thrown_by([&] { open_snapshot(path()); }), Status::NOT_A_BLOCK);
}

TEST_F(SnapshotFileTest, CutAnywhereIsRefused) {
  create(config());
  take_snapshot(true);
  struct stat facts {};
  ASSERT_EQ(stat(path("snapshot").c_str(), &facts), 0);
  for (off_t size = facts.st_size - 1; size > 0; size /= 2) {
    ASSERT_EQ(truncate(path("snapshot").c_str(), size), 0);
    EXPECT_NE(testing::thrown_by([&] { open_snapshot(path("snapshot")); }), Status::OK) << size;
  }
}

}  // namespace
}  // namespace datablock
