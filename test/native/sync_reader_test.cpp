// Reading without loss, and holding producers back.
#include "core/sync_reader.hpp"

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

class SyncReaderOn : public OnEveryRing {
 protected:
  SyncReaderOn() { create(kind_config()); }
};

TEST_P(SyncReaderOn, GetsEveryMessageInOrder) {
  const auto writer = producer();
  const auto reader = consumer();
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(put(*writer, std::to_string(i)), Status::OK);
    ASSERT_EQ(reader->acquire(0), Status::OK);
    EXPECT_EQ(reader->message().seq, static_cast<std::uint64_t>(i));
    EXPECT_EQ(reader->message().lost, 0U);
    EXPECT_EQ(testing::text_of(*reader), std::to_string(i));
    ASSERT_EQ(reader->release(), Status::OK);
  }
}

TEST_P(SyncReaderOn, StartsAtTheHead) {
  const auto writer = producer();
  put_numbers(*writer, 0, slots() + 2);
  const auto reader = consumer();
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
  put_numbers(*writer, slots() + 2, slots() + 3);
  EXPECT_EQ(take(*reader), std::to_string(slots() + 2));
}

TEST_P(SyncReaderOn, LetsExactlyOneRingBeWrittenAhead) {
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, slots());
  EXPECT_EQ(writer->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(raw().claim(), slots());
}

TEST_P(SyncReaderOn, LetsTheProducerGoOnWhenItHasReleased) {
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, slots());
  for (std::uint64_t i = 0; i < slots(); ++i) {
    ASSERT_EQ(take(*reader, 0), std::to_string(i));
  }
  reader->acquire(0);  // nothing there: publishes the hold before it would wait
  EXPECT_EQ(put(*writer, "on", 0), Status::OK);
}

TEST_P(SyncReaderOn, KeepsTheBytesOfTheMessageInHand) {
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_EQ(put(*writer, "keep me"), Status::OK);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  while (put(*writer, "another", 0) == Status::OK) {
  }
  EXPECT_EQ(testing::text_of(*reader), "keep me");
  EXPECT_EQ(reader->release(), Status::OK);
}

TEST_P(SyncReaderOn, StepsOverTombstones) {
  const auto writer = producer();
  const auto reader = consumer();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(writer->acquire(kLongMs), Status::OK);
    ASSERT_EQ(writer->abort(), Status::OK);
    reader->acquire(0);  // steps over it
    ASSERT_EQ(put(*writer, std::to_string(i)), Status::OK);
    ASSERT_EQ(take(*reader), std::to_string(i));
  }
  EXPECT_EQ(reader->lost(), 0U);
}

TEST_P(SyncReaderOn, WaitsForTheMessageThatIsBeingWritten) {
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
  ASSERT_EQ(writer->commit(0), Status::OK);
  EXPECT_EQ(reader->acquire(0), Status::OK);
}

TEST_P(SyncReaderOn, StreamsBetweenTwoThreads) {
  const auto writer = producer();
  const auto reader = consumer();
  std::thread writing([&] { put_numbers(*writer, 0, 3000); });
  for (int i = 0; i < 3000; ++i) {
    const std::string got = take(*reader);
    if (got != std::to_string(i)) {
      ADD_FAILURE() << "message " << i << " is " << got;
      break;
    }
  }
  writing.join();
}

TEST_P(SyncReaderOn, TwoReadersGetEverythingBoth) {
  const auto writer = producer();
  const auto readers = {consumer(), consumer()};
  std::vector<std::thread> reading;
  for (const auto& reader : readers) {
    reading.emplace_back([&reader] {
      for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(take(*reader), std::to_string(i));
      }
    });
  }
  put_numbers(*writer, 0, 1000);
  for (std::thread& thread : reading) {
    thread.join();
  }
}

INSTANTIATE_ON_RINGS(SyncReaderOn, 1, 2, 3, 1000);

class SyncReaderTest : public BlockTest {};

TEST_F(SyncReaderTest, ASecondAcquireIsNestedUse) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->acquire(0), Status::NESTED_USE);
  EXPECT_EQ(reader->message().seq, 0U);
}

