// Shared spinlocks: locking, unlocking, waking and cleaning up, under the knife.
#include <thread>

#include "bystanders.hpp"
#include "core/zone_user.hpp"
#include "operation.hpp"

namespace datablock::step {
namespace {

constexpr unsigned kLock = 3;

/// What the lock protects: equal, whenever nobody is between them.
struct Pair {
  volatile std::uint64_t first;
  volatile std::uint64_t second;
};

Pair& shared_pair(const ZoneUser& user) {
  return *reinterpret_cast<Pair*>(user.zone("shared").bytes().data());
}

JoinOptions user_options(const World& world, const char* name) {
  JoinOptions options;
  options.dir = world.dir();
  options.name = name;
  options.wait = WaitStrategy::block;
  return options;
}

SpinlockWord word_of(const World& world) {
  return SpinlockWord{world.raw().view().spinlocks[kLock].word.load()};
}

/// Locks it, looks whether the pair is whole or was said not to be, and unlocks. `owner_died`: what lock()
/// must say.
void lock_as_survivor(const World& world, bool owner_died) {
  ZoneUser user(World::kName, user_options(world, "survivor"));
  SharedSpinLock lock = user.spinlock(kLock);
  const Status status = lock.lock(World::kPatienceMs);
  expect(status == (owner_died ? Status::OWNER_DEAD : Status::OK),
         std::string("After a death ") + (owner_died ? "with" : "without") + " the lock, lock() says " +
             (status == Status::OK ? "OK" : catalogue_entry(status).name));
  Pair& pair = shared_pair(user);
  if (owner_died) {
    pair.second = pair.first;
    require(lock.mark_consistent(), "mark_consistent");
  }
  expect(pair.first == pair.second, "The pair is torn, and nobody said so.");
  require(lock.unlock(), "unlock");
  require(lock.lock(0), "lock");
}

void lock_and_stay(const World& world, const Scene& scene) {
  ZoneUser user(World::kName, user_options(world, "bystander"));
  introduce(scene, user.attachment());
  SharedSpinLock lock = user.spinlock(kLock);
  scene.begin();
  scene.end(lock.lock(0));
}

/// Somebody dies with the lock.
void let_owner_die(World& world, Route& route) {
  const auto owner = world.bring_bystander(route, [&](const Scene& scene) { lock_and_stay(world, scene); });
  world.kill_bystander(*owner);
}

Operation lock_and_unlock() {
  const auto held = std::make_shared<bool>();  // when the child died
  return {.name = "spinlock",
          .what = "locking, counting twice under the lock, unlocking",
          .setting = {.zoned = true},
          .on_multi = false,
          .child =
              [](const World& world, const Scene& scene) {
                ZoneUser user(World::kName, user_options(world, "child"));
                introduce(scene, user.attachment());
                SharedSpinLock lock = user.spinlock(kLock);
                Pair& pair = shared_pair(user);
                scene.begin();
                const Status status = lock.lock(0);
                pair.first = pair.first + 1;
                pair.second = pair.second + 1;
                lock.unlock();
                scene.end(status);
              },
          .check = [held](World& world, const Outcome&) { *held = !word_of(world).is_free(); },
          .cleaned = [held](World& world, Way) { lock_as_survivor(world, *held); }};
}

/// A survivor sleeps until the child unlocks: the waker may die between its store and its wake-up.
Operation unlock_for_sleeper() {
  struct Sleeper {
    std::jthread thread;  // joins the one of a recording, of which nothing is checked
    Status status = Status::OK;
    Reader::Clock::time_point woke_up;
  };
  const auto sleeper = std::make_shared<Sleeper>();
  return {.name = "spinlock-wake",
          .what = "unlocking for one who sleeps for the lock",
          .setting = {.heal_after_ms = 100, .zoned = true},
          .on_multi = false,
          .child =
              [](const World& world, const Scene& scene) {
                ZoneUser user(World::kName, user_options(world, "child"));
                introduce(scene, user.attachment());
                SharedSpinLock lock = user.spinlock(kLock);
                require(lock.lock(0), "lock");
                scene.begin();
                scene.end(lock.unlock());
              },
          .arrange =
              [sleeper](World& world, const Facts&) {
                sleeper->thread = {};
                sleeper->thread =
                    std::jthread([sleeper = sleeper.get(), options = user_options(world, "sleeper")] {
                      ZoneUser user(World::kName, options);
                      SharedSpinLock lock = user.spinlock(kLock);
                      sleeper->status = lock.lock(World::kPatienceMs);
                      sleeper->woke_up = Reader::Clock::now();
                      lock.mark_consistent();
                      lock.unlock();
                    });
                expect(
                    eventually([&] { return (world.raw().view().spinlocks[kLock].waiters.load() & 1) != 0; }),
                    "The survivor does not sleep.");
              },
          .check =
              [sleeper](World& world, const Outcome& outcome) {
                const auto death = Reader::Clock::now();
                sleeper->thread.join();
                expect(sleeper->status == Status::OK ||
                           (sleeper->status == Status::OWNER_DEAD && !outcome.has_ended),
                       "The sleeper got " + std::string(catalogue_entry(sleeper->status).name));
                world.note_wake_up(death, sleeper->woke_up);
              },
          .cleaned = [](World& world, Way) { lock_as_survivor(world, false); }};
}

Operation recover_from_owner() {
  return {.name = "recover-lock-owner",
          .what = "plan and apply, after the death of one with a spinlock",
          .setting = {.zoned = true},
          .on_multi = false,
          .child =
              [](const World& world, const Scene& scene) {
                Recovery recovery(World::kName, world.dir());
                scene.begin();
                scene.end(apply_plan(recovery));
              },
          .prepare =
              [route = std::make_shared<Route>()](World& world) {
                world.get_ready();
                let_owner_die(world, *route);
              },
          .cleaned = [](World& world, Way) { lock_as_survivor(world, true); }};
}

Operation heal_by_locker() {
  return {.name = "heal-by-locker",
          .what = "waiting for a dead one's spinlock, and cleaning up",
          .setting = {.zoned = true},
          .on_multi = false,
          .returns = Status::OWNER_DEAD,
          .child =
              [](const World& world, const Scene& scene) {
                ZoneUser user(World::kName, user_options(world, "child"));
                introduce(scene, user.attachment());
                SharedSpinLock lock = user.spinlock(kLock);
                scene.begin();
                scene.end(lock.lock(World::kPatienceMs));
              },
          .arrange = [route = std::make_shared<Route>()](World& world,
                                                         const Facts&) { let_owner_die(world, *route); },
          .cleaned = [](World& world, Way) { lock_as_survivor(world, true); }};
}

Operation leave_with_lock() {
  return {.name = "leave-with-lock",
          .what = "a zone user leaves with a spinlock",
          .setting = {.zoned = true},
          .on_multi = false,
          .child =
              [](const World& world, const Scene& scene) {
                ZoneUser user(World::kName, user_options(world, "child"));
                introduce(scene, user.attachment());
                require(user.spinlock(kLock).lock(0), "lock");
                scene.begin();
                user.close();
                scene.end();
              },
          .cleaned = [](World& world, Way) { lock_as_survivor(world, true); }};
}

}  // namespace

std::vector<Operation> spinlock_operations() {
  std::vector<Operation> all;
  all.push_back(lock_and_unlock());
  all.push_back(unlock_for_sleeper());
  all.push_back(recover_from_owner());
  all.push_back(heal_by_locker());
  all.push_back(leave_with_lock());
  return all;
}

}  // namespace datablock::step
