// Taking a seat in a block, and giving it back.
#include "core/attachment.hpp"

#include <unistd.h>

#include <set>
#include <thread>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::eventually;
using testing::kLongMs;
using testing::Line;
using testing::message_thrown_by;
using testing::put;
using testing::take;
using testing::thrown_by;

class AttachmentTest : public BlockTest {
 protected:
  ParticipantReport report(std::uint8_t id) const {
    const auto block = raw();
    return examine_participant(block.file(), block.view(), id);
  }
  /// A child that attaches as `mode`, and is killed while it is in.
  void leave_a_dead_reader(ConsumerMode mode = ConsumerMode::sync) const {
    ChildProcess child([&](const Line& line) {
      const auto reader = consumer(mode);
      line.stay();
    });
    child.hear();
    child.kill();
  }
};

TEST_F(AttachmentTest, IdsAreGivenFromOneUpwards) {
  create(config());
  const auto first = consumer();
  const auto second = consumer(ConsumerMode::latest);
  const auto third = producer();
  EXPECT_EQ(first->attachment().id(), 1);
  EXPECT_EQ(second->attachment().id(), 2);
  EXPECT_EQ(third->attachment().id(), 3);
}

TEST_F(AttachmentTest, AnIdThatWasLeftIsGivenAgain) {
  create(config());
  auto first = consumer();
  const auto second = consumer();
  first->close();
  EXPECT_EQ(consumer()->attachment().id(), 1);
}

TEST_F(AttachmentTest, EveryUseOfAnEntryIsANewGeneration) {
  create(config());
  for (std::uint64_t generation = 1; generation <= 3; ++generation) {
    const auto reader = consumer();
    EXPECT_EQ(raw().entry(1).generation(), generation);
  }
}

TEST_F(AttachmentTest, AnAttachedEntryIsActiveAndItsByteLocked) {
  create(config());
  const auto reader = consumer();
  EXPECT_EQ(raw().entry(1).state(), EntryState::active);
  EXPECT_TRUE(raw().is_locked(1));
  EXPECT_FALSE(raw().is_locked(2));
}

TEST_F(AttachmentTest, LeavingFreesEntryAndByte) {
  create(config());
  consumer()->close();
  EXPECT_EQ(raw().entry(1).state(), EntryState::free);
  EXPECT_FALSE(raw().is_locked(1));
}

TEST_F(AttachmentTest, TheDestructorLeaves) {
  create(config());
  { const auto reader = consumer(); }
  EXPECT_EQ(raw().entry(1).state(), EntryState::free);
  EXPECT_FALSE(raw().is_locked(1));
}

TEST_F(AttachmentTest, ClosingTwiceIsClosingOnce) {
  create(config());
  const auto reader = consumer();
  reader->close();
  const auto other = consumer();  // has the entry now
  reader->close();
  EXPECT_EQ(raw().entry(1).state(), EntryState::active);
  EXPECT_TRUE(raw().is_locked(1));
}

TEST_F(AttachmentTest, AClosedHandleAnswersClosed) {
  create(config());
  const auto reader = consumer();
  const auto writer = producer();
  reader->close();
  writer->close();
  EXPECT_EQ(reader->acquire(0), Status::CLOSED);
  EXPECT_EQ(reader->release(), Status::CLOSED);
  EXPECT_EQ(writer->acquire(0), Status::CLOSED);
  EXPECT_EQ(writer->commit(0), Status::CLOSED);
  EXPECT_EQ(writer->abort(), Status::CLOSED);
  EXPECT_EQ(writer->mark_end(0), Status::CLOSED);
  EXPECT_EQ(writer->update_checksum(0), Status::CLOSED);
}

