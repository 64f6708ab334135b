// acquire, write, commit, abort, end of stream: what a producer does with a slot.
#include "bystanders.hpp"
#include "operation.hpp"

namespace datablock::step {
namespace {

constexpr Setting kWriter = {.child_writes = true};
constexpr Setting kWriterAlone = {.child_writes = true, .sequential = false};

/// The child has a slot in hand and has filled it in; `act` is the operation.
template <class Act>
std::function<void(const World&, const Scene&)> with_slot(Act act) {
  return [act](const World& world, const Scene& scene) {
    Producer producer(World::kName, producer_options(world));
    introduce(scene, producer.attachment());
    require(producer.acquire(World::kPatienceMs), "acquire");
    fill(producer, scene);
    scene.begin();
    scene.end(act(producer, scene));
  };
}

/// The child has just attached.
template <class Act>
std::function<void(const World&, const Scene&)> with_producer(Act act) {
  return [act](const World& world, const Scene& scene) {
    Producer producer(World::kName, producer_options(world));
    introduce(scene, producer.attachment());
    scene.begin();
    scene.end(act(producer, scene));
  };
}

constexpr auto kTryToAcquire = [](Producer& producer, const Scene&) { return producer.acquire(0); };
constexpr auto kCommit = [](Producer& producer, const Scene& scene) { return publish(producer, scene); };
constexpr auto kWriteMessage = [](Producer& producer, const Scene& scene) {
  const Status status = producer.acquire(0);
  if (status != Status::OK) {
    return status;
  }
  fill(producer, scene);
  return publish(producer, scene);
};
constexpr auto kTakeRun = [](Producer& producer) {
  require(producer.acquire_run(producer.view().slot_count, 0), "acquire_run");
  expect(producer.run().size() == producer.view().slot_count, "The run is too short.");
};
constexpr auto kAbort = [](Producer& producer, const Scene&) { return producer.abort(); };

void pin_next_slot(World& world) {
  world.pin_next_slot();
}

/// The oldest number of the ring becomes a tombstone: the slot that is claimed next is FREE.
void free_next_slot(World& world) {
  require(world.producer->acquire(World::kPatienceMs), "acquire");
  require(world.producer->abort(), "abort");
  for (std::uint64_t i = 1; i < world.slots(); ++i) {
    require(world.put(World::kPatienceMs), "put");
    world.sync->let_go();
    expect(world.sync->take(World::kPatienceMs), "The sync reader got nothing.");
    world.sequential->read_past(world.claim() - 1, World::kPatienceMs);
  }
}

/// The sync reader's hold leaves room for nothing more.
void fill_ring(World& world) {
  while (world.put(0) == Status::OK) {
  }
}

void read_all(World& world) {
  while (world.sync->take(0)) {
    world.sync->let_go();
  }
}

/// The sync reader sleeps for the message that the child has in hand.
void send_reader_to_sleep(World& world, const Facts& facts) {
  const std::uint64_t slot = facts.seq.load() % world.slots();
  world.sync->fall_asleep();
  expect(eventually([&] { return world.raw().has_sleeper(slot); }), "The sync reader does not sleep.");
}

void check_wake_up(World& world, const Outcome& outcome) {
  if (world.ledger.is_committed(outcome.facts.seq.load())) {
    const auto death = Reader::Clock::now();
    world.note_wake_up(death, world.sync->wake_up());
  }
}

/// Takes the child's slot away, and carries the quarantine on to the next lap.
void take_slot_away(World& world, const Facts& facts) {
  const std::uint64_t slot = facts.seq.load() % world.slots();
  Recovery recovery(World::kName, world.dir());
  require(recovery.force_reset_slot(slot, true).status, "force");
  world.sync->let_go();
  const std::uint64_t tombstone = facts.seq.load() + world.slots();
  while (world.claim() <= tombstone) {
    require(world.put(World::kPatienceMs), "put");
    world.sync->read_past(world.claim() - 1, World::kPatienceMs);
    world.sequential->read_past(world.claim() - 1, World::kPatienceMs);
  }
  expect(world.raw().word(slot).phase() == Phase::quarantined, "The slot is not quarantined.");
}

/// What was fenced off in vain is not delivered; and the slot is back when the operation has returned.
void check_fenced(World& world, const Outcome& outcome) {
  const std::uint64_t slot = outcome.facts.seq.load() % world.slots();
  const bool is_quarantined = world.raw().word(slot).phase() == Phase::quarantined;
  expect(!outcome.has_ended || !is_quarantined,
         "The operation has returned, and its slot is still quarantined.");
}

}  // namespace

std::vector<Operation> writing_operations() {
  std::vector<Operation> all;
  all.push_back({.name = "acquire-first",
                 .what = "a new handle's first acquire: looks at the holds",
                 .setting = kWriterAlone,
                 .child = with_producer(kTryToAcquire)});
  all.push_back({.name = "acquire",
                 .what = "acquire on the fast path",
                 .setting = kWriterAlone,
                 .child =
                     [](const World& world, const Scene& scene) {
                       Producer producer(World::kName, producer_options(world));
                       introduce(scene, producer.attachment());
                       write_one(producer, scene);
                       scene.begin();
                       scene.end(producer.acquire(0));
                     },
                 .arrange =
                     [](World& world, const Facts&) {
                       world.sync->let_go();
                       read_all(world);
                     }});
  all.push_back({.name = "acquire-draining",
                 .what = "acquire with a lossy reader attached: over COMMITTED, by DRAINING",
                 .setting = kWriter,
                 .child = with_producer(kTryToAcquire)});
  all.push_back({.name = "acquire-draining-empty",
                 .what = "acquire with a lossy reader attached: over FREE, by DRAINING_EMPTY",
                 .setting = kWriter,
                 .child = with_producer(kTryToAcquire),
                 .prepare = free_next_slot});
  all.push_back({.name = "acquire-behind-pin",
                 .what = "acquire while the slot is pinned: patience, tombstone, next slot",
                 .setting = {.child_writes = true, .keeps_pin = true},
                 .child = with_producer(
                     [](Producer& producer, const Scene&) { return producer.acquire(World::kPatienceMs); }),
                 .prepare = pin_next_slot});
  all.push_back({.name = "acquire-behind-pin-try",
                 .what = "the same without patience",
                 .setting = {.child_writes = true, .keeps_pin = true},
                 .child = with_producer(kTryToAcquire),
                 .prepare = pin_next_slot});
  all.push_back(
      {.name = "acquire-joined",
       .what = "a lossy reader joins and pins the slot between the look and the claim: waits in WRITING, "
               "gives up",
       .setting = {.child_writes = true, .sequential = false, .keeps_pin = true},
       .child = with_producer(
           [](Producer& producer, const Scene&) { return producer.acquire(World::kPatienceMs); }),
       .interlude = pin_next_slot});
  all.push_back({.name = "acquire-joined-no-pin",
                 .what = "a lossy reader joins between the look and the claim, and pins nothing",
                 .setting = kWriterAlone,
                 .child = with_producer(kTryToAcquire),
                 .interlude = [](World& world) {
                   world.sequential =
                       std::make_unique<Reader>(World::kName, world.dir(), ConsumerMode::sequential);
                 }});
  all.push_back(
      {.name = "message-joined-helped",
       .what = "a lossy reader joins after the claim, and another producer moves `claim` past it: it must "
               "stay with its own slot",
       .setting = {.child_writes = true, .sequential = false, .holds = false},
       .on_single = false,
       .commits = true,
       .child = with_producer(kWriteMessage),
       .interlude =
           [](World& world) {
             world.sequential = std::make_unique<Reader>(World::kName, world.dir(), ConsumerMode::sequential);
             require(world.put(World::kPatienceMs), "put");
           },
       .interlude_when = is_claim_behind});
  all.push_back({.name = "acquire-stale",
                 .what = "another producer takes the number between the look and the claim",
                 .setting = {.child_writes = true, .holds = false},
                 .on_single = false,
                 .child = with_producer(kTryToAcquire),
                 .interlude = [](World& world) {
                   require(world.put(World::kPatienceMs), "put");
                   read_all(world);
                 }});
  all.push_back(
      {.name = "acquire-take-over",
       .what = "acquire of a number that another producer drains and stands still",
       .setting = {.child_writes = true, .holds = false},
       .on_single = false,
       .child = with_producer(kTryToAcquire),
       .prepare = stands_still([](const World& world) { return is_in_phase(world, Phase::draining); }),
       .cleaned = [](World& world, Way) {
         world.go_on(2);
         world.bystander->run_to_end();
         world.kill_bystander(*world.bystander);
       }});
  all.push_back({.name = "acquire-helping",
                 .what = "acquire while another producer stands still before it has moved `claim`",
                 .setting = {.child_writes = true, .holds = false},
                 .on_single = false,
                 .child = with_producer(kTryToAcquire),
                 .prepare = stands_still(is_claim_behind),
                 .cleaned = [](World& world, Way) {
                   world.bystander->run_to_end();
                   world.kill_bystander(*world.bystander);
                   world.clean(Way::waiting);  // the sync reader's turn: the ring may be full
                 }});
  all.push_back({.name = "acquire-full",
                 .what = "acquire on a full ring: sleeps for space until its time-out",
                 .setting = kWriter,
                 .returns = Status::TIMEOUT,
                 .child = with_producer([](Producer& producer, const Scene&) { return producer.acquire(2); }),
                 .prepare = fill_ring});
  all.push_back({.name = "write",
                 .what = "filling in the payload",
                 .setting = kWriter,
                 .child = [](const World& world, const Scene& scene) {
                   Producer producer(World::kName, producer_options(world));
                   introduce(scene, producer.attachment());
                   require(producer.acquire(World::kPatienceMs), "acquire");
                   scene.begin();
                   fill(producer, scene);
                   scene.end();
                 }});
  all.push_back(
      {.name = "commit", .what = "commit", .setting = kWriter, .commits = true, .child = with_slot(kCommit)});
  all.push_back({.name = "commit-sealed",
                 .what = "commit with an enforced checksum",
                 .setting = {.child_writes = true, .sealed = true},
                 .commits = true,
                 .child = with_slot(kCommit)});
  all.push_back({.name = "commit-to-sleeper",
                 .what = "commit while a sync reader sleeps on the slot",
                 .setting = {.child_writes = true, .holds = false, .self_heal = false},
                 .commits = true,
                 .child = with_slot(kCommit),
                 .arrange = send_reader_to_sleep,
                 .check = check_wake_up});
  all.push_back({.name = "message",
                 .what = "acquire, write, commit in one",
                 .setting = kWriter,
                 .commits = true,
                 .child = with_producer(kWriteMessage)});
  all.push_back({.name = "batch",
                 .what = "as many messages as the ring has slots, over the end of a lap",
                 .setting = {.child_writes = true, .holds = false},
                 .commits = true,
                 .child = with_producer([](Producer& producer, const Scene& scene) {
                   Status status = Status::OK;
                   for (std::uint64_t i = 0; i < producer.view().slot_count && status == Status::OK; ++i) {
                     status = kWriteMessage(producer, scene);
                   }
                   return status;
                 })});
  all.push_back({.name = "run",
                 .what = "a run of as many slots as there are: acquire, write, commit",
                 .setting = {.child_writes = true, .sequential = false, .holds = false},
                 .commits = true,
                 .child = with_producer([](Producer& producer, const Scene& scene) {
                   kTakeRun(producer);
                   return publish_run(producer, scene, fill_run(producer, scene));
                 })});
  all.push_back({.name = "run-in-part",
                 .what = "commit of the first message of a run in hand: the others are given up",
                 .setting = {.child_writes = true, .sequential = false, .holds = false},
                 .child = [](const World& world, const Scene& scene) {
                   Producer producer(World::kName, producer_options(world));
                   introduce(scene, producer.attachment());
                   kTakeRun(producer);
                   const std::vector<std::uint64_t> lengths = fill_run(producer, scene);
                   scene.begin();
                   scene.end(publish_run(producer, scene, std::span(lengths).first(1)));
                 }});
  all.push_back({.name = "message-one-slot",
                 .what = "acquire, write, commit in a ring of one",
                 .setting = {.child_writes = true, .holds = false, .slots = 1},
                 .commits = true,
                 .child = with_producer(kWriteMessage)});
  all.push_back({.name = "acquire-behind-pin-one-slot",
                 .what = "acquire in a ring of one while its slot is pinned: waits, and gives it back",
                 .setting = {.child_writes = true, .holds = false, .slots = 1},
                 .returns = Status::TIMEOUT,
                 .child = with_producer([](Producer& producer, const Scene&) { return producer.acquire(3); }),
                 .prepare = pin_next_slot});
  all.push_back({.name = "abort", .what = "abort", .setting = kWriter, .child = with_slot(kAbort)});
  all.push_back(
      {.name = "mark-end",
       .what = "publishing the end-of-stream mark",
       .setting = kWriter,
       .child = with_producer([](Producer& producer, const Scene&) { return producer.mark_end(0); }),
       .cleaned = [](World& world, Way way) {
         if (world.kind().is_multi() || way != Way::recovery) {
           return;  // somebody else is still writing
         }
         world.sync->let_go();
         expect(!world.sync->take(0), "There is a message after the end.");
         expect((world.sync->last_status() == Status::END_OF_STREAM) == world.ledger.has_mark(),
                "The sync reader finds no end, or one too many.");
       }});
  all.push_back({.name = "commit-fenced",
                 .what = "the late commit of a slot that was taken away by force",
                 .setting = kWriter,
                 .on_single = false,
                 .returns = Status::FENCED,
                 .child = with_slot(kCommit),
                 .arrange = take_slot_away,
                 .check = check_fenced});
  all.push_back({.name = "abort-fenced",
                 .what = "the late abort of a slot that was taken away by force",
                 .setting = kWriter,
                 .on_single = false,
                 .returns = Status::FENCED,
                 .child = with_slot(kAbort),
                 .arrange = take_slot_away,
                 .check = check_fenced});
  all.push_back({.name = "leave-fenced",
                 .what = "leaving with a slot in hand that was taken away by force",
                 .setting = kWriter,
                 .on_single = false,
                 .child = with_slot([](Producer& producer, const Scene&) {
                   producer.close();
                   return Status::OK;
                 }),
                 .arrange = take_slot_away,
                 .check = check_fenced});
  return all;
}

}  // namespace datablock::step
