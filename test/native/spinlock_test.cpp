// Shared spinlocks: exclusion, recursion, time-outs, and owners that die.
#include "core/shared_spin_lock.hpp"

#include <thread>

#include "core/clean_up.hpp"
#include "platform/linux/thread_tag.hpp"
#include "support/block_test.hpp"
#include "support/scripted_env.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::eventually;
using testing::kLongMs;
using testing::Line;
using testing::MemoryBlock;
using testing::ScriptedEnv;
using testing::thrown_by;

// ---------------------------------------------------------------------------------------------- the word

constexpr ThreadTag kThread = ThreadTag::make(4711, 9);

TEST(SpinlockWordTest, NamesItsOwnerAndThread) {
  const SpinlockWord word = SpinlockWord{}.taken_by(7, kThread);
  EXPECT_EQ(word.owner(), 7);
  EXPECT_EQ(word.thread().id(), 4711U);
  EXPECT_TRUE(word.is_held_by(7, kThread));
  EXPECT_FALSE(word.is_held_by(8, kThread));
  EXPECT_FALSE(word.is_held_by(7, ThreadTag::make(4711, 10)));
  EXPECT_FALSE(word.is_free());
  EXPECT_EQ(word.unlocked(), SpinlockWord{});
}

TEST(SpinlockWordTest, KeepsTheMarkUntilItIsConsistent) {
  const SpinlockWord marked = SpinlockWord{}.taken_by(7, kThread).abandoned();
  EXPECT_TRUE(marked.is_marked());
  EXPECT_TRUE(marked.is_free());
  EXPECT_TRUE(marked.taken_by(3, kThread).is_marked());
  EXPECT_TRUE(marked.taken_by(3, kThread).unlocked().is_marked());
  EXPECT_FALSE(marked.taken_by(3, kThread).consistent().is_marked());
  EXPECT_EQ(marked.taken_by(3, kThread).consistent(), SpinlockWord{}.taken_by(3, kThread));
}

TEST(SpinlockWordTest, KnowsWhatNoneThatLocksWrites) {
  EXPECT_TRUE(SpinlockWord{}.is_possible(4));
  EXPECT_TRUE(SpinlockWord{}.abandoned().is_possible(4));
  EXPECT_TRUE(SpinlockWord{}.taken_by(4, kThread).is_possible(4));
  EXPECT_FALSE(SpinlockWord{}.taken_by(5, kThread).is_possible(4));
  EXPECT_FALSE(SpinlockWord{}.taken_by(4, ThreadTag{}).is_possible(4));
  EXPECT_FALSE(SpinlockWord{2}.is_possible(4));
  EXPECT_FALSE(SpinlockWord{kThread.raw << 16}.is_possible(4));
}

TEST(ThreadTagTest, DiffersBetweenThreadsAndStaysWithinOne) {
  const ThreadTag mine = this_thread_tag();
  EXPECT_EQ(this_thread_tag(), mine);
  ThreadTag other;
  std::thread([&] { other = this_thread_tag(); }).join();
  EXPECT_NE(other, mine);
  EXPECT_TRUE(thread_exists(static_cast<std::uint32_t>(getpid()), mine.id()));
  EXPECT_FALSE(thread_exists(static_cast<std::uint32_t>(getpid()), 0x7ffffffe));
}

TEST(ThreadTagTest, OfAForkedChildIsItsOwn) {
  const ThreadTag mine = this_thread_tag();
  ChildProcess child([](const Line& line) { line.say(this_thread_tag().id()); });
  EXPECT_NE(child.hear(), mine.id());
  EXPECT_EQ(child.wait(), 0);
}

// ---------------------------------------------------------------------------------------------- one process

