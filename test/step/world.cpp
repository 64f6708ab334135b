#include "world.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "core/validation.hpp"
#include "failure.hpp"

namespace datablock::step {
namespace {

constexpr std::uint32_t kParticipants = 10;

std::string name_of(Status status) {
  return status == Status::OK ? "OK" : catalogue_entry(status).name;
}

}  // namespace

const char* to_string(Way way) {
  switch (way) {
    case Way::recovery:
      return "recovery";
    case Way::attaching:
      return "attaching";
    case Way::waiting:
      return "waiting";
    case Way::late:
      return "late";
  }
  return "?";
}

World::World(std::string dir, const Kind& kind, const Setting& setting)
    : file_(std::move(dir)), kind_(kind), setting_(setting) {
  if (!setting_.child_creates) {
    create_block();
    warm_up();
  }
}

World::File::~File() {
  std::error_code ignored;
  std::filesystem::remove(dir + "/" + kName, ignored);
}

World::~World() {
  if (writer_.joinable()) {
    producer->cancel();
    writer_.join();
  }
}

BlockConfig World::config() const {
  BlockConfig config;
  config.slot_count = slots();
  config.slot_size = kSlotSize;
  config.producer_mode = kind_.mode;
  config.fences = kind_.fences;
  config.max_participants = kParticipants;
  config.self_heal = setting_.self_heal;
  config.heal_after_ms = setting_.heal_after_ms;
  if (setting_.zoned) {
    config.zones = {{"shared", 64}};
  }
  if (setting_.sealed) {
    config.checksum_algorithm = ChecksumAlgorithm::xxh3;
    config.checksum_policy = ChecksumPolicy::enforced;
  }
  return config;
}

void World::create_block() {
  create_segment(kName, dir(), config());
  raw_ = std::make_unique<RawBlock>(kName, dir());
}

void World::warm_up() {
  complete_survivors();
  for (unsigned i = 0; i < setting_.warm_up; ++i) {
    sync->let_go();
    expect(put(kPatienceMs) == Status::OK, "The warm-up could not write.");
    if (sequential) {
      sequential->read_past(claim() - 1, kPatienceMs);
    }
    expect(sync->take(kPatienceMs), "The warm-up could not read.");
  }
}

void World::get_ready() {
  if (!sync) {
    return;
  }
  if (!setting_.holds) {
    sync->let_go();
  }
  if (setting_.child_writes && !kind_.is_multi()) {
    producer.reset();
  }
}

// ---------------------------------------------------------------------------------------------- survivors

void World::complete_survivors() {
  if (!producer) {
    ProducerOptions options;
    options.dir = dir();
    options.name = "survivor";
    producer = std::make_unique<Producer>(kName, options);
  }
  if (!sync) {
    sync = std::make_unique<Reader>(kName, dir(), ConsumerMode::sync);
  }
  if (!sequential && (setting_.sequential || deaths_ > 0)) {
    sequential = std::make_unique<Reader>(kName, dir(), ConsumerMode::sequential, StartFrom::oldest);
  }
}

Status World::put(std::int64_t ms) {
  const Status status = producer->acquire(ms);
  return status == Status::OK ? publish() : status;
}

Status World::publish() {
  const Stamp stamp{Author::survivor, ++stamps_};
  write_stamp(producer->payload(), stamp);
  const std::uint64_t seq = producer->seq();
  const Status status = producer->commit(length_of(stamp));
  if (status == Status::OK) {
    ledger.note_message(seq, stamp);
  }
  return status;
}

void World::pin_next_slot() {
  sequential = std::make_unique<Reader>(kName, dir(), ConsumerMode::sequential, StartFrom::oldest);
  expect(sequential->take(0), "There is nothing to pin.");
}

void World::put_asleep() {
  writer_ = std::thread([this] {
    try {
      const Status status = put(kPatienceMs);
      expect(status == Status::OK, "The sleeping writer ended with " + name_of(status));
    } catch (const Failure& failure) {
      writer_failure_ = failure.what();
    }
  });
}

void World::join_writer() {
  if (writer_.joinable()) {
    writer_.join();
    expect(writer_failure_.empty(), writer_failure_);
  }
}

// ---------------------------------------------------------------------------------------------- dead and
// stopped

std::unique_ptr<TracedChild> World::bring_bystander(Route& route, const TracedChild::Body& body,
                                                    const std::function<bool()>& there) const {
  auto child = std::make_unique<TracedChild>(body);
  if (!there) {
    child->run_to_end();
    return child;
  }
  if (!route.trace) {
    route.trace = Trace::record(*child, {.changed = [] { return false; }, .is_enough = there});
  } else {
    route.trace->bring(*child, 0, route.trace->length());
  }
  while (!there()) {
    expect(child->step(), "A bystander did not get where it should stand.");
  }
  return child;
}

void World::kill_bystander(TracedChild& child) {
  const pid_t pid = child.pid();
  dead_id_ = child.facts().id.load();
  child.kill();
  note_commits(child.facts());
  note_death(pid);
}

unsigned World::note_commits(const Facts& facts) {
  unsigned found = 0;
  if (writer_.joinable()) {
    return found;  // it notes its own, and the child is none that writes
  }
  for (std::uint64_t slot = 0; slot < raw().slots(); ++slot) {
    const SlotWord word = raw().word(slot);
    if (word.phase() != Phase::committed) {
      continue;
    }
    const std::uint64_t seq = seq_of(word.lap(), slot, raw().slots());
    if (ledger.is_committed(seq)) {
      continue;
    }
    ++found;
    if ((raw().flags(slot) & MessageFlag::end) != 0) {
      ledger.note_mark(seq);
      continue;
    }
    const auto stamp = read_stamp({raw().view().slot_payload(slot), raw().view().states[slot].length.load()});
    expect(stamp && stamp->author != Author::survivor && stamp->index <= facts.stamps.load(),
           "Number " + std::to_string(seq) + " is committed, but its bytes are not what was written.");
    ledger.note_message(seq, *stamp);
  }
  return found;
}

void World::note_death(pid_t pid) {
  ++deaths_;
  const RingPosition next(claim(), slots());
  const SlotWord word = raw().word(next.slot());
  const bool is_unmoved =
      word.phase() == Phase::writing && word.lap() == next.lap() && !raw().is_locked(word.owner());
  unmoved_claim_ = is_unmoved ? std::optional(next.seq()) : std::nullopt;
  for (unsigned id = 1; id <= raw().view().max_participants; ++id) {
    const auto& entry = raw().view().participant(static_cast<std::uint8_t>(id));
    const bool is_producer = entry.role.load() == static_cast<std::uint8_t>(Role::producer);
    if (raw().entry(id).state() != EntryState::active || !is_producer ||
        entry.pid.load() != static_cast<std::uint32_t>(pid) || entry.standby.load() != 0) {
      continue;
    }
    // It has ended its stream if its mark is there for all to see. (Only one process of a case ever marks.)
    const bool has_ended = entry.ended.load() != 0 && ledger.has_mark();
    lost_producers_ += has_ended ? 0 : 1;
  }
}

void World::note_wake_up(Reader::Clock::time_point death, Reader::Clock::time_point woke_up) {
  constexpr std::uint64_t kLongestNapMs = 100;
  constexpr std::uint64_t kSlackMs = 5000;  // for a machine that has other things to do
  const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(woke_up - death).count();
  longest_wake_ms_ = std::max(longest_wake_ms_, static_cast<std::uint64_t>(std::max<std::int64_t>(late, 0)));
  expect(longest_wake_ms_ < kLongestNapMs + kSlackMs,
         "The sleeper woke up after " + std::to_string(longest_wake_ms_) + " ms.");
}

void World::meddle() {
  for (int i = 0; i < 2 && producer && !producer->has_slot() && !writer_.joinable(); ++i) {
    const Status status = put(2);
    has_meddled_ |= status == Status::OK;
    expect(status == Status::OK || status == Status::TIMEOUT, "Beside a stopped child: " + name_of(status));
  }
  for (Reader* reader : {sync.get(), sequential.get()}) {
    while (reader != nullptr && !reader->has_in_hand() && !reader->is_asleep() && reader->take(0)) {
      reader->let_go();
    }
  }
}

// ---------------------------------------------------------------------------------------------- afterwards

void World::recover() const {
  // Somebody who waits may be cleaning up at the same time: then a step is refused, and there is nothing left
  // to plan.
  const bool is_alone = !writer_.joinable() && !(sync && sync->is_asleep());
  Recovery recovery(kName, dir());
  const auto end = Reader::Clock::now() + std::chrono::milliseconds(kPatienceMs);
  for (;;) {
    const auto plan = recovery.plan();
    if (plan.empty()) {
      return;
    }
    for (const PlannedAction& action : plan) {
      const Status status = recovery.apply(action);
      expect(status == Status::OK || !is_alone,
             "A planned step (kind " + std::to_string(static_cast<int>(action.kind)) + " of participant " +
                 std::to_string(action.participant) + ") ended with " + name_of(status));
    }
    const bool is_done = recovery.plan().empty();
    expect(is_done || (!is_alone && Reader::Clock::now() < end),
           "A plan was applied, and there still is something to plan.");
  }
}

void World::check_invariants(Traces admitted) const {
  for (const Violation& violation : validate(raw().file(), raw().view(), setting_.sealed).violations) {
    expect(violation.repairable && admitted == Traces::of_the_dead,
           std::string("validate: ") + violation.rule + ": " + violation.detail);
  }
}

void World::clean(Way way) {
  switch (way) {
    case Way::recovery:
    case Way::late:
      recover();
      check_invariants(Traces::none);
      expect(!unmoved_claim_ || claim() > *unmoved_claim_,
             "The dead one's number is resolved, and not claimed.");
      break;
    case Way::attaching:
      complete_survivors();
      for (const ConsumerMode mode : {ConsumerMode::sequential, ConsumerMode::sync}) {
        newcomers.push_back(std::make_unique<Reader>(kName, dir(), mode));
      }
      break;
    case Way::waiting:
      if (!setting_.self_heal) {
        recover();
      } else if (sync && !sync->is_asleep() && !sync->has_in_hand() && sync->take(3)) {
        sync->let_go();
      }
      break;
  }
}

void World::make_room() {
  if (sync->is_asleep() && !has_meddled_) {
    return;  // it sleeps for what is written next
  }
  if (sync->is_asleep()) {
    sync->wake_up();
  }
  do {
    sync->let_go();
  } while (sync->take(0));
}

void World::go_on(std::uint64_t count) {
  join_writer();
  if (sequential && !setting_.keeps_pin) {
    sequential->let_go();
  }
  complete_survivors();
  for (std::uint64_t i = 0; i < count; ++i) {
    make_room();
    const Status status = put(kPatienceMs);
    expect(status == Status::OK, "A survivor cannot write: " + name_of(status));
    const std::uint64_t seq = claim() - 1;
    if (sync->is_asleep()) {
      sync->wake_up();
    }
    sync->read_past(seq, kPatienceMs);
    if (sequential && sequential->has_in_hand() && i < slots()) {
      sequential->check_hand();
    } else if (sequential) {
      sequential->read_past(seq, kPatienceMs);
    }
    for (const auto& newcomer : newcomers) {
      newcomer->read_past(seq, kPatienceMs);
    }
  }
}

void World::sweep() {
  recover();
  check_invariants(Traces::none);
  for (std::uint64_t slot = 0; slot < raw().slots(); ++slot) {
    expect(raw().word(slot).is_settled(),
           "Slot " + std::to_string(slot) + " is " + describe(raw().word(slot)));
  }
}

void World::check() const {
  const std::uint64_t claim = this->claim();
  sync->check(ledger, claim);
  if (sequential) {
    sequential->check(ledger, claim);
  }
  for (const auto& newcomer : newcomers) {
    newcomer->check(ledger, claim);
  }
  // The counter is raised after its tombstone is made: each death may cost it one.
  const std::uint64_t tombstones = claim - ledger.committed();
  const std::uint64_t counted = raw().view().metrics->tombstones.load();
  expect(counted <= tombstones && counted + deaths_ >= tombstones,
         "There are " + std::to_string(tombstones) + " tombstones, but " + std::to_string(counted) +
             " were counted.");
  // Also raised before its entry is freed: a cleaner that dies in between makes the next one raise it again.
  const std::uint64_t lost = raw().view().control->lost_producers.load();
  expect(lost >= lost_producers_ && lost <= lost_producers_ * deaths_,
         std::to_string(lost_producers_) + " producers died without an end mark, but " +
             std::to_string(lost) + " were counted.");
}

void World::adopt_block() {
  if (!std::filesystem::exists(dir() + "/" + kName)) {
    const bool is_empty = std::filesystem::is_empty(dir());
    expect(is_empty, "The block has no name, but something was left behind.");
    create_segment(kName, dir(), config());
  }
  raw_ = std::make_unique<RawBlock>(kName, dir());
  expect(differences(raw().file().header, raw().file().zones, raw().file().schema, config()).empty(),
         "The block is not what was asked for.");
}

}  // namespace datablock::step
