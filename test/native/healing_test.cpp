// A pipeline heals itself: whoever waits for a dead participant cleans up after it and goes on.
#include <unistd.h>

#include <chrono>
#include <thread>

#include "support/block_test.hpp"
#include "support/ring_kinds.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::eventually;
using testing::kLongMs;
using testing::Line;
using testing::OnEveryRing;
using testing::put;
using testing::put_numbers;
using testing::take;

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class Healing : public virtual BlockTest {
 protected:
  /// Runs a producer that writes the numbers 0 to `whole` - 1, and is killed with the next slot in hand.
  void leave_a_dead_writer(std::uint64_t whole = 0) const {
    ChildProcess child([&](const Line& line) {
      const auto writer = producer();
      put_numbers(*writer, 0, whole);
      REQUIRE_IN_CHILD(writer->acquire(kLongMs) == Status::OK);
      writer->payload()[0] = std::byte{'?'};
      line.stay();
    });
    child.hear();
    child.kill();
  }

  /// Runs a sync consumer that is killed with what it finds first in hand (nothing, if nothing is there).
  void leave_a_dead_reader() const {
    ChildProcess child([&](const Line& line) {
      const auto reader = consumer();
      reader->acquire(0);
      line.stay();
    });
    child.hear();
    child.kill();
  }
};

class HealingOn : public Healing, public ::testing::WithParamInterface<testing::RingKind> {
 protected:
  HealingOn() {
    BlockConfig wanted = config(slots(), GetParam().mode);
    wanted.fences = GetParam().fences;
    wanted.heal_after_ms = 100;
    create(wanted);
  }
  static std::uint64_t slots() { return GetParam().slots; }
};

TEST_P(HealingOn, AWaitingReaderTurnsTheSlotOfAKilledWriterIntoATombstoneWithinASecond) {
  const auto reader = consumer();
  leave_a_dead_writer();
  const auto block = raw();
  std::thread waiting([&] { reader->acquire(kLongMs); });
  const auto start = Clock::now();
  EXPECT_TRUE(eventually([&] { return block.word(0) == SlotWord::free(1); }));
  EXPECT_LT(Clock::now() - start, milliseconds(1000));
  reader->cancel();
  waiting.join();
  EXPECT_EQ(reader->healed(), 1U);
}

TEST_P(HealingOn, TheNextWriterAndTheSameReaderGoOnBehindAKilledWriter) {
  const auto reader = consumer();
  leave_a_dead_writer();
  const auto writer = producer();
  std::string got;
  std::thread reading([&] { got = take(*reader); });
  EXPECT_EQ(put(*writer, "on"), Status::OK);
  reading.join();
  EXPECT_EQ(got, "on");
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_P(HealingOn, AWriterThatWaitsForAKilledReaderGoesOnWithinASecond) {
  const auto writer = producer();
  leave_a_dead_reader();
  put_numbers(*writer, 0, slots());
  const auto start = Clock::now();
  EXPECT_EQ(put(*writer, "on"), Status::OK);
  EXPECT_LT(Clock::now() - start, milliseconds(1000));
  EXPECT_EQ(raw().sync_bits(), 0U);
  EXPECT_EQ(raw().hold(2), kNoHold);
}

TEST_P(HealingOn, TheRestOfAStreamIsWhole) {
  const auto reader = consumer();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    line.say();
    for (std::uint64_t i = 0;; ++i) {
      if (i == 57) {
        REQUIRE_IN_CHILD(writer->acquire(kLongMs) == Status::OK);
        line.stay();
      }
      put_numbers(*writer, i, i + 1);
    }
  });
  child.hear();
  for (int i = 0; i < 57; ++i) {
    ASSERT_EQ(take(*reader), std::to_string(i));
  }
  child.hear();
  child.kill();
  std::thread writing([&] {
    const auto writer = producer();
    put_numbers(*writer, 57, 100);
  });
  for (int i = 57; i < 100; ++i) {
    EXPECT_EQ(take(*reader), std::to_string(i));
  }
  writing.join();
  EXPECT_EQ(reader->lost(), 0U);
  EXPECT_EQ(raw().tombstones(), 1U);
}

INSTANTIATE_ON_RINGS(HealingOn, 1, 2, 1000);

// ---------------------------------------------------------------------------------------------- who heals

class HealingTest : public Healing {};

TEST_F(HealingTest, EveryKindOfReaderHeals) {
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    create(multi_config(), to_string(mode));
    ConsumerOptions reading;
    reading.dir = dir();
    reading.mode = mode;
    Consumer reader(to_string(mode), reading);
    ChildProcess child([&](const Line& line) {
      ProducerOptions writing;
      writing.dir = dir();
      Producer writer(to_string(mode), writing);
      REQUIRE_IN_CHILD(writer.acquire(0) == Status::OK);
      line.stay();
    });
    child.hear();
    child.kill();
    const testing::RawBlock block(to_string(mode), dir());
    std::thread waiting([&] { reader.acquire(kLongMs); });
    EXPECT_TRUE(eventually([&] { return block.word(0) == SlotWord::free(1); })) << to_string(mode);
    reader.cancel();
    waiting.join();
  }
}