class SpinlockTest : public BlockTest {
 protected:
  SpinlockTest() {
    BlockConfig wanted = config();
    wanted.zones = {{"shared", 64}};
    create(wanted);
  }
  BlockConfig config_without_healing() const {
    BlockConfig wanted = config();
    wanted.self_heal = false;
    return wanted;
  }
  /// Locks `index` in a process of its own, which stays.
  std::unique_ptr<ChildProcess> locker(unsigned index, unsigned times = 1) const {
    auto child = std::make_unique<ChildProcess>([this, index, times](const Line& line) {
      const auto user = zone_user();
      SharedSpinLock lock = user->spinlock(index);
      for (unsigned i = 0; i < times; ++i) {
        REQUIRE_IN_CHILD(lock.lock(0) == Status::OK);
      }
      line.stay();
    });
    child->hear();
    return child;
  }
  std::uint64_t release_records() const {
    std::uint64_t count = 0;
    for (const RecorderFacts& facts : observer().history()) {
      count += facts.action == RecorderAction::release_spinlock ? 1 : 0;
    }
    return count;
  }
};

TEST_F(SpinlockTest, ExcludesAnotherParticipant) {
  const auto one = zone_user();
  const auto other = zone_user();
  SharedSpinLock mine = one->spinlock(3);
  SharedSpinLock theirs = other->spinlock(3);
  ASSERT_EQ(mine.lock(0), Status::OK);
  EXPECT_TRUE(mine.is_held());
  EXPECT_FALSE(theirs.is_held());
  EXPECT_EQ(theirs.try_lock(), Status::TIMEOUT);
  EXPECT_EQ(theirs.unlock(), Status::NOT_LOCKED);
  EXPECT_EQ(other->spinlock(4).try_lock(), Status::OK);
  ASSERT_EQ(mine.unlock(), Status::OK);
  EXPECT_EQ(theirs.try_lock(), Status::OK);
}

TEST_F(SpinlockTest, ExcludesAnotherThreadOfTheSameParticipant) {
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(0);
  ASSERT_EQ(lock.lock(0), Status::OK);
  Status got = Status::OK;
  Status gave = Status::OK;
  std::thread([&] {
    SharedSpinLock theirs = user->spinlock(0);
    got = theirs.lock(1);
    gave = theirs.unlock();
  }).join();
  EXPECT_EQ(got, Status::TIMEOUT);
  EXPECT_EQ(gave, Status::NOT_LOCKED);
}

TEST_F(SpinlockTest, IsRecursiveWithinAThread) {
  const auto user = zone_user();
  const auto other = zone_user();
  SharedSpinLock lock = user->spinlock(0);
  SharedSpinLock again = user->spinlock(0);
  SharedSpinLock theirs = other->spinlock(0);
  ASSERT_EQ(lock.lock(0), Status::OK);
  ASSERT_EQ(again.lock(0), Status::OK);
  EXPECT_EQ(observer().snapshot(kForever, 0).spinlocks.at(0).depth, 2U);
  ASSERT_EQ(lock.unlock(), Status::OK);
  EXPECT_EQ(theirs.try_lock(), Status::TIMEOUT);
  ASSERT_EQ(again.unlock(), Status::OK);
  EXPECT_EQ(theirs.try_lock(), Status::OK);
  EXPECT_EQ(lock.unlock(), Status::NOT_LOCKED);
}

TEST_F(SpinlockTest, TheDepthHasAnEnd) {
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(0);
  ASSERT_EQ(lock.lock(0), Status::OK);
  raw().view().spinlocks[0].depth.store(~std::uint32_t{0});
  EXPECT_EQ(lock.lock(0), Status::NESTED_USE);
}

TEST_F(SpinlockTest, TimesOutWhenItShould) {
  const auto one = zone_user();
  const auto other = zone_user();
  SharedSpinLock mine = one->spinlock(0);
  ASSERT_EQ(mine.lock(0), Status::OK);
  const std::uint64_t start = NativeEnv::now_ns();
  EXPECT_EQ(other->spinlock(0).lock(30), Status::TIMEOUT);
  EXPECT_GE(NativeEnv::now_ns() - start, 30 * kNsPerMs);
}

