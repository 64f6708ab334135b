// Handles do not survive a fork: the child's are poisoned, and the parent's stay what they were.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::eventually;
using testing::kLongMs;
using testing::Line;
using testing::put;
using testing::put_numbers;
using testing::take;

class ForkTest : public BlockTest {
 protected:
  static int in_child(const std::function<void()>& body) {
    ChildProcess child([&](const Line&) { body(); });
    return child.wait();
  }
};

TEST_F(ForkTest, TheChildsHandlesAreClosed) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  const int code = in_child([&] {
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::CLOSED);
    REQUIRE_IN_CHILD(writer->commit(0) == Status::CLOSED);
    REQUIRE_IN_CHILD(writer->abort() == Status::CLOSED);
    REQUIRE_IN_CHILD(writer->mark_end(0) == Status::CLOSED);
    REQUIRE_IN_CHILD(reader->acquire(0) == Status::CLOSED);
    REQUIRE_IN_CHILD(reader->release() == Status::CLOSED);
  });
  EXPECT_EQ(code, 0);
}

TEST_F(ForkTest, TheChildsHandlesAreClosedWithASlotInHandToo) {
  BlockConfig wanted = config();
  wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
  wanted.checksum_policy = ChecksumPolicy::manual;
  create(wanted);
  const auto writer = producer();
  const auto reader = consumer();
  put(*writer, "x");
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  const int code = in_child([&] {
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::CLOSED);
    REQUIRE_IN_CHILD(writer->update_checksum(0) == Status::CLOSED);
    REQUIRE_IN_CHILD(writer->commit(0) == Status::CLOSED);
    REQUIRE_IN_CHILD(writer->abort() == Status::CLOSED);
    REQUIRE_IN_CHILD(reader->acquire(0) == Status::CLOSED);
    REQUIRE_IN_CHILD(reader->release() == Status::CLOSED);
    writer->heartbeat();
    reader->heartbeat();
    writer->close();
    reader->close();
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(writer->commit(0), Status::OK);
  EXPECT_EQ(reader->release(), Status::OK);
}

TEST_F(ForkTest, TheChildsDestructorsTouchNothing) {
  create(config());
  auto writer = producer();
  auto reader = consumer();
  auto tap = consumer(ConsumerMode::latest);
  put(*writer, "x");
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  ASSERT_EQ(tap->acquire(0), Status::OK);
  const auto block = raw();
  const int code = in_child([&] {
    writer.reset();
    reader.reset();
    tap.reset();
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(block.word(1).phase(), Phase::writing);
  EXPECT_EQ(block.hold(2), 0U);
  EXPECT_EQ(block.pin(3), 0U);
  for (std::uint8_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(block.entry(id).state(), EntryState::active);
    EXPECT_TRUE(block.is_locked(id));
  }
}

TEST_F(ForkTest, ADestroyedHandleInTheChildUnmapsNothingThatIsNotItsOwn) {
  // The page that keeps the parent's lock is not inherited: in the child something else may come to lie
  // there.
  create(config());
  auto writer = producer();
  const int code = in_child([&] {
    std::vector<void*> pages;
    for (int i = 0; i < 2000; ++i) {
      void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      REQUIRE_IN_CHILD(page != MAP_FAILED);
      mprotect(page, 4096, i % 2 == 0 ? PROT_READ : PROT_READ | PROT_WRITE);  // so that they stay apart
      pages.push_back(page);
    }
    writer.reset();
    unsigned sum = 0;
    for (void* page : pages) {
      sum += *static_cast<volatile unsigned char*>(page);  // SIGSEGV if it is gone
    }
    REQUIRE_IN_CHILD(sum == 0);
  });
  EXPECT_EQ(code, 0);
}

TEST_F(ForkTest, TheParentKeepsItsLockWhenTheChildEnds) {
  create(config());
  const auto writer = producer();
  EXPECT_EQ(in_child([] {}), 0);
  EXPECT_TRUE(raw().is_locked(1));
  EXPECT_TRUE(raw().is_locked(0));
  EXPECT_EQ(put(*writer, "x"), Status::OK);
}

TEST_F(ForkTest, TheParentsDeathIsSeenThoughItsChildLives) {
  create(config());
  ChildProcess parent([&](const Line& line) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    const pid_t grandchild = fork();
    if (grandchild == 0) {
      pause();
      _exit(0);
    }
    line.say(static_cast<std::uint64_t>(grandchild));
    line.stay();
  });
  const auto grandchild = static_cast<pid_t>(parent.hear());
  parent.hear();
  EXPECT_TRUE(raw().is_locked(1));
  parent.kill();
  EXPECT_EQ(kill(grandchild, 0), 0);  // lives
  const auto block = raw();
  EXPECT_TRUE(eventually([&] { return !block.is_locked(1); }));  // it has to run first, to let go
  const auto next = producer();                                  // cleans up after the dead one
  EXPECT_EQ(block.word(0), SlotWord::free(1));
  kill(grandchild, SIGKILL);
}

TEST_F(ForkTest, TheChildOpensHandlesOfItsOwn) {
  create(multi_config());
  const auto writer = producer();
  const auto reader = consumer();
  const int code = in_child([&] {
    const auto own = producer();
    REQUIRE_IN_CHILD(own->attachment().id() == 3);
    REQUIRE_IN_CHILD(put(*own, "from the child") == Status::OK);
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(take(*reader, 0), "from the child");
  EXPECT_EQ(put(*writer, "from the parent"), Status::OK);
  EXPECT_EQ(take(*reader, 0), "from the parent");
}

TEST_F(ForkTest, AGrandchildsHandlesAreClosedToo) {
  create(multi_config());
  const int code = in_child([&] {
    const auto own = producer();
    REQUIRE_IN_CHILD(in_child([&] { REQUIRE_IN_CHILD(own->acquire(0) == Status::CLOSED); }) == 0);
    REQUIRE_IN_CHILD(put(*own, "x") == Status::OK);
  });
  EXPECT_EQ(code, 0);
}

TEST_F(ForkTest, ALeftHandleIsNoBusinessOfAFork) {
  create(config());
  auto writer = producer();
  writer->close();
  EXPECT_EQ(in_child([&] { writer.reset(); }), 0);
  EXPECT_EQ(raw().entry(1).state(), EntryState::free);
}

TEST_F(ForkTest, WhileAnotherThreadAttachesKeepsNoLock) {
  // A child that is forked between open and registration must not keep the life sign of a handle that is
  // being made.
  create(multi_config());
  std::atomic<bool> done{false};
  std::thread attaching([&] {
    while (!done) {
      consumer(ConsumerMode::latest)->close();
    }
  });
  std::vector<pid_t> children;
  for (int i = 0; i < 60; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      pause();
      _exit(0);
    }
    children.push_back(child);
  }
  done = true;
  attaching.join();
  EXPECT_TRUE(eventually([&] { return !raw().is_locked(1); }));
  for (const pid_t child : children) {
    kill(child, SIGKILL);
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    wait(nullptr);
  }
}

TEST_F(ForkTest, WhileAnotherThreadSkipsASlotKeepsNoRole) {
  create(config());
  const auto block = raw();
  const SlotWord impossible = SlotWord::make(7, 0, Phase::committed);
  std::atomic<bool> done{false};
  std::thread skipping([&] {
    while (!done) {
      block.set_word(0, impossible);
      recovery().skip_stuck_slot(0);
    }
  });
  std::vector<pid_t> children;
  for (int i = 0; i < 60; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      pause();
      _exit(0);
    }
    children.push_back(child);
  }
  done = true;
  skipping.join();
  EXPECT_FALSE(raw().is_locked(0));
  for (const pid_t child : children) {
    kill(child, SIGKILL);
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    wait(nullptr);
  }
}

}  // namespace
}  // namespace datablock
