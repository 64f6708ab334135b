// Joining and leaving: the order in which a participant makes itself known, so that no producer overlooks it.
// The caller holds the participant's lock byte.
#pragma once

#include <cstdint>

#include "core/block_view.hpp"
#include "core/eventcount.hpp"
#include "core/status.hpp"

namespace datablock {

/// Makes `id` a sync consumer from the head on. `start` is the first message it will read.
/// SYNC_FORBIDDEN: as many as the block admits are attached.
template <class Env>
Status join_sync(const BlockView<Env>& view, std::uint8_t id, std::uint64_t& start) {
  auto& control = *view.control;
  std::uint64_t bits = control.sync.load(std::memory_order_seq_cst);
  do {
    if (static_cast<unsigned>(__builtin_popcountll(bits & ~participant_bit(id))) >= view.max_sync) {
      return Status::SYNC_FORBIDDEN;
    }
  } while (!control.sync.compare_exchange_weak(bits, bits | participant_bit(id), std::memory_order_seq_cst));

  // Twice: a producer that computed its limit before it could see our bit may claim up to a ring beyond the
  // `claim` of that moment, which the second read is not behind of. The fence makes that so even for a
  // producer whose stores of `claim` still sit in its store buffer.
  auto& entry = view.participant(id);
  std::uint64_t first = 0;
  do {
    first = control.claim.load(std::memory_order_seq_cst);
    entry.hold.store(first, std::memory_order_seq_cst);
    view.heavy_fence();
    start = control.claim.load(std::memory_order_seq_cst);
    // A CAS: an operator may evict whoever holds that number, and we must not take back what producers have
    // gone beyond. Nothing has been read yet: then simply join again.
  } while (!entry.hold.compare_exchange_strong(first, start, std::memory_order_seq_cst));
  // The hold has moved: a producer may sleep on what it was in between.
  Env::fence_after_rmw();
  wake_sleepers<Env>(entry.hold_waiters);
  return Status::OK;
}

/// Sync consumers that will miss nothing from now on. (The bit in `sync` alone is set before its consumer
/// knows where it starts: a producer that took it for an arrival would begin too early.)
template <class Env>
unsigned count_sync_consumers(const BlockView<Env>& view) {
  unsigned count = 0;
  for_each_participant(view.control->sync.load(std::memory_order_acquire), [&](std::uint8_t id) {
    // Acquire: ACTIVE is stored after the join.
    const EntryWord word{view.participant(id).word.load(std::memory_order_acquire)};
    count += word.state() == EntryState::active ? 1 : 0;
  });
  return count;
}

/// Makes `id` one whose pins producers respect.
template <class Env>
void join_lossy(const BlockView<Env>& view, std::uint8_t id) {
  view.control->lossy.fetch_or(participant_bit(id), std::memory_order_seq_cst);
  // From here on every producer either sees the bit at its look after a claim, or its claim is visible to our
  // pin's second look.
  view.heavy_fence();
}

/// `id` will not pin any more.
template <class Env>
void leave_lossy(const BlockView<Env>& view, std::uint8_t id) {
  view.participant(id).pin.store(kNoPin, std::memory_order_seq_cst);
  view.control->lossy.fetch_and(~participant_bit(id), std::memory_order_seq_cst);
}

/// `id` holds nothing back any more; a producer that waits for its hold is woken.
template <class Env>
void leave_sync(const BlockView<Env>& view, std::uint8_t id) {
  auto& entry = view.participant(id);
  entry.hold.store(kNoHold, std::memory_order_seq_cst);
  view.control->sync.fetch_and(~participant_bit(id), std::memory_order_seq_cst);
  Env::fence_after_rmw();
  wake_sleepers<Env>(entry.hold_waiters);
}

/// Adds the counters of an entry that is about to become free to those of the segment.
template <class Env>
void retire_counters(const BlockView<Env>& view, std::uint8_t id) {
  auto& entry = view.participant(id);
  auto& metrics = *view.metrics;
  const bool wrote = entry.role.load(std::memory_order_relaxed) == static_cast<std::uint8_t>(Role::producer);
  // Taken first, added then: a crash in between loses a count, never doubles one.
  const auto move = [](auto& from, auto& to) {
    to.fetch_add(from.exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
  };
  move(entry.messages, wrote ? metrics.messages_written : metrics.messages_read);
  move(entry.bytes, wrote ? metrics.bytes_written : metrics.bytes_read);
  move(entry.lost, metrics.messages_lost);
  metrics.heartbeats_sent.fetch_add(entry.heartbeats.exchange(0, std::memory_order_relaxed),
                                    std::memory_order_relaxed);
  entry.errors.store(0, std::memory_order_relaxed);
}

/// The entry is free for anyone who wins its lock byte. The last thing that a leaving participant or its
/// cleaner does.
template <class Env>
void free_entry(const BlockView<Env>& view, std::uint8_t id) {
  auto& entry = view.participant(id);
  retire_counters(view, id);
  const EntryWord word{entry.word.load(std::memory_order_relaxed)};
  entry.word.store(EntryWord::make(EntryState::free, word.generation()).raw, std::memory_order_release);
}

}  // namespace datablock
