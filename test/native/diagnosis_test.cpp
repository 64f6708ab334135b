// What an observer says.
#include "core/diagnosis.hpp"

#include <unistd.h>

#include <atomic>
#include <thread>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::eventually;
using testing::Line;
using testing::put;
using testing::put_numbers;
using testing::take;

constexpr std::uint64_t kNever = ~std::uint64_t{0};

class DiagnosisTest : public BlockTest {
 protected:
  Testimony testimony(std::uint8_t id) const {
    const auto block = raw();
    return testify(block.file(), block.view(), id);
  }
  SlotReport slot(std::uint64_t index, std::uint64_t stuck_after_ns = kNever) const {
    return observer().slots(index, 1, stuck_after_ns).at(0);
  }
  /// A child that attaches as a producer, with a slot in hand.
  std::unique_ptr<ChildProcess> writing_child() const {
    auto child = std::make_unique<ChildProcess>([this](const Line& line) {
      const auto writer = producer();
      REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
      line.stay();
    });
    child->hear();
    return child;
  }
  std::uint64_t metric(std::string_view name) const {
    for (const auto& [key, value] : observer().metrics().values) {
      if (key == name) {
        return value;
      }
    }
    ADD_FAILURE() << "no metric " << name;
    return 0;
  }
};

// ---------------------------------------------------------------------------------------------- who lives

TEST_F(DiagnosisTest, AnAttachedProcessIsAlive) {
  create(config());
  const auto child = writing_child();
  EXPECT_EQ(testimony(1).verdict, Verdict::alive);
  EXPECT_EQ(testimony(1).evidence.lock_held, true);
}

TEST_F(DiagnosisTest, AStoppedProcessIsStopped) {
  create(config());
  const auto child = writing_child();
  child->stop();
  EXPECT_EQ(testimony(1).verdict, Verdict::stopped);
}

TEST_F(DiagnosisTest, AProcessThatWentOnIsAliveAgain) {
  create(config());
  const auto child = writing_child();
  child->stop();
  child->go_on();
  EXPECT_TRUE(eventually([&] { return testimony(1).verdict == Verdict::alive; }));
}

TEST_F(DiagnosisTest, AKilledProcessIsDead) {
  create(config());
  const auto child = writing_child();
  child->kill();
  EXPECT_EQ(testimony(1).verdict, Verdict::dead);
  EXPECT_EQ(testimony(1).evidence.lock_held, false);
}

TEST_F(DiagnosisTest, AZombieIsDead) {
  create(config());
  const auto child = writing_child();
  child->kill_unreaped();
  EXPECT_EQ(testimony(1).verdict, Verdict::dead);
}

