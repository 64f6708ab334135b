// Recovery by plan and by hand.
#include "core/recovery.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "core/attachment.hpp"
#include "core/quarantine.hpp"
#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::kLongMs;
using testing::Line;
using testing::put;
using testing::put_numbers;
using testing::RawBlock;
using testing::take;
using testing::thrown_by;

class RecoveryTest : public BlockTest {
 protected:
  static BlockConfig without_healing(BlockConfig wanted) {
    wanted.self_heal = false;
    return wanted;
  }
  void create_multi() const { create(without_healing(multi_config(4))); }

  void leave_a_dead_writer() const {
    ChildProcess child([&](const Line& line) {
      const auto writer = producer();
      REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
      line.stay();
    });
    child.hear();
    child.kill();
  }
  void leave_a_dead_reader(ConsumerMode mode) const {
    ChildProcess child([&](const Line& line) {
      const auto reader = consumer(mode, StartFrom::oldest);
      reader->acquire(0);
      line.stay();
    });
    child.hear();
    child.kill();
  }
  std::vector<RecorderAction> kinds() const {
    std::vector<RecorderAction> found;
    for (const PlannedAction& action : recovery().plan()) {
      found.push_back(action.kind);
    }
    return found;
  }
  void apply_all() const {
    Recovery tool = recovery();
    for (const PlannedAction& action : tool.plan()) {
      EXPECT_EQ(tool.apply(action), Status::OK);
    }
  }
};

// ---------------------------------------------------------------------------------------------- plans

TEST_F(RecoveryTest, OfAHealthyBlockPlansNothing) {
  create_multi();
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_TRUE(kinds().empty());
}

TEST_F(RecoveryTest, OfAKilledWriterPlansItsSlotThenItsEntry) {
  create_multi();
  leave_a_dead_writer();
  const auto plan = recovery().plan();
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan[0].kind, RecorderAction::reset_slot);
  EXPECT_EQ(plan[0].participant, 1);
  EXPECT_EQ(plan[0].generation, 1U);
  EXPECT_EQ(plan[0].slot, 0U);
  EXPECT_EQ(plan[0].seq, 0U);
  EXPECT_EQ(plan[0].before, SlotWord::make(1, 1, Phase::writing).raw);
  EXPECT_EQ(plan[0].after, SlotWord::free(1).raw);
  EXPECT_EQ(plan[0].loses, 1U);
  EXPECT_EQ(plan[1].kind, RecorderAction::free_participant);
  EXPECT_EQ(plan[1].loses, 0U);
}

TEST_F(RecoveryTest, OfAKilledSyncReaderPlansItsHold) {
  create_multi();
  leave_a_dead_reader(ConsumerMode::sync);
  EXPECT_EQ(kinds(), (std::vector{RecorderAction::release_hold, RecorderAction::free_participant}));
}

TEST_F(RecoveryTest, OfAKilledLossyReaderPlansItsPin) {
  create_multi();
  put_numbers(*producer(), 0, 2);
  leave_a_dead_reader(ConsumerMode::sequential);
  EXPECT_EQ(kinds(), (std::vector{RecorderAction::release_pin, RecorderAction::free_participant}));
}

TEST_F(RecoveryTest, PlansDrainsAndQuarantinesOfTheDead) {
  create_multi();
  put_numbers(*producer(), 0, 5);
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    line.stay();
  });
  child.hear();
  raw().set_word(1, SlotWord::make(2, 1, Phase::draining));
  raw().set_word(2, SlotWord::make(1, 1, Phase::quarantined));
  child.kill();
  EXPECT_EQ(kinds(), (std::vector{RecorderAction::give_back_slot, RecorderAction::release_quarantine,
                                  RecorderAction::free_participant}));
}

