// Claiming, publishing, giving up.
#include "core/producer.hpp"

#include <cstring>
#include <thread>

#include "support/block_test.hpp"
#include "support/ring_kinds.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::OnEveryRing;
using testing::put;
using testing::put_numbers;
using testing::take;
using testing::thrown_by;

class ProducerOn : public OnEveryRing {
 protected:
  ProducerOn() { create(kind_config()); }
};

TEST_P(ProducerOn, AcquireTakesTheSlotOfTheNextNumber) {
  const auto writer = producer();
  for (std::uint64_t seq = 0; seq < 2 * slots() + 1; ++seq) {
    ASSERT_EQ(writer->acquire(0), Status::OK);
    ASSERT_EQ(writer->seq(), seq);
    ASSERT_EQ(writer->slot(), seq % slots());
    ASSERT_EQ(writer->commit(0), Status::OK);
  }
}

TEST_P(ProducerOn, AcquireMakesTheSlotWritingAndMovesClaim) {
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(raw().word(0), SlotWord::make(1, writer->attachment().id(), Phase::writing));
  EXPECT_EQ(raw().claim(), 1U);
}

TEST_P(ProducerOn, CommitMakesTheSlotCommittedByNobody) {
  const auto writer = producer();
  ASSERT_EQ(put(*writer, "x"), Status::OK);
  EXPECT_EQ(raw().word(0), SlotWord::committed(1));
}

TEST_P(ProducerOn, AbortMakesATombstone) {
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(writer->abort(), Status::OK);
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_EQ(raw().claim(), 1U);
  EXPECT_EQ(raw().tombstones(), 1U);
}

TEST_P(ProducerOn, ASlotIsWrittenAgainOnTheNextLap) {
  const auto writer = producer();
  put_numbers(*writer, 0, slots() + 1);
  EXPECT_EQ(raw().word(0), SlotWord::committed(2));
}

TEST_P(ProducerOn, ATombstoneIsWrittenAgainOnTheNextLap) {
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(writer->abort(), Status::OK);
  put_numbers(*writer, 1, slots() + 1);
  EXPECT_EQ(raw().word(0), SlotWord::committed(2));
}

TEST_P(ProducerOn, WithoutConsumersTheRingGoesRoundUnhindered) {
  const auto writer = producer();
  put_numbers(*writer, 0, 3 * slots());
  EXPECT_EQ(raw().claim(), 3 * slots());
}

TEST_P(ProducerOn, ASuccessorGoesOnWithTheNumbers) {
  put_numbers(*producer(), 0, slots() + 1);
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->seq(), slots() + 1);
}

TEST_P(ProducerOn, ClosingAbortsTheSlotInHand) {
  auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  writer->close();
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
}

TEST_P(ProducerOn, EveryRingIsValidAfterwards) {
  {
    const auto writer = producer();
    put_numbers(*writer, 0, slots() + 2);
    ASSERT_EQ(writer->acquire(0), Status::OK);
  }
  EXPECT_EQ(violations(), "");
}

INSTANTIATE_ON_RINGS(ProducerOn, 1, 2, 3, 1000);

class ProducerTest : public BlockTest {};

TEST_F(ProducerTest, ThePayloadIsTheWholeSlotAndNothingElse) {
  create(config(3));
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->payload().size(), 64U);
  ASSERT_EQ(writer->commit(0), Status::OK);
  const std::byte* first = writer->payload().data();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->payload().data(), first + 64);
}

TEST_F(ProducerTest, CommitKeepsLengthAndFlags) {
  create(config());
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(writer->commit(17, MessageFlag::line), Status::OK);
  const auto block = raw();
  EXPECT_EQ(block.view().states[0].length.load(), 17U);
  EXPECT_EQ(block.view().states[0].flags.load(), MessageFlag::line);
}

TEST_F(ProducerTest, MessagesCarryTheirWriter) {
  create(config());
  consumer()->close();  // generation 1 of entry 1
  const auto writer = producer();
  ASSERT_EQ(put(*writer, "x"), Status::OK);
  EXPECT_EQ(raw().view().states[0].writer.load(), 2U << 8 | 1U);
}

TEST_F(ProducerTest, AMessageMayFillItsSlotOrBeEmpty) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  for (const std::string& text : {std::string(64, 'x'), std::string()}) {
    ASSERT_EQ(put(*writer, text), Status::OK);
    EXPECT_EQ(take(*reader), text);
  }
}

