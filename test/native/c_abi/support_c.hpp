// A block and handles on it through the C interface.
#pragma once

#include <datablock/datablock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "support/block_test.hpp"

namespace datablock::testing {

inline constexpr const char* kBlock = "block";

struct CloseHandle {
  void operator()(datablock_producer* handle) const { datablock_producer_close(handle); }
  void operator()(datablock_consumer* handle) const { datablock_consumer_close(handle); }
  void operator()(datablock_observer* handle) const { datablock_observer_close(handle); }
  void operator()(datablock_recovery* handle) const { datablock_recovery_close(handle); }
};
using CProducer = std::unique_ptr<datablock_producer, CloseHandle>;
using CConsumer = std::unique_ptr<datablock_consumer, CloseHandle>;
using CObserver = std::unique_ptr<datablock_observer, CloseHandle>;
using CRecovery = std::unique_ptr<datablock_recovery, CloseHandle>;

/// EXPECT_EQ of a result, by name, with the details of what went wrong.
#define EXPECT_RESULT(call, expected) \
  EXPECT_STREQ(datablock_error_name(call), datablock_error_name(expected)) << datablock_last_error_detail()
#define ASSERT_RESULT(call, expected) \
  ASSERT_STREQ(datablock_error_name(call), datablock_error_name(expected)) << datablock_last_error_detail()
#define EXPECT_DONE(call) EXPECT_RESULT(call, DATABLOCK_OK)
#define ASSERT_DONE(call) ASSERT_RESULT(call, DATABLOCK_OK)

class CBlockTest : public ::testing::Test {
 protected:
  const std::string& dir() const { return directory_.path(); }
  const char* c_dir() const { return dir().c_str(); }

  static datablock_config config(std::uint64_t slots = 4,
                                 std::uint32_t producers = DATABLOCK_PRODUCERS_SINGLE) {
    datablock_config config = DATABLOCK_INIT(datablock_config);
    config.slot_count = slots;
    config.slot_size = 64;
    config.producer_mode = producers;
    config.max_participants = 16;
    config.self_heal = DATABLOCK_OFF;  // tests look at what the dead leave behind
    return config;
  }
  void create(const datablock_config& config) const {
    ASSERT_DONE(datablock_segment_create(kBlock, c_dir(), &config));
  }

  CProducer producer() const {
    datablock_producer_options options = DATABLOCK_INIT(datablock_producer_options);
    options.dir = c_dir();
    datablock_producer* handle = nullptr;
    EXPECT_DONE(datablock_producer_open(kBlock, &options, &handle));
    return CProducer(handle);
  }
  CConsumer consumer(std::uint32_t mode = DATABLOCK_MODE_SYNC,
                     std::uint32_t from = DATABLOCK_FROM_LATEST) const {
    datablock_consumer_options options = DATABLOCK_INIT(datablock_consumer_options);
    options.dir = c_dir();
    options.mode = mode;
    options.from = from;
    datablock_consumer* handle = nullptr;
    EXPECT_DONE(datablock_consumer_open(kBlock, &options, &handle));
    return CConsumer(handle);
  }
  CObserver observer() const {
    datablock_observer* handle = nullptr;
    EXPECT_DONE(datablock_observer_open(kBlock, c_dir(), &handle));
    return CObserver(handle);
  }
  CRecovery recovery() const {
    datablock_recovery* handle = nullptr;
    EXPECT_DONE(datablock_recovery_open(kBlock, c_dir(), &handle));
    return CRecovery(handle);
  }
  RawBlock raw() const { return {kBlock, dir()}; }

  /// Writes one text.
  static datablock_result put(const CProducer& producer, std::string_view text) {
    return datablock_producer_write(producer.get(), text.data(), text.size(), 0, kLongMs);
  }
  /// Reads one text; the name of the result in angle brackets where there is none.
  static std::string take(const CConsumer& consumer, std::int64_t timeout_ms = kLongMs) {
    char buffer[64];
    std::uint64_t length = 0;
    const datablock_result result =
        datablock_consumer_read(consumer.get(), buffer, sizeof buffer, &length, timeout_ms);
    return result == DATABLOCK_OK ? std::string(buffer, length)
                                  : std::string("<") + datablock_error_name(result) + ">";
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace datablock::testing