TEST_F(DiagnosisTest, EvidenceShowsTheProcess) {
  create(config());
  const auto reader = consumer();
  const Evidence evidence = testimony(1).evidence;
  EXPECT_TRUE(evidence.same_boot);
  EXPECT_EQ(evidence.same_pid_namespace, true);
  EXPECT_EQ(evidence.same_start_time, true);
  ASSERT_TRUE(evidence.process.has_value());
  EXPECT_EQ(evidence.process->name, self_name());
  ASSERT_TRUE(evidence.heartbeat_age_ns.has_value());
  EXPECT_LT(*evidence.heartbeat_age_ns, std::int64_t{60} * 1'000'000'000);
}

TEST_F(DiagnosisTest, AReusedPidDoesNotMakeADeadOneAlive) {
  create(config());
  const auto child = writing_child();
  child->kill();
  raw().view().participant(1).pid.store(static_cast<std::uint32_t>(getpid()));
  raw().view().participant(1).start_time.store(self_identity().start_time + 1);
  EXPECT_EQ(testimony(1).verdict, Verdict::dead);
  EXPECT_EQ(testimony(1).evidence.same_start_time, false);
}

TEST_F(DiagnosisTest, ALockWhoseProcessIsGoneIsADoubt) {
  create(config());
  const auto reader = consumer();
  raw().view().participant(1).start_time.store(1);  // as if another process had our pid now
  EXPECT_EQ(testimony(1).verdict, Verdict::unknown);
  EXPECT_EQ(testimony(1).doubt, Doubt::lock_held_process_gone);
}

TEST_F(DiagnosisTest, AnotherPidNamespaceLeavesTheLockToDecide) {
  create(config());
  const auto reader = consumer();
  raw().view().participant(1).pid_namespace.store(1);
  raw().view().participant(1).start_time.store(1);
  EXPECT_EQ(testimony(1).verdict, Verdict::alive);
  EXPECT_EQ(testimony(1).evidence.same_pid_namespace, false);
}

TEST_F(DiagnosisTest, OneBeingCleanedIsDeadAndItsCleanerNamed) {
  create(config());
  const auto reader = consumer();  // holds the byte, as a cleaner would
  const ProcessIdentity self = self_identity();
  auto& cleaner = reader->attachment().entry().cleaner;
  cleaner.start_time.store(self.start_time);
  cleaner.pid_namespace.store(self.pid_namespace);
  cleaner.since_ns.store(5);
  cleaner.pid.store(self.pid);
  const Testimony found = testimony(1);
  EXPECT_EQ(found.verdict, Verdict::dead);
  ASSERT_TRUE(found.cleaner.has_value());
  EXPECT_EQ(found.cleaner->process.pid, self.pid);
  EXPECT_EQ(found.cleaner->since_ns, 5U);
  EXPECT_EQ(found.cleaner->verdict, Verdict::alive);
}

TEST_F(DiagnosisTest, ACleanerThatDiedIsSaidToBeDead) {
  create(config());
  const auto child = writing_child();
  const ProcessIdentity self = self_identity();
  const auto block = raw();
  auto& cleaner = block.view().participant(1).cleaner;
  cleaner.pid_namespace.store(self.pid_namespace);
  cleaner.start_time.store(self.start_time + 1);
  cleaner.pid.store(self.pid);
  EXPECT_EQ(testimony(1).cleaner->verdict, Verdict::dead);
}

// ---------------------------------------------------------------------------------------------- participants

TEST_F(DiagnosisTest, ParticipantsAreListedWithTheirLag) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer();
  put_numbers(*writer, 0, 3);
  const Snapshot snapshot = observer().snapshot(kNever, 10);
  ASSERT_EQ(snapshot.participants.size(), 2U);
  EXPECT_EQ(snapshot.claim, 3U);
  EXPECT_EQ(snapshot.participants[0].role, Role::producer);
  EXPECT_EQ(snapshot.participants[0].messages, 3U);
  EXPECT_EQ(snapshot.participants[1].role, Role::consumer);
  EXPECT_EQ(snapshot.participants[1].lag, 3U);
}

TEST_F(DiagnosisTest, ParticipantsThatComeAndGoAreNeverDead) {
  create(multi_config());
  std::atomic<bool> done{false};
  std::thread crowd([&] {
    for (int i = 0; i < 2000; ++i) {
      const auto reader = consumer(i % 2 == 0 ? ConsumerMode::sync : ConsumerMode::latest);
      const auto writer = producer();
    }
    done.store(true);
  });
  const Observer looking = observer();
  while (!done.load()) {
    for (const ParticipantReport& report : looking.snapshot(kNever, 1).participants) {
      EXPECT_TRUE(report.verdict == Verdict::alive) << report.word.raw << ' ' << to_string(report.doubt);
    }
    EXPECT_TRUE(plan_recovery(looking.file(), looking.view()).empty());
  }
  crowd.join();
}

TEST_F(DiagnosisTest, TheLibraryOfAParticipantIsNamed) {
  create(config());
  const auto writer = producer();
  EXPECT_EQ(observer().snapshot(kNever, 1).participants.at(0).version, kToolVersion);
}

TEST_F(DiagnosisTest, FreeEntriesAreNotListed) {
  create(config());
  consumer()->close();
  EXPECT_TRUE(observer().snapshot(kNever, 10).participants.empty());
}

TEST_F(DiagnosisTest, AFreeEntryWithTracesIsListed) {
  create(config());
  raw().view().participant(3).hold.store(0);
  const Snapshot snapshot = observer().snapshot(kNever, 10);
  ASSERT_EQ(snapshot.participants.size(), 1U);
  EXPECT_EQ(snapshot.participants[0].id, 3);
}

// ---------------------------------------------------------------------------------------------- slots

TEST_F(DiagnosisTest, SettledSlotsAreHealthy) {
  create(config());
  put_numbers(*producer(), 0, 2);
  const Snapshot snapshot = observer().snapshot(0, 10);
  EXPECT_EQ(snapshot.by_verdict[static_cast<std::size_t>(SlotVerdict::healthy)], 4U);
  EXPECT_EQ(snapshot.by_phase[static_cast<std::size_t>(Phase::committed)], 2U);
  EXPECT_EQ(snapshot.by_phase[static_cast<std::size_t>(Phase::free)], 2U);
  EXPECT_TRUE(snapshot.notable.empty());
}

