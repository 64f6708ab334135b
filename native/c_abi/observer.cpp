#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "c_abi/conversions.hpp"
#include "c_abi/result.hpp"
#include "core/liveness.hpp"
#include "core/snapshot_file.hpp"
#include "core/validation.hpp"

using namespace datablock;
using namespace datablock::c_abi;

struct datablock_observer {
  explicit datablock_observer(SegmentFile file) : observer(std::move(file)) {}
  Observer observer;
};

namespace {

constexpr std::uint64_t kNsPerMillisecond = 1'000'000;

template <class Body>
datablock_result with_observer(const char* function, const datablock_observer* handle, Body&& body) noexcept {
  if (handle == nullptr) {
    return fail({function}, Status::INVALID_ARGUMENT);
  }
  const Observer& observer = handle->observer;
  return guarded({function, observer.file().name.c_str()}, [&] { return body(observer); });
}

std::uint64_t to_ns(std::uint64_t milliseconds) {
  return milliseconds > UINT64_MAX / kNsPerMillisecond ? UINT64_MAX : milliseconds * kNsPerMillisecond;
}

void require_slot(const Observer& observer, std::uint64_t slot) {
  if (slot >= observer.view().slot_count) {
    refuse("The slots of this block are 0 to " + std::to_string(observer.view().slot_count - 1) + ".");
  }
}

template <std::size_t kSize>
void copy_text(char (&to)[kSize], const std::string& from) {
  std::strncpy(to, from.c_str(), kSize - 1);
  to[kSize - 1] = '\0';
}

int to_evidence(const std::optional<bool>& fact) {
  return fact ? static_cast<int>(*fact) : -1;
}

std::uint32_t to_c_mode(Role role, std::uint8_t mode) {
  return role == Role::consumer ? to_c(static_cast<ConsumerMode>(mode)) : mode;
}

datablock_participant to_participant(const ParticipantReport& report) {
  datablock_participant out{};
  out.id = report.id;
  out.role = static_cast<std::uint32_t>(report.role);
  out.mode = to_c_mode(report.role, report.mode);
  out.state = static_cast<std::uint32_t>(report.word.state());
  out.standby = report.standby ? 1 : 0;
  out.verdict = to_c(report.verdict);
  out.doubt = static_cast<std::uint32_t>(report.doubt);
  out.pid = report.process.pid;
  out.uid = report.process.uid;
  out.start_time = report.process.start_time;
  out.pid_namespace = report.process.pid_namespace;
  out.lock_held = to_evidence(report.evidence.lock_held);
  out.same_boot = report.evidence.same_boot ? 1 : 0;
  out.same_pid_namespace = to_evidence(report.evidence.same_pid_namespace);
  out.same_start_time = to_evidence(report.evidence.same_start_time);
  out.heartbeat_age_ns = report.evidence.heartbeat_age_ns.value_or(-1);
  out.joined_ns = report.joined_ns;
  out.generation = report.word.generation();
  out.hold = report.hold;
  out.pin = report.pin;
  out.lag = report.lag;
  out.messages = report.messages;
  out.bytes = report.bytes;
  out.lost = report.lost;
  out.errors = report.errors;
  if (report.cleaner) {
    out.cleaner_pid = report.cleaner->process.pid;
    out.cleaner_verdict = to_c(report.cleaner->verdict);
    out.cleaner_start_time = report.cleaner->process.start_time;
    out.cleaner_pid_namespace = report.cleaner->process.pid_namespace;
  }
  copy_text(out.label, report.name);
  copy_text(out.note, report.note);
  copy_text(out.version, report.version);
  return out;
}

datablock_slot_diagnosis to_diagnosis(const Observer& observer, const SlotReport& report) {
  datablock_slot_diagnosis out{};
  out.verdict = to_c(report.verdict);
  out.slot = report.slot;
  out.word = report.word.raw;
  out.generation = report.word.lap();
  out.seq = report.seq.value_or(DATABLOCK_NONE);
  out.phase = static_cast<std::uint32_t>(report.word.phase());
  out.held_for_ns = report.held_for_ns && *report.held_for_ns >= 0 ? *report.held_for_ns : -1;
  for (const std::uint8_t id : report.held_by) {
    out.held_by |= participant_bit(id);
  }
  out.length = report.length;
  out.flags = report.flags;
  out.is_safe_to_reset = report.verdict == SlotVerdict::stuck ? 1 : 0;
  if (report.word.owner() != kNobody && report.verdict != SlotVerdict::corrupt) {
    const ParticipantReport owner =
        examine_participant(observer.file(), observer.view(), report.word.owner());
    out.owner = owner.id;
    out.owner_pid = owner.process.pid;
    out.owner_verdict = to_c(owner.verdict);
  }
  return out;
}

datablock_spinlock_diagnosis to_diagnosis(const SpinlockReport& report) {
  datablock_spinlock_diagnosis out{};
  out.index = report.index;
  out.verdict = to_c(report.verdict);
  if (report.verdict != SpinlockVerdict::corrupt) {
    out.owner = report.word.owner();
    out.thread = report.word.thread().id();
  }
  out.depth = report.depth;
  out.is_awaited = report.is_awaited ? 1 : 0;
  out.held_for_ns = report.held_for_ns && *report.held_for_ns >= 0 ? *report.held_for_ns : -1;
  return out;
}

SlotReport examine(const Observer& observer, std::uint64_t slot, std::uint64_t stuck_after_ms) {
  require_slot(observer, slot);
  return observer.slots(slot, 1, to_ns(stuck_after_ms)).front();
}

/// The counters by the names that the core gives them.
struct MetricField {
  std::string_view name;
  std::uint64_t datablock_metrics::*field;
};
#define DATABLOCK_METRIC(name)      \
  MetricField {                     \
#name, &datablock_metrics::name \
  }
constexpr MetricField kMetricFields[] = {
    DATABLOCK_METRIC(writer_timeout_count),    DATABLOCK_METRIC(writer_blocked_total_ns),
    DATABLOCK_METRIC(reader_race_detected),    DATABLOCK_METRIC(reader_peak_count),
    DATABLOCK_METRIC(last_error_timestamp_ns), DATABLOCK_METRIC(last_error_code),
    DATABLOCK_METRIC(error_sequence),          DATABLOCK_METRIC(slot_acquire_errors),
    DATABLOCK_METRIC(checksum_failures),       DATABLOCK_METRIC(zmq_send_failures),
    DATABLOCK_METRIC(heartbeat_sent_count),    DATABLOCK_METRIC(heartbeat_failed_count),
    DATABLOCK_METRIC(total_slots_written),     DATABLOCK_METRIC(total_slots_read),
    DATABLOCK_METRIC(total_bytes_written),     DATABLOCK_METRIC(total_bytes_read),
    DATABLOCK_METRIC(messages_lost),           DATABLOCK_METRIC(tombstones),
    DATABLOCK_METRIC(uptime_seconds),          DATABLOCK_METRIC(recovery_actions),
};
#undef DATABLOCK_METRIC

}  // namespace