TEST_F(RecoveryTest, AnImpossibleWordThatNamesTheDeadIsNoSlotOfItsOwn) {
  create_multi();
  leave_a_dead_writer();
  const SlotWord impossible = SlotWord::make(0, 1, Phase::writing);
  raw().set_word(2, impossible);
  EXPECT_EQ(kinds(), (std::vector{RecorderAction::reset_slot, RecorderAction::free_participant}));
  apply_all();
  EXPECT_EQ(raw().entry(1).state(), EntryState::free);
  EXPECT_EQ(raw().word(2), impossible);
}

TEST_F(RecoveryTest, PlanningChangesNothing) {
  create_multi();
  leave_a_dead_writer();
  kinds();
  EXPECT_EQ(raw().word(0).phase(), Phase::writing);
  EXPECT_TRUE(observer().history().empty());
}

TEST_F(RecoveryTest, PlansNothingForStoppedProcesses) {
  create_multi();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  child.stop();
  EXPECT_TRUE(kinds().empty());
}

// ---------------------------------------------------------------------------------------------- applying

TEST_F(RecoveryTest, ApplyingAPlanLeavesNothingToDo) {
  create_multi();
  put_numbers(*producer(), 0, 2);
  leave_a_dead_reader(ConsumerMode::sync);
  leave_a_dead_reader(ConsumerMode::latest);
  leave_a_dead_writer();
  apply_all();
  EXPECT_TRUE(kinds().empty());
  EXPECT_EQ(violations(), "");
}

TEST_F(RecoveryTest, ApplyingTwiceIsToldAndHarmless) {
  create_multi();
  leave_a_dead_writer();
  Recovery tool = recovery();
  const auto plan = tool.plan();
  for (const PlannedAction& action : plan) {
    EXPECT_EQ(tool.apply(action), Status::OK);
  }
  for (const PlannedAction& action : plan) {
    EXPECT_EQ(tool.apply(action), Status::CHANGED);
  }
}

TEST_F(RecoveryTest, AnEntryIsFreedOnlyAfterItsSlots) {
  create_multi();
  leave_a_dead_writer();
  Recovery tool = recovery();
  const auto plan = tool.plan();
  EXPECT_EQ(tool.apply(plan[1]), Status::CHANGED);
  EXPECT_EQ(tool.apply(plan[0]), Status::OK);
  EXPECT_EQ(tool.apply(plan[1]), Status::OK);
}

TEST_F(RecoveryTest, AnEntryIsFreedOnlyAfterItsHold) {
  create_multi();
  leave_a_dead_reader(ConsumerMode::sync);
  Recovery tool = recovery();
  const auto plan = tool.plan();
  EXPECT_EQ(tool.apply(plan[1]), Status::CHANGED);
}

/// Found by fuzzing: who was to clean up was written into the entry all the same.
TEST_F(RecoveryTest, WhatIsRefusedWritesNothing) {
  create_multi();
  put_numbers(*producer(), 0, 2);
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    const auto follower = consumer(ConsumerMode::sync, StartFrom::oldest);
    const auto peeker = consumer(ConsumerMode::sequential, StartFrom::oldest);
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK && peeker->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  child.kill();
  Recovery tool = recovery();
  const auto plan = tool.plan();
  ASSERT_EQ(plan.size(), 6U);
  const RawBlock block = raw();
  for (const PlannedAction& action : plan) {
    auto& entry = block.view().participant(action.participant);
    if (action.kind == RecorderAction::release_hold) {
      entry.hold.store(action.before + 1);
    } else if (action.kind == RecorderAction::release_pin) {
      entry.pin.store(action.before + 1);
    } else if (action.kind == RecorderAction::reset_slot) {
      raw().set_word(action.slot,
                     SlotWord::make(SlotWord{action.before}.lap(), action.participant, Phase::quarantined));
    }
  }
  const std::string before = file_bytes();
  for (const PlannedAction& action : plan) {
    EXPECT_EQ(tool.apply(action), Status::CHANGED);
  }
  EXPECT_TRUE(file_bytes() == before);
}

