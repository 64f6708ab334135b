// acquire and release of all kinds of consumers.
#include <array>

#include "child.hpp"
#include "operation.hpp"

namespace datablock::step {
namespace {

/// The child has joined and stands at the head; `ready` is what it does before the operation.
template <class Ready, class Act>
std::function<void(const World&, const Scene&)> with_consumer(ConsumerMode mode, StartFrom from, Ready ready,
                                                              Act act) {
  return [=](const World& world, const Scene& scene) {
    Consumer consumer(World::kName, consumer_options(world, mode, from));
    introduce(scene, consumer.attachment());
    ready(consumer);
    scene.begin();
    scene.end(act(consumer));
  };
}

constexpr auto kNothing = [](Consumer&) {};
constexpr auto kReadOne = [](Consumer& consumer) { read_one(consumer); };
constexpr auto kTryToAcquire = [](Consumer& consumer) { return consumer.acquire(0); };
constexpr auto kWait = [](Consumer& consumer) { return consumer.acquire(2); };
constexpr auto kRelease = [](Consumer& consumer) { return consumer.release(); };

void put_one(World& world, const Facts&) {
  require(world.put(World::kPatienceMs), "put");
}

void put_two_laps(World& world) {
  for (std::uint64_t i = 0; i < 2 * world.slots(); ++i) {
    require(world.put(World::kPatienceMs), "put");
    world.sync->read_past(world.claim() - 1, World::kPatienceMs);
    world.sequential->read_past(world.claim() - 1, World::kPatienceMs);
  }
}

/// A producer fills the ring behind the child's hold, and sleeps for the next slot.
void send_writer_to_sleep(World& world, const Facts& facts) {
  while (world.put(0) == Status::OK) {
    world.sync->read_past(world.claim() - 1, World::kPatienceMs);
  }
  world.put_asleep();
  expect(eventually([&] { return world.raw().has_hold_sleeper(facts.id.load()); }),
         "The producer does not sleep.");
}

/// The child is a sync reader with a message in hand: it is begun, and evicted when it has the message.
std::function<void(const World&, const Scene&)> evicted(const std::function<Status(Consumer&)>& act) {
  return [act](const World& world, const Scene& scene) {
    Consumer consumer(World::kName, consumer_options(world, ConsumerMode::sync));
    introduce(scene, consumer.attachment());
    // From the child itself: there is nobody else who could do it while it gets ready.
    Recovery recovery(World::kName, world.dir());
    const std::uint8_t id = consumer.attachment().id();
    const auto& entry = consumer.view().participant(id);
    require(recovery.evict_consumer(id, EntryWord{entry.word.load()}.generation(), entry.hold.load()),
            "evict");
    scene.begin();
    require(consumer.acquire(World::kPatienceMs), "acquire");
    scene.end(act(consumer));
  };
}

}  // namespace

std::vector<Operation> reading_operations() {
  constexpr auto kLatest = StartFrom::latest;
  constexpr auto kOldest = StartFrom::oldest;
  std::vector<Operation> all;
  const auto add = [&](const char* name, const char* what, auto child) -> Operation& {
    all.push_back({.name = name, .what = what, .child = child});
    return all.back();
  };

  add("sync-acquire", "a sync reader takes a message",
      with_consumer(ConsumerMode::sync, kLatest, kNothing, kTryToAcquire))
      .arrange = put_one;
  add("sync-wait", "a sync reader sleeps for a message until its time-out",
      with_consumer(ConsumerMode::sync, kLatest, kNothing, kWait))
      .returns = Status::TIMEOUT;
  // The message is written after the child has joined; so the operation takes it first. The ring is small:
  // each release publishes the hold.
  {
    Operation& release = add("sync-release", "a sync reader lets go and publishes its hold", nullptr);
    release.setting.holds = false;
    release.child = [](const World& world, const Scene& scene) {
      Consumer consumer(World::kName, consumer_options(world, ConsumerMode::sync));
      introduce(scene, consumer.attachment());
      scene.begin();
      require(consumer.acquire(World::kPatienceMs), "acquire");
      scene.end(consumer.release());
    };
    release.arrange = put_one;
  }
  {
    Operation& release =
        add("sync-release-to-sleeper", "the same while a producer sleeps for the hold", nullptr);
    release.setting.holds = false;
    release.child = all[all.size() - 2].child;
    release.arrange = send_writer_to_sleep;
  }
  {
    Operation& run =
        add("sync-run", "a sync reader takes a run of messages, and lets go of it in two parts", nullptr);
    run.setting.holds = false;
    run.child = [](const World& world, const Scene& scene) {
      Consumer consumer(World::kName, consumer_options(world, ConsumerMode::sync));
      introduce(scene, consumer.attachment());
      std::array<Message, 2> messages;
      std::size_t count = 0;
      scene.begin();
      require(consumer.acquire_run(messages, count, 0), "acquire_run");
      expect(count == messages.size(), "The run is too short.");
      require(consumer.release(), "release");
      scene.end(consumer.release());
    };
    run.arrange = [](World& world, const Facts& facts) {
      put_one(world, facts);
      world.sync->read_past(world.claim() - 1, World::kPatienceMs);
      put_one(world, facts);
    };
  }
  {
    Operation& release =
        add("release-evicted", "a sync reader that was evicted lets go, and finds out", evicted(kRelease));
    release.setting.holds = false;
    release.arrange = put_one;
    release.returns = Status::EVICTED;
  }
  {
    Operation& leave =
        add("leave-evicted", "a sync reader that was evicted leaves", evicted([](Consumer& consumer) {
              consumer.close();
              return Status::OK;
            }));
    leave.setting.holds = false;
    leave.arrange = put_one;
  }
  add("history-acquire", "a sync reader that began with the oldest message reads the history by pins",
      with_consumer(ConsumerMode::sync, kOldest, kNothing, kTryToAcquire));
  add("history-end", "the same at the end of the history: on to the ring, no bit in `lossy` any more",
      with_consumer(
          ConsumerMode::sync, kOldest,
          [](Consumer& consumer) {
            for (std::uint64_t i = 0; i < consumer.view().slot_count; ++i) {
              read_one(consumer);
              require(consumer.release(), "release");
            }
          },
          kTryToAcquire))
      .returns = Status::TIMEOUT;
  add("sequential-acquire", "a sequential reader pins a message",
      with_consumer(ConsumerMode::sequential, kOldest, kNothing, kTryToAcquire));
  add("sequential-release", "a sequential reader lets go",
      with_consumer(ConsumerMode::sequential, kOldest, kReadOne, kRelease));
  add("sequential-overrun", "a sequential reader that is two laps behind jumps",
      with_consumer(ConsumerMode::sequential, kLatest, kNothing, kTryToAcquire))
      .arrange = [](World& world, const Facts&) { put_two_laps(world); };
  add("sequential-acquire-raced", "a sequential reader whose slot is claimed between its look and its pin",
      with_consumer(ConsumerMode::sequential, kOldest, kNothing, kTryToAcquire))
      .interlude = put_two_laps;
  add("latest-acquire", "a latest reader pins the newest message",
      with_consumer(ConsumerMode::latest, kLatest, kNothing, kTryToAcquire));
  add("latest-acquire-raced", "a latest reader whose slot is claimed between its look and its pin",
      with_consumer(ConsumerMode::latest, kLatest, kNothing, kTryToAcquire))
      .interlude = put_two_laps;
  add("latest-release", "a latest reader lets go",
      with_consumer(ConsumerMode::latest, kLatest, kReadOne, kRelease));
  add("latest-wait", "a latest reader sleeps for a newer message until its time-out",
      with_consumer(
          ConsumerMode::latest, kLatest,
          [](Consumer& consumer) {
            read_one(consumer);
            require(consumer.release(), "release");
          },
          kWait))
      .returns = Status::TIMEOUT;
  return all;
}

}  // namespace datablock::step
