#include "core/geometry.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::message_thrown_by;
using testing::thrown_by;

BlockConfig small_config() {
  BlockConfig config;
  config.slot_count = 5;
  config.slot_size = 100;
  return config;
}

Header plan(const BlockConfig& config) {
  ZoneTable zones;
  return plan_layout(config, zones);
}

constexpr SectionId kInFileOrder[] = {
    SectionId::header,  SectionId::zone_table, SectionId::schema,       SectionId::control,
    SectionId::metrics, SectionId::spinlocks,  SectionId::participants, SectionId::recorder,
    SectionId::waiters, SectionId::states,     SectionId::checksums,    SectionId::zones,
    SectionId::payload,
};

// ---------------------------------------------------------------------------------------------- sections

class LayoutOf : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  static Header header() {
    BlockConfig config = small_config();
    config.slot_count = GetParam();
    config.checksum_algorithm = ChecksumAlgorithm::xxh3;
    config.zones = {{"first", 1}, {"second", 5000}};
    return plan(config);
  }
};

TEST_P(LayoutOf, PlacesSectionsOneAfterTheOther) {
  const Header layout = header();
  std::uint64_t end = 0;
  for (const SectionId id : kInFileOrder) {
    EXPECT_GE(section(layout, id).offset, end);
    end = section(layout, id).offset + section(layout, id).size;
  }
  EXPECT_LE(end, layout.total_size);
}

TEST_P(LayoutOf, StartsEachGroupOfRightsOnItsOwnBoundary) {
  const Header layout = header();
  for (const SectionId id : {SectionId::control, SectionId::states, SectionId::zones, SectionId::payload}) {
    EXPECT_EQ(section(layout, id).offset % kGroupAlignment, 0U);
  }
  EXPECT_EQ(layout.total_size % kGroupAlignment, 0U);
}

TEST_P(LayoutOf, GivesEverySlotItsState) {
  EXPECT_EQ(section(header(), SectionId::states).size, GetParam() * 64);
}

TEST_P(LayoutOf, GivesEverySlotItsWaiterWord) {
  EXPECT_EQ(section(header(), SectionId::waiters).size, GetParam() * 4);
}

TEST_P(LayoutOf, GivesEverySlotItsChecksum) {
  EXPECT_EQ(section(header(), SectionId::checksums).size, GetParam() * 64);
}

TEST_P(LayoutOf, GivesEverySlotItsPayload) {
  EXPECT_EQ(section(header(), SectionId::payload).size, GetParam() * 128);
}

INSTANTIATE_TEST_SUITE_P(Slots, LayoutOf, ::testing::Values(1, 2, 3, 5, 1000, 1'000'000));

TEST(Layout, BeginsWithHeaderAndZoneTable) {
  const Header layout = plan(small_config());
  EXPECT_EQ(section(layout, SectionId::header).offset, 0U);
  EXPECT_EQ(section(layout, SectionId::header).size, kHeaderSize);
  EXPECT_EQ(section(layout, SectionId::zone_table).offset, kHeaderSize);
}

TEST(Layout, HasNoChecksumsWhenNoneAreAskedFor) {
  EXPECT_EQ(section(plan(small_config()), SectionId::checksums).size, 0U);
}

TEST(Layout, HasAnEntryForEveryParticipant) {
  BlockConfig config = small_config();
  config.max_participants = 7;
  EXPECT_EQ(section(plan(config), SectionId::participants).size, 7U * 256);
}

TEST(Layout, RoundsTheStrideUpToCacheLines) {
  for (const auto& [size, stride] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {1, 64}, {63, 64}, {64, 64}, {65, 128}, {1 << 20, 1 << 20}}) {
    BlockConfig config = small_config();
    config.slot_size = size;
    EXPECT_EQ(plan(config).stride, stride);
  }
}

TEST(Layout, PlacesZonesOnPagesInsideTheirSection) {
  BlockConfig config = small_config();
  config.zones = {{"a", 1}, {"b", 4097}, {"c", 10}};
  ZoneTable zones;
  const Header layout = plan_layout(config, zones);
  const std::uint64_t start = section(layout, SectionId::zones).offset;
  EXPECT_EQ(zones[0].offset, start);
  EXPECT_EQ(zones[1].offset, start + 4096);
  EXPECT_EQ(zones[2].offset, start + 4096 + 8192);
  EXPECT_EQ(section(layout, SectionId::zones).size, 4U * 4096);
}

TEST(Layout, ZoneTableKeepsNamesAndSizes) {
  BlockConfig config = small_config();
  config.zones = {{"calibration", 12}};
  ZoneTable zones;
  plan_layout(config, zones);
  EXPECT_EQ(zones.size(), kMaxZones);
  EXPECT_STREQ(zones[0].name.data(), "calibration");
  EXPECT_EQ(zones[0].size, 12U);
}

