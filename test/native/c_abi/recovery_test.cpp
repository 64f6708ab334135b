// Repairing a block: every process that dies here is really killed.
#include <vector>

#include "c_abi/support_c.hpp"
#include "core/clean_up.hpp"

namespace datablock {
namespace {

using testing::CBlockTest;
using testing::ChildProcess;
using testing::kBlock;
using testing::Line;

class CRecoveryTest : public CBlockTest {
 protected:
  using Child = std::unique_ptr<ChildProcess>;

  /// A producer in a child that has slot `seq` in hand.
  Child writing_child() const {
    auto child = std::make_unique<ChildProcess>([this](const Line& line) {
      const auto writer = producer();
      datablock_slot to = DATABLOCK_INIT(datablock_slot);
      REQUIRE_IN_CHILD(slot_rw_acquire_write(writer.get(), 0, &to) == DATABLOCK_OK);
      line.say();
      if (std::uint64_t go_on = 0; line.try_hear(go_on)) {
        line.say(static_cast<std::uint64_t>(-slot_rw_commit(writer.get(), 0, 0)));
      }
      line.stay();
    });
    child->hear();
    return child;
  }
  /// A consumer in a child that has read nothing.
  Child reading_child(std::uint32_t mode = DATABLOCK_MODE_SYNC) const {
    auto child = std::make_unique<ChildProcess>([this, mode](const Line& line) {
      const auto reader = consumer(mode);
      line.stay();
    });
    child->hear();
    return child;
  }

  /// What an observer sees of one of the first two participants.
  datablock_participant look(std::uint32_t id) const {
    datablock_participant seen[2] = {DATABLOCK_INIT(datablock_participant)};
    std::size_t count = 0;
    EXPECT_DONE(datablock_observer_participants(observer().get(), seen, 2, &count));
    EXPECT_GE(count, id);
    return seen[id - 1];
  }
  static std::vector<datablock_recovery_action> run(const testing::CRecovery& recovery, std::uint32_t scope,
                                                    bool dry_run) {
    std::vector<datablock_recovery_action> actions(16, DATABLOCK_INIT(datablock_recovery_action));
    std::size_t count = 0;
    EXPECT_DONE(datablock_recovery_run(recovery.get(), scope, dry_run ? 1 : 0, actions.data(), actions.size(),
                                       &count));
    actions.resize(count);
    return actions;
  }
};

TEST_F(CRecoveryTest, ADryRunSaysWhatARunThenDoes) {
  create(config());
  auto child = writing_child();
  child->kill();
  const auto fixer = recovery();
  const auto plan = run(fixer, DATABLOCK_RECOVER_ALL, true);
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan[0].kind, std::uint32_t{DATABLOCK_ACTION_RESET_SLOT});
  EXPECT_EQ(plan[0].slot, 0U);
  EXPECT_EQ(plan[0].seq, 0U);
  EXPECT_EQ(plan[0].loses, 1U);
  EXPECT_EQ(plan[0].before, raw().word(0).raw);
  EXPECT_EQ(plan[0].result, DATABLOCK_ERROR_NOTHING_TO_DO);
  EXPECT_EQ(plan[1].kind, std::uint32_t{DATABLOCK_ACTION_FREE_PARTICIPANT});
  EXPECT_EQ(plan[1].slot, DATABLOCK_NONE);
  EXPECT_EQ(raw().word(0).phase(), Phase::writing);  // nothing was done

  std::vector<datablock_recovery_action> seen(4, DATABLOCK_INIT(datablock_recovery_action));
  std::size_t count = 0;
  ASSERT_DONE(datablock_observer_plan(observer().get(), DATABLOCK_RECOVER_ALL, seen.data(), 4, &count));
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(seen[0].before, plan[0].before);

