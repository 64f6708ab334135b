// A lossy reader's pin: the bytes that it looks at stay, the ring goes on without the slot.
#include <chrono>
#include <thread>

#include "support/block_test.hpp"
#include "support/ring_kinds.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::eventually;
using testing::kLongMs;
using testing::Line;
using testing::OnEveryRing;
using testing::put;
using testing::put_numbers;
using testing::take;
using testing::text_of;

class PinOn : public OnEveryRing {
 protected:
  PinOn() { create(kind_config()); }
};

TEST_P(PinOn, IsOnTheSlotOfTheMessageInHand) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, 2);
  ASSERT_EQ(take(*reader, 0), "0");
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(raw().pin(2), 1U);
  ASSERT_EQ(reader->release(), Status::OK);
  EXPECT_EQ(raw().pin(2), kNoPin);
}

TEST_P(PinOn, KeepsTheBytesWhileTheRingGoesRound) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  put_numbers(*writer, 1, 3 * slots());
  EXPECT_EQ(text_of(*reader), "0");
  EXPECT_EQ(raw().word(0).phase(), Phase::free);
}

TEST_P(PinOn, TurnsTheNumberOfItsSlotIntoATombstone) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, slots());
  raw().view().participant(2).pin.store(0);  // as if the reader looked at the oldest message
  ASSERT_EQ(put(*writer, "next"), Status::OK);
  EXPECT_EQ(raw().word(0), SlotWord::free(2));
  EXPECT_EQ(raw().word(1), SlotWord::committed(2));
  EXPECT_EQ(raw().claim(), slots() + 2);
  EXPECT_EQ(raw().tombstones(), 1U);
}

TEST_P(PinOn, ThatStaysCostsOneNumberALap) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  put_numbers(*writer, 1, 1 + 4 * (slots() - 1));
  EXPECT_EQ(raw().tombstones(), 3U);
}

TEST_P(PinOn, ThatIsLetGoGivesTheSlotBack) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  put_numbers(*writer, 1, 2 * slots());
  ASSERT_EQ(reader->release(), Status::OK);
  const std::uint64_t before = raw().tombstones();
  put_numbers(*writer, 0, 2 * slots());
  EXPECT_EQ(raw().tombstones(), before);
}

TEST_P(PinOn, OfADeadReaderIsHealed) {
  ChildProcess child([&](const Line& line) {
    const auto reader = consumer(ConsumerMode::latest);
    line.say();
    REQUIRE_IN_CHILD(reader->acquire(kLongMs) == Status::OK);
    line.stay();
  });
  child.hear();
  const auto writer = producer();
  put_numbers(*writer, 0, 1);
  child.hear();
  child.kill();
  EXPECT_TRUE(eventually([&] {
    put_numbers(*writer, 0, slots());
    return raw().lossy_bits() == 0;
  }));
  EXPECT_EQ(raw().pin(1), kNoPin);
  EXPECT_EQ(writer->healed(), 1U);
}

TEST_P(PinOn, OfAStoppedReaderCostsItsSlotOnly) {
  ChildProcess child([&](const Line& line) {
    const auto reader = consumer(ConsumerMode::sequential);
    line.say();
    REQUIRE_IN_CHILD(reader->acquire(kLongMs) == Status::OK);
    line.say();
    line.hear();
    REQUIRE_IN_CHILD(text_of(*reader) == "0");
    REQUIRE_IN_CHILD(reader->release() == Status::OK);
  });
  child.hear();
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 1);
  child.hear();
  child.stop();
  EXPECT_EQ(take(*reader), "0");
  for (int i = 1; i < 300; ++i) {
    ASSERT_EQ(put(*writer, std::to_string(i)), Status::OK);
    ASSERT_EQ(take(*reader), std::to_string(i));
  }
  child.go_on();
  child.say();
  EXPECT_EQ(child.wait(), 0);
}

INSTANTIATE_ON_RINGS(PinOn, 2, 3, 100);

