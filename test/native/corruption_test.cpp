// Words that somebody scribbled on: an error, never a crash, never an endless loop.
#include <atomic>
#include <random>
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

SlotWord scribbled(std::uint64_t raw) {
  return SlotWord{raw};
}

/// Words that the protocol never writes into slot 0 of a ring whose claim is 0 or N.
const std::uint64_t kImpossible[] = {
    0x1 << 4,                                         // FREE with an owner
    SlotWord::make(1, 3, Phase::committed).raw,       // COMMITTED with an owner
    SlotWord::make(1, kNobody, Phase::writing).raw,   // WRITING by nobody
    SlotWord::make(1, 200, Phase::writing).raw,       // WRITING by one who cannot be
    SlotWord::make(1, 1, static_cast<Phase>(9)).raw,  // no phase
    SlotWord::committed(0).raw,                       // COMMITTED before the first lap
    SlotWord::committed(1000).raw,                    // far ahead
    SlotWord::make(1000, 1, Phase::writing).raw,
    ~std::uint64_t{0},
};

class CorruptionOn : public OnEveryRing {
 protected:
  CorruptionOn() { create(kind_config()); }
};

TEST_P(CorruptionOn, AProducerSaysSoAndDoesNotTouchIt) {
  const auto writer = producer();
  for (const std::uint64_t word : kImpossible) {
    if (SlotWord{word}.lap() == 1) {
      continue;  // on the lap of the next number: taken for a claim that is to be helped, see below
    }
    raw().set_word(0, scribbled(word));
    EXPECT_EQ(writer->acquire(50), Status::CORRUPT) << std::hex << word;
    EXPECT_EQ(raw().word(0).raw, word);
  }
}

TEST_P(CorruptionOn, AProducerIsNeverStuckOnIt) {
  const auto writer = producer();
  for (const std::uint64_t word : kImpossible) {
    raw().set_word(0, scribbled(word));
    writer->acquire(4);
    writer->abort();
  }
}

TEST_P(CorruptionOn, ReadersAreNeverStuckOnIt) {
  for (const std::uint64_t word : kImpossible) {
    for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
      const auto reader = consumer(mode);
      raw().set_word(0, scribbled(word));
      for (int i = 0; i < 3; ++i) {
        if (reader->acquire(2) == Status::OK) {
          EXPECT_LE(reader->payload().size(), 64U);
          reader->release();
        }
      }
    }
  }
}

TEST_P(CorruptionOn, InOrderReadersSaySo) {
  for (const std::uint64_t word :
       {kImpossible[0], kImpossible[1], kImpossible[2], kImpossible[3], kImpossible[4], kImpossible[5]}) {
    for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential}) {
      raw().set_word(0, SlotWord::free(0));
      const auto reader = consumer(mode);
      raw().set_word(0, scribbled(word));
      EXPECT_EQ(reader->acquire(20), Status::CORRUPT) << std::hex << word;
    }
  }
}

TEST_P(CorruptionOn, AWordFarAheadIsCorruptForASyncReader) {
  const auto reader = consumer();
  raw().set_word(0, SlotWord::committed(1000));
  EXPECT_EQ(reader->acquire(50), Status::CORRUPT);
}

TEST_P(CorruptionOn, AClaimThatJumpedIsAnErrorForProducers) {
  const auto writer = producer();
  put_numbers(*writer, 0, 1);
  raw().view().control->claim.store(1000 * slots() + 7);
  EXPECT_EQ(writer->acquire(50), Status::CORRUPT);
}

TEST_P(CorruptionOn, AClaimThatJumpedLeavesReadersWithTheirTimeOuts) {
  const auto writer = producer();
  for (const ConsumerMode mode : {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest}) {
    const auto reader = consumer(mode);
    raw().view().control->claim.store(~std::uint64_t{0} - 5);
    for (int i = 0; i < 3; ++i) {
      if (reader->acquire(5) == Status::OK) {
        reader->release();
      }
    }
    raw().view().control->claim.store(0);
  }
}

