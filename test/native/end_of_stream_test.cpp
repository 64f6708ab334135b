// When has a stream ended? When everyone who writes has said so.
#include "core/end_of_stream.hpp"

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

class EndOfStreamFor : public BlockTest, public ::testing::WithParamInterface<ConsumerMode> {
 protected:
  EndOfStreamFor() { create(multi_config(8)); }
  std::unique_ptr<Consumer> reader(StartFrom from = StartFrom::latest) const {
    return consumer(GetParam(), from);
  }
};

TEST_P(EndOfStreamFor, ComesAfterTheLastMessage) {
  const auto writer = producer();
  const auto reading = reader();
  ASSERT_EQ(put(*writer, "last"), Status::OK);
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  EXPECT_EQ(take(*reading, 0), "last");
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
}

TEST_P(EndOfStreamFor, IsToldOnceForEachEnd) {
  const auto writer = producer();
  const auto reading = reader();
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  ASSERT_EQ(put(*writer, "more"), Status::OK);
  EXPECT_EQ(take(*reading, 0), "more");
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
}

TEST_P(EndOfStreamFor, EndsAWait) {
  const auto writer = producer();
  const auto reading = reader();
  std::thread waiting([&] { EXPECT_EQ(reading->acquire(kLongMs), Status::END_OF_STREAM); });
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  waiting.join();
}

TEST_P(EndOfStreamFor, StaysWhenTheWriterHasLeft) {
  put_numbers(*producer(), 0, 1);
  const auto writer = producer();
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  writer->close();
  const auto reading = reader();
  if (GetParam() == ConsumerMode::latest) {
    EXPECT_EQ(take(*reading, 0), "0");
  }
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
}

TEST_P(EndOfStreamFor, AJoinerFromTheOldestGetsTheHistoryFirst) {
  {
    const auto writer = producer();
    put_numbers(*writer, 0, 1);
    ASSERT_EQ(writer->mark_end(0), Status::OK);
  }
  const auto reading = reader(StartFrom::oldest);
  EXPECT_EQ(take(*reading, 0), "0");
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
}

TEST_P(EndOfStreamFor, DoesNotComeOnAnEmptyBlock) {
  const auto reading = reader();
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(reading->acquire(30), Status::TIMEOUT);
}

TEST_P(EndOfStreamFor, DoesNotComeWhenAWriterLeavesWithoutMark) {
  const auto reading = reader();
  put_numbers(*producer(), 0, 1);
  EXPECT_EQ(take(*reading, 0), "0");
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(reading->acquire(30), Status::TIMEOUT);
}

TEST_P(EndOfStreamFor, WaitsForEveryWriter) {
  const auto first = producer();
  const auto second = producer();
  const auto reading = reader();
  ASSERT_EQ(first->mark_end(0), Status::OK);
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  ASSERT_EQ(put(*second, "still here"), Status::OK);
  EXPECT_EQ(take(*reading, 0), "still here");
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  ASSERT_EQ(second->mark_end(0), Status::OK);
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
}

TEST_P(EndOfStreamFor, NeedsTheMarkToBeTheLastWord) {
  const auto first = producer();
  const auto second = producer();
  const auto reading = reader();
  ASSERT_EQ(first->mark_end(0), Status::OK);
  ASSERT_EQ(put(*second, "after"), Status::OK);
  second->close();  // without a mark
  EXPECT_EQ(take(*reading, 0), "after");
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
}

TEST_P(EndOfStreamFor, ComesWhenTheOtherWriterLeavesAfterTheMark) {
  const auto first = producer();
  auto second = producer();
  const auto reading = reader();
  ASSERT_EQ(first->mark_end(0), Status::OK);
  std::thread waiting([&] { EXPECT_EQ(reading->acquire(kLongMs), Status::END_OF_STREAM); });
  second.reset();
  waiting.join();
}

TEST_P(EndOfStreamFor, ComesThoughATombstoneFollowedTheMark) {
  const auto first = producer();
  const auto second = producer();
  const auto reading = reader();
  ASSERT_EQ(first->mark_end(0), Status::OK);
  ASSERT_EQ(second->mark_end(0), Status::OK);
  ASSERT_EQ(second->acquire(0), Status::OK);  // begins again ...
  ASSERT_EQ(second->abort(), Status::OK);     // ... and gives up
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  second->close();
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
}

TEST_P(EndOfStreamFor, AMarkIsNoMessage) {
  const auto writer = producer();
  const auto reading = reader();
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  reading->acquire(0);
  EXPECT_EQ(writer->messages(), 0U);
  EXPECT_EQ(reading->messages(), 0U);
  EXPECT_EQ(raw().view().participant(1).messages.load(), 0U);
}

