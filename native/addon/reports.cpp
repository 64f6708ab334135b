#include "addon/reports.hpp"

#include <array>
#include <cmath>

#include "addon/conversions.hpp"
#include "addon/zone_objects.hpp"

namespace datablock::addon {
namespace {

constexpr std::array<const char*, kPhases> kPhaseNames = {
    "FREE", "WRITING", "COMMITTED", "DRAINING", "DRAINING_EMPTY", "QUARANTINED", "INVALID"};
constexpr std::array<const char*, kSlotVerdicts> kSlotVerdictNames = {
    "healthy", "busy", "slow", "stuck", "held", "quarantined", "corrupt", "unknown"};
constexpr std::array<const char*, 3> kSlotDoubtNames = {"", "owner", "clock"};
constexpr std::array<const char*, 4> kVerdictNames = {"ALIVE", "STOPPED", "DEAD", "UNKNOWN"};
constexpr std::array<const char*, 4> kEntryStateNames = {"free", "joining", "active", "leaving"};
constexpr std::array<const char*, 13> kActionNames = {
    "none",         "reset-slot",       "give-back-slot",  "release-quarantine", "release-hold",
    "release-pin",  "free-participant", "quarantine-slot", "evict-consumer",     "kill-participant",
    "kill-cleaner", "skip-slot",        "release-spinlock"};
constexpr std::array<const char*, 7> kSpinlockVerdictNames = {"held",   "slow",    "stuck",  "orphaned",
                                                              "marked", "corrupt", "unknown"};
constexpr std::array<const char*, 3> kEvidenceNames = {"none", "lock-byte-taken", "forced-by-operator"};

template <std::size_t kCount, class T>
const char* name_of(const std::array<const char*, kCount>& names, T value, const char* otherwise) {
  const auto index = static_cast<std::size_t>(value);
  return index < kCount ? names[index] : otherwise;
}

template <class T>
Napi::Value or_null(Napi::Env env, bool present, T&& make) {
  return present ? Napi::Value(make()) : Napi::Value(env.Null());
}

Napi::Value flag(Napi::Env env, const std::optional<bool>& value) {
  return or_null(env, value.has_value(), [&] { return Napi::Boolean::New(env, *value); });
}

const char* mode_name(Role role, std::uint8_t mode) {
  if (role == Role::producer) {
    return mode == static_cast<std::uint8_t>(ProducerMode::single) ||
                   mode == static_cast<std::uint8_t>(ProducerMode::multi)
               ? to_string(static_cast<ProducerMode>(mode))
               : "unknown";
  }
  if (role == Role::consumer) {
    return to_string(static_cast<ConsumerMode>(mode));
  }
  return role == Role::zone_user ? "none" : "unknown";
}

const char* role_name(Role role) {
  constexpr std::array<const char*, 4> kNames = {"unknown", "producer", "consumer", "zone-user"};
  return name_of(kNames, role, "unknown");
}

Napi::Object evidence_object(Napi::Env env, const Evidence& evidence) {
  Napi::Object object = Napi::Object::New(env);
  const auto& process = evidence.process;
  object.Set("lockHeld", flag(env, evidence.lock_held));
  object.Set("sameBoot", Napi::Boolean::New(env, evidence.same_boot));
  object.Set("samePidNamespace", flag(env, evidence.same_pid_namespace));
  object.Set("sameStartTime", flag(env, evidence.same_start_time));
  object.Set("processState", or_null(env, process.has_value(),
                                     [&] { return Napi::String::New(env, std::string(1, process->state)); }));
  object.Set("processName",
             or_null(env, process.has_value(), [&] { return Napi::String::New(env, process->name); }));
  object.Set("frozen", flag(env, process ? process->frozen : std::nullopt));
  object.Set("heartbeatAgeNs", or_null(env, evidence.heartbeat_age_ns.has_value(),
                                       [&] { return big(env, *evidence.heartbeat_age_ns); }));
  return object;
}

Napi::Object cleaner_object(Napi::Env env, const CleanerReport& cleaner) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("pid", cleaner.process.pid);
  object.Set("startTime", big(env, cleaner.process.start_time));
  object.Set("pidNamespace", big(env, cleaner.process.pid_namespace));
  object.Set("since", big(env, cleaner.since_ns));
  object.Set("verdict", name_of(kVerdictNames, cleaner.verdict, "UNKNOWN"));
  return object;
}

Napi::Object participant_object(Napi::Env env, const ParticipantReport& report) {
  Napi::Object object = Napi::Object::New(env);
  const bool is_sync =
      report.mode == static_cast<std::uint8_t>(ConsumerMode::sync) && report.role == Role::consumer;
  object.Set("id", report.id);
  object.Set("role", role_name(report.role));
  object.Set("mode", mode_name(report.role, report.mode));
  object.Set("standby", Napi::Boolean::New(env, report.standby));
  object.Set("state", name_of(kEntryStateNames, report.word.state(), "invalid"));
  object.Set("generation", big(env, report.word.generation()));
  object.Set("pid", report.process.pid);
  object.Set("startTime", big(env, report.process.start_time));
  object.Set("pidNamespace", big(env, report.process.pid_namespace));
  object.Set("uid", report.process.uid);
  object.Set("name", report.name);
  object.Set("note", report.note);
  object.Set("version", report.version);
  object.Set("joinedAt", big(env, report.joined_ns));
  object.Set("verdict", name_of(kVerdictNames, report.verdict, "UNKNOWN"));
  object.Set("reason", to_string(report.doubt));
  object.Set("evidence", evidence_object(env, report.evidence));
  object.Set("hold", or_null(env, report.hold != kNoHold, [&] { return big(env, report.hold); }));
  object.Set("pin", or_null(env, report.pin != kNoPin,
                            [&] { return Napi::Number::New(env, static_cast<double>(report.pin)); }));
  object.Set("lag", or_null(env, is_sync && report.hold != kNoHold, [&] { return big(env, report.lag); }));
  object.Set("messages", big(env, report.messages));
  object.Set("bytes", big(env, report.bytes));
  object.Set("lost", big(env, report.lost));
  object.Set("errors", big(env, report.errors));
  object.Set("cleaner",
             or_null(env, report.cleaner.has_value(), [&] { return cleaner_object(env, *report.cleaner); }));
  return object;
}

Napi::Object slot_object(Napi::Env env, const SlotReport& report) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("slot", static_cast<double>(report.slot));
  object.Set("word", big(env, report.word.raw));
  object.Set("phase", phase_name(report.word));
  object.Set("lap", big(env, report.word.lap()));
  object.Set("owner", report.word.owner());
  object.Set("seq", or_null(env, report.seq.has_value(), [&] { return big(env, *report.seq); }));
  object.Set("length", static_cast<double>(report.length));
  object.Set("flags", report.flags);
  object.Set("heldForNs",
             or_null(env, report.held_for_ns.has_value(), [&] { return big(env, *report.held_for_ns); }));
  object.Set("ageNs", or_null(env, report.age_ns.has_value(), [&] { return big(env, *report.age_ns); }));
  object.Set("verdict", name_of(kSlotVerdictNames, report.verdict, "unknown"));
  object.Set("reason", name_of(kSlotDoubtNames, report.doubt, ""));
  Napi::Array held_by = Napi::Array::New(env);
  for (const std::uint8_t id : report.held_by) {
    held_by.Set(held_by.Length(), id);
  }
  object.Set("heldBy", held_by);
  return object;
}

