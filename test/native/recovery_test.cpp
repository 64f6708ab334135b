// Recovery by plan and by hand.
#include "core/recovery.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
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
  EXPECT_EQ(recovery().evict_consumer(2, 0), Status::OK);
  EXPECT_EQ(put(*writer, "on", 0), Status::OK);
  EXPECT_EQ(reader->acquire(0), Status::EVICTED);
}

TEST_F(RecoveryTest, AConsumerThatMovedOnIsNotEvicted) {
  create_multi();
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 1);
  take(*reader);
  EXPECT_EQ(recovery().evict_consumer(2, 0), Status::CHANGED);
  EXPECT_EQ(raw().hold(2), 1U);
}

TEST_F(RecoveryTest, WhoHoldsNothingCannotBeEvicted) {
  create_multi();
  const auto writer = producer();
  EXPECT_EQ(recovery().evict_consumer(1, kNoHold), Status::CHANGED);
  EXPECT_EQ(recovery().evict_consumer(5, 0), Status::CHANGED);
  EXPECT_TRUE(observer().history().empty());
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
  EXPECT_EQ(recovery().evict_consumer(2, 0), Status::OK);
  waiting.join();
}

TEST_F(RecoveryTest, AnEvictedConsumerCanLeaveAndComeBack) {
  create_multi();
  const auto writer = producer();
  auto reader = consumer();
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(recovery().evict_consumer(2, 0), Status::OK);
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
    EXPECT_EQ(thrown_by([&] { tool.evict_consumer(id, 0); }), Status::CONFIG_INVALID);
    EXPECT_EQ(thrown_by([&] { tool.kill_participant(id, false, 0); }), Status::CONFIG_INVALID);
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
  EXPECT_EQ(recovery().kill_participant(2, false, kLongMs), Status::OK);
  EXPECT_EQ(child.wait(), -SIGKILL);
  apply_all();
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_EQ(put(*mine, "on"), Status::OK);
}

TEST_F(RecoveryTest, KillingAStoppedProcessWorks) {
  create_multi();
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    line.stay();
  });
  child.hear();
  child.stop();
  EXPECT_EQ(recovery().kill_participant(1, false, kLongMs), Status::OK);
  EXPECT_EQ(child.wait(), -SIGKILL);
}

TEST_F(RecoveryTest, KillingTheDeadIsNothingToDo) {
  create_multi();
  leave_a_dead_writer();
  EXPECT_EQ(recovery().kill_participant(1, false, 0), Status::NOTHING_TO_DO);
  EXPECT_EQ(recovery().kill_participant(2, false, 0), Status::NOTHING_TO_DO);
  EXPECT_EQ(recovery().kill_participant(1, true, 0), Status::NOTHING_TO_DO);
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
  EXPECT_EQ(recovery().kill_participant(1, false, 0), Status::VERDICT_UNKNOWN);
  child.say();
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(RecoveryTest, NobodyKillsItself) {
  create_multi();
  const auto writer = producer();
  EXPECT_EQ(recovery().kill_participant(1, false, 0), Status::VERDICT_UNKNOWN);
}

}  // namespace
}  // namespace datablock
