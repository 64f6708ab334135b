#include "core/shared_spin_lock.hpp"

#include <string>

#include "platform/linux/thread_tag.hpp"

namespace datablock {

SharedSpinLock::SharedSpinLock(Attachment& attachment, unsigned index, WaitStrategy wait)
    : attachment_(&attachment), index_(index) {
  const View& view = attachment.view();
  if (index >= view.spinlock_count) {
    throw Error(Status::CONFIG_INVALID,
                "The spinlocks of a block are 0 to " + std::to_string(view.spinlock_count - 1) + ".");
  }
  core_ = std::make_unique<SpinlockCore<NativeEnv>>(view, attachment.id(), attachment, wait, index);
}

Status SharedSpinLock::lock(std::int64_t timeout_ms) {
  if (!attachment_->is_usable()) {
    return Status::CLOSED;
  }
  Deadline<NativeEnv> deadline(timeout_ms);
  return core_->lock(this_thread_tag(), deadline);
}

Status SharedSpinLock::unlock() {
  return attachment_->is_usable() ? core_->unlock(this_thread_tag()) : Status::CLOSED;
}

Status SharedSpinLock::mark_consistent() {
  return attachment_->is_usable() ? core_->mark_consistent(this_thread_tag()) : Status::CLOSED;
}

bool SharedSpinLock::is_held() const {
  return attachment_->is_usable() && core_->is_held_by(this_thread_tag());
}

SharedSpinLockGuard::SharedSpinLockGuard(SharedSpinLock& lock, std::int64_t timeout_ms,
                                         OnOwnerDead on_owner_dead)
    : lock_(&lock) {
  const Status status = lock.lock(timeout_ms);
  owner_died_ = status == Status::OWNER_DEAD;
  if (owner_died_ && on_owner_dead == OnOwnerDead::refuse) {
    lock.unlock();
  }
  if (status != Status::OK && !(owner_died_ && on_owner_dead == OnOwnerDead::accept)) {
    throw Error(status, "(spinlock " + std::to_string(lock.index()) + ")");
  }
}

void SharedSpinLockGuard::mark_consistent() {
  const Status status = lock_ == nullptr ? Status::NOT_LOCKED : lock_->mark_consistent();
  if (status != Status::OK) {
    throw Error(status);
  }
  owner_died_ = false;
}

void SharedSpinLockGuard::unlock() noexcept {
  if (lock_ != nullptr) {
    // A handle that was closed, or the child of a fork, has nothing to unlock any more.
    static_cast<void>(std::exchange(lock_, nullptr)->unlock());
  }
}

}  // namespace datablock
