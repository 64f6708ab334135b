// A block as the protocol sees it: pointers to its sections, and the few numbers of its configuration that
// matter on the way of a message. The numbers are a copy, taken and checked at attach: what is later
// scribbled into the header cannot send a live handle out of bounds.
//
// Env is the machine that the protocol runs on. In production it is NativeEnv (native/platform); in tests it
// can be a scheduler that explores interleavings. It provides
//     Atomic<T>                 like std::atomic<T>
//     fence()                   full fence of this thread
//     fence_after_rmw()         full fence where a seq_cst read-modify-write is not one already
//     acquire_fence()           keeps earlier loads before later ones
//     compiler_fence()          keeps the compiler from reordering, costs nothing
//     process_fence()           full fence in every thread of every process that takes part (membarrier)
//     wait(word, value, ns)     sleeps while word == value, at most ns
//     wake_all(word)            wakes all that sleep on word
//     nap(ns)                   sleeps
//     is_interrupted()          a signal asks this process to come to an end
//     longest_wait_ns()         a wait that has lasted as long is handed back as INTERRUPTED
//     now_ns(), coarse_now_ns(), realtime_ns()
//     relax()                   one step of a spin
//     prefetch_for_write(line)  a hint
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/layout.hpp"

namespace datablock {

template <class Env>
struct BlockView {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  Control<Env>* control = nullptr;
  Metrics<Env>* metrics = nullptr;
  Spinlock<Env>* spinlocks = nullptr;        ///< spinlock_count of them
  Participant<Env>* participants = nullptr;  ///< entry of id p is participants[p - 1]
  Atomic<std::uint32_t>* waiters = nullptr;  ///< one eventcount per slot
  RecorderEntry<Env>* recorder = nullptr;
  ZoneChecksum<Env>* zone_checksums = nullptr;  ///< of the zone of the same index
  SlotState<Env>* states = nullptr;             ///< read-only memory in a consumer
  SlotChecksum<Env>* checksums = nullptr;       ///< null without checksums
  std::byte* payload = nullptr;                 ///< null where the payload is not mapped

  std::uint64_t slot_count = 0;
  std::uint64_t slot_size = 0;
  std::uint64_t stride = 0;
  unsigned spinlock_count = 0;
  unsigned max_participants = 0;
  unsigned max_sync = 0;
  std::uint64_t heal_after_ns = 0;  ///< 0: nobody heals while waiting
  ProducerMode producer_mode = ProducerMode::single;
  ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::none;
  ChecksumPolicy checksum_policy = ChecksumPolicy::manual;
  /// 32 bytes that keyed checksums are made with; null: not known here.
  const std::uint8_t* checksum_key = nullptr;
  /// Is the end-of-stream mark in this slot what its writer published? Null where checksums are not enforced:
  /// then its flag is believed. Only while the slot cannot be reused, or with another look at its word.
  bool (*mark_is_sound)(const BlockView&, const RingPosition&) = nullptr;
  OverflowPolicy overflow_policy = OverflowPolicy::wait;
  Fences fences = Fences::real;
  bool timestamps = false;

  /// Is the committed message there an end-of-stream mark? A flag that somebody has set does not make one.
  bool holds_mark(const RingPosition& at) const {
    return (states[at.slot()].flags.load(std::memory_order_relaxed) & MessageFlag::end) != 0 &&
           (mark_is_sound == nullptr || mark_is_sound(*this, at));
  }

  Participant<Env>& participant(std::uint8_t id) const { return participants[id - 1]; }
  std::byte* slot_payload(std::uint64_t slot) const { return payload + slot * stride; }

  /// The rare side of an asymmetric pair: afterwards every store that the plain-store producer made before
  /// its last look is visible here, and what was stored here is visible to its next look.
  void heavy_fence() const {
    if (fences == Fences::asymmetric && producer_mode == ProducerMode::single) {
      Env::process_fence();
    } else {
      Env::fence();
    }
  }
};

/// Bit of participant `id` in Control::sync and Control::lossy.
constexpr std::uint64_t participant_bit(std::uint8_t id) {
  return std::uint64_t{1} << (id - 1);
}

/// Calls `visit(id)` for every bit that is set.
template <class Visitor>
void for_each_participant(std::uint64_t bits, Visitor&& visit) {
  while (bits != 0) {
    visit(static_cast<std::uint8_t>(__builtin_ctzll(bits) + 1));
    bits &= bits - 1;
  }
}

}  // namespace datablock
