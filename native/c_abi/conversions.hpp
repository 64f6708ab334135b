// The core's types as the C interface has them, and back. The numbers of the interface never change; those of
// the core that are the same by design are proven so here.
#pragma once

#include <optional>

#include "c_abi/structs.hpp"
#include "core/consumer.hpp"
#include "core/diagnosis.hpp"
#include "core/geometry.hpp"
#include "core/producer.hpp"
#include "core/recovery.hpp"
#include "datablock/datablock.h"

namespace datablock::c_abi {

/// `number` as a `T`, or `otherwise` for 0. Numbers of the interface are those of the core plus `kShift`.
template <class T, int kShift>
T to_choice(std::uint32_t number, T otherwise, std::uint32_t last, const char* what) {
  if (number > last) {
    refuse(std::to_string(number) + " is no " + what + ".");
  }
  return number == 0 ? otherwise : static_cast<T>(static_cast<int>(number) - kShift);
}

inline bool to_bool(std::uint32_t number, bool otherwise, const char* what) {
  if (number > DATABLOCK_OFF) {
    refuse(std::string(what) + " is neither DATABLOCK_ON nor DATABLOCK_OFF.");
  }
  return number == DATABLOCK_DEFAULT ? otherwise : number == DATABLOCK_ON;
}

constexpr std::uint32_t to_switch(bool on) {
  return on ? DATABLOCK_ON : DATABLOCK_OFF;
}

/// Null stands for null.
Secret secret_of(const datablock_secret* secret);
BlockConfig to_block_config(const datablock_config* given);
datablock_segment_info to_info(const Header& header);
ProducerOptions to_producer_options(const datablock_producer_options* given);
ConsumerOptions to_consumer_options(const datablock_consumer_options* given);
JoinOptions to_zone_user_options(const datablock_zone_user_options* given);
datablock_zone to_c_zone(const Zone& zone);
Status to_status(ChecksumVerdict verdict);
RecoveryScope to_scope(std::uint32_t number);
datablock_recovery_action to_action(const PlannedAction& action, Status result);
PlannedAction to_planned_action(const datablock_recovery_action& action);

constexpr std::uint32_t to_c(Verdict verdict) {
  return static_cast<std::uint32_t>(verdict) + 1;
}
constexpr std::uint32_t to_c(SlotVerdict verdict) {
  return static_cast<std::uint32_t>(verdict) + 1;
}
constexpr std::uint32_t to_c(SpinlockVerdict verdict) {
  return static_cast<std::uint32_t>(verdict) + 1;
}
constexpr std::uint32_t to_c(ConsumerMode mode) {
  return static_cast<std::uint32_t>(mode) - 2;
}

/// A slot number of the flight recorder and of plans.
constexpr std::uint64_t to_c_slot(std::uint32_t slot) {
  return slot == RecorderFacts::kNoSlot ? DATABLOCK_NONE : slot;
}

static_assert(static_cast<int>(ProducerMode::single) == DATABLOCK_PRODUCERS_SINGLE);
static_assert(static_cast<int>(ProducerMode::multi) == DATABLOCK_PRODUCERS_MULTI);
static_assert(static_cast<int>(ChecksumAlgorithm::none) == DATABLOCK_CHECKSUM_NONE);
static_assert(static_cast<int>(ChecksumAlgorithm::xxh3) == DATABLOCK_CHECKSUM_XXH3);
static_assert(static_cast<int>(ChecksumAlgorithm::blake2b) == DATABLOCK_CHECKSUM_BLAKE2B);
static_assert(static_cast<int>(ChecksumAlgorithm::blake2b_keyed) == DATABLOCK_CHECKSUM_BLAKE2B_KEYED);
static_assert(static_cast<int>(OnCorrupt::report) + 1 == DATABLOCK_ON_CORRUPT_REPORT);
static_assert(static_cast<int>(OnCorrupt::skip) + 1 == DATABLOCK_ON_CORRUPT_SKIP);
static_assert(static_cast<int>(OverflowPolicy::wait) + 1 == DATABLOCK_OVERFLOW_WAIT);
static_assert(static_cast<int>(OverflowPolicy::fail) + 1 == DATABLOCK_OVERFLOW_FAIL);
static_assert(static_cast<int>(Fences::real) + 1 == DATABLOCK_FENCES_REAL);
static_assert(static_cast<int>(Fences::asymmetric) + 1 == DATABLOCK_FENCES_ASYMMETRIC);
static_assert(static_cast<int>(WaitStrategy::spin) + 1 == DATABLOCK_WAIT_SPIN);
static_assert(static_cast<int>(WaitStrategy::adaptive) + 1 == DATABLOCK_WAIT_ADAPTIVE);
static_assert(static_cast<int>(WaitStrategy::block) + 1 == DATABLOCK_WAIT_BLOCK);
static_assert(to_c(ConsumerMode::sync) == DATABLOCK_MODE_SYNC);
static_assert(to_c(ConsumerMode::sequential) == DATABLOCK_MODE_SEQUENTIAL);
static_assert(to_c(ConsumerMode::latest) == DATABLOCK_MODE_LATEST);
static_assert(static_cast<int>(StartFrom::latest) + 1 == DATABLOCK_FROM_LATEST);
static_assert(static_cast<int>(StartFrom::oldest) + 1 == DATABLOCK_FROM_OLDEST);
static_assert(static_cast<int>(SchemaMatch::exact) + 1 == DATABLOCK_SCHEMA_EXACT);
static_assert(static_cast<int>(SchemaMatch::compatible) + 1 == DATABLOCK_SCHEMA_COMPATIBLE);
static_assert(MessageFlag::end == DATABLOCK_FLAG_END && MessageFlag::line == DATABLOCK_FLAG_LINE &&
              MessageFlag::pattern == DATABLOCK_FLAG_PATTERN);
static_assert(static_cast<int>(Phase::free) == DATABLOCK_PHASE_FREE);
static_assert(static_cast<int>(Phase::writing) == DATABLOCK_PHASE_WRITING);
static_assert(static_cast<int>(Phase::committed) == DATABLOCK_PHASE_COMMITTED);
static_assert(static_cast<int>(Phase::draining) == DATABLOCK_PHASE_DRAINING);
static_assert(static_cast<int>(Phase::draining_empty) == DATABLOCK_PHASE_DRAINING_EMPTY);
static_assert(static_cast<int>(Phase::quarantined) == DATABLOCK_PHASE_QUARANTINED);
static_assert(to_c(Verdict::alive) == DATABLOCK_VERDICT_ALIVE &&
              to_c(Verdict::stopped) == DATABLOCK_VERDICT_STOPPED);
static_assert(to_c(Verdict::dead) == DATABLOCK_VERDICT_DEAD &&
              to_c(Verdict::unknown) == DATABLOCK_VERDICT_UNKNOWN);
static_assert(static_cast<int>(Doubt::no_locks) == DATABLOCK_DOUBT_NO_LOCKS);
static_assert(static_cast<int>(Doubt::other_boot) == DATABLOCK_DOUBT_OTHER_BOOT);
static_assert(static_cast<int>(Doubt::lock_held_process_gone) == DATABLOCK_DOUBT_LOCK_HELD_PROCESS_GONE);
static_assert(to_c(SlotVerdict::healthy) == DATABLOCK_SLOT_HEALTHY &&
              to_c(SlotVerdict::busy) == DATABLOCK_SLOT_BUSY);
static_assert(to_c(SlotVerdict::slow) == DATABLOCK_SLOT_SLOW &&
              to_c(SlotVerdict::stuck) == DATABLOCK_SLOT_STUCK);
static_assert(to_c(SlotVerdict::held) == DATABLOCK_SLOT_HELD);
static_assert(to_c(SlotVerdict::quarantined) == DATABLOCK_SLOT_QUARANTINED);
static_assert(to_c(SlotVerdict::corrupt) == DATABLOCK_SLOT_CORRUPT);
static_assert(to_c(SlotVerdict::unknown) == DATABLOCK_SLOT_UNKNOWN);
static_assert(to_c(SpinlockVerdict::held) == DATABLOCK_SPINLOCK_HELD &&
              to_c(SpinlockVerdict::slow) == DATABLOCK_SPINLOCK_SLOW &&
              to_c(SpinlockVerdict::stuck) == DATABLOCK_SPINLOCK_STUCK &&
              to_c(SpinlockVerdict::orphaned) == DATABLOCK_SPINLOCK_ORPHANED &&
              to_c(SpinlockVerdict::marked) == DATABLOCK_SPINLOCK_MARKED &&
              to_c(SpinlockVerdict::corrupt) == DATABLOCK_SPINLOCK_CORRUPT &&
              to_c(SpinlockVerdict::unknown) == DATABLOCK_SPINLOCK_UNKNOWN);
static_assert(kSpinlocks == DATABLOCK_SPINLOCKS);
static_assert(sizeof(datablock_zone::name) == sizeof(ZoneEntry::name));
static_assert(static_cast<int>(Role::producer) == DATABLOCK_ROLE_PRODUCER);
static_assert(static_cast<int>(Role::consumer) == DATABLOCK_ROLE_CONSUMER);
static_assert(static_cast<int>(Role::zone_user) == DATABLOCK_ROLE_ZONE_USER);
static_assert(static_cast<int>(EntryState::joining) == DATABLOCK_ENTRY_JOINING);
static_assert(static_cast<int>(EntryState::active) == DATABLOCK_ENTRY_ACTIVE);
static_assert(static_cast<int>(EntryState::leaving) == DATABLOCK_ENTRY_LEAVING);
static_assert(static_cast<int>(RecorderAction::reset_slot) == DATABLOCK_ACTION_RESET_SLOT);
static_assert(static_cast<int>(RecorderAction::give_back_slot) == DATABLOCK_ACTION_GIVE_BACK_SLOT);
static_assert(static_cast<int>(RecorderAction::release_quarantine) == DATABLOCK_ACTION_RELEASE_QUARANTINE);
static_assert(static_cast<int>(RecorderAction::release_hold) == DATABLOCK_ACTION_RELEASE_HOLD);
static_assert(static_cast<int>(RecorderAction::release_pin) == DATABLOCK_ACTION_RELEASE_PIN);
static_assert(static_cast<int>(RecorderAction::free_participant) == DATABLOCK_ACTION_FREE_PARTICIPANT);
static_assert(static_cast<int>(RecorderAction::quarantine_slot) == DATABLOCK_ACTION_QUARANTINE_SLOT);
static_assert(static_cast<int>(RecorderAction::evict_consumer) == DATABLOCK_ACTION_EVICT_CONSUMER);
static_assert(static_cast<int>(RecorderAction::kill_participant) == DATABLOCK_ACTION_KILL_PARTICIPANT);
static_assert(static_cast<int>(RecorderAction::kill_cleaner) == DATABLOCK_ACTION_KILL_CLEANER);
static_assert(static_cast<int>(RecorderAction::skip_slot) == DATABLOCK_ACTION_SKIP_SLOT);
static_assert(static_cast<int>(RecorderAction::release_spinlock) == DATABLOCK_ACTION_RELEASE_SPINLOCK);
static_assert(static_cast<int>(RecorderEvidence::lock_byte_taken) == DATABLOCK_EVIDENCE_LOCK_TAKEN);
static_assert(static_cast<int>(RecorderEvidence::forced_by_operator) == DATABLOCK_EVIDENCE_FORCED);
static_assert(static_cast<int>(RecoveryScope::all) == DATABLOCK_RECOVER_ALL);
static_assert(static_cast<int>(RecoveryScope::consumers) == DATABLOCK_RECOVER_CONSUMERS);
static_assert(static_cast<int>(RecoveryScope::producers) == DATABLOCK_RECOVER_PRODUCERS);
static_assert(static_cast<int>(RecoveryScope::entries) == DATABLOCK_RECOVER_ENTRIES);
static_assert(kNoHold == DATABLOCK_NONE && kNoPin == DATABLOCK_NONE &&
              RecorderFacts::kNoSeq == DATABLOCK_NONE);

}  // namespace datablock::c_abi
