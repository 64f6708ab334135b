// Shared spinlocks for callers: a handle on one lock of a block's pool, and guards that lock and unlock it.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/attachment.hpp"
#include "core/spinlock.hpp"

namespace datablock {

/// One of a block's 32 locks, as seen by a participant that is attached to it. What each lock protects is
/// for the users of the block to agree upon.
///
/// The owner is a thread of a participant: threads exclude each other whether they share a participant or
/// not, and one thread may lock as often as it unlocks. Each thread needs an object of its own; it must not
/// outlive the participant's handle.
class SharedSpinLock {
 public:
  /// `index`: 0 to 31. Throws Error(CONFIG_INVALID).
  SharedSpinLock(Attachment& attachment, unsigned index, WaitStrategy wait = WaitStrategy::adaptive);

  /// `timeout_ms`: 0 tries, -1 waits for ever. OK; OWNER_DEAD: locked, but an owner before died or left
  /// without unlocking, and nobody has said mark_consistent() since. Not locked: TIMEOUT, CLOSED,
  /// INTERRUPTED, LOCK_LOST, RECREATED, CORRUPT, NESTED_USE. A dead owner is found out after the block's
  /// healing interval; with self-healing off it must be recovered by somebody.
  Status lock(std::int64_t timeout_ms = -1);
  /// lock(0).
  Status try_lock() { return lock(0); }
  /// OK; NOT_LOCKED: this thread does not hold it (any more), CLOSED.
  Status unlock();
  /// Says that the data under the lock is whole again: later owners are not told of the dead one any more.
  /// OK, NOT_LOCKED, CLOSED.
  Status mark_consistent();

  bool is_held() const;
  unsigned index() const { return index_; }

 private:
  Attachment* attachment_;
  unsigned index_;
  std::unique_ptr<SpinlockCore<NativeEnv>> core_;
};

/// What a guard does when it finds that an owner before died with the lock.
enum class OnOwnerDead : std::uint8_t {
  refuse,  ///< unlocks again, leaves the mark, and throws OWNER_DEAD
  accept,  ///< keeps the lock; owner_died() says so
};

/// Locks at construction, unlocks at destruction. Of a SharedSpinLock that outlives it.
class SharedSpinLockGuard {
 public:
  /// Throws Error(TIMEOUT) and what else SharedSpinLock::lock() returns.
  explicit SharedSpinLockGuard(SharedSpinLock& lock, std::int64_t timeout_ms = -1,
                               OnOwnerDead on_owner_dead = OnOwnerDead::refuse);
  SharedSpinLockGuard(SharedSpinLockGuard&& other) noexcept
      : lock_(std::exchange(other.lock_, nullptr)), owner_died_(other.owner_died_) {}
  SharedSpinLockGuard& operator=(SharedSpinLockGuard&& other) noexcept {
    if (this != &other) {
      unlock();
      lock_ = std::exchange(other.lock_, nullptr);
      owner_died_ = other.owner_died_;
    }
    return *this;
  }
  ~SharedSpinLockGuard() { unlock(); }

  bool owns_lock() const noexcept { return lock_ != nullptr; }
  /// What the lock protects may be half-updated: repair it, then mark_consistent().
  bool owner_died() const noexcept { return owner_died_; }
  /// Throws Error(NOT_LOCKED).
  void mark_consistent();
  /// Before the guard's end. Idempotent.
  void unlock() noexcept;

 private:
  SharedSpinLock* lock_;
  bool owner_died_ = false;
};

/// The same with a SharedSpinLock of its own: can be returned, and kept in containers. Stays with its thread.
class SharedSpinLockGuardOwning {
 public:
  explicit SharedSpinLockGuardOwning(SharedSpinLock lock, std::int64_t timeout_ms = -1,
                                     OnOwnerDead on_owner_dead = OnOwnerDead::refuse)
      : lock_(std::make_unique<SharedSpinLock>(std::move(lock))), guard_(*lock_, timeout_ms, on_owner_dead) {}
  SharedSpinLockGuardOwning(SharedSpinLockGuardOwning&&) noexcept = default;
  SharedSpinLockGuardOwning& operator=(SharedSpinLockGuardOwning&& other) noexcept {
    guard_ = std::move(other.guard_);  // unlocks what we had, while its lock is still there
    lock_ = std::move(other.lock_);
    return *this;
  }
  ~SharedSpinLockGuardOwning() = default;

  bool owns_lock() const noexcept { return guard_.owns_lock(); }
  bool owner_died() const noexcept { return guard_.owner_died(); }
  void mark_consistent() { guard_.mark_consistent(); }
  void unlock() noexcept { guard_.unlock(); }

 private:
  std::unique_ptr<SharedSpinLock> lock_;  // before the guard, so that it goes after it
  SharedSpinLockGuard guard_;
};

}  // namespace datablock