TEST_F(DiagnosisTest, AMessageHasAnAge) {
  BlockConfig wanted = config();
  wanted.timestamps = true;
  create(wanted);
  const auto writer = producer();
  put_numbers(*writer, 0, 2);
  const auto block = raw();
  constexpr std::uint64_t kMinute = 60'000'000'000;
  block.view().states[0].committed_ns.fetch_sub(kMinute);
  block.view().states[1].acquired_ns.fetch_sub(2 * kMinute);  // does not count where commits are timed
  EXPECT_GE(slot(0).age_ns.value(), static_cast<std::int64_t>(kMinute));
  EXPECT_LT(slot(1).age_ns.value(), static_cast<std::int64_t>(kMinute));
  EXPECT_FALSE(slot(2).age_ns.has_value());  // never used
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_FALSE(slot(2).age_ns.has_value());  // in hand: that is another question
}

TEST_F(DiagnosisTest, WithoutTimeStampsAMessageIsAsOldAsItsBeginning) {
  create(config());
  const auto writer = producer();
  put_numbers(*writer, 0, 1);
  EXPECT_GE(slot(0).age_ns.value(), 0);
  raw().view().states[0].acquired_ns.fetch_add(1'000'000'000'000);
  EXPECT_FALSE(slot(0).age_ns.has_value());  // from the future
}

TEST_F(DiagnosisTest, ASlotThatWasTakenInTheFutureIsNeverFresh) {
  create(multi_config());
  const auto child = writing_child();
  raw().view().states[0].acquired_ns.fetch_add(1'000'000'000'000);
  EXPECT_EQ(slot(0).verdict, SlotVerdict::unknown);
  EXPECT_EQ(slot(0).doubt, SlotDoubt::clock);
  EXPECT_LT(slot(0).held_for_ns.value(), 0);
  child->kill();
  EXPECT_EQ(slot(0).verdict, SlotVerdict::stuck);  // whatever its clock said
}

TEST_F(DiagnosisTest, ASlotInALiveHandIsBusyThenSlow) {
  create(config());
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  EXPECT_EQ(slot(0).verdict, SlotVerdict::busy);
  EXPECT_EQ(slot(0, 0).verdict, SlotVerdict::slow);
  EXPECT_GE(*slot(0).held_for_ns, 0);
}

TEST_F(DiagnosisTest, ASlotInADeadHandIsStuck) {
  create(config());
  writing_child()->kill();
  EXPECT_EQ(slot(0).verdict, SlotVerdict::stuck);
  EXPECT_EQ(slot(0).seq, std::uint64_t{0});
}

TEST_F(DiagnosisTest, AQuarantinedSlotIsSaidToBe) {
  create(multi_config());
  const auto writer = producer();
  ASSERT_EQ(writer->acquire(0), Status::OK);
  ASSERT_EQ(recovery().force_reset_slot(0, true).status, Status::OK);
  EXPECT_EQ(slot(0).verdict, SlotVerdict::quarantined);
}

TEST_F(DiagnosisTest, ADrainUnderAPinIsHeldByWhoPins) {
  create(multi_config());
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::latest);
  put_numbers(*writer, 0, 4);
  raw().view().participant(2).pin.store(0);
  raw().set_word(0, SlotWord::make(2, 1, Phase::draining));
  EXPECT_EQ(slot(0).verdict, SlotVerdict::held);
  EXPECT_EQ(slot(0).held_by, std::vector<std::uint8_t>{2});
}

TEST_F(DiagnosisTest, ImpossibleWordsAreCorrupt) {
  create(config());
  const auto block = raw();
  block.set_word(0, SlotWord{0xdeadbeef});
  block.set_word(1, SlotWord::committed(5));
  EXPECT_EQ(slot(0).verdict, SlotVerdict::corrupt);
  EXPECT_EQ(slot(1).verdict, SlotVerdict::corrupt);
}

TEST_F(DiagnosisTest, NoMoreNotableSlotsAreListedThanAskedForButAllAreCounted) {
  create(config(100));
  const auto block = raw();
  for (std::uint64_t i = 0; i < 50; ++i) {
    block.set_word(i, SlotWord{0xdeadbeef});
  }
  const Snapshot snapshot = observer().snapshot(kNever, 7);
  EXPECT_EQ(snapshot.notable.size(), 7U);
  EXPECT_TRUE(snapshot.truncated);
  EXPECT_EQ(snapshot.by_verdict[static_cast<std::size_t>(SlotVerdict::corrupt)], 50U);
}