TEST_P(CorruptionOn, AClaimThatWentBackIsSeenByTheProducer) {
  const auto writer = producer();
  put_numbers(*writer, 0, 3 * slots());
  raw().view().control->claim.store(0);
  EXPECT_EQ(writer->acquire(50), Status::CORRUPT);
}

TEST_P(CorruptionOn, ScribbledHoldsPinsAndBitsCostTimeOutsOnly) {
  const auto writer = producer();
  const auto block = raw();
  block.view().control->sync.store(~std::uint64_t{0});
  block.view().control->lossy.store(~std::uint64_t{0});
  for (std::uint8_t id = 1; id <= 16; ++id) {
    block.view().participant(id).hold.store(0);
    block.view().participant(id).pin.store(id % 2 == 0 ? 0 : ~std::uint64_t{1});
  }
  for (std::uint64_t i = 0; i < slots() + 3; ++i) {
    put(*writer, "x", 1);
  }
}

INSTANTIATE_ON_RINGS(CorruptionOn, 1, 2, 5);

// ---------------------------------------------------------------------------------------------- all at once

class ScribbleTest : public BlockTest, public ::testing::WithParamInterface<int> {};

// Random rubbish over all words that others could reach, under live handles: whatever they answer, they
// answer.
TEST_P(ScribbleTest, RandomWordsNeverCrashOrHangAnybody) {
  std::mt19937_64 random(static_cast<std::uint64_t>(GetParam()));
  BlockConfig wanted =
      config(1 + random() % 6, random() % 2 == 0 ? ProducerMode::single : ProducerMode::multi);
  wanted.heal_after_ms = 1;
  if (random() % 2 == 0) {
    wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
  }
  create(wanted);
  const auto writer = producer();
  const auto sync = consumer();
  const auto sequential = consumer(ConsumerMode::sequential);
  const auto latest = consumer(ConsumerMode::latest);
  const auto block = raw();
  const View& view = block.view();
  const auto value = [&]() -> std::uint64_t {
    switch (random() % 4) {
      case 0:
        return random();
      case 1:
        return random() % 8;
      case 2:
        return SlotWord::make(random() % 4, static_cast<std::uint8_t>(random() % 20),
                              static_cast<Phase>(random() % 7))
            .raw;
      default:
        return ~std::uint64_t{0} - random() % 3;
    }
  };
  for (int i = 0; i < 40; ++i) {
    for (int change = 0; change < 2; ++change) {
      auto& entry = view.participant(static_cast<std::uint8_t>(1 + random() % 16));
      auto& slot = view.states[random() % view.slot_count];
      switch (random() % 9) {
        case 0:
          slot.state.store(value());
          break;
        case 1:
          slot.length.store(value());
          break;
        case 2:
          slot.flags.store(static_cast<std::uint32_t>(value()));
          break;
        case 3:
          entry.hold.store(value());
          break;
        case 4:
          entry.pin.store(value());
          break;
        case 5:
          view.control->claim.store(value());
          break;
        case 6:
          view.control->lossy.store(value());
          break;
        case 7:
          view.control->sync.store(value());
          break;
        default:
          entry.word.store(value());
          break;
      }
    }
    if (writer->acquire(0) == Status::OK) {
      writer->commit(64);
    }
    for (Consumer* reader : {sync.get(), sequential.get(), latest.get()}) {
      if (reader->acquire(i % 8 == 0 ? 1 : 0) == Status::OK) {
        ASSERT_LE(reader->payload().size(), 64U);
        ASSERT_LT(reader->message().slot, view.slot_count);
        reader->release();
      }
    }
    const Observer watcher(kName, dir());
    watcher.snapshot(0, 5);
    watcher.history();
    watcher.metrics();
    validate(block.file(), view, true);
    Recovery tool(kName, dir());
    for (const PlannedAction& action : tool.plan()) {
      tool.apply(action);
    }
    tool.force_reset_slot(random() % view.slot_count, true);
  }
}

INSTANTIATE_TEST_SUITE_P(Seed, ScribbleTest, ::testing::Range(0, 40));

}  // namespace
}  // namespace datablock
