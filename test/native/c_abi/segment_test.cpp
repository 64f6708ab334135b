// Making, finding and removing blocks.
#include <sys/stat.h>

#include <cstdio>
#include <vector>

#include "c_abi/support_c.hpp"

namespace datablock {
namespace {

using testing::CBlockTest;
using testing::kBlock;

class CSegmentTest : public CBlockTest {};

TEST_F(CSegmentTest, ZeroesAreTheDefaults) {
  datablock_config config = DATABLOCK_INIT(datablock_config);
  config.slot_count = 3;
  config.slot_size = 100;
  create(config);
  datablock_segment_info info = DATABLOCK_INIT(datablock_segment_info);
  ASSERT_DONE(datablock_segment_info_of(kBlock, c_dir(), &info));
  EXPECT_EQ(info.slot_count, 3U);
  EXPECT_EQ(info.slot_size, 100U);
  EXPECT_EQ(info.stride, 128U);
  EXPECT_EQ(info.producer_mode, DATABLOCK_PRODUCERS_SINGLE);
  EXPECT_EQ(info.max_participants, 64U);
  EXPECT_EQ(info.max_sync, 64U);
  EXPECT_EQ(info.checksum_algorithm, DATABLOCK_CHECKSUM_NONE);
  EXPECT_EQ(info.checksum_policy, DATABLOCK_POLICY_ENFORCED);
  EXPECT_EQ(info.overflow_policy, DATABLOCK_OVERFLOW_WAIT);
  EXPECT_EQ(info.self_heal, DATABLOCK_ON);
  EXPECT_EQ(info.heal_after_ms, 100U);
  EXPECT_EQ(info.timestamps, DATABLOCK_OFF);
  EXPECT_EQ(info.zone_count, 0U);
  EXPECT_EQ(info.layout_version, datablock_layout_version());
  EXPECT_EQ(info.creator_pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_STREQ(info.creator_version, datablock_library_version());
  struct stat file {};
  ASSERT_EQ(stat((dir() + "/" + kBlock).c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600U);
  EXPECT_EQ(static_cast<std::uint64_t>(file.st_size), info.total_size);
}

TEST_F(CSegmentTest, EveryOptionArrives) {
  datablock_zone_config zones[2] = {DATABLOCK_INIT(datablock_zone_config),
                                    DATABLOCK_INIT(datablock_zone_config)};
  zones[0].name = "first";
  zones[0].bytes = 10;
  zones[1].name = "second";
  zones[1].bytes = 5000;
  datablock_config config = DATABLOCK_INIT(datablock_config);
  config.slot_count = 5;
  config.slot_size = 7;
  config.file_mode = 0640;
  config.producer_mode = DATABLOCK_PRODUCERS_MULTI;
  config.max_participants = 9;
  config.max_sync = -1;
  config.checksum_algorithm = DATABLOCK_CHECKSUM_BLAKE2B;
  config.checksum_policy = DATABLOCK_POLICY_MANUAL;
  config.overflow_policy = DATABLOCK_OVERFLOW_FAIL;
  config.fences = DATABLOCK_FENCES_REAL;
  config.self_heal = DATABLOCK_OFF;
  config.heal_after_ms = 321;
  config.timestamps = DATABLOCK_ON;
  config.set_group = 1;
  config.group = getgid();
  config.zones = zones;
  config.zone_count = 2;
  create(config);
  datablock_segment_info info = DATABLOCK_INIT(datablock_segment_info);
  ASSERT_DONE(datablock_segment_info_of(kBlock, c_dir(), &info));
  EXPECT_EQ(info.producer_mode, DATABLOCK_PRODUCERS_MULTI);
  EXPECT_EQ(info.max_participants, 9U);
  EXPECT_EQ(info.max_sync, 0U);
  EXPECT_EQ(info.checksum_algorithm, DATABLOCK_CHECKSUM_BLAKE2B);
  EXPECT_EQ(info.checksum_policy, DATABLOCK_POLICY_MANUAL);
  EXPECT_EQ(info.overflow_policy, DATABLOCK_OVERFLOW_FAIL);
  EXPECT_EQ(info.fences, DATABLOCK_FENCES_REAL);
  EXPECT_EQ(info.self_heal, DATABLOCK_OFF);
  EXPECT_EQ(info.heal_after_ms, 321U);
  EXPECT_EQ(info.timestamps, DATABLOCK_ON);
  EXPECT_EQ(info.zone_count, 2U);
  struct stat file {};
  ASSERT_EQ(stat((dir() + "/" + kBlock).c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0640U);
}

TEST_F(CSegmentTest, WhatIsNotPossibleIsRefused) {
  const auto refused = [&](auto change, datablock_result expected) {
    datablock_config wrong = config();
    change(wrong);
    EXPECT_RESULT(datablock_segment_create(kBlock, c_dir(), &wrong), expected);
  };
  refused([](auto& c) { c.slot_count = 0; }, DATABLOCK_ERROR_CONFIG_INVALID);
  refused([](auto& c) { c.max_participants = 65; }, DATABLOCK_ERROR_CONFIG_INVALID);
  refused([](auto& c) { c.max_sync = -2; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.producer_mode = 3; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.checksum_algorithm = 99; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.checksum_policy = 3; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.overflow_policy = 3; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.fences = 3; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.self_heal = 3; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.timestamps = 3; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.zone_count = 65; }, DATABLOCK_ERROR_CONFIG_INVALID);
  refused([](auto& c) { c.zone_count = 1; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  refused([](auto& c) { c.struct_size = 0; }, DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(datablock_segment_create(kBlock, c_dir(), nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  const datablock_config good = config();
  EXPECT_RESULT(datablock_segment_create(".hidden", c_dir(), &good), DATABLOCK_ERROR_NAME_INVALID);
  EXPECT_RESULT(datablock_segment_create(nullptr, c_dir(), &good), DATABLOCK_ERROR_NAME_INVALID);
}

TEST_F(CSegmentTest, OpenOrCreateMakesOneOnceAndTellsEveryDifference) {
  datablock_config wanted = config();
  std::uint32_t created = 9;
  ASSERT_DONE(datablock_segment_open_or_create(kBlock, c_dir(), &wanted, &created));
  EXPECT_EQ(created, 1U);
  ASSERT_DONE(datablock_segment_open_or_create(kBlock, c_dir(), &wanted, &created));
  EXPECT_EQ(created, 0U);
  ASSERT_DONE(datablock_segment_open_or_create(kBlock, c_dir(), &wanted, nullptr));
  wanted.slot_count = 5;
  wanted.slot_size = 65;
  EXPECT_RESULT(datablock_segment_open_or_create(kBlock, c_dir(), &wanted, &created),
                DATABLOCK_ERROR_CONFIG_DIFFERS);
  const std::string detail = datablock_last_error_detail();
  EXPECT_NE(detail.find("slots: is 4, asked for 5"), std::string::npos) << detail;
  EXPECT_NE(detail.find("slot size: is 64, asked for 65"), std::string::npos) << detail;
}

TEST_F(CSegmentTest, UnlinkTakesOnlyTheBlockThatIsMeant) {
  create(config());
  datablock_segment_info info = DATABLOCK_INIT(datablock_segment_info);
  ASSERT_DONE(datablock_segment_info_of(kBlock, c_dir(), &info));
  info.instance[3] ^= 1;
  EXPECT_RESULT(datablock_segment_unlink(kBlock, c_dir(), info.instance, 0), DATABLOCK_ERROR_RECREATED);
  info.instance[3] ^= 1;
  {
    const auto reader = consumer();
    EXPECT_RESULT(datablock_segment_unlink(kBlock, c_dir(), info.instance, 0), DATABLOCK_ERROR_IN_USE);
  }
  EXPECT_DONE(datablock_segment_unlink(kBlock, c_dir(), info.instance, 0));
  EXPECT_RESULT(datablock_segment_unlink(kBlock, c_dir(), nullptr, 0), DATABLOCK_ERROR_NO_SUCH_BLOCK);

  create(config());
  const auto reader = consumer();
  EXPECT_DONE(datablock_segment_unlink(kBlock, c_dir(), nullptr, 1));
}

struct Listed {
  std::vector<std::pair<std::string, datablock_result>> blocks;
  std::size_t stop_after = 99;

  static int visit(const char* name, datablock_result status, void* user) {
    auto& self = *static_cast<Listed*>(user);
    self.blocks.emplace_back(name, status);
    return self.blocks.size() >= self.stop_after ? 1 : 0;
  }
};

TEST_F(CSegmentTest, ListTellsOfBlocksInOrderAndOfDamagedOnes) {
  const datablock_config made = config();
  for (const char* name : {"b", "a", "c"}) {
    ASSERT_DONE(datablock_segment_create(name, c_dir(), &made));
  }
  ASSERT_EQ(truncate((dir() + "/c").c_str(), 4096), 0);
  std::fclose(std::fopen((dir() + "/a-text-file").c_str(), "w"));
  ASSERT_EQ(mkdir((dir() + "/folder").c_str(), 0700), 0);
  Listed listed;
  ASSERT_DONE(datablock_segment_list(c_dir(), Listed::visit, &listed));
  ASSERT_EQ(listed.blocks.size(), 3U);
  EXPECT_EQ(listed.blocks[0], (std::pair<std::string, datablock_result>("a", DATABLOCK_OK)));
  EXPECT_EQ(listed.blocks[1], (std::pair<std::string, datablock_result>("b", DATABLOCK_OK)));
  EXPECT_EQ(listed.blocks[2], (std::pair<std::string, datablock_result>("c", DATABLOCK_ERROR_TRUNCATED)));

  Listed first{.blocks = {}, .stop_after = 1};
  ASSERT_DONE(datablock_segment_list(c_dir(), Listed::visit, &first));
  EXPECT_EQ(first.blocks.size(), 1U);
  EXPECT_RESULT(datablock_segment_list((dir() + "/none").c_str(), Listed::visit, &first), DATABLOCK_ERROR_IO);
  EXPECT_RESULT(datablock_segment_list(c_dir(), nullptr, nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
}

TEST_F(CSegmentTest, EveryHandleKnowsItsBlock) {
  create(config(7));
  const auto check = [](datablock_result result, const datablock_segment_info& info) {
    EXPECT_DONE(result);
    EXPECT_EQ(info.slot_count, 7U);
  };
  datablock_segment_info info = DATABLOCK_INIT(datablock_segment_info);
  check(datablock_producer_info(producer().get(), &info), info);
  info = DATABLOCK_INIT(datablock_segment_info);
  check(datablock_consumer_info(consumer().get(), &info), info);
  info = DATABLOCK_INIT(datablock_segment_info);
  check(datablock_observer_info(observer().get(), &info), info);
  info = DATABLOCK_INIT(datablock_segment_info);
  check(datablock_recovery_info(recovery().get(), &info), info);
}

}  // namespace
}  // namespace datablock
