// Cleaning up after the dead, and taking from the living by force: the cleaner is killed too.
#include "bystanders.hpp"
#include "operation.hpp"

namespace datablock::step {
namespace {

/// Somebody who has died in the middle of something.
struct Dead {
  const char* name;
  const char* what;
  bool is_producer;
  std::function<void(const World&, const Scene&)> body;
  std::function<bool(const World&)> there = {};  ///< where it dies; not set: at its end
  std::function<void(World&)> prepare = {};
  bool on_single = true;
};

bool is_joining_sync(const World& world) {
  bool found = false;
  for_each_participant(world.raw().view().control->sync.load(), [&](std::uint8_t id) {
    found |= world.raw().entry(id).state() == EntryState::joining &&
             world.raw().view().participant(id).hold.load() != kNoHold;
  });
  return found;
}

bool has_promised_its_end(const World& world) {
  for (std::uint8_t id = 1; id <= world.raw().view().max_participants; ++id) {
    if (world.raw().view().participant(id).ended.load() != 0) {
      return true;
    }
  }
  return false;
}

void empty_next_slot(World& world) {
  require(world.producer->acquire(World::kPatienceMs), "acquire");
  require(world.producer->abort(), "abort");
  for (std::uint64_t i = 1; i < world.slots(); ++i) {
    require(world.put(World::kPatienceMs), "put");
    world.sync->read_past(world.claim() - 1, World::kPatienceMs);
    world.sequential->read_past(world.claim() - 1, World::kPatienceMs);
  }
}

std::function<void(const World&, const Scene&)> read_as(ConsumerMode mode) {
  return [mode](const World& world, const Scene& scene) {
    Consumer consumer(World::kName, consumer_options(world, mode, StartFrom::oldest));
    introduce(scene, consumer.attachment());
    read_one(consumer);
    scene.begin();
    scene.end();
  };
}

const std::vector<Dead>& all_dead() {
  static const std::vector<Dead> all = {
      {"writer", "a producer with a slot in hand", true, take_slot},
      {"writer-unclaimed", "a producer that has taken a slot, but not moved `claim`", true, take_slot,
       is_claim_behind},
      {"run-writer",
       "a producer with all slots in hand",
       true,
       [](const World& world, const Scene& scene) {
         Producer producer(World::kName, producer_options(world));
         introduce(scene, producer.attachment());
         require(producer.acquire_run(world.slots(), World::kPatienceMs), "acquire_run");
         scene.begin();
         scene.end();
       },
       {},
       [](World& world) {
         world.sequential.reset();
         world.sync->let_go();
       }},
      {"drainer", "a producer in DRAINING", true, take_slot,
       [](const World& world) { return is_in_phase(world, Phase::draining); }},
      {"drainer-empty", "a producer in DRAINING_EMPTY", true, take_slot,
       [](const World& world) { return is_in_phase(world, Phase::draining_empty); }, empty_next_slot},
      {"ender", "a producer that has set its `ended`, but not published the mark", true,
       [](const World& world, const Scene& scene) {
         Producer producer(World::kName, producer_options(world));
         introduce(scene, producer.attachment());
         scene.begin();
         scene.end(producer.mark_end(0));
       },
       has_promised_its_end},
      {"reader", "a sync reader with a hold", false,
       [](const World& world, const Scene& scene) {
         Consumer consumer(World::kName, consumer_options(world, ConsumerMode::sync));
         introduce(scene, consumer.attachment());
         scene.begin();
         scene.end();
       }},
      {"history-reader", "a sync reader with a hold, and a pin in the history", false,
       read_as(ConsumerMode::sync)},
      {"pinner", "a sequential reader with its pin on a slot", false, read_as(ConsumerMode::sequential)},
      {"joiner", "a sync reader that was just joining", false,
       [](const World& world, const Scene& scene) {
         const ConsumerOptions options = consumer_options(world, ConsumerMode::sync);
         scene.begin();
         const Consumer consumer(World::kName, options);
         scene.end();
       },
       is_joining_sync},
      {"quarantined", "a producer whose slot was taken away by force", true, take_slot, {}, {}, false},
  };
  return all;
}

const Dead& dead_named(const std::string& name) {
  for (const Dead& dead : all_dead()) {
    if (dead.name == name) {
      return dead;
    }
  }
  throw Failure("There is no dead " + name);
}

void let_die(World& world, const Dead& dead, Route& route) {
  const auto there =
      dead.there ? std::function<bool()>([&] { return dead.there(world); }) : std::function<bool()>();
  const auto child = world.bring_bystander(
      route, [&](const Scene& scene) { dead.body(world, scene); }, there);
  if (std::string(dead.name) == "quarantined") {
    Recovery recovery(World::kName, world.dir());
    require(recovery.force_reset_slot(child->facts().seq.load() % world.slots(), true).status, "force");
  }
  world.kill_bystander(*child);
}

std::function<void(World&)> dies_before(const Dead& dead) {
  return [&dead, route = std::make_shared<Route>()](World& world) {
    if (dead.prepare) {
      dead.prepare(world);
    }
    world.get_ready();
    let_die(world, dead, *route);
  };
}

std::function<void(World&, const Facts&)> dies_after_begin(const Dead& dead) {
  return [&dead, route = std::make_shared<Route>()](World& world, const Facts&) {
    let_die(world, dead, *route);
  };
}

Operation recover_from(const Dead& dead) {
  return {.name = std::string("recover-") + dead.name,
          .what = std::string("plan and apply, after the death of ") + dead.what,
          .setting = {.child_writes = dead.is_producer},
          .on_single = dead.on_single,
          .child =
              [](const World& world, const Scene& scene) {
                Recovery recovery(World::kName, world.dir());
                scene.begin();
                scene.end(apply_plan(recovery));
              },
          .prepare = dies_before(dead)};
}

Operation attach_over(const Dead& dead) {
  return {.name = std::string("attach-over-") + dead.name,
          .what = std::string("a reader takes the entry of ") + dead.what,
          .setting = {.child_writes = dead.is_producer},
          .on_single = dead.on_single,
          .child =
              [](const World& world, const Scene& scene) {
                const ConsumerOptions options = consumer_options(world, ConsumerMode::sequential);
                scene.begin();
                const Consumer consumer(World::kName, options);
                scene.end();
              },
          .prepare = dies_before(dead)};
}

Operation succeed(const Dead& dead) {
  return {.name = std::string("succeed-") + dead.name,
          .what = std::string("a new producer attaches after the death of ") + dead.what,
          .setting = {.child_writes = true},
          .on_single = dead.on_single,
          .child =
              [](const World& world, const Scene& scene) {
                const ProducerOptions options = producer_options(world);
                scene.begin();
                const Producer producer(World::kName, options);
                scene.end();
              },
          .prepare = dies_before(dead)};
}

/// The producer has a slot in hand, and the child takes it away.
Operation force_quarantine() {
  return {.name = "force-quarantine",
          .what = "force-reset of a live producer's slot",
          .on_single = false,
          .child =
              [](const World& world, const Scene& scene) {
                Recovery recovery(World::kName, world.dir());
                const std::uint64_t slot = world.producer->slot();
                scene.begin();
                scene.end(recovery.force_reset_slot(slot, true).status);
              },
          .prepare = [](World& world) { require(world.producer->acquire(World::kPatienceMs), "acquire"); },
          .cleaned =
              [](World& world, Way) {
                const std::uint64_t slot = world.producer->slot();
                if (world.raw().word(slot).phase() != Phase::quarantined) {
                  require(world.publish(), "the commit of a slot that was not taken away");
                  return;
                }
                const std::unique_ptr<Producer> fenced = std::move(world.producer);
                world.go_on(world.slots() + 1);
                write_stamp(fenced->payload(), {Author::bystander, 1});
                expect(fenced->commit(kSlotSize) == Status::FENCED,
                       "A commit of a quarantined slot was not FENCED.");
                expect(!is_in_phase(world, Phase::quarantined), "The slot did not come back.");
              }};
}

/// A producer stands still in DRAINING, and the child takes the slot away.
Operation force_drain() {
  return {.name = "force-draining",
          .what = "force-reset of a slot that a live producer drains: given back",
          .on_single = false,
          .child =
              [](const World& world, const Scene& scene) {
                Recovery recovery(World::kName, world.dir());
                const std::uint64_t slot = world.claim() % world.slots();
                scene.begin();
                scene.end(recovery.force_reset_slot(slot, true).status);
              },
          .prepare = stands_still([](const World& world) { return is_in_phase(world, Phase::draining); }),
          .cleaned =
              [](World& world, Way) {
                world.go_on(2);
                world.bystander->run_to_end();
                world.kill_bystander(*world.bystander);
              }};
}

/// A producer sleeps behind the hold of a live reader, and the child takes that hold away.
Operation evict() {
  return {.name = "evict",
          .what = "evicting a live sync reader for whom a producer sleeps",
          .setting = {.holds = false, .self_heal = false},
          .child =
              [](const World& world, const Scene& scene) {
                Recovery recovery(World::kName, world.dir());
                const auto id = static_cast<std::uint8_t>(world.guest->id());
                const auto& entry = recovery.view().participant(id);
                const std::uint64_t generation = EntryWord{entry.word.load()}.generation();
                const std::uint64_t seen = entry.hold.load();
                scene.begin();
                scene.end(recovery.evict_consumer(id, generation, seen));
              },
          .prepare =
              [](World& world) {
                world.guest = std::make_unique<Reader>(World::kName, world.dir(), ConsumerMode::sync);
                require(world.put(World::kPatienceMs), "put");
                expect(world.guest->take(World::kPatienceMs), "The guest got nothing.");
                world.sync->read_past(world.claim() - 1, World::kPatienceMs);
              },
          .arrange =
              [](World& world, const Facts&) {
                while (world.put(0) == Status::OK) {
                  world.sync->read_past(world.claim() - 1, World::kPatienceMs);
                }
                world.put_asleep();
                expect(eventually([&] { return world.raw().has_hold_sleeper(world.guest->id()); }),
                       "The producer does not sleep.");
              },
          .check =
              [](World& world, const Outcome& outcome) {
                const auto id = static_cast<std::uint8_t>(world.guest->id());
                const bool is_evicted = world.raw().view().participant(id).hold.load() == kNoHold;
                expect(is_evicted || !outcome.has_ended, "The reader was evicted, and still holds.");
                if (is_evicted) {
                  const auto death = Reader::Clock::now();
                  world.join_writer();
                  world.note_wake_up(death, Reader::Clock::now());
                }
                const Status status = world.guest->consumer().release();
                expect(status == (is_evicted ? Status::EVICTED : Status::OK),
                       "An evicted reader was not told, or one that is none was.");
                world.guest.reset();
              }};
}

/// A producer is alive, with a slot in hand, and the child ends it.
Operation kill_participant() {
  return {.name = "kill-participant",
          .what = "ending a live participant's process",
          .setting = {.child_writes = true},
          .child =
              [](const World& world, const Scene& scene) {
                Recovery recovery(World::kName, world.dir());
                const auto id = static_cast<std::uint8_t>(world.bystander->facts().id.load());
                const EntryWord word{recovery.view().participant(id).word.load()};
                scene.begin();
                scene.end(recovery.kill_participant(id, word.generation(), World::kPatienceMs));
              },
          .prepare =
              [route = std::make_shared<Route>()](World& world) {
                world.get_ready();
                world.bystander =
                    world.bring_bystander(*route, [&](const Scene& scene) { take_slot(world, scene); });
              },
          .check = [](World& world, const Outcome&) { world.kill_bystander(*world.bystander); }};
}

/// By hand, on the slot of a producer that has died with it.
Operation reset_of_dead(const char* name, const char* what,
                        const std::function<Status(Recovery&, std::uint64_t)>& reset) {
  return {.name = name,
          .what = what,
          .setting = {.child_writes = true},
          .child =
              [reset](const World& world, const Scene& scene) {
                Recovery recovery(World::kName, world.dir());
                const std::uint64_t slot = (world.claim() - 1) % world.slots();
                scene.begin();
                scene.end(reset(recovery, slot));
              },
          .prepare = dies_before(dead_named("writer"))};
}

void check_healed(World& world, const Outcome& outcome) {
  const bool is_free = world.raw().entry(world.dead_id()).state() == EntryState::free;
  expect(is_free || !outcome.has_ended, "It has waited for the dead one, and did not clean up.");
}

Operation heal_by_reader() {
  return {.name = "heal-by-reader",
          .what = "a sync reader waits for a dead producer's message, and cleans up",
          .setting = {.child_writes = true},
          .returns = Status::TIMEOUT,
          .child =
              [](const World& world, const Scene& scene) {
                Consumer consumer(World::kName, consumer_options(world, ConsumerMode::sync));
                introduce(scene, consumer.attachment());
                scene.begin();
                scene.end(consumer.acquire(3));
              },
          .arrange = dies_after_begin(dead_named("writer")),
          .check = check_healed};
}

/// The child waits for what the dead one has; no sync reader stands in its way before. `spared`: slots that
/// the survivor leaves it, so that it comes to wait there.
Operation heal_by_writer(const char* name, const char* what, const Dead& dead, std::uint64_t spared) {
  return {.name = name,
          .what = what,
          .setting = {.child_writes = true, .holds = false},
          .on_single = false,
          .child =
              [](const World& world, const Scene& scene) {
                Producer producer(World::kName, producer_options(world));
                introduce(scene, producer.attachment());
                scene.begin();
                scene.end(producer.acquire(World::kPatienceMs));
              },
          .prepare = [](World& world) { world.sync.reset(); },
          .arrange =
              [spared, die = dies_after_begin(dead)](World& world, const Facts& facts) {
                die(world, facts);
                for (std::uint64_t i = spared; i < world.slots(); ++i) {
                  require(world.put(World::kPatienceMs), "put");
                }
              },
          .check = check_healed};
}

}  // namespace

std::vector<Operation> cleaning_operations() {
  std::vector<Operation> all;
  for (const Dead& dead : all_dead()) {
    all.push_back(recover_from(dead));
  }
  for (const char* name : {"writer", "drainer", "pinner", "history-reader", "quarantined"}) {
    all.push_back(attach_over(dead_named(name)));
  }
  for (const char* name : {"writer-unclaimed", "drainer-empty"}) {
    all.push_back(succeed(dead_named(name)));
  }
  all.push_back(heal_by_reader());
  all.push_back(heal_by_writer("heal-by-writer", "a producer waits for a dead one's slot, and cleans up",
                               dead_named("writer"), 1));
  all.push_back(heal_by_writer("heal-by-writer-hold",
                               "a producer waits for a dead reader's hold, and cleans up",
                               dead_named("reader"), 0));
  all.push_back(force_quarantine());
  all.push_back(force_drain());
  all.push_back(reset_of_dead(
      "force-dead", "force-reset of a dead producer's slot",
      [](Recovery& recovery, std::uint64_t slot) { return recovery.force_reset_slot(slot, false).status; }));
  all.push_back(
      reset_of_dead("skip-dead", "skipping a slot that a dead producer is stuck in",
                    [](Recovery& recovery, std::uint64_t slot) { return recovery.skip_stuck_slot(slot); }));
  all.push_back(evict());
  all.push_back(kill_participant());
  return all;
}

}  // namespace datablock::step
