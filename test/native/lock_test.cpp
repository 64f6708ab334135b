// The life sign: a lock byte that stays as long as its process lives, and goes when it dies.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/attachment.hpp"
#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::kLongMs;
using testing::Line;
using testing::put;
using testing::put_numbers;
using testing::take;
using testing::thrown_by;

/// What an application does that closes descriptors it does not own.
void close_all_but(const std::vector<int>& keep) {
  for (int fd = 3; fd < 256; ++fd) {
    if (std::find(keep.begin(), keep.end(), fd) == keep.end()) {
      close(fd);
    }
  }
}

/// Descriptors that are open now.
std::vector<int> open_descriptors() {
  std::vector<int> found;
  for (int fd = 0; fd < 256; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) {
      found.push_back(fd);
    }
  }
  return found;
}

/// Unmaps every page of `path` that begins at offset 0: where the page is that keeps the lock.
void unmap_first_pages(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> found;
  while (std::getline(maps, line)) {
    if (line.find(path) == std::string::npos) {
      continue;
    }
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    std::string rights;
    std::uint64_t offset = 0;
    char dash = 0;
    std::istringstream(line) >> std::hex >> from >> dash >> to >> rights >> offset;
    if (offset == 0) {
      found.emplace_back(from, to);
    }
  }
  for (const auto& [from, to] : found) {
    munmap(reinterpret_cast<void*>(from), to - from);
  }
}

class LockTest : public BlockTest {};