TEST_F(SyncReaderTest, ReleaseNeedsAMessageInHand) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  EXPECT_EQ(reader->release(), Status::NOTHING_IN_HAND);
  put(*writer, "x");
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->release(0), Status::NOTHING_IN_HAND);
  EXPECT_EQ(reader->release(2), Status::NOTHING_IN_HAND);
  EXPECT_EQ(reader->release(), Status::OK);
  EXPECT_EQ(reader->release(), Status::NOTHING_IN_HAND);
}

TEST_F(SyncReaderTest, TheMessageSaysWhoWroteItAndHow) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(writer->commit(3, MessageFlag::line), Status::OK);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->message().length, 3U);
  EXPECT_EQ(reader->message().flags, MessageFlag::line);
  EXPECT_EQ(reader->message().writer, writer->attachment().writer_tag());
}

TEST_F(SyncReaderTest, TheSlowestOfTwoDecides) {
  create(config(4));
  const auto writer = producer();
  const auto fast = consumer();
  const auto slow = consumer();
  put_numbers(*writer, 0, 4);
  for (int i = 0; i < 4; ++i) {
    take(*fast);
  }
  EXPECT_EQ(put(*writer, "4", 0), Status::TIMEOUT);
  take(*slow);
  EXPECT_EQ(put(*writer, "4", 0), Status::OK);
  EXPECT_EQ(put(*writer, "5", 0), Status::TIMEOUT);
}

TEST_F(SyncReaderTest, ALeavingReaderHoldsNobodyBack) {
  create(config(2));
  const auto writer = producer();
  auto reader = consumer();
  put_numbers(*writer, 0, 2);
  ASSERT_EQ(writer->acquire(0), Status::TIMEOUT);
  reader.reset();
  EXPECT_EQ(put(*writer, "x", 0), Status::OK);
}

TEST_F(SyncReaderTest, AProducerThatSleepsForAHoldIsWokenByTheRelease) {
  create(config(2));
  ProducerOptions options;
  options.wait = WaitStrategy::block;
  const auto writer = producer(options);
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  std::thread waiting([&] { EXPECT_EQ(put(*writer, "2"), Status::OK); });
  const auto block = raw();
  ASSERT_TRUE(eventually([&] { return block.has_hold_sleeper(2); }));
  ASSERT_EQ(reader->release(), Status::OK);
  EXPECT_FALSE(block.has_hold_sleeper(2));
  waiting.join();
}

TEST_F(SyncReaderTest, AProducerThatSleepsForAHoldIsWokenWhenTheReaderLeaves) {
  create(config(2));
  ProducerOptions options;
  options.wait = WaitStrategy::block;
  const auto writer = producer(options);
  auto reader = consumer();
  put_numbers(*writer, 0, 2);
  std::thread waiting([&] { EXPECT_EQ(put(*writer, "2"), Status::OK); });
  const auto block = raw();
  ASSERT_TRUE(eventually([&] { return block.has_hold_sleeper(2); }));
  reader.reset();
  EXPECT_FALSE(block.has_hold_sleeper(2));
  waiting.join();
}

TEST_F(SyncReaderTest, AReaderThatSleepsForAMessageIsWokenByTheCommit) {
  for (const ProducerMode mode : {ProducerMode::single, ProducerMode::multi}) {
    const std::string name = to_string(mode);
    create_segment(name, dir(), config(4, mode));
    ProducerOptions writing;
    writing.dir = dir();
    Producer writer(name, writing);
    ConsumerOptions reading;
    reading.dir = dir();
    reading.wait = WaitStrategy::block;
    Consumer reader(name, reading);
    std::string got;
    std::thread waiting([&] { got = take(reader); });
    const testing::RawBlock block(name, dir());
    ASSERT_TRUE(eventually([&] { return block.has_sleeper(0); }));
    ASSERT_EQ(put(writer, "x"), Status::OK);
    EXPECT_FALSE(block.has_sleeper(0));
    waiting.join();
    EXPECT_EQ(got, "x");
  }
}