TEST_F(SpinlockTest, AllOfThePoolAreThereAndNoMore) {
  const auto user = zone_user();
  std::vector<SharedSpinLock> locks;
  for (unsigned index = 0; index < kSpinlocks; ++index) {
    locks.push_back(user->spinlock(index));
    EXPECT_EQ(locks.back().lock(0), Status::OK);
  }
  EXPECT_EQ(observer().snapshot(kForever, 0).spinlocks.size(), kSpinlocks);
  EXPECT_EQ(thrown_by([&] { user->spinlock(kSpinlocks); }), Status::CONFIG_INVALID);
}

TEST_F(SpinlockTest, ASleeperIsWoken) {
  const auto one = zone_user();
  const auto other = zone_user();
  SharedSpinLock mine = one->spinlock(0);
  ASSERT_EQ(mine.lock(0), Status::OK);
  Status got = Status::TIMEOUT;
  std::thread waiter([&] {
    SharedSpinLock theirs(other->attachment(), 0, WaitStrategy::block);
    got = theirs.lock(kLongMs);
  });
  EXPECT_TRUE(eventually([&] { return raw().has_spinlock_sleeper(0); }));
  EXPECT_TRUE(observer().snapshot(kForever, 0).spinlocks.at(0).is_awaited);
  ASSERT_EQ(mine.unlock(), Status::OK);
  waiter.join();
  EXPECT_EQ(got, Status::OK);
}

TEST_F(SpinlockTest, AWaitCanBeCancelled) {
  const auto one = zone_user();
  const auto other = zone_user();
  SharedSpinLock mine = one->spinlock(0);
  ASSERT_EQ(mine.lock(0), Status::OK);
  Status got = Status::OK;
  std::thread waiter([&] { got = other->spinlock(0).lock(-1); });
  EXPECT_TRUE(eventually([&] { return raw().has_spinlock_sleeper(0); }));
  other->cancel();
  waiter.join();
  EXPECT_EQ(got, Status::CLOSED);
}

TEST_F(SpinlockTest, AfterCloseNothingLocks) {
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(0);
  user->close();
  EXPECT_EQ(lock.lock(0), Status::CLOSED);
  EXPECT_EQ(lock.unlock(), Status::CLOSED);
  EXPECT_EQ(lock.mark_consistent(), Status::CLOSED);
  EXPECT_FALSE(lock.is_held());
}

TEST_F(SpinlockTest, ProducersAndConsumersHaveThemToo) {
  const auto writer = producer();
  const auto reader = consumer();
  SharedSpinLock mine = writer->spinlock(1);
  ASSERT_EQ(mine.lock(0), Status::OK);
  EXPECT_EQ(reader->spinlock(1).try_lock(), Status::TIMEOUT);
  ASSERT_EQ(mine.unlock(), Status::OK);
  EXPECT_EQ(reader->spinlock(1).try_lock(), Status::OK);
}

TEST_F(SpinlockTest, AScribbledWordIsNotWaitedFor) {
  const auto user = zone_user();
  raw().view().spinlocks[0].word.store(SpinlockWord{}.taken_by(200, kThread).raw);
  EXPECT_EQ(user->spinlock(0).lock(-1), Status::CORRUPT);
  EXPECT_NE(violations().find("spinlock-word"), std::string::npos);
  EXPECT_EQ(observer().snapshot(kForever, 0).spinlocks.at(0).verdict, SpinlockVerdict::corrupt);
}

TEST_F(SpinlockTest, AParticipantThatJoinsCountsAsNoReader) {
  const auto user = zone_user();
  EXPECT_EQ(raw().sync_bits() | raw().lossy_bits(), 0U);
  const auto report = observer().snapshot(kForever, 0).participants.at(0);
  EXPECT_EQ(report.role, Role::zone_user);
  EXPECT_EQ(report.mode, 0);
}