TEST_F(RecoveryTest, APlanForASlotThatHasChangedIsRefused) {
  create_multi();
  leave_a_dead_writer();
  Recovery tool = recovery();
  const auto plan = tool.plan();
  raw().set_word(0, SlotWord::make(1, 1, Phase::quarantined));
  EXPECT_EQ(tool.apply(plan[0]), Status::CHANGED);
  EXPECT_EQ(raw().word(0).phase(), Phase::quarantined);
}

TEST_F(RecoveryTest, APlanForAnEntryThatIsUsedAgainIsRefused) {
  create_multi();
  leave_a_dead_writer();
  Recovery tool = recovery();
  const auto plan = tool.plan();
  const auto reader = consumer();  // takes entry 1
  EXPECT_EQ(tool.apply(plan[0]), Status::OWNER_ALIVE);
  EXPECT_EQ(tool.apply(plan[1]), Status::OWNER_ALIVE);
}

TEST_F(RecoveryTest, APlanForAnEarlierGenerationIsRefused) {
  create_multi();
  leave_a_dead_writer();
  Recovery tool = recovery();
  const auto plan = tool.plan();
  leave_a_dead_reader(ConsumerMode::sync);  // takes entry 1, and dies too
  EXPECT_EQ(tool.apply(plan[0]), Status::CHANGED);
  EXPECT_EQ(tool.apply(plan[1]), Status::CHANGED);
}

TEST_F(RecoveryTest, APlanForTheLivingIsRefused) {
  create_multi();
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  const PlannedAction action{.kind = RecorderAction::reset_slot,
                             .participant = 1,
                             .generation = 1,
                             .slot = 0,
                             .seq = 0,
                             .before = SlotWord::make(1, 1, Phase::writing).raw,
                             .after = SlotWord::free(1).raw,
                             .loses = 1};
  EXPECT_EQ(recovery().apply(action), Status::OWNER_ALIVE);
  EXPECT_EQ(writer->commit(0), Status::OK);
}

TEST_F(RecoveryTest, APlanForAnotherBlockIsRefused) {
  create_multi();
  leave_a_dead_writer();
  Recovery tool = recovery();
  PlannedAction action = tool.plan()[0];
  action.slot = 4;
  EXPECT_EQ(tool.apply(action), Status::CHANGED);
  action = tool.plan()[0];
  for (const std::uint8_t id : {std::uint8_t{0}, std::uint8_t{17}, std::uint8_t{255}}) {
    action.participant = id;
    EXPECT_EQ(tool.apply(action), Status::CHANGED);
  }
}

TEST_F(RecoveryTest, AnActionThatNoPlanSaysIsRefused) {
  create_multi();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    const auto reader = consumer();
    line.stay();
  });
  child.hear();
  child.kill();
  Recovery tool = recovery();
  const auto plan = tool.plan();
  ASSERT_EQ(plan.size(), 4U);
  const std::function<void(PlannedAction&)> changes[] = {
      [](PlannedAction& action) { action.after ^= 1; },
      [](PlannedAction& action) { action.seq ^= 1; },
      [](PlannedAction& action) { action.slot = action.slot == 0 ? 1 : 0; },
      [](PlannedAction& action) { action.loses ^= 1; },
  };
  for (const PlannedAction& planned : plan) {
    for (const auto& change : changes) {
      PlannedAction action = planned;
      change(action);
      EXPECT_EQ(tool.apply(action), Status::CHANGED);
    }
  }
  EXPECT_EQ(tool.plan(), plan);
}