  for (const auto& action : run(fixer, DATABLOCK_RECOVER_ALL, false)) {
    EXPECT_EQ(action.result, DATABLOCK_OK);
  }
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_TRUE(run(fixer, DATABLOCK_RECOVER_ALL, false).empty());
  // What was planned before has been done meanwhile.
  EXPECT_RESULT(datablock_recovery_apply(fixer.get(), &plan[0]), DATABLOCK_ERROR_CHANGED);
}

TEST_F(CRecoveryTest, APlanIsAppliedStepByStep) {
  create(config());
  auto child = writing_child();
  child->kill();
  const auto fixer = recovery();
  const auto plan = run(fixer, DATABLOCK_RECOVER_ALL, true);
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_RESULT(datablock_recovery_apply(fixer.get(), &plan[1]),
                DATABLOCK_ERROR_CHANGED);  // it still owns a slot
  EXPECT_DONE(datablock_recovery_apply(fixer.get(), &plan[0]));
  EXPECT_DONE(datablock_recovery_apply(fixer.get(), &plan[1]));
  datablock_history_entry entries[4] = {DATABLOCK_INIT(datablock_history_entry)};
  std::size_t count = 0;
  ASSERT_DONE(datablock_observer_history(observer().get(), entries, 4, &count));
  ASSERT_EQ(count, 2U);
  EXPECT_EQ(entries[0].action, std::uint32_t{DATABLOCK_ACTION_RESET_SLOT});
  EXPECT_EQ(entries[0].evidence, std::uint32_t{DATABLOCK_EVIDENCE_LOCK_TAKEN});
  EXPECT_EQ(entries[0].pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(entries[0].slot, 0U);
  EXPECT_EQ(entries[1].slot, DATABLOCK_NONE);

  datablock_recovery_action wrong = plan[0];
  wrong.kind = DATABLOCK_ACTION_EVICT_CONSUMER;
  EXPECT_RESULT(datablock_recovery_apply(fixer.get(), &wrong), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(datablock_recovery_apply(fixer.get(), nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
}

TEST_F(CRecoveryTest, TheStepsCleanUpAfterTheirOwnKindOnly) {
  create(config());
  auto dead_reader = reading_child();
  auto dead_writer = writing_child();
  auto idle = reading_child(DATABLOCK_MODE_LATEST);
  dead_reader->kill();
  dead_writer->kill();
  idle->kill();
  const auto fixer = recovery();
  std::uint64_t count = 0;
  ASSERT_DONE(datablock_cleanup_dead_consumers(fixer.get(), &count));
  EXPECT_EQ(count, 1U);  // the one that held nothing
  EXPECT_EQ(raw().word(0).phase(), Phase::writing);
  ASSERT_DONE(datablock_release_zombie_writer(fixer.get(), &count));
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_NE(raw().sync_bits(), 0U);
  ASSERT_DONE(datablock_release_zombie_readers(fixer.get(), &count));
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(raw().sync_bits(), 0U);
  ASSERT_DONE(datablock_release_zombie_readers(fixer.get(), &count));
  EXPECT_EQ(count, 0U);
  EXPECT_RESULT(datablock_recovery_run(fixer.get(), 9, 0, nullptr, 0, &count),
                DATABLOCK_ERROR_INVALID_ARGUMENT);
}

TEST_F(CRecoveryTest, ForceResetNeedsADeadOwnerOrForce) {
  create(config(4, DATABLOCK_PRODUCERS_MULTI));
  const auto fixer = recovery();
  EXPECT_RESULT(datablock_force_reset_slot(fixer.get(), 0, 0), DATABLOCK_ERROR_NOTHING_TO_DO);
  EXPECT_RESULT(datablock_force_reset_slot(fixer.get(), 4, 0), DATABLOCK_ERROR_CONFIG_INVALID);
  auto alive = writing_child();
  EXPECT_RESULT(datablock_force_reset_slot(fixer.get(), 0, 0), DATABLOCK_ERROR_OWNER_ALIVE);
  EXPECT_DONE(datablock_force_reset_slot(fixer.get(), 0, 1));
  EXPECT_EQ(raw().word(0).phase(), Phase::quarantined);
  alive->say();
  EXPECT_EQ(alive->hear(), static_cast<std::uint64_t>(-DATABLOCK_ERROR_FENCED));
  EXPECT_EQ(raw().word(0), SlotWord::free(1));

  auto dead = writing_child();
  auto living = writing_child();
  dead->kill();
  std::uint64_t reset = 9;
  std::uint64_t refused = 9;
  EXPECT_RESULT(datablock_force_reset_all_slots(fixer.get(), 0, &reset, &refused),
                DATABLOCK_ERROR_OWNER_ALIVE);
  EXPECT_EQ(reset, 1U);
  EXPECT_EQ(refused, 1U);
  EXPECT_DONE(datablock_force_reset_all_slots(fixer.get(), 1, &reset, &refused));
  EXPECT_EQ(reset, 1U);
  EXPECT_EQ(refused, 0U);
}

TEST_F(CRecoveryTest, ForceOnALiveSingleProducerIsRefused) {
  create(config());
  auto alive = writing_child();
  EXPECT_RESULT(datablock_force_reset_slot(recovery().get(), 0, 1), DATABLOCK_ERROR_SINGLE_PRODUCER_ALIVE);
}

TEST_F(CRecoveryTest, SkippingGetsTheRingPastAnImpossibleWord) {
  for (const std::uint32_t producers : {DATABLOCK_PRODUCERS_SINGLE, DATABLOCK_PRODUCERS_MULTI}) {
    datablock_segment_unlink(kBlock, c_dir(), nullptr, 1);
    create(config(4, producers));
    const auto reader = consumer();
    const auto fixer = recovery();
    {
      const auto writer = producer();
      for (const char* text : {"0", "1", "2"}) {
        ASSERT_DONE(put(writer, text));
      }
      raw().set_word(1, SlotWord{~std::uint64_t{0}});
      EXPECT_RESULT(datablock_skip_stuck_slot(fixer.get(), 0), DATABLOCK_ERROR_NOTHING_TO_DO);
      EXPECT_RESULT(datablock_skip_stuck_slot(fixer.get(), 1), producers == DATABLOCK_PRODUCERS_SINGLE
                                                                   ? DATABLOCK_ERROR_SINGLE_PRODUCER_ALIVE
                                                                   : DATABLOCK_ERROR_OWNER_ALIVE);
    }
    EXPECT_EQ(take(reader), "0");
    EXPECT_EQ(take(reader, 0), "<CORRUPT>");
    ASSERT_DONE(datablock_skip_stuck_slot(fixer.get(), 1));
    EXPECT_EQ(raw().word(1), SlotWord::free(1));
    EXPECT_EQ(take(reader), "2");
    const auto writer = producer();
    for (const char* text : {"3", "4", "5", "6"}) {
      ASSERT_DONE(put(writer, text));
      EXPECT_EQ(take(reader), text);
    }
    datablock_history_entry entries[4] = {DATABLOCK_INIT(datablock_history_entry)};
    std::size_t count = 0;
    ASSERT_DONE(datablock_observer_history(observer().get(), entries, 4, &count));
    ASSERT_EQ(count, 1U);
    EXPECT_EQ(entries[0].action, std::uint32_t{DATABLOCK_ACTION_SKIP_SLOT});
    EXPECT_EQ(entries[0].seq, 1U);
    EXPECT_EQ(entries[0].before, ~std::uint64_t{0});
  }
}

TEST_F(CRecoveryTest, SkippingASlotOfALapThatCannotBe) {
  create(config());
  raw().set_word(2, SlotWord::committed(5));
  const auto fixer = recovery();
  EXPECT_EQ(datablock_is_slot_stuck(observer().get(), 2), 1);
  EXPECT_RESULT(datablock_skip_stuck_slot(fixer.get(), 4), DATABLOCK_ERROR_CONFIG_INVALID);
  EXPECT_DONE(datablock_skip_stuck_slot(fixer.get(), 2));
  EXPECT_EQ(raw().word(2), SlotWord::free(0));  // as it was made
  EXPECT_EQ(raw().tombstones(), 0U);
  EXPECT_DONE(datablock_validate_slot_states(observer().get(), nullptr));
}

TEST_F(CRecoveryTest, SkippingASlotOfADeadOwnerResetsIt) {
  create(config());
  auto child = writing_child();
  const auto fixer = recovery();
  EXPECT_RESULT(datablock_skip_stuck_slot(fixer.get(), 0), DATABLOCK_ERROR_OWNER_ALIVE);
  child->kill();
  EXPECT_DONE(datablock_skip_stuck_slot(fixer.get(), 0));
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
}

TEST_F(CRecoveryTest, AnEvictedConsumerIsToldSo) {
  create(config());
  const auto reader = consumer();
  const auto writer = producer();
  ASSERT_DONE(put(writer, "x"));
  std::uint64_t generation = 0;
  ASSERT_DONE(slot_rw_acquire_read(reader.get(), 0, nullptr, &generation));
  const datablock_participant seen = look(1);
  EXPECT_EQ(seen.role, std::uint32_t{DATABLOCK_ROLE_CONSUMER});
  const auto fixer = recovery();
  EXPECT_RESULT(datablock_recovery_evict_consumer(fixer.get(), seen.id, seen.generation + 1, seen.hold),
                DATABLOCK_ERROR_CHANGED);
  EXPECT_RESULT(datablock_recovery_evict_consumer(fixer.get(), 2, look(2).generation, 0),
                DATABLOCK_ERROR_NOT_A_SYNC_CONSUMER);
  EXPECT_RESULT(datablock_recovery_evict_consumer(fixer.get(), seen.id, seen.generation, seen.hold + 1),
                DATABLOCK_ERROR_CHANGED);
  ASSERT_DONE(datablock_recovery_evict_consumer(fixer.get(), seen.id, seen.generation, seen.hold));
  EXPECT_RESULT(slot_rw_validate_read(reader.get(), generation), DATABLOCK_ERROR_EVICTED);
  EXPECT_RESULT(slot_rw_release_read(reader.get()), DATABLOCK_ERROR_EVICTED);
  EXPECT_RESULT(datablock_recovery_evict_consumer(fixer.get(), 0, 0, 0), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(datablock_recovery_evict_consumer(fixer.get(), 65, 0, 0), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(datablock_recovery_evict_consumer(fixer.get(), 17, 0, 0), DATABLOCK_ERROR_CONFIG_INVALID);
}

TEST_F(CRecoveryTest, AProcessCanBeEndedAndThenCleanedUpAfter) {
  create(config());
  auto child = writing_child();
  const auto fixer = recovery();
  const datablock_participant seen = look(1);
  EXPECT_RESULT(datablock_recovery_kill_participant(fixer.get(), 1, seen.generation + 1, 0),
                DATABLOCK_ERROR_CHANGED);
  EXPECT_DONE(datablock_recovery_kill_participant(fixer.get(), 1, seen.generation, testing::kLongMs));
  EXPECT_EQ(child->wait(), -9);
  EXPECT_RESULT(datablock_recovery_kill_participant(fixer.get(), 1, seen.generation, 0),
                DATABLOCK_ERROR_NOTHING_TO_DO);
  EXPECT_EQ(run(fixer, DATABLOCK_RECOVER_PRODUCERS, false).size(), 2U);
}

TEST_F(CRecoveryTest, AStuckCleanerCanBeEnded) {
  create(config());
  auto dead = writing_child();
  dead->kill();
  const auto fixer = recovery();
  const datablock_participant abandoned = look(1);
  EXPECT_RESULT(datablock_recovery_kill_cleaner(fixer.get(), &abandoned, 0), DATABLOCK_ERROR_NOTHING_TO_DO);
  ChildProcess cleaner([this](const Line& line) {
    const auto block = raw();
    const DeadParticipantLock lock(block.file(), 1);
    REQUIRE_IN_CHILD(lock.is_held());
    CleanUp<NativeEnv>(block.view(), self_identity(), 1, RecorderEvidence::lock_byte_taken).announce();
    line.stay();
  });
  cleaner.hear();
  cleaner.stop();
  const datablock_participant seen = look(1);
  EXPECT_EQ(seen.cleaner_pid, static_cast<std::uint32_t>(cleaner.pid()));
  datablock_participant other = seen;
  ++other.cleaner_start_time;
  EXPECT_RESULT(datablock_recovery_kill_cleaner(fixer.get(), &other, 0), DATABLOCK_ERROR_CHANGED);
  EXPECT_RESULT(datablock_recovery_kill_cleaner(fixer.get(), nullptr, 0), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_DONE(datablock_recovery_kill_cleaner(fixer.get(), &seen, testing::kLongMs));
  EXPECT_EQ(cleaner.wait(), -9);
  EXPECT_EQ(run(fixer, DATABLOCK_RECOVER_PRODUCERS, false).size(), 2U);
}

TEST_F(CRecoveryTest, AConsumerHearsOfADeadProducer) {
  create(config());
  const auto reader = consumer();
  std::uint32_t dead = 9;
  auto child = writing_child();
  ASSERT_DONE(datablock_consumer_dead_producers(reader.get(), &dead));
  EXPECT_EQ(dead, 0U);
  child->kill();
  ASSERT_DONE(datablock_consumer_dead_producers(reader.get(), &dead));
  EXPECT_EQ(dead, 1U);
}

}  // namespace
}  // namespace datablock
