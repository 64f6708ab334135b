// Slots taken from live owners by force.
#include "core/quarantine.hpp"

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

class QuarantineTest : public BlockTest {
 protected:
  explicit QuarantineTest(const BlockConfig& wanted = multi_config(4)) {
    create(wanted);
    owner_ = producer();
    other_ = producer();
  }
  SlotWord quarantined(std::uint64_t lap) const {
    return SlotWord::make(lap, owner_->attachment().id(), Phase::quarantined);
  }
  /// The owner takes slot 0 in hand, and loses it.
  void quarantine_slot_0() {
    ASSERT_EQ(owner_->acquire(0), Status::OK);
    ASSERT_EQ(recovery().force_reset_slot(0, true).status, Status::OK);
  }

  std::unique_ptr<Producer> owner_;
  std::unique_ptr<Producer> other_;
};

TEST_F(QuarantineTest, ForceSetsTheSlotOfALiveOwnerAside) {
  ASSERT_EQ(owner_->acquire(0), Status::OK);
  const ForcedReset reset = recovery().force_reset_slot(0, true);
  EXPECT_EQ(reset.status, Status::OK);
  EXPECT_EQ(reset.before, SlotWord::make(1, owner_->attachment().id(), Phase::writing));
  EXPECT_EQ(reset.after, quarantined(1));
  EXPECT_EQ(raw().word(0), quarantined(1));
}

TEST_F(QuarantineTest, WithoutForceTheLiveOwnerKeepsItsSlot) {
  ASSERT_EQ(owner_->acquire(0), Status::OK);
  EXPECT_EQ(recovery().force_reset_slot(0, false).status, Status::OWNER_ALIVE);
  EXPECT_EQ(owner_->commit(0), Status::OK);
}

TEST_F(QuarantineTest, TheLateCommitIsFencedAndPublishesNothing) {
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  quarantine_slot_0();
  EXPECT_EQ(owner_->commit(5), Status::FENCED);
  ASSERT_EQ(put(*other_, "next"), Status::OK);
  EXPECT_EQ(take(*reader), "next");
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_F(QuarantineTest, TheLateAbortIsFencedToo) {
  quarantine_slot_0();
  EXPECT_EQ(owner_->abort(), Status::FENCED);
}

TEST_F(QuarantineTest, AFencedCommitIsNotCountedAsAMessage) {
  quarantine_slot_0();
  owner_->commit(5);
  EXPECT_EQ(owner_->messages(), 0U);
  EXPECT_EQ(owner_->bytes(), 0U);
}

TEST_F(QuarantineTest, TheSlotComesBackWhenTheOwnerIsFenced) {
  quarantine_slot_0();
  EXPECT_EQ(owner_->commit(5), Status::FENCED);
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
}

TEST_F(QuarantineTest, TheSlotComesBackWhenTheOwnerAborts) {
  quarantine_slot_0();
  owner_->abort();
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
}

TEST_F(QuarantineTest, TheSlotComesBackWhenTheOwnerLeaves) {
  quarantine_slot_0();
  owner_.reset();
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_EQ(violations(), "");
}

TEST_F(QuarantineTest, TheFencedOwnerGoesOn) {
  quarantine_slot_0();
  owner_->commit(5);
  EXPECT_EQ(put(*owner_, "again"), Status::OK);
}

TEST_F(QuarantineTest, ReadersStepOverTheNumberWithoutCallingItLost) {
  const auto sync = consumer();
  const auto sequential = consumer(ConsumerMode::sequential);
  quarantine_slot_0();
  ASSERT_EQ(put(*other_, "1"), Status::OK);
  EXPECT_EQ(take(*sync, 0), "1");
  EXPECT_EQ(take(*sequential, 0), "1");
  EXPECT_EQ(sync->lost() + sequential->lost(), 0U);
}

TEST_F(QuarantineTest, AReaderThatSleepsForTheSlotIsWoken) {
  ConsumerOptions options;
  options.wait = WaitStrategy::block;
  const auto reader = consumer(options);
  ASSERT_EQ(owner_->acquire(0), Status::OK);
  std::string got;
  std::thread waiting([&] { got = take(*reader); });
  const auto block = raw();
  ASSERT_TRUE(eventually([&] { return block.has_sleeper(0); }));
  ASSERT_EQ(recovery().force_reset_slot(0, true).status, Status::OK);
  EXPECT_FALSE(block.has_sleeper(0));
  ASSERT_EQ(put(*other_, "1"), Status::OK);
  waiting.join();
  EXPECT_EQ(got, "1");
}

TEST_F(QuarantineTest, TheRingGoesOnWithOneSlotLess) {
  const auto reader = consumer();
  quarantine_slot_0();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(put(*other_, std::to_string(i)), Status::OK);
    ASSERT_EQ(take(*reader), std::to_string(i));
  }
  EXPECT_EQ(raw().word(0).phase(), Phase::quarantined);
  EXPECT_GT(raw().word(0).lap(), 5U);
}

