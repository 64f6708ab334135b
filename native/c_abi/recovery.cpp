#include "core/recovery.hpp"

#include <memory>

#include "c_abi/conversions.hpp"
#include "c_abi/result.hpp"

using namespace datablock;
using namespace datablock::c_abi;

struct datablock_recovery {
  datablock_recovery(const std::string& name, const std::string& dir) : recovery(name, dir) {}
  Recovery recovery;
};

namespace {

template <class Handle, class Body>
datablock_result with_recovery(const char* function, Handle* handle, Body&& body) noexcept {
  if (handle == nullptr) {
    return fail({function}, Status::INVALID_ARGUMENT);
  }
  return guarded({function, handle->recovery.file().name.c_str()}, [&] { return body(handle->recovery); });
}

std::uint8_t to_participant_id(std::uint32_t number) {
  if (number < 1 || number > kMaxParticipants) {
    refuse("A participant is a number from 1 to 64.");
  }
  return static_cast<std::uint8_t>(number);
}

/// One of the single steps. What is refused was done by somebody else meanwhile, or is to be done again.
datablock_result take_step(const char* function, datablock_recovery* handle, RecoveryScope scope,
                           std::uint64_t* applied) noexcept {
  return with_recovery(function, handle, [&](Recovery& r) {
    std::uint64_t done = 0;
    for (const TakenAction& action : r.recover(scope)) {
      done += action.status == Status::OK ? 1 : 0;
    }
    if (applied != nullptr) {
      *applied = done;
    }
  });
}

}  // namespace

datablock_result datablock_recovery_open(const char* name, const char* dir, datablock_recovery** recovery) {
  return guarded({"datablock_recovery_open", name}, [&] {
    datablock_recovery*& out = required(recovery, "recovery");
    out = std::make_unique<datablock_recovery>(text_or_empty(name), text_or_empty(dir)).release();
  });
}

void datablock_recovery_close(datablock_recovery* recovery) {
  delete recovery;
}

datablock_result datablock_recovery_info(const datablock_recovery* recovery, datablock_segment_info* info) {
  return with_recovery("datablock_recovery_info", recovery,
                       [&](const Recovery& r) { write_out(info, "info", to_info(r.file().header)); });
}

datablock_result datablock_recovery_apply(datablock_recovery* recovery,
                                          const datablock_recovery_action* action) {
  return with_recovery("datablock_recovery_apply", recovery, [&](Recovery& r) {
    return r.apply(to_planned_action(read_struct(required(action, "action"), "action")));
  });
}

datablock_result datablock_recovery_run(datablock_recovery* recovery, uint32_t scope, uint32_t dry_run,
                                        datablock_recovery_action* actions, size_t capacity, size_t* count) {
  return with_recovery("datablock_recovery_run", recovery, [&](Recovery& r) {
    OutputArray<datablock_recovery_action> out(actions, capacity, "actions");
    std::size_t& found = required(count, "count");
    const RecoveryScope wanted = to_scope(scope);
    found = 0;
    if (dry_run != 0) {
      for (const PlannedAction& action : r.plan(wanted)) {
        out.write(found++, to_action(action, Status::NOTHING_TO_DO));
      }
    } else {
      for (const TakenAction& action : r.recover(wanted)) {
        out.write(found++, to_action(action, action.status));
      }
    }
  });
}

datablock_result datablock_force_reset_slot(datablock_recovery* recovery, uint64_t slot, uint32_t force) {
  return with_recovery("datablock_force_reset_slot", recovery,
                       [&](Recovery& r) { return r.force_reset_slot(slot, force != 0).status; });
}

datablock_result datablock_force_reset_all_slots(datablock_recovery* recovery, uint32_t force,
                                                 uint64_t* reset, uint64_t* refused) {
  return with_recovery("datablock_force_reset_all_slots", recovery, [&](Recovery& r) {
    Status first = Status::OK;
    std::uint64_t done = 0;
    std::uint64_t not_done = 0;
    for (const ForcedReset& result : r.force_reset_all_slots(force != 0)) {
      if (result.status == Status::OK) {
        ++done;
      } else if (result.status != Status::NOTHING_TO_DO) {  // came free by itself
        ++not_done;
        first = first == Status::OK ? result.status : first;
      }
    }
    if (reset != nullptr) {
      *reset = done;
    }
    if (refused != nullptr) {
      *refused = not_done;
    }
    return first;
  });
}

datablock_result datablock_release_zombie_readers(datablock_recovery* recovery, uint64_t* released) {
  return take_step("datablock_release_zombie_readers", recovery, RecoveryScope::consumers, released);
}

datablock_result datablock_release_zombie_writer(datablock_recovery* recovery, uint64_t* released) {
  return take_step("datablock_release_zombie_writer", recovery, RecoveryScope::producers, released);
}

datablock_result datablock_cleanup_dead_consumers(datablock_recovery* recovery, uint64_t* cleaned) {
  return take_step("datablock_cleanup_dead_consumers", recovery, RecoveryScope::entries, cleaned);
}

datablock_result datablock_skip_stuck_slot(datablock_recovery* recovery, uint64_t slot) {
  return with_recovery("datablock_skip_stuck_slot", recovery,
                       [&](Recovery& r) { return r.skip_stuck_slot(slot); });
}

datablock_result datablock_recovery_evict_consumer(datablock_recovery* recovery, uint32_t participant,
                                                   uint64_t generation, uint64_t seen_hold) {
  return with_recovery("datablock_recovery_evict_consumer", recovery, [&](Recovery& r) {
    return r.evict_consumer(to_participant_id(participant), generation, seen_hold);
  });
}

datablock_result datablock_recovery_kill_participant(datablock_recovery* recovery, uint32_t participant,
                                                     uint64_t generation, int64_t timeout_ms) {
  return with_recovery("datablock_recovery_kill_participant", recovery, [&](Recovery& r) {
    return r.kill_participant(to_participant_id(participant), generation, timeout_ms);
  });
}

datablock_result datablock_recovery_kill_cleaner(datablock_recovery* recovery,
                                                 const datablock_participant* seen, int64_t timeout_ms) {
  return with_recovery("datablock_recovery_kill_cleaner", recovery, [&](Recovery& r) {
    const datablock_participant participant = read_struct(required(seen, "seen"), "seen");
    const ProcessIdentity cleaner{.pid = participant.cleaner_pid,
                                  .uid = 0,
                                  .start_time = participant.cleaner_start_time,
                                  .pid_namespace = participant.cleaner_pid_namespace};
    return r.kill_cleaner(to_participant_id(participant.id), cleaner, timeout_ms);
  });
}
