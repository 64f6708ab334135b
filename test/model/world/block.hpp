// A block in modelled memory: the sections of a segment that the protocol touches, and one cell of payload a
// slot.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/block_view.hpp"
#include "core/deadline.hpp"
#include "world/model_env.hpp"

namespace datablock::model {

using View = BlockView<ModelEnv>;

inline constexpr unsigned kMostSlots = 16;
/// Of further slots only states and waiter words are watched: a large ring is there for what comes of its
/// size.
inline constexpr unsigned kWholeSlots = 3;
inline constexpr unsigned kMostParticipants = 5;
/// The lock of the producer role; participant `id` has lock `id`.
inline constexpr unsigned kRoleLock = 0;

struct BlockConfig {
  unsigned slots = 1;
  unsigned participants = 3;
  ProducerMode producers = ProducerMode::single;
  Fences fences = Fences::asymmetric;
  bool self_heal = false;
  OverflowPolicy overflow = OverflowPolicy::wait;
  /// Messages that are in the ring already.
  std::uint64_t history = 0;
  /// The pool has this lock only, if the scenario uses it.
  bool has_spinlock = false;
};

/// What message `seq` of the history says; the messages of producer `id` are numbered from 1000 * id on.
constexpr std::uint64_t history_value(std::uint64_t seq) {
  return 500 + seq;
}
/// So that a reader that gets another message's length is found out.
constexpr std::uint64_t length_of(std::uint64_t value) {
  return value + 7;
}

class Block {
 public:
  Block();

  void set_up(const BlockConfig& config);

  // Participants that are in before the run begins. `thread` runs the one with that id.
  void seat_producer(std::uint8_t id, ThreadIndex thread);
  void seat_sync(std::uint8_t id, ThreadIndex thread) { seat_sync(id, claim(), thread); }
  void seat_sync(std::uint8_t id, std::uint64_t hold, ThreadIndex thread);
  void seat_lossy(std::uint8_t id, ThreadIndex thread, ConsumerMode mode);
  /// Only seated: it does not hold or pin yet.
  void seat_consumer(std::uint8_t id, ThreadIndex thread, ConsumerMode mode) {
    seat(id, thread, Role::consumer, static_cast<std::uint8_t>(mode));
  }
  void seat_zone_user(std::uint8_t id, ThreadIndex thread) { seat(id, thread, Role::zone_user, 0); }

  const View& view() const { return view_; }
  Cell cell(std::uint64_t slot) const { return cells_[slot]; }
  SlotWord word(std::uint64_t slot) const { return {states_[slot].state.latest()}; }
  std::uint64_t claim() const { return control_.claim.latest(); }
  std::uint64_t hold(std::uint8_t id) const { return participants_[id - 1U].hold.latest(); }
  EntryState entry_state(std::uint8_t id) const {
    return EntryWord{participants_[id - 1U].word.latest()}.state();
  }

  /// What the lock protects: two cells that are equal whenever nobody is between them.
  Cell first() const { return protected_[0]; }
  Cell second() const { return protected_[1]; }
  SpinlockWord spinlock() const { return {spinlock_.word.latest()}; }

  bool is_spinlock(Location location) const { return location == spinlock_.word.location(); }
  bool is_claim(Location location) const { return location == control_.claim.location(); }
  /// The slot whose state `location` is, or kMostSlots.
  unsigned slot_of(Location location) const;

 private:
  void seat(std::uint8_t id, ThreadIndex thread, Role role, std::uint8_t mode);