TEST_P(EndOfStreamFor, GoesOnWithTheNextWriter) {
  const auto reading = reader();
  {
    const auto writer = producer();
    ASSERT_EQ(writer->mark_end(0), Status::OK);
  }
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
  put_numbers(*producer(), 7, 8);
  EXPECT_EQ(take(*reading, 0), "7");
}

TEST_P(EndOfStreamFor, DoesNotComeWhileAWriterIsJoining) {
  const auto first = producer();
  const auto reading = reader();
  ASSERT_EQ(first->mark_end(0), Status::OK);
  const auto block = raw();
  block.view().participant(5).word.store(EntryWord::make(EntryState::joining, 1).raw);
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  block.view().participant(5).word.store(EntryWord::make(EntryState::free, 1).raw);
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
}

TEST_P(EndOfStreamFor, DoesNotComeForAWriterThatDiedUnfinishedUntilItIsCleanedUp) {
  const auto reading = reader();
  ChildProcess child([&](const Line& line) {
    const auto dying = producer();
    line.stay();
  });
  child.hear();
  const auto writer = producer();
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  child.kill();
  EXPECT_EQ(reading->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(reading->dead_producers(), 1U);
  for (const PlannedAction& action : recovery().plan()) {
    EXPECT_EQ(recovery().apply(action), Status::OK);
  }
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
  EXPECT_EQ(reading->dead_producers(), 1U);  // and that it had more to say is not forgotten
}

TEST_P(EndOfStreamFor, AWriterThatDiedAfterItsMarkHadEnded) {
  const auto reading = reader();
  ChildProcess child([&](const Line& line) {
    const auto dying = producer();
    REQUIRE_IN_CHILD(dying->mark_end(0) == Status::OK);
    line.stay();
  });
  child.hear();
  child.kill();
  EXPECT_EQ(reading->acquire(0), Status::END_OF_STREAM);
  EXPECT_EQ(reading->dead_producers(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Readers, EndOfStreamFor,
                         ::testing::Values(ConsumerMode::sync, ConsumerMode::sequential,
                                           ConsumerMode::latest),
                         [](const auto& test) { return std::string(to_string(test.param)); });

class EndOfStreamTest : public BlockTest {};

TEST_F(EndOfStreamTest, IsNotHeldUpByAStandby) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  std::thread standing_by([&] {
    ProducerOptions options;
    options.standby_ms = kLongMs;
    producer(options);
  });
  const auto block = raw();
  ASSERT_TRUE(eventually([&] { return block.view().participant(3).standby.load() == 1; }));
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  EXPECT_EQ(reader->acquire(200), Status::END_OF_STREAM);
  writer->close();
  standing_by.join();
}

TEST_F(EndOfStreamTest, AStandbyThatDiesIsNoLostProducer) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  ChildProcess child([&](const Line&) {
    ProducerOptions options;
    options.standby_ms = -1;
    producer(options);
  });
  const auto block = raw();
  ASSERT_TRUE(eventually([&] { return block.view().participant(3).standby.load() == 1; }));
  child.kill();
  EXPECT_EQ(reader->dead_producers(), 0U);
  for (const PlannedAction& action : recovery().plan()) {
    EXPECT_EQ(recovery().apply(action), Status::OK);
  }
  EXPECT_EQ(reader->dead_producers(), 0U);
}

TEST_F(EndOfStreamTest, AMarkThatCouldNotBePublishedIsNone) {
  create(config(1));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 1);
  EXPECT_EQ(writer->mark_end(0), Status::TIMEOUT);
  EXPECT_EQ(raw().view().participant(1).ended.load(), 0U);
  EXPECT_EQ(take(*reader), "0");
  EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
}

TEST_F(EndOfStreamTest, MarksTakeTheirPlaceInTheRing) {
  create(config(2));
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  ASSERT_EQ(put(*writer, "x", 0), Status::OK);
  EXPECT_EQ(writer->mark_end(0), Status::TIMEOUT);
  EXPECT_EQ(take(*reader, 0), "x");
  EXPECT_EQ(writer->mark_end(0), Status::OK);
}

TEST_F(EndOfStreamTest, ARunEndsAtTheMark) {
  create(config(8));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  ASSERT_EQ(writer->mark_end(0), Status::OK);
  put_numbers(*writer, 2, 4);
  std::array<Message, 8> run;
  std::size_t count = 0;
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  EXPECT_EQ(count, 2U);
  ASSERT_EQ(reader->release(2), Status::OK);
  ASSERT_EQ(reader->acquire_run(run, count, 0), Status::OK);
  EXPECT_EQ(count, 2U);
}

}  // namespace
}  // namespace datablock
