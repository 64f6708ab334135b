// Always the newest message.
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

class LatestReaderOn : public OnEveryRing {
 protected:
  LatestReaderOn() { create(kind_config()); }
};

TEST_P(LatestReaderOn, GetsTheNewestOfSeveral) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 10);
  EXPECT_EQ(take(*reader, 0), "9");
}

TEST_P(LatestReaderOn, GetsNoMessageTwice) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 3);
  EXPECT_EQ(take(*reader, 0), "2");
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
}

TEST_P(LatestReaderOn, FindsTheNewestMessageThatWasThereBeforeIt) {
  put_numbers(*producer(), 0, 5);
  EXPECT_EQ(take(*consumer(ConsumerMode::latest), 0), "4");
}

TEST_P(LatestReaderOn, TellsWhatLayBetween) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(take(*reader, 0), "0");
  put_numbers(*writer, 1, 11);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->message().seq, 10U);
  EXPECT_EQ(reader->message().lost, 9U);
}

TEST_P(LatestReaderOn, CallsNothingLostThatWasThereBeforeItsFirstMessage) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 10);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->message().lost, 0U);
}

TEST_P(LatestReaderOn, HoldsNobodyBack) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 3 * slots());
  EXPECT_EQ(raw().claim(), 3 * slots());
}

TEST_P(LatestReaderOn, SeesOnlyWholeMessagesUnderARunningProducer) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  constexpr std::uint64_t kMessages = 20'000;
  std::thread writing([&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      ASSERT_EQ(writer->acquire(kLongMs), Status::OK);
      testing::fill_pattern(writer->payload(), 1, i);
      ASSERT_EQ(writer->commit(64), Status::OK);
    }
    ASSERT_EQ(writer->mark_end(kLongMs), Status::OK);
  });
  std::uint64_t next = 0;
  std::uint64_t last = 0;
  for (;;) {
    const Status status = reader->acquire(kLongMs);
    if (status != Status::OK) {
      EXPECT_EQ(status, Status::END_OF_STREAM);
      break;
    }
    const auto read = testing::read_pattern(reader->payload());
    EXPECT_TRUE(read.whole);
    EXPECT_GE(reader->message().seq, next);
    next = reader->message().seq + 1;
    last = read.index;
    ASSERT_EQ(reader->release(), Status::OK);
  }
  writing.join();
  if (slots() > 1) {  // on a ring of one the end mark may have taken the last message's place
    EXPECT_EQ(last, kMessages - 1);
  }
}

INSTANTIATE_ON_RINGS(LatestReaderOn, 1, 2, 3, 1000);

class LatestReaderTest : public BlockTest {};

TEST_F(LatestReaderTest, LooksPastTombstones) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put(*writer, "0");
  ASSERT_EQ(writer->acquire(0), Status::OK);
  writer->abort();
  EXPECT_EQ(take(*reader, 0), "0");
}

TEST_F(LatestReaderTest, LooksPastTheMessageThatIsBeingWritten) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put(*writer, "0");
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(take(*reader, 0), "0");
}

TEST_F(LatestReaderTest, LooksPastEndMarks) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put(*writer, "0");
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  EXPECT_EQ(take(*reader, 0), "0");
  EXPECT_EQ(reader->acquire(0), Status::END_OF_STREAM);
}

class OvertakingTest : public BlockTest, public ::testing::WithParamInterface<WaitStrategy> {
 protected:
  OvertakingTest() {
    create(multi_config(8));
    first_ = producer();
    second_ = producer();
    ConsumerOptions options;
    options.mode = ConsumerMode::latest;
    options.wait = GetParam();
    reader_ = consumer(options);
  }

  /// Starts to wait for a message, and returns when the reader has looked.
  void start_waiting() {
    waiting_ = std::thread([this] { got_ = take(*reader_); });
    const auto block = raw();
    if (GetParam() == WaitStrategy::block) {
      ASSERT_TRUE(eventually([&] { return block.has_sleeper(0) || block.has_sleeper(1); }));
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // a spinning reader leaves no trace
    }
  }
  std::string finish_waiting() {
    waiting_.join();
    return got_;
  }

  std::unique_ptr<Producer> first_;
  std::unique_ptr<Producer> second_;
  std::unique_ptr<Consumer> reader_;
  std::thread waiting_;
  std::string got_;
};

TEST_P(OvertakingTest, ALaterMessageIsDeliveredWhileAnEarlierOneIsUnfinished) {
  ASSERT_EQ(first_->acquire(0), Status::OK);
  start_waiting();
  ASSERT_EQ(put(*second_, "later"), Status::OK);
  EXPECT_EQ(finish_waiting(), "later");
}

TEST_P(OvertakingTest, AnEarlierMessageIsDeliveredWhileALaterOneIsUnfinished) {
  ASSERT_EQ(first_->acquire(0), Status::OK);
  ASSERT_EQ(second_->acquire(0), Status::OK);
  start_waiting();
  first_->payload()[0] = std::byte{'e'};
  ASSERT_EQ(first_->commit(1), Status::OK);
  EXPECT_EQ(finish_waiting(), "e");
}

INSTANTIATE_TEST_SUITE_P(By, OvertakingTest,
                         ::testing::Values(WaitStrategy::spin, WaitStrategy::adaptive, WaitStrategy::block));

TEST_F(LatestReaderTest, AnOvertakenMessageIsNotDeliveredAfterwards) {
  create(multi_config(8));
  const auto slow = producer();
  const auto fast = producer();
  const auto reader = consumer(ConsumerMode::latest);
  ASSERT_EQ(slow->acquire(0), Status::OK);
  put(*fast, "later");
  ASSERT_EQ(take(*reader, 0), "later");
  ASSERT_EQ(slow->commit(0), Status::OK);
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
}

TEST_F(LatestReaderTest, IsWokenByTheCommitThatItSleepsFor) {
  for (const ProducerMode mode : {ProducerMode::single, ProducerMode::multi}) {
    const std::string name = to_string(mode);
    create_segment(name, dir(), config(4, mode));
    ProducerOptions writing;
    writing.dir = dir();
    Producer writer(name, writing);
    ConsumerOptions reading;
    reading.dir = dir();
    reading.mode = ConsumerMode::latest;
    reading.wait = WaitStrategy::block;
    Consumer reader(name, reading);
    std::string got;
    std::thread waiting([&] { got = take(reader); });
    const testing::RawBlock block(name, dir());
    ASSERT_TRUE(eventually([&] { return block.has_sleeper(0); }));
    ASSERT_EQ(put(writer, "x"), Status::OK);
    waiting.join();
    EXPECT_EQ(got, "x");
  }
}

}  // namespace
}  // namespace datablock