TEST_F(DiagnosisTest, SlotsAreListedFromWhereAskedAndNotBeyondTheRing) {
  create(config(10));
  EXPECT_EQ(observer().slots(7, 100, kNever).size(), 3U);
  EXPECT_EQ(observer().slots(7, 100, kNever)[0].slot, 7U);
  EXPECT_EQ(observer().slots(10, 1, kNever).size(), 0U);
  EXPECT_EQ(observer().slots(~std::uint64_t{0}, ~std::uint64_t{0}, kNever).size(), 0U);
  EXPECT_EQ(observer().slots(0, ~std::uint64_t{0}, kNever).size(), 10U);
}

// Whoever comes and goes while it looks is not called stuck.
TEST_F(DiagnosisTest, OfALiveBlockNothingIsStuckOrCorrupt) {
  create(multi_config(3));
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back([&] {
      while (!done) {
        const auto writer = producer();
        for (int n = 0; n < 3; ++n) {
          put(*writer, "x", 10);
        }
      }
    });
  }
  std::uint64_t stuck = 0;
  std::uint64_t corrupt = 0;
  for (int i = 0; i < 400; ++i) {
    const Snapshot snapshot = observer().snapshot(kNever, 0);
    stuck += snapshot.by_verdict[static_cast<std::size_t>(SlotVerdict::stuck)];
    corrupt += snapshot.by_verdict[static_cast<std::size_t>(SlotVerdict::corrupt)];
  }
  done = true;
  for (std::thread& thread : busy) {
    thread.join();
  }
  EXPECT_EQ(stuck, 0U);
  EXPECT_EQ(corrupt, 0U);
}

// ---------------------------------------------------------------------------------------------- metrics

TEST_F(DiagnosisTest, MetricsAddTheLivingAndThoseWhoLeft) {
  create(config());
  const auto reader = consumer();
  put(*producer(), "abc");
  const auto writer = producer();
  put(*writer, "de");
  take(*reader);
  EXPECT_EQ(metric("total_slots_written"), 2U);
  EXPECT_EQ(metric("total_bytes_written"), 5U);
  EXPECT_EQ(metric("total_slots_read"), 1U);
  EXPECT_EQ(metric("total_bytes_read"), 3U);
}

TEST_F(DiagnosisTest, MetricsNameWhatTheBriefNames) {
  create(config());
  for (const char* name :
       {"writer_timeout_count", "writer_blocked_total_ns", "reader_race_detected", "reader_peak_count",
        "last_error_timestamp_ns", "last_error_code", "error_sequence", "slot_acquire_errors",
        "checksum_failures", "zmq_send_failures", "heartbeat_sent_count", "heartbeat_failed_count",
        "total_slots_written", "total_slots_read", "uptime_seconds", "recovery_actions"}) {
    metric(name);
  }
}

TEST_F(DiagnosisTest, MetricsCountLossAndTombstones) {
  create(config());
  const auto writer = producer();
  const auto reader = consumer(ConsumerMode::sequential);
  put_numbers(*writer, 0, 10);
  take(*reader);
  ASSERT_EQ(writer->acquire(0), Status::OK);
  writer->abort();
  EXPECT_EQ(metric("messages_lost"), 6U);
  EXPECT_EQ(metric("tombstones"), 1U);
}

// ---------------------------------------------------------------------------------------------- plausibility

class PlausibleOn : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(PlausibleOn, AreExactlyTheWordsThatAClaimImplies) {
  View view;
  view.slot_count = GetParam();
  view.max_participants = 64;
  for (std::uint64_t claim = 0; claim < 4 * GetParam(); claim = claim * 2 + 1) {
    for (std::uint64_t slot = 0; slot < GetParam(); slot += 1 + GetParam() / 5) {
      // How many of the numbers below `claim` live in this slot: the lap of the newest.
      const std::uint64_t lap = claim / GetParam() + (slot < claim % GetParam() ? 1 : 0);
      const bool is_next = claim % GetParam() == slot;
      EXPECT_TRUE(is_plausible(view, slot, SlotWord::free(lap), claim, claim));
      EXPECT_EQ(is_plausible(view, slot, SlotWord::free(lap + 1), claim, claim), is_next);
      EXPECT_FALSE(is_plausible(view, slot, SlotWord::free(lap + 2), claim, claim));
      if (lap > 0) {
        EXPECT_FALSE(is_plausible(view, slot, SlotWord::free(lap - 1), claim, claim));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PlausibleOn, ::testing::Values(1, 2, 3, 5, 1000));

}  // namespace
}  // namespace datablock
