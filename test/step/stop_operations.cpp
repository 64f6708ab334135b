// A producer that is stopped, fenced off by force and continued; and readers that are stopped with what they
// hold.
#include "stop_operation.hpp"

#include <chrono>
#include <thread>

#include "bystanders.hpp"

namespace datablock::step {
namespace {

constexpr Setting kWriter = {.child_writes = true, .holds = false};

std::string name_of(Status status) {
  return status == Status::OK ? "OK" : catalogue_entry(status).name;
}

Status status_of(const TracedChild& child) {
  return static_cast<Status>(child.facts().status.load());
}

// ---------------------------------------------------------------------------------------------- producers

/// What a producer does under the tracer's eye: a slot is filled in, and then published, given up, or still
/// in hand when it leaves; or it marks its end.
enum class Work : std::uint8_t { message, abort, leave, mark };

Status finish(Producer& producer, const Scene& scene, Work work) {
  switch (work) {
    case Work::abort:
      return producer.abort();
    case Work::leave:
      producer.close();
      return Status::OK;
    default:
      return publish(producer, scene);
  }
}

/// That; then, when it may go on, a message more; and it leaves.
std::function<void(const World&, const Scene&)> write_two(Work work) {
  return [work](const World& world, const Scene& scene) {
    Producer producer(World::kName, producer_options(world));
    introduce(scene, producer.attachment());
    scene.begin();
    Status status =
        work == Work::mark ? producer.mark_end(World::kPatienceMs) : producer.acquire(World::kPatienceMs);
    if (work != Work::mark && status == Status::OK) {
      fill(producer, scene);
      status = finish(producer, scene, work);
    }
    scene.end(status);
    if (work == Work::leave) {
      Producer again(World::kName, producer_options(world));
      write_one(again, scene);
    } else {
      write_one(producer, scene);
    }
  };
}

/// Is what it wrote under the tracer's eye there for all to see?
bool is_published(const World& world, const TracedChild& child, Work work) {
  const Facts& facts = child.facts();
  return work == Work::mark ? world.ledger.has_mark()
                            : facts.stamps.load() > 0 && world.ledger.is_committed(facts.seq.load());
}

/// Takes the stopped one's slots away, if it has some. How many of them are quarantined.
std::uint64_t take_slots_away(World& world, const TracedChild& child) {
  const unsigned owner = child.facts().id.load();
  std::uint64_t quarantined = 0;
  Recovery recovery(World::kName, world.dir());
  for (std::uint64_t slot = 0; slot < world.slots(); ++slot) {
    if (world.raw().word(slot).owner() != owner) {
      continue;
    }
    expect(recovery.force_reset_slot(slot, false).status == Status::OWNER_ALIVE,
           "A stopped owner is not taken for alive.");
    require(recovery.force_reset_slot(slot, true).status, "force");
    quarantined += world.raw().word(slot).phase() == Phase::quarantined ? 1 : 0;
  }
  return quarantined;
}

/// Two laps; then every slot that there is holds a message that is being read or waits for its reader, so
/// that late bytes would hit one.
void go_on_until_full(World& world, std::uint64_t quarantined) {
  world.go_on(2 * world.slots());
  world.sync->let_go();
  while (world.put(0) == Status::OK) {
  }
  std::uint64_t full = 0;
  for (std::uint64_t slot = 0; slot < world.slots(); ++slot) {
    full += world.raw().word(slot).phase() == Phase::committed ? 1 : 0;
  }
  expect(full + quarantined == world.slots(), "Only " + std::to_string(full) + " slots are in use.");
  expect(world.sync->take_run(world.slots()) > 0, "The sync reader got nothing.");
  if (world.sequential) {
    world.sequential->take(0);
  }
}

/// Lets go of everything that is in hand; its bytes are checked first. What is not in hand yet is checked
/// when it is read.
void let_go(World& world) {
  world.sync->let_go();
  if (world.sequential) {
    world.sequential->let_go();
  }
}

std::function<void(World&, TracedChild&)> fence_off(Work work) {
  return [work](World& world, TracedChild& child) {
    const bool had_slot =
        child.has_ended() || child.facts().stamps.load() > 0 || is_published(world, child, work);
    const std::uint64_t quarantined = take_slots_away(world, child);
    const bool is_quarantined = quarantined > 0;
    go_on_until_full(world, quarantined);
    child.thaw();
    if (is_quarantined || had_slot) {
      expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
    } else {  // it has nothing yet, and there is no space as long as the reader holds everything
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      expect(!child.has_ended(), "It has written into a full ring.");
    }
    let_go(world);
    expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
    world.note_commits(child.facts());
    const Status status = status_of(child);
    const bool is_told = work != Work::leave;
    expect(status == (is_quarantined && is_told ? Status::FENCED : Status::OK),
           "It was told " + name_of(status));
    const bool publishes = work == Work::message || work == Work::mark;
    expect(is_published(world, child, work) == (publishes && status == Status::OK),
           "What it was told is not what happened.");
    expect(!is_in_phase(world, Phase::quarantined), "Its slot did not come back.");
    const auto id = static_cast<std::uint8_t>(child.facts().id.load());
    expect((world.raw().view().participant(id).ended.load() != 0) == world.ledger.has_mark(),
           "It takes its stream for ended, or for open, and it is not.");
  };
}

/// It never wakes up again, and is killed: now there is a dead one to clean up after.
void fence_off_and_kill(World& world, TracedChild& child) {
  go_on_until_full(world, take_slots_away(world, child));
  world.kill_bystander(child);
  let_go(world);
  world.recover();
  expect(!is_in_phase(world, Phase::quarantined), "Its slot did not come back.");
}

/// A run of slots, of which the ring keeps one; then, when it may go on, a message more; and it leaves.
void write_run(const World& world, const Scene& scene) {
  Producer producer(World::kName, producer_options(world));
  introduce(scene, producer.attachment());
  scene.begin();
  Status status = producer.acquire_run(world.slots() - 1, World::kPatienceMs);
  if (status == Status::OK) {
    status = publish_run(producer, scene, fill_run(producer, scene));
  }
  scene.end(status);
  write_one(producer, scene);
}

/// Those of its slots that are taken away are fenced off, the others are published.
void fence_off_run(World& world, TracedChild& child) {
  const Facts& facts = child.facts();
  const std::uint64_t before = world.ledger.messages_of(Author::child);
  const std::uint64_t quarantined = take_slots_away(world, child);
  go_on_until_full(world, quarantined);
  child.thaw();
  let_go(world);
  expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
  world.note_commits(facts);
  expect(status_of(child) == (quarantined > 0 ? Status::FENCED : Status::OK),
         "It was told " + name_of(status_of(child)));
  const std::uint64_t published = world.ledger.messages_of(Author::child);
  expect(published >= before && published == facts.published.load(),
         "What it was told is not what happened: " + std::to_string(published) + " messages are there.");
  expect(published + quarantined == facts.stamps.load(), "A message is neither published nor fenced off.");
  expect(!is_in_phase(world, Phase::quarantined), "Its slots did not come back.");
}

// ---------------------------------------------------------------------------------------------- readers

/// Takes a message, looks at it twice, lets it go. CORRUPT: the release was fine, and the message was not.
std::function<void(const World&, const Scene&)> read_twice(ConsumerMode mode, StartFrom from) {
  return [mode, from](const World& world, const Scene& scene) {
    Consumer consumer(World::kName, consumer_options(world, mode, from));
    introduce(scene, consumer.attachment());
    scene.begin();
    Status status = consumer.acquire(0);
    if (status == Status::OK) {
      const auto first = read_stamp(consumer.payload());
      const auto second = read_stamp(consumer.payload());
      status = consumer.release();
      if (status == Status::OK && (!first || first != second)) {
        status = Status::CORRUPT;
      }
    }
    scene.end(status);
  };
}

/// It costs the ring a slot at most, and what it holds stays as it is.
void leave_it_alone(World& world, TracedChild& child) {
  world.go_on(2 * world.slots());
  child.thaw();
  expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
  expect(status_of(child) == Status::OK, "Its message: " + name_of(status_of(child)));
}

/// It stands in everybody's way, and is evicted; it must find out.
void evict(World& world, TracedChild& child) {
  const auto id = static_cast<std::uint8_t>(child.facts().id.load());
  const auto& entry = world.raw().view().participant(id);
  const std::uint64_t generation = EntryWord{entry.word.load()}.generation();
  const std::uint64_t hold = entry.hold.load();
  const bool has_finished = hold == world.claim();
  Recovery recovery(World::kName, world.dir());
  require(recovery.evict_consumer(id, generation, hold), "evict");
  world.go_on(2 * world.slots());
  child.thaw();
  expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
  expect(status_of(child) == (has_finished ? Status::OK : Status::EVICTED),
         "It was told " + name_of(status_of(child)));
}

// ---------------------------------------------------------------------------------------------- operators

/// Somebody dies with what `body` leaves in hand, before the child is forked.
std::function<void(World&)> dies_first(const std::function<void(const World&, const Scene&)>& body) {
  return [body](World& world) {
    world.get_ready();
    Route route;
    world.kill_bystander(*world.bring_bystander(route, [&](const Scene& scene) { body(world, scene); }));
  };
}

void hold_one(const World& world, const Scene& scene) {
  Consumer consumer(World::kName, consumer_options(world, ConsumerMode::sync, StartFrom::oldest));
  introduce(scene, consumer.attachment());
  read_one(consumer);
  scene.begin();
  scene.end();
}

void recover(const World& world, const Scene& scene) {
  Recovery recovery(World::kName, world.dir());
  scene.begin();
  scene.end(apply_plan(recovery));
}

/// Others clean up, and somebody new sits in the dead one's seat: a stale plan must not touch him.
void take_the_seat(World& world, TracedChild& child) {
  const bool is_cleaning =
      probe_lock(world.raw().file().fd.get(), kLockBase + world.dead_id()) == LockState::held;
  if (!is_cleaning) {  // else nobody else may; the ring may have to wait
    world.clean(Way::attaching);
    const auto holds = [&](unsigned id) { return id == world.dead_id(); };
    bool is_taken = holds(world.producer->attachment().id());
    for (const auto& newcomer : world.newcomers) {
      is_taken |= holds(newcomer->id());
    }
    expect(is_taken, "Nobody has the dead one's seat.");
    world.go_on(2 * world.slots());
  }
  child.thaw();
  expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
}

/// The owner of the slot commits while the operator stands still, and goes on.
void commit_meanwhile(World& world, TracedChild& child) {
  const bool is_quarantined = world.raw().word(world.producer->slot()).phase() == Phase::quarantined;
  expect(world.publish() == (is_quarantined ? Status::FENCED : Status::OK), "The owner's commit.");
  world.go_on(2 * world.slots());
  child.thaw();
  expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
  expect(is_quarantined || status_of(child) != Status::OK, "What was taken away was nobody's.");
  expect(!is_in_phase(world, Phase::quarantined), "A slot is quarantined for nobody.");
}

/// The reader goes on while the operator who wants to evict it stands still.
void read_meanwhile(World& world, TracedChild& child) {
  const auto id = static_cast<std::uint8_t>(world.guest->id());
  const bool is_evicted = world.raw().view().participant(id).hold.load() == kNoHold;
  expect(world.guest->consumer().release() == (is_evicted ? Status::EVICTED : Status::OK),
         "The reader's release.");
  child.thaw();
  expect(child.reaches_end(World::kPatienceMs), "It does not go on.");
  expect(is_evicted == (status_of(child) == Status::OK),
         "The operator was told " + name_of(status_of(child)));
  if (!is_evicted) {
    require(world.put(World::kPatienceMs), "put");
    require(world.guest->consumer().acquire(World::kPatienceMs), "The reader's next message");
    require(world.guest->consumer().release(), "The reader's next release");
  }
  world.guest.reset();
}

}  // namespace

std::vector<StopOperation> stop_operations() {
  std::vector<StopOperation> all;
  all.push_back({.name = "message",
                 .what = "a message: its slot is taken away by force",
                 .setting = {.child_writes = true, .sequential = false, .holds = false},
                 .child = write_two(Work::message),
                 .act = fence_off(Work::message)});
  all.push_back({.name = "message-draining",
                 .what = "the same with a lossy reader attached",
                 .setting = kWriter,
                 .child = write_two(Work::message),
                 .act = fence_off(Work::message)});
  all.push_back({.name = "message-behind-pin",
                 .what = "the same with the slot pinned",
                 .setting = {.child_writes = true, .holds = false, .keeps_pin = true},
                 .child = write_two(Work::message),
                 .act = fence_off(Work::message),
                 .prepare = [](World& world) { world.pin_next_slot(); }});
  all.push_back({.name = "message-sealed",
                 .what = "the same with enforced checksums: it writes a late one, too",
                 .setting = {.child_writes = true, .holds = false, .sealed = true},
                 .child = write_two(Work::message),
                 .act = fence_off(Work::message)});
  all.push_back({.name = "message-killed",
                 .what = "the same, and it is killed instead of continued",
                 .setting = kWriter,
                 .child = write_two(Work::message),
                 .act = fence_off_and_kill});
  all.push_back({.name = "abort",
                 .what = "a message that is given up: its slot is taken away by force",
                 .setting = kWriter,
                 .child = write_two(Work::abort),
                 .act = fence_off(Work::abort)});
  all.push_back({.name = "leave",
                 .what = "leaving with a slot in hand: it is taken away by force",
                 .setting = kWriter,
                 .child = write_two(Work::leave),
                 .act = fence_off(Work::leave)});
  all.push_back({.name = "run",
                 .what = "a run of slots: all that it has are taken away by force",
                 .setting = {.child_writes = true, .sequential = false, .holds = false},
                 .child = write_run,
                 .act = fence_off_run});
  all.push_back({.name = "end-mark",
                 .what = "an end-of-stream mark: its slot is taken away by force",
                 .setting = {.child_writes = true, .sequential = false, .holds = false},
                 .child = write_two(Work::mark),
                 .act = fence_off(Work::mark)});
  all.push_back({.name = "read-sequential",
                 .what = "a sequential reader: the ring goes on without its slot",
                 .setting = {.holds = false},
                 .on_single = true,
                 .child = read_twice(ConsumerMode::sequential, StartFrom::oldest),
                 .act = leave_it_alone});
  all.push_back({.name = "read-latest",
                 .what = "a latest reader: the ring goes on without its slot",
                 .setting = {.holds = false},
                 .on_single = true,
                 .child = read_twice(ConsumerMode::latest, StartFrom::latest),
                 .act = leave_it_alone});
  all.push_back({.name = "read-sync",
                 .what = "a sync reader: it is evicted",
                 .setting = {.holds = false},
                 .on_single = true,
                 .child = read_twice(ConsumerMode::sync, StartFrom::latest),
                 .act = evict,
                 .arrange = [](World& world) {
                   require(world.put(World::kPatienceMs), "put");
                   world.sync->read_past(world.claim() - 1, World::kPatienceMs);
                 }});
  all.push_back(
      {.name = "recover-writer",
       .what = "a recovery after a producer's death: others clean up, a newcomer has the dead one's seat",
       .setting = kWriter,
       .on_single = true,
       .child = recover,
       .act = take_the_seat,
       .prepare = dies_first(take_slot)});
  all.push_back(
      {.name = "recover-reader",
       .what = "a recovery after a reader's death: others clean up, a newcomer has the dead one's seat",
       .setting = {.holds = false},
       .on_single = true,
       .child = recover,
       .act = take_the_seat,
       .prepare = dies_first(hold_one)});
  all.push_back(
      {.name = "force-quarantine",
       .what = "a force-reset of a live producer's slot: it commits meanwhile",
       .setting = {.holds = false},
       .child =
           [](const World& world, const Scene& scene) {
             Recovery recovery(World::kName, world.dir());
             const std::uint64_t slot = world.producer->slot();
             scene.begin();
             scene.end(recovery.force_reset_slot(slot, true).status);
           },
       .act = commit_meanwhile,
       .prepare = [](World& world) { require(world.producer->acquire(World::kPatienceMs), "acquire"); }});
  all.push_back({.name = "evict",
                 .what = "an eviction of a live sync reader: it goes on meanwhile",
                 .setting = {.holds = false},
                 .on_single = true,
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
                 .act = read_meanwhile,
                 .prepare =
                     [](World& world) {
                       world.guest = std::make_unique<Reader>(World::kName, world.dir(), ConsumerMode::sync);
                       require(world.put(World::kPatienceMs), "put");
                       expect(world.guest->take(World::kPatienceMs), "The guest got nothing.");
                       world.sync->read_past(world.claim() - 1, World::kPatienceMs);
                     }});
  return all;
}

}  // namespace datablock::step