TEST_F(SyncReaderTest, AReaderThatSleepsForAMessageIsWokenByItsTombstoneToo) {
  create(config());
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ConsumerOptions options;
  options.wait = WaitStrategy::block;
  options.from = StartFrom::oldest;
  const auto reader = consumer(options);
  std::string got;
  std::thread waiting([&] { got = take(*reader); });
  const auto block = raw();
  ASSERT_TRUE(eventually([&] { return block.has_sleeper(0); }));
  ASSERT_EQ(writer->abort(), Status::OK);
  EXPECT_FALSE(block.has_sleeper(0));
  ASSERT_TRUE(eventually([&] { return block.has_sleeper(1); }));
  ASSERT_EQ(put(*writer, "next"), Status::OK);
  waiting.join();
  EXPECT_EQ(got, "next");
}

TEST_F(SyncReaderTest, TheHoldIsPublishedLazilyButNeverMoreThanAnEighthBehind) {
  create(config(64));
  const auto writer = producer();
  const auto reader = consumer();
  const auto block = raw();
  for (std::uint64_t i = 1; i <= 64; ++i) {
    put(*writer, "x");
    take(*reader);
    EXPECT_LE(i - block.hold(2), 8U);
  }
}

TEST_F(SyncReaderTest, TheHoldOfASmallRingIsPublishedAtEveryRelease) {
  create(config(8));
  const auto writer = producer();
  const auto reader = consumer();
  for (std::uint64_t i = 1; i <= 20; ++i) {
    put(*writer, "x");
    take(*reader);
    EXPECT_EQ(raw().hold(2), i);
  }
}

TEST_F(SyncReaderTest, MessagesAndBytesAreCounted) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  put(*writer, "abc");
  put(*writer, "de");
  take(*reader);
  take(*reader);
  EXPECT_EQ(reader->messages(), 2U);
  EXPECT_EQ(reader->bytes(), 5U);
}

TEST_F(SyncReaderTest, ALengthBeyondTheSlotIsCutToIt) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  put(*writer, "abc");
  raw().view().states[0].length.store(~std::uint64_t{0});
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(reader->payload().size(), 64U);
}

// ---------------------------------------------------------------------------------------------- runs

TEST_F(SyncReaderTest, ARunTakesWhatIsThere) {
  create(config(8));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 5);
  std::array<Message, 8> run;
  std::size_t count = 0;
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  ASSERT_EQ(count, 5U);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(run[i].seq, i);
    EXPECT_EQ(static_cast<char>(reader->payload(run[i])[0]), static_cast<char>('0' + i));
  }
}

TEST_F(SyncReaderTest, ARunIsNoLongerThanAskedFor) {
  create(config(8));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 8);
  std::array<Message, 3> run;
  std::size_t count = 0;
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  EXPECT_EQ(count, 3U);
  ASSERT_EQ(reader->release(3), Status::OK);
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  EXPECT_EQ(run[0].seq, 3U);
}

TEST_F(SyncReaderTest, ARunEndsBeforeAGap) {
  create(config(8));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  ASSERT_EQ(writer->acquire(0), Status::OK);
  writer->abort();
  put_numbers(*writer, 3, 4);
  std::array<Message, 8> run;
  std::size_t count = 0;
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  EXPECT_EQ(count, 2U);
  ASSERT_EQ(reader->release(2), Status::OK);
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  EXPECT_EQ(run[0].seq, 3U);
}

TEST_F(SyncReaderTest, ARunMayBeReleasedBitByBit) {
  create(config(4));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 4);
  std::array<Message, 4> run;
  std::size_t count = 0;
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  ASSERT_EQ(reader->release(1), Status::OK);
  EXPECT_EQ(reader->in_hand(), 3U);
  EXPECT_EQ(raw().hold(2), 1U);
  EXPECT_EQ(reader->acquire(0), Status::NESTED_USE);
  ASSERT_EQ(reader->release(3), Status::OK);
  EXPECT_EQ(raw().hold(2), 4U);
}