TEST_F(AttachmentTest, TheEntrySaysWhoIsInIt) {
  create(config());
  ConsumerOptions options;
  options.name = "logger";
  options.note = "writes the diary";
  const auto reader = consumer(options);
  const ParticipantReport in = report(1);
  EXPECT_EQ(in.name, "logger");
  EXPECT_EQ(in.note, "writes the diary");
  EXPECT_EQ(in.role, Role::consumer);
  EXPECT_EQ(in.mode, static_cast<std::uint8_t>(ConsumerMode::sync));
  EXPECT_EQ(in.process.pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(in.process.uid, getuid());
  EXPECT_NE(in.joined_ns, 0U);
  EXPECT_EQ(in.verdict, Verdict::alive);
}

TEST_F(AttachmentTest, TheNameDefaultsToTheCommand) {
  create(config());
  const auto reader = consumer();
  EXPECT_EQ(report(1).name, self_name());
}

TEST_F(AttachmentTest, NameAndNoteMayFillTheirFields) {
  create(config());
  ConsumerOptions options;
  options.name = std::string(31, 'n');
  options.note = std::string(63, 'o');
  const auto reader = consumer(options);
  EXPECT_EQ(report(1).name, options.name);
  EXPECT_EQ(report(1).note, options.note);
}

class BadText : public AttachmentTest,
                public ::testing::WithParamInterface<std::pair<std::string, std::string>> {
 protected:
  ConsumerOptions options() const {
    ConsumerOptions options;
    options.dir = dir();
    options.name = GetParam().first;
    options.note = GetParam().second;
    return options;
  }
};

TEST_P(BadText, IsRefused) {
  create(config());
  EXPECT_EQ(thrown_by([&] { Consumer(kName, options()); }), Status::CONFIG_INVALID);
}

TEST_P(BadText, LeavesNoTraceInTheTable) {
  // A half-written entry would look like somebody who is joining: no stream could end until it is cleaned up.
  create(config());
  EXPECT_EQ(thrown_by([&] { Consumer(kName, options()); }), Status::CONFIG_INVALID);
  EXPECT_EQ(raw().entry(1).state(), EntryState::free);
  EXPECT_EQ(violations(), "");
}

INSTANTIATE_TEST_SUITE_P(Texts, BadText,
                         ::testing::Values(std::pair(std::string(32, 'n'), std::string()),
                                           std::pair(std::string("a\0b", 3), std::string()),
                                           std::pair(std::string(), std::string(64, 'o')),
                                           std::pair(std::string(), std::string("a\0b", 3))));

// ---------------------------------------------------------------------------------------------- the table is
// full

TEST_F(AttachmentTest, AFullTableIsRefusedAndSaysWhoIsIn) {
  BlockConfig wanted = config();
  wanted.max_participants = 2;
  create(wanted);
  ConsumerOptions options;
  options.name = "first";
  const auto first = consumer(options);
  options.name = "second";
  const auto second = consumer(options);
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::PARTICIPANTS_FULL);
  const std::string who = message_thrown_by([&] { consumer(); });
  const std::string pid = " (pid " + std::to_string(getpid()) + ")";
  EXPECT_NE(who.find("first" + pid + ", second" + pid), std::string::npos) << who;
}

TEST_F(AttachmentTest, ATableOfOneHoldsOne) {
  BlockConfig wanted = config();
  wanted.max_participants = 1;
  create(wanted);
  auto only = producer();
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::PARTICIPANTS_FULL);
  only.reset();
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::OK);
}

TEST_F(AttachmentTest, ATableFullOfTheDeadIsNotFull) {
  BlockConfig wanted = config();
  wanted.max_participants = 3;
  create(wanted);
  for (int i = 0; i < 3; ++i) {
    ChildProcess child([&](const Line& line) {
      const auto readers = {consumer(), consumer(ConsumerMode::sequential), consumer(ConsumerMode::latest)};
      line.stay();
    });
    child.hear();
    child.kill();
  }
  const auto readers = {consumer(), consumer(), consumer()};
  EXPECT_EQ(raw().sync_bits(), 7U);
  EXPECT_EQ(raw().lossy_bits(), 0U);
}

TEST_F(AttachmentTest, ATableOfSixtyFourHoldsSixtyFour) {
  BlockConfig wanted = config();
  wanted.max_participants = 64;
  create(wanted);
  std::vector<std::unique_ptr<Consumer>> readers;
  std::set<std::uint8_t> ids;
  for (int i = 0; i < 64; ++i) {
    readers.push_back(consumer(i % 2 == 0 ? ConsumerMode::sync : ConsumerMode::latest));
    ids.insert(readers.back()->attachment().id());
  }
  EXPECT_EQ(ids.size(), 64U);
  EXPECT_EQ(*ids.rbegin(), 64);
  EXPECT_EQ(raw().sync_bits() | raw().lossy_bits(), ~std::uint64_t{0});
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::PARTICIPANTS_FULL);
}

// ---------------------------------------------------------------------------------------------- the dead's
// entries

TEST_F(AttachmentTest, ADeadOnesEntryIsCleanedBeforeItIsUsedAgain) {
  create(config());
  leave_a_dead_reader();
  ASSERT_EQ(raw().hold(1), 0U);
  const auto writer = producer();
  EXPECT_EQ(writer->attachment().id(), 1);
  EXPECT_EQ(raw().hold(1), kNoHold);
  EXPECT_EQ(raw().sync_bits(), 0U);
}

TEST_F(AttachmentTest, AConsumerCanCleanADeadProducersSlotOnItsWayIn) {
  create(config());
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  child.kill();
  const auto reader = consumer(ConsumerMode::latest);
  EXPECT_EQ(reader->attachment().id(), 1);
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_EQ(raw().claim(), 1U);
}

TEST_F(AttachmentTest, CountersOfANewParticipantStartAtZero) {
  create(config());
  {
    const auto writer = producer();
    put(*writer, "x");
    writer->heartbeat();
  }
  const auto reader = consumer();
  const auto block = raw();
  const auto& entry = block.view().participant(1);
  EXPECT_EQ(entry.messages.load(), 0U);
  EXPECT_EQ(entry.bytes.load(), 0U);
  EXPECT_EQ(entry.lost.load(), 0U);
  EXPECT_EQ(entry.errors.load(), 0U);
  EXPECT_EQ(entry.heartbeats.load(), 0U);
}