TEST_F(RecoveryTest, APlanCannotAskForMoreThanCleaningUp) {
  create_multi();
  put_numbers(*producer(), 0, 2);
  leave_a_dead_writer();
  Recovery tool = recovery();
  PlannedAction action = tool.plan()[0];
  action.kind = RecorderAction::give_back_slot;  // but it is WRITING
  EXPECT_EQ(tool.apply(action), Status::CHANGED);
  action = tool.plan()[0];
  action.slot = 0;  // committed
  action.before = SlotWord::committed(1).raw;
  EXPECT_EQ(tool.apply(action), Status::CHANGED);
  action.kind = RecorderAction::quarantine_slot;
  EXPECT_EQ(tool.apply(action), Status::CHANGED);
  action.kind = RecorderAction::none;
  EXPECT_EQ(tool.apply(action), Status::CHANGED);
  EXPECT_EQ(raw().word(0), SlotWord::committed(1));
}

TEST_F(RecoveryTest, WhileSomebodyElseCleansIsToldSo) {
  create_multi();
  leave_a_dead_writer();
  Recovery tool = recovery();
  const auto plan = tool.plan();
  const DeadParticipantLock cleaner(tool.file(), 1);
  ASSERT_TRUE(cleaner.is_held());
  raw().view().participant(1).cleaner.pid.store(1);
  EXPECT_EQ(tool.apply(plan[0]), Status::BEING_CLEANED);
  EXPECT_EQ(tool.force_reset_slot(0, true).status, Status::BEING_CLEANED);
  EXPECT_EQ(raw().word(0).phase(), Phase::writing);
}

TEST_F(RecoveryTest, TwoRecoverersDoEverythingOnce) {
  for (int round = 0; round < 20; ++round) {
    const std::string name = "block" + std::to_string(round);
    create(without_healing(multi_config(8)), name);
    ChildProcess child([&](const Line& line) {
      ProducerOptions options;
      options.dir = dir();
      std::vector<std::unique_ptr<Producer>> writers;
      for (int i = 0; i < 4; ++i) {
        writers.push_back(std::make_unique<Producer>(name, options));
        REQUIRE_IN_CHILD(writers.back()->acquire(0) == Status::OK);
      }
      line.stay();
    });
    child.hear();
    child.kill();
    std::atomic<int> done{0};
    std::atomic<int> ready{0};
    const auto recover = [&] {
      Recovery tool(name, dir());
      const auto plan = tool.plan();
      ++ready;
      while (ready < 2) {
      }
      for (const PlannedAction& action : plan) {
        const Status status = tool.apply(action);
        EXPECT_TRUE(status == Status::OK || status == Status::CHANGED || status == Status::BEING_CLEANED ||
                    status == Status::OWNER_ALIVE)
            << static_cast<int>(status);
        done += status == Status::OK ? 1 : 0;
      }
    };
    std::thread first(recover);
    std::thread second(recover);
    first.join();
    second.join();
    Recovery tool(name, dir());
    for (const PlannedAction& action : tool.plan()) {  // what both left to one another
      done += tool.apply(action) == Status::OK ? 1 : 0;
    }
    EXPECT_TRUE(tool.plan().empty());
    EXPECT_EQ(done, 8);
    EXPECT_EQ(testing::RawBlock(name, dir()).tombstones(), 4U);
  }
}

TEST_F(RecoveryTest, AKilledRecovererIsFollowedByAnother) {
  create_multi();
  leave_a_dead_writer();
  ChildProcess child([&](const Line& line) {
    Recovery tool = recovery();
    REQUIRE_IN_CHILD(tool.apply(tool.plan()[0]) == Status::OK);
    const DeadParticipantLock half_way(tool.file(), 1);
    raw().view().participant(1).cleaner.pid.store(static_cast<std::uint32_t>(getpid()));
    line.stay();
  });
  child.hear();
  EXPECT_EQ(
      recovery().apply(
          recovery().plan().empty()
              ? PlannedAction{.kind = RecorderAction::free_participant, .participant = 1, .generation = 1}
              : recovery().plan()[0]),
      Status::BEING_CLEANED);
  child.kill();
  apply_all();
  EXPECT_EQ(violations(), "");
}

// ---------------------------------------------------------------------------------------------- one slot by
// hand

