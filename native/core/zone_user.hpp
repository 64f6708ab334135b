// ZoneUser: a participant that uses zones and spinlocks only. It neither writes nor reads messages, holds
// nobody back, and costs the producers nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/attachment.hpp"
#include "core/shared_spin_lock.hpp"
#include "core/zone.hpp"

namespace datablock {

class ZoneUser {
 public:
  /// Throws what Attachment throws.
  ZoneUser(const std::string& block, const JoinOptions& options)
      : attachment_(block, options, Role::zone_user, std::nullopt) {
    attachment_.activate();
  }
  ZoneUser(const ZoneUser&) = delete;
  ZoneUser& operator=(const ZoneUser&) = delete;
  /// Leaves the block; a spinlock that is still locked is left to the next one, who is told.
  ~ZoneUser() { close(); }

  /// Throws Error(NO_SUCH_ZONE).
  Zone zone(std::string_view name) const { return attachment_.zone(name); }
  /// Throws Error(CONFIG_INVALID). Each thread needs one of its own.
  SharedSpinLock spinlock(unsigned index) { return SharedSpinLock(attachment_, index); }

  /// OK, LOCK_LOST, CLOSED.
  Status heartbeat() { return attachment_.heartbeat(); }
  void close() {
    if (attachment_.is_usable()) {
      attachment_.leave();
    }
  }
  /// Ends a wait for a lock that another thread is in, with CLOSED.
  void cancel() { attachment_.cancel(); }

  Attachment& attachment() { return attachment_; }
  const Attachment& attachment() const { return attachment_; }

 private:
  Attachment attachment_;
};

}  // namespace datablock