// ---------------------------------------------------------------------------------------------- owners that
// go

TEST_F(SpinlockTest, ADeadOwnerIsFoundOutByWhoWaitsAndReported) {
  locker(5)->kill();
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(5);
  EXPECT_EQ(lock.lock(kLongMs), Status::OWNER_DEAD);
  EXPECT_TRUE(lock.is_held());
  EXPECT_EQ(release_records(), 1U);
  EXPECT_EQ(violations(), "");
}

TEST_F(SpinlockTest, WhoOnlyTriesFindsOutInTheEnd) {
  const auto dead = locker(5);
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(5);
  dead->kill();
  Status status = Status::TIMEOUT;
  EXPECT_TRUE(eventually([&] { return (status = lock.try_lock()) != Status::TIMEOUT; }));
  EXPECT_EQ(status, Status::OWNER_DEAD);
}

TEST_F(SpinlockTest, AUnreapedOwnerIsDeadToo) {
  const auto dead = locker(5);
  dead->kill_unreaped();
  EXPECT_EQ(zone_user()->spinlock(5).lock(kLongMs), Status::OWNER_DEAD);
}

TEST_F(SpinlockTest, AStoppedOwnerIsNotDead) {
  const auto child = locker(5);
  child->stop();
  const auto user = zone_user();
  EXPECT_EQ(user->spinlock(5).lock(100), Status::TIMEOUT);
  child->go_on();
}

TEST_F(SpinlockTest, TheMarkStaysUntilTheDataIsMarkedConsistent) {
  locker(5)->kill();
  const auto one = zone_user();
  const auto other = zone_user();
  SharedSpinLock mine = one->spinlock(5);
  SharedSpinLock theirs = other->spinlock(5);
  ASSERT_EQ(mine.lock(kLongMs), Status::OWNER_DEAD);
  EXPECT_EQ(mine.lock(0), Status::OWNER_DEAD);  // a nested user is told as well
  ASSERT_EQ(mine.unlock(), Status::OK);
  ASSERT_EQ(mine.unlock(), Status::OK);
  EXPECT_EQ(theirs.mark_consistent(), Status::NOT_LOCKED);
  EXPECT_EQ(observer().snapshot(kForever, 0).spinlocks.at(0).verdict, SpinlockVerdict::marked);
  ASSERT_EQ(theirs.lock(0), Status::OWNER_DEAD);
  ASSERT_EQ(theirs.mark_consistent(), Status::OK);
  ASSERT_EQ(theirs.unlock(), Status::OK);
  EXPECT_EQ(mine.lock(0), Status::OK);
  EXPECT_EQ(mine.mark_consistent(), Status::OK);
}

TEST_F(SpinlockTest, AnOwnerThatDiesAfterMarkingItConsistentMarksItAnew) {
  locker(5)->kill();
  ChildProcess second([this](const Line& line) {
    const auto user = zone_user();
    SharedSpinLock lock = user->spinlock(5);
    REQUIRE_IN_CHILD(lock.lock(kLongMs) == Status::OWNER_DEAD);
    REQUIRE_IN_CHILD(lock.mark_consistent() == Status::OK);
    line.stay();
  });
  second.hear();
  EXPECT_FALSE(raw().spinlock(5).is_marked());
  second.kill();
  EXPECT_EQ(zone_user()->spinlock(5).lock(kLongMs), Status::OWNER_DEAD);
}

TEST_F(SpinlockTest, WhoLeavesWithALockLeavesTheMark) {
  const auto user = zone_user();
  ASSERT_EQ(user->spinlock(2).lock(0), Status::OK);
  user->close();
  EXPECT_TRUE(raw().spinlock(2).is_free());
  EXPECT_EQ(zone_user()->spinlock(2).lock(0), Status::OWNER_DEAD);
}