TEST_F(AttachmentTest, AnEntryWhoseCleanerDiedAtItsLastStepBelongsToItsNewOwner) {
  // The cleaner had freed the entry and was killed before it took its own name out again.
  create(config());
  raw().view().participant(1).cleaner.pid.store(1, std::memory_order_seq_cst);
  const auto reader = consumer();
  ASSERT_EQ(reader->attachment().id(), 1);
  EXPECT_EQ(report(1).verdict, Verdict::alive);
  EXPECT_FALSE(report(1).cleaner.has_value());
}

TEST_F(AttachmentTest, AProcessThatDiesWhileJoiningLeavesAnEntryThatCanBeTaken) {
  create(config());
  ChildProcess child([&](const Line& line) {
    ConsumerOptions options;
    options.dir = dir();
    const Attachment half(kName, options, Role::consumer, ConsumerMode::sync);
    line.stay();
  });
  child.hear();
  EXPECT_EQ(raw().entry(1).state(), EntryState::joining);
  child.kill();
  const auto reader = consumer();
  EXPECT_EQ(reader->attachment().id(), 1);
  EXPECT_EQ(raw().entry(1).state(), EntryState::active);
}

// ---------------------------------------------------------------------------------------------- bits

TEST_F(AttachmentTest, ASyncConsumerSetsItsSyncBit) {
  create(config());
  const auto other = consumer(ConsumerMode::latest);
  auto reader = consumer();
  EXPECT_EQ(raw().sync_bits(), participant_bit(2));
  reader.reset();
  EXPECT_EQ(raw().sync_bits(), 0U);
}

TEST_F(AttachmentTest, LossyConsumersSetTheirLossyBits) {
  create(config());
  auto first = consumer(ConsumerMode::sequential);
  auto second = consumer(ConsumerMode::latest);
  EXPECT_EQ(raw().lossy_bits(), participant_bit(1) | participant_bit(2));
  first.reset();
  EXPECT_EQ(raw().lossy_bits(), participant_bit(2));
  second.reset();
  EXPECT_EQ(raw().lossy_bits(), 0U);
}

TEST_F(AttachmentTest, AProducerSetsNoBit) {
  create(config());
  const auto writer = producer();
  EXPECT_EQ(raw().sync_bits() | raw().lossy_bits(), 0U);
}

TEST_F(AttachmentTest, ASyncConsumerHoldsTheHead) {
  create(config());
  const auto writer = producer();
  testing::put_numbers(*writer, 0, 3);
  const auto reader = consumer();
  EXPECT_EQ(raw().hold(reader->attachment().id()), 3U);
}

TEST_F(AttachmentTest, NoMoreSyncConsumersAreAdmittedThanTheOwnerAllows) {
  BlockConfig wanted = config();
  wanted.max_sync = 1;
  create(wanted);
  auto first = consumer();
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::SYNC_FORBIDDEN);
  EXPECT_EQ(thrown_by([&] { consumer(ConsumerMode::sequential); }), Status::OK);
  first.reset();
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::OK);
}

TEST_F(AttachmentTest, ARefusedSyncConsumerLeavesNothingBehind) {
  BlockConfig wanted = config();
  wanted.max_sync = 0;
  create(wanted);
  EXPECT_EQ(thrown_by([&] { consumer(); }), Status::SYNC_FORBIDDEN);
  EXPECT_EQ(raw().sync_bits(), 0U);
  EXPECT_EQ(raw().hold(1), kNoHold);
  EXPECT_EQ(raw().entry(1).state(), EntryState::free);
  EXPECT_FALSE(raw().is_locked(1));
}

TEST_F(AttachmentTest, TheMostReadersAtOnceAreCounted) {
  create(config());
  { const auto readers = {consumer(), consumer(ConsumerMode::latest), consumer(ConsumerMode::sequential)}; }
  const auto reader = consumer();
  EXPECT_EQ(raw().view().metrics->reader_peak.load(), 3U);
}

TEST_F(AttachmentTest, PopulatingChangesNothingElse) {
  create(config());
  ProducerOptions options;
  options.populate = true;
  const auto writer = producer(options);
  const auto reader = consumer();
  EXPECT_EQ(put(*writer, "x"), Status::OK);
  EXPECT_EQ(take(*reader), "x");
}

TEST_F(AttachmentTest, ManyThreadsAttachingAndLeavingNeverShareAnEntry) {
  BlockConfig wanted = config();
  wanted.max_participants = 4;
  create(wanted);
  std::array<std::atomic<int>, 5> inside{};
  std::atomic<int> shared{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        auto reader = consumer(i % 2 == 0 ? ConsumerMode::sync : ConsumerMode::latest);
        const std::uint8_t id = reader->attachment().id();
        shared += inside[id].fetch_add(1);
        inside[id].fetch_sub(1);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(shared, 0);
  EXPECT_EQ(violations(), "");
}

}  // namespace
}  // namespace datablock