TEST_F(ProducerTest, ATooLongMessageIsRefusedAndStaysInHand) {
  create(config());
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->commit(65), Status::MESSAGE_TOO_LARGE);
  EXPECT_EQ(writer->commit(~std::uint64_t{0}), Status::MESSAGE_TOO_LARGE);
  EXPECT_TRUE(writer->has_slot());
  EXPECT_EQ(writer->commit(64), Status::OK);
}

TEST_F(ProducerTest, ASecondAcquireIsNestedUse) {
  create(config());
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->acquire(0), Status::NESTED_USE);
  EXPECT_EQ(writer->mark_end(0), Status::NESTED_USE);
  EXPECT_EQ(writer->seq(), 0U);
  EXPECT_EQ(writer->commit(1), Status::OK);
}

TEST_F(ProducerTest, CommitAndAbortNeedASlotInHand) {
  create(config());
  const auto writer = producer();
  EXPECT_EQ(writer->commit(0), Status::NOTHING_IN_HAND);
  EXPECT_EQ(writer->abort(), Status::NOTHING_IN_HAND);
  ASSERT_EQ(put(*writer, "x"), Status::OK);
  EXPECT_EQ(writer->commit(0), Status::NOTHING_IN_HAND);
  EXPECT_EQ(writer->abort(), Status::NOTHING_IN_HAND);
}

TEST_F(ProducerTest, MessagesAndBytesAreCounted) {
  create(config());
  const auto writer = producer();
  put(*writer, "abc");
  put(*writer, "de");
  ASSERT_EQ(writer->acquire(0), Status::OK);
  writer->abort();
  EXPECT_EQ(writer->messages(), 2U);
  EXPECT_EQ(writer->bytes(), 5U);
  const auto block = raw();
  EXPECT_EQ(block.view().participant(1).messages.load(), 2U);
  EXPECT_EQ(block.view().participant(1).bytes.load(), 5U);
}

TEST_F(ProducerTest, CountsAreKeptForTheSegmentWhenItLeaves) {
  create(config());
  put(*producer(), "abc");
  put(*producer(), "de");
  const auto block = raw();
  EXPECT_EQ(block.view().metrics->messages_written.load(), 2U);
  EXPECT_EQ(block.view().metrics->bytes_written.load(), 5U);
}

TEST_F(ProducerTest, TimeStampsAreStoredWhereTheBlockRecordsThem) {
  BlockConfig wanted = config();
  wanted.timestamps = true;
  create(wanted);
  const std::uint64_t before = NativeEnv::now_ns();
  put(*producer(), "x");
  const auto block = raw();
  EXPECT_GE(block.view().states[0].committed_ns.load(), before);
  EXPECT_LE(block.view().states[0].committed_ns.load(), NativeEnv::now_ns());
}

TEST_F(ProducerTest, NoTimeStampsAreStoredWhereNobodyAskedForThem) {
  create(config());
  put(*producer(), "x");
  EXPECT_EQ(raw().view().states[0].committed_ns.load(), 0U);
}

TEST_F(ProducerTest, AHeartbeatIsSeenAndCounted) {
  create(config());
  const auto writer = producer();
  const auto block = raw();
  block.view().participant(1).heartbeat_ns.store(0);
  writer->heartbeat();
  writer->heartbeat();
  EXPECT_NE(block.view().participant(1).heartbeat_ns.load(), 0U);
  EXPECT_EQ(block.view().participant(1).heartbeats.load(), 2U);
}

// ---------------------------------------------------------------------------------------------- one producer

TEST_F(ProducerTest, ASecondProducerOfASingleBlockIsRefused) {
  create(config());
  const auto writer = producer();
  EXPECT_EQ(thrown_by([&] { producer(); }), Status::SINGLE_PRODUCER);
}

TEST_F(ProducerTest, ARefusedProducerLeavesNothingBehind) {
  create(config());
  const auto writer = producer();
  thrown_by([&] { producer(); });
  EXPECT_EQ(raw().entry(2).state(), EntryState::free);
  EXPECT_FALSE(raw().is_locked(2));
  EXPECT_EQ(put(*writer, "x"), Status::OK);
}

TEST_F(ProducerTest, TheNextProducerOfASingleBlockIsAdmittedWhenTheFirstHasLeft) {
  create(config());
  producer()->close();
  EXPECT_EQ(thrown_by([&] { producer(); }), Status::OK);
}

TEST_F(ProducerTest, AMultiBlockAdmitsManyProducers) {
  create(multi_config(8));
  const auto writers = {producer(), producer(), producer()};
  const auto reader = consumer();
  for (const auto& writer : writers) {
    EXPECT_EQ(put(*writer, "x"), Status::OK);
  }
  EXPECT_EQ(raw().claim(), 3U);
}

