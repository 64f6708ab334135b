// Flexible zones: where they lie, who may write them, their checksums, and sharing one between processes.
#include "core/zone.hpp"

#include <cstring>

#include "core/snapshot_file.hpp"
#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::kLongMs;
using testing::Line;
using testing::message_thrown_by;
using testing::put;
using testing::take;
using testing::thrown_by;

class ZoneTest : public BlockTest {
 protected:
  static BlockConfig zoned(ChecksumAlgorithm algorithm = ChecksumAlgorithm::none) {
    BlockConfig wanted = config();
    wanted.zones = {{"small", 10}, {"page", 4096}, {"large", 10'000}};
    wanted.checksum_algorithm = algorithm;
    return wanted;
  }
  static std::byte* at(const Zone& zone, std::size_t index) { return &zone.bytes()[index]; }
};

TEST_F(ZoneTest, AreAsLongAsTheyWereAskedForAndPageAligned) {
  create(zoned());
  const auto user = zone_user();
  EXPECT_EQ(user->zone("small").bytes().size(), 10U);
  EXPECT_EQ(user->zone("page").bytes().size(), 4096U);
  EXPECT_EQ(user->zone("large").bytes().size(), 10'000U);
  for (const char* name : {"small", "page", "large"}) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(user->zone(name).bytes().data()) % 4096, 0U);
    for (const std::byte byte : user->zone(name).bytes()) {
      ASSERT_EQ(byte, std::byte{0});
    }
  }
}

TEST_F(ZoneTest, AreTheSameMemoryForAllRoles) {
  create(zoned());
  const auto user = zone_user();
  const auto writer = producer();
  const auto reader = consumer();
  *at(user->zone("large"), 9999) = std::byte{1};
  EXPECT_EQ(*at(writer->zone("large"), 9999), std::byte{1});
  *at(writer->zone("page"), 0) = std::byte{2};
  EXPECT_EQ(*at(reader->zone("page"), 0), std::byte{2});
  *at(reader->zone("small"), 9) = std::byte{3};
  EXPECT_EQ(*at(observer().zone("small"), 9), std::byte{3});
}

TEST_F(ZoneTest, DoNotReachIntoEachOtherOrTheRing) {
  create(zoned());
  const auto user = zone_user();
  const auto writer = producer();
  const auto reader = consumer();
  ASSERT_EQ(put(*writer, "message"), Status::OK);
  for (const char* name : {"small", "large", "page"}) {
    const auto bytes = user->zone(name).bytes();
    std::memset(bytes.data(), name[0], bytes.size());
  }
  for (const char* name : {"small", "large", "page"}) {
    for (const std::byte byte : user->zone(name).bytes()) {
      ASSERT_EQ(byte, static_cast<std::byte>(name[0]));
    }
  }
  EXPECT_EQ(take(*reader), "message");
  EXPECT_EQ(violations(), "");
}

TEST_F(ZoneTest, OneThatThereIsNotIsRefusedWithThoseThereAre) {
  create(zoned());
  const auto user = zone_user();
  EXPECT_EQ(thrown_by([&] { user->zone("larger"); }), Status::NO_SUCH_ZONE);
  EXPECT_NE(message_thrown_by([&] { user->zone("larger"); }).find("small, page, large"), std::string::npos);
  EXPECT_EQ(thrown_by([&] { user->zone(""); }), Status::NO_SUCH_ZONE);
  create(config(), "without");
  JoinOptions options;
  options.dir = dir();
  EXPECT_EQ(thrown_by([&] { ZoneUser("without", options).zone("small"); }), Status::NO_SUCH_ZONE);
}

TEST_F(ZoneTest, AnObserverCannotWriteThem) {
  create(zoned());
  EXPECT_DEATH(
      {
        const Observer looker = observer();
        *at(looker.zone("small"), 0) = std::byte{1};
      },
      "");
}

class ZoneChecksumBy : public ZoneTest, public ::testing::WithParamInterface<ChecksumAlgorithm> {};

TEST_P(ZoneChecksumBy, IsStoredAndVerifiedByHandOnly) {
  create(zoned(GetParam()));
  const auto user = zone_user();
  const Zone zone = user->zone("large");
  EXPECT_EQ(zone.verify_checksum(), ChecksumVerdict::absent);
  zone.update_checksum();
  EXPECT_EQ(zone.verify_checksum(), ChecksumVerdict::matches);
  EXPECT_EQ(user->zone("page").verify_checksum(), ChecksumVerdict::absent);
  *at(zone, 0) = std::byte{1};
  EXPECT_EQ(zone.verify_checksum(), ChecksumVerdict::differs);
  EXPECT_EQ(violations(true),
            "");  // a zone may change at any time: it is for its users to say when it is whole
  zone.update_checksum();
  EXPECT_EQ(observer().zone("large").verify_checksum(), ChecksumVerdict::matches);
}

TEST_P(ZoneChecksumBy, FindsEveryByteOfASmallZone) {
  create(zoned(GetParam()));
  const auto user = zone_user();
  const Zone zone = user->zone("small");
  zone.update_checksum();
  for (std::byte& byte : zone.bytes()) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      byte ^= static_cast<std::byte>(1U << bit);
      EXPECT_EQ(zone.verify_checksum(), ChecksumVerdict::differs);
      byte ^= static_cast<std::byte>(1U << bit);
    }
  }
  EXPECT_EQ(zone.verify_checksum(), ChecksumVerdict::matches);
}