TEST(Layout, AdmitsEveryParticipantAsSyncUnlessToldOtherwise) {
  BlockConfig config = small_config();
  config.max_participants = 9;
  EXPECT_EQ(plan(config).max_sync, 9U);
  config.max_sync = 0;
  EXPECT_EQ(plan(config).max_sync, 0U);
}

TEST(Layout, OfTheLargestBlockStillFits) {
  BlockConfig config = small_config();
  config.slot_count = kMaxSlots;
  config.slot_size = std::uint64_t{1} << 30;
  EXPECT_EQ(section(plan(config), SectionId::payload).size, std::uint64_t{1} << 61);
}

TEST(Layout, ThatWouldOverflowIsRefused) {
  BlockConfig config = small_config();
  config.slot_count = kMaxSlots;
  config.slot_size = std::uint64_t{1} << 40;
  EXPECT_EQ(thrown_by([&] { plan(config); }), Status::CONFIG_INVALID);
}

TEST(Layout, BeyondWhereLockBytesLieIsRefused) {
  BlockConfig config = small_config();
  config.slot_count = kMaxSlots;
  config.slot_size = std::uint64_t{1} << 31;
  EXPECT_EQ(thrown_by([&] { plan(config); }), Status::CONFIG_INVALID);
}

TEST(Layout, WithZonesThatOverflowTogetherIsRefused) {
  BlockConfig config = small_config();
  config.zones = {{"a", std::numeric_limits<std::uint64_t>::max() - 5000}, {"b", 8192}};
  EXPECT_EQ(thrown_by([&] { plan(config); }), Status::CONFIG_INVALID);
}

TEST(Layout, WithOneZoneThatOverflowsWhenRoundedUpIsRefused) {
  BlockConfig config = small_config();
  config.zones = {{"a", std::numeric_limits<std::uint64_t>::max()}};
  EXPECT_EQ(thrown_by([&] { plan(config); }), Status::CONFIG_INVALID);
}

// ---------------------------------------------------------------------------------------------- limits

struct LimitCase {
  const char* name;
  const char* option;  ///< that the message must name
  std::function<void(BlockConfig&)> set;
  friend void PrintTo(const LimitCase& self, std::ostream* out) { *out << self.name; }
};

class OutOfRange : public ::testing::TestWithParam<LimitCase> {};

TEST_P(OutOfRange, IsRefusedByNameOfTheOption) {
  BlockConfig config = small_config();
  GetParam().set(config);
  EXPECT_EQ(thrown_by([&] { plan(config); }), Status::CONFIG_INVALID);
  EXPECT_NE(message_thrown_by([&] { plan(config); }).find(GetParam().option), std::string::npos);
}

const LimitCase kOutOfRange[] = {
    {"NoSlots", "slots", [](BlockConfig& c) { c.slot_count = 0; }},
    {"TooManySlots", "slots", [](BlockConfig& c) { c.slot_count = kMaxSlots + 1; }},
    {"NoSlotSize", "slot size", [](BlockConfig& c) { c.slot_size = 0; }},
    {"TooLargeSlot", "slot size", [](BlockConfig& c) { c.slot_size = (std::uint64_t{1} << 40) + 1; }},
    {"NoParticipants", "max participants", [](BlockConfig& c) { c.max_participants = 0; }},
    {"TooManyParticipants", "max participants", [](BlockConfig& c) { c.max_participants = 65; }},
    {"MoreSyncThanParticipants", "max sync",
     [](BlockConfig& c) {
       c.max_participants = 3;
       c.max_sync = 4;
     }},
    {"HealAtOnce", "heal after", [](BlockConfig& c) { c.heal_after_ms = 0; }},
    {"HealAfterADay", "heal after", [](BlockConfig& c) { c.heal_after_ms = 86'400'000; }},
    {"TooManyZones", "zones",
     [](BlockConfig& c) {
       for (unsigned i = 0; i <= kMaxZones; ++i) {
         c.zones.push_back({std::to_string(i), 1});
       }
     }},
    {"ZoneWithoutName", "zone",
     [](BlockConfig& c) {
       c.zones = {{"", 1}};
     }},
    {"ZoneWithLongName", "zone",
     [](BlockConfig& c) {
       c.zones = {{std::string(48, 'x'), 1}};
     }},
    {"ZoneWithZeroInName", "zone",
     [](BlockConfig& c) {
       c.zones = {{std::string("a\0b", 3), 1}};
     }},
    {"ZoneWithoutSize", "zone",
     [](BlockConfig& c) {
       c.zones = {{"z", 0}};
     }},
    {"TwoZonesOfOneName", "zone",
     [](BlockConfig& c) {
       c.zones = {{"z", 1}, {"z", 2}};
     }},
    {"ModeWithSetuid", "mode", [](BlockConfig& c) { c.mode = 04600; }},
    {"ModeThatLocksTheOwnerOut", "mode", [](BlockConfig& c) { c.mode = 0400; }},
};
INSTANTIATE_TEST_SUITE_P(Config, OutOfRange, ::testing::ValuesIn(kOutOfRange),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ConfigLimits, TheirEdgesAreAllowed) {
  BlockConfig config;
  config.slot_count = 1;
  config.slot_size = 1;
  config.max_participants = 1;
  config.max_sync = 1;
  config.heal_after_ms = 1;
  config.mode = 0777;
  config.zones = {{std::string(47, 'x'), 1}};
  EXPECT_EQ(thrown_by([&] { plan(config); }), Status::OK);
}

