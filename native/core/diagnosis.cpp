#include "core/diagnosis.hpp"

#include <algorithm>

#include "core/entry_text.hpp"
#include "core/secret.hpp"
#include "core/snapshot_file.hpp"
#include "core/status.hpp"
#include "platform/linux/thread_tag.hpp"

namespace datablock {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// An entry that changes during every one of so many looks is shown as it was in the last.
constexpr int kMostLooks = 16;

ParticipantReport look_at_participant(const SegmentFile& file, const View& view, std::uint8_t id) {
  const auto& entry = view.participant(id);
  ParticipantReport report;
  report.id = id;
  report.word = EntryWord{entry.word.load(std::memory_order_acquire)};
  report.role = static_cast<Role>(entry.role.load(relaxed));
  report.mode = entry.mode.load(relaxed);
  report.standby = entry.standby.load(relaxed) != 0;
  report.process = load_identity(entry);
  report.name = load_text(entry.name);
  report.note = load_text(entry.note);
  report.version = load_text(entry.version);
  report.joined_ns = entry.joined_ns.load(relaxed);
  report.hold = entry.hold.load(std::memory_order_seq_cst);
  report.pin = entry.pin.load(std::memory_order_seq_cst);
  const std::uint64_t claim = view.control->claim.load(std::memory_order_seq_cst);
  report.lag = report.hold < claim ? claim - report.hold : 0;
  report.messages = entry.messages.load(relaxed);
  report.bytes = entry.bytes.load(relaxed);
  report.lost = entry.lost.load(relaxed);
  report.errors = entry.errors.load(relaxed);
  const std::uint64_t bits = view.control->sync.load(std::memory_order_seq_cst) |
                             view.control->lossy.load(std::memory_order_seq_cst);
  report.has_marks = report.hold != kNoHold || report.pin != kNoPin || (bits & participant_bit(id)) != 0;

  static_cast<Testimony&>(report) = testify(file, view, id);
  return report;
}

}  // namespace

ParticipantReport examine_participant(const SegmentFile& file, const View& view, std::uint8_t id) {
  // One who leaves while we look has the entry of a living one, and then the free byte of a dead one.
  for (int look = 1;; ++look) {
    ParticipantReport report = look_at_participant(file, view, id);
    const bool same = report.word.raw == view.participant(id).word.load(std::memory_order_acquire);
    if (same || look == kMostLooks) {
      return report;
    }
  }
}

VerdictTable verdict_table(const SegmentFile& file, const View& view) {
  VerdictTable table;
  table.fill(Verdict::unknown);
  for (unsigned id = 1; id <= view.max_participants; ++id) {
    table[id] = testify(file, view, static_cast<std::uint8_t>(id)).verdict;
  }
  return table;
}

std::uint64_t claimed_lap(std::uint64_t slot, std::uint64_t claim, std::uint64_t slot_count) {
  return claim > slot ? (claim - 1 - slot) / slot_count + 1 : 0;
}

bool is_plausible(const View& view, std::uint64_t slot, SlotWord word, std::uint64_t claim_before,
                  std::uint64_t claim_after) {
  // One lap ahead of claim is possible for the very next number only: taken, but claim not moved yet.
  const std::uint64_t most = claimed_lap(slot, claim_after + 1, view.slot_count);
  return word.is_possible(view.max_participants) &&
         word.lap() >= claimed_lap(slot, claim_before, view.slot_count) && word.lap() <= most;
}

Observer::Observer(SegmentFile file)
    : file_(std::move(file)),
      map_(file_, Access::observer, false),
      same_boot_(testify(file_, view(), 1).evidence.same_boot) {
  if (file_.header.checksum_algorithm == ChecksumAlgorithm::blake2b_keyed) {
    // It may be for other blocks, and who only looks can do without.
    const Secret secret = secret_from_environment();
    if (secret && is_secret_of(file_.header, file_.zones, file_.schema, *secret)) {
      map_.use_key(message_key(file_.header, *secret));
    }
  }
}

void Observer::use_secret(const Secret& secret) {
  require_secret(file_.header, file_.zones, file_.schema, secret);
  if (file_.header.checksum_algorithm == ChecksumAlgorithm::blake2b_keyed) {
    map_.use_key(message_key(file_.header, *secret));
  }
}