TEST_P(ZoneChecksumBy, IsOfThatZoneAndThatTime) {
  BlockConfig wanted = config();
  wanted.zones = {{"one", 64}, {"other", 64}};
  wanted.checksum_algorithm = GetParam();
  create(wanted);
  const auto user = zone_user();
  user->zone("one").update_checksum();
  auto* checksums = raw().view().zone_checksums;
  const auto block = raw();
  checksums = block.view().zone_checksums;
  std::memcpy(static_cast<void*>(&checksums[1]), static_cast<const void*>(&checksums[0]),
              sizeof checksums[0]);
  EXPECT_EQ(user->zone("other").verify_checksum(), ChecksumVerdict::differs);  // same bytes, same digest
  checksums[0].updates.store(2);
  EXPECT_EQ(user->zone("one").verify_checksum(), ChecksumVerdict::differs);
}

TEST_P(ZoneChecksumBy, ReportsSayHowOften) {
  create(zoned(GetParam()));
  const auto user = zone_user();
  user->zone("page").update_checksum();
  user->zone("page").update_checksum();
  const auto zones = observer().zones();
  ASSERT_EQ(zones.size(), 3U);
  EXPECT_EQ(zones[0].updates, 0U);
  EXPECT_EQ(zones[0].checksum, ChecksumVerdict::absent);
  EXPECT_EQ(zones[1].name, "page");
  EXPECT_EQ(zones[1].size, 4096U);
  EXPECT_EQ(zones[1].updates, 2U);
  EXPECT_GT(zones[1].updated_ns, raw().file().header.created_ns);
  EXPECT_EQ(zones[1].checksum, ChecksumVerdict::matches);
}

INSTANTIATE_TEST_SUITE_P(Algorithm, ZoneChecksumBy,
                         ::testing::Values(ChecksumAlgorithm::none, ChecksumAlgorithm::xxh3,
                                           ChecksumAlgorithm::blake2b),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_F(ZoneTest, AHalfStoredChecksumIsNone) {
  create(zoned());
  const auto user = zone_user();
  user->zone("small").update_checksum();
  raw().view().zone_checksums[0].present.store(0);
  EXPECT_EQ(user->zone("small").verify_checksum(), ChecksumVerdict::absent);
}

TEST_F(ZoneTest, ASnapshotKeepsThemUnlessItHoldsNoData) {
  create(zoned());
  const auto user = zone_user();
  std::memcpy(user->zone("small").bytes().data(), "0123456789", 10);
  user->zone("small").update_checksum();
  const std::string file = dir() + "/snapshot";
  {
    const Observer live = observer();
    write_snapshot(live.file(), live.view(), file, true);
    write_snapshot(live.file(), live.view(), file + "-without", false);
  }
  const Observer kept(open_snapshot(file));
  EXPECT_EQ(std::memcmp(kept.zone("small").bytes().data(), "0123456789", 10), 0);
  EXPECT_EQ(kept.zone("small").verify_checksum(), ChecksumVerdict::matches);

  const Observer without(open_snapshot(file + "-without"));
  EXPECT_EQ(without.zones()[0].updates, 1U);
  EXPECT_EQ(without.zones()[0].checksum, ChecksumVerdict::absent);
  EXPECT_EQ(thrown_by([&] { without.zone("small"); }), Status::NO_SUCH_ZONE);
}

/// A record that is only ever right as a whole, and its checksum.
TEST_F(ZoneTest, SeveralProcessesShareOneUnderASpinlock) {
  create(zoned());
  constexpr std::uint64_t kRounds = 300;
  const auto work = [this](std::uint64_t id) {
    return [this, id](const Line&) {
      const auto user = zone_user();
      const Zone zone = user->zone("page");
      SharedSpinLock lock = user->spinlock(9);
      for (std::uint64_t i = 0; i < kRounds; ++i) {
        const SharedSpinLockGuard guard(lock, kLongMs);
        REQUIRE_IN_CHILD(zone.verify_checksum() != ChecksumVerdict::differs);
        auto* words = reinterpret_cast<std::uint64_t*>(zone.bytes().data());
        ++words[0];
        for (std::size_t k = 1; k < 512; ++k) {
          words[k] = words[0] * id;
        }
        zone.update_checksum();
      }
    };
  };
  std::vector<std::unique_ptr<ChildProcess>> children;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    children.push_back(std::make_unique<ChildProcess>(work(id)));
  }
  for (const auto& child : children) {
    EXPECT_EQ(child->wait(), 0);
  }
  const auto user = zone_user();
  EXPECT_EQ(*reinterpret_cast<std::uint64_t*>(user->zone("page").bytes().data()), 3 * kRounds);
  EXPECT_EQ(user->zone("page").verify_checksum(), ChecksumVerdict::matches);
}

}  // namespace
}  // namespace datablock