// ---------------------------------------------------------------------------------------------- a ring of
// one

class PinOnRingOfOne : public OnEveryRing {
 protected:
  PinOnRingOfOne() { create(kind_config()); }
};

TEST_P(PinOnRingOfOne, MakesTheProducerWaitItsWholeTimeOut) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(writer->acquire(0), Status::TIMEOUT);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(writer->acquire(30), Status::TIMEOUT);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
}

TEST_P(PinOnRingOfOne, LosesNothingWhenTheProducerGivesUp) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(writer->acquire(1), Status::TIMEOUT);
  EXPECT_EQ(raw().word(0), SlotWord::committed(1));
  EXPECT_EQ(raw().claim(), 1U);
  EXPECT_EQ(raw().tombstones(), 0U);
  EXPECT_EQ(text_of(*reader), "0");
}

TEST_P(PinOnRingOfOne, GivesAFreeSlotBackAsFree) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(writer->abort(), Status::OK);
  raw().view().participant(2).pin.store(0);  // a reader that is still on the bytes of the lap before
  EXPECT_EQ(writer->acquire(1), Status::TIMEOUT);
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_EQ(raw().claim(), 1U);
}

TEST_P(PinOnRingOfOne, LetsTheProducerGoOnWhenItIsGone) {
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  std::thread waiting([&] { EXPECT_EQ(put(*writer, "1"), Status::OK); });
  ASSERT_TRUE(eventually([&] { return raw().word(0).is_draining(); }));
  ASSERT_EQ(reader->release(), Status::OK);
  waiting.join();
  EXPECT_EQ(take(*reader, 0), "1");
}

TEST_P(PinOnRingOfOne, OfADeadReaderIsHealed) {
  ChildProcess child([&](const Line& line) {
    const auto reader = consumer(ConsumerMode::latest);
    line.say();
    REQUIRE_IN_CHILD(reader->acquire(kLongMs) == Status::OK);
    line.stay();
  });
  child.hear();
  const auto writer = producer();
  put_numbers(*writer, 0, 1);
  child.hear();
  child.kill();
  EXPECT_EQ(put(*writer, "1"), Status::OK);
}

INSTANTIATE_ON_RINGS(PinOnRingOfOne, 1);

// ---------------------------------------------------------------------------------------------- particular
// cases

class PinTest : public BlockTest {};

TEST_F(PinTest, ALossyReaderThatComesAfterTheLookFindsItsPinRespectedInWriting) {
  // The reader joined, and pinned, between the producer's look at `lossy` and its store of WRITING. The
  // reader's second look would let go; here it stays, as one that pinned a slot of the lap before.
  create(multi_config(4));
  const auto writer = producer();
  put_numbers(*writer, 0, 4);
  const auto reader = consumer(ConsumerMode::latest);
  const auto block = raw();
  block.view().participant(2).pin.store(0);
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->seq(), 5U);
  EXPECT_EQ(block.word(0), SlotWord::free(2));
}

TEST_F(PinTest, ATombstoneUnderAPinIsNotWrittenEither) {
  create(config(2));
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 1);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  for (int lap = 0; lap < 20; ++lap) {
    ASSERT_EQ(put(*writer, "new"), Status::OK);
    ASSERT_EQ(text_of(*reader), "0");
  }
}

TEST_F(PinTest, BehindAPinATryDoesNotWait) {
  create(config(4));
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 4);
  raw().view().participant(2).pin.store(0);
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(writer->seq(), 5U);
}

