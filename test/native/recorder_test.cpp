// The flight recorder.
#include "core/recorder.hpp"

#include <atomic>
#include <thread>

#include "support/block_test.hpp"
#include "support/scripted_env.hpp"

namespace datablock {
namespace {

using testing::MemoryBlock;

class RecorderTest : public ::testing::Test {
 protected:
  void note(std::uint64_t number) {
    record(block_.view(), {.at_ns = number,
                           .pid = static_cast<std::uint32_t>(number),
                           .uid = static_cast<std::uint32_t>(number + 1),
                           .action = RecorderAction::reset_slot,
                           .evidence = RecorderEvidence::lock_byte_taken,
                           .participant = 64,
                           .slot = static_cast<std::uint32_t>(number + 2),
                           .seq = number + 3,
                           .before = number + 4,
                           .after = number + 5});
  }
  MemoryBlock<NativeEnv> block_{1};
  RecorderFacts facts_;
};

TEST_F(RecorderTest, KeepsEveryField) {
  note(1000);
  ASSERT_TRUE(read_record(block_.view(), 0, facts_));
  EXPECT_EQ(facts_.ticket, 0U);
  EXPECT_EQ(facts_.at_ns, 1000U);
  EXPECT_EQ(facts_.pid, 1000U);
  EXPECT_EQ(facts_.uid, 1001U);
  EXPECT_EQ(facts_.action, RecorderAction::reset_slot);
  EXPECT_EQ(facts_.evidence, RecorderEvidence::lock_byte_taken);
  EXPECT_EQ(facts_.participant, 64);
  EXPECT_EQ(facts_.slot, 1002U);
  EXPECT_EQ(facts_.seq, 1003U);
  EXPECT_EQ(facts_.before, 1004U);
  EXPECT_EQ(facts_.after, 1005U);
}

TEST_F(RecorderTest, NothingWasRecordedAtFirst) {
  EXPECT_FALSE(read_record(block_.view(), 0, facts_));
}

TEST_F(RecorderTest, KeepsNoSlotAndNoSeq) {
  record(block_.view(), {.action = RecorderAction::free_participant});
  ASSERT_TRUE(read_record(block_.view(), 0, facts_));
  EXPECT_EQ(facts_.slot, RecorderFacts::kNoSlot);
  EXPECT_EQ(facts_.seq, RecorderFacts::kNoSeq);
}

TEST_F(RecorderTest, KeepsTheLast256) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    note(i);
  }
  EXPECT_FALSE(read_record(block_.view(), 43, facts_));
  ASSERT_TRUE(read_record(block_.view(), 44, facts_));
  EXPECT_EQ(facts_.at_ns, 44U);
  ASSERT_TRUE(read_record(block_.view(), 299, facts_));
  EXPECT_EQ(facts_.at_ns, 299U);
}

TEST_F(RecorderTest, CountsWhatWasRecorded) {
  note(1);
  note(2);
  EXPECT_EQ(block_.view().metrics->recovery_actions.load(), 2U);
}

TEST_F(RecorderTest, AnEntryWhoseWriterDiedHalfWayIsNotRead) {
  note(1);
  block_.view().recorder[0].ticket.store(0);
  EXPECT_FALSE(read_record(block_.view(), 0, facts_));
}

TEST_F(RecorderTest, AnEntryThatIsWrittenWhileItIsReadIsNotMixed) {
  std::atomic<bool> done{false};
  std::thread writing([&] {
    for (std::uint64_t i = 0; i < 100'000; ++i) {
      note(i);
    }
    done = true;
  });
  while (!done) {
    const std::uint64_t end = block_.view().control->recorder_ticket.load();
    for (std::uint64_t ticket = end > 256 ? end - 256 : 0; ticket < end; ++ticket) {
      if (read_record(block_.view(), ticket, facts_)) {
        ASSERT_EQ(facts_.at_ns, ticket);
        ASSERT_EQ(facts_.seq, ticket + 3);
        ASSERT_EQ(facts_.after, ticket + 5);
      }
    }
  }
  writing.join();
}

TEST_F(RecorderTest, ManyWritersGetTicketsOfTheirOwn) {
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 50; ++i) {
        note(t * 50 + i);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::uint64_t sum = 0;
  for (std::uint64_t ticket = 0; ticket < 200; ++ticket) {
    ASSERT_TRUE(read_record(block_.view(), ticket, facts_));
    sum += facts_.at_ns;
  }
  EXPECT_EQ(sum, 199U * 200 / 2);
}

class HistoryTest : public testing::BlockTest {};

TEST_F(HistoryTest, IsOldestFirst) {
  create(config());
  const auto block = raw();
  for (std::uint32_t i = 0; i < 300; ++i) {
    record(block.view(), {.pid = i, .action = RecorderAction::release_pin});
  }
  const auto history = observer().history();
  ASSERT_EQ(history.size(), 256U);
  EXPECT_EQ(history.front().pid, 44U);
  EXPECT_EQ(history.back().pid, 299U);
  EXPECT_EQ(history.front().ticket, 44U);
}

TEST_F(HistoryTest, OfANewBlockIsEmpty) {
  create(config());
  EXPECT_TRUE(observer().history().empty());
}

}  // namespace
}  // namespace datablock