Napi::Object spinlock_report(Napi::Env env, const SpinlockReport& report) {
  Napi::Object object = Napi::Object::New(env);
  const bool is_held = !report.word.is_free();
  object.Set("spinlock", report.index);
  object.Set("word", big(env, report.word.raw));
  object.Set("owner", report.word.owner());
  object.Set("thread",
             or_null(env, is_held, [&] { return Napi::Number::New(env, report.word.thread().id()); }));
  object.Set("depth", report.depth);
  object.Set("heldForNs",
             or_null(env, report.held_for_ns.has_value(), [&] { return big(env, *report.held_for_ns); }));
  object.Set("awaited", Napi::Boolean::New(env, report.is_awaited));
  object.Set("marked", Napi::Boolean::New(env, report.word.is_marked()));
  object.Set("verdict", name_of(kSpinlockVerdictNames, report.verdict, "unknown"));
  return object;
}

template <std::size_t kCount>
Napi::Object counts(Napi::Env env, const std::array<const char*, kCount>& names,
                    const std::array<std::uint64_t, kCount>& values) {
  Napi::Object object = Napi::Object::New(env);
  for (std::size_t i = 0; i < kCount; ++i) {
    object.Set(names[i], static_cast<double>(values[i]));
  }
  return object;
}

/// In the core one field is the slot's number or, where a lock is released, the lock's.
void set_place(Napi::Object row, RecorderAction action, std::uint32_t place) {
  const bool is_lock = action == RecorderAction::release_spinlock;
  const auto number = [&](bool present) {
    return or_null(row.Env(), present, [&] { return Napi::Number::New(row.Env(), place); });
  };
  row.Set("slot", number(!is_lock && place != RecorderFacts::kNoSlot));
  row.Set("spinlock", number(is_lock));
}

