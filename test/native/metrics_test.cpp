// Metrics: each counter of the block is provoked, and read through the C interface.
#include <datablock/datablock.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <thread>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::Line;
using testing::put;
using testing::put_numbers;
using testing::RawBlock;
using testing::take;

class MetricsTest : public BlockTest {
 protected:
  void make(ProducerMode mode = ProducerMode::single) {
    BlockConfig wanted = config();
    wanted.slot_count = 4;
    wanted.producer_mode = mode;
    wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
    create(wanted);
  }
  datablock_metrics metrics() const {
    datablock_observer* observer = nullptr;
    EXPECT_EQ(datablock_observer_open(kName, dir().c_str(), &observer), DATABLOCK_OK)
        << datablock_last_error_detail();
    datablock_metrics metrics{};
    metrics.struct_size = sizeof metrics;
    EXPECT_EQ(datablock_get_metrics(observer, &metrics), DATABLOCK_OK);
    datablock_observer_close(observer);
    return metrics;
  }
  std::unique_ptr<Consumer> reader(ConsumerMode mode) const {
    ConsumerOptions options;
    options.mode = mode;
    return consumer(options);
  }
};

TEST_F(MetricsTest, OfANewBlockAreZero) {
  make();
  datablock_metrics metrics = this->metrics();
  EXPECT_LE(metrics.uptime_seconds, 60U);
  metrics.uptime_seconds = 0;
  metrics.struct_size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(&metrics);
  EXPECT_TRUE(std::all_of(bytes, bytes + sizeof metrics, [](unsigned char byte) { return byte == 0; }));
}

TEST_F(MetricsTest, WriterTimeoutCount) {
  make();
  const auto writer = producer();
  const auto held_back = consumer();
  put_numbers(*writer, 0, 4);
  EXPECT_EQ(writer->acquire(0), Status::TIMEOUT);
  EXPECT_EQ(writer->acquire(1), Status::TIMEOUT);
  EXPECT_EQ(metrics().writer_timeout_count, 2U);
}

TEST_F(MetricsTest, WriterBlockedTotalNs) {
  make();
  const auto writer = producer();
  const auto held_back = consumer();
  put_numbers(*writer, 0, 4);
  EXPECT_EQ(writer->acquire(5), Status::TIMEOUT);
  EXPECT_GE(metrics().writer_blocked_total_ns, 4'000'000U);
}

TEST_F(MetricsTest, ReaderRaceDetected) {
  make();
  const auto writer = producer();
  const auto reader = this->reader(ConsumerMode::latest);
  // The writer overwrites what the reader looks at, for as long as it takes to meet it between look and pin.
  std::atomic<bool> stop{false};
  std::thread writing([&] {
    while (!stop) {
      writer->acquire(0);
      writer->commit(0);
    }
  });
  const bool met = testing::eventually([&] {
    for (int i = 0; i < 10'000; ++i) {
      if (reader->acquire(0) == Status::OK) {
        reader->release();
      }
    }
    return metrics().reader_race_detected > 0;
  });
  stop = true;
  writing.join();
  EXPECT_TRUE(met);
}

TEST_F(MetricsTest, ReaderPeakCount) {
  make();
  { const std::array both{reader(ConsumerMode::sync), reader(ConsumerMode::latest)}; }
  const auto one = consumer();
  EXPECT_EQ(metrics().reader_peak_count, 2U);
}

TEST_F(MetricsTest, ErrorsWithTheirTimeCodeAndNumber) {
  make();
  const auto reader = consumer();
  EXPECT_EQ(reader->release(), Status::NOTHING_IN_HAND);
  EXPECT_EQ(metrics().error_sequence, 0U);  // a misuse of the handle is not the block's
  const auto writer = producer();
  ASSERT_EQ(put(*writer, "x"), Status::OK);
  raw().view().slot_payload(0)[0] ^= std::byte{1};
  const std::uint64_t before = NativeEnv::realtime_ns();
  EXPECT_EQ(reader->acquire(0), Status::CHECKSUM_MISMATCH);
  const datablock_metrics metrics = this->metrics();
  EXPECT_EQ(metrics.error_sequence, 1U);
  EXPECT_EQ(metrics.last_error_code, static_cast<std::uint64_t>(Status::CHECKSUM_MISMATCH));
  EXPECT_GE(metrics.last_error_timestamp_ns, before);
  EXPECT_LE(metrics.last_error_timestamp_ns, NativeEnv::realtime_ns());
}

TEST_F(MetricsTest, SlotAcquireErrors) {
  make();
  const auto writer = producer();
  raw().set_word(0, SlotWord{0x7});
  EXPECT_EQ(writer->acquire(0), Status::CORRUPT);
  EXPECT_EQ(metrics().slot_acquire_errors, 1U);
}

TEST_F(MetricsTest, ChecksumFailures) {
  make();
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 2);
  for (const std::uint64_t slot : {0, 1}) {
    raw().view().slot_payload(slot)[0] ^= std::byte{1};
    EXPECT_EQ(reader->acquire(0), Status::CHECKSUM_MISMATCH);
  }
  EXPECT_EQ(metrics().checksum_failures, 2U);
}

