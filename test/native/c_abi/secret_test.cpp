// Secrets, checksums and what became of the structs that have grown, through the C interface.
#include <datablock/datablock.h>

#include <sys/stat.h>
#include <array>
#include <cstddef>
#include <cstring>

#include <fstream>

#include "support/block_test.hpp"

namespace datablock {
namespace {

template <class Struct>
Struct made() {
  Struct made{};
  made.struct_size = static_cast<std::uint32_t>(sizeof made);
  return made;
}

class SecretAbi : public ::testing::Test {
 protected:
  SecretAbi() { EXPECT_EQ(datablock_secret_from_bytes(kBytes.data(), &secret_), DATABLOCK_OK); }
  ~SecretAbi() override { datablock_secret_close(secret_); }

  const char* dir() const { return directory_.path().c_str(); }
  void create(std::uint32_t policy = 0) const {
    auto config = made<datablock_config>();
    config.slot_count = 4;
    config.slot_size = 64;
    config.checksum_algorithm = DATABLOCK_CHECKSUM_BLAKE2B_KEYED;
    config.checksum_policy = policy;
    config.secret = secret_;
    ASSERT_EQ(datablock_segment_create("b", dir(), &config), DATABLOCK_OK) << datablock_last_error_detail();
  }
  datablock_producer_options writing(const datablock_secret* secret) const {
    auto options = made<datablock_producer_options>();
    options.dir = dir();
    options.secret = secret;
    return options;
  }
  datablock_consumer_options reading(const datablock_secret* secret) const {
    auto options = made<datablock_consumer_options>();
    options.dir = dir();
    options.secret = secret;
    return options;
  }

