// From the oldest message on, then without loss: no seam between the two.
#include <thread>

#include "support/block_test.hpp"
#include "support/ring_kinds.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::kLongMs;
using testing::OnEveryRing;
using testing::put;
using testing::put_numbers;
using testing::take;

class FromOldestOn : public OnEveryRing {
 protected:
  FromOldestOn() { create(kind_config()); }
};

TEST_P(FromOldestOn, ReadsWhatIsInTheRingThenWhatComes) {
  const auto writer = producer();
  put_numbers(*writer, 0, 2 * slots());
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  for (std::uint64_t i = slots(); i < 2 * slots(); ++i) {
    ASSERT_EQ(take(*reader, 0), std::to_string(i));
  }
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
  put_numbers(*writer, 2 * slots(), 2 * slots() + 1);
  EXPECT_EQ(take(*reader, 0), std::to_string(2 * slots()));
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_P(FromOldestOn, OnAnEmptyBlockStartsWithTheFirstMessage) {
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  const auto writer = producer();
  put_numbers(*writer, 0, 1);
  EXPECT_EQ(take(*reader, 0), "0");
}

TEST_P(FromOldestOn, LetsItsLossyBitGoWithTheHistory) {
  const auto writer = producer();
  put_numbers(*writer, 0, slots());
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  EXPECT_NE(raw().lossy_bits(), 0U);
  for (std::uint64_t i = 0; i < slots(); ++i) {
    take(*reader, 0);
  }
  reader->acquire(0);
  EXPECT_EQ(raw().lossy_bits(), 0U);
  EXPECT_NE(raw().sync_bits(), 0U);
}

TEST_P(FromOldestOn, HasNoSeamUnderARunningProducer) {
  // History may be overwritten while it is read: then that is declared. From the join on nothing is lost; and
  // whatever is delivered comes once, in order, whole.
  const auto writer = producer();
  constexpr std::uint64_t kMessages = 5'000;
  std::thread writing([&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      ASSERT_EQ(writer->acquire(kLongMs), Status::OK);
      testing::fill_pattern(writer->payload(), 1, i);
      ASSERT_EQ(writer->commit(64), Status::OK);
    }
    ASSERT_EQ(writer->mark_end(kLongMs), Status::OK);
  });
  for (int round = 0; round < 5; ++round) {
    const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
    const std::uint64_t joined_at = raw().hold(reader->attachment().id());
    std::uint64_t next = 0;
    std::uint64_t last_index = 0;
    std::uint64_t expected_from_join = 0;
    bool first = true;
    for (int i = 0; i < 300; ++i) {
      const Status status = reader->acquire(kLongMs);
      if (status == Status::END_OF_STREAM) {
        break;
      }
      ASSERT_EQ(status, Status::OK);
      const auto read = testing::read_pattern(reader->payload());
      ASSERT_TRUE(read.whole);
      if (!first) {
        ASSERT_GE(reader->message().seq, next);
        ASSERT_GT(read.index, last_index);
      }
      if (reader->message().seq >= joined_at) {
        if (expected_from_join != 0) {
          ASSERT_EQ(read.index, expected_from_join);
        }
        expected_from_join = read.index + 1;
      }
      first = false;
      last_index = read.index;
      next = reader->message().seq + 1;
      ASSERT_EQ(reader->release(), Status::OK);
    }
  }
  writing.join();
  EXPECT_EQ(violations(), "");
}

INSTANTIATE_ON_RINGS(FromOldestOn, 1, 2, 3, 1000);

class FromOldestTest : public BlockTest {};

TEST_F(FromOldestTest, DeclaresHistoryThatWasOverwrittenBeforeItCouldBeRead) {
  create(config(4));
  const auto writer = producer();
  put_numbers(*writer, 0, 4);
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  put_numbers(*writer, 4, 7);  // over 0, 1 and 2, as its hold at 4 allows
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->message().seq, 3U);
  EXPECT_EQ(reader->message().lost, 3U);
  reader->release();
  for (int i = 4; i < 7; ++i) {
    EXPECT_EQ(take(*reader, 0), std::to_string(i));
  }
  EXPECT_EQ(reader->lost(), 3U);
}

TEST_F(FromOldestTest, DeclaresNothingThatIsStillItsOwnToRead) {
  create(config(4));
  const auto writer = producer();
  put_numbers(*writer, 0, 4);
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  put_numbers(*writer, 4, 8);  // all of the history is gone, and 4 to 7 are held
  for (int i = 4; i < 8; ++i) {
    ASSERT_EQ(reader->acquire(0), Status::OK);
    EXPECT_EQ(testing::text_of(*reader), std::to_string(i));
    EXPECT_EQ(reader->message().lost, i == 4 ? 4U : 0U);
    reader->release();
  }
}

TEST_F(FromOldestTest, HoldsTheHeadFromTheJoinOn) {
  create(config(4));
  const auto writer = producer();
  put_numbers(*writer, 0, 4);
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  put_numbers(*writer, 4, 8);
  EXPECT_EQ(put(*writer, "8", 0), Status::TIMEOUT);
}

TEST_F(FromOldestTest, StepsOverTombstonesAndMarksOfTheHistory) {
  create(config(8));
  const auto writer = producer();
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(writer->acquire(0), Status::OK);
  writer->abort();
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  put_numbers(*writer, 3, 4);
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  EXPECT_EQ(take(*reader, 0), "0");
  EXPECT_EQ(take(*reader, 0), "3");
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_F(FromOldestTest, WaitsForAMessageOfTheHistoryThatIsNotFinished) {
  create(multi_config(8));
  const auto slow = producer();
  const auto fast = producer();
  ASSERT_EQ(slow->acquire(0), Status::OK);
  put(*fast, "1");
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
  slow->payload()[0] = std::byte{'0'};
  ASSERT_EQ(slow->commit(1), Status::OK);
  EXPECT_EQ(take(*reader, 0), "0");
  EXPECT_EQ(take(*reader, 0), "1");
}

TEST_F(FromOldestTest, LeavingInTheMiddleOfTheHistoryLeavesNothing) {
  create(config(8));
  const auto writer = producer();
  put_numbers(*writer, 0, 8);
  {
    const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
    ASSERT_EQ(reader->acquire(0), Status::OK);
  }
  EXPECT_EQ(raw().sync_bits() | raw().lossy_bits(), 0U);
  EXPECT_EQ(violations(), "");
}

TEST_F(FromOldestTest, ADeadReaderInItsHistoryIsCleanedUp) {
  create(config(4));
  const auto writer = producer();
  put_numbers(*writer, 0, 4);
  testing::ChildProcess child([&](const testing::Line& line) {
    const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
    REQUIRE_IN_CHILD(reader->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  child.kill();
  put_numbers(*writer, 4, 20);
  EXPECT_EQ(raw().sync_bits(), 0U);
}

}  // namespace
}  // namespace datablock
