// What the C interface offers to bindings of other languages: schemas, waits that are handed back, handles
// whose memory outlives their leaving, and runs of messages copied out at once.
#include <datablock/datablock.h>

#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::kLongMs;

constexpr const char* kSchema =
    R"({"dialect":1,"name":"R","version":"1.1.0","size":8,"align":4,"endian":"little","fields":[)"
    R"({"name":"x","type":"f32","offset":0},{"name":"y","type":"f32","offset":4}]})";
constexpr const char* kOlder =
    R"({"dialect":1,"name":"R","version":"1.0.0","size":4,"align":4,"endian":"little","fields":[)"
    R"({"name":"x","type":"f32","offset":0}]})";
constexpr const char* kOther =
    R"({"dialect":1,"name":"R","version":"1.1.0","size":8,"align":4,"endian":"little","fields":[)"
    R"({"name":"x","type":"i32","offset":0},{"name":"y","type":"f32","offset":4}]})";

class BindingsAbi : public ::testing::Test {
 protected:
  ~BindingsAbi() override {
    datablock_producer_close(producer_);
    datablock_consumer_close(consumer_);
  }

  void create(const char* schema, std::uint32_t checksum = DATABLOCK_CHECKSUM_NONE) {
    datablock_config config = DATABLOCK_INIT(datablock_config);
    config.slot_count = 8;
    config.slot_size = 64;
    config.schema = schema;
    config.checksum_algorithm = checksum;
    ASSERT_EQ(datablock_segment_create("b", directory_.path().c_str(), &config), DATABLOCK_OK)
        << datablock_last_error_detail();
  }
  datablock_result open_producer(const char* schema) {
    datablock_producer_options options = DATABLOCK_INIT(datablock_producer_options);
    options.dir = directory_.path().c_str();
    options.schema = schema;
    return datablock_producer_open("b", &options, &producer_);
  }
  datablock_result open_consumer(const char* schema, std::uint32_t match = 0) {
    datablock_consumer_options options = DATABLOCK_INIT(datablock_consumer_options);
    options.dir = directory_.path().c_str();
    options.schema = schema;
    options.schema_match = match;
    return datablock_consumer_open("b", &options, &consumer_);
  }
  void put(std::string_view text) {
    ASSERT_EQ(datablock_producer_write(producer_, text.data(), text.size(), 0, kLongMs), DATABLOCK_OK);
  }

  testing::TemporaryDirectory directory_;
  datablock_producer* producer_ = nullptr;
  datablock_consumer* consumer_ = nullptr;
};

TEST_F(BindingsAbi, SchemaOfTheBlockIsToldToEveryHandle) {
  create(kSchema);
  ASSERT_EQ(open_producer(kSchema), DATABLOCK_OK) << datablock_last_error_detail();
  ASSERT_EQ(open_consumer(nullptr), DATABLOCK_OK);
  const char* text = nullptr;
  ASSERT_EQ(datablock_producer_schema(producer_, &text), DATABLOCK_OK);
  EXPECT_STREQ(text, kSchema);
  ASSERT_EQ(datablock_consumer_schema(consumer_, &text), DATABLOCK_OK);
  EXPECT_STREQ(text, kSchema);
  datablock_observer* observer = nullptr;
  ASSERT_EQ(datablock_observer_open("b", directory_.path().c_str(), &observer), DATABLOCK_OK);
  ASSERT_EQ(datablock_observer_schema(observer, &text), DATABLOCK_OK);
  EXPECT_STREQ(text, kSchema);
  datablock_observer_close(observer);
}