datablock_result datablock_observer_open(const char* name, const char* dir, datablock_observer** observer) {
  return guarded({"datablock_observer_open", name}, [&] {
    datablock_observer*& out = required(observer, "observer");
    out = std::make_unique<datablock_observer>(open_segment(text_or_empty(name), text_or_empty(dir), false))
              .release();
  });
}

datablock_result datablock_observer_open_snapshot(const char* path, datablock_observer** observer) {
  return guarded({"datablock_observer_open_snapshot"}, [&] {
    datablock_observer*& out = required(observer, "observer");
    out = std::make_unique<datablock_observer>(open_snapshot(text_or_empty(path))).release();
  });
}

datablock_result datablock_observer_use_secret(datablock_observer* observer, const datablock_secret* secret) {
  return with_observer("datablock_observer_use_secret", observer, [&](const Observer&) {
    observer->observer.use_secret(secret_of(&required(secret, "secret")));
  });
}

void datablock_observer_close(datablock_observer* observer) {
  delete observer;
}

datablock_result datablock_observer_info(const datablock_observer* observer, datablock_segment_info* info) {
  return with_observer("datablock_observer_info", observer,
                       [&](const Observer& o) { write_out(info, "info", to_info(o.file().header)); });
}

datablock_result datablock_observer_schema(const datablock_observer* observer, const char** text) {
  return with_observer("datablock_observer_schema", observer,
                       [&](const Observer& o) { required(text, "text") = o.file().schema.c_str(); });
}

datablock_result datablock_observer_snapshot(const datablock_observer* observer, uint64_t stuck_after_ms,
                                             datablock_snapshot* snapshot) {
  return with_observer("datablock_observer_snapshot", observer, [&](const Observer& o) {
    const Snapshot seen = o.snapshot(to_ns(stuck_after_ms), 0);
    datablock_snapshot out{};
    out.participants = static_cast<std::uint32_t>(seen.participants.size());
    out.at_ns = seen.at_ns;
    out.claim = seen.claim;
    static_assert(kPhases <= std::size(datablock_snapshot{}.by_phase));
    static_assert(kSlotVerdicts + 1 <= std::size(datablock_snapshot{}.by_verdict));
    std::copy(seen.by_phase.begin(), seen.by_phase.end() - 1, out.by_phase);
    out.by_phase[std::size(out.by_phase) - 1] = seen.by_phase.back();
    std::copy(seen.by_verdict.begin(), seen.by_verdict.end(), out.by_verdict + 1);
    write_out(snapshot, "snapshot", out);
  });
}