TEST_F(HealingTest, AReaderThatOnlyPollsHealsToo) {
  // It never waits, but it asks for the same slot again and again, longer than the healing interval.
  for (const std::int64_t timeout_ms : {0, 1, 5}) {
    const std::string name = "block" + std::to_string(timeout_ms);
    create(multi_config(), name);
    ConsumerOptions reading;
    reading.dir = dir();
    Consumer reader(name, reading);
    ChildProcess child([&](const Line& line) {
      ProducerOptions writing;
      writing.dir = dir();
      Producer writer(name, writing);
      REQUIRE_IN_CHILD(writer.acquire(0) == Status::OK);
      line.stay();
    });
    child.hear();
    child.kill();
    const testing::RawBlock block(name, dir());
    EXPECT_TRUE(eventually([&] {
      reader.acquire(timeout_ms);
      return block.word(0) == SlotWord::free(1);
    })) << timeout_ms;
  }
}

TEST_F(HealingTest, AProducerThatOnlyPollsHealsToo) {
  create(config(1));
  const auto writer = producer();
  leave_a_dead_reader();
  put_numbers(*writer, 0, 1);
  EXPECT_TRUE(eventually([&] { return put(*writer, "on", 0) == Status::OK; }));
}

TEST_F(HealingTest, AProducerThatFailsOnOverflowHealsToo) {
  BlockConfig wanted = config(1);
  wanted.overflow_policy = OverflowPolicy::fail;
  create(wanted);
  const auto writer = producer();
  leave_a_dead_reader();
  put_numbers(*writer, 0, 1);
  EXPECT_TRUE(eventually([&] { return put(*writer, "on", -1) == Status::OK; }));
}

TEST_F(HealingTest, AProducerHealsTheOneThatIsALapBehind) {
  create(multi_config(2));
  const auto writer = producer();
  leave_a_dead_writer();
  ASSERT_EQ(put(*writer, "1"), Status::OK);
  EXPECT_EQ(put(*writer, "2"), Status::OK);
  EXPECT_EQ(raw().word(0), SlotWord::committed(2));
  EXPECT_EQ(writer->healed(), 1U);
}

TEST_F(HealingTest, ANewProducerHealsWhatItFinds) {
  create(config());
  leave_a_dead_reader();
  const auto reader = consumer(ConsumerMode::latest);  // takes the dead reader's seat
  leave_a_dead_writer();
  const auto block = raw();
  ASSERT_EQ(block.word(0).phase(), Phase::writing);
  const auto writer = producer();
  EXPECT_EQ(block.word(0), SlotWord::free(1));
}

TEST_F(HealingTest, ADrainThatItsOwnerDiedInIsGivenBackToTheReader) {
  create(multi_config(2));
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, 2);
  ChildProcess child([&](const Line& line) {
    const auto other = producer();
    raw().set_word(0, SlotWord::make(2, other->attachment().id(), Phase::draining));
    line.stay();
  });
  child.hear();
  child.kill();
  EXPECT_EQ(take(*reader), "0");
  EXPECT_EQ(raw().word(0), SlotWord::committed(1));
}

TEST_F(HealingTest, TwoThatHealAtATimeHealOnce) {
  create(multi_config());
  const auto first = consumer();
  const auto second = consumer();
  leave_a_dead_writer();
  std::thread one([&] { first->acquire(kLongMs); });
  std::thread two([&] { second->acquire(kLongMs); });
  const auto block = raw();
  EXPECT_TRUE(eventually([&] { return block.entry(3).state() == EntryState::free; }));
  first->cancel();
  second->cancel();
  one.join();
  two.join();
  EXPECT_EQ(block.tombstones(), 1U);
  EXPECT_EQ(first->healed() + second->healed(), 1U);
}

TEST_F(HealingTest, WhatWasDoneIsInTheFlightRecorder) {
  create(multi_config());
  const auto reader = consumer();
  leave_a_dead_writer();
  const auto writer = producer();  // heals as it comes
  std::vector<RecorderAction> actions;
  for (const RecorderFacts& facts : observer().history()) {
    actions.push_back(facts.action);
    EXPECT_EQ(facts.evidence, RecorderEvidence::lock_byte_taken);
  }
  EXPECT_EQ(actions, (std::vector{RecorderAction::reset_slot, RecorderAction::free_participant}));
}

// ---------------------------------------------------------------------------------------------- who is
// healed

TEST_F(HealingTest, AZombieIsDead) {
  create(multi_config());
  const auto reader = consumer();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  child.kill_unreaped();
  std::thread waiting([&] { reader->acquire(kLongMs); });
  const auto block = raw();
  EXPECT_TRUE(eventually([&] { return block.word(0) == SlotWord::free(1); }));
  reader->cancel();
  waiting.join();
}