TEST_F(MetricsTest, SendFailures) {
  make();
  datablock_consumer_options options{};
  options.struct_size = sizeof options;
  const std::string where = dir();
  options.dir = where.c_str();
  datablock_consumer* bridge = nullptr;
  ASSERT_EQ(datablock_consumer_open(kName, &options, &bridge), DATABLOCK_OK);
  EXPECT_EQ(datablock_consumer_note_send_failure(bridge), DATABLOCK_OK);
  EXPECT_EQ(metrics().zmq_send_failures, 1U);
  EXPECT_EQ(datablock_consumer_leave(bridge), DATABLOCK_OK);
  EXPECT_EQ(datablock_consumer_note_send_failure(bridge), DATABLOCK_ERROR_CLOSED);
  datablock_consumer_close(bridge);
  EXPECT_EQ(metrics().zmq_send_failures, 1U);
}

TEST_F(MetricsTest, HeartbeatsSentAndFailed) {
  make();
  const auto reader = consumer();
  {
    const auto writer = producer();
    EXPECT_EQ(writer->heartbeat(), Status::OK);
    EXPECT_EQ(reader->heartbeat(), Status::OK);
    EXPECT_EQ(metrics().heartbeat_sent_count, 2U);
  }
  EXPECT_EQ(metrics().heartbeat_sent_count, 2U);  // those of the one that left are kept
  EXPECT_EQ(metrics().heartbeat_failed_count, 0U);
  // As if somebody had cleaned up after it.
  const auto block = raw();
  auto& word = block.view().participant(reader->attachment().id()).word;
  const EntryWord mine{word.load()};
  word.store(EntryWord::make(EntryState::active, mine.generation() + 1).raw);
  EXPECT_EQ(reader->heartbeat(), Status::LOCK_LOST);
  word.store(mine.raw);
  EXPECT_EQ(metrics().heartbeat_failed_count, 1U);
  EXPECT_EQ(metrics().heartbeat_sent_count, 2U);
}

TEST_F(MetricsTest, SlotsAndBytesWrittenAndRead) {
  make();
  {
    const auto writer = producer();
    const auto reader = consumer();
    for (const char* text : {"a", "bcd", "ef"}) {
      ASSERT_EQ(put(*writer, text), Status::OK);
    }
    ASSERT_EQ(take(*reader), "a");
    ASSERT_EQ(take(*reader), "bcd");
    const datablock_metrics now = metrics();
    EXPECT_EQ(now.total_slots_written, 3U);
    EXPECT_EQ(now.total_bytes_written, 6U);
    EXPECT_EQ(now.total_slots_read, 2U);
    EXPECT_EQ(now.total_bytes_read, 4U);
  }
  const datablock_metrics later = metrics();  // all have left
  EXPECT_EQ(later.total_slots_written, 3U);
  EXPECT_EQ(later.total_bytes_written, 6U);
  EXPECT_EQ(later.total_slots_read, 2U);
  EXPECT_EQ(later.total_bytes_read, 4U);
}

TEST_F(MetricsTest, MessagesLost) {
  make();
  const auto writer = producer();
  const auto reader = this->reader(ConsumerMode::sequential);
  put_numbers(*writer, 0, 7);
  ASSERT_EQ(reader->acquire(0), Status::OK);
  EXPECT_GT(reader->message().lost, 0U);
  EXPECT_EQ(metrics().messages_lost, reader->message().lost);
}

TEST_F(MetricsTest, Tombstones) {
  make();
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(writer->abort(), Status::OK);
  EXPECT_EQ(metrics().tombstones, 1U);
}

TEST_F(MetricsTest, UptimeSeconds) {
  make();
  EXPECT_TRUE(testing::eventually([&] { return metrics().uptime_seconds >= 1; }));
}

TEST_F(MetricsTest, RecoveryActions) {
  make(ProducerMode::multi);
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    writer->acquire(0);
    line.stay();
  });
  child.hear();
  child.kill();
  datablock_recovery* recovery = nullptr;
  ASSERT_EQ(datablock_recovery_open(kName, dir().c_str(), &recovery), DATABLOCK_OK);
  std::size_t actions = 0;
  ASSERT_EQ(datablock_recovery_run(recovery, DATABLOCK_RECOVER_ALL, 0, nullptr, 0, &actions), DATABLOCK_OK);
  datablock_recovery_close(recovery);
  EXPECT_EQ(actions, 2U);  // the slot, and the entry
  EXPECT_EQ(metrics().recovery_actions, 2U);
}

/// A counter that is new needs a test here: these are those that have one.
TEST_F(MetricsTest, AllOfThemAreTested) {
  make();
  const std::set<std::string> tested = {
      "writer_timeout_count", "writer_blocked_total_ns", "reader_race_detected",
      "reader_peak_count",    "last_error_code",         "last_error_timestamp_ns",
      "error_sequence",       "slot_acquire_errors",     "checksum_failures",
      "zmq_send_failures",    "heartbeat_sent_count",    "heartbeat_failed_count",
      "total_slots_written",  "total_slots_read",        "total_bytes_written",
      "total_bytes_read",     "messages_lost",           "tombstones",
      "uptime_seconds",       "recovery_actions"};
  std::set<std::string> told;
  for (const auto& [name, value] : observer().metrics().values) {
    told.insert(name);
  }
  EXPECT_EQ(told, tested);
}

}  // namespace
}  // namespace datablock