TEST_F(SpinlockTest, TheNextInTheSeatCleansUpFirst) {
  locker(5, 3)->kill();
  const auto heir = zone_user();  // takes the lowest entry that is free: that of the dead one
  EXPECT_TRUE(raw().spinlock(5).is_free());
  EXPECT_EQ(heir->spinlock(5).lock(0), Status::OWNER_DEAD);
  EXPECT_EQ(raw().view().spinlocks[5].depth.load(), 1U);
}

TEST_F(SpinlockTest, WithoutHealingRecoveryReleasesIt) {
  create(config_without_healing(), "unhealed");
  JoinOptions options;
  options.dir = dir();
  ZoneUser waiter("unhealed", options);  // before the death: a newcomer would take the dead one's seat
  ChildProcess dead([this](const Line& line) {
    JoinOptions joining;
    joining.dir = dir();
    ZoneUser user("unhealed", joining);
    REQUIRE_IN_CHILD(user.spinlock(7).lock(0) == Status::OK);
    line.stay();
  });
  dead.hear();
  dead.kill();
  EXPECT_EQ(waiter.spinlock(7).lock(60), Status::TIMEOUT);

  Recovery recovery("unhealed", dir());
  const auto plan = recovery.plan();
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan[0].kind, RecorderAction::release_spinlock);
  EXPECT_EQ(plan[0].slot, 7U);
  EXPECT_EQ(plan[1].kind, RecorderAction::free_participant);
  EXPECT_EQ(recovery.apply(plan[1]), Status::CHANGED);  // not while it holds the lock
  EXPECT_EQ(recovery.apply(plan[0]), Status::OK);
  EXPECT_EQ(recovery.apply(plan[0]), Status::CHANGED);
  EXPECT_EQ(recovery.apply(plan[1]), Status::OK);
  EXPECT_TRUE(recovery.plan().empty());
  EXPECT_EQ(waiter.spinlock(7).lock(0), Status::OWNER_DEAD);
}

TEST_F(SpinlockTest, APlanForALockThatThereIsNotIsRefused) {
  const PlannedAction action{
      .kind = RecorderAction::release_spinlock, .participant = 1, .slot = kSpinlocks, .before = 1};
  EXPECT_EQ(recovery().apply(action), Status::CHANGED);
}

TEST_F(SpinlockTest, OfALiveOwnerNothingIsPlanned) {
  const auto child = locker(5);
  EXPECT_TRUE(recovery().plan().empty());
  EXPECT_EQ(recovery().apply({.kind = RecorderAction::release_spinlock,
                              .participant = raw().spinlock(5).owner(),
                              .generation = 1,
                              .slot = 5,
                              .before = raw().spinlock(5).raw}),
            Status::OWNER_ALIVE);
}

TEST_F(SpinlockTest, OfTwoThatWaitBothGetItOneAfterTheOther) {
  const auto dead = locker(5);
  std::vector<std::unique_ptr<ChildProcess>> waiters;
  for (int i = 0; i < 2; ++i) {
    waiters.push_back(std::make_unique<ChildProcess>([this](const Line& line) {
      const auto user = zone_user();
      line.say();
      SharedSpinLock lock = user->spinlock(5);
      line.say(static_cast<std::uint64_t>(lock.lock(kLongMs)));
      std::uint64_t go = 0;
      REQUIRE_IN_CHILD(line.try_hear(go));
      REQUIRE_IN_CHILD(lock.unlock() == Status::OK);
      line.say();
    }));
    waiters.back()->hear();
  }
  dead->kill();
  // Which of them is first cannot be known: each is answered as soon as it has said that it has the lock.
  std::vector<std::thread> answers;
  std::atomic<int> told{0};
  for (const auto& waiter : waiters) {
    answers.emplace_back([&] {
      told += waiter->hear() == static_cast<std::uint64_t>(Status::OWNER_DEAD) ? 1 : 0;
      waiter->say();
      waiter->hear();
    });
  }
  for (std::thread& answer : answers) {
    answer.join();
  }
  EXPECT_EQ(told, 2);
  EXPECT_EQ(release_records(), 1U);
}