TEST_F(RecoveryTest, ADeadOnesSlotIsResetByHand) {
  create_multi();
  leave_a_dead_writer();
  const ForcedReset reset = recovery().force_reset_slot(0, false);
  EXPECT_EQ(reset.status, Status::OK);
  EXPECT_EQ(reset.before, SlotWord::make(1, 1, Phase::writing));
  EXPECT_EQ(reset.after, SlotWord::free(1));
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
}

TEST_F(RecoveryTest, ADeadOnesSlotOfASingleBlockIsResetByHand) {
  create(without_healing(config()));
  leave_a_dead_writer();
  EXPECT_EQ(recovery().force_reset_slot(0, false).status, Status::OK);
}

TEST_F(RecoveryTest, ASettledSlotNeedsNothing) {
  create_multi();
  put_numbers(*producer(), 0, 1);
  EXPECT_EQ(recovery().force_reset_slot(0, false).status, Status::NOTHING_TO_DO);
  EXPECT_EQ(recovery().force_reset_slot(1, true).status, Status::NOTHING_TO_DO);
}

TEST_F(RecoveryTest, AnImpossibleWordIsLeftAlone) {
  create_multi();
  raw().set_word(0, SlotWord{0xdeadbeef});
  EXPECT_EQ(recovery().force_reset_slot(0, true).status, Status::CORRUPT);
  EXPECT_EQ(raw().word(0).raw, 0xdeadbeefU);
}

TEST_F(RecoveryTest, ASlotThatThereIsNotIsRefused) {
  create_multi();
  Recovery tool = recovery();
  EXPECT_EQ(thrown_by([&] { tool.force_reset_slot(4, false); }), Status::CONFIG_INVALID);
  EXPECT_EQ(thrown_by([&] { tool.force_reset_slot(~std::uint64_t{0}, true); }), Status::CONFIG_INVALID);
}

// ---------------------------------------------------------------------------------------------- eviction

TEST_F(RecoveryTest, EvictingAConsumerLetsTheProducerGoOn) {
  create_multi();
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 4);
  ASSERT_EQ(writer->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(recovery().evict_consumer(2, raw().entry(2).generation(), 0), Status::OK);
  EXPECT_EQ(put(*writer, "on", 0), Status::OK);
  EXPECT_EQ(reader->acquire(0), Status::EVICTED);
}

TEST_F(RecoveryTest, AConsumerThatMovedOnIsNotEvicted) {
  create_multi();
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 1);
  take(*reader);
  EXPECT_EQ(recovery().evict_consumer(2, raw().entry(2).generation(), 0), Status::CHANGED);
  EXPECT_EQ(raw().hold(2), 1U);
}

TEST_F(RecoveryTest, WhoHoldsNothingCannotBeEvicted) {
  create_multi();
  const auto writer = producer();
  const auto tap = consumer(ConsumerMode::sequential);
  EXPECT_EQ(recovery().evict_consumer(1, 1, kNoHold), Status::NOT_A_SYNC_CONSUMER);
  EXPECT_EQ(recovery().evict_consumer(2, 1, kNoHold), Status::NOT_A_SYNC_CONSUMER);
  EXPECT_EQ(recovery().evict_consumer(5, 0, 0), Status::CHANGED);
  EXPECT_TRUE(observer().history().empty());
}

TEST_F(RecoveryTest, WhoSatDownAfterTheOneThatWasSeenIsNotEvicted) {
  create_multi();
  auto reader = consumer();
  const std::uint64_t seen = raw().entry(1).generation();
  reader.reset();
  EXPECT_EQ(recovery().evict_consumer(1, seen, 0), Status::CHANGED);
  reader = consumer();
  EXPECT_EQ(raw().hold(1), 0U);  // the very same hold
  EXPECT_EQ(recovery().evict_consumer(1, seen, 0), Status::CHANGED);
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
}