TEST_F(BindingsAbi, AnotherSchemaIsRefusedWithEveryDifference) {
  create(kSchema);
  EXPECT_EQ(open_producer(kOther), DATABLOCK_ERROR_SCHEMA_MISMATCH);
  EXPECT_STREQ(datablock_last_error_differences(), "field x: is f32 at 0, asked for i32 at 0\n");
  EXPECT_EQ(open_consumer(kOlder), DATABLOCK_ERROR_SCHEMA_MISMATCH);
  EXPECT_EQ(open_consumer(kOlder, DATABLOCK_SCHEMA_EXACT), DATABLOCK_ERROR_SCHEMA_MISMATCH);
  EXPECT_EQ(open_consumer("{}"), DATABLOCK_ERROR_SCHEMA_INVALID);
  EXPECT_STREQ(datablock_last_error_differences(), "");
  EXPECT_EQ(open_consumer(kOlder, 3), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(open_consumer(kOlder, DATABLOCK_SCHEMA_COMPATIBLE), DATABLOCK_OK)
      << datablock_last_error_detail();
}

TEST_F(BindingsAbi, BlockOfBytesHasNoSchema) {
  create(nullptr);
  EXPECT_EQ(open_producer(kSchema), DATABLOCK_ERROR_NO_SCHEMA);
  ASSERT_EQ(open_producer(nullptr), DATABLOCK_OK);
  const char* text = nullptr;
  ASSERT_EQ(datablock_producer_schema(producer_, &text), DATABLOCK_OK);
  EXPECT_STREQ(text, "");
}

TEST_F(BindingsAbi, SchemaTextsAreJudgedHashedAndCompared) {
  EXPECT_EQ(datablock_schema_check(kSchema), DATABLOCK_OK);
  EXPECT_EQ(datablock_schema_check("{}"), DATABLOCK_ERROR_SCHEMA_INVALID);
  EXPECT_EQ(datablock_schema_check(nullptr), DATABLOCK_ERROR_SCHEMA_INVALID);
  SchemaHash hash{};
  ASSERT_EQ(datablock_schema_hash(kSchema, hash.data()), DATABLOCK_OK);
  EXPECT_EQ(hash, schema_hash(kSchema));
  EXPECT_EQ(datablock_schema_hash("{}", hash.data()), DATABLOCK_ERROR_SCHEMA_INVALID);

  using Told = std::vector<std::pair<std::string, std::uint32_t>>;
  const auto differences = [](const char* block, const char* asked) {
    Told told;
    const auto hear = [](const char* text, std::uint32_t is_compatible, void* user) {
      static_cast<Told*>(user)->emplace_back(text, is_compatible);
    };
    EXPECT_EQ(datablock_schema_differences(block, asked, hear, &told), DATABLOCK_OK);
    return told;
  };
  EXPECT_EQ(differences(kSchema, kSchema), Told());
  EXPECT_EQ(differences(kSchema, kOlder), (Told{{"version: is 1.1.0, asked for 1.0.0", 1},
                                                {"size: is 8, asked for 4", 1},
                                                {"field y: is f32 at 4, not asked for", 1}}));
  EXPECT_EQ(differences(kSchema, kOther), (Told{{"field x: is f32 at 0, asked for i32 at 0", 0}}));
}

TEST_F(BindingsAbi, RunOfMessagesIsCopiedOut) {
  create(nullptr);
  ASSERT_EQ(open_producer(nullptr), DATABLOCK_OK);
  ASSERT_EQ(open_consumer(nullptr), DATABLOCK_OK);
  for (const auto* text : {"one", "", "three", "four"}) {
    put(text);
  }
  char buffer[10];
  std::uint64_t ends[8];
  std::uint64_t lost = 1;
  std::size_t count = 0;
  // "four" does not fit, and is not lost.
  ASSERT_EQ(datablock_consumer_read_run(consumer_, buffer, sizeof buffer, ends, 8, 0, &count, &lost),
            DATABLOCK_OK);
  ASSERT_EQ(count, 3u);
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(std::string(buffer, ends[2]), "onethree");
  EXPECT_EQ(ends[0], 3u);
  EXPECT_EQ(ends[1], 3u);
  EXPECT_EQ(datablock_consumer_read_run(consumer_, buffer, 3, ends, 8, 0, &count, nullptr),
            DATABLOCK_ERROR_MESSAGE_TOO_LARGE);
  EXPECT_EQ(count, 0u);
  ASSERT_EQ(datablock_consumer_read_run(consumer_, buffer, 4, ends, 1, 0, &count, nullptr), DATABLOCK_OK);
  EXPECT_EQ(std::string(buffer, ends[0]), "four");
  EXPECT_EQ(datablock_consumer_read_run(consumer_, buffer, 4, ends, 1, 0, &count, nullptr),
            DATABLOCK_ERROR_TIMEOUT);
  EXPECT_EQ(datablock_consumer_read_run(consumer_, buffer, 4, ends, 0, 0, &count, nullptr),
            DATABLOCK_ERROR_INVALID_ARGUMENT);
}

TEST_F(BindingsAbi, RunEndsAtADamagedMessageWhichIsTold) {
  create(nullptr, DATABLOCK_CHECKSUM_XXH3);
  ASSERT_EQ(open_producer(nullptr), DATABLOCK_OK);
  ASSERT_EQ(open_consumer(nullptr), DATABLOCK_OK);
  put("one");
  put("two");
  put("three");
  void* base = nullptr;
  std::uint64_t stride = 0;
  ASSERT_EQ(datablock_producer_payload(producer_, &base, &stride), DATABLOCK_OK);
  static_cast<char*>(base)[stride] = 'T';
  char buffer[64];
  std::uint64_t ends[8];
  std::uint64_t lost = 0;
  std::size_t count = 0;
  EXPECT_EQ(datablock_consumer_read_run(consumer_, buffer, sizeof buffer, ends, 8, 0, &count, &lost),
            DATABLOCK_ERROR_CHECKSUM_MISMATCH);
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(std::string(buffer, ends[0]), "one");
  EXPECT_EQ(datablock_consumer_read_run(consumer_, buffer, sizeof buffer, ends, 8, 0, &count, &lost),
            DATABLOCK_OK);
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(std::string(buffer, ends[0]), "three");
  EXPECT_EQ(lost, 1u);
}

TEST_F(BindingsAbi, WhatWasLeftStaysMapped) {
  create(nullptr);
  ASSERT_EQ(open_producer(nullptr), DATABLOCK_OK);
  ASSERT_EQ(open_consumer(nullptr), DATABLOCK_OK);
  put("hello");
  const void* base = nullptr;
  std::uint64_t stride = 0;
  ASSERT_EQ(datablock_consumer_payload(consumer_, &base, &stride), DATABLOCK_OK);
  ASSERT_EQ(slot_rw_acquire_read(consumer_, 0, nullptr, nullptr), DATABLOCK_OK);
  ASSERT_EQ(datablock_consumer_leave(consumer_), DATABLOCK_OK);
  ASSERT_EQ(datablock_producer_leave(producer_), DATABLOCK_OK);
  EXPECT_EQ(datablock_producer_leave(producer_), DATABLOCK_OK);
  EXPECT_EQ(std::memcmp(base, "hello", 5), 0);
  EXPECT_EQ(slot_rw_acquire_read(consumer_, 0, nullptr, nullptr), DATABLOCK_ERROR_CLOSED);
  EXPECT_EQ(datablock_producer_write(producer_, "x", 1, 0, 0), DATABLOCK_ERROR_CLOSED);
  // Nobody is in the block any more.
  EXPECT_EQ(datablock_segment_unlink("b", directory_.path().c_str(), nullptr, 0), DATABLOCK_OK)
      << datablock_last_error_detail();
}

TEST_F(BindingsAbi, LongWaitsAreHandedBackUncounted) {
  create(nullptr);
  ASSERT_EQ(open_producer(nullptr), DATABLOCK_OK);
  ASSERT_EQ(open_consumer(nullptr), DATABLOCK_OK);
  datablock_set_longest_wait(20);
  EXPECT_EQ(slot_rw_acquire_read(consumer_, kLongMs, nullptr, nullptr), DATABLOCK_ERROR_INTERRUPTED);
  EXPECT_EQ(slot_rw_acquire_read(consumer_, 0, nullptr, nullptr), DATABLOCK_ERROR_TIMEOUT);
  for (int i = 0; i < 8; ++i) {
    put("full");
  }
  EXPECT_EQ(datablock_producer_write(producer_, "x", 1, 0, -1), DATABLOCK_ERROR_INTERRUPTED);
  datablock_set_longest_wait(0);
  datablock_stats stats = DATABLOCK_INIT(datablock_stats);
  ASSERT_EQ(datablock_consumer_stats(consumer_, &stats), DATABLOCK_OK);
  EXPECT_EQ(stats.timeouts, 1u);
  ASSERT_EQ(datablock_producer_stats(producer_, &stats), DATABLOCK_OK);
  EXPECT_EQ(stats.timeouts, 0u);
  // The slot that the producer waited for is still to be had.
  ASSERT_EQ(slot_rw_acquire_read(consumer_, 0, nullptr, nullptr), DATABLOCK_OK);
  ASSERT_EQ(slot_rw_release_read(consumer_), DATABLOCK_OK);
  datablock_slot slot = DATABLOCK_INIT(datablock_slot);
  EXPECT_EQ(slot_rw_acquire_write(producer_, kLongMs, &slot), DATABLOCK_OK);
  EXPECT_EQ(slot.seq, 8u);
}

TEST_F(BindingsAbi, WaitsThatAreHandedBackAreCancelledAllTheSame) {
  create(nullptr);
  ASSERT_EQ(open_consumer(nullptr), DATABLOCK_OK);
  datablock_set_longest_wait(20);
  std::thread other([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    datablock_consumer_cancel(consumer_);
  });
  datablock_result result = DATABLOCK_ERROR_INTERRUPTED;
  while (result == DATABLOCK_ERROR_INTERRUPTED) {
    result = slot_rw_acquire_read(consumer_, -1, nullptr, nullptr);
  }
  datablock_set_longest_wait(0);
  other.join();
  EXPECT_EQ(result, DATABLOCK_ERROR_CLOSED);
}

TEST_F(BindingsAbi, WaitsThatAreHandedBackHealAllTheSame) {
  for (const std::uint32_t heal_after_ms : {1u, 100u, 400u}) {
    auto config = DATABLOCK_INIT(datablock_config);
    config.slot_count = 8;
    config.slot_size = 64;
    config.producer_mode = DATABLOCK_PRODUCERS_MULTI;
    config.heal_after_ms = heal_after_ms;
    ASSERT_EQ(datablock_segment_create("b", directory_.path().c_str(), &config), DATABLOCK_OK);
    testing::ChildProcess child([this](const testing::Line& line) {
      REQUIRE_IN_CHILD(open_producer(nullptr) == DATABLOCK_OK);
      auto slot = DATABLOCK_INIT(datablock_slot);
      REQUIRE_IN_CHILD(slot_rw_acquire_write(producer_, kLongMs, &slot) == DATABLOCK_OK);
      line.stay();
    });
    child.hear();
    ASSERT_EQ(open_consumer(nullptr), DATABLOCK_OK);
    auto options = DATABLOCK_INIT(datablock_consumer_options);
    options.dir = directory_.path().c_str();
    options.from = DATABLOCK_FROM_OLDEST;
    datablock_consumer* history = nullptr;
    ASSERT_EQ(datablock_consumer_open("b", &options, &history), DATABLOCK_OK);
    child.kill();
    datablock_set_longest_wait(20);
    auto stats = DATABLOCK_INIT(datablock_stats);
    for (int i = 0; i < 100 && stats.healed == 0; ++i) {
      EXPECT_EQ(slot_rw_acquire_read(history, kLongMs, nullptr, nullptr), DATABLOCK_ERROR_INTERRUPTED);
      ASSERT_EQ(datablock_consumer_stats(history, &stats), DATABLOCK_OK);
    }
    datablock_set_longest_wait(0);
    EXPECT_EQ(stats.healed, 1u) << heal_after_ms;
    datablock_consumer_close(history);
    datablock_consumer_close(std::exchange(consumer_, nullptr));
    ASSERT_EQ(datablock_segment_unlink("b", directory_.path().c_str(), nullptr, 0), DATABLOCK_OK);
  }
}

}  // namespace
}  // namespace datablock
