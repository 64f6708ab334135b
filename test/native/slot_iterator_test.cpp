// Going through the messages: over the end of the ring, over gaps, and by seeking.
#include <iterator>
#include <vector>

#include "support/cpp_block_test.hpp"
#include "support/ring_kinds.hpp"

namespace datablock {
namespace {

using testing::CppBlockTest;
using testing::receive;
using testing::send;
using testing::text_of;
using testing::thrown_by;

static_assert(std::input_iterator<DataBlockSlotIterator::Cursor>);
static_assert(std::sentinel_for<std::default_sentinel_t, DataBlockSlotIterator::Cursor>);

class SlotIteratorTest : public CppBlockTest {
 protected:
  static void send_numbers(DataBlockProducer& producer, int from, int to) {
    for (int number = from; number < to; ++number) {
      send(producer, std::to_string(number));
    }
  }
  /// Everything until the end of the stream.
  static std::vector<std::string> read_all(DataBlockConsumer& consumer) {
    std::vector<std::string> texts;
    for (const SlotConsumeHandle& slot : DataBlockSlotIterator(consumer, testing::kLongMs)) {
      texts.push_back(text_of(slot.buffer_span()));
    }
    return texts;
  }
};

TEST_F(SlotIteratorTest, RangeForGoesOverTheEndOfTheRingToTheEndOfTheStream) {
  for (const std::uint64_t slots : {1, 2, 3, 4}) {
    const std::string name = "ring-" + std::to_string(slots);
    create(config(slots), name);
    ProducerOptions options;
    options.dir = dir();
    auto producer = DataBlockProducer::open(name, options);
    auto consumer = DataBlockConsumer::open(name, consumer_options());
    std::uint64_t expected = 0;
    send(producer, "0");
    for (const SlotConsumeHandle& slot : DataBlockSlotIterator(consumer, testing::kLongMs)) {
      EXPECT_EQ(slot.seq(), expected);
      EXPECT_EQ(slot.slot_index(), expected % slots);
      EXPECT_EQ(text_of(slot.buffer_span()), std::to_string(expected));
      ++expected;
      if (slots > 1 && expected <= 10) {
        send(producer, std::to_string(expected));
      } else if (slots > 1) {
        ASSERT_EQ(producer->mark_end(0), Status::OK);
      } else {
        break;  // one slot, and it is in hand
      }
    }
    EXPECT_EQ(expected, slots > 1 ? 11U : 1U);
    EXPECT_EQ(receive(consumer, 0), slots > 1 ? "<TIMEOUT>" : "<TIMEOUT>");  // nothing is left in hand
  }
}

TEST_F(SlotIteratorTest, TombstonesAreSteppedOver) {
  create(config(8));
  auto producer = open_producer();
  auto consumer = open_consumer();
  for (int i = 0; i < 7; ++i) {
    if (i % 2 == 0) {
      send(producer, std::to_string(i));
    } else {
      ASSERT_EQ(producer.acquire_write_slot(0).abort(), Status::OK);
    }
  }
  ASSERT_EQ(producer->mark_end(0), Status::OK);
  EXPECT_EQ(read_all(consumer), (std::vector<std::string>{"0", "2", "4", "6"}));
  EXPECT_EQ(consumer->lost(), 0U);
}

TEST_F(SlotIteratorTest, GapsOfALossyReaderAreCountedWithTheMessageAfterThem) {
  create(config(4));
  auto producer = open_producer();
  auto consumer = open_consumer(ConsumerMode::sequential);
  send_numbers(producer, 0, 2);
  EXPECT_EQ(receive(consumer), "0");
  send_numbers(producer, 2, 11);  // 1 to 6 are overwritten
  ASSERT_EQ(producer->mark_end(0), Status::OK);
  std::vector<std::uint64_t> numbers;
  std::uint64_t lost = 0;
  for (const SlotConsumeHandle& slot : DataBlockSlotIterator(consumer, testing::kLongMs)) {
    numbers.push_back(slot.seq());
    lost += slot.lost();
  }
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{8, 9, 10}));
  EXPECT_EQ(lost, 7U);
}

TEST_F(SlotIteratorTest, RangeForThrowsATimeOutAndWhatElseIsWrong) {
  create(config());
  auto producer = open_producer();
  auto consumer = open_consumer();
  send(producer, "one");
  int count = 0;
  const auto loop = [&] {
    for ([[maybe_unused]] const SlotConsumeHandle& slot : DataBlockSlotIterator(consumer, 3)) {
      ++count;
    }
  };
  EXPECT_THROW(loop(), TimeoutError);
  EXPECT_EQ(count, 1);
  raw().set_word(1, SlotWord{15});
  EXPECT_EQ(thrown_by(loop), Status::CORRUPT);
}

TEST_F(SlotIteratorTest, TryNextAnswersWhy) {
  create(config());
  auto producer = open_producer();
  auto consumer = open_consumer();
  DataBlockSlotIterator slots(consumer);
  EXPECT_EQ(slots.try_next(0).status(), Status::TIMEOUT);
  send_numbers(producer, 0, 2);
  {
    const SlotConsumeHandle first = slots.try_next(0);
    EXPECT_EQ(first.seq(), 0U);
    EXPECT_EQ(slots.try_next(0).status(), Status::NESTED_USE);
  }
  EXPECT_EQ(slots.try_next(0).seq(), 1U);
  ASSERT_EQ(producer->mark_end(0), Status::OK);
  EXPECT_EQ(slots.try_next(0).status(), Status::END_OF_STREAM);
}

