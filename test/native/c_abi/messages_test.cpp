// Writing and reading messages.
#include <array>
#include <thread>
#include <vector>

#include "c_abi/support_c.hpp"

namespace datablock {
namespace {

using testing::CBlockTest;
using testing::kBlock;
using testing::kLongMs;

class CMessageTest : public CBlockTest {
 protected:
  static datablock_slot slot() { return DATABLOCK_INIT(datablock_slot); }
  static datablock_message message() { return DATABLOCK_INIT(datablock_message); }
  static std::string text(const datablock_message& from) {
    return {static_cast<const char*>(from.data), from.length};
  }
};

TEST_F(CMessageTest, AMessageArrivesWithAllThatBelongsToIt) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  datablock_stats stats = DATABLOCK_INIT(datablock_stats);
  ASSERT_DONE(datablock_producer_stats(writer.get(), &stats));
  const std::uint32_t writer_id = stats.participant;
  for (std::uint64_t seq = 0; seq < 11; ++seq) {
    datablock_slot to = slot();
    ASSERT_DONE(slot_rw_acquire_write(writer.get(), 0, &to));
    EXPECT_EQ(to.seq, seq);
    EXPECT_EQ(to.slot, seq % 4);
    EXPECT_EQ(to.capacity, 64U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(to.data) % 64, 0U);
    const std::string sent = "message " + std::to_string(seq);
    std::memcpy(to.data, sent.data(), sent.size());
    ASSERT_DONE(slot_rw_commit(writer.get(), sent.size(), DATABLOCK_FLAG_LINE));

    datablock_message from = message();
    std::uint64_t generation = 0;
    ASSERT_DONE(slot_rw_acquire_read(reader.get(), 0, &from, &generation));
    EXPECT_EQ(from.seq, seq);
    EXPECT_EQ(from.slot, seq % 4);
    EXPECT_EQ(from.generation, seq / 4 + 1);
    EXPECT_EQ(generation, from.generation);
    EXPECT_EQ(text(from), sent);
    EXPECT_EQ(from.flags, std::uint32_t{DATABLOCK_FLAG_LINE});
    EXPECT_EQ(from.lost, 0U);
    EXPECT_EQ(from.writer, writer_id);
    EXPECT_DONE(slot_rw_validate_read(reader.get(), generation));
    EXPECT_RESULT(slot_rw_validate_read(reader.get(), generation + 1), DATABLOCK_ERROR_INVALID_ARGUMENT);
    ASSERT_DONE(slot_rw_release_read(reader.get()));
  }
  ASSERT_DONE(datablock_producer_stats(writer.get(), &stats));
  EXPECT_EQ(stats.messages, 11U);
  EXPECT_EQ(stats.bytes, 11 * 9 + 1U);
}

TEST_F(CMessageTest, EveryRefusalHasItsCode) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  datablock_slot to = slot();
  EXPECT_RESULT(slot_rw_commit(writer.get(), 0, 0), DATABLOCK_ERROR_NOTHING_IN_HAND);
  EXPECT_RESULT(slot_rw_release_write(writer.get()), DATABLOCK_ERROR_NOTHING_IN_HAND);
  ASSERT_DONE(slot_rw_acquire_write(writer.get(), 0, &to));
  EXPECT_RESULT(slot_rw_acquire_write(writer.get(), 0, &to), DATABLOCK_ERROR_NESTED_USE);
  EXPECT_RESULT(slot_rw_commit(writer.get(), 65, 0), DATABLOCK_ERROR_MESSAGE_TOO_LARGE);
  EXPECT_RESULT(slot_rw_commit(writer.get(), 1, DATABLOCK_FLAG_END), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_DONE(slot_rw_commit(writer.get(), 64, 0));
  EXPECT_RESULT(slot_rw_commit(writer.get(), 64, 0), DATABLOCK_ERROR_NOTHING_IN_HAND);

  datablock_message from = message();
  EXPECT_RESULT(slot_rw_release_read(reader.get()), DATABLOCK_ERROR_NOTHING_IN_HAND);
  EXPECT_RESULT(slot_rw_validate_read(reader.get(), 1), DATABLOCK_ERROR_NOTHING_IN_HAND);
  ASSERT_DONE(slot_rw_acquire_read(reader.get(), 0, &from, nullptr));
  EXPECT_RESULT(slot_rw_acquire_read(reader.get(), 0, &from, nullptr), DATABLOCK_ERROR_NESTED_USE);
  EXPECT_DONE(slot_rw_release_read(reader.get()));
  EXPECT_RESULT(slot_rw_acquire_read(reader.get(), 0, &from, nullptr), DATABLOCK_ERROR_TIMEOUT);
  EXPECT_RESULT(slot_rw_acquire_read(reader.get(), 5, nullptr, nullptr), DATABLOCK_ERROR_TIMEOUT);
  datablock_stats stats = DATABLOCK_INIT(datablock_stats);
  ASSERT_DONE(datablock_consumer_stats(reader.get(), &stats));
  EXPECT_EQ(stats.timeouts, 2U);

  for (int i = 0; i < 4; ++i) {
    ASSERT_DONE(put(writer, "x"));
  }
  EXPECT_RESULT(slot_rw_acquire_write(writer.get(), 5, &to), DATABLOCK_ERROR_TIMEOUT);
  EXPECT_RESULT(slot_rw_acquire_write(writer.get(), 0, nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  datablock_slot unset{};
  EXPECT_RESULT(slot_rw_acquire_write(writer.get(), 0, &unset), DATABLOCK_ERROR_INVALID_ARGUMENT);
}

TEST_F(CMessageTest, AReleasedSlotIsSteppedOver) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  datablock_slot to = slot();
  ASSERT_DONE(slot_rw_acquire_write(writer.get(), 0, &to));
  ASSERT_DONE(slot_rw_release_write(writer.get()));
  ASSERT_DONE(put(writer, "kept"));
  EXPECT_EQ(take(reader), "kept");
}

TEST_F(CMessageTest, ALongMessageStaysInHandUntilThereIsRoom) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_DONE(put(writer, "four"));
  char buffer[4];
  std::uint64_t length = 0;
  EXPECT_RESULT(datablock_consumer_read(reader.get(), buffer, 3, &length, 0),
                DATABLOCK_ERROR_MESSAGE_TOO_LARGE);
  EXPECT_EQ(length, 4U);
  EXPECT_DONE(datablock_consumer_read(reader.get(), buffer, 4, &length, 0));
  EXPECT_EQ(std::string(buffer, 4), "four");
  ASSERT_DONE(put(writer, ""));
  EXPECT_DONE(datablock_consumer_read(reader.get(), nullptr, 0, &length, 0));
  EXPECT_EQ(length, 0U);
}

TEST_F(CMessageTest, ARunOfSlotsIsPublishedInOrder) {
  for (const std::uint32_t producers : {DATABLOCK_PRODUCERS_SINGLE, DATABLOCK_PRODUCERS_MULTI}) {
    datablock_segment_unlink(kBlock, c_dir(), nullptr, 1);
    create(config(4, producers));
    const auto writer = producer();
    const auto reader = consumer();
    ASSERT_DONE(put(writer, "first"));  // so that the run goes over the end of the ring
    ASSERT_EQ(take(reader), "first");
    std::array<datablock_slot, 9> slots{};
    slots[0].struct_size = sizeof(datablock_slot);
    std::size_t count = 0;
    ASSERT_DONE(datablock_producer_acquire_run(writer.get(), 0, slots.data(), slots.size(), &count));
    ASSERT_EQ(count, 4U);
    EXPECT_RESULT(slot_rw_commit(writer.get(), 0, 0), DATABLOCK_ERROR_NOTHING_IN_HAND);
    EXPECT_RESULT(slot_rw_acquire_write(writer.get(), 0, slots.data()), DATABLOCK_ERROR_NESTED_USE);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(slots[i].seq, i + 1);
      EXPECT_EQ(slots[i].slot, (i + 1) % 4);
      std::memset(slots[i].data, 'a' + static_cast<int>(i), 3);
    }
    std::uint64_t lengths[] = {1, 2, 65, 0, 0};
    std::size_t published = 9;
    EXPECT_RESULT(datablock_producer_commit_run(writer.get(), lengths, 3, 0, &published),
                  DATABLOCK_ERROR_MESSAGE_TOO_LARGE);
    EXPECT_EQ(published, 0U);
    lengths[2] = 3;
    EXPECT_RESULT(datablock_producer_commit_run(writer.get(), lengths, 5, 0, &published),
                  DATABLOCK_ERROR_INVALID_ARGUMENT);
    ASSERT_DONE(datablock_producer_commit_run(writer.get(), lengths, 3, 0, &published));
    EXPECT_EQ(published, 3U);
    EXPECT_RESULT(datablock_producer_commit_run(writer.get(), lengths, 1, 0, &published),
                  DATABLOCK_ERROR_NOTHING_IN_HAND);
    EXPECT_EQ(take(reader), "a");
    EXPECT_EQ(take(reader), "bb");
    EXPECT_EQ(take(reader), "ccc");
    EXPECT_EQ(take(reader, 0), "<TIMEOUT>");
    ASSERT_DONE(put(writer, "next"));
    EXPECT_EQ(take(reader), "next");
  }
}