TEST_F(SpinlockTest, AForkedChildNeitherLocksNorUnlocks) {
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(0);
  ASSERT_EQ(lock.lock(0), Status::OK);
  ChildProcess child([&](const Line&) {
    REQUIRE_IN_CHILD(lock.unlock() == Status::CLOSED);
    REQUIRE_IN_CHILD(lock.lock(0) == Status::CLOSED);
    const auto own = zone_user();
    SharedSpinLockGuardOwning guard(own->spinlock(1), 0);
    REQUIRE_IN_CHILD(guard.owns_lock());
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(lock.is_held());
}

// ---------------------------------------------------------------------------------------------- diagnosis

TEST_F(SpinlockTest, DiagnosisTellsWhoHasIt) {
  const auto child = locker(5, 2);
  const auto snapshot = observer().snapshot(kForever, 0);
  ASSERT_EQ(snapshot.spinlocks.size(), 1U);
  const SpinlockReport& report = snapshot.spinlocks[0];
  EXPECT_EQ(report.index, 5U);
  EXPECT_EQ(report.depth, 2U);
  EXPECT_EQ(report.word.thread().id(), static_cast<std::uint32_t>(child->pid()));
  EXPECT_EQ(report.verdict, SpinlockVerdict::held);
  EXPECT_FALSE(report.is_awaited);
  EXPECT_EQ(observer().snapshot(0, 0).spinlocks[0].verdict, SpinlockVerdict::slow);
  child->kill();
  EXPECT_EQ(observer().snapshot(kForever, 0).spinlocks[0].verdict, SpinlockVerdict::stuck);
  EXPECT_NE(violations().find("spinlock-of-the-dead"), std::string::npos);
}

TEST_F(SpinlockTest, AThreadThatEndsWithItIsFoundOut) {
  const auto user = zone_user();
  std::thread([&] { ASSERT_EQ(user->spinlock(1).lock(0), Status::OK); }).join();
  EXPECT_EQ(observer().snapshot(kForever, 0).spinlocks.at(0).verdict, SpinlockVerdict::orphaned);
  EXPECT_EQ(user->spinlock(1).lock(0), Status::TIMEOUT);
}

// ---------------------------------------------------------------------------------------------- guards

TEST_F(SpinlockTest, AGuardUnlocksAtItsEnd) {
  const auto user = zone_user();
  const auto other = zone_user();
  SharedSpinLock lock = user->spinlock(0);
  {
    const SharedSpinLockGuard guard(lock);
    EXPECT_TRUE(guard.owns_lock());
    EXPECT_FALSE(guard.owner_died());
    EXPECT_EQ(other->spinlock(0).try_lock(), Status::TIMEOUT);
  }
  EXPECT_FALSE(lock.is_held());
}

TEST_F(SpinlockTest, AGuardUnlocksWhenAnExceptionPasses) {
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(0);
  EXPECT_THROW(
      {
        const SharedSpinLockGuard guard(lock);
        throw std::runtime_error("in between");
      },
      std::runtime_error);
  EXPECT_FALSE(lock.is_held());
}

TEST_F(SpinlockTest, AGuardThatDoesNotGetTheLockThrows) {
  const auto user = zone_user();
  const auto other = zone_user();
  SharedSpinLock mine = user->spinlock(0);
  SharedSpinLock theirs = other->spinlock(0);
  const SharedSpinLockGuard guard(mine);
  EXPECT_EQ(thrown_by([&] { const SharedSpinLockGuard second(theirs, 1); }), Status::TIMEOUT);
}

TEST_F(SpinlockTest, AMovedGuardUnlocksOnce) {
  const auto user = zone_user();
  SharedSpinLock first = user->spinlock(0);
  SharedSpinLock second = user->spinlock(1);
  SharedSpinLockGuard guard(first);
  SharedSpinLockGuard moved(std::move(guard));
  EXPECT_TRUE(first.is_held());
  moved = SharedSpinLockGuard(second);
  EXPECT_FALSE(first.is_held());
  EXPECT_TRUE(second.is_held());
  moved.unlock();
  moved.unlock();
  EXPECT_FALSE(second.is_held());
  EXPECT_EQ(thrown_by([&] { moved.mark_consistent(); }), Status::NOT_LOCKED);
}

TEST_F(SpinlockTest, AnOwningGuardLivesInContainersAndIsReturned) {
  const auto user = zone_user();
  const auto make = [&](unsigned index) { return SharedSpinLockGuardOwning(user->spinlock(index)); };
  std::vector<SharedSpinLockGuardOwning> guards;
  for (unsigned index = 0; index < 4; ++index) {
    guards.push_back(make(index));
  }
  for (unsigned index = 0; index < 4; ++index) {
    EXPECT_FALSE(raw().spinlock(index).is_free());
  }
  guards[0] = std::move(guards[3]);  // unlocks what the first had
  EXPECT_TRUE(raw().spinlock(0).is_free());
  EXPECT_FALSE(raw().spinlock(3).is_free());
  guards.clear();
  EXPECT_TRUE(observer().snapshot(kForever, 0).spinlocks.empty());
}

TEST_F(SpinlockTest, AGuardRefusesDoubtfulDataUnlessToldOtherwise) {
  locker(5)->kill();
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(5);
  EXPECT_EQ(thrown_by([&] { const SharedSpinLockGuard guard(lock, kLongMs); }), Status::OWNER_DEAD);
  EXPECT_FALSE(lock.is_held());
  {
    SharedSpinLockGuard guard(lock, 0, OnOwnerDead::accept);
    EXPECT_TRUE(guard.owner_died());
    guard.mark_consistent();
    EXPECT_FALSE(guard.owner_died());
  }
  EXPECT_EQ(thrown_by([&] { const SharedSpinLockGuard guard(lock, 0); }), Status::OK);
}

// ---------------------------------------------------------------------------------------------- many at once

struct Counters {
  std::uint64_t first;
  std::uint64_t second;
};

TEST_F(SpinlockTest, ManyProcessesCountTogetherAndSomeAreKilled) {
  constexpr std::uint64_t kRounds = 2000;
  const auto count = [this](const Line& line) {
    const auto user = zone_user();
    auto* shared = reinterpret_cast<volatile Counters*>(user->zone("shared").bytes().data());
    SharedSpinLock lock = user->spinlock(0);
    line.say();
    for (std::uint64_t i = 0; i < kRounds; ++i) {
      const Status status = lock.lock(kLongMs);
      REQUIRE_IN_CHILD(status == Status::OK || status == Status::OWNER_DEAD);
      if (status == Status::OWNER_DEAD) {
        shared->second = shared->first;  // the first counts; the dead one may not have come to the second
        REQUIRE_IN_CHILD(lock.mark_consistent() == Status::OK);
      }
      REQUIRE_IN_CHILD(shared->first == shared->second);
      shared->first = shared->first + 1;
      shared->second = shared->second + 1;
      REQUIRE_IN_CHILD(lock.unlock() == Status::OK);
    }
  };
  std::vector<std::unique_ptr<ChildProcess>> counters;
  for (int i = 0; i < 3; ++i) {
    counters.push_back(std::make_unique<ChildProcess>(count));
  }
  for (int i = 0; i < 5; ++i) {
    ChildProcess victim([&](const Line& line) {
      for (;;) {
        count(line);
      }
    });
    victim.hear();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    victim.kill();
  }
  for (const auto& counter : counters) {
    EXPECT_EQ(counter->wait(), 0);
  }
  const auto user = zone_user();
  SharedSpinLock lock = user->spinlock(0);
  const Status status = lock.lock(kLongMs);
  auto* shared = reinterpret_cast<Counters*>(user->zone("shared").bytes().data());
  if (status == Status::OWNER_DEAD) {
    shared->second = shared->first;
  }
  EXPECT_EQ(shared->first, shared->second);
  EXPECT_GE(shared->first, 3 * kRounds);
}

// ---------------------------------------------------------------------------------------------- steps of
// others in between

class ScriptedSpinlock : public ::testing::Test {
 protected:
  static constexpr std::uint8_t kMe = 1;
  static constexpr std::uint8_t kDead = 3;

  ScriptedSpinlock() { ScriptedEnv::before_exchange = nullptr; }
  ~ScriptedSpinlock() override { ScriptedEnv::before_exchange = nullptr; }

  struct NoCaretaker final : Caretaker {
    bool heal(std::uint8_t) override { return false; }
    Status check_self() override { return Status::OK; }
  };

  auto& lock() { return block_.view().spinlocks[0]; }
  SpinlockWord word() { return SpinlockWord{lock().word.load()}; }

  MemoryBlock<ScriptedEnv> block_{1};
  NoCaretaker caretaker_;
  SpinlockCore<ScriptedEnv> core_{block_.view(), kMe, caretaker_, WaitStrategy::block, 0};
};

TEST_F(ScriptedSpinlock, WhoIsSlowerAndOnlyTriesGivesUp) {
  ScriptedEnv::before_exchange = [&](const void*) {
    lock().word.store(SpinlockWord{}.taken_by(2, kThread).raw);
  };
  Deadline<ScriptedEnv> deadline(0);
  EXPECT_EQ(core_.lock(kThread, deadline), Status::TIMEOUT);
  EXPECT_EQ(word().owner(), 2);
}

TEST_F(ScriptedSpinlock, ALockThatWasTakenAwayIsNotUnlocked) {
  Deadline<ScriptedEnv> deadline(0);
  ASSERT_EQ(core_.lock(kThread, deadline), Status::OK);
  ScriptedEnv::before_exchange = [&](const void*) {
    lock().word.store(word().abandoned().taken_by(2, kThread).raw);
  };
  EXPECT_EQ(core_.unlock(kThread), Status::NOT_LOCKED);
  EXPECT_EQ(word().owner(), 2);
}

TEST_F(ScriptedSpinlock, ACleanerThatIsOvertakenChangesNothing) {
  lock().word.store(SpinlockWord{}.taken_by(kDead, kThread).raw);
  ScriptedEnv::before_exchange = [&](const void*) {
    lock().word.store(word().abandoned().taken_by(2, kThread).raw);
  };
  EXPECT_FALSE(abandon_spinlock(block_.view(), 0, word()));
  EXPECT_EQ(word().owner(), 2);
  EXPECT_TRUE(word().is_marked());
}

TEST_F(ScriptedSpinlock, CleaningUpTwiceIsCleaningUpOnce) {
  const ProcessIdentity self{.pid = 42, .uid = 7, .start_time = 1, .pid_namespace = 2};
  lock().word.store(SpinlockWord{}.taken_by(kDead, kThread).raw);
  EXPECT_TRUE(has_traces(block_.view(), kDead));
  for (int i = 0; i < 2; ++i) {
    CleanUp<ScriptedEnv>(block_.view(), self, kDead, RecorderEvidence::lock_byte_taken).run();
    EXPECT_EQ(word(), SpinlockWord{}.abandoned());
  }
  EXPECT_FALSE(has_traces(block_.view(), kDead));
  RecorderFacts facts;
  ASSERT_TRUE(read_record(block_.view(), 0, facts));
  EXPECT_EQ(facts.action, RecorderAction::release_spinlock);
  EXPECT_EQ(facts.slot, 0U);
  EXPECT_EQ(facts.participant, kDead);
  EXPECT_FALSE(read_record(block_.view(), 1, facts));
}

}  // namespace
}  // namespace datablock
