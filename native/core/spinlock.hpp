// The locks of the pool: mutual exclusion between threads of any processes, for what lies in flexible zones.
//
// A lock's word names its owner, so a waiter knows whom to ask after. An owner that dies is found out by its
// lock byte like any other dead participant; whoever cleans up after it releases its locks with the mark, and
// the next owner is told: OWNER_DEAD. It has the lock, and looks at the data before it trusts it.
//
// Not fair: whoever tries at the right moment has it. Not for the way of messages, which needs no lock.
#pragma once

#include <cstdint>

#include "core/block_view.hpp"
#include "core/deadline.hpp"
#include "core/eventcount.hpp"
#include "core/spinlock_word.hpp"
#include "core/waiting.hpp"

namespace datablock {

/// Releases a lock for an owner that did not: the dead one that is cleaned up after, or one that leaves. The
/// next owner is told. False: its word is not `seen` any more.
template <class Env>
bool abandon_spinlock(const BlockView<Env>& view, unsigned index, SpinlockWord seen) {
  auto& lock = view.spinlocks[index];
  std::uint64_t expected = seen.raw;
  // Seq_cst: what the owner wrote comes before what the next one reads, and the look at the sleepers after.
  if (!lock.word.compare_exchange_strong(expected, seen.abandoned().raw, std::memory_order_seq_cst,
                                         std::memory_order_relaxed)) {
    return false;
  }
  Env::fence_after_rmw();
  wake_sleepers<Env>(lock.waiters);
  return true;
}

/// Calls `visit(index, word)` for every lock that participant `id` holds.
template <class Env, class Visitor>
void for_each_spinlock_of(const BlockView<Env>& view, std::uint8_t id, Visitor&& visit) {
  for (unsigned index = 0; index < view.spinlock_count; ++index) {
    const SpinlockWord word{view.spinlocks[index].word.load(std::memory_order_acquire)};
    if (word.owner() == id) {
      visit(index, word);
    }
  }
}

template <class Env>
bool holds_spinlock(const BlockView<Env>& view, std::uint8_t id) {
  bool found = false;
  for_each_spinlock_of(view, id, [&](unsigned, SpinlockWord) { found = true; });
  return found;
}

/// One thread's access to one lock, as a participant. Threads of one participant exclude each other; within a
/// thread the lock is recursive.
template <class Env>
class SpinlockCore {
 public:
  /// `index` < view.spinlock_count.
  SpinlockCore(const BlockView<Env>& view, std::uint8_t self, Caretaker& caretaker, WaitStrategy strategy,
               unsigned index)
      : view_(view), self_(self), waiting_(view, self, caretaker, strategy), lock_(view.spinlocks[index]) {}

  /// OK; OWNER_DEAD: locked as well, but an owner before did not unlock it, so what it protects may be
  /// half-updated. Not locked: TIMEOUT, NESTED_USE (locked 2^32 - 1 times already), CORRUPT, INTERRUPTED,
  /// LOCK_LOST, RECREATED, CLOSED.
  Status lock(ThreadTag thread, Deadline<Env>& deadline) {
    for (;;) {
      std::uint64_t seen = lock_.word.load(std::memory_order_relaxed);
      const SpinlockWord word{seen};
      if (word.is_free()) [[likely]] {
        // Acquire: what the owner before us wrote is visible.
        if (lock_.word.compare_exchange_strong(seen, word.taken_by(self_, thread).raw,
                                               std::memory_order_acquire, std::memory_order_relaxed))
            [[likely]] {
          lock_.depth.store(1, std::memory_order_relaxed);
          lock_.acquired_ns.store(Env::coarse_now_ns(), std::memory_order_relaxed);
          return result_of(word);
        }
        if (deadline.has_passed()) {
          return Status::TIMEOUT;  // others were faster, as often as that took
        }
        continue;
      }
      if (word.is_held_by(self_, thread)) {
        return lock_again(word);
      }
      if (!word.is_possible(view_.max_participants)) {
        return Status::CORRUPT;
      }
      if (Status status = wait_until_free(deadline); status != Status::OK) {
        return status;
      }
    }
  }

  /// OK; NOT_LOCKED: this thread does not hold it (any more).
  Status unlock(ThreadTag thread) {
    const SpinlockWord word{lock_.word.load(std::memory_order_relaxed)};
    if (!word.is_held_by(self_, thread)) {
      return Status::NOT_LOCKED;
    }
    const std::uint32_t depth = lock_.depth.load(std::memory_order_relaxed);
    if (depth > 1) {
      lock_.depth.store(depth - 1, std::memory_order_relaxed);
      return Status::OK;
    }
    // A CAS: should our lock byte have been lost, and the lock with it, somebody else may have it by now.
    // Seq_cst: release, and a fence before the look at the sleepers.
    std::uint64_t expected = word.raw;
    if (!lock_.word.compare_exchange_strong(expected, word.unlocked().raw, std::memory_order_seq_cst,
                                            std::memory_order_relaxed)) {
      return Status::NOT_LOCKED;
    }
    Env::fence_after_rmw();
    wake_sleepers<Env>(lock_.waiters);
    return Status::OK;
  }

  /// The owner has seen to the data: the next one is told nothing. OK, NOT_LOCKED.
  Status mark_consistent(ThreadTag thread) {
    const SpinlockWord word{lock_.word.load(std::memory_order_relaxed)};
    std::uint64_t expected = word.raw;
    // Relaxed: who looks at the mark locks first, and so comes after our unlock().
    return word.is_held_by(self_, thread) &&
                   lock_.word.compare_exchange_strong(expected, word.consistent().raw,
                                                      std::memory_order_relaxed, std::memory_order_relaxed)
               ? Status::OK
               : Status::NOT_LOCKED;
  }

  bool is_held_by(ThreadTag thread) const {
    return SpinlockWord{lock_.word.load(std::memory_order_relaxed)}.is_held_by(self_, thread);
  }

 private:
  static Status result_of(SpinlockWord word) { return word.is_marked() ? Status::OWNER_DEAD : Status::OK; }

  Status lock_again(SpinlockWord word) {
    const std::uint32_t depth = lock_.depth.load(std::memory_order_relaxed);
    if (depth == ~std::uint32_t{0}) {
      return Status::NESTED_USE;
    }
    lock_.depth.store(depth + 1, std::memory_order_relaxed);
    return result_of(word);
  }

  Status wait_until_free(Deadline<Env>& deadline) {
    struct Goal {
      Spinlock<Env>& lock;
      SpinlockWord word() const { return {lock.word.load(std::memory_order_seq_cst)}; }
      bool reached() const { return word().is_free(); }
      /// Whoever has it now: that may be the third since we began to wait.
      std::uint8_t suspect() const { return word().owner(); }
      Status idle() const { return Status::OK; }
    } goal{lock_};
    return waiting_.wait(lock_.waiters, deadline, goal);
  }

  const BlockView<Env>& view_;
  std::uint8_t self_;
  Waiting<Env> waiting_;
  Spinlock<Env>& lock_;
};

}  // namespace datablock