TEST_F(CMessageTest, ARunCanBeGivenUp) {
  create(config());
  const auto writer = producer();
  datablock_slot slots[3] = {slot()};
  std::size_t count = 0;
  EXPECT_RESULT(datablock_producer_acquire_run(writer.get(), 0, slots, 0, &count),
                DATABLOCK_ERROR_INVALID_ARGUMENT);
  ASSERT_DONE(datablock_producer_acquire_run(writer.get(), 0, slots, 3, &count));
  ASSERT_DONE(slot_rw_release_write(writer.get()));
  EXPECT_EQ(raw().tombstones(), 3U);
  EXPECT_EQ(raw().claim(), 3U);
}

TEST_F(CMessageTest, ARunTakesOnlyWhatIsFree) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_DONE(put(writer, "unread"));
  datablock_slot slots[4] = {slot()};
  std::size_t count = 0;
  ASSERT_DONE(datablock_producer_acquire_run(writer.get(), 0, slots, 4, &count));
  EXPECT_EQ(count, 3U);
  ASSERT_DONE(slot_rw_release_write(writer.get()));
  // A reader that pins slots: only one at a time, so that none of them becomes a tombstone.
  const auto tap = consumer(DATABLOCK_MODE_SEQUENTIAL);
  EXPECT_EQ(take(reader), "unread");
  EXPECT_EQ(take(reader, 0), "<TIMEOUT>");
  ASSERT_DONE(datablock_producer_acquire_run(writer.get(), 0, slots, 4, &count));
  EXPECT_EQ(count, 1U);
}

