// Time-outs, sleeping, waking, and what ends a wait.
#include "core/waiting.hpp"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "platform/linux/interrupts.hpp"
#include "support/block_test.hpp"
#include "support/scripted_env.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::eventually;
using testing::kLongMs;
using testing::Line;
using testing::put;
using testing::put_numbers;
using testing::ScriptedEnv;
using testing::take;

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

// ---------------------------------------------------------------------------------------------- deadlines

TEST(Deadlines, OfZeroAreTries) {
  Deadline<NativeEnv> deadline(0);
  EXPECT_TRUE(deadline.is_try());
  EXPECT_TRUE(deadline.has_passed());
}

TEST(Deadlines, OfMinusOneNeverPass) {
  Deadline<NativeEnv> deadline(-1);
  EXPECT_FALSE(deadline.is_try());
  EXPECT_EQ(deadline.remaining_ns(), kForever);
}

TEST(Deadlines, PassWhenTheirTimeIsOver) {
  Deadline<NativeEnv> deadline(5);
  EXPECT_FALSE(deadline.has_passed());
  EXPECT_LE(deadline.remaining_ns(), 5 * kNsPerMs);
  NativeEnv::nap(6 * kNsPerMs);
  EXPECT_TRUE(deadline.has_passed());
}

TEST(Deadlines, BeyondWhatAClockCanCountAreForever) {
  for (const std::int64_t ms : {std::numeric_limits<std::int64_t>::max(), std::int64_t{1} << 53,
                                std::int64_t{18'446'744'073'710}, std::int64_t{18'446'744'073'709}}) {
    Deadline<NativeEnv> deadline(ms);
    EXPECT_FALSE(deadline.is_try());
    EXPECT_GT(deadline.remaining_ns(), std::uint64_t{1} << 60) << ms;
  }
}

// ---------------------------------------------------------------------------------------------- eventcounts

TEST(Eventcounts, AnAnnouncedSleeperSetsTheLowestBit) {
  ScriptedEnv::Atomic<std::uint32_t> word{6};
  EXPECT_EQ(announce_sleeper<ScriptedEnv>(word), 7U);
  EXPECT_EQ(word.load(), 7U);
}

TEST(Eventcounts, ASecondSleeperSleepsOnTheSameValue) {
  ScriptedEnv::Atomic<std::uint32_t> word{7};
  EXPECT_EQ(announce_sleeper<ScriptedEnv>(word), 7U);
}

TEST(Eventcounts, WakingCountsOnAndClearsTheBit) {
  ScriptedEnv::Atomic<std::uint32_t> word{7};
  ScriptedEnv::wake_ups = 0;
  wake_sleepers<ScriptedEnv>(word);
  EXPECT_EQ(word.load(), 8U);
  EXPECT_EQ(ScriptedEnv::wake_ups, 1);
}

TEST(Eventcounts, NobodyIsWokenWhenNobodySleeps) {
  ScriptedEnv::Atomic<std::uint32_t> word{6};
  ScriptedEnv::wake_ups = 0;
  wake_sleepers<ScriptedEnv>(word);
  EXPECT_EQ(word.load(), 6U);
  EXPECT_EQ(ScriptedEnv::wake_ups, 0);
}

TEST(Eventcounts, TheCountWrapsAround) {
  ScriptedEnv::Atomic<std::uint32_t> word{~std::uint32_t{0}};
  wake_sleepers<ScriptedEnv>(word);
  EXPECT_EQ(word.load(), 0U);
}

TEST(Eventcounts, ASleeperThatComesBetweenLookAndExchangeIsWokenToo) {
  ScriptedEnv::Atomic<std::uint32_t> word{7};
  ScriptedEnv::wake_ups = 0;
  bool came = false;
  ScriptedEnv::before_exchange = [&](const void*) {
    if (!came) {
      came = true;
      word.store(9);  // another waker did its work, and a new sleeper came
    }
  };
  wake_sleepers<ScriptedEnv>(word);
  ScriptedEnv::before_exchange = nullptr;
  EXPECT_EQ(word.load(), 10U);
  EXPECT_EQ(ScriptedEnv::wake_ups, 1);
}

// ---------------------------------------------------------------------------------------------- time-outs

std::string name_of(WaitStrategy strategy) {
  constexpr const char* kNames[] = {"spin", "adaptive", "block"};
  return kNames[static_cast<std::size_t>(strategy)];
}

class WaitBy : public BlockTest, public ::testing::WithParamInterface<WaitStrategy> {
 protected:
  std::unique_ptr<Consumer> waiting_consumer(ConsumerMode mode = ConsumerMode::sync) const {
    ConsumerOptions options;
    options.mode = mode;
    options.wait = GetParam();
    return consumer(options);
  }
  std::unique_ptr<Producer> waiting_producer() const {
    ProducerOptions options;
    options.wait = GetParam();
    return producer(options);
  }
};