/// The monotonic clock starts anew at each boot.
std::int64_t Observer::age_of(std::uint64_t then_ns) const {
  return same_boot_ ? moment_of(file_).age_of(then_ns) : -1;
}

std::optional<std::int64_t> Observer::age_of_message(std::uint64_t slot, SlotWord word) const {
  const auto& state = view().states[slot];
  const std::uint64_t since_ns = view().timestamps && word.phase() == Phase::committed
                                     ? state.committed_ns.load(std::memory_order_acquire)
                                     : state.acquired_ns.load(std::memory_order_acquire);
  const std::int64_t age_ns = age_of(since_ns);
  // Its next owner may have written its own times meanwhile.
  const bool changed = state.state.load(std::memory_order_seq_cst) != word.raw;
  return word.lap() == 0 || changed || age_ns < 0 ? std::nullopt : std::optional(age_ns);
}

SlotReport Observer::examine_slot(std::uint64_t slot, const VerdictTable& verdicts,
                                  std::uint64_t stuck_after_ns) const {
  const auto& state = view().states[slot];
  const std::uint64_t claim_before = view().control->claim.load(std::memory_order_seq_cst);
  SlotReport report;
  report.slot = slot;
  report.word = SlotWord{state.state.load(std::memory_order_seq_cst)};
  report.length = state.length.load(relaxed);
  report.flags = state.flags.load(relaxed);
  // Acquire: our clock is read after it, or an owner that has just begun would seem to come from the future.
  const std::uint64_t acquired_ns = state.acquired_ns.load(std::memory_order_acquire);
  const std::uint64_t claim_after = claim_by_now(file_, view());
  const SlotWord word = report.word;
  if (word.lap() > 0) {
    report.seq = seq_of(word.lap(), slot, view().slot_count);
  }
  if (!is_plausible(view(), slot, word, claim_before, claim_after)) {
    report.verdict = SlotVerdict::corrupt;
    return report;
  }
  if (word.is_settled()) {
    return report;
  }
  report.held_for_ns = age_of(acquired_ns);
  Verdict verdict = verdicts[word.owner()];
  if (verdict == Verdict::dead) {
    // That seat may have been taken since the verdicts were asked for, and given back since the word was
    // read.
    verdict = testify(file_, view(), word.owner()).verdict;
    if (state.state.load(std::memory_order_seq_cst) != word.raw) {
      verdict = Verdict::alive;
    }
  }
  switch (verdict) {
    case Verdict::dead:
      report.verdict = SlotVerdict::stuck;
      return report;
    case Verdict::unknown:
      report.verdict = SlotVerdict::unknown;
      report.doubt = SlotDoubt::owner;
      return report;
    case Verdict::alive:
    case Verdict::stopped:
      break;
  }
  if (word.phase() == Phase::quarantined) {
    report.verdict = SlotVerdict::quarantined;
    return report;
  }
  for_each_participant(view().control->lossy.load(std::memory_order_seq_cst), [&](std::uint8_t id) {
    if (id <= view().max_participants && view().participant(id).pin.load(std::memory_order_seq_cst) == slot) {
      report.held_by.push_back(id);
    }
  });
  if (word.is_draining() && !report.held_by.empty()) {
    report.verdict = SlotVerdict::held;
  } else if (*report.held_for_ns < 0) {
    report.verdict = SlotVerdict::unknown;
    report.doubt = SlotDoubt::clock;
  } else {
    report.verdict = static_cast<std::uint64_t>(*report.held_for_ns) >= stuck_after_ns ? SlotVerdict::slow
                                                                                       : SlotVerdict::busy;
  }
  return report;
}

std::vector<ParticipantReport> Observer::examine_participants(VerdictTable& verdicts) const {
  std::vector<ParticipantReport> present;
  verdicts.fill(Verdict::unknown);
  for (unsigned i = 1; i <= view().max_participants; ++i) {
    const auto id = static_cast<std::uint8_t>(i);
    ParticipantReport report = examine_participant(file_, view(), id);
    verdicts[id] = report.verdict;
    if (report.word.state() != EntryState::free || report.has_marks) {
      present.push_back(std::move(report));
    }
  }
  return present;
}