TEST_F(LockTest, IsSeenFromOutsideWithReadPermissionOnly) {
  create(config());
  const auto reader = consumer();
  const FileDescriptor fd(open(path().c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(probe_lock(fd.get(), kLockBase + 1), LockState::held);
  EXPECT_EQ(probe_lock(fd.get(), kLockBase + 2), LockState::free);
}

TEST_F(LockTest, ProbingTakesNothing) {
  create(config());
  const FileDescriptor probe(open(path().c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_EQ(probe_lock(probe.get(), kLockBase + 1), LockState::free);
  EXPECT_EQ(consumer()->attachment().id(), 1);
}

TEST_F(LockTest, OfAClosedDescriptorIsUnknown) {
  EXPECT_EQ(probe_lock(-1, kLockBase + 1), LockState::unknown);
}

TEST_F(LockTest, OfTheProducerRoleIsByteZero) {
  create(config());
  auto writer = producer();
  EXPECT_TRUE(raw().is_locked(0));
  writer.reset();
  EXPECT_FALSE(raw().is_locked(0));
}

TEST_F(LockTest, InMultiNobodyHasTheProducerRole) {
  create(multi_config());
  const auto writer = producer();
  EXPECT_FALSE(raw().is_locked(0));
}

TEST_F(LockTest, CannotBeTakenByACleanerWhileItsOwnerLives) {
  create(config());
  const auto reader = consumer();
  EXPECT_FALSE(DeadParticipantLock(reader->attachment().file(), 1).is_held());
}

TEST_F(LockTest, CanBeTakenByOneCleanerAtATime) {
  create(config());
  const SegmentFile file = open_segment(kName, dir(), true);
  const DeadParticipantLock first(file, 1);
  EXPECT_TRUE(first.is_held());
  EXPECT_FALSE(DeadParticipantLock(file, 1).is_held());
  EXPECT_TRUE(DeadParticipantLock(file, 2).is_held());
}

TEST_F(LockTest, ACleanersLockGoesWithIt) {
  create(config());
  const SegmentFile file = open_segment(kName, dir(), true);
  { const DeadParticipantLock cleaner(file, 1); }
  EXPECT_EQ(probe_lock(file.fd.get(), kLockBase + 1), LockState::free);
}

TEST_F(LockTest, SurvivesAnApplicationThatClosesAllDescriptors) {
  create(config());
  ChildProcess child([&](const Line& line) {
    const auto before = open_descriptors();
    const auto writer = producer();
    close_all_but(before);
    line.say();
    line.hear();
    put_numbers(*writer, 0, 10);  // and it can go on
    line.stay();
  });
  child.hear();
  EXPECT_TRUE(raw().is_locked(0));
  EXPECT_TRUE(raw().is_locked(1));
  child.say();
  child.hear();
  EXPECT_EQ(raw().claim(), 10U);
  child.kill();
  EXPECT_FALSE(raw().is_locked(1));
}

TEST_F(LockTest, AHandleThatLostItStopsWithLockLost) {
  create(config());
  ChildProcess child([&](const Line&) {
    const auto before = open_descriptors();
    const auto reader = consumer();
    const auto keep = raw();  // a description of the file that stays, to look through
    const int kept = dup(keep.file().fd.get());
    const int watch = reader->attachment().file().fd.get();
    auto spared = before;
    spared.push_back(kept);
    spared.push_back(watch);
    close_all_but(spared);
    unmap_first_pages(path());
    REQUIRE_IN_CHILD(probe_lock(kept, kLockBase + 1) == LockState::free);
    REQUIRE_IN_CHILD(reader->acquire(kLongMs) == Status::LOCK_LOST);
    _exit(0);
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(LockTest, AProducerThatLostItStopsWithLockLostWhenItWaits) {
  create(config(1));
  const auto reader = consumer();
  ChildProcess child([&](const Line&) {
    const auto before = open_descriptors();
    const auto writer = producer();
    put_numbers(*writer, 0, 1);
    auto spared = before;
    spared.push_back(writer->attachment().file().fd.get());
    close_all_but(spared);
    unmap_first_pages(path());
    REQUIRE_IN_CHILD(writer->acquire(kLongMs) == Status::LOCK_LOST);
    _exit(0);
  });
  EXPECT_EQ(child.wait(), 0);
}

// The numbers of closed descriptors are given to other files. A handle that looks through them must not take
// what it sees there for the block: it would find every participant dead.
class ReusedDescriptors : public BlockTest, public ::testing::WithParamInterface<bool> {
 protected:
  ReusedDescriptors() {
    BlockConfig wanted = multi_config();
    wanted.heal_after_ms = 1;
    create(wanted);
    if (GetParam()) {
      create(multi_config(), "other");  // there, the bytes are free too
    } else {
      std::ofstream(path("other")) << "something else";
    }
    slow_ = producer();
  }

  /// Has a reader wait for the slow one behind descriptors that were closed and used again.
  void wait_behind_reused_descriptors(const std::function<void(Consumer&)>& wait) {
    ASSERT_EQ(slow_->acquire(0), Status::OK);
    in_child([&] { return consumer(ConsumerMode::sync, StartFrom::oldest); },
             [&](auto& reader) { wait(*reader); });
  }

  template <class Attach, class Wait>
  void in_child(const Attach& attach, const Wait& wait) {
    ChildProcess child([&](const Line& line) {
      const auto before = open_descriptors();
      const auto handle = attach();
      close_all_but(before);
      for (int i = 0; i < 20; ++i) {
        open(path("other").c_str(), O_RDWR);
      }
      wait(handle);
      line.say();
    });
    child.hear();
    child.wait();
  }
  void expect_the_slow_one_unharmed() {
    EXPECT_EQ(raw().word(0).phase(), Phase::writing);
    EXPECT_EQ(raw().entry(1).state(), EntryState::active);
    EXPECT_EQ(slow_->commit(0), Status::OK);
  }

  std::unique_ptr<Producer> slow_;
};

TEST_P(ReusedDescriptors, AWaitingReaderCleansUpAfterNobodyAlive) {
  wait_behind_reused_descriptors([](Consumer& reader) { reader.acquire(300); });
  expect_the_slow_one_unharmed();
}

TEST_P(ReusedDescriptors, APollingReaderCleansUpAfterNobodyAlive) {
  wait_behind_reused_descriptors([](Consumer& reader) {
    for (int i = 0; i < 100; ++i) {
      reader.acquire(0);
      NativeEnv::nap(kNsPerMs);
    }
  });
  expect_the_slow_one_unharmed();
}

TEST_P(ReusedDescriptors, AProducerCleansUpAfterNobodyAlive) {
  ASSERT_EQ(slow_->acquire(0), Status::OK);
  in_child([&] { return producer(); },
           [](auto& writer) {
             put_numbers(*writer, 0, 3);
             for (int i = 0; i < 50; ++i) {
               writer->acquire(2);
             }
           });
  expect_the_slow_one_unharmed();
}

TEST_P(ReusedDescriptors, AWaitingReaderSaysThatItsLockIsLost) {
  wait_behind_reused_descriptors(
      [](Consumer& reader) { REQUIRE_IN_CHILD(reader.acquire(kLongMs) == Status::LOCK_LOST); });
  expect_the_slow_one_unharmed();
}

INSTANTIATE_TEST_SUITE_P(By, ReusedDescriptors, ::testing::Values(false, true),
                         [](const auto& test) { return test.param ? "AnotherBlock" : "AnotherFile"; });

TEST_F(LockTest, OfAFileIsOfTheFileWhateverItsName) {
  create(config());
  const SegmentFile file = open_segment(kName, dir(), true);
  ASSERT_EQ(unlink(path().c_str()), 0);
  create(config());
  const FileDescriptor fresh = reopen(file.fd.get(), file.path.c_str(), O_RDWR);
  EXPECT_TRUE(is_same_file(file.fd.get(), fresh.get()));
}

}  // namespace
}  // namespace datablock
