// Zones and spinlocks through the C interface.
#include <datablock/datablock.h>

#include <array>
#include <cstring>
#include <string_view>
#include <thread>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::ChildProcess;
using testing::kLongMs;
using testing::Line;

template <class Struct>
Struct made() {
  Struct made{};
  made.struct_size = static_cast<std::uint32_t>(sizeof made);
  return made;
}

class ZoneAbi : public ::testing::Test {
 protected:
  ZoneAbi() {
    auto zones = made<datablock_zone_config>();
    zones.name = "counters";
    zones.bytes = 64;
    auto config = made<datablock_config>();
    config.slot_count = 4;
    config.slot_size = 16;
    config.zones = &zones;
    config.zone_count = 1;
    EXPECT_EQ(datablock_segment_create("b", dir(), &config), DATABLOCK_OK) << datablock_last_error_detail();
    user_ = open_user();
  }
  ~ZoneAbi() override { datablock_zone_user_close(user_); }

  const char* dir() const { return directory_.path().c_str(); }
  datablock_zone_user* open_user() const {
    auto options = made<datablock_zone_user_options>();
    options.dir = dir();
    options.label = "zones";
    datablock_zone_user* user = nullptr;
    EXPECT_EQ(datablock_zone_user_open("b", &options, &user), DATABLOCK_OK) << datablock_last_error_detail();
    return user;
  }
  static datablock_zone zone_of(const datablock_zone_user* user, const char* name = "counters") {
    auto zone = made<datablock_zone>();
    EXPECT_EQ(datablock_zone_user_zone(user, name, &zone), DATABLOCK_OK) << datablock_last_error_detail();
    return zone;
  }
  static datablock_spinlock* lock_of(datablock_zone_user* user, std::uint32_t index = 3) {
    datablock_spinlock* lock = nullptr;
    EXPECT_EQ(datablock_spinlock_open(user, index, &lock), DATABLOCK_OK) << datablock_last_error_detail();
    return lock;
  }
  datablock_observer* observe() const {
    datablock_observer* observer = nullptr;
    EXPECT_EQ(datablock_observer_open("b", dir(), &observer), DATABLOCK_OK) << datablock_last_error_detail();
    return observer;
  }

  testing::TemporaryDirectory directory_;
  datablock_zone_user* user_ = nullptr;
};

TEST_F(ZoneAbi, IsOneMemoryForAllItsUsers) {
  datablock_zone_user* other = open_user();
  const datablock_zone mine = zone_of(user_);
  const datablock_zone theirs = zone_of(other);
  EXPECT_EQ(mine.size, 64U);
  EXPECT_EQ(mine.index, 0U);
  EXPECT_STREQ(mine.name, "counters");
  EXPECT_NE(mine.data, theirs.data);
  std::memcpy(mine.data, "shared", 6);
  EXPECT_EQ(std::memcmp(theirs.data, "shared", 6), 0);
  datablock_zone_user_close(other);
}