TEST_P(WaitBy, ATryDoesNotWait) {
  create(config(1));
  const auto writer = waiting_producer();
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    const auto reader = waiting_consumer(mode);
    EXPECT_EQ(reader->acquire(0), Status::TIMEOUT);
  }
  const auto reader = waiting_consumer();
  put_numbers(*writer, 0, 1);
  EXPECT_EQ(writer->acquire(0), Status::TIMEOUT);
}

TEST_P(WaitBy, AReaderWaitsItsTimeOutAndNotMuchLonger) {
  create(config());
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    const auto reader = waiting_consumer(mode);
    const auto start = Clock::now();
    EXPECT_EQ(reader->acquire(30), Status::TIMEOUT);
    EXPECT_GE(since(start).count(), 30);
    EXPECT_LT(since(start).count(), 5000);
  }
}

TEST_P(WaitBy, AProducerWaitsItsTimeOutAndNotMuchLonger) {
  create(config(1));
  const auto writer = waiting_producer();
  const auto reader = waiting_consumer();
  put_numbers(*writer, 0, 1);
  const auto start = Clock::now();
  EXPECT_EQ(writer->acquire(30), Status::TIMEOUT);
  EXPECT_GE(since(start).count(), 30);
  EXPECT_LT(since(start).count(), 5000);
}

TEST_P(WaitBy, AnEndlessWaitEndsWithTheMessage) {
  create(config());
  const auto writer = producer();
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    const auto reader = waiting_consumer(mode);
    std::atomic<bool> started{false};
    std::string got;
    std::thread waiting([&] {
      started = true;
      got = take(*reader, -1);
    });
    ASSERT_TRUE(eventually([&] { return started.load(); }));
    ASSERT_EQ(put(*writer, "x"), Status::OK);
    waiting.join();
    EXPECT_EQ(got, "x");
  }
}

TEST_P(WaitBy, PingPongNeverLosesAWakeUp) {
  BlockConfig wanted = config(2);
  wanted.heal_after_ms = 100;  // the longest nap
  create(wanted, "there");
  create(wanted, "back");
  ProducerOptions writing;
  writing.dir = dir();
  writing.wait = GetParam();
  ConsumerOptions reading;
  reading.dir = dir();
  reading.wait = GetParam();
  Producer ping("there", writing);
  Producer pong("back", writing);
  Consumer pinged("there", reading);
  Consumer ponged("back", reading);
  const int kRounds = GetParam() == WaitStrategy::spin ? 20 : 300;
  std::thread echo([&] {
    for (int i = 0; i < kRounds; ++i) {
      ASSERT_EQ(put(pong, take(pinged)), Status::OK);
    }
  });
  const auto start = Clock::now();
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_EQ(put(ping, std::to_string(i)), Status::OK);
    ASSERT_EQ(take(ponged), std::to_string(i));
  }
  echo.join();
  // A lost wake-up costs a whole nap: 600 of them would take a minute.
  EXPECT_LT(since(start).count(), 30'000);
}

TEST_P(WaitBy, CancelEndsAReadersWait) {
  create(config());
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    const auto reader = waiting_consumer(mode);
    std::thread waiting([&] { EXPECT_EQ(reader->acquire(kLongMs), Status::CLOSED); });
    reader->cancel();
    waiting.join();
  }
}

TEST_P(WaitBy, CancelEndsAProducersWait) {
  create(config(1));
  const auto writer = waiting_producer();
  const auto reader = waiting_consumer();
  put_numbers(*writer, 0, 1);
  std::thread waiting([&] { EXPECT_EQ(writer->acquire(kLongMs), Status::CLOSED); });
  writer->cancel();
  waiting.join();
}

INSTANTIATE_TEST_SUITE_P(Strategy, WaitBy,
                         ::testing::Values(WaitStrategy::spin, WaitStrategy::adaptive, WaitStrategy::block),
                         [](const auto& test) { return name_of(test.param); });

// ---------------------------------------------------------------------------------------------- particular
// cases

class WaitingTest : public BlockTest {};

TEST_F(WaitingTest, AWaitThatIsLongerThanAnyNapGoesOn) {
  create(config());  // naps of 20 ms
  const auto reader = consumer();
  const auto start = Clock::now();
  EXPECT_EQ(reader->acquire(150), Status::TIMEOUT);
  EXPECT_GE(since(start).count(), 150);
}

