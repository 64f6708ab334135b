// The second part: a producer is stopped in the middle of a message, its slot is taken away by force, the
// ring goes on for two laps, and then it wakes up and finishes what it was doing.
#include <chrono>
#include <exception>
#include <thread>

#include "child.hpp"
#include "sweep.hpp"

namespace datablock::step {
namespace {

using Clock = std::chrono::steady_clock;

struct StopOperation {
  const char* name;
  Setting setting;
  bool pinned = false;
  bool marks = false;  ///< an end-of-stream mark instead of a message
};

const StopOperation kStopOperations[] = {
    {"message", {.child_writes = true, .sequential = false, .holds = false}},
    {"message-draining", {.child_writes = true, .holds = false}},
    {"message-behind-pin", {.child_writes = true, .holds = false, .keeps_pin = true}, true},
    {"end-mark", {.child_writes = true, .sequential = false, .holds = false}, false, true},
};

/// Acquires, writes and commits one message under the tracer's eye; then, when it may go on, another one; and
/// leaves.
void write_two(const World& world, const Scene& scene, bool marks) {
  Producer producer(World::kName, producer_options(world));
  introduce(scene, producer.attachment());
  scene.begin();
  Status status = marks ? producer.mark_end(World::kPatienceMs) : producer.acquire(World::kPatienceMs);
  if (!marks && status == Status::OK) {
    fill(producer, scene);
    status = publish(producer, scene);
  }
  scene.end(status);
  write_one(producer, scene);
}

class StopSweep {
 public:
  StopSweep(const SweepContext& context, const StopOperation& operation, const Kind& kind)
      : context_(context), operation_(operation), kind_(kind) {}

  void run() {
    const auto start = Clock::now();
    row_.part = "stop";
    row_.operation = operation_.name;
    row_.kind = kind_.name;
    try {
      announce(context_, "stop", operation_.name, kind_, 0);
      Case one(context_, operation_, kind_);
      trace_ = Trace::record(*one.child, {.changed = [&] { return one.world.raw().has_changed(); }});
    } catch (const std::exception& error) {
      ++row_.failures;
      context_.tell(Report::encode(Fault{"stop", operation_.name, kind_.name, 0, "", error.what(), "", ""}));
    }
    if (row_.failures == 0) {
      row_.instructions = trace_.length();
      row_.changes = trace_.changes();
      for (const std::uint64_t k : points(trace_, context_.options)) {
        announce(context_, "stop", operation_.name, kind_, k);
        run_case(k);
      }
    }
    row_.ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count());
    context_.tell(Report::encode(row_));
  }

 private:
  struct Case {
    Case(const SweepContext& context, const StopOperation& operation, const Kind& kind)
        : world(context.dir, kind, operation.setting) {
      if (operation.pinned) {
        world.pin_next_slot();
      }
      world.get_ready();
      child = std::make_unique<TracedChild>(
          [&](const Scene& scene) { write_two(world, scene, operation.marks); });
    }

    World world;
    std::unique_ptr<TracedChild> child;
    bool is_quarantined = false;
  };

  void run_case(std::uint64_t k) {
    std::string where;
    std::string state;
    try {
      Case one(context_, operation_, kind_);
      ++row_.points;
      row_.astray += trace_.bring(*one.child, 0, k) ? 0 : 1;
      where = place_of(one.child->instruction());
      state = one.world.raw().describe();
      stop(one);
      go_on_without(one);
      wake_up(one);
      go_on_together(one);
    } catch (const std::exception& error) {
      ++row_.failures;
      context_.tell(Report::encode(
          Fault{"stop", operation_.name, kind_.name, k, "", error.what(), where + " ", state}));
    }
  }