TEST_F(RecoveryTest, WhileSomebodyActsOnASeatNobodySitsDownInIt) {
  create_multi();
  const auto block = raw();
  const auto tool = recovery();
  {
    const SeatLock seat(tool.file(), 1, 0);
    ASSERT_TRUE(seat.is_held());
    const auto reader = consumer();
    EXPECT_EQ(block.entry(1).state(), EntryState::free);
    EXPECT_EQ(block.entry(2).state(), EntryState::active);
    EXPECT_EQ(recovery().evict_consumer(1, 0, 0), Status::TIMEOUT);
    EXPECT_EQ(recovery().kill_participant(1, 0, 0), Status::TIMEOUT);
  }
  const auto reader = consumer();
  EXPECT_EQ(block.entry(1).state(), EntryState::active);
}

// Readers come and go in the same seat, all with the same hold. Whoever lost it was the one that the operator
// had seen.
TEST_F(RecoveryTest, EvictionsBesideReadersThatComeAndGoHitNobodyElse) {
  constexpr std::size_t kEnough = 50;
  create_multi();
  std::set<std::uint64_t> robbed;
  std::atomic<bool> done{false};
  std::thread readers([&] {
    const auto block = raw();
    while (!done.load()) {
      const auto reader = consumer();
      const std::uint64_t generation = block.entry(1).generation();
      NativeEnv::nap(generation % 4 * 100'000);
      // While somebody acts on seat 1, a reader sits down in another one.
      if (reader->attachment().id() == 1 && block.hold(1) == kNoHold) {
        robbed.insert(generation);
      }
    }
  });
  std::set<std::uint64_t> evicted;
  std::size_t refused = 0;
  auto tool = recovery();
  const auto block = raw();
  EXPECT_TRUE(testing::eventually([&] {
    const std::uint64_t generation = block.entry(1).generation();
    NativeEnv::nap(refused % 3 * 50'000);
    if (tool.evict_consumer(1, generation, 0) == Status::OK) {
      EXPECT_TRUE(evicted.insert(generation).second);
    } else {
      ++refused;
    }
    return evicted.size() >= kEnough && refused >= kEnough;
  }));
  done.store(true);
  readers.join();
  EXPECT_TRUE(std::includes(evicted.begin(), evicted.end(), robbed.begin(), robbed.end()));
  EXPECT_FALSE(robbed.empty());
  EXPECT_EQ(violations(), "");
}

TEST_F(RecoveryTest, AnEvictedConsumersSleepingProducerIsWoken) {
  create_multi();
  ProducerOptions options;
  options.wait = WaitStrategy::block;
  const auto writer = producer(options);
  const auto reader = consumer();
  put_numbers(*writer, 0, 4);
  std::thread waiting([&] { EXPECT_EQ(put(*writer, "on"), Status::OK); });
  const auto block = raw();
  ASSERT_TRUE(testing::eventually([&] { return block.has_hold_sleeper(2); }));
  EXPECT_EQ(recovery().evict_consumer(2, raw().entry(2).generation(), 0), Status::OK);
  waiting.join();
}

TEST_F(RecoveryTest, AnEvictedConsumerCanLeaveAndComeBack) {
  create_multi();
  const auto writer = producer();
  auto reader = consumer();
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(recovery().evict_consumer(2, raw().entry(2).generation(), 0), Status::OK);
  reader.reset();
  reader = consumer();
  put(*writer, "again");
  EXPECT_EQ(take(*reader), "again");
  EXPECT_EQ(violations(), "");
}

TEST_F(RecoveryTest, ParticipantsThatThereAreNotAreRefused) {
  create_multi();
  Recovery tool = recovery();
  for (const std::uint8_t id : {std::uint8_t{0}, std::uint8_t{17}, std::uint8_t{255}}) {
    EXPECT_EQ(thrown_by([&] { tool.evict_consumer(id, 1, 0); }), Status::CONFIG_INVALID);
    EXPECT_EQ(thrown_by([&] { tool.kill_participant(id, 1, 0); }), Status::CONFIG_INVALID);
    EXPECT_EQ(thrown_by([&] { tool.kill_cleaner(id, {}, 0); }), Status::CONFIG_INVALID);
  }
}

// ---------------------------------------------------------------------------------------------- killing

TEST_F(RecoveryTest, KillingEndsExactlyThatProcess) {
  create_multi();
  const auto mine = producer();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  EXPECT_EQ(recovery().kill_participant(2, 1, kLongMs), Status::OK);
  EXPECT_EQ(child.wait(), -SIGKILL);
  apply_all();
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_EQ(put(*mine, "on"), Status::OK);
}

TEST_F(RecoveryTest, WhoSatDownAfterTheOneThatWasSeenIsNotKilled) {
  create_multi();
  const auto sit_down = [&](const Line& line) {
    auto writer = producer();
    line.say(raw().entry(1).generation());
    line.hear();
    writer.reset();
    line.say();
    line.hear();
  };
  ChildProcess first(sit_down);
  const std::uint64_t seen = first.hear();
  first.say();
  first.hear();
  EXPECT_EQ(recovery().kill_participant(1, seen, 0), Status::NOTHING_TO_DO);
  ChildProcess second(sit_down);
  EXPECT_EQ(second.hear(), seen + 1);
  EXPECT_EQ(recovery().kill_participant(1, seen, 0), Status::CHANGED);
  second.say();
  second.hear();
  for (ChildProcess* child : {&first, &second}) {
    child->say();
    EXPECT_EQ(child->wait(), 0);  // neither was hit
  }
}

TEST_F(RecoveryTest, ACleanerOtherThanTheOneThatWasSeenIsNotKilled) {
  create_multi();
  leave_a_dead_writer();
  const auto block = raw();
  const DeadParticipantLock lock(block.file(), 1);
  ASSERT_TRUE(lock.is_held());
  const ProcessIdentity self = self_identity();
  CleanUp<NativeEnv> clean_up(block.view(), self, 1, RecorderEvidence::lock_byte_taken);
  clean_up.announce();
  ProcessIdentity other = self;
  other.start_time += 1;
  EXPECT_EQ(recovery().kill_cleaner(1, other, 0), Status::CHANGED);
  EXPECT_EQ(recovery().kill_cleaner(1, self, 0), Status::VERDICT_UNKNOWN);  // nobody ends itself
}

TEST_F(RecoveryTest, KillingAStoppedProcessWorks) {
  create_multi();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    line.stay();
  });
  child.hear();
  child.stop();
  EXPECT_EQ(recovery().kill_participant(1, 1, kLongMs), Status::OK);
  EXPECT_EQ(child.wait(), -SIGKILL);
}

TEST_F(RecoveryTest, KillingTheDeadIsNothingToDo) {
  create_multi();
  leave_a_dead_writer();
  EXPECT_EQ(recovery().kill_participant(1, 1, 0), Status::NOTHING_TO_DO);
  EXPECT_EQ(recovery().kill_participant(2, 0, 0), Status::NOTHING_TO_DO);
  EXPECT_EQ(recovery().kill_cleaner(1, self_identity(), 0), Status::NOTHING_TO_DO);
}

TEST_F(RecoveryTest, AProcessWhosePidHasBeenReusedIsNotKilled) {
  create_multi();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    line.say();
    line.hear();
  });
  child.hear();
  raw().view().participant(1).start_time.fetch_add(1);
  EXPECT_EQ(recovery().kill_participant(1, 1, 0), Status::VERDICT_UNKNOWN);
  child.say();
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(RecoveryTest, NobodyKillsItself) {
  create_multi();
  const auto writer = producer();
  EXPECT_EQ(recovery().kill_participant(1, 1, 0), Status::VERDICT_UNKNOWN);
}

}  // namespace
}  // namespace datablock