TEST_F(CMessageTest, ManyMessagesInOneCall) {
  create(config(8));
  const auto writer = producer();
  const auto reader = consumer();
  const std::string data = "onetwothree";
  const std::uint64_t ends[] = {3, 6, 6, 11};
  std::size_t written = 0;
  ASSERT_DONE(datablock_producer_write_run(writer.get(), data.data(), ends, 4, 0, 0, &written));
  EXPECT_EQ(written, 4U);
  datablock_message messages[8] = {message()};
  std::size_t count = 0;
  ASSERT_DONE(datablock_consumer_acquire_run(reader.get(), 0, messages, 8, &count));
  ASSERT_EQ(count, 4U);
  EXPECT_EQ(text(messages[0]), "one");
  EXPECT_EQ(text(messages[1]), "two");
  EXPECT_EQ(text(messages[2]), "");
  EXPECT_EQ(text(messages[3]), "three");
  EXPECT_DONE(datablock_consumer_release_run(reader.get(), 3));
  EXPECT_RESULT(datablock_consumer_release_run(reader.get(), 2), DATABLOCK_ERROR_NOTHING_IN_HAND);
  EXPECT_DONE(datablock_consumer_release_run(reader.get(), 1));

  const std::uint64_t backwards[] = {3, 2};
  EXPECT_RESULT(datablock_producer_write_run(writer.get(), data.data(), backwards, 2, 0, 0, &written),
                DATABLOCK_ERROR_INVALID_ARGUMENT);
  const std::string large(70, 'x');
  const std::uint64_t too_large[] = {1, 70};
  EXPECT_RESULT(datablock_producer_write_run(writer.get(), large.data(), too_large, 2, 0, 0, &written),
                DATABLOCK_ERROR_MESSAGE_TOO_LARGE);
  EXPECT_EQ(written, 0U);
  const std::uint64_t many[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_RESULT(datablock_producer_write_run(writer.get(), large.data(), many, 10, 0, 0, &written),
                DATABLOCK_ERROR_TIMEOUT);
  EXPECT_EQ(written, 8U);
}

TEST_F(CMessageTest, TheStreamEndsAndGoesOn) {
  create(config());
  const auto reader = consumer();
  auto writer = producer();
  ASSERT_DONE(put(writer, "last"));
  ASSERT_DONE(datablock_producer_mark_end(writer.get(), 0));
  EXPECT_EQ(take(reader), "last");
  EXPECT_EQ(take(reader), "<END_OF_STREAM>");
  EXPECT_EQ(take(reader, 0), "<TIMEOUT>");
  ASSERT_DONE(put(writer, "more"));
  EXPECT_EQ(take(reader), "more");
}

TEST_F(CMessageTest, ConsumersOfEveryModeBeginWhereTheyAsk) {
  create(config(8));
  const auto writer = producer();
  for (const char* number : {"0", "1", "2"}) {
    ASSERT_DONE(put(writer, number));
  }
  EXPECT_EQ(take(consumer(DATABLOCK_MODE_SYNC, DATABLOCK_FROM_OLDEST)), "0");
  EXPECT_EQ(take(consumer(DATABLOCK_MODE_SEQUENTIAL, DATABLOCK_FROM_OLDEST)), "0");
  EXPECT_EQ(take(consumer(DATABLOCK_MODE_SEQUENTIAL), 0), "<TIMEOUT>");
  EXPECT_EQ(take(consumer(DATABLOCK_MODE_LATEST)), "2");
}

TEST_F(CMessageTest, SeekingGoesForwardsAndForLossyReadersBackwards) {
  create(config(8));
  const auto writer = producer();
  const auto reader = consumer();
  const auto tap = consumer(DATABLOCK_MODE_SEQUENTIAL);
  for (const char* number : {"0", "1", "2", "3", "4"}) {
    ASSERT_DONE(put(writer, number));
  }
  ASSERT_DONE(datablock_consumer_seek(reader.get(), 3));
  EXPECT_EQ(take(reader), "3");
  EXPECT_RESULT(datablock_consumer_seek(reader.get(), 3), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(datablock_consumer_seek(reader.get(), 6), DATABLOCK_ERROR_INVALID_ARGUMENT);
  ASSERT_DONE(datablock_consumer_seek_latest(tap.get()));
  EXPECT_EQ(take(tap), "4");
  ASSERT_DONE(datablock_consumer_seek(tap.get(), 1));
  EXPECT_EQ(take(tap), "1");
  datablock_stats stats = DATABLOCK_INIT(datablock_stats);
  ASSERT_DONE(datablock_consumer_stats(tap.get(), &stats));
  EXPECT_EQ(stats.lost, 0U);
}

TEST_F(CMessageTest, ChecksumsByHand) {
  datablock_config checked = config();
  checked.checksum_algorithm = DATABLOCK_CHECKSUM_XXH3;
  checked.checksum_policy = DATABLOCK_POLICY_MANUAL;
  create(checked);
  const auto writer = producer();
  const auto reader = consumer();
  datablock_slot to = slot();
  EXPECT_RESULT(datablock_producer_update_checksum(writer.get(), 1, 0), DATABLOCK_ERROR_NOTHING_IN_HAND);
  ASSERT_DONE(slot_rw_acquire_write(writer.get(), 0, &to));
  std::memcpy(to.data, "abc", 3);
  ASSERT_DONE(datablock_producer_update_checksum(writer.get(), 3, 0));
  ASSERT_DONE(slot_rw_commit(writer.get(), 3, 0));
  ASSERT_DONE(put(writer, "without"));
  EXPECT_RESULT(datablock_consumer_verify_checksum(reader.get()), DATABLOCK_ERROR_NOTHING_IN_HAND);
  ASSERT_DONE(slot_rw_acquire_read(reader.get(), 0, nullptr, nullptr));
  EXPECT_DONE(datablock_consumer_verify_checksum(reader.get()));
  *static_cast<char*>(to.data) ^= 1;
  EXPECT_RESULT(datablock_consumer_verify_checksum(reader.get()), DATABLOCK_ERROR_CHECKSUM_MISMATCH);
  ASSERT_DONE(slot_rw_release_read(reader.get()));
  ASSERT_DONE(slot_rw_acquire_read(reader.get(), 0, nullptr, nullptr));
  EXPECT_RESULT(datablock_consumer_verify_checksum(reader.get()), DATABLOCK_ERROR_NOTHING_TO_DO);
}

TEST_F(CMessageTest, AnotherThreadCanEndAWait) {
  create(config());
  const auto reader = consumer();
  std::thread other([&] { EXPECT_DONE(datablock_consumer_cancel(reader.get())); });
  EXPECT_EQ(take(reader, -1), "<CLOSED>");
  other.join();
  const auto writer = producer();
  EXPECT_DONE(datablock_producer_cancel(writer.get()));
}

TEST_F(CMessageTest, HeartbeatsAreSeenFromOutside) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  EXPECT_DONE(datablock_producer_heartbeat(writer.get()));
  EXPECT_DONE(datablock_consumer_heartbeat(reader.get()));
  EXPECT_DONE(datablock_producer_check_in(writer.get()));
  EXPECT_DONE(datablock_consumer_check_in(reader.get()));
  datablock_metrics metrics = DATABLOCK_INIT(datablock_metrics);
  ASSERT_DONE(datablock_get_metrics(observer().get(), &metrics));
  EXPECT_EQ(metrics.heartbeat_sent_count, 4U);
  EXPECT_EQ(metrics.heartbeat_failed_count, 0U);
}

TEST_F(CMessageTest, ThePayloadRingIsWhereTheMessagesAre) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  void* base = nullptr;
  const void* read_base = nullptr;
  std::uint64_t stride = 0;
  ASSERT_DONE(datablock_producer_payload(writer.get(), &base, &stride));
  EXPECT_EQ(stride, 64U);
  ASSERT_DONE(put(writer, "0"));
  datablock_slot to = slot();
  ASSERT_DONE(slot_rw_acquire_write(writer.get(), 0, &to));
  EXPECT_EQ(to.data, static_cast<char*>(base) + stride);
  ASSERT_DONE(datablock_consumer_payload(reader.get(), &read_base, &stride));
  EXPECT_EQ(*static_cast<const char*>(read_base), '0');
}

