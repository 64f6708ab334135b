#include <memory>

#include "c_abi/participant.hpp"
#include "core/zone_user.hpp"

using namespace datablock;
using namespace datablock::c_abi;

struct datablock_zone_user {
  datablock_zone_user(const char* name, const JoinOptions& options) : participant(name, options) {}
  ZoneUser participant;
};

struct datablock_spinlock {
  datablock_zone_user* user;
  SharedSpinLock lock;
};

namespace {

/// Runs `body` on a lock.
template <class Body>
datablock_result with_lock(const char* function, datablock_spinlock* lock, Body&& body) noexcept {
  if (lock == nullptr) {
    return fail({function}, Status::INVALID_ARGUMENT);
  }
  return guarded({function, lock->user->participant.attachment().file().name.c_str()},
                 [&] { return body(lock->lock); });
}

}  // namespace

datablock_result datablock_zone_user_open(const char* name, const datablock_zone_user_options* options,
                                          datablock_zone_user** user) {
  return guarded({"datablock_zone_user_open", name}, [&] {
    datablock_zone_user*& out = required(user, "user");
    out = std::make_unique<datablock_zone_user>(text_or_empty(name).c_str(), to_zone_user_options(options))
              .release();
  });
}

datablock_result datablock_zone_user_leave(datablock_zone_user* user) {
  return participant_leave("datablock_zone_user_leave", user);
}

void datablock_zone_user_close(datablock_zone_user* user) {
  delete user;
}

datablock_result datablock_zone_user_info(const datablock_zone_user* user, datablock_segment_info* info) {
  return participant_info("datablock_zone_user_info", user, info);
}

datablock_result datablock_zone_user_heartbeat(datablock_zone_user* user) {
  return participant_heartbeat("datablock_zone_user_heartbeat", user);
}

datablock_result datablock_zone_user_cancel(datablock_zone_user* user) {
  return with_participant("datablock_zone_user_cancel", user, [](ZoneUser& u) { u.cancel(); });
}

datablock_result datablock_zone_user_zone(const datablock_zone_user* user, const char* name,
                                          datablock_zone* zone) {
  return with_participant("datablock_zone_user_zone", user, [&](const ZoneUser& u) {
    write_out(zone, "zone", to_c_zone(u.zone(text_or_empty(name))));
  });
}

datablock_result datablock_zone_user_update_checksum(datablock_zone_user* user, const char* name) {
  return with_participant("datablock_zone_user_update_checksum", user, [&](const ZoneUser& u) {
    if (!u.attachment().is_usable()) {
      return Status::CLOSED;
    }
    u.zone(text_or_empty(name)).update_checksum();
    return Status::OK;
  });
}

datablock_result datablock_zone_user_verify_checksum(const datablock_zone_user* user, const char* name) {
  return with_participant("datablock_zone_user_verify_checksum", user, [&](const ZoneUser& u) {
    return to_status(u.zone(text_or_empty(name)).verify_checksum());
  });
}

datablock_result datablock_spinlock_open(datablock_zone_user* user, uint32_t index,
                                         datablock_spinlock** lock) {
  return with_participant("datablock_spinlock_open", user, [&](ZoneUser& u) {
    datablock_spinlock*& out = required(lock, "lock");
    out = std::make_unique<datablock_spinlock>(datablock_spinlock{user, u.spinlock(index)}).release();
  });
}

void datablock_spinlock_close(datablock_spinlock* lock) {
  delete lock;
}

datablock_result datablock_spinlock_lock(datablock_spinlock* lock, int64_t timeout_ms) {
  return with_lock("datablock_spinlock_lock", lock, [&](SharedSpinLock& l) { return l.lock(timeout_ms); });
}

datablock_result datablock_spinlock_unlock(datablock_spinlock* lock) {
  return with_lock("datablock_spinlock_unlock", lock, [](SharedSpinLock& l) { return l.unlock(); });
}

datablock_result datablock_spinlock_mark_consistent(datablock_spinlock* lock) {
  return with_lock("datablock_spinlock_mark_consistent", lock,
                   [](SharedSpinLock& l) { return l.mark_consistent(); });
}

int datablock_spinlock_is_held(const datablock_spinlock* lock) {
  if (lock == nullptr) {
    return fail({"datablock_spinlock_is_held"}, Status::INVALID_ARGUMENT);
  }
  return lock->lock.is_held() ? 1 : 0;
}