TEST_F(PinTest, WithEverySlotPinnedTheProducerTimesOut) {
  create(config(2));
  const auto writer = producer();
  const auto readers = {consumer(ConsumerMode::latest), consumer(ConsumerMode::latest)};
  put_numbers(*writer, 0, 2);
  raw().view().participant(2).pin.store(0);
  raw().view().participant(3).pin.store(1);
  EXPECT_EQ(writer->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(writer->acquire(20), Status::TIMEOUT);
}

TEST_F(PinTest, WithEverySlotPinnedTheProducerDoesNotBurnNumbers) {
  // It cannot go on anyway: a wait must cost about one number a slot and a wait, not millions a second.
  create(config(2));
  const auto writer = producer();
  const auto readers = {consumer(ConsumerMode::latest), consumer(ConsumerMode::latest)};
  put_numbers(*writer, 0, 2);
  raw().view().participant(2).pin.store(0);
  raw().view().participant(3).pin.store(1);
  EXPECT_EQ(writer->acquire(100), Status::TIMEOUT);
  EXPECT_LE(raw().tombstones(), 1000U);
}

TEST_F(PinTest, WithEverySlotPinnedAnEndlessWaitCanBeCancelled) {
  create(config(2));
  const auto writer = producer();
  const auto readers = {consumer(ConsumerMode::latest), consumer(ConsumerMode::latest)};
  put_numbers(*writer, 0, 2);
  const auto block = raw();
  block.view().participant(2).pin.store(0);
  block.view().participant(3).pin.store(1);
  std::atomic<bool> ended{false};
  std::thread waiting([&] {
    EXPECT_EQ(writer->acquire(-1), Status::CLOSED);
    ended = true;
  });
  ASSERT_TRUE(eventually([&] { return block.tombstones() > 0; }));
  writer->cancel();
  EXPECT_TRUE(eventually([&] { return ended.load(); }));
  block.view().participant(2).pin.store(kNoPin);  // so that a failure is not a hang
  waiting.join();
}

TEST_F(PinTest, WithEverySlotPinnedTheProducerGoesOnWhenOneIsLetGo) {
  create(config(2));
  const auto writer = producer();
  const auto readers = {consumer(ConsumerMode::latest), consumer(ConsumerMode::latest)};
  put_numbers(*writer, 0, 2);
  const auto block = raw();
  block.view().participant(2).pin.store(0);
  block.view().participant(3).pin.store(1);
  std::thread waiting([&] { EXPECT_EQ(put(*writer, "on", -1), Status::OK); });
  ASSERT_TRUE(eventually([&] { return block.tombstones() > 0; }));
  block.view().participant(3).pin.store(kNoPin);
  waiting.join();
}

TEST_F(PinTest, WithEverySlotPinnedTheDeadOneAmongThePinnersIsFound) {
  // Whichever of them it is.
  for (int dead = 0; dead < 3; ++dead) {
    const std::string name = "block" + std::to_string(dead);
    create(config(3), name);
    ProducerOptions writing;
    writing.dir = dir();
    Producer writer(name, writing);
    ConsumerOptions reading;
    reading.dir = dir();
    reading.mode = ConsumerMode::latest;
    std::vector<std::unique_ptr<Consumer>> alive;
    std::unique_ptr<ChildProcess> child;
    for (int i = 0; i < 3; ++i) {
      if (i == dead) {
        child = std::make_unique<ChildProcess>([&](const Line& line) {
          const Consumer reader(name, reading);
          line.stay();
        });
        child->hear();
      } else {
        alive.push_back(std::make_unique<Consumer>(name, reading));
      }
      const testing::RawBlock block(name, dir());
      block.view().participant(static_cast<std::uint8_t>(i + 2)).pin.store(static_cast<std::uint64_t>(i));
    }
    child->kill();
    EXPECT_EQ(put(writer, "on", -1), Status::OK);
  }
}

TEST_F(PinTest, TheHistoryOfASyncReaderIsReadByPins) {
  create(config(4));
  const auto writer = producer();
  put_numbers(*writer, 0, 3);
  const auto reader = consumer(ConsumerMode::sync, StartFrom::oldest);
  EXPECT_EQ(raw().lossy_bits(), participant_bit(2));
  EXPECT_EQ(raw().hold(2), 3U);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_EQ(raw().pin(2), 0U);
}

}  // namespace
}  // namespace datablock