TEST_F(CMessageTest, AProducerKnowsWhoWaitsForItsMessages) {
  create(config());
  const auto writer = producer();
  std::uint32_t count = 9;
  ASSERT_DONE(datablock_producer_sync_consumers(writer.get(), &count));
  EXPECT_EQ(count, 0U);
  const auto reader = consumer();
  const auto tap = consumer(DATABLOCK_MODE_SEQUENTIAL);
  ASSERT_DONE(datablock_producer_sync_consumers(writer.get(), &count));
  EXPECT_EQ(count, 1U);
}

TEST_F(CMessageTest, ASecondProducerIsRefused) {
  create(config());
  const auto writer = producer();
  datablock_producer_options options = DATABLOCK_INIT(datablock_producer_options);
  options.dir = c_dir();
  options.standby_ms = 30;
  datablock_producer* second = nullptr;
  EXPECT_RESULT(datablock_producer_open(kBlock, &options, &second), DATABLOCK_ERROR_SINGLE_PRODUCER);
  EXPECT_EQ(second, nullptr);
  options.wait = 4;
  EXPECT_RESULT(datablock_producer_open(kBlock, &options, &second), DATABLOCK_ERROR_INVALID_ARGUMENT);
  datablock_consumer* reader = nullptr;
  datablock_consumer_options reading = DATABLOCK_INIT(datablock_consumer_options);
  reading.dir = c_dir();
  reading.mode = 4;
  EXPECT_RESULT(datablock_consumer_open(kBlock, &reading, &reader), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(datablock_consumer_open(kBlock, nullptr, nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace datablock