TEST_F(SyncReaderTest, ARunIntoNothingIsRefused) {
  create(config());
  const auto reader = consumer();
  std::size_t count = 7;
  EXPECT_EQ(reader->acquire_run({}, count, 0), Status::CONFIG_INVALID);
  EXPECT_EQ(count, 0U);
}

TEST_F(SyncReaderTest, ARunThatTimesOutHasNothing) {
  create(config());
  const auto reader = consumer();
  std::array<Message, 4> run;
  std::size_t count = 7;
  EXPECT_EQ(reader->acquire_run(run, count, 0), Status::TIMEOUT);
  EXPECT_EQ(count, 0U);
}

TEST_F(SyncReaderTest, ClosingPublishesWhatWasReleased) {
  create(config(64));
  const auto writer = producer();
  auto reader = consumer();
  put_numbers(*writer, 0, 3);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  reader->close();
  EXPECT_EQ(raw().hold(2), kNoHold);
  EXPECT_EQ(raw().sync_bits(), 0U);
}

// ---------------------------------------------------------------------------------------------- overflow

TEST_F(SyncReaderTest, OnABlockThatFailsOnOverflowTheProducerDoesNotWait) {
  BlockConfig wanted = config(4);
  wanted.overflow_policy = OverflowPolicy::fail;
  create(wanted);
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 4);
  EXPECT_EQ(writer->acquire(-1), Status::WOULD_BLOCK);
  take(*reader);
  EXPECT_EQ(put(*writer, "4", -1), Status::OK);
}

TEST_F(SyncReaderTest, OverflowLosesNothingThatWasWritten) {
  BlockConfig wanted = config(4);
  wanted.overflow_policy = OverflowPolicy::fail;
  create(wanted);
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 4);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(writer->acquire(-1), Status::WOULD_BLOCK);
  }
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(take(*reader, 0), std::to_string(i));
  }
}

// ---------------------------------------------------------------------------------------------- eviction

TEST_F(SyncReaderTest, AnEvictedReaderIsToldAtItsRelease) {
  create(config(4));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  std::uint64_t seen = 0;
  ASSERT_TRUE(raw().view().participant(2).hold.compare_exchange_strong(seen, kNoHold));
  EXPECT_EQ(reader->release(), Status::EVICTED);
}

TEST_F(SyncReaderTest, AnEvictedReaderOfALargeRingIsToldAtItsNextReleaseToo) {
  create(config(1000));  // publishes its hold every 64 messages only
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  take(*reader);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  raw().view().participant(2).hold.store(kNoHold);
  EXPECT_EQ(reader->release(), Status::EVICTED);
}

TEST_F(SyncReaderTest, AnEvictedReaderThatWaitsIsTold) {
  create(config(4));
  const auto reader = consumer();
  std::thread waiting([&] { EXPECT_EQ(reader->acquire(kLongMs), Status::EVICTED); });
  raw().view().participant(1).hold.store(kNoHold);
  waiting.join();
}

TEST_F(SyncReaderTest, AnEvictedReaderThatWasOverrunIsTold) {
  create(config(4));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  take(*reader);
  raw().view().participant(2).hold.store(kNoHold);
  put_numbers(*writer, 2, 12);
  EXPECT_EQ(reader->acquire(0), Status::EVICTED);
}

TEST_F(SyncReaderTest, AnEvictedReaderHoldsNobodyBack) {
  create(config(2));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  raw().view().participant(2).hold.store(kNoHold);
  EXPECT_EQ(put(*writer, "2", 0), Status::OK);
}

TEST_F(SyncReaderTest, AnEvictedReaderDoesNotTakeItsHoldBack) {
  create(config(2));
  const auto writer = producer();
  auto reader = consumer();
  put_numbers(*writer, 0, 2);
  reader->acquire(0);
  raw().view().participant(2).hold.store(kNoHold);
  reader->release();
  EXPECT_EQ(raw().hold(2), kNoHold);
  reader.reset();
  EXPECT_EQ(violations(), "");
}

}  // namespace
}  // namespace datablock