Napi::Value seq_or_null(Napi::Env env, std::uint64_t seq) {
  return or_null(env, seq != RecorderFacts::kNoSeq, [&] { return big(env, seq); });
}

}  // namespace

const char* phase_name(SlotWord word) {
  return name_of(kPhaseNames, word.phase(), "INVALID");
}

Napi::Object snapshot_object(Napi::Env env, const Snapshot& snapshot) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("at", big(env, snapshot.at_ns));
  object.Set("claim", big(env, snapshot.claim));
  Napi::Array participants = Napi::Array::New(env);
  for (const ParticipantReport& report : snapshot.participants) {
    participants.Set(participants.Length(), participant_object(env, report));
  }
  object.Set("participants", participants);
  Napi::Object summary = Napi::Object::New(env);
  summary.Set("byPhase", counts(env, kPhaseNames, snapshot.by_phase));
  summary.Set("byVerdict", counts(env, kSlotVerdictNames, snapshot.by_verdict));
  object.Set("summary", summary);
  object.Set("notable", slot_array(env, snapshot.notable));
  object.Set("truncated", Napi::Boolean::New(env, snapshot.truncated));
  Napi::Array spinlocks = Napi::Array::New(env);
  for (const SpinlockReport& report : snapshot.spinlocks) {
    spinlocks.Set(spinlocks.Length(), spinlock_report(env, report));
  }
  object.Set("spinlocks", spinlocks);
  return object;
}

Napi::Array zone_array(Napi::Env env, const std::vector<ZoneReport>& zones) {
  Napi::Array array = Napi::Array::New(env);
  for (const ZoneReport& report : zones) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("name", report.name);
    row.Set("size", static_cast<double>(report.size));
    row.Set("checksum", verdict_name(report.checksum));
    row.Set("updates", big(env, report.updates));
    row.Set("updatedAt", or_null(env, report.updates != 0, [&] { return big(env, report.updated_ns); }));
    array.Set(array.Length(), row);
  }
  return array;
}

Napi::Array slot_array(Napi::Env env, const std::vector<SlotReport>& slots) {
  Napi::Array array = Napi::Array::New(env, slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    array.Set(static_cast<std::uint32_t>(i), slot_object(env, slots[i]));
  }
  return array;
}

Napi::Object metrics_object(Napi::Env env, const MetricsReport& metrics) {
  Napi::Object object = Napi::Object::New(env);
  for (const auto& [name, value] : metrics.values) {
    object.Set(name, big(env, value));
  }
  return object;
}