TEST_F(WaitingTest, AWakerThatWasKilledBetweenStoreAndWakeIsMadeUpFor) {
  create(config());
  ConsumerOptions options;
  options.wait = WaitStrategy::block;
  const auto reader = consumer(options);
  std::string got;
  std::thread waiting([&] { got = take(*reader); });
  const auto block = raw();
  ASSERT_TRUE(eventually([&] { return block.has_sleeper(0); }));
  block.view().states[0].length.store(0);
  block.view().control->claim.store(1);
  block.set_word(0, SlotWord::committed(1));  // and nobody wakes
  waiting.join();
  EXPECT_EQ(got, "");
}

TEST_F(WaitingTest, TimeOutsAreCountedByTheHandleAndForProducersInTheMetrics) {
  create(config(1));
  const auto writer = producer();
  const auto reader = consumer();
  reader->acquire(0);
  reader->acquire(1);
  EXPECT_EQ(reader->timeouts(), 2U);
  put_numbers(*writer, 0, 1);
  writer->acquire(0);
  EXPECT_EQ(writer->timeouts(), 1U);
  EXPECT_EQ(raw().view().metrics->writer_timeouts.load(), 1U);
}

TEST_F(WaitingTest, TimeOutsAreNoErrors) {
  create(config(1));
  const auto reader = consumer();
  reader->acquire(0);
  EXPECT_EQ(raw().view().metrics->error_sequence.load(), 0U);
  EXPECT_EQ(raw().view().participant(1).errors.load(), 0U);
}

TEST_F(WaitingTest, ErrorsAreCountedWithTheirCodeAndTime) {
  create(config());
  const auto writer = producer();
  writer->commit(0);  // a misuse is told, not counted
  EXPECT_EQ(raw().view().metrics->error_sequence.load(), 0U);
  raw().set_word(0, SlotWord{0xffff});
  EXPECT_EQ(writer->acquire(0), Status::CORRUPT);
  const auto block = raw();
  EXPECT_EQ(block.view().metrics->error_sequence.load(), 1U);
  EXPECT_EQ(block.view().metrics->last_error_code.load(), static_cast<std::uint64_t>(Status::CORRUPT));
  EXPECT_NE(block.view().metrics->last_error_ns.load(), 0U);
  EXPECT_EQ(block.view().metrics->acquire_errors.load(), 1U);
  EXPECT_EQ(block.view().participant(1).errors.load(), 1U);
}

TEST_F(WaitingTest, TheTimeThatAProducerWaitsForSpaceIsCounted) {
  create(config(1));
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 1);
  writer->acquire(10);
  EXPECT_GE(raw().view().metrics->writer_blocked_ns.load(), 10 * kNsPerMs);
}

TEST_F(WaitingTest, AWaitingParticipantBeats) {
  create(config());
  const auto reader = consumer();
  const auto block = raw();
  std::thread waiting([&] { reader->acquire(kLongMs); });
  EXPECT_TRUE(eventually([&] { return block.view().participant(1).heartbeats.load() >= 2; }));
  reader->cancel();
  waiting.join();
}

TEST_F(WaitingTest, ASignalThatIsCaughtEndsEveryKindOfWait) {
  create(config(1));
  ChildProcess child([&](const Line& line) {
    catch_signals();
    const auto writer = producer();
    const auto reader = consumer();
    put_numbers(*writer, 0, 1);
    line.say();
    REQUIRE_IN_CHILD(writer->acquire(-1) == Status::INTERRUPTED);
    take(*reader);
    REQUIRE_IN_CHILD(reader->acquire(-1) == Status::INTERRUPTED);
    REQUIRE_IN_CHILD(consumer(ConsumerMode::sequential)->acquire(-1) == Status::INTERRUPTED);
    const auto newest = consumer(ConsumerMode::latest);
    take(*newest);
    REQUIRE_IN_CHILD(newest->acquire(-1) == Status::INTERRUPTED);
    ProducerOptions standby;
    standby.standby_ms = -1;
    REQUIRE_IN_CHILD(testing::thrown_by([&] { producer(standby); }) == Status::INTERRUPTED);
    REQUIRE_IN_CHILD(caught_signal() == SIGTERM);
  });
  child.hear();
  kill(child.pid(), SIGTERM);
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(WaitingTest, AStoppedProcessGoesOnWhereItWas) {
  create(config(2));
  const auto writer = producer();
  ChildProcess child([&](const Line& line) {
    const auto reader = consumer();
    line.say();
    for (int i = 0; i < 20; ++i) {
      REQUIRE_IN_CHILD(take(*reader) == std::to_string(i));
    }
  });
  child.hear();
  put_numbers(*writer, 0, 2);
  child.stop();
  std::thread writing([&] { put_numbers(*writer, 2, 20); });
  child.go_on();
  writing.join();
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace datablock
