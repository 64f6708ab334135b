// Reading in order without holding anybody back: what is missed is counted, exactly.
#include <thread>

#include "support/block_test.hpp"
#include "support/ring_kinds.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::eventually;
using testing::kLongMs;
using testing::OnEveryRing;
using testing::put;
using testing::put_numbers;
using testing::take;

class SequentialReaderOn : public OnEveryRing {
 protected:
  SequentialReaderOn() { create(kind_config()); }
};

TEST_P(SequentialReaderOn, GetsEveryMessageWhenItKeepsUp) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(put(*writer, std::to_string(i)), Status::OK);
    ASSERT_EQ(reader->acquire(0), Status::OK);
    EXPECT_EQ(reader->message().lost, 0U);
    EXPECT_EQ(testing::text_of(*reader), std::to_string(i));
    ASSERT_EQ(reader->release(), Status::OK);
  }
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_P(SequentialReaderOn, HoldsNobodyBack) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, 3 * slots() + 1);
  EXPECT_EQ(raw().claim(), 3 * slots() + 1);
}

TEST_P(SequentialReaderOn, TellsExactlyHowManyItMissed) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, 3 * slots() + 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->message().seq, 2 * slots() + 1);
  EXPECT_EQ(reader->message().lost, 2 * slots() + 1);
  EXPECT_EQ(testing::text_of(*reader), std::to_string(2 * slots() + 1));
}

TEST_P(SequentialReaderOn, TellsALossOnce) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, slots() + 1);
  take(*reader);
  put_numbers(*writer, slots() + 1, slots() + 2);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->message().lost, 0U);
  EXPECT_EQ(reader->lost(), 1U);
}

TEST_P(SequentialReaderOn, ExactlyAFullRingBehindIsNoLoss) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, slots());
  for (std::uint64_t i = 0; i < slots(); ++i) {
    ASSERT_EQ(take(*reader, 0), std::to_string(i));
  }
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_P(SequentialReaderOn, StartsAtTheHeadOrAtTheOldestMessage) {
  const auto writer = producer();
  put_numbers(*writer, 0, 2 * slots() + 1);
  EXPECT_EQ(consumer(ConsumerMode::sequential)->acquire(0), Status::TIMEOUT);
  const auto reader = consumer(ConsumerMode::sequential, StartFrom::oldest);
  for (std::uint64_t i = slots() + 1; i < 2 * slots() + 1; ++i) {
    ASSERT_EQ(take(*reader, 0), std::to_string(i));
  }
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_P(SequentialReaderOn, StepsOverTombstonesWithoutCallingThemLost) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(writer->acquire(0), Status::OK);
    ASSERT_EQ(writer->abort(), Status::OK);
    reader->acquire(0);
    ASSERT_EQ(put(*writer, std::to_string(i)), Status::OK);
    ASSERT_EQ(take(*reader, 0), std::to_string(i));
  }
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_P(SequentialReaderOn, DeliveredAndLostAreAllUnderARunningProducer) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  constexpr std::uint64_t kMessages = 20'000;
  std::thread writing([&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      ASSERT_EQ(writer->acquire(kLongMs), Status::OK);
      testing::fill_pattern(writer->payload(), 1, i);
      ASSERT_EQ(writer->commit(64), Status::OK);
    }
    ASSERT_EQ(writer->mark_end(kLongMs), Status::OK);
  });
  std::uint64_t delivered = 0;
  for (;;) {
    const Status status = reader->acquire(kLongMs);
    if (status != Status::OK) {
      EXPECT_EQ(status, Status::END_OF_STREAM);
      break;
    }
    const auto read = testing::read_pattern(reader->payload());
    EXPECT_TRUE(read.whole);
    ++delivered;
    ASSERT_EQ(reader->release(), Status::OK);
  }
  writing.join();
  // Tombstones (numbers that the producer skipped behind our pin) are stepped over, or told as lost with the
  // rest. What was lost after the last message that could be read is told by lost().
  const std::uint64_t accounted = delivered + reader->lost();
  EXPECT_EQ(reader->messages(), delivered);
  EXPECT_GE(accounted, kMessages);
  EXPECT_LE(accounted, raw().claim() - 1);
}

INSTANTIATE_ON_RINGS(SequentialReaderOn, 1, 2, 3, 1000);

class SequentialReaderTest : public BlockTest {};

TEST_F(SequentialReaderTest, ARunIsOneMessageBecauseItCanPinOneSlot) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, 3);
  std::array<Message, 3> run;
  std::size_t count = 0;
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  EXPECT_EQ(count, 1U);
}

TEST_F(SequentialReaderTest, IsWokenByTheCommitThatItSleepsFor) {
  create(config());
  const auto writer = producer();
  ConsumerOptions options;
  options.mode = ConsumerMode::sequential;
  options.wait = WaitStrategy::block;
  const auto reader = consumer(options);
  std::string got;
  std::thread waiting([&] { got = take(*reader); });
  const auto block = raw();
  ASSERT_TRUE(eventually([&] { return block.has_sleeper(0); }));
  ASSERT_EQ(put(*writer, "x"), Status::OK);
  EXPECT_FALSE(block.has_sleeper(0));
  waiting.join();
  EXPECT_EQ(got, "x");
}

TEST_F(SequentialReaderTest, ADrainThatMayBeGivenBackIsNotYetALoss) {
  create(multi_config(4));
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, 4);
  const auto block = raw();
  block.set_word(0, SlotWord::make(2, writer->attachment().id(), Phase::draining));
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
  block.set_word(0, SlotWord::committed(1));
  EXPECT_EQ(take(*reader, 0), "0");
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_F(SequentialReaderTest, QuarantinedNumbersAreSteppedOver) {
  create(multi_config(4));
  const auto first = producer();
  const auto second = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  ASSERT_EQ(first->acquire(0), Status::OK);
  put(*second, "1");
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
  raw().set_word(0, SlotWord::make(1, first->attachment().id(), Phase::quarantined));
  EXPECT_EQ(take(*reader, 0), "1");
  EXPECT_EQ(reader->lost(), 0U);
}

}  // namespace
}  // namespace datablock