datablock_result datablock_observer_participants(const datablock_observer* observer,
                                                 datablock_participant* participants, size_t capacity,
                                                 size_t* count) {
  return with_observer("datablock_observer_participants", observer, [&](const Observer& o) {
    OutputArray<datablock_participant> out(participants, capacity, "participants");
    std::size_t& found = required(count, "count");
    const auto reports = o.participants();
    for (std::size_t i = 0; i < reports.size(); ++i) {
      out.write(i, to_participant(reports[i]));
    }
    found = reports.size();
  });
}

datablock_result datablock_diagnose_slot(const datablock_observer* observer, uint64_t slot,
                                         uint64_t stuck_after_ms, datablock_slot_diagnosis* diagnosis) {
  return with_observer("datablock_diagnose_slot", observer, [&](const Observer& o) {
    write_out(diagnosis, "diagnosis", to_diagnosis(o, examine(o, slot, stuck_after_ms)));
  });
}

datablock_result datablock_diagnose_all_slots(const datablock_observer* observer, uint64_t stuck_after_ms,
                                              datablock_slot_diagnosis* diagnoses, size_t capacity,
                                              size_t* count) {
  return with_observer("datablock_diagnose_all_slots", observer, [&](const Observer& o) {
    OutputArray<datablock_slot_diagnosis> out(diagnoses, capacity, "diagnoses");
    std::size_t& found = required(count, "count");
    for (const SlotReport& report : o.slots(0, capacity, to_ns(stuck_after_ms))) {
      out.write(report.slot, to_diagnosis(o, report));
    }
    found = o.view().slot_count;
  });
}

datablock_result datablock_get_slot_state(const datablock_observer* observer, uint64_t slot,
                                          datablock_slot_state* state) {
  return with_observer("datablock_get_slot_state", observer, [&](const Observer& o) {
    require_slot(o, slot);
    constexpr auto relaxed = std::memory_order_relaxed;
    const auto& from = o.view().states[slot];
    const SlotWord word{from.state.load(std::memory_order_seq_cst)};
    datablock_slot_state out{};
    out.phase = static_cast<std::uint32_t>(word.phase());
    out.word = word.raw;
    out.generation = word.lap();
    out.seq = word.lap() > 0 ? seq_of(word.lap(), slot, o.view().slot_count) : DATABLOCK_NONE;
    out.owner = word.owner();
    out.writer = from.writer.load(relaxed) & 255;
    out.length = from.length.load(relaxed);
    out.flags = from.flags.load(relaxed);
    out.acquired_ns = from.acquired_ns.load(relaxed);
    out.committed_ns = from.committed_ns.load(relaxed);
    write_out(state, "state", out);
  });
}

int datablock_is_slot_stuck(const datablock_observer* observer, uint64_t slot) {
  int is_stuck = 0;
  const datablock_result result = with_observer("datablock_is_slot_stuck", observer, [&](const Observer& o) {
    const SlotVerdict verdict = examine(o, slot, UINT64_MAX).verdict;
    is_stuck = verdict == SlotVerdict::stuck || verdict == SlotVerdict::corrupt ? 1 : 0;
    return verdict == SlotVerdict::unknown ? Status::VERDICT_UNKNOWN : Status::OK;
  });
  return result == DATABLOCK_OK ? is_stuck : result;
}

int datablock_is_process_alive(uint32_t pid, uint64_t start_time) {
  return may_be_alive(pid, start_time) ? 1 : 0;
}

datablock_result datablock_observer_spinlocks(const datablock_observer* observer, uint64_t stuck_after_ms,
                                              datablock_spinlock_diagnosis* diagnoses, size_t capacity,
                                              size_t* count) {
  return with_observer("datablock_observer_spinlocks", observer, [&](const Observer& o) {
    OutputArray<datablock_spinlock_diagnosis> out(diagnoses, capacity, "diagnoses");
    std::size_t& found = required(count, "count");
    const auto reports = o.snapshot(to_ns(stuck_after_ms), 0).spinlocks;
    for (std::size_t i = 0; i < reports.size(); ++i) {
      out.write(i, to_diagnosis(reports[i]));
    }
    found = reports.size();
  });
}