TEST_F(ZoneAbi, OfAnotherNameThereIsNone) {
  auto zone = made<datablock_zone>();
  EXPECT_EQ(datablock_zone_user_zone(user_, "other", &zone), DATABLOCK_ERROR_NO_SUCH_ZONE);
  EXPECT_EQ(datablock_zone_user_zone(user_, nullptr, &zone), DATABLOCK_ERROR_NO_SUCH_ZONE);
  EXPECT_EQ(datablock_zone_user_zone(user_, "counters", nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(datablock_zone_user_zone(nullptr, "counters", &zone), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(datablock_zone_user_update_checksum(user_, "other"), DATABLOCK_ERROR_NO_SUCH_ZONE);
}

TEST_F(ZoneAbi, HasAChecksumWhenSomebodyStoresOne) {
  EXPECT_EQ(datablock_zone_user_verify_checksum(user_, "counters"), DATABLOCK_ERROR_NOTHING_TO_DO);
  ASSERT_EQ(datablock_zone_user_update_checksum(user_, "counters"), DATABLOCK_OK);
  EXPECT_EQ(datablock_zone_user_verify_checksum(user_, "counters"), DATABLOCK_OK);
  static_cast<char*>(zone_of(user_).data)[63] ^= 1;
  EXPECT_EQ(datablock_zone_user_verify_checksum(user_, "counters"), DATABLOCK_ERROR_CHECKSUM_MISMATCH);
}

TEST_F(ZoneAbi, IsSeenByObserversReadOnly) {
  std::memcpy(zone_of(user_).data, "seen", 4);
  ASSERT_EQ(datablock_zone_user_update_checksum(user_, "counters"), DATABLOCK_OK);
  datablock_observer* observer = observe();
  auto zone = made<datablock_zone>();
  std::size_t count = 0;
  ASSERT_EQ(datablock_observer_zones(observer, &zone, 1, &count), DATABLOCK_OK);
  ASSERT_EQ(count, 1U);
  EXPECT_STREQ(zone.name, "counters");
  EXPECT_EQ(std::memcmp(zone.data, "seen", 4), 0);
  EXPECT_EQ(datablock_observer_verify_zone(observer, "counters"), DATABLOCK_OK);
  EXPECT_EQ(datablock_observer_verify_zone(observer, "other"), DATABLOCK_ERROR_NO_SUCH_ZONE);
  datablock_observer_close(observer);
}

TEST_F(ZoneAbi, UserIsAParticipantThatHoldsNobodyBack) {
  datablock_observer* observer = observe();
  auto participant = made<datablock_participant>();
  std::size_t count = 0;
  ASSERT_EQ(datablock_observer_participants(observer, &participant, 1, &count), DATABLOCK_OK);
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(participant.role, static_cast<std::uint32_t>(DATABLOCK_ROLE_ZONE_USER));
  EXPECT_STREQ(participant.label, "zones");
  EXPECT_EQ(participant.hold, DATABLOCK_NONE);
  datablock_observer_close(observer);
  EXPECT_EQ(datablock_zone_user_heartbeat(user_), DATABLOCK_OK);
  auto info = made<datablock_segment_info>();
  ASSERT_EQ(datablock_zone_user_info(user_, &info), DATABLOCK_OK);
  EXPECT_EQ(info.zone_count, 1U);
}

TEST_F(ZoneAbi, UserThatLeftKeepsItsMemoryAndNothingElse) {
  const datablock_zone zone = zone_of(user_);
  datablock_spinlock* lock = lock_of(user_);
  ASSERT_EQ(datablock_zone_user_leave(user_), DATABLOCK_OK);
  EXPECT_EQ(datablock_zone_user_leave(user_), DATABLOCK_OK);
  EXPECT_EQ(static_cast<const char*>(zone.data)[0], 0);
  EXPECT_EQ(datablock_zone_user_heartbeat(user_), DATABLOCK_ERROR_CLOSED);
  EXPECT_EQ(datablock_zone_user_update_checksum(user_, "counters"), DATABLOCK_ERROR_CLOSED);
  EXPECT_EQ(datablock_spinlock_lock(lock, 0), DATABLOCK_ERROR_CLOSED);
  datablock_spinlock_close(lock);
}

TEST_F(ZoneAbi, LocksExcludeOneAnother) {
  datablock_zone_user* other = open_user();
  datablock_spinlock* mine = lock_of(user_);
  datablock_spinlock* theirs = lock_of(other);
  ASSERT_EQ(datablock_spinlock_lock(mine, 0), DATABLOCK_OK);
  ASSERT_EQ(datablock_spinlock_lock(mine, 0), DATABLOCK_OK);  // recursive
  EXPECT_EQ(datablock_spinlock_is_held(mine), 1);
  EXPECT_EQ(datablock_spinlock_is_held(theirs), 0);
  EXPECT_EQ(datablock_spinlock_lock(theirs, 5), DATABLOCK_ERROR_TIMEOUT);
  EXPECT_EQ(datablock_spinlock_unlock(theirs), DATABLOCK_ERROR_NOT_LOCKED);
  EXPECT_EQ(datablock_spinlock_unlock(mine), DATABLOCK_OK);
  EXPECT_EQ(datablock_spinlock_lock(theirs, 0), DATABLOCK_ERROR_TIMEOUT);
  EXPECT_EQ(datablock_spinlock_unlock(mine), DATABLOCK_OK);
  EXPECT_EQ(datablock_spinlock_lock(theirs, 0), DATABLOCK_OK);
  datablock_spinlock_close(mine);
  datablock_spinlock_close(theirs);
  datablock_zone_user_close(other);
}

TEST_F(ZoneAbi, LocksThatAreNoneAreRefused) {
  datablock_spinlock* lock = nullptr;
  EXPECT_EQ(datablock_spinlock_open(user_, DATABLOCK_SPINLOCKS, &lock), DATABLOCK_ERROR_CONFIG_INVALID);
  EXPECT_EQ(datablock_spinlock_open(user_, 0, nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(datablock_spinlock_lock(nullptr, 0), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(datablock_spinlock_is_held(nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  datablock_spinlock_close(nullptr);
  datablock_zone_user_close(nullptr);
}

TEST_F(ZoneAbi, AWaitForALockCanBeEnded) {
  datablock_zone_user* other = open_user();
  datablock_spinlock* mine = lock_of(user_);
  ASSERT_EQ(datablock_spinlock_lock(mine, 0), DATABLOCK_OK);
  datablock_result result = DATABLOCK_OK;
  std::thread waiter([&] {
    datablock_spinlock* theirs = lock_of(other);
    result = datablock_spinlock_lock(theirs, kLongMs);
    datablock_spinlock_close(theirs);
  });
  EXPECT_EQ(datablock_zone_user_cancel(other), DATABLOCK_OK);
  waiter.join();
  EXPECT_EQ(result, DATABLOCK_ERROR_CLOSED);
  datablock_spinlock_close(mine);
  datablock_zone_user_close(other);
}

TEST_F(ZoneAbi, ALockOfTheDeadIsSeenPlannedAndToldOf) {
  ChildProcess child([&](const Line& line) {
    datablock_zone_user* user = open_user();
    datablock_spinlock* lock = lock_of(user);
    EXPECT_EQ(datablock_spinlock_lock(lock, 0), DATABLOCK_OK);
    line.stay();
  });
  child.hear();
  child.kill();

  datablock_observer* observer = observe();
  auto diagnosis = made<datablock_spinlock_diagnosis>();
  std::size_t count = 0;
  ASSERT_EQ(datablock_observer_spinlocks(observer, 1000, &diagnosis, 1, &count), DATABLOCK_OK);
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(diagnosis.index, 3U);
  EXPECT_EQ(diagnosis.verdict, static_cast<std::uint32_t>(DATABLOCK_SPINLOCK_STUCK));
  EXPECT_EQ(diagnosis.depth, 1U);
  EXPECT_GE(diagnosis.held_for_ns, 0);

  std::array<datablock_recovery_action, 4> plan{};
  plan[0].struct_size = sizeof plan[0];
  ASSERT_EQ(datablock_observer_plan(observer, DATABLOCK_RECOVER_ALL, plan.data(), plan.size(), &count),
            DATABLOCK_OK);
  ASSERT_EQ(count, 2U);
  EXPECT_EQ(plan[0].kind, static_cast<std::uint32_t>(DATABLOCK_ACTION_RELEASE_SPINLOCK));
  EXPECT_EQ(plan[0].slot, 3U);
  datablock_recovery* recovery = nullptr;
  ASSERT_EQ(datablock_recovery_open("b", dir(), &recovery), DATABLOCK_OK);
  EXPECT_EQ(datablock_recovery_apply(recovery, &plan[0]), DATABLOCK_OK) << datablock_last_error_detail();
  EXPECT_EQ(datablock_recovery_apply(recovery, &plan[1]), DATABLOCK_OK) << datablock_last_error_detail();
  datablock_recovery_close(recovery);

  ASSERT_EQ(datablock_observer_spinlocks(observer, 1000, &diagnosis, 1, &count), DATABLOCK_OK);
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(diagnosis.verdict, static_cast<std::uint32_t>(DATABLOCK_SPINLOCK_MARKED));
  EXPECT_EQ(diagnosis.owner, 0U);
  datablock_spinlock* lock = lock_of(user_);
  EXPECT_EQ(datablock_spinlock_lock(lock, 0), DATABLOCK_ERROR_OWNER_DEAD);
  EXPECT_EQ(datablock_spinlock_is_held(lock), 1);
  EXPECT_EQ(datablock_spinlock_mark_consistent(lock), DATABLOCK_OK);
  EXPECT_EQ(datablock_spinlock_unlock(lock), DATABLOCK_OK);
  EXPECT_EQ(datablock_spinlock_mark_consistent(lock), DATABLOCK_ERROR_NOT_LOCKED);
  EXPECT_EQ(datablock_spinlock_lock(lock, 0), DATABLOCK_OK);
  datablock_spinlock_close(lock);
  datablock_observer_close(observer);
}

}  // namespace
}  // namespace datablock