// ---------------------------------------------------------------------------------------------- differences

struct DifferenceCase {
  const char* name;
  const char* field;
  std::function<void(BlockConfig&)> set;
  friend void PrintTo(const DifferenceCase& self, std::ostream* out) { *out << self.name; }
};

class Difference : public ::testing::TestWithParam<DifferenceCase> {};

TEST_P(Difference, IsNamedAndTheOnlyOne) {
  BlockConfig config = small_config();
  config.zones = {{"zone", 10}};
  config.checksum_algorithm = ChecksumAlgorithm::xxh3;
  ZoneTable zones;
  const Header header = plan_layout(config, zones);
  GetParam().set(config);
  const auto found = differences(header, zones, {}, config);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rfind(GetParam().field, 0), 0U) << found[0];
}

const DifferenceCase kDifferences[] = {
    {"Slots", "slots: is 5, asked for 6", [](BlockConfig& c) { c.slot_count = 6; }},
    {"SlotSize", "slot size: is 100, asked for 101", [](BlockConfig& c) { c.slot_size = 101; }},
    {"Producers", "producers: is single, asked for multi",
     [](BlockConfig& c) { c.producer_mode = ProducerMode::multi; }},
    {"MaxParticipants", "max participants: is 64, asked for 63",
     [](BlockConfig& c) {
       c.max_participants = 63;
       c.max_sync = 64;
     }},
    {"MaxSync", "max sync: is 64, asked for 1", [](BlockConfig& c) { c.max_sync = 1; }},
    {"Checksum", "checksum: is xxh3, asked for blake2b",
     [](BlockConfig& c) { c.checksum_algorithm = ChecksumAlgorithm::blake2b; }},
    {"ChecksumPolicy", "checksum policy: is enforced, asked for manual",
     [](BlockConfig& c) { c.checksum_policy = ChecksumPolicy::manual; }},
    {"Overflow", "overflow: is wait, asked for fail",
     [](BlockConfig& c) { c.overflow_policy = OverflowPolicy::fail; }},
    {"SelfHeal", "self-heal: is on, asked for off", [](BlockConfig& c) { c.self_heal = false; }},
    {"HealAfter", "heal after (ms): is 100, asked for 7", [](BlockConfig& c) { c.heal_after_ms = 7; }},
    {"Fences", "fences: is real, asked for asymmetric",
     [](BlockConfig& c) { c.fences = Fences::asymmetric; }},
    {"Timestamps", "timestamps: is off, asked for on", [](BlockConfig& c) { c.timestamps = true; }},
    {"ZoneCount", "zones: is 1, asked for 0", [](BlockConfig& c) { c.zones.clear(); }},
    {"ZoneSize", "zone: is zone:10, asked for zone:11", [](BlockConfig& c) { c.zones[0].size = 11; }},
};
INSTANTIATE_TEST_SUITE_P(Of, Difference, ::testing::ValuesIn(kDifferences),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Differences, AreNoneToTheConfigurationItWasMadeOf) {
  BlockConfig config = small_config();
  config.zones = {{"zone", 10}};
  ZoneTable zones;
  const Header header = plan_layout(config, zones);
  EXPECT_TRUE(differences(header, zones, {}, config).empty());
}

TEST(Differences, IgnoreFencesThatNobodyAskedFor) {
  BlockConfig config = small_config();
  config.fences = Fences::asymmetric;
  ZoneTable zones;
  const Header header = plan_layout(config, zones);
  config.fences.reset();
  EXPECT_TRUE(differences(header, zones, {}, config).empty());
}

TEST(Differences, OfAMaximumOfSyncConsumersThatFollowsAnotherMaximumAreNamedWithIt) {
  ZoneTable zones;
  BlockConfig config = small_config();
  const Header header = plan_layout(config, zones);
  config.max_participants = 32;
  EXPECT_EQ(differences(header, zones, {}, config).size(), 2U);
}

}  // namespace
}  // namespace datablock