TEST_F(QuarantineTest, ACarriedOnSlotStillComesBack) {
  quarantine_slot_0();
  put_numbers(*other_, 0, 10);
  const std::uint64_t lap = raw().word(0).lap();
  ASSERT_GT(lap, 1U);
  EXPECT_EQ(owner_->commit(5), Status::FENCED);
  EXPECT_EQ(raw().word(0), SlotWord::free(lap));
}

TEST_F(QuarantineTest, TheBytesOfTheOwnerStayItsOwn) {
  quarantine_slot_0();
  const auto bytes = owner_->payload();
  testing::fill_pattern(bytes, 1, 1);
  put_numbers(*other_, 0, 20);
  EXPECT_TRUE(testing::read_pattern(bytes).whole);
}

TEST_F(QuarantineTest, EveryNumberThatIsPassedIsATombstone) {
  quarantine_slot_0();
  put_numbers(*other_, 0, 10);
  const auto block = raw();
  EXPECT_EQ(block.claim() - block.tombstones(), 10U);
}

TEST_F(QuarantineTest, AClaimThatTheOwnerDidNotMoveIsMoved) {
  raw().set_word(0, SlotWord::make(1, owner_->attachment().id(), Phase::writing));
  ASSERT_EQ(recovery().force_reset_slot(0, true).status, Status::OK);
  EXPECT_EQ(raw().claim(), 1U);
}

TEST_F(QuarantineTest, ADrainIsGivenBackInstead) {
  put_numbers(*other_, 0, 4);
  raw().set_word(0, SlotWord::make(2, owner_->attachment().id(), Phase::draining));
  EXPECT_EQ(recovery().force_reset_slot(0, true).status, Status::OK);
  EXPECT_EQ(raw().word(0), SlotWord::committed(1));
  EXPECT_EQ(raw().claim(), 4U);
  EXPECT_EQ(raw().tombstones(), 0U);
  const auto history = observer().history();
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0].action, RecorderAction::give_back_slot);
  EXPECT_EQ(history[0].evidence, RecorderEvidence::forced_by_operator);
}

TEST_F(QuarantineTest, OfAQuarantinedSlotThereIsNothingMoreToDo) {
  quarantine_slot_0();
  EXPECT_EQ(recovery().force_reset_slot(0, true).status, Status::NOTHING_TO_DO);
}

TEST_F(QuarantineTest, IsWrittenIntoTheFlightRecorder) {
  quarantine_slot_0();
  const auto history = observer().history();
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0].action, RecorderAction::quarantine_slot);
  EXPECT_EQ(history[0].evidence, RecorderEvidence::forced_by_operator);
  EXPECT_EQ(history[0].participant, owner_->attachment().id());
  EXPECT_EQ(history[0].slot, 0U);
  EXPECT_EQ(history[0].seq, 0U);
}