TEST_F(ProducerTest, ProducersOfAMultiBlockMayHaveSlotsInHandAtATime) {
  create(multi_config(4));
  const auto first = producer();
  const auto second = producer();
  ASSERT_EQ(first->acquire(0), Status::OK);
  ASSERT_EQ(second->acquire(0), Status::OK);
  EXPECT_EQ(first->seq(), 0U);
  EXPECT_EQ(second->seq(), 1U);
  EXPECT_EQ(second->commit(0), Status::OK);
  EXPECT_EQ(first->commit(0), Status::OK);
}

TEST_F(ProducerTest, AProducerWaitsForTheOneThatIsALapBehind) {
  create(multi_config(2));
  const auto slow = producer();
  const auto fast = producer();
  ASSERT_EQ(slow->acquire(0), Status::OK);
  ASSERT_EQ(put(*fast, "1"), Status::OK);
  EXPECT_EQ(fast->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(fast->acquire(5), Status::TIMEOUT);
  ASSERT_EQ(slow->commit(0), Status::OK);
  EXPECT_EQ(fast->acquire(0), Status::OK);
  EXPECT_EQ(fast->seq(), 2U);
}

TEST_F(ProducerTest, AProducerThatSleepsForTheOneALapBehindIsWoken) {
  create(multi_config(2));
  const auto slow = producer();
  ProducerOptions options;
  options.wait = WaitStrategy::block;
  const auto fast = producer(options);
  ASSERT_EQ(slow->acquire(0), Status::OK);
  ASSERT_EQ(put(*fast, "1"), Status::OK);
  std::thread waiting([&] { EXPECT_EQ(fast->acquire(testing::kLongMs), Status::OK); });
  const auto block = raw();
  ASSERT_TRUE(testing::eventually([&] { return block.has_sleeper(0); }));
  ASSERT_EQ(slow->commit(0), Status::OK);
  EXPECT_FALSE(block.has_sleeper(0));
  waiting.join();
}

TEST_F(ProducerTest, AClaimThatItsOwnerHasNotPublishedYetIsHelpedOn) {
  // Another producer has taken the slot, but was held up before it could move `claim`.
  create(multi_config(4));
  const auto slow = producer();
  const auto fast = producer();
  const auto block = raw();
  block.set_word(0, SlotWord::make(1, slow->attachment().id(), Phase::writing));
  ASSERT_EQ(fast->acquire(0), Status::OK);
  EXPECT_EQ(fast->seq(), 1U);
  EXPECT_EQ(block.claim(), 2U);
}

TEST_F(ProducerTest, ADrainThatItsOwnerHasNotFinishedIsTakenOver) {
  create(multi_config(4));
  const auto slow = producer();
  const auto fast = producer();
  const auto block = raw();
  block.set_word(0, SlotWord::make(1, slow->attachment().id(), Phase::draining_empty));
  ASSERT_EQ(fast->acquire(0), Status::OK);
  EXPECT_EQ(fast->seq(), 0U);
  EXPECT_EQ(block.word(0), SlotWord::make(1, fast->attachment().id(), Phase::writing));
}

// ---------------------------------------------------------------------------------------------- standby

// ---------------------------------------------------------------------------------------------- runs of
// slots

TEST_F(ProducerTest, ARunGoesOnPastASlotThatWasTakenAway) {
  create(multi_config());
  const auto reader = consumer();
  const auto writer = producer();
  ASSERT_EQ(writer->acquire_run(3, 0), Status::OK);
  ASSERT_EQ(recovery().force_reset_slot(1, true).status, Status::OK);
  for (const RingPosition& at : writer->run()) {
    writer->payload(at)[0] = static_cast<std::byte>('0' + at.seq());
  }
  const std::uint64_t lengths[] = {1, 1, 1};
  std::size_t published = 0;
  EXPECT_EQ(writer->commit_run(lengths, 0, published), Status::FENCED);
  EXPECT_EQ(published, 2U);
  EXPECT_EQ(writer->messages(), 2U);
  EXPECT_EQ(take(*reader), "0");
  EXPECT_EQ(take(*reader), "2");
  EXPECT_EQ(raw().word(1), SlotWord::free(1));
}

TEST_F(ProducerTest, EachMessageOfARunHasItsChecksum) {
  BlockConfig checked = config();
  checked.checksum_algorithm = ChecksumAlgorithm::xxh3;
  create(checked);
  const auto reader = consumer();
  const auto writer = producer();
  ASSERT_EQ(writer->acquire_run(2, 0), Status::OK);
  const std::uint64_t lengths[] = {3, 5};
  std::size_t published = 0;
  ASSERT_EQ(writer->commit_run(lengths, MessageFlag::line, published), Status::OK);
  EXPECT_EQ(take(*reader).size(), 3U);
  EXPECT_EQ(take(*reader).size(), 5U);
}

TEST_F(ProducerTest, ARunThatIsLeftInHandIsGivenUpWhenItsProducerCloses) {
  create(config());
  auto writer = producer();
  ASSERT_EQ(writer->acquire_run(4, 0), Status::OK);
  writer.reset();
  EXPECT_EQ(raw().tombstones(), 4U);
  EXPECT_EQ(violations(), "");
}

TEST_F(ProducerTest, ARunEndsAnEndedStreamAnew) {
  create(config());
  const auto reader = consumer();
  const auto writer = producer();
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  EXPECT_EQ(take(*reader, 0), "<END_OF_STREAM>");
  ASSERT_EQ(writer->acquire_run(2, 0), Status::OK);
  std::size_t published = 0;
  ASSERT_EQ(writer->commit_run({}, 0, published), Status::OK);
  EXPECT_EQ(published, 0U);
  EXPECT_EQ(take(*reader, 0), "<TIMEOUT>");  // the stream goes on, although nothing came of it
}

class StandbyTest : public BlockTest {
 protected:
  StandbyTest() { create(config()); }
  static ProducerOptions standby(std::int64_t ms = testing::kLongMs) {
    ProducerOptions options;
    options.standby_ms = ms;
    return options;
  }
};

TEST_F(StandbyTest, TakesOverWhenTheActiveOneLeaves) {
  auto active = producer();
  std::unique_ptr<Producer> next;
  std::thread waiting([&] { next = producer(standby()); });
  const auto block = raw();
  ASSERT_TRUE(testing::eventually([&] { return block.view().participant(2).standby.load() == 1; }));
  active.reset();
  waiting.join();
  EXPECT_EQ(put(*next, "x"), Status::OK);
  EXPECT_EQ(block.view().participant(2).standby.load(), 0U);
}

TEST_F(StandbyTest, TakesOverWhenTheActiveOneIsKilledWithASlotInHand) {
  testing::ChildProcess active([&](const testing::Line& line) {
    const auto writer = producer();
    put_numbers(*writer, 0, 3);
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    line.stay();
  });
  active.hear();
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  for (const char* text : {"0", "1", "2"}) {
    EXPECT_EQ(take(*reader), text);
  }
  std::unique_ptr<Producer> next;
  std::thread waiting([&] { next = producer(standby()); });
  const auto block = raw();
  ASSERT_TRUE(testing::eventually([&] { return block.view().participant(3).standby.load() == 1; }));
  active.kill();
  waiting.join();
  EXPECT_EQ(put(*next, "3"), Status::OK);
  EXPECT_EQ(take(*reader), "3");
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_F(StandbyTest, GivesUpAfterItsTime) {
  const auto active = producer();
  EXPECT_EQ(thrown_by([&] { producer(standby(30)); }), Status::SINGLE_PRODUCER);
  EXPECT_EQ(raw().entry(2).state(), EntryState::free);
}

TEST_F(StandbyTest, DoesNotDisturbTheActiveOne) {
  const auto active = producer();
  std::thread waiting([&] { thrown_by([&] { producer(standby(50)); }); });
  const auto block = raw();
  ASSERT_TRUE(testing::eventually([&] { return block.view().participant(2).standby.load() == 1; }));
  put_numbers(*active, 0, 20);
  waiting.join();
  EXPECT_EQ(block.claim(), 20U);
}

TEST_F(StandbyTest, OfTwoOnlyOneTakesOver) {
  auto active = producer();
  std::atomic<int> writers{0};
  std::vector<std::thread> waiting;
  for (int i = 0; i < 2; ++i) {
    waiting.emplace_back([&] {
      const auto next = producer(standby());
      EXPECT_EQ(++writers, 1);
      put_numbers(*next, 0, 10);
      --writers;
    });
  }
  const auto block = raw();
  ASSERT_TRUE(testing::eventually([&] {
    return block.view().participant(2).standby.load() == 1 && block.view().participant(3).standby.load() == 1;
  }));
  active.reset();
  for (std::thread& thread : waiting) {
    thread.join();
  }
  EXPECT_EQ(block.claim(), 20U);
}

}  // namespace
}  // namespace datablock
