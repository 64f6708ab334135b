// What becomes of a dead participant's traces.
#include "core/clean_up.hpp"

#include "support/block_test.hpp"
#include "support/scripted_env.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::kLongMs;
using testing::Line;
using testing::MemoryBlock;
using testing::put;
using testing::put_numbers;
using testing::ScriptedEnv;

// ---------------------------------------------------------------------------------------------- the one rule

TEST(OrphanedSlot, WritingBecomesATombstoneAndLosesOneMessage) {
  const SlotResolution resolution = resolve_orphan(SlotWord::make(5, 3, Phase::writing));
  EXPECT_EQ(resolution.action, RecorderAction::reset_slot);
  EXPECT_EQ(resolution.after, SlotWord::free(5));
  EXPECT_EQ(resolution.loses, 1U);
}

TEST(OrphanedSlot, DrainingIsGivenBackAndLosesNothing) {
  const SlotResolution resolution = resolve_orphan(SlotWord::make(5, 3, Phase::draining));
  EXPECT_EQ(resolution.action, RecorderAction::give_back_slot);
  EXPECT_EQ(resolution.after, SlotWord::committed(4));
  EXPECT_EQ(resolution.loses, 0U);
}

TEST(OrphanedSlot, DrainingEmptyIsGivenBackEmpty) {
  EXPECT_EQ(resolve_orphan(SlotWord::make(5, 3, Phase::draining_empty)).after, SlotWord::free(4));
}

TEST(OrphanedSlot, QuarantinedComesBackOnItsOwnLap) {
  const SlotResolution resolution = resolve_orphan(SlotWord::make(5, 3, Phase::quarantined));
  EXPECT_EQ(resolution.action, RecorderAction::release_quarantine);
  EXPECT_EQ(resolution.after, SlotWord::free(5));
  EXPECT_EQ(resolution.loses, 0U);
}

TEST(OrphanedSlot, SettledIsNoOrphan) {
  EXPECT_EQ(resolve_orphan(SlotWord::free(5)).action, RecorderAction::none);
  EXPECT_EQ(resolve_orphan(SlotWord::committed(5)).action, RecorderAction::none);
}

// ---------------------------------------------------------------------------------------------- all of it

class CleanUpTest : public ::testing::Test {
 protected:
  static constexpr std::uint8_t kDead = 3;

  CleanUpTest() {
    ScriptedEnv::before_exchange = nullptr;
    ScriptedEnv::wake_ups = 0;
  }
  ~CleanUpTest() override { ScriptedEnv::before_exchange = nullptr; }

  void run() { CleanUp<ScriptedEnv>(block_.view(), self_, kDead, RecorderEvidence::lock_byte_taken).run(); }
  auto& entry() { return block_.view().participant(kDead); }
  auto& control() { return *block_.view().control; }

  MemoryBlock<ScriptedEnv> block_{4};
  const ProcessIdentity self_{.pid = 42, .uid = 7, .start_time = 1, .pid_namespace = 2};
};

TEST_F(CleanUpTest, LeavesTheSlotsOfOthersAlone) {
  block_.set_active(kDead, Role::producer);
  block_.set_word(0, SlotWord::make(1, 2, Phase::writing));
  block_.set_word(1, SlotWord::make(1, kDead, Phase::writing));
  block_.set_word(2, SlotWord::committed(1));
  run();
  EXPECT_EQ(block_.word(0), SlotWord::make(1, 2, Phase::writing));
  EXPECT_EQ(block_.word(1), SlotWord::free(1));
  EXPECT_EQ(block_.word(2), SlotWord::committed(1));
}

TEST_F(CleanUpTest, MovesTheClaimThatTheDeadOneDidNotMove) {
  block_.set_active(kDead, Role::producer);
  control().claim.store(2);
  block_.set_word(2, SlotWord::make(1, kDead, Phase::writing));
  run();
  EXPECT_EQ(control().claim.load(), 3U);
}

TEST_F(CleanUpTest, LeavesAClaimThatWasMovedAlone) {
  block_.set_active(kDead, Role::producer);
  control().claim.store(4);
  block_.set_word(2, SlotWord::make(1, kDead, Phase::writing));
  run();
  EXPECT_EQ(control().claim.load(), 4U);
}