  static void stop(Case& one) {
    World& world = one.world;
    one.child->freeze();
    world.note_commits(one.child->facts());
    const std::uint64_t slot = world.raw().slot_owned_by(one.child->facts().id.load());
    if (slot == World::kSlots) {
      return;
    }
    Recovery recovery(World::kName, world.dir());
    expect(recovery.force_reset_slot(slot, false).status == Status::OWNER_ALIVE,
           "A stopped owner is not taken for alive.");
    require(recovery.force_reset_slot(slot, true).status, "force");
    one.is_quarantined = world.raw().word(slot).phase() == Phase::quarantined;
  }

  /// Two laps; then every slot that there is holds a message that is being read or waits for its reader, so
  /// that late bytes would hit one.
  static void go_on_without(Case& one) {
    World& world = one.world;
    world.go_on(2 * World::kSlots);
    world.sync->let_go();
    while (world.put(0) == Status::OK) {
    }
    std::uint64_t full = 0;
    for (std::uint64_t slot = 0; slot < World::kSlots; ++slot) {
      full += world.raw().word(slot).phase() == Phase::committed ? 1 : 0;
    }
    expect(full + (one.is_quarantined ? 1 : 0) == World::kSlots,
           "Only " + std::to_string(full) + " slots are in use.");
    expect(world.sync->take_run(World::kSlots) > 0, "The sync reader got nothing.");
    if (world.sequential) {
      world.sequential->take(0);
    }
  }

  void wake_up(Case& one) const {
    World& world = one.world;
    const TracedChild& child = *one.child;
    const bool had_ended = child.has_ended();
    child.thaw();
    // One that has nothing yet waits for space, which there is none as long as the reader holds everything.
    const bool must_wait = !one.is_quarantined && !had_ended && !is_published(one);
    if (must_wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      expect(!child.has_ended(), "It has written into a full ring.");
    } else {
      expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
    }
    world.sync
        ->let_go();  // checks the bytes first; those that are not in hand yet are checked when they are read
    if (world.sequential) {
      world.sequential->let_go();
    }
    expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
    world.note_commits(child.facts());
    const auto status = static_cast<Status>(child.facts().status.load());
    expect(
        status == (one.is_quarantined ? Status::FENCED : Status::OK),
        std::string("Its commit returned ") + (status == Status::OK ? "OK" : catalogue_entry(status).name));
    expect(is_published(one) == (status == Status::OK), "What its commit returned is not what happened.");
    const bool says_ended =
        world.raw().view().participant(static_cast<std::uint8_t>(child.facts().id.load())).ended.load() != 0;
    expect(says_ended == world.ledger.has_mark(), "It takes its stream for ended, or open, and it is not.");
  }

  bool is_published(const Case& one) const {
    const Facts& facts = one.child->facts();
    return operation_.marks ? one.world.ledger.has_mark()
                            : facts.stamps.load() > 0 && one.world.ledger.is_committed(facts.seq.load());
  }

  /// Its slot is back, its handle is fine, and nothing reminds of what has been.
  static void go_on_together(Case& one) {
    World& world = one.world;
    const std::uint64_t before = world.claim();
    world.go_on(2 * World::kSlots);
    expect(world.claim() == before + 2 * World::kSlots, "The slot did not come back.");
    world.sweep();
    expect(one.child->dismiss() == 0, std::string("Its next message: ") + one.child->facts().complaint);
    world.note_commits(one.child->facts());
    world.go_on(World::kSlots);
    world.sweep();
    world.check();
  }

  const SweepContext& context_;
  const StopOperation& operation_;
  const Kind& kind_;
  Trace trace_;
  Row row_;
};

}  // namespace

std::vector<std::string> stop_operations() {
  std::vector<std::string> names;
  for (const StopOperation& operation : kStopOperations) {
    names.emplace_back(operation.name);
  }
  return names;
}

void sweep_stops(const SweepContext& context, const std::string& name, const Kind& kind) {
  for (const StopOperation& operation : kStopOperations) {
    if (operation.name == name && kind.is_multi()) {
      StopSweep(context, operation, kind).run();
    }
  }
}

}  // namespace datablock::step