std::vector<ParticipantReport> Observer::participants() const {
  VerdictTable verdicts;
  return examine_participants(verdicts);
}

Snapshot Observer::snapshot(std::uint64_t stuck_after_ns, std::size_t limit) const {
  Snapshot result;
  result.at_ns = moment_of(file_).realtime_ns;
  VerdictTable verdicts;
  result.participants = examine_participants(verdicts);
  const auto note = [&](const SlotReport& report) {
    ++result.by_phase[std::min<std::size_t>(static_cast<std::size_t>(report.word.phase()), kPhases - 1)];
    ++result.by_verdict[static_cast<std::size_t>(report.verdict)];
  };
  for (std::uint64_t slot = 0; slot < view().slot_count; ++slot) {
    SlotReport report = examine_slot(slot, verdicts, stuck_after_ns);
    note(report);
    if (report.verdict != SlotVerdict::healthy) {
      if (result.notable.size() < limit) {
        result.notable.push_back(std::move(report));
      } else {
        result.truncated = true;
      }
    }
  }
  result.spinlocks = spinlocks(verdicts, stuck_after_ns);
  result.claim = view().control->claim.load(std::memory_order_seq_cst);
  return result;
}

std::vector<SpinlockReport> Observer::spinlocks(const VerdictTable& verdicts,
                                                std::uint64_t stuck_after_ns) const {
  std::vector<SpinlockReport> reports;
  for (unsigned index = 0; index < view().spinlock_count; ++index) {
    const auto& lock = view().spinlocks[index];
    SpinlockReport report;
    report.index = index;
    report.word = SpinlockWord{lock.word.load(std::memory_order_seq_cst)};
    if (report.word == SpinlockWord{}) {
      continue;
    }
    if (!report.word.is_possible(view().max_participants)) {
      report.verdict = SpinlockVerdict::corrupt;
    } else if (report.word.is_free()) {
      report.verdict = SpinlockVerdict::marked;
    } else {
      report.depth = lock.depth.load(relaxed);
      report.held_for_ns = moment_of(file_).age_of(lock.acquired_ns.load(relaxed));
      report.is_awaited = (lock.waiters.load(relaxed) & 1) != 0;
      report.verdict = judge_holder(report, verdicts[report.word.owner()], stuck_after_ns);
      if (lock.word.load(std::memory_order_seq_cst) != report.word.raw) {
        continue;  // it changed hands meanwhile: nothing that lasts
      }
    }
    reports.push_back(report);
  }
  return reports;
}

SpinlockVerdict Observer::judge_holder(const SpinlockReport& report, Verdict owner,
                                       std::uint64_t stuck_after_ns) const {
  if (owner == Verdict::dead) {
    // That seat may have been taken since the verdicts were asked for.
    owner = testify(file_, view(), report.word.owner()).verdict;
  }
  if (owner == Verdict::dead) {
    return SpinlockVerdict::stuck;
  }
  if (owner == Verdict::unknown) {
    return SpinlockVerdict::unknown;
  }
  if (!file_.recorded) {
    const ProcessIdentity process = load_identity(view().participant(report.word.owner()));
    const bool is_visible =
        process.pid_namespace == self_identity().pid_namespace && process_facts(process.pid);
    if (is_visible && !thread_exists(process.pid, report.word.thread().id())) {
      return SpinlockVerdict::orphaned;
    }
  }
  return *report.held_for_ns >= 0 && static_cast<std::uint64_t>(*report.held_for_ns) >= stuck_after_ns
             ? SpinlockVerdict::slow
             : SpinlockVerdict::held;
}

bool Observer::has_data() const {
  return !file_.recorded || file_.recorded->has_payload();
}

Zone Observer::zone(std::string_view name) const {
  Zone found(file_, map_, name);
  if (!has_data()) {
    throw Error(Status::NO_SUCH_ZONE, "The snapshot was taken without messages and zones.");
  }
  return found;
}