TEST_F(HealingTest, AProcessThatEndsWithoutLeavingIsDead) {
  create(multi_config());
  const auto reader = consumer();
  ChildProcess child([&](const Line&) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    _exit(0);
  });
  EXPECT_EQ(child.wait(), 0);
  std::thread waiting([&] { reader->acquire(kLongMs); });
  const auto block = raw();
  EXPECT_TRUE(eventually([&] { return block.word(0) == SlotWord::free(1); }));
  reader->cancel();
  waiting.join();
}

TEST_F(HealingTest, AStoppedWriterIsNotDead) {
  create(multi_config());
  const auto reader = consumer();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    line.say();
    line.hear();
    REQUIRE_IN_CHILD(writer->commit(0) == Status::OK);
  });
  child.hear();
  child.stop();
  EXPECT_EQ(reader->acquire(100), Status::TIMEOUT);
  EXPECT_EQ(raw().word(0).phase(), Phase::writing);
  child.go_on();
  child.say();
  EXPECT_EQ(reader->acquire(kLongMs), Status::OK);
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(HealingTest, AStoppedReaderIsNotDead) {
  create(config(1));
  const auto writer = producer();
  ChildProcess child([&](const Line& line) {
    const auto reader = consumer();
    line.say();
    line.hear();
    REQUIRE_IN_CHILD(take(*reader) == "0");
    REQUIRE_IN_CHILD(take(*reader) == "1");
  });
  child.hear();
  put_numbers(*writer, 0, 1);
  child.stop();
  EXPECT_EQ(writer->acquire(100), Status::TIMEOUT);
  EXPECT_NE(raw().hold(2), kNoHold);
  child.go_on();
  child.say();
  EXPECT_EQ(put(*writer, "1"), Status::OK);
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(HealingTest, ASlowWriterOfTheSameProcessIsNotDead) {
  create(multi_config());
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(reader->acquire(100), Status::TIMEOUT);
  EXPECT_EQ(writer->commit(0), Status::OK);
  EXPECT_EQ(reader->acquire(0), Status::OK);
}

// ---------------------------------------------------------------------------------------------- switched off

class NoHealingTest : public HealingTest {
 protected:
  static BlockConfig off(BlockConfig wanted) {
    wanted.self_heal = false;
    return wanted;
  }
};

TEST_F(NoHealingTest, AReaderWaitsForAKilledWriter) {
  create(off(multi_config()));
  const auto reader = consumer();
  leave_a_dead_writer();
  EXPECT_EQ(reader->acquire(250), Status::TIMEOUT);
  EXPECT_EQ(raw().word(0).phase(), Phase::writing);
}

TEST_F(NoHealingTest, AProducerWaitsForAKilledReader) {
  create(off(config(1)));
  const auto writer = producer();
  leave_a_dead_reader();
  put_numbers(*writer, 0, 1);
  EXPECT_EQ(writer->acquire(250), Status::TIMEOUT);
  EXPECT_EQ(raw().hold(2), 0U);
}

TEST_F(NoHealingTest, AProducerWaitsForTheKilledOneThatIsALapBehind) {
  create(off(multi_config(2)));
  const auto writer = producer();
  leave_a_dead_writer();
  ASSERT_EQ(put(*writer, "1"), Status::OK);
  EXPECT_EQ(writer->acquire(250), Status::TIMEOUT);
}

TEST_F(NoHealingTest, ANewProducerLeavesTheTracesOfOthers) {
  create(off(config()));
  const auto reader = consumer();
  ChildProcess child([&](const Line& line) {
    const auto dead_reader = consumer();  // has a lower seat than the writer that follows
    line.say();
    line.hear();
    line.stay();
  });
  child.hear();
  child.say();
  child.hear();
  child.kill();
  const auto block = raw();
  const auto seat = consumer(ConsumerMode::latest);  // takes the dead one's seat, and cleans that
  EXPECT_EQ(block.entry(2).state(), EntryState::active);
  leave_a_dead_writer();
  const auto other = consumer(ConsumerMode::latest);
  const auto writer = producer();
  EXPECT_EQ(block.claim(), 1U);
}

TEST_F(NoHealingTest, RecoveryMakesTheWaitingReaderGoOn) {
  create(off(multi_config()));
  const auto reader = consumer();
  const auto writer = producer();
  leave_a_dead_writer();
  ASSERT_EQ(put(*writer, "on"), Status::OK);
  std::string got;
  std::thread waiting([&] { got = take(*reader); });
  Recovery recovery(kName, dir());
  for (const PlannedAction& action : recovery.plan()) {
    EXPECT_EQ(recovery.apply(action), Status::OK);
  }
  waiting.join();
  EXPECT_EQ(got, "on");
}

TEST_F(NoHealingTest, RecoveryMakesTheWaitingProducerGoOn) {
  create(off(config(1)));
  const auto writer = producer();
  leave_a_dead_reader();
  put_numbers(*writer, 0, 1);
  std::thread waiting([&] { EXPECT_EQ(put(*writer, "on"), Status::OK); });
  Recovery recovery(kName, dir());
  for (const PlannedAction& action : recovery.plan()) {
    EXPECT_EQ(recovery.apply(action), Status::OK);
  }
  waiting.join();
}

}  // namespace
}  // namespace datablock