TEST_F(CleanUpTest, DoesNotMoveTheClaimForADrainThatIsGivenBack) {
  block_.set_active(kDead, Role::producer);
  control().claim.store(4);
  block_.set_word(0, SlotWord::make(2, kDead, Phase::draining));
  run();
  EXPECT_EQ(control().claim.load(), 4U);
  EXPECT_EQ(block_.word(0), SlotWord::committed(1));
}

TEST_F(CleanUpTest, ReleasesHoldPinAndBits) {
  block_.set_active(kDead, Role::consumer);
  entry().hold.store(7);
  entry().pin.store(1);
  control().sync.store(participant_bit(kDead) | participant_bit(1));
  control().lossy.store(participant_bit(kDead) | participant_bit(2));
  run();
  EXPECT_EQ(entry().hold.load(), kNoHold);
  EXPECT_EQ(entry().pin.load(), kNoPin);
  EXPECT_EQ(control().sync.load(), participant_bit(1));
  EXPECT_EQ(control().lossy.load(), participant_bit(2));
}

TEST_F(CleanUpTest, FreesTheEntryAndKeepsItsGeneration) {
  block_.set_active(kDead, Role::consumer);
  run();
  EXPECT_EQ(EntryWord{entry().word.load()}.state(), EntryState::free);
  EXPECT_EQ(EntryWord{entry().word.load()}.generation(), 1U);
  EXPECT_FALSE(has_traces(block_.view(), kDead));
}

TEST_F(CleanUpTest, WakesWhoeverSleepsForItsSlotOrHold) {
  block_.set_active(kDead, Role::consumer);
  entry().hold.store(7);
  entry().hold_waiters.store(1);
  block_.set_word(1, SlotWord::make(1, kDead, Phase::writing));
  block_.view().waiters[1].store(1);
  run();
  EXPECT_EQ(ScriptedEnv::wake_ups, 2);
  EXPECT_EQ(entry().hold_waiters.load(), 2U);
  EXPECT_EQ(block_.view().waiters[1].load(), 2U);
}

TEST_F(CleanUpTest, WakesNobodyWhenNobodySleeps) {
  block_.set_active(kDead, Role::consumer);
  entry().hold.store(7);
  run();
  EXPECT_EQ(ScriptedEnv::wake_ups, 0);
}

TEST_F(CleanUpTest, NamesTheCleanerWhileItCleansAndNotAfterwards) {
  block_.set_active(kDead, Role::consumer);
  entry().hold.store(7);
  std::uint32_t seen = 0;
  ScriptedEnv::before_exchange = [&](const void*) { seen = entry().cleaner.pid.load(); };
  run();
  EXPECT_EQ(seen, 42U);
  EXPECT_EQ(entry().cleaner.pid.load(), 0U);
}

TEST_F(CleanUpTest, CountsAProducerThatDiedUnfinished) {
  block_.set_active(kDead, Role::producer);
  run();
  EXPECT_EQ(control().lost_producers.load(), 1U);
}

TEST_F(CleanUpTest, DoesNotCountAProducerThatHadEnded) {
  block_.set_active(kDead, Role::producer);
  entry().ended.store(1);
  run();
  EXPECT_EQ(control().lost_producers.load(), 0U);
}

TEST_F(CleanUpTest, DoesNotCountConsumersStandbysAndJoiners) {
  block_.set_active(kDead, Role::consumer);
  run();
  block_.set_active(kDead, Role::producer);
  entry().standby.store(1);
  run();
  entry().standby.store(0);
  entry().word.store(EntryWord::make(EntryState::joining, 2).raw);
  run();
  EXPECT_EQ(control().lost_producers.load(), 0U);
}

TEST_F(CleanUpTest, CountsTheTombstone) {
  block_.set_active(kDead, Role::producer);
  block_.set_word(0, SlotWord::make(1, kDead, Phase::writing));
  block_.set_word(1, SlotWord::make(1, kDead, Phase::quarantined));  // was counted when it was quarantined
  run();
  EXPECT_EQ(block_.view().metrics->tombstones.load(), 1U);
}

