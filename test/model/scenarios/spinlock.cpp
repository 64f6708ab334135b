// Shared spinlocks: exclusion, wake-ups, and owners that die or leave with the lock.
#include "core/spinlock.hpp"
#include "world/world.hpp"

namespace datablock::model {
namespace {

/// A thread that counts in what the lock protects: first one cell, then the other.
class LockUser {
 public:
  explicit LockUser(std::uint8_t id) : seat_(id), core_(block().view(), id, seat_, WaitStrategy::block, 0) {}

  /// Who takes the seat of one before it.
  struct Joining {};
  LockUser(std::uint8_t id, Joining) : LockUser(id) {
    has_joined_ = seat_.take(Role::zone_user, 0);
    if (has_joined_) {
      seat_.activate();
    }
  }
  bool has_joined() const { return has_joined_; }

  void count(unsigned times = 1) {
    for (unsigned i = 0; i < times; ++i) {
      if (lock()) {
        increment();
        unlock();
      }
    }
  }

  /// Whoever finds the mark repairs, and takes it away: then the cells are equal.
  bool lock(std::int64_t timeout_ms = kForeverMs) {
    const WakeUpCheck check;
    Deadline<ModelEnv> deadline(timeout_ms);
    const Status status = core_.lock(thread(), deadline);
    check.judge(status == Status::OWNER_DEAD ? Status::OK : status);
    if (status == Status::TIMEOUT && timeout_ms >= 0) {
      return false;
    }
    if (status != Status::OK && status != Status::OWNER_DEAD) {
      machine().fail("lock() ends with status %d", static_cast<int>(status));
    }
    const std::uint64_t first = machine().read_cell(block().first());
    if (status == Status::OWNER_DEAD) {
      machine().write_cell(block().second(), first);
      expect(core_.mark_consistent(thread()), "mark_consistent");
    } else if (machine().read_cell(block().second()) != first) {
      machine().fail("the protected cells differ, and nobody said that an owner died");
    }
    return true;
  }

  void increment() {
    machine().write_cell(block().first(), machine().read_cell(block().first()) + 1);
    machine().write_cell(block().second(), machine().read_cell(block().second()) + 1);
  }

  void unlock() { expect(core_.unlock(thread()), "unlock"); }
  void leave() { seat_.leave(); }

 private:
  static ThreadTag thread() { return {static_cast<std::uint64_t>(machine().current()) + 1}; }
  static void expect(Status status, const char* what) {
    if (status != Status::OK) {
      machine().fail("%s ends with status %d", what, static_cast<int>(status));
    }
  }