TEST_F(QuarantineTest, OfEverySlotIsToldToTheProducer) {
  std::vector<std::unique_ptr<Producer>> owners;
  for (std::uint64_t slot = 0; slot < 4; ++slot) {
    owners.push_back(producer());
    ASSERT_EQ(owners.back()->acquire(0), Status::OK);
  }
  for (std::uint64_t slot = 0; slot < 4; ++slot) {
    ASSERT_EQ(recovery().force_reset_slot(slot, true).status, Status::OK);
  }
  EXPECT_EQ(other_->acquire(kLongMs), Status::ALL_SLOTS_QUARANTINED);
  EXPECT_EQ(owners[2]->commit(0), Status::FENCED);
  EXPECT_EQ(put(*other_, "back"), Status::OK);
}

TEST_F(QuarantineTest, OfADeadOwnerIsCleanedUpByWhoeverComesRound) {
  ChildProcess child([&](const Line& line) {
    const auto victim = producer();
    REQUIRE_IN_CHILD(victim->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  ASSERT_EQ(recovery().force_reset_slot(0, true).status, Status::OK);
  child.kill();
  EXPECT_TRUE(eventually([&] {
    put_numbers(*other_, 0, 4);
    return raw().word(0).phase() == Phase::committed;
  }));
  EXPECT_EQ(raw().entry(3).state(), EntryState::free);
}

TEST_F(QuarantineTest, OfAStoppedOwnerThatWritesOnLaterHurtsNobody) {
  ChildProcess child([&](const Line& line) {
    const auto victim = producer();
    REQUIRE_IN_CHILD(victim->acquire(0) == Status::OK);
    line.say();
    line.hear();
    testing::fill_pattern(victim->payload(), 666, 1);
    REQUIRE_IN_CHILD(victim->commit(64) == Status::FENCED);
    REQUIRE_IN_CHILD(victim->acquire(kLongMs) == Status::OK);
    testing::fill_pattern(victim->payload(), 1, 777);
    REQUIRE_IN_CHILD(victim->commit(64) == Status::OK);
  });
  child.hear();
  child.stop();
  ASSERT_EQ(recovery().force_reset_slot(0, true).status, Status::OK);
  const auto reader = consumer();
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_EQ(other_->acquire(kLongMs), Status::OK);
    testing::fill_pattern(other_->payload(), 1, i);
    ASSERT_EQ(other_->commit(64), Status::OK);
    ASSERT_EQ(reader->acquire(kLongMs), Status::OK);
    const auto read = testing::read_pattern(reader->payload());
    EXPECT_TRUE(read.whole);
    EXPECT_EQ(read.index, i);
    ASSERT_EQ(reader->release(), Status::OK);
  }
  child.go_on();
  child.say();
  ASSERT_EQ(reader->acquire(kLongMs), Status::OK);
  EXPECT_EQ(testing::read_pattern(reader->payload()).index, 777U);
  EXPECT_EQ(child.wait(), 0);
}

class QuarantineOnRingOfOne : public QuarantineTest {
 protected:
  QuarantineOnRingOfOne() : QuarantineTest(multi_config(1)) {}
};

TEST_F(QuarantineOnRingOfOne, TheProducerIsToldAndGoesOnWhenTheSlotIsBack) {
  quarantine_slot_0();
  EXPECT_EQ(other_->acquire(kLongMs), Status::ALL_SLOTS_QUARANTINED);
  EXPECT_EQ(owner_->commit(0), Status::FENCED);
  EXPECT_EQ(put(*other_, "back"), Status::OK);
}

TEST_F(QuarantineOnRingOfOne, TheHoldOfAReaderIsRespectedAllTheSame) {
  // QUARANTINED is passed only as far as the holds allow: its number must not overtake a message that is not
  // read yet.
  const auto reader = consumer();
  quarantine_slot_0();
  EXPECT_EQ(other_->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(raw().word(0), quarantined(1));
  EXPECT_EQ(raw().claim(), 1U);
}

class QuarantineInSingleTest : public BlockTest {};

TEST_F(QuarantineInSingleTest, TheOneLiveProducerCannotBeForced) {
  create(config());
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(recovery().force_reset_slot(0, true).status, Status::SINGLE_PRODUCER_ALIVE);
  EXPECT_EQ(raw().word(0).phase(), Phase::writing);
  EXPECT_EQ(writer->commit(0), Status::OK);
}

}  // namespace
}  // namespace datablock
