// Many processes at full speed: every message that is delivered is whole, in its writer's order, and
// accounted for.
#include <map>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::fill_pattern;
using testing::kLongMs;
using testing::Line;
using testing::read_pattern;

struct Load {
  std::uint64_t slots;
  std::uint64_t producers;
  std::uint64_t messages;  ///< of each producer
  ChecksumAlgorithm checksum;

  friend void PrintTo(const Load& self, std::ostream* out) { *out << name_of(self); }
  static std::string name_of(const Load& load) {
    return std::to_string(load.producers) + "_producers_" + std::to_string(load.slots) + "_slots_" +
           to_string(load.checksum);
  }
};

class StressOf : public BlockTest, public ::testing::WithParamInterface<Load> {
 protected:
  StressOf() {
    BlockConfig wanted =
        config(load().slots, load().producers == 1 ? ProducerMode::single : ProducerMode::multi);
    wanted.slot_size = 200;
    wanted.checksum_algorithm = load().checksum;
    wanted.heal_after_ms = 100;
    create(wanted);
  }
  static const Load& load() { return GetParam(); }

  std::unique_ptr<ChildProcess> writing_child(std::uint64_t source) const {
    return std::make_unique<ChildProcess>([this, source](const Line& line) {
      const auto writer = producer();
      line.say();
      line.hear();
      for (std::uint64_t i = 0; i < load().messages; ++i) {
        REQUIRE_IN_CHILD(writer->acquire(kLongMs) == Status::OK);
        const std::uint64_t length = 24 + i % 20 * 8;
        fill_pattern(writer->payload().first(length), source, i);
        if (i % 50 == 7) {
          REQUIRE_IN_CHILD(writer->abort() == Status::OK);
          REQUIRE_IN_CHILD(writer->acquire(kLongMs) == Status::OK);
          fill_pattern(writer->payload().first(length), source, i);
        }
        REQUIRE_IN_CHILD(writer->commit(length) == Status::OK);
      }
      REQUIRE_IN_CHILD(writer->mark_end(kLongMs) == Status::OK);
      line.say();
      line.hear();  // stays until all have ended: so there is one end of the stream
    });
  }

  /// Reads to the end of the stream; says how many messages it got, how many it was told are lost, and how
  /// many numbers it stepped over.
  std::unique_ptr<ChildProcess> reading_child(ConsumerMode mode) const {
    return std::make_unique<ChildProcess>([this, mode](const Line& line) {
      const auto reader = consumer(mode);
      line.say();
      std::map<std::uint64_t, std::uint64_t> next_of;
      std::uint64_t next_seq = 0;
      std::uint64_t delivered = 0;
      for (;;) {
        const Status status = reader->acquire(kLongMs);
        if (status == Status::END_OF_STREAM) {
          break;
        }
        REQUIRE_IN_CHILD(status == Status::OK);
        const Message& message = reader->message();
        const auto read = read_pattern(reader->payload());
        REQUIRE_IN_CHILD(read.whole);
        REQUIRE_IN_CHILD(message.length == 24 + read.index % 20 * 8);
        REQUIRE_IN_CHILD(message.seq >= next_seq);
        if (mode == ConsumerMode::sync) {
          REQUIRE_IN_CHILD(message.lost == 0);
          REQUIRE_IN_CHILD(read.index == next_of[read.source]);
        } else {
          REQUIRE_IN_CHILD(read.index >= next_of[read.source]);
          REQUIRE_IN_CHILD(message.lost <= message.seq - next_seq);
        }
        next_of[read.source] = read.index + 1;
        next_seq = message.seq + 1;
        ++delivered;
        REQUIRE_IN_CHILD(reader->release() == Status::OK);
      }
      line.say(delivered);
      line.say(reader->lost());
    });
  }
};

TEST_P(StressOf, EverythingIsDeliveredOrDeclared) {
  std::vector<std::unique_ptr<ChildProcess>> writers;
  for (std::uint64_t source = 0; source < load().producers; ++source) {
    writers.push_back(writing_child(source));
    writers.back()->hear();
  }
  const auto first = reading_child(ConsumerMode::sync);
  const auto second = reading_child(ConsumerMode::sync);
  const auto tap = reading_child(ConsumerMode::sequential);
  const auto newest = reading_child(ConsumerMode::latest);
  for (const auto* reader : {&first, &second, &tap, &newest}) {
    (*reader)->hear();
  }
  for (const auto& writer : writers) {
    writer->say();
  }
  for (const auto& writer : writers) {
    writer->hear();
  }

  const std::uint64_t messages = load().producers * load().messages;
  for (const auto* reader : {&first, &second}) {
    EXPECT_EQ((*reader)->hear(), messages);
    EXPECT_EQ((*reader)->hear(), 0U);
    EXPECT_EQ((*reader)->wait(), 0);
  }
  const auto block = raw();
  const std::uint64_t marks = load().producers;
  EXPECT_EQ(block.claim(), messages + marks + block.tombstones());

  const std::uint64_t tapped = tap->hear();
  const std::uint64_t lost = tap->hear();
  EXPECT_EQ(tap->wait(), 0);
  EXPECT_GE(tapped + lost, messages);  // tombstones and marks that were overrun are told
  EXPECT_LE(tapped + lost, messages + marks + block.tombstones());  // as lost with the messages around them
  newest->hear();
  newest->hear();
  EXPECT_EQ(newest->wait(), 0);

  for (const auto& writer : writers) {
    writer->say();
    EXPECT_EQ(writer->wait(), 0);
  }
  EXPECT_EQ(violations(true), "");
}

INSTANTIATE_TEST_SUITE_P(
    Load, StressOf,
    ::testing::Values(Load{1, 1, 600, ChecksumAlgorithm::none}, Load{2, 1, 1500, ChecksumAlgorithm::none},
                      Load{3, 1, 1500, ChecksumAlgorithm::xxh3}, Load{64, 1, 20'000, ChecksumAlgorithm::none},
                      Load{1000, 1, 30'000, ChecksumAlgorithm::xxh3},
                      Load{1, 2, 300, ChecksumAlgorithm::none}, Load{2, 2, 600, ChecksumAlgorithm::none},
                      Load{3, 4, 300, ChecksumAlgorithm::none}, Load{64, 2, 8'000, ChecksumAlgorithm::xxh3},
                      Load{1000, 4, 6'000, ChecksumAlgorithm::none}),
    [](const auto& test) { return Load::name_of(test.param); });

}  // namespace
}  // namespace datablock