std::vector<ZoneReport> Observer::zones() const {
  std::vector<ZoneReport> reports;
  for (std::size_t i = 0; i < file_.header.zone_count; ++i) {
    const auto& checksum = view().zone_checksums[i];
    const Zone zone(file_, map_, zone_name(file_.zones[i]));
    reports.push_back({.name = zone.name(),
                       .size = zone.bytes().size(),
                       .updates = checksum.updates.load(relaxed),
                       .updated_ns = checksum.updated_ns.load(relaxed),
                       .checksum = has_data() ? zone.verify_checksum() : ChecksumVerdict::absent});
  }
  return reports;
}

std::vector<SlotReport> Observer::slots(std::uint64_t from, std::uint64_t count,
                                        std::uint64_t stuck_after_ns) const {
  const VerdictTable verdicts = verdict_table(file_, view());
  std::vector<SlotReport> reports;
  for (std::uint64_t slot = from; slot < view().slot_count && slot - from < count; ++slot) {
    SlotReport report = examine_slot(slot, verdicts, stuck_after_ns);
    if (report.word.is_settled() && report.verdict == SlotVerdict::healthy) {
      report.age_ns = age_of_message(slot, report.word);
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

MetricsReport Observer::metrics() const {
  const auto& kept = *view().metrics;
  std::uint64_t written = kept.messages_written.load(relaxed);
  std::uint64_t read = kept.messages_read.load(relaxed);
  std::uint64_t bytes_written = kept.bytes_written.load(relaxed);
  std::uint64_t bytes_read = kept.bytes_read.load(relaxed);
  std::uint64_t lost = kept.messages_lost.load(relaxed);
  std::uint64_t beats = kept.heartbeats_sent.load(relaxed);
  for (unsigned id = 1; id <= view().max_participants; ++id) {
    const auto& entry = view().participant(static_cast<std::uint8_t>(id));
    const bool writes = entry.role.load(relaxed) == static_cast<std::uint8_t>(Role::producer);
    (writes ? written : read) += entry.messages.load(relaxed);
    (writes ? bytes_written : bytes_read) += entry.bytes.load(relaxed);
    lost += entry.lost.load(relaxed);
    beats += entry.heartbeats.load(relaxed);
  }
  // The clock may have been set back since.
  const std::uint64_t now_ns = std::max(moment_of(file_).realtime_ns, file_.header.created_ns);
  const std::uint64_t age_ns = now_ns - file_.header.created_ns;
  return {{
      {"writer_timeout_count", kept.writer_timeouts.load(relaxed)},
      {"writer_blocked_total_ns", kept.writer_blocked_ns.load(relaxed)},
      {"reader_race_detected", kept.reader_races.load(relaxed)},
      {"reader_peak_count", kept.reader_peak.load(relaxed)},
      {"last_error_timestamp_ns", kept.last_error_ns.load(relaxed)},
      {"last_error_code", kept.last_error_code.load(relaxed)},
      {"error_sequence", kept.error_sequence.load(relaxed)},
      {"slot_acquire_errors", kept.acquire_errors.load(relaxed)},
      {"checksum_failures", kept.checksum_failures.load(relaxed)},
      {"zmq_send_failures", kept.zmq_send_failures.load(relaxed)},
      {"heartbeat_sent_count", beats},
      {"heartbeat_failed_count", kept.heartbeats_failed.load(relaxed)},
      {"total_slots_written", written},
      {"total_slots_read", read},
      {"total_bytes_written", bytes_written},
      {"total_bytes_read", bytes_read},
      {"messages_lost", lost},
      {"tombstones", kept.tombstones.load(relaxed)},
      {"uptime_seconds", age_ns / 1'000'000'000},
      {"recovery_actions", kept.recovery_actions.load(relaxed)},
  }};
}

std::vector<RecorderFacts> Observer::history() const {
  const std::uint64_t end = view().control->recorder_ticket.load(std::memory_order_acquire);
  std::vector<RecorderFacts> entries;
  for (std::uint64_t ticket = end > kRecorderEntries ? end - kRecorderEntries : 0; ticket < end; ++ticket) {
    RecorderFacts facts;
    if (read_record(view(), ticket, facts)) {
      entries.push_back(facts);
    }
  }
  return entries;
}

}  // namespace datablock