TEST_F(CleanUpTest, KeepsTheCountersOfTheDead) {
  block_.set_active(kDead, Role::producer);
  entry().messages.store(10);
  entry().bytes.store(100);
  entry().heartbeats.store(3);
  run();
  EXPECT_EQ(block_.view().metrics->messages_written.load(), 10U);
  EXPECT_EQ(block_.view().metrics->bytes_written.load(), 100U);
  EXPECT_EQ(block_.view().metrics->heartbeats_sent.load(), 3U);
}

TEST_F(CleanUpTest, RecordsEveryActionWithWordsAndWho) {
  block_.set_active(kDead, Role::producer);
  control().claim.store(1);
  const SlotWord before = SlotWord::make(1, kDead, Phase::writing);
  block_.set_word(0, before);
  entry().hold.store(7);
  entry().pin.store(2);
  run();
  std::vector<RecorderAction> actions;
  RecorderFacts facts;
  for (std::uint64_t ticket = 0; read_record(block_.view(), ticket, facts); ++ticket) {
    actions.push_back(facts.action);
    EXPECT_EQ(facts.pid, 42U);
    EXPECT_EQ(facts.uid, 7U);
    EXPECT_EQ(facts.participant, kDead);
    EXPECT_EQ(facts.evidence, RecorderEvidence::lock_byte_taken);
  }
  EXPECT_EQ(actions, (std::vector{RecorderAction::reset_slot, RecorderAction::release_hold,
                                  RecorderAction::release_pin, RecorderAction::free_participant}));
  ASSERT_TRUE(read_record(block_.view(), 0, facts));
  EXPECT_EQ(facts.slot, 0U);
  EXPECT_EQ(facts.seq, 0U);
  EXPECT_EQ(facts.before, before.raw);
  EXPECT_EQ(facts.after, SlotWord::free(1).raw);
}

TEST_F(CleanUpTest, DoneTwiceIsDoneOnce) {
  block_.set_active(kDead, Role::producer);
  block_.set_word(0, SlotWord::make(1, kDead, Phase::writing));
  entry().hold.store(7);
  run();
  const std::uint64_t recorded = control().recorder_ticket.load();
  run();
  EXPECT_EQ(control().recorder_ticket.load(), recorded);
  EXPECT_EQ(control().lost_producers.load(), 1U);
  EXPECT_EQ(block_.view().metrics->tombstones.load(), 1U);
}

// Whatever step the cleaner dies at, another one finishes its work, and the block is as if there had been
// one.
TEST_F(CleanUpTest, KilledAtAnyStepIsFinishedByTheNext) {
  struct Killed {};
  for (int steps = 0;; ++steps) {
    MemoryBlock<ScriptedEnv> block(4);
    auto& dead = block.view().participant(kDead);
    block.set_active(kDead, Role::producer);
    block.view().control->claim.store(5);
    block.view().control->sync.store(participant_bit(kDead));
    block.view().control->lossy.store(participant_bit(kDead));
    block.set_word(0, SlotWord::make(2, kDead, Phase::writing));
    block.set_word(1, SlotWord::make(2, kDead, Phase::draining));
    block.set_word(2, SlotWord::make(1, kDead, Phase::quarantined));
    block.set_word(3, SlotWord::committed(1));
    dead.hold.store(3);
    dead.pin.store(3);
    int left = steps;
    ScriptedEnv::before_exchange = [&](const void*) {
      if (left-- == 0) {
        throw Killed{};
      }
    };
    bool was_killed = false;
    try {
      CleanUp<ScriptedEnv>(block.view(), self_, kDead, RecorderEvidence::lock_byte_taken).run();
    } catch (const Killed&) {
      was_killed = true;
    }
    ScriptedEnv::before_exchange = nullptr;
    CleanUp<ScriptedEnv>(block.view(), self_, kDead, RecorderEvidence::lock_byte_taken).run();
    EXPECT_EQ(block.word(0), SlotWord::free(2)) << steps;
    EXPECT_EQ(block.word(1), SlotWord::committed(1)) << steps;
    EXPECT_EQ(block.word(2), SlotWord::free(1)) << steps;
    EXPECT_EQ(block.word(3), SlotWord::committed(1)) << steps;
    EXPECT_EQ(block.view().control->claim.load(), 5U) << steps;
    EXPECT_FALSE(has_traces(block.view(), kDead)) << steps;
    EXPECT_EQ(dead.cleaner.pid.load(), 0U) << steps;
    if (!was_killed) {
      EXPECT_GE(steps, 5);
      break;
    }
  }
}