  Seat seat_;
  SpinlockCore<ModelEnv> core_;
  bool has_joined_ = true;
};

void set_up_lock(unsigned participants, bool self_heal) {
  set_up({.participants = participants, .self_heal = self_heal, .has_spinlock = true});
}

void seat_user(std::uint8_t id, const char* name, Machine::Role role, std::function<void()> body) {
  block().seat_zone_user(id, machine().spawn(name, role, std::move(body)));
}

/// Nobody is left with the lock.
void check_lock() {
  check_run();
  if (!block().spinlock().is_free()) {
    machine().fail("the lock is left to %u", unsigned{block().spinlock().owner()});
  }
}

template <unsigned kUsers, unsigned kTimes>
void exclusion() {
  set_up_lock(kUsers, false);
  constexpr const char* kNames[] = {"user 1", "user 2", "user 3"};
  for (std::uint8_t id = 1; id <= kUsers; ++id) {
    seat_user(id, kNames[id - 1], kImmortal, [id] { LockUser(id).count(kTimes); });
  }
}

/// Two threads of one participant exclude each other; the one that holds it may lock again.
void threads_of_one_participant() {
  set_up_lock(1, false);
  const auto work = [] {
    LockUser user(1);
    user.lock();
    user.lock();
    user.increment();
    user.unlock();
    user.increment();
    user.unlock();
  };
  journal().shares_seat = true;
  block().seat_zone_user(1, machine().spawn("thread 1", kImmortal, work));
  machine().spawn("thread 2", kImmortal, work);
}

/// Those who wait find out that the owner is dead, and clean up.
template <unsigned kWaiters>
void owner_dies() {
  set_up_lock(1 + kWaiters, true);
  seat_user(1, "mortal", kMortal, [] { LockUser(1).count(1); });
  constexpr const char* kNames[] = {"waiter 1", "waiter 2"};
  for (std::uint8_t i = 0; i < kWaiters; ++i) {
    seat_user(static_cast<std::uint8_t>(2 + i), kNames[i], kImmortal,
              [i] { LockUser(static_cast<std::uint8_t>(2 + i)).count(1); });
  }
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// Nobody heals while waiting: a recoverer does.
void owner_dies_unhealed() {
  set_up_lock(2, false);
  seat_user(1, "mortal", kMortal, [] { LockUser(1).count(1); });
  seat_user(2, "waiter", kImmortal, [] { LockUser(2).count(1); });
  machine().spawn("recoverer", kImmortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// The waiter may die too, while it cleans up or when it has the lock.
void cleaner_dies() {
  set_up_lock(3, true);
  seat_user(1, "mortal", kMortal, [] { LockUser(1).count(1); });
  seat_user(2, "mortal waiter", kMortal, [] { LockUser(2).count(1); });
  seat_user(3, "waiter", kImmortal, [] { LockUser(3).count(1); });
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// Somebody takes the dead one's seat, and the lock, while another waits for it.
void owner_dies_and_heir() {
  set_up_lock(2, true);
  seat_user(1, "mortal", kMortal, [] { LockUser(1).count(1); });
  seat_user(2, "waiter", kImmortal, [] { LockUser(2).count(1); });
  machine().spawn("heir", kImmortal, [] {
    if (machine().hold_back([](const Machine& m) { return m.is_dead(0); })) {
      LockUser heir(1, LockUser::Joining{});
      if (heir.has_joined()) {
        heir.count(1);
      }
    }
  });
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// It leaves in the middle: the next one is told.
void owner_leaves() {
  set_up_lock(2, false);
  seat_user(1, "leaver", kImmortal, [] {
    LockUser user(1);
    user.lock();
    machine().write_cell(block().first(), machine().read_cell(block().first()) + 1);
    user.leave();
  });
  seat_user(2, "waiter", kImmortal, [] { LockUser(2).count(1); });
}

const Registration scenarios_of_this_file[] = {
    Registration({.name = "spinlock-two",
                  .purpose = "two participants count under a lock, twice each",
                  .quick = {2, 1, 1, 0},
                  .full = {4, 2, 1, 0},
                  .start = exclusion<2, 2>,
                  .check = check_lock}),
    Registration({.name = "spinlock-three",
                  .purpose = "three participants count under a lock",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = exclusion<3, 1>,
                  .check = check_lock}),
    Registration({.name = "spinlock-threads",
                  .purpose = "two threads of one participant, recursive",
                  .quick = {2, 1, 1, 0},
                  .full = {4, 2, 1, 0},
                  .start = threads_of_one_participant,
                  .check = check_lock}),
    Registration({.name = "spinlock-owner-dies",
                  .purpose = "the owner dies, one waits and cleans up",
                  .quick = {1, 1, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = owner_dies<1>,
                  .check = check_lock}),
    Registration({.name = "spinlock-owner-dies-two",
                  .purpose = "the owner dies, two wait and clean up",
                  .quick = {1, 0, 0, 1},
                  .full = {2, 1, 1, 1},
                  .start = owner_dies<2>,
                  .check = check_lock}),
    Registration({.name = "spinlock-unhealed",
                  .purpose = "the owner dies, a recoverer cleans up",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = owner_dies_unhealed,
                  .check = check_lock}),
    Registration({.name = "spinlock-cleaner-dies",
                  .purpose = "the owner dies, and one who cleans up after it",
                  .quick = {1, 0, 0, 2},
                  .full = {2, 1, 0, 2},
                  .start = cleaner_dies,
                  .check = check_lock}),
    Registration({.name = "spinlock-heir",
                  .purpose = "the owner dies, another takes its seat",
                  .quick = {1, 0, 0, 1},
                  .full = {2, 1, 0, 1},
                  .start = owner_dies_and_heir,
                  .check = check_lock}),
    Registration({.name = "spinlock-leaver",
                  .purpose = "the owner leaves with the lock",
                  .quick = {2, 1, 1, 0},
                  .full = {4, 2, 1, 0},
                  .start = owner_leaves,
                  .check = check_lock}),
};

}  // namespace
}  // namespace datablock::model