Napi::Object validation_object(Napi::Env env, const ValidationReport& report) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("slotsChecked", static_cast<double>(report.slots_checked));
  object.Set("checksumsVerified", static_cast<double>(report.checksums_verified));
  object.Set("checksumsUnverifiable", static_cast<double>(report.checksums_unverifiable));
  object.Set("moving", static_cast<double>(report.moving));
  Napi::Array violations = Napi::Array::New(env);
  for (const Violation& violation : report.violations) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("rule", violation.rule);
    row.Set("slot", or_null(env, violation.slot.has_value(),
                            [&] { return Napi::Number::New(env, static_cast<double>(*violation.slot)); }));
    row.Set("participant", or_null(env, violation.participant.has_value(),
                                   [&] { return Napi::Number::New(env, *violation.participant); }));
    row.Set("detail", violation.detail);
    row.Set("repairable", Napi::Boolean::New(env, violation.repairable));
    violations.Set(violations.Length(), row);
  }
  object.Set("violations", violations);
  return object;
}

Napi::Array history_array(Napi::Env env, const std::vector<RecorderFacts>& entries) {
  Napi::Array array = Napi::Array::New(env);
  for (const RecorderFacts& facts : entries) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("ticket", big(env, facts.ticket));
    row.Set("at", big(env, facts.at_ns));
    row.Set("pid", facts.pid);
    row.Set("uid", facts.uid);
    row.Set("action", name_of(kActionNames, facts.action, "unknown"));
    row.Set("evidence", name_of(kEvidenceNames, facts.evidence, "unknown"));
    row.Set("participant", facts.participant);
    set_place(row, facts.action, facts.slot);
    row.Set("seq", seq_or_null(env, facts.seq));
    row.Set("before", big(env, facts.before));
    row.Set("after", big(env, facts.after));
    array.Set(array.Length(), row);
  }
  return array;
}

Napi::Array plan_array(Napi::Env env, const std::vector<PlannedAction>& plan) {
  Napi::Array array = Napi::Array::New(env);
  for (const PlannedAction& action : plan) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("kind", name_of(kActionNames, action.kind, "unknown"));
    row.Set("participant", action.participant);
    row.Set("generation", big(env, action.generation));
    set_place(row, action.kind, action.slot);
    row.Set("seq", seq_or_null(env, action.seq));
    row.Set("before", big(env, action.before));
    row.Set("after", big(env, action.after));
    row.Set("loses", action.loses);
    array.Set(array.Length(), row);
  }
  return array;
}

/// A number that would be cut to 32 bits must not become another one.
static std::uint32_t whole_number_of(const Napi::Value& value, std::uint32_t most, const char* what) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= most && std::floor(number) == number)) {
    throw Error(Status::BAD_DATA, std::string("A plan's ") + what + " is a whole number from 0 to " +
                                      std::to_string(most) + ".");
  }
  return static_cast<std::uint32_t>(number);
}

namespace {

/// What acts on the living is never part of a plan.
bool is_plannable(RecorderAction kind) {
  return (kind >= RecorderAction::reset_slot && kind <= RecorderAction::free_participant) ||
         kind == RecorderAction::release_spinlock;
}

}  // namespace

PlannedAction to_planned_action(const Napi::Object& action) {
  PlannedAction planned;
  const std::string kind = action.Get("kind").ToString().Utf8Value();
  for (std::size_t i = 1; i < kActionNames.size(); ++i) {
    if (kind == kActionNames[i]) {
      planned.kind = static_cast<RecorderAction>(i);
    }
  }
  if (!is_plannable(planned.kind)) {
    throw Error(Status::BAD_DATA, "There is no recovery action \"" + kind + "\".");
  }
  planned.participant =
      static_cast<std::uint8_t>(whole_number_of(action.Get("participant"), 255, "participant"));
  planned.generation = unsigned_of(action.Get("generation"), "generation");
  const char* place = planned.kind == RecorderAction::release_spinlock ? "spinlock" : "slot";
  if (const Napi::Value number = action.Get(place); !number.IsNull()) {
    planned.slot = whole_number_of(number, RecorderFacts::kNoSlot - 1, place);
  }
  if (const Napi::Value seq = action.Get("seq"); !seq.IsNull()) {
    planned.seq = unsigned_of(seq, "seq");
  }
  planned.before = unsigned_of(action.Get("before"), "before");
  planned.after = unsigned_of(action.Get("after"), "after");
  planned.loses = whole_number_of(action.Get("loses"), 1, "loses");
  return planned;
}

}  // namespace datablock::addon