datablock_result datablock_observer_zones(const datablock_observer* observer, datablock_zone* zones,
                                          size_t capacity, size_t* count) {
  return with_observer("datablock_observer_zones", observer, [&](const Observer& o) {
    OutputArray<datablock_zone> out(zones, capacity, "zones");
    std::size_t& found = required(count, "count");
    const std::size_t there_are = o.file().header.zone_count;
    for (std::size_t i = 0; i < std::min(there_are, capacity); ++i) {
      out.write(i, to_c_zone(o.zone(zone_name(o.file().zones[i]))));
    }
    found = there_are;
  });
}

datablock_result datablock_observer_verify_zone(const datablock_observer* observer, const char* name) {
  return with_observer("datablock_observer_verify_zone", observer, [&](const Observer& o) {
    return to_status(o.zone(text_or_empty(name)).verify_checksum());
  });
}

datablock_result datablock_validate_integrity(const datablock_observer* observer, uint32_t checksums,
                                              datablock_violation_visitor visitor, void* user,
                                              datablock_validation* validation) {
  return with_observer("datablock_validate_integrity", observer, [&](const Observer& o) {
    if (validation != nullptr) {
      check_size(*validation, "validation");
    }
    const ValidationReport report = validate(o.file(), checksums != 0, o.key());
    datablock_validation out{};
    out.slots_checked = report.slots_checked;
    out.checksums_verified = report.checksums_verified;
    out.checksums_unverifiable = report.checksums_unverifiable;
    out.moving = report.moving;
    out.violations = report.violations.size();
    for (const Violation& violation : report.violations) {
      out.repairable += violation.repairable ? 1 : 0;
      if (visitor != nullptr) {
        datablock_violation told{};
        told.struct_size = sizeof told;
        told.participant = violation.participant.value_or(0);
        told.slot = violation.slot.value_or(DATABLOCK_NONE);
        told.repairable = violation.repairable ? 1 : 0;
        told.rule = violation.rule;
        told.detail = violation.detail.c_str();
        visitor(&told, user);
      }
    }
    if (validation != nullptr) {
      write_struct(*validation, out);
    }
    return out.violations > out.repairable ? Status::CORRUPT : Status::OK;
  });
}

datablock_result datablock_validate_slot_states(const datablock_observer* observer, uint64_t* first_bad) {
  return with_observer("datablock_validate_slot_states", observer, [&](const Observer& o) {
    const std::optional<std::uint64_t> bad = first_impossible_slot(o.view());
    if (first_bad != nullptr) {
      *first_bad = bad.value_or(DATABLOCK_NONE);
    }
    return bad ? Status::CORRUPT : Status::OK;
  });
}

datablock_result datablock_get_metrics(const datablock_observer* observer, datablock_metrics* metrics) {
  return with_observer("datablock_get_metrics", observer, [&](const Observer& o) {
    datablock_metrics out{};
    for (const auto& [name, value] : o.metrics().values) {
      for (const MetricField& metric : kMetricFields) {
        if (metric.name == name) {
          out.*metric.field = value;
        }
      }
    }
    write_out(metrics, "metrics", out);
  });
}

datablock_result datablock_observer_history(const datablock_observer* observer,
                                            datablock_history_entry* entries, size_t capacity,
                                            size_t* count) {
  return with_observer("datablock_observer_history", observer, [&](const Observer& o) {
    OutputArray<datablock_history_entry> out(entries, capacity, "entries");
    std::size_t& found = required(count, "count");
    const auto history = o.history();
    for (std::size_t i = 0; i < history.size(); ++i) {
      const RecorderFacts& facts = history[i];
      datablock_history_entry entry{};
      entry.action = static_cast<std::uint32_t>(facts.action);
      entry.ticket = facts.ticket;
      entry.at_ns = facts.at_ns;
      entry.pid = facts.pid;
      entry.uid = facts.uid;
      entry.evidence = static_cast<std::uint32_t>(facts.evidence);
      entry.participant = facts.participant;
      entry.slot = to_c_slot(facts.slot);
      entry.seq = facts.seq;
      entry.before = facts.before;
      entry.after = facts.after;
      out.write(i, entry);
    }
    found = history.size();
  });
}

datablock_result datablock_observer_plan(const datablock_observer* observer, uint32_t scope,
                                         datablock_recovery_action* actions, size_t capacity, size_t* count) {
  return with_observer("datablock_observer_plan", observer, [&](const Observer& o) {
    OutputArray<datablock_recovery_action> out(actions, capacity, "actions");
    std::size_t& found = required(count, "count");
    const auto plan = plan_recovery(o.file(), o.view(), to_scope(scope));
    for (std::size_t i = 0; i < plan.size(); ++i) {
      out.write(i, to_action(plan[i], Status::NOTHING_TO_DO));
    }
    found = plan.size();
  });
}
