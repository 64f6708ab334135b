// Looking after a block: diagnosis, repair, validation, and the heartbeat of a participant. None of them
// takes part in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/diagnosis.hpp"
#include "core/recovery.hpp"
#include "core/secret.hpp"
#include "core/validation.hpp"
#include "datablock/participants.hpp"

namespace datablock {

/// Looks at a block, or at a snapshot of one, read-only: slots and participants with verdicts, metrics,
/// flight recorder.
using SlotDiagnostics = Observer;

/// Repairs what the dead left behind, and with force what the living hold: plans (dry runs), single steps,
/// resets.
using SlotRecovery = Recovery;

/// Checks every invariant of a block that can be checked from outside. Needs read permission only, and
/// changes nothing.
class IntegrityValidator {
 public:
  /// Throws Error: NO_SUCH_BLOCK, PERMISSION, NOT_A_BLOCK, ...
  explicit IntegrityValidator(const std::string& name, const std::string& dir = {})
      : file_(open_segment(name, dir, false)) {}

  /// Everything; `checksums`: also those of the messages, which reads the payload. Keyed ones need the
  /// block's secret: use_secret().
  ValidationReport validate(bool checksums = true) const {
    return datablock::validate(file_, checksums, key_);
  }

  /// Throws Error(SECRET_WRONG).
  void use_secret(const Secret& secret) {
    require_secret(file_.header, file_.zones, file_.schema, secret);
    key_ = secret ? message_key(file_.header, *secret) : nullptr;
  }

  const SegmentFile& file() const noexcept { return file_; }

 private:
  SegmentFile file_;
  Secret key_;
};

/// Keeps a participant's heartbeat going from the loop that it is to vouch for: pulse() on every turn costs a
/// look at a coarse clock, and once an interval it beats, and asks whether the participant's seat still is
/// its own. (A participant that waits for a slot or a message does both by itself.)
///
///     HeartbeatManager heartbeat(producer, 1s);
///     while (run()) throw_unless_ok(heartbeat.pulse());
template <class Participant>
class HeartbeatManager {
 public:
  /// The first pulse() beats. `participant` is a DataBlockProducer or a DataBlockConsumer, and must outlive
  /// this.
  explicit HeartbeatManager(Participant& participant,
                            std::chrono::nanoseconds interval = std::chrono::seconds(1)) noexcept
      : participant_(&participant), interval_ns_(static_cast<std::uint64_t>(interval.count())) {}

  /// OK, or why the participant's end is near: CLOSED, LOCK_LOST, RECREATED (when the name is watched).
  Status pulse() noexcept {
    const std::uint64_t now = NativeEnv::coarse_now_ns();
    if (now - last_ns_ < interval_ns_) [[likely]] {
      return Status::OK;
    }
    last_ns_ = now;
    return (*participant_)->check_in();
  }

 private:
  Participant* participant_;
  std::uint64_t interval_ns_;
  std::uint64_t last_ns_ = 0;
};

}  // namespace datablock
