#include "core/liveness.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "core/printable.hpp"
#include "core/snapshot_file.hpp"

namespace datablock {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// ESRCH is the one answer that proves a process gone; a missing /proc entry may just be hidden from us.
bool is_certainly_gone(std::uint32_t pid) {
  return kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

bool is_certainly_dead(std::uint32_t pid, std::uint64_t start_time,
                       const std::optional<ProcessFacts>& facts) {
  if (!facts) {
    return is_certainly_gone(pid);
  }
  return (start_time != 0 && facts->start_time != start_time) || facts->state == 'Z' || facts->state == 'X';
}

/// A cleaner, which holds no byte of its own: /proc is all there is.
Verdict verdict_of_process(const ProcessIdentity& process, std::uint64_t our_namespace) {
  if (process.pid_namespace != our_namespace || our_namespace == 0) {
    return Verdict::unknown;
  }
  const auto facts = process_facts(process.pid);
  if (is_certainly_dead(process.pid, process.start_time, facts)) {
    return Verdict::dead;
  }
  if (!facts) {
    return Verdict::unknown;
  }
  return facts->is_stopped() ? Verdict::stopped : Verdict::alive;
}

void judge(Testimony& testimony, const ProcessIdentity& process) {
  const Evidence& evidence = testimony.evidence;
  const auto doubt = [&](Doubt why) {
    testimony.verdict = Verdict::unknown;
    testimony.doubt = why;
  };
  testimony.verdict = Verdict::alive;
  if (!evidence.lock_held) {
    doubt(Doubt::no_locks);
  } else if (!*evidence.lock_held || testimony.cleaner) {
    testimony.verdict = Verdict::dead;
  } else if (!evidence.same_boot) {
    doubt(Doubt::other_boot);
  } else if (evidence.same_pid_namespace == true) {
    const bool replaced = evidence.process && evidence.same_start_time == false;
    if (replaced || (!evidence.process && is_certainly_gone(process.pid))) {
      doubt(Doubt::lock_held_process_gone);
    } else if (evidence.process && evidence.process->is_stopped()) {
      testimony.verdict = Verdict::stopped;
    }
  }
}

}  // namespace

const char* to_string(Doubt doubt) {
  switch (doubt) {
    case Doubt::none:
      return "";
    case Doubt::no_locks:
      return "no-locks";
    case Doubt::other_boot:
      return "other-boot";
    case Doubt::lock_held_process_gone:
      return "lock-held-process-gone";
  }
  return "";
}

bool may_be_alive(std::uint32_t pid, std::uint64_t start_time) {
  return !is_certainly_dead(pid, start_time, process_facts(pid));
}

ProcessIdentity load_identity(const Participant<NativeEnv>& entry) {
  return {.pid = entry.pid.load(relaxed),
          .uid = entry.uid.load(relaxed),
          .start_time = entry.start_time.load(relaxed),
          .pid_namespace = entry.pid_namespace.load(relaxed)};
}

ProcessIdentity load_identity(const Cleaner<NativeEnv>& cleaner) {
  return {.pid = cleaner.pid.load(std::memory_order_acquire),
          .uid = cleaner.uid.load(relaxed),
          .start_time = cleaner.start_time.load(relaxed),
          .pid_namespace = cleaner.pid_namespace.load(relaxed)};
}

std::optional<bool> is_lock_held(const SegmentFile& file, std::uint8_t id) {
  if (file.recorded) {
    return file.recorded->testimony(id).evidence.lock_held;
  }
  switch (probe_lock(file.fd.get(), kLockBase + id)) {
    case LockState::free:
      return false;
    case LockState::held:
      return true;
    case LockState::unknown:
      break;
  }
  return std::nullopt;
}

Testimony testify(const SegmentFile& file, const View& view, std::uint8_t id) {
  if (file.recorded) {
    return file.recorded->testimony(id);
  }
  const auto& entry = view.participant(id);
  const ProcessIdentity process = load_identity(entry);
  const ProcessIdentity self = self_identity();
  Testimony testimony;
  Evidence& evidence = testimony.evidence;
  evidence.lock_held = is_lock_held(file, id);
  evidence.same_boot = may_be_this_boot(file.header.boot_id);
  // Until it has joined, its predecessor's identity may still be there.
  const EntryWord word{entry.word.load(std::memory_order_acquire)};
  const bool has_identity = word.state() != EntryState::joining;
  if (has_identity && self.pid_namespace != 0 && process.pid_namespace != 0) {
    evidence.same_pid_namespace = self.pid_namespace == process.pid_namespace;
  }
  if (evidence.same_pid_namespace == true) {
    evidence.process = process_facts(process.pid);
    if (evidence.process) {
      evidence.process->name = printable(evidence.process->name);
      evidence.same_start_time = evidence.process->start_time == process.start_time;
    }
  }
  // Acquire: our clock is read after it. The clock starts anew at each boot.
  const std::uint64_t beat = entry.heartbeat_ns.load(std::memory_order_acquire);
  if (beat != 0 && evidence.same_boot) {
    evidence.heartbeat_age_ns = moment_of(file).age_of(beat);
  }
  if (const ProcessIdentity cleaner = load_identity(entry.cleaner); cleaner.pid != 0) {
    testimony.cleaner = {.process = cleaner,
                         .since_ns = entry.cleaner.since_ns.load(relaxed),
                         .verdict = verdict_of_process(cleaner, self.pid_namespace)};
  }
  judge(testimony, process);
  return testimony;
}

std::uint64_t claim_by_now(const SegmentFile& file, const View& view) {
  return file.recorded ? file.recorded->claim_at_end() : view.control->claim.load(std::memory_order_seq_cst);
}

Moment moment_of(const SegmentFile& file) {
  if (file.recorded) {
    return file.recorded->moment();
  }
  // Not the coarse clock, which lags behind: what was stamped with the other one would come from the future.
  return {.realtime_ns = NativeEnv::realtime_ns(), .monotonic_ns = NativeEnv::now_ns()};
}

}  // namespace datablock