  static constexpr std::array<std::uint8_t, 32> kBytes = {0xaa, 0xbb, 1, 2, 3, 0x80};
  testing::TemporaryDirectory directory_;
  datablock_secret* secret_ = nullptr;
};

TEST_F(SecretAbi, LetsThoseInWhoHaveIt) {
  create();
  datablock_producer* producer = nullptr;
  auto options = writing(nullptr);
  EXPECT_EQ(datablock_producer_open("b", &options, &producer), DATABLOCK_ERROR_SECRET_NEEDED);
  EXPECT_EQ(datablock_error_exit_code(DATABLOCK_ERROR_SECRET_NEEDED), 77);
  auto other_bytes = kBytes;
  other_bytes[31] = 1;
  datablock_secret* other = nullptr;
  ASSERT_EQ(datablock_secret_from_bytes(other_bytes.data(), &other), DATABLOCK_OK);
  options = writing(other);
  EXPECT_EQ(datablock_producer_open("b", &options, &producer), DATABLOCK_ERROR_SECRET_WRONG);
  datablock_secret_close(other);
  options = writing(secret_);
  ASSERT_EQ(datablock_producer_open("b", &options, &producer), DATABLOCK_OK) << datablock_last_error_detail();
  datablock_consumer* consumer = nullptr;
  const auto reading = this->reading(secret_);
  ASSERT_EQ(datablock_consumer_open("b", &reading, &consumer), DATABLOCK_OK);
  // It may go: the handles have what they need.
  datablock_secret_close(secret_);
  secret_ = nullptr;
  ASSERT_EQ(datablock_producer_write(producer, "hello", 5, 0, 0), DATABLOCK_OK);
  char text[64];
  std::uint64_t length = 0;
  ASSERT_EQ(datablock_consumer_read(consumer, text, sizeof text, &length, 0), DATABLOCK_OK);
  EXPECT_EQ(std::string_view(text, length), "hello");
  auto info = made<datablock_segment_info>();
  ASSERT_EQ(datablock_consumer_info(consumer, &info), DATABLOCK_OK);
  EXPECT_EQ(info.has_secret, 1U);
  datablock_consumer_close(consumer);
  datablock_producer_close(producer);
}

TEST_F(SecretAbi, ComesFromFilesAndDescriptors) {
  const std::string path = directory_.path() + "/key";
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(kBytes.data()), kBytes.size());
  datablock_secret* secret = nullptr;
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(datablock_secret_from_file(path.c_str(), &secret), DATABLOCK_ERROR_SECRET_UNUSABLE);
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  ASSERT_EQ(datablock_secret_from_file(path.c_str(), &secret), DATABLOCK_OK);
  datablock_secret_close(secret);
  EXPECT_EQ(datablock_secret_from_descriptor(-1, &secret), DATABLOCK_ERROR_SECRET_UNUSABLE);
  EXPECT_EQ(datablock_secret_from_file(nullptr, &secret), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(datablock_secret_from_bytes(nullptr, &secret), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(datablock_secret_from_bytes(kBytes.data(), nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  constexpr std::array<std::uint8_t, 32> kZero{};
  EXPECT_EQ(datablock_secret_from_bytes(kZero.data(), &secret), DATABLOCK_ERROR_SECRET_UNUSABLE);
  datablock_secret_close(nullptr);
}

TEST_F(SecretAbi, ValidationNeedsIt) {
  create();
  datablock_producer* producer = nullptr;
  const auto options = writing(secret_);
  ASSERT_EQ(datablock_producer_open("b", &options, &producer), DATABLOCK_OK);
  ASSERT_EQ(datablock_producer_write(producer, "x", 1, 0, 0), DATABLOCK_OK);
  datablock_observer* observer = nullptr;
  ASSERT_EQ(datablock_observer_open("b", dir(), &observer), DATABLOCK_OK);
  auto validation = made<datablock_validation>();
  ASSERT_EQ(datablock_validate_integrity(observer, 1, nullptr, nullptr, &validation), DATABLOCK_OK);
  EXPECT_EQ(validation.checksums_verified, 0U);
  EXPECT_EQ(validation.checksums_unverifiable, 1U);
  ASSERT_EQ(datablock_observer_use_secret(observer, secret_), DATABLOCK_OK);
  EXPECT_EQ(datablock_observer_use_secret(observer, nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  ASSERT_EQ(datablock_validate_integrity(observer, 1, nullptr, nullptr, &validation), DATABLOCK_OK);
  EXPECT_EQ(validation.checksums_verified, 1U);
  EXPECT_EQ(validation.checksums_unverifiable, 0U);
  datablock_observer_close(observer);
  datablock_producer_close(producer);
}

TEST_F(SecretAbi, ConsumersThatSkipCountWhatTheyLeaveOut) {
  create(DATABLOCK_POLICY_ENFORCED);
  datablock_producer* producer = nullptr;
  const auto options = writing(secret_);
  ASSERT_EQ(datablock_producer_open("b", &options, &producer), DATABLOCK_OK);
  auto reading = this->reading(secret_);
  reading.on_corrupt = DATABLOCK_ON_CORRUPT_SKIP;
  datablock_consumer* consumer = nullptr;
  ASSERT_EQ(datablock_consumer_open("b", &reading, &consumer), DATABLOCK_OK);
  ASSERT_EQ(datablock_producer_write(producer, "bad", 3, 0, 0), DATABLOCK_OK);
  ASSERT_EQ(datablock_producer_write(producer, "good", 4, 0, 0), DATABLOCK_OK);
  void* base = nullptr;
  std::uint64_t stride = 0;
  ASSERT_EQ(datablock_producer_payload(producer, &base, &stride), DATABLOCK_OK);
  static_cast<char*>(base)[0] = 'B';
  auto message = made<datablock_message>();
  ASSERT_EQ(slot_rw_acquire_read(consumer, 0, &message, nullptr), DATABLOCK_OK);
  EXPECT_EQ(message.seq, 1U);
  EXPECT_EQ(message.lost, 1U);
  auto stats = made<datablock_stats>();
  ASSERT_EQ(datablock_consumer_stats(consumer, &stats), DATABLOCK_OK);
  EXPECT_EQ(stats.corrupt, 1U);
  datablock_consumer_close(consumer);
  reading.on_corrupt = 3;
  EXPECT_EQ(datablock_consumer_open("b", &reading, &consumer), DATABLOCK_ERROR_INVALID_ARGUMENT);
  datablock_producer_close(producer);
}

TEST_F(SecretAbi, ProducersMaySealWhatTheBlockLeavesToThem) {
  create(DATABLOCK_POLICY_MANUAL);
  auto options = writing(secret_);
  options.seal_all = 1;
  datablock_producer* producer = nullptr;
  ASSERT_EQ(datablock_producer_open("b", &options, &producer), DATABLOCK_OK);
  const auto reading = this->reading(secret_);
  datablock_consumer* consumer = nullptr;
  ASSERT_EQ(datablock_consumer_open("b", &reading, &consumer), DATABLOCK_OK);
  ASSERT_EQ(datablock_producer_write(producer, "x", 1, 0, 0), DATABLOCK_OK);
  ASSERT_EQ(slot_rw_acquire_read(consumer, 0, nullptr, nullptr), DATABLOCK_OK);
  EXPECT_EQ(datablock_consumer_verify_checksum(consumer), DATABLOCK_OK);
  datablock_consumer_close(consumer);
  datablock_producer_close(producer);
}

/// Callers that were compiled before these structs grew.
TEST_F(SecretAbi, OlderCallersAreUnderstood) {
  auto config = made<datablock_config>();
  config.struct_size = offsetof(datablock_config, secret);
  config.slot_count = 4;
  config.slot_size = 64;
  config.secret = reinterpret_cast<const datablock_secret*>(1);  // beyond what that caller has
  ASSERT_EQ(datablock_segment_create("b", dir(), &config), DATABLOCK_OK) << datablock_last_error_detail();
  auto options = writing(reinterpret_cast<const datablock_secret*>(1));
  options.struct_size = offsetof(datablock_producer_options, secret);
  datablock_producer* producer = nullptr;
  ASSERT_EQ(datablock_producer_open("b", &options, &producer), DATABLOCK_OK) << datablock_last_error_detail();
  datablock_stats stats{};
  stats.struct_size = offsetof(datablock_stats, corrupt);
  stats.corrupt = 99;
  ASSERT_EQ(datablock_producer_stats(producer, &stats), DATABLOCK_OK);
  EXPECT_EQ(stats.corrupt, 99U);
  datablock_producer_close(producer);
}

}  // namespace
}  // namespace datablock