TEST_F(SlotIteratorTest, SeekLatestGoesToTheNewestMessageOrTheNextToCome) {
  create(config(4));
  auto producer = open_producer();
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    auto consumer = open_consumer(mode);
    DataBlockSlotIterator slots(consumer);
    slots.seek_latest();
    if (mode != ConsumerMode::latest) {
      EXPECT_EQ(slots.try_next(0).status(), Status::TIMEOUT);
    }
    send_numbers(producer, 0, 3);
    slots.seek_latest();
    const std::uint64_t newest = raw().claim() - 1;
    EXPECT_EQ(slots.try_next(0).seq(), newest);
    EXPECT_EQ(slots.try_next(0).status(), Status::TIMEOUT);
    EXPECT_EQ(consumer->lost(), 0U);
  }
}

TEST_F(SlotIteratorTest, SeekLatestLooksPastMarksAndTombstones) {
  create(config(4));
  auto producer = open_producer();
  auto consumer = open_consumer(ConsumerMode::sequential);
  send_numbers(producer, 0, 2);
  ASSERT_EQ(producer.acquire_write_slot(0).abort(), Status::OK);
  ASSERT_EQ(producer->mark_end(0), Status::OK);
  DataBlockSlotIterator slots(consumer);
  slots.seek_latest();
  EXPECT_EQ(slots.try_next(0).seq(), 1U);
  EXPECT_EQ(slots.try_next(0).status(), Status::END_OF_STREAM);
}

TEST_F(SlotIteratorTest, ASyncConsumerSeeksForwardsAndFreesWhatItPassesOver) {
  create(config(4));
  auto producer = open_producer();
  auto consumer = open_consumer();
  send_numbers(producer, 0, 4);
  EXPECT_EQ(producer.acquire_write_slot(0).status(), Status::TIMEOUT);
  DataBlockSlotIterator slots(consumer);
  slots.seek_to(2);
  send_numbers(producer, 4, 6);
  EXPECT_EQ(slots.try_next(0).seq(), 2U);
  EXPECT_EQ(thrown_by([&] { slots.seek_to(2); }), Status::INVALID_ARGUMENT);
  EXPECT_EQ(thrown_by([&] { slots.seek_to(7); }), Status::INVALID_ARGUMENT);
  slots.seek_to(6);  // the next one to come
  EXPECT_EQ(slots.try_next(0).status(), Status::TIMEOUT);
  send(producer, "6");
  const SlotConsumeHandle slot = slots.try_next(0);
  EXPECT_EQ(slot.seq(), 6U);
  EXPECT_EQ(thrown_by([&] { slots.seek_to(7); }), Status::NESTED_USE);
  EXPECT_EQ(violations(), "");
}

TEST_F(SlotIteratorTest, ASequentialConsumerSeeksBothWaysAndIsToldWhatWasOverwritten) {
  create(config(4));
  auto producer = open_producer();
  auto consumer = open_consumer(ConsumerMode::sequential);
  send_numbers(producer, 0, 6);
  DataBlockSlotIterator slots(consumer);
  slots.seek_to(4);
  EXPECT_EQ(slots.try_next(0).seq(), 4U);
  slots.seek_to(3);
  EXPECT_EQ(slots.try_next(0).seq(), 3U);
  EXPECT_EQ(consumer->lost(), 0U);
  slots.seek_to(0);
  const SlotConsumeHandle slot = slots.try_next(0);
  EXPECT_EQ(slot.seq(), 2U);
  EXPECT_EQ(slot.lost(), 2U);
}

TEST_F(SlotIteratorTest, AnEndThatIsSoughtAgainIsToldAgain) {
  create(config(4));
  auto producer = open_producer();
  auto consumer = open_consumer(ConsumerMode::sequential);
  send_numbers(producer, 0, 2);
  ASSERT_EQ(producer->mark_end(0), Status::OK);
  EXPECT_EQ(read_all(consumer).size(), 2U);
  DataBlockSlotIterator(consumer).seek_to(0);
  EXPECT_EQ(read_all(consumer), (std::vector<std::string>{"0", "1"}));
}

TEST_F(SlotIteratorTest, AJoinerSeeksInTheHistoryAndOutOfIt) {
  create(config(8));
  auto producer = open_producer();
  send_numbers(producer, 0, 6);
  auto consumer = open_consumer(ConsumerMode::sync, StartFrom::oldest);
  DataBlockSlotIterator slots(consumer);
  slots.seek_to(4);
  EXPECT_EQ(slots.try_next(0).seq(), 4U);
  slots.seek_to(1);  // history is read by pins: both ways
  EXPECT_EQ(slots.try_next(0).seq(), 1U);
  slots.seek_to(6);
  EXPECT_EQ(raw().lossy_bits(), 0U);
  EXPECT_EQ(slots.try_next(0).status(), Status::TIMEOUT);
  EXPECT_EQ(thrown_by([&] { slots.seek_to(1); }), Status::INVALID_ARGUMENT);
  send(producer, "6");
  EXPECT_EQ(slots.try_next(0).seq(), 6U);
}

TEST_F(SlotIteratorTest, OneThatIsEvictedCannotSeek) {
  create(config(4));
  auto producer = open_producer();
  auto consumer = open_consumer();
  send_numbers(producer, 0, 2);
  ASSERT_EQ(evict(consumer), Status::OK);
  EXPECT_EQ(thrown_by([&] { DataBlockSlotIterator(consumer).seek_to(1); }), Status::EVICTED);
  consumer->close();
  EXPECT_EQ(thrown_by([&] { DataBlockSlotIterator(consumer).seek_latest(); }), Status::CLOSED);
}

}  // namespace
}  // namespace datablock