// ---------------------------------------------------------------------------------------------- against the
// living

TEST_F(CleanUpTest, FollowsAQuarantineThatAProducerCarriesOnMeanwhile) {
  // A producer comes round and carries QUARANTINED(1, dead) on to QUARANTINED(2, dead) between the cleaner's
  // look and its CAS. If the cleaner passed over it, the entry would be freed, and the slot stay quarantined
  // for ever.
  block_.set_active(kDead, Role::producer);
  control().claim.store(5);
  block_.set_word(0, SlotWord::make(1, kDead, Phase::quarantined));
  bool carried = false;
  ScriptedEnv::before_exchange = [&](const void* word) {
    if (word == &block_.view().states[0].state && !carried) {
      carried = true;
      block_.set_word(0, SlotWord::make(2, kDead, Phase::quarantined));
    }
  };
  run();
  ASSERT_TRUE(carried);
  EXPECT_EQ(block_.word(0), SlotWord::free(2));
}

TEST_F(CleanUpTest, FollowsAForcedResetThatComesInBetween) {
  // An operator who found the owner alive quarantines its slot just after it has died.
  block_.set_active(kDead, Role::producer);
  control().claim.store(1);
  block_.set_word(0, SlotWord::make(1, kDead, Phase::writing));
  bool forced = false;
  ScriptedEnv::before_exchange = [&](const void* word) {
    if (word == &block_.view().states[0].state && !forced) {
      forced = true;
      block_.set_word(0, SlotWord::make(1, kDead, Phase::quarantined));
    }
  };
  run();
  ASSERT_TRUE(forced);
  EXPECT_EQ(block_.word(0), SlotWord::free(1));
}

TEST_F(CleanUpTest, LeavesADrainThatAProducerTookOverMeanwhile) {
  block_.set_active(kDead, Role::producer);
  control().claim.store(4);
  block_.set_word(0, SlotWord::make(2, kDead, Phase::draining));
  ScriptedEnv::before_exchange = [&](const void* word) {
    if (word == &block_.view().states[0].state) {
      block_.set_word(0, SlotWord::make(2, 1, Phase::draining));
    }
  };
  run();
  EXPECT_EQ(block_.word(0), SlotWord::make(2, 1, Phase::draining));
}

// ---------------------------------------------------------------------------------------------- has_traces

TEST_F(CleanUpTest, AnUnusedEntryHasNoTraces) {
  EXPECT_FALSE(has_traces(block_.view(), kDead));
}

TEST_F(CleanUpTest, EachTraceAloneIsSeen) {
  entry().hold.store(1);
  EXPECT_TRUE(has_traces(block_.view(), kDead));
  entry().hold.store(kNoHold);
  entry().pin.store(1);
  EXPECT_TRUE(has_traces(block_.view(), kDead));
  entry().pin.store(kNoPin);
  control().sync.store(participant_bit(kDead));
  EXPECT_TRUE(has_traces(block_.view(), kDead));
  control().sync.store(0);
  control().lossy.store(participant_bit(kDead));
  EXPECT_TRUE(has_traces(block_.view(), kDead));
  control().lossy.store(0);
  for (const EntryState state : {EntryState::joining, EntryState::active, EntryState::leaving}) {
    entry().word.store(EntryWord::make(state, 1).raw);
    EXPECT_TRUE(has_traces(block_.view(), kDead));
  }
}

TEST_F(CleanUpTest, TracesOfOthersAreNotSeenAsIts) {
  control().sync.store(~participant_bit(kDead));
  control().lossy.store(~participant_bit(kDead));
  EXPECT_FALSE(has_traces(block_.view(), kDead));
}

}  // namespace
}  // namespace datablock