  View view_;
  Control<ModelEnv> control_;
  Metrics<ModelEnv> metrics_{};
  std::array<Participant<ModelEnv>, kMostParticipants> participants_;
  std::array<ModelAtomic<std::uint32_t>, kMostSlots> waiters_;
  std::array<RecorderEntry<ModelEnv>, kRecorderEntries> recorder_;
  std::array<SlotState<ModelEnv>, kMostSlots> states_;
  std::array<Cell, kMostSlots> cells_{};
  Spinlock<ModelEnv> spinlock_;
  std::array<Cell, 2> protected_{};
};

Block& block();

// ----------------------------------------------------------------------------------------------
// implementation

inline Block& block() {
  static Block the_block;
  return the_block;
}

inline Block::Block() {
  const auto watch = [](auto& atomic, const std::string& name, Meaning meaning = Meaning::number,
                        Interrupts interrupts = Interrupts::all) {
    atomic.watch(machine().add_location(name, meaning, interrupts));
  };
  watch(control_.claim, "claim");
  watch(control_.lossy, "lossy", Meaning::bits);
  watch(control_.sync, "sync", Meaning::bits);
  for (unsigned i = 0; i < kMostSlots; ++i) {
    const std::string of = "[" + std::to_string(i) + "]";
    watch(states_[i].state, "state" + of, Meaning::slot_word);
    if (i < kWholeSlots) {
      watch(states_[i].length, "length" + of, Meaning::number, Interrupts::none);
      // Looked at before the slot is pinned, and at the end of the stream.
      watch(states_[i].flags, "flags" + of, Meaning::number, Interrupts::loads);
    }
    watch(waiters_[i], "waiters" + of, Meaning::waiter_word);
    cells_[i] = machine().add_cell("payload" + of);
  }
  for (unsigned i = 0; i < kMostParticipants; ++i) {
    const std::string of = "[" + std::to_string(i + 1) + "]";
    watch(participants_[i].word, "entry" + of, Meaning::entry_word);
    watch(participants_[i].ended, "ended" + of);
    watch(participants_[i].standby, "standby" + of);
    watch(participants_[i].hold, "hold" + of);
    watch(participants_[i].pin, "pin" + of);
    watch(participants_[i].hold_waiters, "hold_waiters" + of, Meaning::waiter_word);
  }
  watch(spinlock_.word, "spinlock", Meaning::spinlock_word);
  watch(spinlock_.waiters, "spinlock_waiters", Meaning::waiter_word);
  protected_ = {machine().add_cell("first"), machine().add_cell("second")};
}

inline void Block::set_up(const BlockConfig& config) {
  view_.control = &control_;
  view_.metrics = &metrics_;
  view_.participants = participants_.data();
  view_.waiters = waiters_.data();
  view_.recorder = recorder_.data();
  view_.states = states_.data();
  view_.slot_count = config.slots;
  view_.slot_size = 1 << 20;
  view_.stride = view_.slot_size;
  view_.max_participants = config.participants;
  view_.max_sync = config.participants;
  view_.heal_after_ns = config.self_heal ? 100 * kNsPerMs : 0;
  view_.producer_mode = config.producers;
  view_.fences = config.fences;
  view_.overflow_policy = config.overflow;

  view_.spinlocks = &spinlock_;
  view_.spinlock_count = config.has_spinlock ? 1 : 0;
  spinlock_.word.set(0);
  spinlock_.waiters.set(0);
  spinlock_.depth.set(0);

  control_.claim.set(config.history);
  control_.lossy.set(0);
  control_.sync.set(0);
  control_.lost_producers.set(0);
  for (unsigned i = 0; i < kMostSlots; ++i) {
    states_[i].state.set(SlotWord::free(0).raw);
    states_[i].length.set(0);
    states_[i].flags.set(0);
    waiters_[i].set(0);
  }
  for (std::uint64_t seq = 0; seq < config.history; ++seq) {
    const RingPosition at(seq, config.slots);
    states_[at.slot()].state.set(SlotWord::committed(at.lap()).raw);
    states_[at.slot()].length.set(length_of(history_value(seq)));
    machine().initialize(cells_[at.slot()], history_value(seq));
  }
  for (auto& participant : participants_) {
    participant.word.set(EntryWord::make(EntryState::free, 0).raw);
    participant.role.set(0);
    participant.ended.set(0);
    participant.standby.set(0);
    participant.hold.set(kNoHold);
    participant.pin.set(kNoPin);
    participant.hold_waiters.set(0);
    participant.cleaner.pid.set(0);
  }
}

inline void Block::seat(std::uint8_t id, ThreadIndex thread, Role role, std::uint8_t mode) {
  auto& participant = participants_[id - 1U];
  participant.word.set(EntryWord::make(EntryState::active, 1).raw);
  participant.role.set(static_cast<std::uint8_t>(role));
  participant.mode.set(mode);
  machine().initialize_lock(id, thread);
}

inline void Block::seat_producer(std::uint8_t id, ThreadIndex thread) {
  seat(id, thread, Role::producer, static_cast<std::uint8_t>(view_.producer_mode));
  if (view_.producer_mode == ProducerMode::single) {
    machine().initialize_lock(kRoleLock, thread);
  }
}

inline void Block::seat_sync(std::uint8_t id, std::uint64_t hold, ThreadIndex thread) {
  seat_consumer(id, thread, ConsumerMode::sync);
  participants_[id - 1U].hold.set(hold);
  control_.sync.set(control_.sync.latest() | participant_bit(id));
}

inline void Block::seat_lossy(std::uint8_t id, ThreadIndex thread, ConsumerMode mode) {
  seat_consumer(id, thread, mode);
  control_.lossy.set(control_.lossy.latest() | participant_bit(id));
}

inline unsigned Block::slot_of(Location location) const {
  for (unsigned i = 0; i < kMostSlots; ++i) {
    if (states_[i].state.location() == location) {
      return i;
    }
  }
  return kMostSlots;
}

}  // namespace datablock::model
